"""How long an acknowledgement holds, over random rotas: never past the shift of who holds it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.oncall import ack_ends
from alerts.oncall.escalation_runs import AcknowledgedStage, held_until
from alerts.oncall.roster import Layer, Person, Roster, Schedule, Spell, first_handover, on_duty
from alerts.oncall.turns import Window
from monitor.alert import AckEnd, Acknowledged, AckTerms, Covered, EndsFor
from monitor.model import Name
from tests.support.cases import at

TERMS = AckTerms()
NAMES = ("anna", "bo", "cai")
PEOPLE = {name: Person(name, Name(name.title(), ""), "UTC", ("phone",)) for name in NAMES}
EMPTY = Roster()


def end(*covers: Covered, author: str = "anna", roster: Roster = EMPTY, terms: AckTerms = TERMS) -> AckEnd:
    return ack_ends.end_of(covers, author, roster, tuple(roster.teams), terms, at(0))


def test_a_share_of_what_is_left_to_the_nearest_deadline() -> None:
    assert end(Covered(at(4))) == AckEnd(at(2), EndsFor.SHARE)
    assert end(Covered(at(4)), Covered(at(1))) == AckEnd(at(0.5), EndsFor.SHARE)
    assert end(Covered(at(4)), terms=AckTerms(1.0)).at == at(4)


@pytest.mark.parametrize("none_left", [Covered(None), Covered(at(9), broken=True), Covered(at(0)), Covered(at(-1))])
def test_a_length_where_no_time_is_left_to_share(none_left: Covered) -> None:
    assert end(none_left) == AckEnd(at(1), EndsFor.LENGTH)
    assert end(none_left, Covered(at(1))) == AckEnd(at(0.5), EndsFor.SHARE)


def weekly(*people: str, hours: int = 24, **more: object) -> Layer:
    return Layer("all", people, datetime(2026, 1, 1), timedelta(hours=hours), "UTC", **more)  # type: ignore[arg-type]  # noqa: DTZ001


def team(*layers: Layer, overrides: Sequence[Spell] = (), name: str = "noc") -> Schedule:
    return Schedule(name, Name(name, ""), "UTC", ("phone",), layers, tuple(overrides))


def test_two_turns_of_one_person_in_a_row_are_one_shift() -> None:
    roster = Roster(PEOPLE, {"noc": team(weekly("anna", "anna", "bo", hours=2))})
    ends = end(Covered(at(100)), roster=roster)
    turn = on_duty(roster.teams["noc"], at(0))
    assert turn.person == "anna"
    assert ends.why is EndsFor.SHIFT
    assert on_duty(roster.teams["noc"], ends.at).person == "bo"
    assert on_duty(roster.teams["noc"], ends.at - timedelta(microseconds=1)).person == "anna"


def test_who_is_on_duty_elsewhere_holds_on() -> None:
    one = team(weekly("anna"), overrides=[Spell(at(1), at(9), "bo")])
    other = team(weekly("anna"), name="core")
    assert end(Covered(at(8)), roster=Roster(PEOPLE, {"noc": one})) == AckEnd(at(1), EndsFor.SHIFT, "anna")
    both = Roster(PEOPLE, {"noc": one, "core": other})
    assert end(Covered(at(8)), roster=both) == AckEnd(at(4), EndsFor.SHARE, "anna")


def test_the_name_is_understood_as_the_page_takes_it() -> None:
    roster = Roster(PEOPLE, {"noc": team(weekly("anna"))})
    assert end(Covered(at(1)), author="ANNA", roster=roster).holder == "anna"
    assert end(Covered(at(1)), author="bo", roster=roster).holder == "", "known, and not on duty"


def test_in_a_gap_a_stranger_holds_until_somebody_is_there() -> None:
    days = weekly("anna", windows=tuple(Window(day, time(8), time(18)) for day in range(7)))
    roster = Roster(PEOPLE, {"noc": team(days)})
    assert end(Covered(at(40)), author="bot", roster=roster) == AckEnd(at(8), EndsFor.SHIFT)


# -- over random rotas -----------------------------------------------------------------------------------------------

minutes = st.integers(0, 7 * 24 * 60)
layers = st.builds(
    lambda people, every, hour, windows, zone: Layer(
        "layer", tuple(people), first_handover(date(2025, 12, 1), time(hour)), timedelta(hours=every), zone,
        windows=tuple(Window(day, time(6 + day), time(20)) for day in windows),
    ),
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=3),
    st.sampled_from((6, 12, 24, 48, 168)),
    st.integers(0, 23),
    st.sets(st.integers(0, 6), max_size=5),
    st.sampled_from(("UTC", "Asia/Shanghai", "America/New_York")),
)  # fmt: skip
spells = st.builds(
    lambda since, long, person: Spell(at(0, since), at(0, since + long), person),
    minutes, st.integers(30, 3000), st.sampled_from(NAMES),
)  # fmt: skip
teams = st.builds(
    lambda found, covering: team(*found, overrides=covering),
    st.lists(layers, min_size=1, max_size=2), st.lists(spells, max_size=2),
)  # fmt: skip
rosters = st.builds(
    lambda found: Roster(PEOPLE, {f"team{index}": one for index, one in enumerate(found)}),
    st.lists(teams, min_size=1, max_size=2),
)


@given(
    roster=rosters, now=minutes, left=st.integers(1, 6000), author=st.sampled_from((*NAMES, "bot")),
    share=st.sampled_from((0.1, 0.5, 1.0)),
)  # fmt: skip
def test_no_acknowledgement_outlives_its_shift_without_a_holder(
    roster: Roster, now: int, left: int, author: str, share: float
) -> None:
    given_at, deadline = at(0, now), at(0, now + left)
    terms = AckTerms(share)
    found = ack_ends.end_of([Covered(deadline)], author, roster, tuple(roster.teams), terms, given_at)
    assert given_at < found.at <= given_at + (deadline - given_at) * share
    moments = [given_at + (found.at - given_at) * (part / 40) for part in range(40)]
    moments.append(found.at - timedelta(microseconds=1))
    if found.holder:
        assert found.holder == author
        for moment in moments:
            assert any(on_duty(one, moment).person == author for one in roster.teams.values()), moment
    else:
        assert all(on_duty(one, given_at).person != author for one in roster.teams.values())
        for one in roster.teams.values():  # the same shift is on in every team, or the same gap
            shift = on_duty(one, given_at)
            for moment in moments:
                assert on_duty(one, moment).person == shift.person, moment
    if found.why is EndsFor.SHIFT and found.holder:
        assert all(on_duty(one, found.at).person != author for one in roster.teams.values())
    kept = Acknowledged(
        "k", "used_75", given_at, author, id=7, ends_at=found.at, ends_for=found.why, holder=found.holder
    )
    assert not any(ack_ends.over([kept], roster, moment) for moment in moments)
    assert ack_ends.over([kept], roster, found.at) == {7: found.why}


@given(roster=rosters, other=rosters, now=minutes, left=st.integers(1, 6000), later=st.integers(0, 6000))
def test_after_a_change_of_the_rota_nobody_holds_what_he_is_not_on_duty_for(
    roster: Roster, other: Roster, now: int, left: int, later: int
) -> None:
    given_at, moment = at(0, now), at(0, now + later)
    found = ack_ends.end_of([Covered(at(0, now + left))], "anna", roster, tuple(roster.teams), TERMS, given_at)
    kept = Acknowledged(
        "k", "used_75", given_at, "anna", id=7, ends_at=found.at, ends_for=found.why, holder=found.holder
    )
    if not ack_ends.over([kept], other, moment):
        assert moment < found.at
        assert not found.holder or any(on_duty(one, moment).person == "anna" for one in other.teams.values())


def test_one_that_has_ended_is_not_over_again() -> None:
    kept = Acknowledged("k", "used_75", at(0), "anna", id=7, ends_at=at(1), ended_at=at(1))
    assert ack_ends.over([kept], EMPTY, at(9)) == {}
    assert ack_ends.over([Acknowledged("k", "used_75", at(0), "anna", id=8)], EMPTY, at(9)) == {}


def acked(begins: float, until: float | None) -> AcknowledgedStage:
    return AcknowledgedStage("used_75", at(begins), "", None if until is None else at(until))


@pytest.mark.parametrize(
    ("acknowledged", "worse", "until"),
    [
        ([acked(1, 3)], None, 3),
        ([acked(1, None)], None, None),
        ([acked(1, 3), acked(2, 5)], None, 5),
        ([acked(1, 3), acked(3, 5)], None, 5),
        ([acked(1, 3), acked(4, 5)], None, 3),
        ([acked(1, 3), acked(2, None)], None, None),
        ([acked(1, 3)], 2, None),
        ([acked(1, 3), acked(2, 9)], 4, None),
        ([acked(1, 3), acked(5, 9)], 4, 3),
    ],
)
def test_acknowledgements_that_overlap_hold_as_one(
    acknowledged: list[AcknowledgedStage], worse: float | None, until: float | None
) -> None:
    found = held_until(acknowledged, at(1), None if worse is None else at(worse))
    assert found == (None if until is None else at(until))
