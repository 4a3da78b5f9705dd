from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.config import calendar_file, calendar_schema, yaml_file
from monitor.errors import ConfigError
from monitor.model import DayEnd, Phase
from monitor.policy.target import Target
from monitor.worktime.calendars import Calendar
from monitor.worktime.day_layout import stretches
from monitor.worktime.working_time import WorkingTime
from tests.support.oracle_calendar import MINUTE, Written

ZONES = ("UTC", "Asia/Shanghai", "Europe/Berlin", "Africa/Cairo", "America/New_York", "Australia/Lord_Howe")
DAYS = timedelta(days=1)
CHANGES = {
    "Europe/Berlin": (date(2025, 10, 26), date(2025, 3, 30)),
    "Africa/Cairo": (date(2024, 10, 31), date(2024, 4, 26)),
    "America/New_York": (date(2025, 11, 2), date(2025, 3, 9)),
    "Australia/Lord_Howe": (date(2025, 4, 6), date(2025, 10, 5)),
}
endings = st.sampled_from(DayEnd)
BACK_AND_ON = (-5, -2, -1, 1, 2, 5)


def built(written: Written) -> Calendar:
    """What the loader makes of it."""
    document = yaml_file.parse(f"c:\n{''.join(f'  {line}' for line in written.text().splitlines(True))}", "case.yml")
    text = yaml_file.validate(dict[str, calendar_schema.CalendarText], document)["c"]
    return calendar_file.build(document, "c", text, "UTC", calendar_file.Path())


@st.composite
def edges(draw: st.DrawFn, most: int = 4) -> list[int]:
    """Minutes of the day, many of them in the hours in which clocks change."""
    near = st.sampled_from([0, 30, 60, 90, 120, 135, 150, 165, 180, 1380, 1395, 1410])
    minute = st.integers(0, 1439) | near
    return sorted(draw(st.sets(minute, min_size=2, max_size=most)))


@st.composite
def written_calendars(draw: st.DrawFn) -> Written:
    """Days with several spans, or shifts across midnight, in zones that change their clocks; some dates closed."""
    zone = draw(st.sampled_from(ZONES))
    week = draw(st.sets(st.integers(0, 6), min_size=1))
    if draw(st.booleans()):  # shifts: the same hours of the night on some days, perhaps an hour of the day besides
        a, b = draw(st.integers(18 * 60, 1439)), draw(st.integers(1, 10 * 60))
        more = [(12 * 60, 13 * 60)] if draw(st.booleans()) else []
        hours = {day: [*more, (a, b)] for day in week}
    else:
        hours = {}
        for day in week:
            found = draw(edges())
            hours[day] = [(found[i], found[i + 1]) for i in range(0, len(found) - 1, 2)]
    around = CHANGES.get(zone, (date(2025, 3, 30),))
    some = [day + n * DAYS for day in around for n in range(-2, 4)]
    closed = frozenset(draw(st.sets(st.sampled_from(some), max_size=4)))
    return Written(zone, hours, closed, by_end=draw(st.booleans()))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Written, datetime]:
    """A calendar, and a minute near a change of its zone's clocks."""
    written = draw(written_calendars())
    day = draw(st.sampled_from(CHANGES.get(written.zone, (date(2025, 3, 30),))))
    start = datetime.combine(day, time(0), UTC) + draw(st.integers(-3 * 1440, 3 * 1440)) * MINUTE
    return written, start


@given(cases(), st.integers(0, 2 * 1440))
def test_time_counts_by_the_wall_clock_whatever_the_zone_does(case: tuple[Written, datetime], length: int) -> None:
    written, start = case
    working, end = WorkingTime(built(written)), start + length * MINUTE
    assert working.counted(start, end) == written.minutes(start, end) * MINUTE


@settings(max_examples=50)
@given(cases(), st.sampled_from(BACK_AND_ON), endings)
def test_working_days_are_those_of_a_walk_by_the_wall_clock(
    case: tuple[Written, datetime], days: int, ending: DayEnd
) -> None:
    written, start = case
    assert WorkingTime(built(written)).add_days(start, days, ending) == written.days_on(start, days, ending.value)


@given(cases(), st.sampled_from(BACK_AND_ON), endings, st.integers(1, 3 * 1440))
def test_a_deadline_in_working_days_never_moves_back_as_the_start_moves_on(
    case: tuple[Written, datetime], days: int, ending: DayEnd, later: int
) -> None:
    written, start = case
    working = WorkingTime(built(written))
    assert working.add_days(start, days, ending) <= working.add_days(start + later * MINUTE, days, ending)


