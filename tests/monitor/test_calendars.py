from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.calendars import Calendar, WorkingTime
from monitor.errors import ConfigError

H = timedelta(hours=1)
OFFICE = ((time(8), time(12)), (time(13), time(17)))


def office(zone: str = "Asia/Shanghai", **changes: object) -> WorkingTime:
    return WorkingTime(Calendar("office", zone=zone, weekly={day: OFFICE for day in range(5)}, **changes))  # type: ignore[arg-type]


def shanghai(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo("Asia/Shanghai"))  # type: ignore[misc, arg-type]


def test_lunch_and_nights_do_not_count() -> None:
    working = office()
    assert working.counted(shanghai(2026, 1, 5, 11), shanghai(2026, 1, 5, 14)) == 2 * H
    assert working.counted(shanghai(2026, 1, 5, 16), shanghai(2026, 1, 6, 9)) == 2 * H
    assert working.counted(shanghai(2026, 1, 9, 16), shanghai(2026, 1, 12, 9)) == 2 * H


def test_a_deadline_that_falls_at_closing_time_stays_there() -> None:
    working = office()
    start = shanghai(2026, 1, 9, 9)  # Friday
    assert working.add(start, 7 * H) == shanghai(2026, 1, 9, 17)
    assert working.last(start, 7 * H) == shanghai(2026, 1, 12, 8)  # late only when Monday's work has begun


def test_an_amount_of_zero_is_used_up_at_once_even_out_of_hours() -> None:
    saturday = shanghai(2026, 1, 10, 3)
    assert office().add(saturday, timedelta(0)) == saturday
    assert office().last(saturday, timedelta(0)) == shanghai(2026, 1, 12, 8)


def test_a_holiday_counts_nothing_and_a_make_up_day_counts() -> None:
    working = office(days={date(2026, 1, 5): (), date(2026, 1, 10): OFFICE})
    assert working.counted(shanghai(2026, 1, 5, 0), shanghai(2026, 1, 6, 0)) == timedelta(0)
    assert working.counted(shanghai(2026, 1, 10, 0), shanghai(2026, 1, 11, 0)) == 8 * H


def test_a_day_on_which_the_clocks_change_is_as_long_as_it_is() -> None:
    day = WorkingTime(Calendar("days", zone="Europe/Berlin", weekly={d: ((time(0), time(0)),) for d in range(7)}))
    berlin = ZoneInfo("Europe/Berlin")
    spring, autumn = date(2026, 3, 29), date(2026, 10, 25)
    for changed, length in ((spring, 23 * H), (autumn, 25 * H)):
        start = datetime.combine(changed, time(0), berlin)
        assert day.counted(start, datetime.combine(changed + timedelta(days=1), time(0), berlin)) == length


def test_hours_skipped_by_the_clock_do_not_count_and_the_deadline_knows() -> None:
    night = WorkingTime(Calendar("night", zone="Europe/Berlin", weekly={6: ((time(1), time(4)),)}))
    start = datetime(2026, 3, 29, 0, 0, tzinfo=UTC)  # 01:00 in Berlin; 02:00 becomes 03:00
    assert night.counted(start, start + 10 * H) == 2 * H
    assert night.add(start, 2 * H) == start + 2 * H


def test_the_zone_had_summer_time_in_1986() -> None:
    working = office()
    assert working.counted(shanghai(1986, 5, 5, 0), shanghai(1986, 5, 6, 0)) == 8 * H
    assert working.add(datetime(1986, 5, 5, 0, 0, tzinfo=UTC), H) == datetime(1986, 5, 5, 1, 0, tzinfo=UTC)


def test_always_is_the_identity() -> None:
    always = WorkingTime(Calendar("always", always=True))
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert always.counted(start, start + 30 * H) == 30 * H
    assert always.add(start, 30 * H) == always.last(start, 30 * H) == start + 30 * H


def test_a_calendar_without_working_time_is_refused() -> None:
    with pytest.raises(ConfigError, match="no weekly working time"):
        WorkingTime(Calendar("never"))


def test_a_budget_that_no_calendar_can_hold_is_a_sentence() -> None:
    with pytest.raises(ConfigError, match=r"is not reached before 2200"):
        office().add(datetime(2026, 1, 1, tzinfo=UTC), timedelta(days=36500))


