"""A week of a rota: what it shows is what the rota says at every instant of the week."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.oncall.roster import Layer, Person, Roster, Schedule, Spell, on_duty
from alerts.oncall.week import duty_week
from monitor.listing import TeamWeek
from monitor.model import Name

BERLIN = "Europe/Berlin"
NOW = datetime(2026, 3, 25, 12, tzinfo=UTC)  # the clocks change on the Sunday of this week
PEOPLE = {name: Person(name, Name(name.title(), name), "", ("phone",)) for name in ("a", "b", "c")}
WEEK = Layer("week", ("a", "b"), datetime.fromisoformat("2026-03-02T09:00"), timedelta(days=7), BERLIN)
ENDS = datetime.fromisoformat("2026-03-27T08:00")
NIGHT = Layer("night", ("c",), datetime.fromisoformat("2026-03-02T20:00"), timedelta(days=2), BERLIN, until=ENDS)


def roster(*layers: Layer, overrides: tuple[Spell, ...] = ()) -> Roster:
    team = Schedule("noc", Name("NOC", "网管"), BERLIN, ("wall",), layers, overrides)
    return Roster(PEOPLE, {"noc": team})


def shown(of: Roster, offset: int = 0) -> TeamWeek:
    (team,) = duty_week(of, NOW, BERLIN, offset).teams
    return team


def test_a_week_has_seven_days_on_the_wall_though_the_clocks_change() -> None:
    week = duty_week(roster(WEEK), NOW, BERLIN)
    walls = [day.astimezone(ZoneInfo(BERLIN)) for day in (*week.days, week.until)]
    assert [(wall.weekday(), wall.hour) for wall in walls] == [(n % 7, 0) for n in range(8)]
    assert week.until - week.since == timedelta(days=7, hours=-1)
    assert duty_week(roster(WEEK), NOW, BERLIN, 1).since == week.until
    assert duty_week(roster(WEEK), NOW, BERLIN, -1).until == week.since


@settings(max_examples=25, deadline=None)
@given(
    minutes=st.integers(0, 7 * 24 * 60 - 61),
    override=st.none() | st.tuples(st.integers(-500, 8000), st.integers(1, 4000), st.sampled_from("abc")),
    layers=st.sampled_from([(), (WEEK,), (NIGHT,), (WEEK, NIGHT)]),
)
def test_at_every_instant_it_says_who_is_on_duty_or_that_nobody_is(
    minutes: int, override: tuple[int, int, str] | None, layers: tuple[Layer, ...]
) -> None:
    begins = duty_week(roster(), NOW, BERLIN).since
    spells: tuple[Spell, ...] = ()
    if override is not None:
        since = begins + timedelta(minutes=override[0])
        spells = (Spell(since, since + timedelta(minutes=override[1]), override[2]),)
    of = roster(*layers, overrides=spells)
    team, at = shown(of), begins + timedelta(minutes=minutes)
    here = [one.person for one in team.duty if one.since <= at < one.until]
    empty = [gap for gap in team.gaps if gap.since <= at < gap.until]
    person = on_duty(of.teams["noc"], at).person
    assert here == ([] if person is None else [person])
    assert bool(empty) is (person is None)


def test_each_layer_is_shown_as_it_is_without_the_others() -> None:
    since = NOW + timedelta(hours=1)
    team = shown(roster(WEEK, NIGHT, overrides=(Spell(since, since + timedelta(hours=2), "b"),)))
    assert [one.layer for one in team.layers] == ["week", "night", "override"]
    (week, night, override) = (one.spells for one in team.layers)
    assert [one.person for one in week] == ["a", "b"]
    assert {one.person for one in night} == {"c"}
    assert [(one.person, one.since) for one in override] == [("b", since)]


def test_who_is_on_duty_now_and_who_comes_then() -> None:
    now = shown(roster(WEEK)).now
    duty = on_duty(roster(WEEK).teams["noc"], NOW)
    assert (now.person, now.until) == (duty.person, duty.until)
    assert now.next_person == ("a" if now.person == "b" else "b")
    assert shown(roster(WEEK)).next_gap is None


@pytest.mark.parametrize("offset", [-3, 0, 3])
def test_the_next_time_without_anybody_is_told_whatever_week_is_shown(offset: int) -> None:
    team = shown(roster(NIGHT), offset)
    assert team.next_gap is not None
    assert team.next_gap.since == datetime(2026, 3, 27, 7, tzinfo=UTC)


def test_a_team_without_anybody_tells_its_contact() -> None:
    team = shown(roster())
    assert (team.now.person, team.contact, team.duty, team.layers) == ("", ("wall",), [], [])
    assert [(gap.since, gap.until) for gap in team.gaps] == [
        (duty_week(roster(), NOW, BERLIN).since, duty_week(roster(), NOW, BERLIN).until)
    ]
