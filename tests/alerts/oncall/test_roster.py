from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.oncall.roster import (
    CALENDAR,
    OVERRIDE,
    Duty,
    Gap,
    Layer,
    Person,
    ReachedReceivers,
    Recipient,
    Role,
    Roster,
    Schedule,
    Spell,
    first_handover,
    gaps,
    instant,
    on_duty,
    shifts,
)
from alerts.oncall.turns import Window
from monitor.model import Name

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
SHANGHAI, NEW_YORK, LORD_HOWE = "Asia/Shanghai", "America/New_York", "Australia/Lord_Howe"


def wall(text: str) -> datetime:
    """A time on the wall, without a zone."""
    return datetime.fromisoformat(text)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local(text: str, zone: str = NEW_YORK) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def layer(
    *people: str, begins: str = "2026-01-05T09:00", every: timedelta = WEEK, zone: str = "UTC", **more: object
) -> Layer:
    return Layer(str(more.pop("name", "base")), people, datetime.fromisoformat(begins), every, zone, **more)  # type: ignore[arg-type]


def team(*layers: Layer, **more: object) -> Schedule:
    return Schedule("noc", Name("NOC", "网管"), "UTC", ("desk",), tuple(layers), **more)  # type: ignore[arg-type]


NIGHTS = tuple(Window(day, time(20), time(8)) for day in range(7))
OFFICE = tuple(Window(day, time(9), time(18)) for day in range(5))


# -- rotations -----------------------------------------------------------------------------------------------------


def test_people_take_turns_by_the_week() -> None:
    rota = team(layer("a", "b", "c"))
    assert [on_duty(rota, utc(f"2026-01-{day:02}T12:00")).person for day in (5, 12, 19, 26)] == ["a", "b", "c", "a"]


def test_a_turn_begins_with_its_hand_over_and_ends_with_the_next() -> None:
    rota = team(layer("a", "b"))
    assert on_duty(rota, utc("2026-01-12T08:59:59")) == Duty(
        "a", "base", utc("2026-01-05T09:00"), utc("2026-01-12T09:00")
    )
    assert on_duty(rota, utc("2026-01-12T09:00")) == Duty("b", "base", utc("2026-01-12T09:00"), utc("2026-01-19T09:00"))


def test_turns_may_be_of_days_and_of_hours() -> None:
    days, hours = team(layer("a", "b", every=3 * DAY)), team(layer("a", "b", every=12 * HOUR))
    assert [duty.person for duty in shifts(days, utc("2026-01-05T09:00"), utc("2026-01-14T09:00"))] == ["a", "b", "a"]
    assert on_duty(hours, utc("2026-01-06T03:00")) == Duty(
        "b", "base", utc("2026-01-05T21:00"), utc("2026-01-06T09:00")
    )


def test_one_person_alone_has_turns_too() -> None:
    assert on_duty(team(layer("a", every=DAY)), utc("2026-02-01T12:00")).until == utc("2026-02-02T09:00")


def test_nobody_is_on_duty_before_the_first_hand_over_nor_from_the_last_day_on() -> None:
    rota = team(layer("a", every=DAY, until=wall("2026-01-08T09:00")))
    assert on_duty(rota, utc("2026-01-05T08:59")) == Duty(None, "", None, utc("2026-01-05T09:00"))
    assert on_duty(rota, utc("2026-01-08T08:59")).person == "a"
    assert on_duty(rota, utc("2026-01-08T09:00")) == Duty(None, "", utc("2026-01-08T09:00"), None)


def test_a_rota_may_end_in_the_middle_of_a_turn() -> None:
    rota = team(layer("a", until=wall("2026-01-08T09:00")))
    assert shifts(rota, utc("2026-01-01"), utc("2026-02-01")) == (
        Duty("a", "base", utc("2026-01-05T09:00"), utc("2026-01-08T09:00")),
    )


def test_the_first_hand_over_is_on_its_weekday() -> None:
    assert first_handover(date(2026, 1, 7), time(9), 0) == wall("2026-01-12T09:00")
    assert first_handover(date(2026, 1, 5), time(9), 0) == wall("2026-01-05T09:00")
    assert first_handover(date(2026, 1, 7), time(9)) == wall("2026-01-07T09:00")


