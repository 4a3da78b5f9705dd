"""What happens together: instants, ends for good, retirements, clocks that others begin, and terms of one instant.

Each was found by random histories under random policies (`tests/properties/test_history_properties.py`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from monitor.clock import ticket_clock
from monitor.clock.engine import advance
from monitor.history.events import Correction, Event
from monitor.history.mapping import Fact
from monitor.model import CircuitState, CorrectionKind, Life, Phase, SubjectKind
from monitor.policy.target import Target
from monitor.policy.terms import Term
from monitor.worktime.calendars import Calendar
from monitor.worktime.working_time import WorkingTime
from tests.support.dated import MAPPING, H, at, book, cycles, events, one

CIRCUITS = replace(MAPPING, circuit_states={state.value: state for state in CircuitState})
ROW = "budgets: [{budget: 4h, source: t}]"
PARENT = f"restore: {{start: [opened, accepted], stop: [restored, customer_told], {ROW}}}"
NEVER = PARENT.replace("stop:", "reopen: never, stop:")
REPORT = f"report: {{started_by: {{target: restore}}, stop: [delivered, phoned], {ROW}}}"


def retired(said: str, since: str, now: str, *targets: str, kind: SubjectKind = SubjectKind.TICKET) -> list[object]:
    """Started, stopped and life of every cycle, where an operator says at *now* that the subject is gone."""
    gone = Event("desk", "gone", kind, "X", at(now), correction=Correction(CorrectionKind.RETIRE, "r", "w", at(since)))
    outcome = advance([*events(said, kind), gone], (), book(*targets, mapping=CIRCUITS, kind=kind.value), at(now))
    return [(reading.started_at, reading.stopped_at, reading.life) for reading in outcome.readings]


def test_what_never_reopens_has_another_life_after_a_retirement() -> None:
    said = "08:00 opened · 09:00 restored · 11:00 accepted"
    assert retired(said, "10:00", "12:00", NEVER) == [
        (at("08:00"), at("09:00"), Life.STOPPED), (at("11:00"), None, Life.RUNNING),
    ]  # fmt: skip


def test_a_promise_that_begins_in_another_life_owes_nothing_to_a_clock_that_had_stopped() -> None:
    target = PARENT.replace(ROW, "budgets: [{when: {tier: gold}, budget: 4h, source: t}]")
    said = "08:00 opened gold · 09:00 restored · 11:00 held parts · 11:00 strange · 11:30 silver · 12:00 gold"
    assert retired(said, "10:00", "13:00", target) == [
        (at("08:00"), at("09:00"), Life.STOPPED), (at("12:00"), None, Life.RUNNING),
    ]  # fmt: skip


def test_what_was_cancelled_for_good_begins_with_no_change_of_terms() -> None:
    rows = "budgets: [{when: {tier: gold}, budget: 4h, source: t}, {budget: 8h, source: t}]"
    said = "08:00 opened silver · 09:00 cancelled · 10:00 accepted · 11:00 gold"
    assert [one.life for one in cycles([NEVER.replace(ROW, rows)], said, "12:00")] == [Life.CANCELLED]


def test_an_instant_of_the_time_of_the_end_counts_for_what_the_end_begins() -> None:
    said = "08:00 opened · 10:00 restored phoned=10:00"
    (report,) = cycles([REPORT, PARENT], said, "12:00")
    assert (report.life, report.counted) == (Life.STOPPED, timedelta(0))


def test_an_instant_comes_before_the_retirement_of_its_time() -> None:
    said = "08:00 opened · 09:00 customer_told=10:00"
    assert retired(said, "10:00", "12:00", PARENT) == [(at("08:00"), at("10:00"), Life.STOPPED)]


def test_instants_of_a_subject_that_is_gone_begin_nothing_in_its_next_life() -> None:
    rows = "budgets: [{when: {tier: gold}, budget: 4h, source: t}]"
    target = f"restore: {{start: [diagnosed], stop: [restored], {rows}}}"
    said = "08:00 opened silver · 10:30 diagnosed=10:30 · 11:00 on_site · 12:00 gold"
    assert retired(said, "10:00", "13:00", target) == []


def test_an_end_begins_anew_what_an_instant_had_ended() -> None:
    said = "08:00 opened · 09:00 restored · 10:00 phoned=09:30 · 11:00 accepted · 12:00 restored"
    parent = PARENT.replace("stop:", "reopen: new_cycle, stop:")
    (report,) = cycles([REPORT, parent], said, "13:00")
    assert (report.life, report.counted) == (Life.RUNNING, H / 2 + H)


def test_a_repeated_phase_reopens_nothing_while_nothing_is_promised() -> None:
    """What an instant ended stays ended while the source only repeats its phase; also for a promise that is new."""
    rows = "budgets: [{budget: until agreed, source: t}, {when: {tier: gold}, budget: 4h, source: t}]"
    target = f"restore: {{start: [opened, accepted], stop: [customer_told], {rows}}}"
    said = (
        "08:00 accepted silver agreed=20:00 · 09:00 customer_told=09:00 · 10:00 agreed= · 11:00 accepted · 12:00 gold"
    )
    assert [one.stopped_at for one in cycles([target], said, "13:00")] == [at("09:00")]
    reopened = said.replace("11:00 accepted", "11:00 opened")
    assert [one.started_at for one in cycles([target], reopened, "13:00")] == [at("08:00"), at("12:00")]


def test_planned_work_says_nothing_of_the_state_of_a_circuit_that_was_gone() -> None:
    outage = f"outage: {{start: [unavailable], stop: [available], pause: [customer], {ROW}}}"
    for word in ("accepted", "held customer"):
        said = f"08:00 unavailable · 11:00 {word}"
        found = retired(said, "10:00", "12:00", outage, kind=SubjectKind.CIRCUIT)
        assert found == [(at("08:00"), at("10:00"), Life.CANCELLED)]


def test_a_retired_allowance_keeps_its_terms_until_the_circuit_lives_again() -> None:
    rows = "budgets: [{when: {tier: gold}, budget: 1h, source: t}, {budget: 8h, source: t}]"
    target = f"down: {{per: day, start: [unavailable], {rows}}}"
    rules, kind = book(target, mapping=CIRCUITS, kind="circuit"), SubjectKind.CIRCUIT
    gone = Event("desk", "gone", kind, "X", at("12:00"), correction=Correction(
        CorrectionKind.RETIRE, "r", "w", at("10:00")))  # fmt: skip
    said = "08:00 unavailable silver · 11:00 gold"
    (reading,) = advance([*events(said, kind), gone], (), rules, at("12:00")).readings
    assert (reading.life, reading.breached_at, reading.target.budget) == (Life.CANCELLED, None, 8 * H)
    (reading,) = advance([*events(f"{said} · 13:00 unavailable", kind), gone], (), rules, at("14:00")).readings
    assert (reading.breached_at, reading.counted) == (at("13:00"), 3 * H)


def test_what_was_said_before_the_event_that_states_the_opening_is_said_before_it() -> None:
    """Two events of one instant: gold, then silver with the instant at which the clock begins."""
    rows = "budgets: [{when: {tier: gold}, budget: 1h, source: t}, {when: {tier: silver}, budget: 9h, source: t}]"
    target = f"restore: {{start: [opened], stop: [restored], begins: [detected], {rows}}}"
    said = "07:00 silver · 08:00 gold · 08:00 silver detected=08:00 · 09:00 opened"
    reading = one(target, said, "10:00")
    assert (reading.started_at, reading.tier, reading.target.budget) == (at("08:00"), "silver", 9 * H)


EITHER = f"report: {{started_by: {{target: restore}}, stop: [delivered, restored], {ROW}}}"


def test_excluded_time_suspends_what_another_end_began_and_ends_nothing() -> None:
    """Also where the phase that is repeated at its edges would end the clock, and where the end lies within it."""
    said = "08:00 opened · 09:00 restored"
    for span, counted in (("10:00-11:00", 3 * H), ("08:30-11:00", 2 * H), ("10:00-20:00", H)):
        (report,) = cycles([EITHER, PARENT], f"{said} · 12:30 exclude={span}", "13:00")
        assert (report.life is Life.PAUSED, report.counted) == (span.endswith("20:00"), counted), span


def test_an_end_that_was_corrected_is_not_repeated_by_excluded_time() -> None:
    report = EITHER.replace("stop: [delivered, restored]", "stop: [delivered]")
    said = "08:00 opened · 11:00 stop=09:00 · 12:30 exclude=10:00-11:00"
    (found,) = cycles([report, PARENT], said, "13:00")
    assert (found.started_at, found.life, found.counted) == (at("09:00"), Life.RUNNING, 3 * H)


def test_a_promise_that_begins_in_excluded_time_begins_suspended_what_is_owed() -> None:
    report = EITHER.replace(ROW, "budgets: [{when: {tier: gold}, budget: 4h, source: t}]")
    said = "08:00 opened silver · 09:00 restored · 10:30 exclude=10:00-12:00 · 11:00 gold"
    (found,) = cycles([report, PARENT], said, "13:00")
    assert (found.started_at, found.counted) == (at("11:00"), H)


def test_excluded_time_before_the_first_event_suspends_what_an_earlier_instant_began() -> None:
    target = f"restore: {{start: [opened], stop: [restored], begins: [detected], {ROW}}}"
    reading = one(target, "10:00 opened detected=08:00 · 10:30 exclude=08:30-09:30", "11:00")
    assert (reading.started_at, reading.counted) == (at("08:00"), 2 * H)


def test_a_corrected_end_of_what_is_gone_brings_nothing_back() -> None:
    target = f"down: {{per: day, start: [unavailable], {ROW}}}"
    kind = SubjectKind.CIRCUIT
    found = retired("08:00 unavailable · 11:30 stop=11:00", "10:00", "12:00", target, kind=kind)
    assert found == [(at("08:00"), at("10:00"), Life.CANCELLED)]


def test_after_the_breach_the_pace_does_not_turn_whatever_terms_come() -> None:
    rows = "budgets: [{when: {tier: gold}, budget: 2h, source: t}, {budget: 6h, source: t}]"
    target = f"down: {{per: month, pace: on, start: [unavailable], {rows}}}"
    rules = book(target, mapping=CIRCUITS, kind="circuit")
    said = events("08:00 unavailable gold · 11:00 silver", SubjectKind.CIRCUIT)
    (reading,) = advance(said, (), rules, at("16:00")).readings
    assert reading.breached_at == at("10:00")
    assert reading.pace is None or [spell.end for spell in reading.pace.spells] in ([], [None])


def test_a_delivery_that_no_list_names_changes_nothing_of_the_terms_of_its_instant() -> None:
    """A promise changed twice at one instant, while a word that nobody understands had ended a wait."""
    rows = "budgets: [{when: {tier: gold}, budget: 4h, source: t}, {when: {tier: silver}, budget: 4h, source: t}]"
    target = f"restore: {{start: [accepted], stop: [restored], {rows}}}"
    for last in ("silver", "delivered silver"):
        said = f"08:00 held parts silver · 10:00 strange · 10:00 gold · 10:00 {last}"
        reading = one(target, said, "12:00")
        assert (reading.started_at, reading.tier) == (at("10:00"), "silver")


def test_an_instant_is_judged_by_the_terms_of_the_event_that_states_it_at_its_own_time() -> None:
    rows = "budgets: [{when: {tier: gold}, budget: 4h, source: t}, {when: {tier: silver}, budget: 1h, source: t}]"
    target = f"restore: {{start: [accepted, diagnosed], stop: [restored], {rows}}}"
    said = "08:00 accepted gold · 08:00 restored · 09:00 opened · 11:00 retired silver diagnosed=11:00"
    reading = one(target, said, "12:00")
    assert (reading.life, reading.tier, reading.target.budget) == (Life.CANCELLED, "silver", H)


def test_a_promise_that_ends_by_time_and_returns_with_an_event_of_that_instant_begins_another_cycle() -> None:
    """Also where the event moves the clock: the return begins it with a whole budget."""
    target = Target("restore", 4 * H, frozenset({Phase.ACCEPTED}), frozenset({Phase.RESTORED}), frozenset({"customer"}))
    calendar = WorkingTime(Calendar("always", always=True))
    began, ten = at("08:00"), at("10:00")
    terms = (
        Term(None, target, calendar),
        Term(ten, None, None, because="g"),
        Term(ten, target, calendar, because="e1"),
    )
    for phase in (Phase.ACCEPTED, None):
        facts = (Fact(began, "e0", Phase.HELD, "customer"), Fact(ten, "e1", phase))
        found = list(ticket_clock.cycles(facts, terms, at("12:00")))
        assert [each.started_at for each in found] == [began, ten]
        assert [each.life for each in found][:1] == [Life.CANCELLED]
