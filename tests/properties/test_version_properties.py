"""Versions of a policy that follow one another, held against an oracle, and what must hold of any of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import event, given

from monitor.clock.reading import Reading
from monitor.clock.timeline import Version
from monitor.model import OnChange
from tests.support.kind_cases import STEP, Case, cases
from tests.support.oracle import differences


@given(cases())
def test_every_version_judges_what_walking_step_by_step_gives(case: Case) -> None:
    oracle = case.walked()
    event(f"{len(case.versions)} versions, {len({cycle.book for cycle in oracle.cycles})} of them judge")
    assert differences(case.readings(), oracle.cycles, case.now, STEP) == []


def told(readings: list[Reading]) -> list[Reading]:
    """All but when to look again: for what is ahead, that is known."""
    return [replace(reading, next_at=None) for reading in readings]


@given(cases(changes=0, versions=0))
def test_a_version_that_says_the_same_changes_nothing(case: Case) -> None:
    (version,) = case.versions
    same = [Version(fact.at, version.terms) for fact in case.facts[:2]]
    assert told(replace(case, versions=(version, *same)).readings()) == told(case.readings())


@given(cases())
def test_a_version_that_is_not_in_force_yet_changes_nothing(case: Case) -> None:
    later = [
        Version(case.now + timedelta(hours=hours), version.terms) for hours, version in enumerate(case.versions, 1)
    ]
    assert told(replace(case, versions=(*case.versions, *later)).readings()) == told(case.readings())


@given(cases(changes=0))
def test_a_cycle_keeps_the_budget_of_the_version_in_force_when_it_began(case: Case) -> None:
    for reading in case.readings():
        since = [v for v in case.versions if v.since is None or v.since <= reading.started_at]
        (term,) = since[-1].terms
        assert term.target is not None
        assert term.calendar is not None
        assert reading.target == term.target.resolved(term.calendar, reading.started_at)
        assert reading.changes == ()


@given(cases())
def test_what_is_judged_as_at_its_start_never_changes_its_budget(case: Case) -> None:
    for reading in case.readings():
        if reading.target.on_change is OnChange.AT_START:
            assert reading.changes == ()
        if reading.target.on_change is OnChange.STRICTEST:
            budgets = [change.budget for change in reading.changes]
            assert budgets == sorted(budgets, reverse=True)
