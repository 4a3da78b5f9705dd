"""What is said of a rota that may not be meant: gaps by their kind, people who are never there, uneven shares."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from alerts.oncall.roster import Layer, Roster, Schedule, Spell, gaps
from alerts.oncall.roster_check import YEAR, in_words, roster_notices
from alerts.oncall.turns import Window
from monitor.model import Name

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
BEGINS = datetime.fromisoformat("2026-11-02T09:00")
NOW = datetime(2026, 11, 30, 1, tzinfo=UTC)
OFFICE = tuple(Window(day, time(9), time(19)) for day in range(5))
ALWAYS = tuple(Window(day, time(0), time(0)) for day in range(7))


def team(*layers: Layer, **more: object) -> Schedule:
    return Schedule("noc", Name("NOC", "NOC"), "UTC", ("desk",), layers, **more)  # type: ignore[arg-type]


def layer(
    *people: str, every: timedelta = DAY, windows: tuple[Window, ...] = (), until: datetime | None = None
) -> Layer:
    return Layer("base", people, BEGINS, every, "UTC", until, windows)


def said(one: Schedule) -> list[str]:
    return [line for line in roster_notices(Roster({}, {"noc": one}), NOW) if "nobody is on duty" not in line]


def test_gaps_that_come_every_week_are_one_sentence_however_often() -> None:
    office = team(layer("a", "b", "c", windows=OFFICE))
    found = gaps(office, NOW, NOW + YEAR)
    assert len(found) > 250
    lines = list(in_words(office, found, "Asia/Shanghai"))
    assert lines == [
        "noc: nobody from 2026-11-30 09:00:00+08:00 to 2026-11-30 17:00:00+08:00",
        "noc: nobody Mon–Thu 19:00 to 09:00 the next day (UTC): 208 times from 2026-11-30 to 2027-11-25",
        "noc: nobody Fri 19:00 to Mon 09:00 (UTC): 52 times from 2026-12-04 to 2027-11-26",
        "noc: nobody from 2027-11-30 03:00:00+08:00 to 2027-11-30 09:00:00+08:00",
    ]


@given(st.lists(st.builds(Window, st.integers(0, 6), st.sampled_from([time(0), time(9)]),
                          st.sampled_from([time(12), time(18)])), min_size=1, max_size=7))  # fmt: skip
def test_no_rota_of_weekly_hours_needs_more_than_a_screen_for_its_gaps(hours: list[Window]) -> None:
    one = team(layer("a", windows=tuple(hours)))
    assert len(list(in_words(one, gaps(one, NOW, NOW + YEAR), "Asia/Shanghai"))) <= 21


def test_one_gap_is_said_as_it_is() -> None:
    one = team(layer("a", until=BEGINS + 392 * DAY))
    assert list(in_words(one, gaps(one, NOW, NOW + YEAR), "Asia/Shanghai")) == [
        "noc: nobody from 2027-11-29 17:00:00+08:00 to 2027-11-30 09:00:00+08:00"
    ]


def test_people_whose_every_turn_is_covered_are_named() -> None:
    covered = team(layer("a", "b", every=WEEK), layer("c", "d", every=WEEK))
    assert said(covered) == [
        "team noc: a, b never come on duty in the next 14d (a full cycle): another layer, an override or an end covers"
        " every turn; mend the layers, or take the name out"
    ]
    swapped = team(layer("a", "b"), overrides=(Spell(NOW - DAY, NOW + 900 * DAY, "a"),))
    assert said(swapped)[0].startswith("team noc: b never comes on duty in the next 2d (a full cycle)")


def test_people_whose_turns_come_are_not_named_nor_those_of_a_layer_that_is_over() -> None:
    assert said(team(layer("a", "b", "c", "d", "e", "f", "g", windows=OFFICE))) == []
    assert said(team(layer("z", until=BEGINS + WEEK), layer("a", "b"))) == []


def test_uneven_shares_are_said_with_by_how_much() -> None:
    longer = (*OFFICE[:4], Window(4, time(9), time(0)))  # Friday until midnight
    (line,) = said(team(layer("a", "b", "c", "d", "e", windows=longer)))
    assert line == (
        "team noc, base: in a full cycle of 7d the shares are uneven, a 10h, b 10h, c 10h, d 10h, e 15h: the most is"
        " 1.5 times as much as the least"
    )


def test_a_hand_over_inside_the_hours_is_said_with_what_to_write() -> None:
    early = tuple(Window(day, time(8), time(18)) for day in range(5))
    (line,) = said(team(layer("a", "b", "c", windows=early)))
    assert "a 20h, b 19h, c 11h" in line
    assert line.endswith("; the hand-over at 09:00 lies inside the hours, write handover: 08:00")


def test_who_is_listed_twice_is_meant_to_have_two_turns() -> None:
    assert said(team(layer("a", "a", "b", windows=ALWAYS))) == []
