from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

from hypothesis import example, given
from hypothesis import strategies as st

from monitor.clock import ticket_clock
from monitor.explain.deadline_history import Moved, deadlines, pieces
from monitor.history.mapping import Fact
from monitor.model import Life, Measure, Phase, SubjectKey
from monitor.policy.terms import Term
from monitor.report.policy_changes import pairs
from tests.monitor.clock.test_ticket_clock import ALWAYS, RESTORE
from tests.properties.test_clock_properties import Case, cases
from tests.support import histories
from tests.support.cases import at
from tests.support.laws import law


@given(cases())
def test_the_last_deadline_is_the_readings_own(case: Case) -> None:
    for reading in case.readings():
        cut = pieces(reading)
        moved = deadlines(reading, cut)
        assert (moved[-1].deadline if moved else None) == reading.deadline


@given(cases())
def test_pieces_are_the_intervals_cut_where_terms_changed(case: Case) -> None:
    for reading in case.readings():
        cut = pieces(reading)
        for number, part in enumerate(reading.intervals):
            mine = [piece for piece in cut if piece.interval == number]
            assert (mine[0].start, mine[-1].end) == (part.start, part.end)
            assert sum((piece.counted for piece in mine), type(part.counted)()) == part.counted
            if part.life is Life.RUNNING:
                assert all(piece.calendar is not None for piece in mine)


def test_terms_that_come_at_the_instant_of_a_stop_move_no_earlier_deadline() -> None:
    """A pause brings stricter terms; the stop of the same second is recorded after it."""
    loose, strict = Term(None, RESTORE, ALWAYS), replace(RESTORE, budget=timedelta(hours=3))
    facts = [
        Fact(at(0), "opened", Phase.OPENED),
        Fact(at(2), "paused", Phase.HELD, "customer"),
        Fact(at(2), "restored", Phase.RESTORED),
    ]
    (reading,) = ticket_clock.cycles(facts, [loose, Term(at(2), strict, ALWAYS, because="paused")], at(4))
    found = [(one.at, one.deadline, one.moved, one.because) for one in deadlines(reading, pieces(reading))]
    assert found == [(at(0), at(4), Moved.STARTED, "opened"), (at(2), at(3), Moved.TERMS, "paused")]


def test_a_clock_that_ran_on_for_an_instant_has_the_deadline_of_that_instant() -> None:
    """The budget was used up to the last second; a reopening and a feedback of one second end the cycle later."""
    target = replace(RESTORE, recurring=True, start=RESTORE.start | {Phase.ACCEPTED}, stop=frozenset({Phase.CLOSED}))
    facts = [
        Fact(at(0), "accepted", Phase.ACCEPTED),
        Fact(at(4), "closed", Phase.CLOSED),
        Fact(at(5), "again", Phase.ACCEPTED),
        Fact(at(5), "feedback", None, feedback=True),
    ]
    first, _ = ticket_clock.cycles(facts, [Term(None, target, ALWAYS)], at(6))
    found = [(one.at, one.deadline, one.moved) for one in deadlines(first, pieces(first))]
    assert first.deadline == at(5)
    assert found == [(at(0), at(4), Moved.STARTED), (at(5), at(5), Moved.STOPPED)]


@given(st.integers(0, 2**32 - 1))
@example(92260)  # stricter terms that break the promise, and milder ones, at one instant
@example(35)  # the terms of the start are used up, and others come at the same instant
def test_deadlines_of_a_history_under_a_whole_policy_end_with_the_readings_own(seed: int) -> None:
    """Terms that come with the fact that begins a cycle, derived clocks, working days, allowances, versions."""
    rng = Random(seed)
    rules = law(rng)
    for _ in range(4):
        one = histories.history(rng, rules)
        for reading in one.readings():
            cut = pieces(reading)
            moved = deadlines(reading, cut)
            if reading.target.measure is Measure.TIME:
                assert (moved[-1].deadline if moved else None) == reading.deadline, one.told()
            assert sum((piece.counted for piece in cut), timedelta(0)) == reading.counted
            since = [part.terms.since for interval in reading.intervals for part in interval.parts]
            assert since == sorted(since)
            assert {change.at for change in reading.changes} <= set(since) or not reading.intervals


@given(st.integers(0, 2**32 - 1))
def test_a_dry_run_of_the_same_policy_changes_no_clock(seed: int) -> None:
    rng = Random(seed)
    one = histories.history(rng, law(rng))
    found = list(pairs(SubjectKey("tickets", "X"), one.readings(), one.readings()))
    assert all(pair.same and not pair.kinds and not pair.moved for pair in found)
