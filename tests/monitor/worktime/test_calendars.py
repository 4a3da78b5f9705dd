from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import ConfigError
from monitor.model import DayEnd
from monitor.worktime.calendars import Calendar, notices
from monitor.worktime.working_time import WorkingTime, instant, micros
from tests.support.calendars import FIRST, LAST, OFFICE, calendars, office

H = timedelta(hours=1)


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


instants = st.datetimes(datetime.combine(FIRST, time(0)), datetime.combine(LAST, time(0)), timezones=st.just(UTC))
lengths = st.timedeltas(timedelta(0), timedelta(hours=40))


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
    assert WorkingTime(calendar).counted(start, end) == by_minutes(calendar, start, end)


@pytest.mark.parametrize(
    ("zone", "day", "opening", "closing", "hours"),
    [
        ("Europe/Berlin", date(2025, 10, 26), time(1), time(4), 4),  # 03:00 becomes 02:00 again
        ("Europe/Berlin", date(2025, 10, 26), time(1), time(2, 30), 2),
        ("Europe/Berlin", date(2025, 10, 26), time(2, 30), time(4), 2),
        ("Europe/Berlin", date(2025, 10, 26), time(2, 15), time(2, 45), 1),
        ("Europe/Berlin", date(2025, 10, 25), time(22), time(2, 30), 5),  # a night shift
        ("Africa/Cairo", date(2024, 10, 31), time(12, 30), time(23, 15), 11),  # midnight becomes 23:00 again
        ("Africa/Cairo", date(2024, 10, 31), time(22), time(0), 3),
        ("Europe/Berlin", date(2025, 3, 30), time(1), time(2, 30), 1),  # 02:00 becomes 03:00
        ("Europe/Berlin", date(2025, 3, 30), time(2, 15), time(2, 45), 0),
        ("Africa/Cairo", date(2024, 4, 26), time(0), time(2), 1),  # midnight becomes 01:00
    ],
)
def test_a_local_time_that_occurs_twice_counts_twice_and_one_that_does_not_occur_counts_not_at_all(
    zone: str, day: date, opening: time, closing: time, hours: float
) -> None:
    weekly = {other: OFFICE for other in range(7) if other != day.weekday()}
    calendar = Calendar("edge", zone=zone, weekly=weekly, days={day: ((opening, closing),)})
    noon = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    others = Calendar("edge", zone=zone, weekly=weekly, days={day: ()})
    start, end = noon - 24 * H, noon + 48 * H
    found = WorkingTime(calendar).counted(start, end) - WorkingTime(others).counted(start, end)
    assert found == hours * H


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


