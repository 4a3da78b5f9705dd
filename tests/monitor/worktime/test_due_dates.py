"""The date of a period by which something is due, worked out by hand, and held against a walk through its dates."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import DayEnd, Period
from monitor.worktime import periods
from monitor.worktime.calendars import Calendar
from monitor.worktime.due_dates import DueDate, due
from monitor.worktime.working_time import WorkingTime

OFFICE = {day: ((time(8), time(12)), (time(13), time(17))) for day in range(5)}
HOLIDAYS = dict.fromkeys((date(2026, 10, day) for day in range(1, 8)), ())
CHINA = WorkingTime(Calendar("office", zone="Asia/Shanghai", weekly=OFFICE, days=HOLIDAYS))
ALWAYS = WorkingTime(Calendar("always", zone="Europe/Berlin", always=True))
NIGHT = WorkingTime(
    Calendar("night", weekly={day: ((time(22), time(6)),) for day in range(5)}, day_begins=timedelta(hours=6))
)

MORNING = WorkingTime(
    Calendar("morning", weekly={day: ((time(22), time(6)),) for day in range(5)}, day_begins=timedelta(hours=-2))
)  # the same shifts, each of the date on which it ends


def found(of: DueDate, period: Period, working: WorkingTime, day: datetime, end: DayEnd = DayEnd.SAME_TIME) -> str:
    at = due(of, periods.around(period, working.calendar, day), working, end)
    return "" if at is None else f"{at.astimezone(ZoneInfo(working.calendar.zone)):%Y-%m-%d %H:%M}"


MAY = datetime(2026, 5, 10, tzinfo=UTC)  # 31 May is a Sunday
CLOSE = DayEnd.CLOSE_OF_BUSINESS


@pytest.mark.parametrize(
    ("of", "period", "end", "expected"),
    [
        (DueDate(working=True), Period.MONTH, DayEnd.SAME_TIME, "2026-05-30 00:00"),
        (DueDate(working=True), Period.MONTH, CLOSE, "2026-05-29 17:00"),
        (DueDate(1, working=True), Period.MONTH, CLOSE, "2026-05-01 17:00"),
        (DueDate(5, working=True), Period.MONTH, CLOSE, "2026-05-07 17:00"),
        (DueDate(15), Period.MONTH, DayEnd.SAME_TIME, "2026-05-16 00:00"),
        (DueDate(15, at=time(17, 30)), Period.MONTH, DayEnd.SAME_TIME, "2026-05-15 17:30"),
        (DueDate(17), Period.MONTH, CLOSE, "2026-05-18 00:00"),  # a Sunday has no close, so its end
        (DueDate(31), Period.MONTH, DayEnd.SAME_TIME, "2026-06-01 00:00"),
        (DueDate(), Period.MONTH, DayEnd.SAME_TIME, "2026-06-01 00:00"),
        (DueDate(1, weekday=4), Period.WEEK, CLOSE, "2026-05-08 17:00"),
        (DueDate(working=True), Period.QUARTER, CLOSE, "2026-06-30 17:00"),
        (DueDate(working=True), Period.YEAR, CLOSE, "2026-12-31 17:00"),
        (DueDate(working=True), Period.DAY, CLOSE, ""),  # 10 May is a Sunday
        (DueDate(31, working=True), Period.MONTH, CLOSE, ""),
    ],
)
def test_a_date_by_hand(of: DueDate, period: Period, end: DayEnd, expected: str) -> None:
    assert found(of, period, CHINA, MAY, end) == expected


def test_a_month_without_the_31st_has_its_last_day_and_a_week_of_holidays_has_nothing_due() -> None:
    assert found(DueDate(31), Period.MONTH, ALWAYS, datetime(2026, 2, 3, tzinfo=UTC)) == "2026-03-01 00:00"
    golden = datetime(2026, 10, 1, 4, tzinfo=UTC)
    assert found(DueDate(working=True), Period.WEEK, CHINA, golden, CLOSE) == "2026-09-30 17:00"
    assert found(DueDate(working=True), Period.DAY, CHINA, golden, CLOSE) == ""


def test_a_time_of_day_that_the_zone_skips_is_the_instant_that_skips_it() -> None:
    march = datetime(2026, 3, 10, tzinfo=UTC)
    assert found(DueDate(29, at=time(2, 30)), Period.MONTH, ALWAYS, march) == "2026-03-29 03:00"


def test_the_shift_of_a_night_is_due_on_the_next_morning() -> None:
    day = datetime(2026, 5, 6, 23, tzinfo=UTC)  # the Wednesday's shift
    assert found(DueDate(working=True), Period.DAY, NIGHT, day, CLOSE) == "2026-05-07 06:00"


@pytest.mark.parametrize(
    ("working", "at", "expected"),
    [
        (NIGHT, time(5), "2026-05-07 05:00"),  # Wednesday's date lasts to Thursday 06:00
        (NIGHT, time(23), "2026-05-06 23:00"),
        (NIGHT, time(6), "2026-05-07 06:00"),  # not at its very beginning, when nothing can have been done
        (MORNING, time(5), "2026-05-06 05:00"),  # Wednesday's date lasts from Tuesday 22:00
        (MORNING, time(23), "2026-05-05 23:00"),
        (CHINA, time(0), "2026-05-07 00:00"),
    ],
)
def test_a_time_of_day_is_one_of_the_working_date(working: WorkingTime, at: time, expected: str) -> None:
    assert found(DueDate(working=True, at=at), Period.DAY, working, datetime(2026, 5, 6, 12, tzinfo=UTC)) == expected


@settings(max_examples=200)
@given(
    st.dates(date(2024, 1, 1), date(2028, 12, 31)),
    st.sampled_from(list(Period)),
    st.sampled_from((CHINA, ALWAYS, NIGHT, MORNING)),
    st.integers(-1, 9).filter(bool),
    st.booleans(),
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
)
def test_what_is_due_at_a_time_of_day_can_be_done_in_its_period(
    day: date, period: Period, working: WorkingTime, number: int, worked: bool, at: time
) -> None:
    bounds = periods.around(period, working.calendar, datetime.combine(day, time(12), UTC))
    found_at = due(DueDate(number, working=worked, at=at), bounds, working, DayEnd.SAME_TIME)
    if found_at is None:
        assert worked
        return
    assert bounds.start < found_at <= bounds.end
    if found_at < bounds.end and working is not ALWAYS:  # no time of day is skipped where the clocks are never changed
        assert found_at.astimezone(ZoneInfo(working.calendar.zone)).time() == at


@settings(max_examples=100)
@given(
    st.dates(date(2024, 1, 1), date(2028, 12, 31)),
    st.sampled_from(list(Period)),
    st.sampled_from((CHINA, ALWAYS)),
    st.integers(-1, 9).filter(bool),
    st.booleans(),
)
def test_a_date_lies_in_its_period_and_is_the_one_that_counting_finds(
    day: date, period: Period, working: WorkingTime, number: int, worked: bool
) -> None:
    bounds = periods.around(period, working.calendar, datetime.combine(day, time(4), UTC))
    zone = ZoneInfo(working.calendar.zone)
    every = [date.fromordinal(n) for n in range(day.toordinal() - 367, day.toordinal() + 368)]
    mine = [one for one in every if bounds.start <= datetime.combine(one, time(12), zone) < bounds.end]
    if worked and not working.calendar.always:
        mine = [one for one in mine if one.weekday() < 5 and one not in HOLIDAYS]
    chosen = mine[-1:] if number < 0 else mine[number - 1 : number] or ([] if worked else mine[-1:])
    found_at = due(DueDate(number, working=worked), bounds, working, DayEnd.SAME_TIME)
    if not chosen:
        assert found_at is None
    else:
        assert found_at == datetime.combine(chosen[0] + timedelta(days=1), time(0), zone)
        assert bounds.start < found_at <= bounds.end