# -- zones and summer time -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("begins", "before", "after", "hours"),
    [("2026-03-02T09:00", "2026-03-02T09:00", "2026-03-09T09:00", 7 * 24 - 1),
     ("2026-10-26T09:00", "2026-10-26T09:00", "2026-11-02T09:00", 7 * 24 + 1)],
    ids=["spring", "autumn"],
)  # fmt: skip
def test_a_hand_over_stays_at_its_hour_when_the_clocks_change(begins: str, before: str, after: str, hours: int) -> None:
    rota = team(layer("a", "b", begins=begins, zone=NEW_YORK))
    (first, second) = shifts(rota, local(before), local(after) + WEEK)
    assert (first.since, first.until, second.since) == (local(before), local(after), local(after))
    assert first.until is not None
    assert first.since is not None
    assert first.until - first.since == hours * HOUR


def test_a_zone_without_a_change_has_turns_of_one_length() -> None:
    rota = team(layer("a", "b", every=DAY, begins="2026-01-01T09:00", zone=SHANGHAI))
    found = shifts(rota, utc("2026-01-01T01:00"), utc("2027-01-01T01:00"))
    assert {duty.until - duty.since for duty in found if duty.until and duty.since} == {DAY}
    assert len(found) == 365


def test_a_hand_over_in_the_skipped_hour_is_at_the_change() -> None:
    rota = team(layer("a", "b", every=DAY, begins="2026-03-06T02:30", zone=NEW_YORK))
    assert on_duty(rota, utc("2026-03-08T06:59")).until == utc(
        "2026-03-08T07:00"
    )  # 02:00 EST, when it becomes 03:00 EDT
    assert on_duty(rota, utc("2026-03-08T07:00")).until == local("2026-03-09T02:30")


def test_a_hand_over_in_the_hour_that_comes_twice_is_in_the_first() -> None:
    rota = team(layer("a", "b", every=DAY, begins="2026-10-30T01:30", zone=NEW_YORK))
    assert on_duty(rota, utc("2026-11-01T05:29")).until == utc("2026-11-01T05:30")


def test_hours_that_do_not_exist_have_no_turn() -> None:
    rota = team(layer("a", "b", every=HOUR, begins="2026-03-08T00:00", zone=NEW_YORK))
    found = shifts(rota, local("2026-03-08T00:00"), local("2026-03-08T05:00"))
    assert [duty.person for duty in found] == ["a", "b", "b", "a"]
    assert [duty.since for duty in found[1:]] == [duty.until for duty in found[:-1]]


@pytest.mark.parametrize(
    "zone", [NEW_YORK, LORD_HOWE, SHANGHAI, "UTC", "Europe/Dublin", "America/Sao_Paulo", "Pacific/Apia"]
)
@given(minute=st.integers(0, 20 * 366 * 24 * 60), more=st.integers(0, 3 * 24 * 60))
def test_later_on_the_wall_is_never_earlier_in_time(zone: str, minute: int, more: int) -> None:
    one = wall("2008-01-01T00:00") + timedelta(minutes=minute)
    two = one + timedelta(minutes=more)
    assert instant(one, zone) <= instant(two, zone)


def test_a_day_that_a_zone_skipped_is_the_instant_of_the_change() -> None:
    assert instant(wall("2011-12-30T12:00"), "Pacific/Apia") == utc("2011-12-30T10:00")


# -- hours of the day ----------------------------------------------------------------------------------------------


def test_a_layer_may_be_on_in_some_hours_only() -> None:
    rota = team(layer("a", "b", begins="2026-01-05T00:00", windows=OFFICE))
    assert on_duty(rota, utc("2026-01-06T12:00")) == Duty("a", "base", utc("2026-01-06T09:00"), utc("2026-01-06T18:00"))
    assert on_duty(rota, utc("2026-01-06T18:00")) == Duty(None, "", utc("2026-01-06T18:00"), utc("2026-01-07T09:00"))
    assert on_duty(rota, utc("2026-01-10T12:00")) == Duty(None, "", utc("2026-01-09T18:00"), utc("2026-01-12T09:00"))
    assert on_duty(rota, utc("2026-01-12T12:00")).person == "b"


def test_nights_reach_into_the_next_day() -> None:
    rota = team(
        layer("day", every=DAY), layer("n1", "n2", every=DAY, begins="2026-01-05T20:00", windows=NIGHTS, name="nights")
    )
    assert on_duty(rota, utc("2026-01-06T03:00")) == Duty(
        "n1", "nights", utc("2026-01-05T20:00"), utc("2026-01-06T08:00")
    )
    assert on_duty(rota, utc("2026-01-06T21:00")).person == "n2"
    assert on_duty(rota, utc("2026-01-06T08:00")) == Duty(
        "day", "base", utc("2026-01-06T08:00"), utc("2026-01-06T09:00")
    )


