from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from monitor.model import Period
from monitor.worktime import periods
from monitor.worktime.calendars import Calendar

H = timedelta(hours=1)


def around_the_clock(zone: str) -> Calendar:
    return Calendar("always", zone=zone, always=True)


@pytest.mark.parametrize(
    ("period", "number", "start", "end"),
    [
        (Period.DAY, 20260513, (2026, 5, 13), (2026, 5, 14)),
        (Period.WEEK, 20260511, (2026, 5, 11), (2026, 5, 18)),
        (Period.MONTH, 202605, (2026, 5, 1), (2026, 6, 1)),
        (Period.QUARTER, 20262, (2026, 4, 1), (2026, 7, 1)),
        (Period.YEAR, 2026, (2026, 1, 1), (2027, 1, 1)),
    ],
)
def test_a_period_is_numbered_by_its_own_date(
    period: Period, number: int, start: tuple[int, int, int], end: tuple[int, int, int]
) -> None:
    found = periods.around(period, around_the_clock("UTC"), datetime(2026, 5, 13, 9, tzinfo=UTC))
    assert (found.number, found.start, found.end) == (number, datetime(*start, tzinfo=UTC), datetime(*end, tzinfo=UTC))


def test_a_period_begins_at_midnight_in_its_zone() -> None:
    found = periods.around(Period.YEAR, around_the_clock("Asia/Shanghai"), datetime(2025, 12, 31, 16, tzinfo=UTC))
    assert (found.number, found.start) == (2026, datetime(2025, 12, 31, 16, tzinfo=UTC))


def test_the_first_instant_of_a_period_is_its_own_and_not_of_the_one_before() -> None:
    before = periods.around(
        Period.MONTH, around_the_clock("UTC"), datetime(2026, 2, 28, 23, 59, 59, 999_999, tzinfo=UTC)
    )
    assert before.number == 202602
    assert periods.around(Period.MONTH, around_the_clock("UTC"), before.end).number == 202603


def test_a_week_may_begin_in_the_year_before() -> None:
    assert periods.around(Period.WEEK, around_the_clock("UTC"), datetime(2027, 1, 2, tzinfo=UTC)).number == 20261228


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25), ((2026, 5, 1), 24)])
def test_a_day_is_as_long_as_the_clocks_on_the_wall_make_it(day: tuple[int, int, int], hours: int) -> None:
    found = periods.around(Period.DAY, around_the_clock("Europe/Berlin"), datetime(*day, 12, tzinfo=UTC))
    assert found.end - found.start == hours * H


def test_a_zone_that_leaves_out_its_midnight_begins_the_day_at_one() -> None:
    found = periods.around(Period.DAY, around_the_clock("Africa/Cairo"), datetime(2024, 4, 26, 12, tzinfo=UTC))
    assert (found.start, found.end - found.start) == (datetime(2024, 4, 25, 22, tzinfo=UTC), 23 * H)


def test_a_zone_that_leaves_out_a_day_goes_on_with_the_next_one() -> None:
    last = periods.around(Period.DAY, around_the_clock("Pacific/Apia"), datetime(2011, 12, 30, 9, tzinfo=UTC))
    assert last.number == 20111229
    assert periods.around(Period.DAY, around_the_clock("Pacific/Apia"), last.end).number == 20111231


def test_a_day_of_shifts_begins_when_the_last_shift_ends() -> None:
    night = ((time(22), time(6)),)
    calendar = Calendar("night", weekly=dict.fromkeys(range(5), night), day_begins=6 * H)
    found = periods.around(Period.DAY, calendar, datetime(2026, 5, 14, 5, 59, tzinfo=UTC))
    assert (found.number, found.start) == (20260513, datetime(2026, 5, 13, 6, tzinfo=UTC))
    assert periods.around(Period.DAY, calendar, found.end).number == 20260514
    by_end = Calendar("night", weekly=dict.fromkeys(range(5), night), day_begins=-2 * H)
    assert periods.around(Period.DAY, by_end, datetime(2026, 5, 13, 22, tzinfo=UTC)).number == 20260514
    assert periods.around(Period.MONTH, calendar, datetime(2026, 5, 31, 23, tzinfo=UTC)).number == 202605
    assert periods.around(Period.MONTH, calendar, datetime(2026, 6, 1, 3, tzinfo=UTC)).number == 202606


def test_a_day_of_shifts_that_would_begin_in_a_skipped_hour_begins_at_the_instant_that_skips_it() -> None:
    night = ((time(22), time(2, 30)),)
    calendar = Calendar("night", zone="Europe/Berlin", weekly=dict.fromkeys(range(7), night), day_begins=2.5 * H)
    found = periods.around(Period.DAY, calendar, datetime(2026, 3, 29, 1, tzinfo=UTC))  # 02:00 becomes 03:00
    assert (found.number, found.start) == (20260329, datetime(2026, 3, 29, 1, tzinfo=UTC))


@pytest.mark.parametrize(("begins", "number"), [(0, 20260511), (5, 20260509), (6, 20260510), (2, 20260513)])
def test_a_week_begins_on_the_day_that_the_calendar_says(begins: int, number: int) -> None:
    """13 May 2026 is a Wednesday."""
    calendar = Calendar("branch", zone="Asia/Riyadh", always=True, week_begins=begins)
    found = periods.around(Period.WEEK, calendar, datetime(2026, 5, 13, 9, tzinfo=UTC))
    assert (found.number, found.end - found.start) == (number, 7 * 24 * H)
    after = periods.around(Period.WEEK, calendar, found.end)
    assert (after.start, after.number > number) == (found.end, True)