@given(instants, st.sampled_from(["UTC", "Asia/Shanghai", "Europe/Berlin", "Australia/Lord_Howe"]))
def test_microseconds_and_instants_are_inverse_in_any_zone(at: datetime, zone: str) -> None:
    local = at.astimezone(ZoneInfo(zone))
    assert micros(local) == micros(at) == (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert instant(micros(local)) == at


@given(calendars(), instants, lengths, st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York"]))
def test_the_zone_of_the_question_changes_no_answer(
    calendar: Calendar, start: datetime, length: timedelta, zone: str
) -> None:
    working, local = WorkingTime(calendar), start.astimezone(ZoneInfo(zone))
    assert working.add(local, length) == working.add(start, length)
    assert working.counted(local, start + length) == working.counted(start, start + length)


def test_lengths_are_real_time_for_instants_of_a_zone_that_changes_its_clocks() -> None:
    """Python adds and compares by the wall clock where both instants have the same zone."""
    berlin = ZoneInfo("Europe/Berlin")
    always = WorkingTime(Calendar("always", zone="Europe/Berlin", always=True))
    sunday, monday = datetime(2026, 3, 29, tzinfo=berlin), datetime(2026, 3, 30, tzinfo=berlin)
    assert always.counted(sunday, monday) == 23 * H
    assert always.add(sunday, 23 * H) == always.last(sunday, 23 * H) == monday
    assert always.subtract(monday, 23 * H) == sunday
    first, second = datetime(2026, 10, 25, 2, 30, tzinfo=berlin), datetime(2026, 10, 25, 2, 15, tzinfo=berlin, fold=1)
    nights = WorkingTime(Calendar("nights", zone="Europe/Berlin", weekly={6: ((time(0), time(6)),)}))
    for working in (always, nights):
        assert working.counted(first, second) == H * 3 / 4
        assert [end - start for start, end in working.spans_between(first, second)] == [H * 3 / 4]
        assert working.counted(second, first) == timedelta(0)


@pytest.mark.parametrize("always", [True, False])
def test_what_is_given_back_is_utc_and_a_naive_instant_is_refused(always: bool) -> None:
    working = WorkingTime(Calendar("always", always=True)) if always else office()
    start = shanghai(2026, 1, 5, 9)
    found = [working.add(start, length) for length in (0 * H, H)]
    found += [working.subtract(start, length) for length in (0 * H, H)]
    found += [working.last(start, H), working.add_days(start, 0), working.add_days(start, 1)]
    found += [edge for span in working.spans_between(start, start + H) for edge in span]
    assert {at.tzinfo for at in found} == {UTC}
    naive = start.replace(tzinfo=None)
    for length in (0 * H, H):
        with pytest.raises(TypeError):
            working.add(naive, length)
        with pytest.raises(TypeError):
            working.subtract(naive, length)
    with pytest.raises(TypeError):
        working.counted(naive, naive)


@pytest.mark.parametrize("year", [1969, 1970, 2201])
def test_an_instant_outside_the_years_is_a_sentence(year: int) -> None:
    with pytest.raises(ConfigError, match="counts from 1971 to 2200"):
        office().add(datetime(year, 6, 1, tzinfo=UTC), H)


def test_the_first_and_the_last_year_are_counted() -> None:
    assert office().add(shanghai(1971, 1, 4, 8), H) == shanghai(1971, 1, 4, 9)
    assert office().add(shanghai(2200, 12, 30, 8), H) == shanghai(2200, 12, 30, 9)


# -- working days --------------------------------------------------------------------------------------------------


def test_working_days_keep_the_local_time_of_day() -> None:
    working = office(days={date(2026, 1, 12): (), date(2026, 1, 17): OFFICE})
    friday = shanghai(2026, 1, 9, 16, 30)
    assert working.add_days(friday, 1) == shanghai(2026, 1, 13, 16, 30)  # the weekend and the holiday are left out
    assert working.add_days(friday, 5) == shanghai(2026, 1, 17, 16, 30)  # the make-up Saturday is not
    assert working.add_days(friday, 0) == friday
    assert working.add_days(shanghai(2026, 1, 13, 16, 30), -1) == friday


def test_a_time_of_day_outside_the_hours_stays_as_it_is() -> None:
    assert office().add_days(shanghai(2026, 1, 9, 22), 1) == shanghai(2026, 1, 12, 22)
    half = office(days={date(2026, 1, 12): OFFICE[:1]})
    assert half.add_days(shanghai(2026, 1, 9, 15), 1) == shanghai(2026, 1, 12, 15)


@pytest.mark.parametrize(
    ("ending", "after", "before"),
    [
        (DayEnd.SAME_TIME, shanghai(2026, 1, 13), shanghai(2026, 1, 9)),
        (DayEnd.END_OF_DAY, shanghai(2026, 1, 13), shanghai(2026, 1, 9)),
        (DayEnd.CLOSE_OF_BUSINESS, shanghai(2026, 1, 12, 17), shanghai(2026, 1, 9, 8)),
    ],
)
def test_from_a_date_that_is_not_worked_whole_working_dates_are_counted(
    ending: DayEnd, after: datetime, before: datetime
) -> None:
    for saturday in (shanghai(2026, 1, 10, 0, 54), shanghai(2026, 1, 10, 13), shanghai(2026, 1, 11, 5)):
        assert office().add_days(saturday, 1, ending) == after
        assert office().add_days(saturday, -1, ending) == before


def test_the_last_working_day_may_end_at_its_close_or_at_midnight() -> None:
    half = office(days={date(2026, 1, 13): OFFICE[:1]})
    for monday in (shanghai(2026, 1, 12, 9), shanghai(2026, 1, 12, 20)):
        assert half.add_days(monday, 1, DayEnd.CLOSE_OF_BUSINESS) == shanghai(2026, 1, 13, 12)
        assert half.add_days(monday, 1, DayEnd.END_OF_DAY) == shanghai(2026, 1, 14)
        assert half.add_days(monday, -1, DayEnd.CLOSE_OF_BUSINESS) == shanghai(2026, 1, 9, 8)
        assert half.add_days(monday, -1, DayEnd.END_OF_DAY) == shanghai(2026, 1, 9)


def test_a_time_that_the_zone_skips_or_repeats() -> None:
    days = WorkingTime(Calendar("days", zone="Europe/Berlin", weekly={d: ((time(0), time(0)),) for d in range(7)}))
    berlin = ZoneInfo("Europe/Berlin")
    spring, autumn = datetime(2026, 3, 28, 2, 30, tzinfo=berlin), datetime(2026, 10, 24, 2, 30, tzinfo=berlin)
    assert days.add_days(spring, 1) == datetime(2026, 3, 29, 3, tzinfo=berlin)  # the instant that skips it
    assert days.add_days(autumn, 1) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    second = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)  # 02:10 for the second time, after 02:50 for the first
    assert days.add_days(second, 1) == datetime(2026, 10, 26, 3, tzinfo=berlin)


def test_a_day_whose_only_hour_is_skipped_is_no_working_day() -> None:
    night = WorkingTime(Calendar("night", zone="Europe/Berlin", weekly={6: ((time(2), time(3)),)}))
    berlin = ZoneInfo("Europe/Berlin")
    assert night.add_days(datetime(2026, 3, 22, 12, tzinfo=berlin), 1) == datetime(2026, 4, 5, 12, tzinfo=berlin)


def test_every_date_is_a_working_day_around_the_clock() -> None:
    always = WorkingTime(Calendar("always", zone="Asia/Shanghai", always=True))
    start = shanghai(2026, 1, 9, 16)
    assert always.add_days(start, 2) == start + timedelta(days=2)
    assert always.add_days(start, 2, DayEnd.END_OF_DAY) == shanghai(2026, 1, 12)


@pytest.mark.parametrize("days", [-(10**6), 10**6, -100_000, 100_000])
def test_more_working_days_than_there_are_is_a_sentence(days: int) -> None:
    for zone in (office(), WorkingTime(Calendar("always", always=True))):
        with pytest.raises(ConfigError, match=r"working days (after|before) 2026-01-09 are not between 1971 and 2200"):
            zone.add_days(shanghai(2026, 1, 9, 16), days)


# -- provisional years ---------------------------------------------------------------------------------------------


def test_a_year_outside_the_known_ones_is_provisional_and_said_so() -> None:
    known = Calendar("office", weekly={0: OFFICE}, known_years=(2004, 2026))
    assert [known.provisional(year) for year in (2003, 2004, 2026, 2027)] == [True, False, False, True]
    assert not Calendar("plain", weekly={0: OFFICE}).provisional(2027)
    silent = Calendar("plain", weekly={0: OFFICE})
    assert list(notices([silent, known], date(2025, 12, 31))) == []
    assert list(notices([silent, known], date(2026, 11, 1))) == [
        "calendar office: its holidays are known from 2004 to 2026, so 2027 is provisional and counts by the weekly"
        " hours; add the holidays of the missing years to its list, with years, and restart"
    ]
    assert "so 2027 and 2028 are provisional and count by the weekly hours;" in next(notices([known], date(2027, 1, 1)))