def test_whole_days_one_after_the_other_are_one_duty() -> None:
    days = tuple(Window(day, time(0), time(0)) for day in range(7))
    assert on_duty(team(layer("a", "b", windows=days)), utc("2026-01-07T12:00")).until == utc("2026-01-12T09:00")


def test_windows_keep_their_hours_when_the_clocks_change() -> None:
    rota = team(layer("a", begins="2026-01-01T00:00", zone=NEW_YORK, windows=OFFICE))
    for day in ("2026-03-06", "2026-03-09", "2026-10-30", "2026-11-02"):
        duty = on_duty(rota, local(f"{day}T12:00"))
        assert (duty.since, duty.until) == (local(f"{day}T09:00"), local(f"{day}T18:00"))


# -- layers and overrides ------------------------------------------------------------------------------------------


def test_the_later_layer_covers_the_earlier() -> None:
    holiday = layer("x", "y", every=DAY, begins="2026-10-01T09:00", until=wall("2026-10-08T09:00"), name="holiday")
    rota = team(layer("a", "b"), holiday)
    assert [duty.person for duty in shifts(rota, utc("2026-09-30T12:00"), utc("2026-10-09T12:00"))] == [
        *("a", "x", "y", "x", "y", "x", "y", "x", "b"),
    ]  # fmt: skip


def test_an_override_covers_every_layer_and_the_later_one_wins() -> None:
    rota = team(
        layer("a"), layer("b", name="top"),
        overrides=(Spell(utc("2026-01-06"), utc("2026-01-08"), "c"),
                   Spell(utc("2026-01-07"), utc("2026-01-07T06:00"), "d")),
    )  # fmt: skip
    assert on_duty(rota, utc("2026-01-06T12:00")) == Duty("c", OVERRIDE, utc("2026-01-06"), utc("2026-01-07"))
    assert on_duty(rota, utc("2026-01-07")) == Duty("d", OVERRIDE, utc("2026-01-07"), utc("2026-01-07T06:00"))
    assert on_duty(rota, utc("2026-01-07T06:00")) == Duty("c", OVERRIDE, utc("2026-01-07T06:00"), utc("2026-01-08"))
    assert on_duty(rota, utc("2026-01-08")).person == "b"


def test_a_calendar_lies_below_the_layers() -> None:
    spells = (Spell(utc("2026-01-01"), utc("2026-01-10"), "x"),)
    rota = team(layer("a", windows=OFFICE), calendar=spells)
    assert on_duty(rota, utc("2026-01-06T08:00")) == Duty(
        "x", CALENDAR, utc("2026-01-05T18:00"), utc("2026-01-06T09:00")
    )
    assert on_duty(rota, utc("2026-01-06T12:00")).person == "a"


def test_a_duty_longer_than_a_turn_is_found_whole_and_one_without_end_has_none() -> None:
    long = team(layer("a", every=HOUR), overrides=(Spell(utc("2026-02-01"), utc("2026-08-01"), "b"),))
    assert on_duty(long, utc("2026-03-01")) == Duty("b", OVERRIDE, utc("2026-02-01"), utc("2026-08-01"))
    ages = team(layer("a"), overrides=(Spell(utc("2000-01-01"), utc("2050-01-01"), "b"),))
    assert on_duty(ages, utc("2026-03-01")) == Duty("b", OVERRIDE, None, None)


# -- gaps ----------------------------------------------------------------------------------------------------------


def test_gaps_are_the_times_without_anybody() -> None:
    rota = team(layer("a", begins="2026-01-05T00:00", windows=OFFICE))
    assert gaps(rota, utc("2026-01-09T12:00"), utc("2026-01-13T04:00")) == (
        Gap(utc("2026-01-09T18:00"), utc("2026-01-12T09:00")),
        Gap(utc("2026-01-12T18:00"), utc("2026-01-13T04:00")),
    )
    assert gaps(team(), utc("2026-01-01"), utc("2026-01-02")) == (Gap(utc("2026-01-01"), utc("2026-01-02")),)
    assert gaps(team(layer("a")), utc("2026-02-01"), utc("2027-02-01")) == ()