@given(cases(), st.sampled_from(BACK_AND_ON), endings)
def test_the_deadline_of_a_target_is_what_its_working_days_say(
    case: tuple[Written, datetime], days: int, ending: DayEnd
) -> None:
    written, start = case
    hours = WorkingTime(built(written))
    target = Target(
        "t", timedelta(0), frozenset({Phase.OPENED}), frozenset({Phase.RESTORED}), days=abs(days), last_day=ending,
        ahead_of=start + 60 * DAYS if days < 0 else None,
    )  # fmt: skip
    found = target.resolved(hours.dates, start)
    deadline = found.due(hours.dates, start, found.budget)
    if days > 0:
        due = hours.add_days(start, days, ending)
        assert deadline <= due  # a deadline at midnight is the end of the date before
        assert hours.dates.counted(deadline, due) == timedelta(0)
    else:
        assert deadline == hours.add_days(start + 60 * DAYS, days, ending)


@given(cases())
def test_the_layout_of_shifts_adds_up_to_what_counts(case: tuple[Written, datetime]) -> None:
    written, start = case
    working, end = WorkingTime(built(written)), start + 4 * DAYS
    assert sum((part.counted for part in stretches(working, start, end)), timedelta(0)) == working.counted(start, end)
    assert sum((part.counted for part in stretches(working.dates, start, end)), timedelta(0)) == (
        working.dates.counted(start, end)
    )


@given(st.integers(18 * 60, 1439), st.integers(1, 10 * 60), st.sampled_from(ZONES), st.booleans())
def test_a_shift_written_in_two_spans_is_the_same_shift(a: int, b: int, zone: str, by_end: bool) -> None:
    one = Written(zone, {day: [(a, b)] for day in range(5)}, frozenset({date(2025, 10, 24)}))
    two = Written(
        zone,
        {0: [(a, 0)], **{day: [(0, b), (a, 0)] for day in range(1, 5)}, 5: [(0, b)]},
        one.closed,
        by_end=by_end,
    )
    found, same = WorkingTime(built(two)), WorkingTime(built(one))
    if by_end:
        shifted = Written(zone, {day: [(a, b)] for day in range(1, 6)}, one.closed, by_end=True)
        same = WorkingTime(built(shifted))
    assert found.calendar == same.calendar


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ("mon-thu: [22:00-06:00], sat: [04:00-12:00]", "04:00-12:00 begins before 06:00 and ends after it"),
        ("mon: [22:00-06:00], tue: [05:00-07:00]", "spans overlap at 05:00"),
        ("mon: [12:00-12:00]", "'12:00-12:00' has no length"),
        ("sun: [22:00-06:00], mon: [05:00-05:30]", "spans overlap at 05:00"),
    ],
)
def test_shifts_that_fit_no_working_date_are_refused(hours: str, said: str) -> None:
    document = yaml_file.parse(f"c:\n  zone: UTC\n  hours: {{{hours}}}\n", "case.yml")
    with pytest.raises(ConfigError, match=said):
        calendar_file.build(
            document, "c", yaml_file.validate(dict[str, calendar_schema.CalendarText], document)["c"], "UTC",
            calendar_file.Path(),
        )  # fmt: skip


def test_days_that_are_long_are_no_shifts() -> None:
    around = Written("UTC", {day: [(0, 0)] for day in range(5)})
    late = Written("UTC", {**{day: [(480, 0)] for day in range(5)}, 5: [(0, 720)]})
    for written in (around, late):
        assert built(written).day_begins == timedelta(0)


def test_an_ended_calendar_of_shifts_goes_on_by_its_successor() -> None:
    night = built(Written("UTC", {day: [(1320, 360)] for day in range(5)}))
    office = built(Written("UTC", {day: [(540, 1020)] for day in range(5)}))
    both = WorkingTime(night.replaced_by(office, date(2026, 3, 9)))
    friday = datetime(2026, 3, 6, 23, tzinfo=UTC)
    assert both.counted(friday, friday + 10 * DAYS) == timedelta(hours=7 + 6 * 8)
    assert both.add_days(friday, 1) == datetime(2026, 3, 9, 23, tzinfo=UTC)