_FIRST, _LAST = date(2024, 1, 1), date(2029, 12, 31)
instants = st.datetimes(datetime.combine(_FIRST, time(0)), datetime.combine(_LAST, time(0)), timezones=st.just(UTC))
lengths = st.timedeltas(timedelta(0), timedelta(hours=40))
spans = st.lists(st.integers(0, 1439), min_size=2, max_size=6, unique=True).map(
    lambda m: tuple(
        (time(a // 60, a % 60), time(b // 60, b % 60)) for a, b in zip(sorted(m)[::2], sorted(m)[1::2], strict=False)
    )
)


def an_hour_a_week(weekly: dict[int, tuple[tuple[time, time], ...]]) -> bool:
    minutes = (b.hour * 60 + b.minute - a.hour * 60 - a.minute for of_day in weekly.values() for a, b in of_day)
    return sum(minutes) >= 60


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    weekly = draw(st.dictionaries(st.integers(0, 6), spans, min_size=1, max_size=7).filter(an_hour_a_week))
    days = draw(st.dictionaries(st.dates(date(2024, 1, 1), date(2029, 12, 31)), st.just(()) | spans, max_size=20))
    zone = draw(st.sampled_from(["UTC", "Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]))
    return Calendar("random", zone=zone, weekly=weekly, days=days)


def by_minutes(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """The oracle: look at the local time of every minute, one by one; shares no code with the calendar."""
    zone, total, minute = ZoneInfo(calendar.zone), 0, timedelta(minutes=1)
    while start < end:
        local = start.astimezone(zone)
        of_day = calendar.days.get(local.date(), calendar.weekly.get(local.weekday(), ()))
        clock = local.time()
        total += any(a <= clock and (clock < b or b == time(0)) for a, b in of_day)
        start += minute
    return total * minute


@given(calendars(), instants, st.integers(0, 1500))
def test_working_time_agrees_with_looking_at_every_minute(calendar: Calendar, start: datetime, minutes: int) -> None:
    start = start.replace(second=0, microsecond=0)
    end = start + timedelta(minutes=minutes)
    repeated = ZoneInfo(calendar.zone)
    if any((start + timedelta(minutes=m)).astimezone(repeated).fold for m in range(0, minutes + 1, 10)):
        return  # the hour that happens twice is tested below, on its own terms
    assert WorkingTime(calendar).counted(start, end) == by_minutes(calendar, start, end)


def test_an_hour_that_happens_twice_counts_twice_inside_a_span_and_once_at_its_edge() -> None:
    zone = "Europe/Berlin"  # 2026-10-25: 03:00 becomes 02:00 again
    inside = WorkingTime(Calendar("inside", zone=zone, weekly={6: ((time(1), time(4)),)}))
    edge = WorkingTime(Calendar("edge", zone=zone, weekly={6: ((time(1), time(2, 30)),)}))
    start, end = datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 12, tzinfo=UTC)
    assert inside.counted(start, end) == 4 * H
    assert edge.counted(start, end) == 1.5 * H


@given(calendars(), instants, lengths)
def test_add_and_last_are_the_two_ends_of_the_inverse(calendar: Calendar, start: datetime, length: timedelta) -> None:
    working = WorkingTime(calendar)
    first, last = working.add(start, length), working.last(start, length)
    assert working.counted(start, first) == length
    assert working.counted(start, last) == length
    assert start <= first <= last
    tick = timedelta(microseconds=1)
    assert working.counted(start, last + tick) > length
    if length:
        assert working.counted(start, first - tick) < length


@given(calendars(), instants, lengths, lengths)
def test_working_time_is_additive_and_never_exceeds_wall_time(
    calendar: Calendar, start: datetime, first: timedelta, second: timedelta
) -> None:
    working = WorkingTime(calendar)
    middle, end = start + first, start + first + second
    parts = working.counted(start, middle) + working.counted(middle, end)
    assert working.counted(start, end) == parts
    assert timedelta(0) <= parts <= end - start


@given(calendars(), instants, instants)
def test_years_compiled_earlier_change_no_answer(calendar: Calendar, one: datetime, other: datetime) -> None:
    used = WorkingTime(calendar)
    used.add(other, H)
    assert used.add(one, 50 * H) == WorkingTime(calendar).add(one, 50 * H)