def test_a_year_without_gaps_has_none_over_both_changes() -> None:
    day = tuple(Window(day, time(8), time(20)) for day in range(7))
    rota = team(
        layer("a", "b", begins="2026-01-05T08:00", zone=NEW_YORK, windows=day),
        layer("c", "d", begins="2026-01-05T08:00", zone=NEW_YORK, windows=NIGHTS),
    )
    assert gaps(rota, utc("2026-02-01"), utc("2027-02-01")) == ()


MARCH, APRIL = utc("2026-03-01"), utc("2026-04-15")


@st.composite
def rotas(draw: st.DrawFn) -> Schedule:
    layers = []
    for number in range(draw(st.integers(0, 3))):
        windows = st.builds(Window, st.integers(0, 6), st.sampled_from([time(0), time(2, 30), time(9)]),
                            st.sampled_from([time(0), time(2, 30), time(18)]))  # fmt: skip
        layers.append(
            Layer(
                f"layer {number}",
                tuple(draw(st.lists(st.sampled_from("abcd"), min_size=1, max_size=3))),
                wall(f"2026-03-{draw(st.integers(1, 12)):02}T{draw(st.integers(0, 23)):02}:30"),
                draw(st.sampled_from([HOUR, 5 * HOUR, 12 * HOUR, DAY, 2 * DAY, WEEK])),
                draw(st.sampled_from(["UTC", NEW_YORK, SHANGHAI, LORD_HOWE])),
                draw(st.none() | st.just(wall("2026-03-20T00:00"))),
                tuple(draw(st.lists(windows, max_size=4))),
            )
        )
    spells = st.builds(
        lambda start, hours, person: Spell(MARCH + start * HOUR, MARCH + (start + hours) * HOUR, person),
        st.integers(0, 600), st.integers(1, 100), st.sampled_from("ef"),
    )  # fmt: skip
    return team(*layers, overrides=tuple(draw(st.lists(spells, max_size=3))))


@given(rotas())
def test_shifts_and_gaps_fill_the_time_exactly(rota: Schedule) -> None:
    parts = sorted(
        [(duty.since, duty.until) for duty in shifts(rota, MARCH, APRIL) if duty.since and duty.until]
        + [(gap.since, gap.until) for gap in gaps(rota, MARCH, APRIL)]
    )
    assert parts[0][0] == MARCH
    assert parts[-1][1] == APRIL
    assert all(one[1] == two[0] for one, two in itertools.pairwise(parts))
    assert all(since < until for since, until in parts)


@given(rotas(), st.integers(0, 44 * 24 * 60))
def test_who_agrees_with_the_shifts_and_with_itself(rota: Schedule, minute: int) -> None:
    at = MARCH + timedelta(minutes=minute)
    duty = on_duty(rota, at)
    inside = [
        item for item in shifts(rota, MARCH, APRIL) if item.since and item.until and item.since <= at < item.until
    ]
    assert [item.person for item in inside] == ([] if duty.person is None else [duty.person])
    for edge in (duty.since, duty.until and duty.until - timedelta(microseconds=1)):
        if edge is not None:
            assert on_duty(rota, edge) == duty


# -- whom to tell --------------------------------------------------------------------------------------------------

PEOPLE = {"a": Person("a", Name("A", "甲"), "UTC", ("phone-a", "mail-a"))}


def test_the_team_is_told_where_nobody_is_on_duty() -> None:
    roster = Roster(PEOPLE, {"noc": team(layer("a", windows=OFFICE))})
    on_call = Recipient(Role.ON_CALL, "noc")
    assert roster.receivers_of(on_call, utc("2026-01-06T12:00")) == ReachedReceivers(("phone-a", "mail-a"))
    assert roster.receivers_of(on_call, utc("2026-01-06T20:00")) == ReachedReceivers(("desk",), empty=True)
    assert roster.receivers_of(Recipient(Role.CONTACT, "noc"), utc("2026-01-06T20:00")) == ReachedReceivers(("desk",))
    assert roster.receivers_of(Recipient(Role.PERSON, "a"), utc("2026-01-06T20:00")) == ReachedReceivers(
        ("phone-a", "mail-a")
    )
    assert not roster.anybody_on_duty((on_call,), utc("2026-01-06T20:00"))
    assert roster.anybody_on_duty((on_call, Recipient(Role.PERSON, "a")), utc("2026-01-06T20:00"))
