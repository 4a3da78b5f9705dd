"""Turns of a rotation that is restricted by `only` are counted in its hours: against a count by hand."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.oncall import turns
from alerts.oncall.roster import Layer, Schedule, on_duty, shifts
from alerts.oncall.turns import Window
from monitor.model import Name

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
MON_FRI = tuple(Window(day, time(9), time(19)) for day in range(5))
FIRST, AT_NINE = datetime.fromisoformat("2026-03-02"), datetime.fromisoformat("2026-03-02T09:00")
PEOPLE = ("a", "b", "c", "d", "e", "f", "g")


def layer(people: tuple[str, ...], begins: str, every: timedelta, windows: tuple[Window, ...], zone: str) -> Layer:
    return Layer("base", people, datetime.fromisoformat(begins), every, zone, windows=windows)


def team(*layers: Layer) -> Schedule:
    return Schedule("noc", Name("NOC", "NOC"), "UTC", ("desk",), layers)


def person_of(one: Layer, at: datetime) -> str | None:
    return on_duty(team(one), at).person


# -- by hand: walk from the first hand-over on, minute by quarter of an hour ----------------------------------------


def in_hours(at: datetime, windows: tuple[Window, ...]) -> bool:
    """Whether a time on the wall lies in the hours, by looking at this date's and at the day before's."""
    for window in windows:
        over = window.end <= window.start
        if at.weekday() == window.weekday and at.time() >= window.start and (over or at.time() < window.end):
            return True
        if over and (at - DAY).weekday() == window.weekday and at.time() < window.end:
            return True
    return False


def by_hand(one: Layer, at: datetime) -> str | None:
    """Who is on duty at a time on the wall: turns outside the hours are not counted."""
    if at < one.begins or not in_hours(at, one.windows):
        return None
    turn, begins = 0, one.begins
    while begins + one.every <= at:
        quarters = (begins + timedelta(minutes=15) * n for n in range(one.every // timedelta(minutes=15)))
        turn += any(in_hours(quarter, one.windows) for quarter in quarters)
        begins += one.every
    return one.people[turn % len(one.people)]


TIMES = [time(0), time(6, 30), time(9), time(13, 15), time(20), time(22, 45)]
windows = st.lists(st.builds(Window, st.integers(0, 6), st.sampled_from(TIMES), st.sampled_from(TIMES)), min_size=1,
                   max_size=5)  # fmt: skip
lengths = st.sampled_from([HOUR, 5 * HOUR, 12 * HOUR, DAY, 2 * DAY, 3 * DAY, WEEK, 9 * DAY, 2 * WEEK])


@given(windows, lengths, st.integers(1, 7), st.integers(0, 6), st.sampled_from(TIMES), st.integers(0, 40 * 96))
def test_who_is_on_duty_is_what_a_count_by_hand_says(
    hours: list[Window], every: timedelta, people: int, day: int, handover: time, quarter: int
) -> None:
    begins = datetime.combine(FIRST + day * DAY, handover)
    one = Layer("base", PEOPLE[:people], begins, every, "UTC", windows=tuple(hours))
    at = FIRST + quarter * timedelta(minutes=15)
    assert person_of(one, at.replace(tzinfo=UTC)) == by_hand(one, at)


@given(windows, lengths, st.integers(2, 7), st.sampled_from(["America/New_York", "Europe/Berlin", "Asia/Shanghai"]),
       st.integers(0, 60), st.sampled_from([time(9, 30), time(13, 30), time(21)]))  # fmt: skip
def test_a_change_of_the_clocks_moves_no_turn(
    hours: list[Window], every: timedelta, people: int, zone: str, day: int, hour: time
) -> None:
    """Away from the night of the change itself, the same person as in a zone without one."""
    begins = AT_NINE - WEEK
    wall = datetime.combine(FIRST - WEEK + day * DAY, hour)
    there = Layer("base", PEOPLE[:people], begins, every, zone, windows=tuple(hours))
    assert person_of(there, wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)) == by_hand(there, wall)


@given(lengths, st.integers(1, 7), st.integers(0, 60 * 24))
def test_without_hours_turns_are_as_they_always_were(every: timedelta, people: int, hour: int) -> None:
    begins = AT_NINE
    one = Layer("base", PEOPLE[:people], begins, every, "UTC")
    at = begins + hour * HOUR
    assert person_of(one, at.replace(tzinfo=UTC)) == PEOPLE[(at - begins) // every % people]


@given(windows, lengths, st.integers(1, 7))
def test_everybody_has_a_turn_in_a_full_cycle_and_the_same_number_of_them(
    hours: list[Window], every: timedelta, people: int
) -> None:
    one = Layer("base", PEOPLE[:people], AT_NINE, every, "UTC", windows=tuple(hours))
    cycle = turns.cycle(people, every, one.pattern)
    taken = [number for number in range(cycle // every) if one.pattern[number % len(one.pattern)]]
    counted = [sum(one.turn(number) == person for number in taken) for person in one.people]
    assert len(set(counted)) == 1
    assert counted[0] > 0
    if cycle < 200 * DAY:
        start = AT_NINE.replace(tzinfo=UTC)
        there: dict[str, timedelta] = dict.fromkeys(one.people, timedelta(0))
        for duty in shifts(team(one), start, start + cycle):
            assert duty.person
            assert duty.since
            assert duty.until
            there[duty.person] += duty.until - duty.since
        share = turns.shares(people, one.pattern)
        assert [there[person] for person in one.people] == [minutes * timedelta(minutes=1) for minutes in share]


# -- the rotas that people write ------------------------------------------------------------------------------------


def days(one: Layer, *texts: str, zone: str = "Asia/Shanghai") -> str:
    at = (datetime.fromisoformat(f"2026-{text}T12:00").replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) for text in texts)
    return "".join(person_of(one, instant) or "-" for instant in at)


def test_a_daily_rotation_of_working_days_goes_from_friday_to_monday() -> None:
    three = layer(("a", "b", "c"), "2026-11-02T09:00", DAY, MON_FRI, "Asia/Shanghai")
    assert days(three, *(f"11-{day:02}" for day in range(2, 17))) == "abcab--cabca--b"


def test_of_seven_people_on_five_days_everybody_has_a_turn() -> None:
    seven = layer(PEOPLE, "2026-11-02T09:00", DAY, MON_FRI, "Asia/Shanghai")
    assert days(seven, *(f"11-{day:02}" for day in range(2, 14))) == "abcde--fgabc"


def test_a_weekly_rotation_whose_hours_are_a_part_of_the_week_is_as_it_was() -> None:
    weekly = layer(("a", "b", "c"), "2026-11-02T09:00", WEEK, MON_FRI, "Asia/Shanghai")
    assert days(weekly, "11-02", "11-06", "11-07", "11-09", "11-16", "11-23") == "aa-bca"


def test_nights_across_midnight_are_one_turn_each() -> None:
    nights = tuple(Window(day, time(20), time(8)) for day in range(4))  # Monday to Thursday, into Friday
    one = layer(("a", "b", "c"), "2026-11-02T20:00", DAY, nights, "Asia/Shanghai")
    at = [
        datetime(2026, 11, day, hour, tzinfo=ZoneInfo("Asia/Shanghai")) for day in (2, 3, 4, 5) for hour in (21, 31 - 8)
    ]
    assert "".join(person_of(one, instant.astimezone(UTC)) or "-" for instant in at) == "aabbccaa"
    monday = datetime(2026, 11, 9, 21, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert person_of(one, monday.astimezone(UTC)) == "b"


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Shanghai"])
def test_half_days_by_twelve_hours_count_only_the_half_that_is_on(zone: str) -> None:
    by_day = tuple(Window(day, time(8), time(20)) for day in range(7))
    one = layer(("a", "b"), "2026-03-23T08:00", 12 * HOUR, by_day, zone)
    assert days(one, *(f"03-{day}" for day in range(23, 31)), zone=zone) == "abababab"
