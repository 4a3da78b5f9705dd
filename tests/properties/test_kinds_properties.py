"""Every kind of target that starts and stops, held against an oracle that walks in steps."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from monitor.model import AgreementKind, Measure, State
from monitor.worktime.working_time import TICK
from tests.support.kind_cases import KINDS, STEP, Case, cases
from tests.support.oracle import differences


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_target_is_what_walking_step_by_step_gives(kind: str) -> None:
    @given(cases((kind,), versions=0))
    def holds(case: Case) -> None:
        oracle = case.walked()
        event(f"{min(len(oracle.cycles), 4)} cycles, breached: {any(cycle.breached_at for cycle in oracle.cycles)}")
        assert differences(case.readings(), oracle.cycles, case.now, STEP) == []

    holds()


@given(cases(), st.floats(0, 1))
def test_nothing_changes_before_the_next_instant_if_nothing_is_heard(case: Case, part: float) -> None:
    readings = case.readings()
    due = [reading.next_at for reading in readings if reading.next_at is not None]
    assert all(at > case.now for at in due), "the due loop would spin"
    assert all(reading.next_at is None for reading in readings[:-1])
    before = case.shown(case.now)
    if not readings:
        return
    at = readings[-1].next_at
    if at is None:
        assert case.shown(case.now + timedelta(days=60)) == before
        return
    assert case.shown(at - TICK) == before
    assert case.shown(case.now + (at - TICK - case.now) * part) == before
    assert at in case.moments or case.shown(at) != before


@given(cases())
def test_following_the_next_instants_alone_finds_every_breach(case: Case) -> None:
    """As the due loop does, up to 40 looks: what is found at once is what is found long after."""
    now, found = case.now, case.readings()
    seen: dict[int, datetime | None] = {reading.cycle: reading.breached_at for reading in found}
    for _ in range(40):
        at = found[-1].next_at if found else None
        if at is None:
            break
        now, found = at, case.readings(at)
        seen.update({reading.cycle: reading.breached_at for reading in found})
    assert {reading.cycle: reading.breached_at for reading in case.readings(now)} == seen


@given(cases())
def test_what_counts_is_the_sum_of_the_intervals_and_of_the_legs(case: Case) -> None:
    for reading in case.readings():
        assert sum((part.counted for part in reading.intervals), timedelta(0)) == reading.counted
        until = reading.stopped_at or case.now
        assert reading.started_at <= until
        if reading.target.measure is Measure.TIME:
            assert timedelta(0) <= reading.counted <= until - reading.started_at


@given(cases(), st.lists(st.sampled_from(["core", "access", "", "Digger Ltd"]), min_size=9, max_size=9))
def test_the_legs_of_a_ticket_that_somebody_has_from_the_start_are_all_that_counted(
    case: Case, hands: list[str]
) -> None:
    """Whoever is named first has it from the start; who has it changes nothing else."""
    named = tuple(
        replace(fact, attributes={"supplier" if hand == "Digger Ltd" else "team": hand} if hand else {})
        for fact, hand in zip(case.facts, hands, strict=False)
    )
    readings = Case(case.kind, named, case.versions, case.now).readings()
    anybody = any(fact.attributes for fact in named if fact.at <= case.now)
    for reading, plain in zip(readings, case.readings(), strict=True):
        timed = reading.target.measure is Measure.TIME and anybody
        assert sum((leg.counted for leg in reading.legs), timedelta(0)) == (reading.counted if timed else timedelta(0))
        assert {leg.kind for leg in reading.legs} <= set(AgreementKind)
        said = (reading.state, reading.counted, reading.deadline, reading.breached_at, reading.crossings)
        assert said == (plain.state, plain.counted, plain.deadline, plain.breached_at, plain.crossings)


@given(cases(("at least",), changes=0, versions=0))
def test_a_promise_of_at_least_so_many_is_judged_at_the_end_only(case: Case) -> None:
    for reading in case.readings():
        few = reading.counted < reading.target.budget
        assert (reading.state is State.BREACHED) == (few and reading.life == "stopped")
        assert reading.breached_at in (None, reading.stopped_at)


@given(cases(("working days",), changes=0, versions=0))
def test_without_a_wait_so_many_working_days_end_on_that_date_at_that_time(case: Case) -> None:
    for reading in case.readings()[:1]:
        alone = all(part.life == "running" for part in reading.intervals)
        if reading.calendar is None or not alone or not reading.open:
            return
        assert reading.calendar is not None
        due = reading.calendar.add_days(reading.started_at, reading.target.days)
        assert reading.deadline is not None
        assert reading.calendar.counted(min(reading.deadline, due), max(reading.deadline, due)) == timedelta(0)
