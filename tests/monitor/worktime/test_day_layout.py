from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.worktime.calendars import Because, Calendar, DayKind
from monitor.worktime.day_layout import hours, stretches
from monitor.worktime.working_time import WorkingTime
from tests.support.calendars import OFFICE, calendars, office

H = timedelta(hours=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def told(working: WorkingTime, start: str, end: str) -> list[tuple[str, str, str, int, timedelta]]:
    """(kind, from, to, whole days, counted) of each stretch."""
    return [
        (part.kind.value, str(part.first or part.start)[:16], str(part.last or part.end)[:16], part.days, part.counted)
        for part in stretches(working, utc(start), utc(end))
    ]


def test_whole_working_days_that_are_alike_are_one_line_over_a_weekend() -> None:
    """Wednesday 2 March 2016 to Tuesday the 8th: five days of eight hours."""
    assert told(office("UTC"), "2016-03-01 16:00", "2016-03-09 09:30") == [
        ("counted", "2016-03-01 16:00", "2016-03-01 17:00", 0, H),
        ("counted", "2016-03-02", "2016-03-08", 5, 40 * H),
        ("counted", "2016-03-09 08:00", "2016-03-09 09:30", 0, 1.5 * H),
    ]


def test_off_hours_between_parts_of_days_are_told() -> None:
    assert told(office("UTC"), "2016-03-04 16:00", "2016-03-07 07:00") == [
        ("counted", "2016-03-04 16:00", "2016-03-04 17:00", 0, H),
        ("off_hours", "2016-03-04 17:00", "2016-03-07 07:00", 0, 0 * H),
    ]
    assert told(office("UTC"), "2016-03-05 08:00", "2016-03-06 12:00") == [
        ("off_hours", "2016-03-05 08:00", "2016-03-06 12:00", 0, 0 * H)
    ]


def test_a_date_that_is_not_as_its_weekday_says_why() -> None:
    days = {
        date(2026, 2, 13): (),
        date(2026, 2, 14): OFFICE,
        date(2026, 2, 16): ((time(8), time(12)),),
        date(2026, 2, 17): (),
    }
    because = {
        date(2026, 2, 13): Because(DayKind.HOLIDAY, "Eve"),
        date(2026, 2, 17): Because(DayKind.OVERLAY, "typhoon", "Chen"),
    }
    working = office("UTC", days=days, because=because)
    found = stretches(working, utc("2026-02-12 08:00"), utc("2026-02-19 00:00"))
    assert [(part.kind.value, str(part.first), part.days, part.each / H, part.reason, part.approved_by)
            for part in found] == [
        ("counted", "2026-02-12", 1, 8, "", ""), ("holiday", "2026-02-13", 1, 0, "Eve", ""),
        ("make_up", "2026-02-14", 1, 8, "", ""), ("overlay", "2026-02-16", 1, 4, "", ""),
        ("overlay", "2026-02-17", 1, 0, "typhoon", "Chen"), ("counted", "2026-02-18", 1, 8, "", ""),
    ]  # fmt: skip


def test_a_year_whose_holidays_are_not_known_is_told_apart() -> None:
    working = office("UTC", known_years=(2026, 2026))
    known, provisional = stretches(working, utc("2026-12-28 00:00"), utc("2027-01-09 00:00"))
    assert [(part.days, part.provisional) for part in (known, provisional)] == [(4, False), (6, True)]


def test_where_the_clocks_change_the_longer_day_is_a_line_of_its_own() -> None:
    berlin = WorkingTime(Calendar("days", zone="Europe/Berlin", weekly=dict.fromkeys(range(7), ((time(0), time(0)),))))
    found = stretches(berlin, utc("2026-10-23 22:00"), utc("2026-10-26 23:00"))
    assert [(part.days, part.each / H) for part in found] == [(1, 24), (1, 25), (1, 24)]


def test_around_the_clock_there_is_nothing_to_lay_out() -> None:
    assert stretches(WorkingTime(Calendar("always", always=True)), utc("2026-01-01"), utc("2026-02-01")) == ()


instants = st.integers(0, 970 * 1440).map(lambda minutes: utc("2024-03-01") + timedelta(minutes=minutes))


@given(calendars(), instants, st.timedeltas(timedelta(0), timedelta(days=60)))
def test_stretches_are_together_what_the_calendar_counts(
    calendar: Calendar, start: datetime, length: timedelta
) -> None:
    working = WorkingTime(calendar)
    found = stretches(working, start, start + length)
    assert sum((part.counted for part in found), timedelta(0)) == working.counted(start, start + length)
    assert all(part.each * part.days == part.counted for part in found if part.days)


@pytest.mark.parametrize(
    ("calendar", "said"),
    [
        (Calendar("always", always=True), "24x7"),
        (Calendar("office", weekly=dict.fromkeys(range(5), OFFICE)), "mon-fri 08:00-12:00 13:00-17:00"),
        (
            Calendar("shop", weekly={0: OFFICE, 5: ((time(9), time(0)),)}),
            "mon 08:00-12:00 13:00-17:00, sat 09:00-24:00",
        ),
        (
            Calendar("new", weekly={0: OFFICE}, later=((date(2026, 5, 1), {1: OFFICE}, timedelta(0)),)),
            "mon 08:00-12:00 13:00-17:00; from 2026-05-01: tue 08:00-12:00 13:00-17:00",
        ),
    ],
)
def test_the_weekly_hours_are_one_line(calendar: Calendar, said: str) -> None:
    assert hours(calendar) == said
