"""Corrections among all else: time that is excluded or counted begins nothing at its ends, and hides no wait.

Each was found by random histories with corrections (`python -m tests.bench.histories --corrected`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.clock import ticket_clock
from monitor.clock.corrections import corrected as corrected_facts
from monitor.clock.engine import Outcome, advance
from monitor.clock.timeline import Version
from monitor.history.events import Correction, Event
from monitor.history.mapping import Fact
from monitor.model import CircuitState, CorrectionKind, Life, Phase, Reopen, SubjectKind
from monitor.policy.target import Target
from monitor.policy.terms import Term
from monitor.worktime.calendars import Calendar
from monitor.worktime.working_time import WorkingTime
from tests.support.dated import MAPPING, H, at, book, cycles, events, one

CIRCUITS = replace(MAPPING, circuit_states={state.value: state for state in CircuitState})
GOLD = "budgets: [{when: {tier: gold}, budget: 4h, source: t}]"
NARROW = f"restore: {{start: [accepted], stop: [restored], pause: [customer], {GOLD}}}"


def corrected(rules: str, said: str, now: str, *made: Correction, kind: SubjectKind = SubjectKind.TICKET) -> Outcome:
    """What the engine says, with corrections that an operator makes at *now*, one after the other."""
    told = [Event("desk", f"c{n}", kind, "X", at(now), correction=item) for n, item in enumerate(made)]
    return advance([*events(said, kind), *told], (), book(rules, mapping=CIRCUITS, kind=kind.value), at(now))


def made(kind: str, start: str, end: str | None = None) -> Correction:
    return Correction(CorrectionKind(kind), "why", "who", at(start), at(end) if end else None)


@pytest.mark.parametrize("excluded", ["10:00-13:00", "08:30-13:00", "09:00-12:00", "11:00-13:00"])
def test_a_promise_that_begins_in_an_excluded_wait_begins_with_its_change(excluded: str) -> None:
    """As without the exclusion: the target lists the wait, so its clock begins and waits."""
    said = f"08:00 opened silver · 09:00 held customer · 11:00 gold · 14:00 accepted · 15:00 exclude={excluded}"
    reading = one(NARROW, said, "16:00")
    assert (reading.started_at, reading.counted) == (at("11:00"), 2 * H)


def test_a_promise_that_begins_in_an_excluded_wait_for_a_reason_of_no_list_begins_no_clock() -> None:
    said = "08:00 opened silver · 09:00 held parts · 11:00 gold · 14:00 accepted · 15:00 exclude=10:00-13:00"
    assert one(NARROW, said, "16:00").started_at == at("14:00")


def test_a_promise_that_begins_in_a_wait_that_was_excluded_and_then_counted_begins_and_runs() -> None:
    """As if it was only counted: the later word holds."""
    said, counts = "08:00 opened silver · 09:00 held customer · 11:00 gold", made("count", "10:00", "13:00")
    (alone,) = corrected(NARROW, said, "16:00", counts).readings
    (after,) = corrected(NARROW, said, "16:00", made("exclude", "10:00", "13:00"), counts).readings
    assert (after.started_at, after.counted) == (alone.started_at, alone.counted) == (at("11:00"), 2 * H)


@pytest.mark.parametrize("excluded", ["08:00-13:00", "10:00-13:00", "11:00-13:00"])
def test_the_end_of_excluded_time_begins_no_clock_that_had_ended_in_the_phase_that_goes_on(excluded: str) -> None:
    """A feedback ends the cycle at 11:00, and a newer version promises no other one until 12:00."""
    feedback, accept = Fact(at("11:00"), "e1", feedback=True), Fact(at("08:00"), "e0", Phase.ACCEPTED)
    calendar = WorkingTime(Calendar("always", always=True))
    target = Target("told", 4 * H, frozenset({Phase.ACCEPTED}), frozenset({Phase.RESTORED}), recurring=True)
    target = replace(target, reopen=Reopen.NEW_CYCLE)
    later = (Term(None, None, None), Term(at("12:00"), target, calendar))
    versions = (Version(None, (Term(None, target, calendar),)), Version(at("09:00"), later))
    start, end = excluded.split("-")
    facts = corrected_facts([accept, feedback], [("c", made("exclude", start, end))], "told", target.stop)
    for told in ([accept, feedback], facts):
        found = list(ticket_clock.judged(told, versions, at("14:00")))
        assert [(each.started_at, each.stopped_at) for each in found] == [(at("08:00"), at("11:00"))]


def test_the_end_of_excluded_time_begins_no_clock_whose_end_stood_before_anything_was_promised() -> None:
    target = f"survey: {{start: [accepted], stop: [delivered], {GOLD}}}"
    said = "08:00 accepted silver · 09:00 delivered · 10:00 gold"
    assert cycles([target], said, "14:00") == []
    assert cycles([target], f"{said} · 13:00 exclude=09:30-12:00", "14:00") == []


def test_planned_work_of_a_circuit_without_a_state_goes_on_where_somebody_says_that_it_was_gone() -> None:
    """Before any state nothing was known that could be gone, so it ends no planned work either."""
    rows = "budgets: [{budget: 4h, source: t}]"
    target = f"down: {{per: day, start: [unavailable], pause: [customer], {rows}}}"
    said, kind = "08:00 held customer · 11:00 unavailable", SubjectKind.CIRCUIT
    plain = corrected(target, said, "12:00", kind=kind).readings
    gone = corrected(target, said, "12:00", made("retire", "10:00"), kind=kind).readings
    assert [(each.life, each.counted) for each in gone] == [(Life.PAUSED, timedelta(0))]
    assert [(each.life, each.counted) for each in plain] == [(Life.PAUSED, timedelta(0))]


@pytest.mark.parametrize("since", ["11:00", "13:00"])
def test_what_another_clock_s_end_began_and_a_promise_that_comes_while_that_is_excluded_or_as_it_ends(
    since: str,
) -> None:
    parent = "restore: {start: [accepted], stop: [restored], budgets: [{budget: 9h, source: t}]}"
    report = f"report: {{started_by: {{target: restore}}, stop: [delivered], {GOLD}}}"
    said = f"08:00 accepted silver · 09:00 restored · {since} gold · 14:00 exclude=09:30-13:00"
    (reading,) = cycles([report, parent], said, "15:00")
    assert (reading.started_at, reading.counted) == (at(since), 2 * H)


def test_a_wait_in_excluded_time_reopens_what_an_instant_had_ended() -> None:
    """It is told for the first time: that it is two facts makes the second no repetition."""
    rows = "budgets: [{budget: 9h, source: t}]"
    target = f"restore: {{start: [opened, held], stop: [customer_told], {rows}}}"
    said = "08:00 opened customer_told=09:00 · 10:00 held parts · 13:00 exclude=09:30-11:00"
    reading = one(target, said, "13:00")
    assert (reading.life, reading.counted) == (Life.RUNNING, 3 * H)
    repeated = one(target, said.replace("08:00 opened", "08:00 held parts"), "13:00")
    assert (repeated.life, repeated.stopped_at) == (Life.STOPPED, at("09:00"))


@pytest.mark.parametrize("silence", ["strange", "unknown"])
def test_no_end_is_corrected_of_a_circuit_that_was_gone_whatever_shows_no_life(silence: str) -> None:
    target = "down: {per: day, start: [unavailable], budgets: [{budget: 4h, source: t}]}"
    said, kind = f"08:00 retired · 09:00 {silence}", SubjectKind.CIRCUIT
    assert corrected(target, said, "12:00", made("stop", "10:00"), kind=kind).readings == ()


def test_no_end_is_corrected_of_a_ticket_that_was_gone_and_what_lives_again_begins() -> None:
    target = "restore: {start: [accepted], stop: [restored], budgets: [{budget: 9h, source: t}]}"
    said = "08:00 retired · 09:00 delivered · 11:00 accepted"
    (reading,) = corrected(target, said, "12:00", made("stop", "10:00")).readings
    assert (reading.started_at, reading.life) == (at("11:00"), Life.RUNNING)


@pytest.mark.parametrize("rest", ["", " · 12:00 held parts"])
def test_excluded_time_suspends_what_an_instant_began_while_no_phase_was_known(rest: str) -> None:
    target = "restore: {start: [diagnosed], stop: [restored], budgets: [{budget: 9h, source: t}]}"
    reading = one(target, f"08:00 diagnosed=09:00{rest} · 15:00 exclude=11:00-13:00", "15:00")
    assert (reading.life, reading.counted) == (Life.RUNNING, 4 * H)


def test_excluded_time_before_any_phase_is_no_opening_from_which_an_age_counts() -> None:
    rows = "budgets: [{budget: 4h, source: t}, {budget: 3h, after: 2h, source: t}]"
    target = f"restore: {{start: [accepted, diagnosed], stop: [customer_told], on_change: at_start, {rows}}}"
    said = "12:00 accepted customer_told=09:00 · 13:00 exclude=10:00-11:00"
    assert one(target, said, "13:00").target.budget == 4 * H


@pytest.mark.parametrize("then", ["retired", "available"])
def test_an_unknown_state_as_excluded_time_ends_is_no_fault_where_the_circuit_is_up_or_gone_from_then_on(
    then: str,
) -> None:
    target = "faults: {per: day, start: [unavailable], budgets: [{budget: 4 times, source: t}]}"
    said, kind = f"08:00 unavailable · 11:00 unknown · 11:00 {then}", SubjectKind.CIRCUIT
    made_later = made("exclude", "07:00", "12:00"), made("count", "11:00", "11:30")
    (reading,) = corrected(target, said, "12:00", *made_later, kind=kind).readings
    assert reading.counted == timedelta(0)
