from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from monitor.clock import engine
from monitor.clock.engine import Outcome, Transition, advance, compare, transitions
from monitor.clock.reading import Reading
from monitor.config import build_rulebook, policy_file, yaml_file
from monitor.history.events import Event
from monitor.history.mapping import Doubt
from monitor.model import CircuitState, State, SubjectKey, SubjectKind, TransitionKind
from monitor.policy.policy import NO_RUNG
from monitor.worktime.working_time import TICK
from tests.support.cases import MAPPING, POLICY, at, rules, ticket
from tests.support.texts import exchanged

RULES = rules()


def opened(hours: float = 0, **fields: str) -> Event:
    return ticket("T1", at(hours), "new", **({"tier": "gold"} | fields))


def told(found: Sequence[Transition], target: str = "restore") -> list[tuple[str, str, float]]:
    """Kind, stage and hours of what happened to one target."""
    return [(t.kind.value, t.stage, (t.at - at(0)) / timedelta(hours=1)) for t in found if t.target == target]


def look(events: Sequence[Event], now: float, recorded: Sequence[Transition] = ()) -> Outcome:
    return advance(events, recorded, RULES, at(now))


def restore(outcome: Outcome) -> Reading:
    return [reading for reading in outcome.readings if reading.target.name == "restore"][-1]


def test_a_story_is_told_in_full_and_in_order_of_when_it_was_true() -> None:
    events = [
        opened(), ticket("T1", at(1), "waiting", reason="customer"), ticket("T1", at(2), "working"),
        ticket("T1", at(6), "resolved"), ticket("T1", at(7), "working"), ticket("T1", at(8), "closed"),
    ]  # fmt: skip
    assert told(look(events, 9).transitions) == [
        ("started", "", 0), ("paused", "", 1), ("resumed", "", 2), ("crossed", "used_75", 4), ("at_risk", "", 4),
        ("crossed", "used_90", 4.6), ("breached", "breached", 5), ("ended_late", "", 6), ("reopened", "", 7),
        ("ended_late", "", 8),
    ]  # fmt: skip


def test_a_promise_that_was_kept_is_met_each_time_it_ends() -> None:
    events = [opened(), ticket("T1", at(1), "resolved"), ticket("T1", at(5), "working"), ticket("T1", at(6), "closed")]
    assert told(look(events, 9).transitions) == [
        ("started", "", 0),
        ("met", "", 1),
        ("reopened", "", 5),
        ("met", "", 6),
    ]


def test_a_ticket_reopened_into_a_wait_is_reopened_and_paused() -> None:
    events = [opened(), ticket("T1", at(1), "resolved"), ticket("T1", at(5), "waiting", reason="customer")]
    kinds = told(look(events, 9).transitions)
    assert kinds == [("started", "", 0), ("met", "", 1), ("reopened", "", 5), ("paused", "", 5)]


def test_a_withdrawn_ticket_is_cancelled_and_can_come_back() -> None:
    events = [opened(), ticket("T1", at(1), "cancelled"), ticket("T1", at(2), "working")]
    assert told(look(events, 3).transitions) == [("started", "", 0), ("cancelled", "", 1), ("reopened", "", 2)]


def test_every_cycle_has_its_own_story() -> None:
    events = [opened(), ticket("T1", at(0.25), feedback=True), ticket("T1", at(0.4), feedback=True)]
    found = [(t.cycle, t.kind.value) for t in look(events, 0.5).transitions if t.target == "feedback"]
    assert found == [(1, "started"), (1, "met"), (2, "started"), (2, "met"), (3, "started")]


def test_what_happened_names_the_event_that_did_it_and_the_tier() -> None:
    pausing = ticket("T1", at(1), "waiting", event_id="e-wait", reason="customer")
    paused = [t for t in look([opened(assurance="AAA"), pausing], 2).transitions if t.kind is TransitionKind.PAUSED]
    assert [(t.because, t.tier, t.assurance, t.target) for t in paused] == [("e-wait", "gold", "AAA", "restore")]


def test_looking_twice_appends_nothing() -> None:
    events = [opened(), ticket("T1", at(1), "working")]
    first = look(events, 5)
    assert first.transitions
    assert look(events, 5, first.transitions).transitions == ()


def test_looking_late_finds_what_was_passed_meanwhile_at_its_true_time() -> None:
    recorded = look([opened()], 1).transitions
    assert told(look([opened()], 400, recorded).transitions) == [
        ("crossed", "used_75", 3), ("at_risk", "", 3), ("crossed", "used_90", 3.6), ("breached", "breached", 4)
    ]  # fmt: skip


def test_a_late_event_withdraws_what_no_longer_holds_by_new_rows() -> None:
    recorded = look([opened()], 5).transitions
    late = [opened(), ticket("T1", at(2), "resolved")]
    added = look(late, 5, recorded).transitions
    assert told(added) == [
        ("met", "", 2), ("withdrawn", "crossed:used_75", 3), ("withdrawn", "at_risk:", 3),
        ("withdrawn", "crossed:used_90", 3.6), ("withdrawn", "breached:breached", 4),
    ]  # fmt: skip
    assert look(late, 6, [*recorded, *added]).transitions == ()


def test_what_holds_again_after_it_was_withdrawn_is_said_again() -> None:
    breach = Transition("restore", 1, TransitionKind.BREACHED, "breached", at(4))
    recorded = [breach, *compare([], [breach], at(5))]
    assert [t.kind for t in recorded] == [TransitionKind.BREACHED, TransitionKind.WITHDRAWN]
    assert compare([breach], recorded, at(6)) == (breach,)
    assert compare([breach], [*recorded, breach], at(7)) == ()
    assert compare([], recorded, at(6)) == ()


def test_a_withdrawal_keeps_the_labels_that_were_counted() -> None:
    breach = Transition("restore", 2, TransitionKind.CROSSED, "left_15m", at(4), "e1", "gold", "AAA")
    assert compare([], [breach], at(5)) == (
        Transition("restore", 2, TransitionKind.WITHDRAWN, "crossed:left_15m", at(4), "", "gold", "AAA"),
    )


def test_other_labels_or_another_cause_make_no_other_transition() -> None:
    one = Transition("restore", 1, TransitionKind.STARTED, "", at(4), "e1", "gold", "AAA")
    same = Transition("restore", 1, TransitionKind.STARTED, "", at(4), "e2", "diamond", NO_RUNG)
    assert compare([same], [one], at(5)) == ()
    other = Transition("restore", 1, TransitionKind.STARTED, "", at(4) + TICK, "e1", "gold", "AAA")
    assert [t.kind.value for t in compare([other], [one], at(5))] == ["withdrawn", "started"]


def test_the_machine_clock_going_back_withdraws_nothing() -> None:
    recorded = look([opened()], 5).transitions
    assert look([opened()], 1, recorded).transitions == ()


def test_time_alone_withdraws_nothing() -> None:
    events = [
        opened(), ticket("T1", at(1), "waiting", reason="customer"), ticket("T1", at(2), "working"),
        ticket("T1", at(3), "resolved"), ticket("T1", at(4), "working"),
    ]  # fmt: skip
    recorded: tuple[Transition, ...] = ()
    for quarter in range(60):
        recorded += look(events, 5 + quarter / 4, recorded).transitions
    assert TransitionKind.BREACHED in {t.kind for t in recorded}
    assert TransitionKind.WITHDRAWN not in {t.kind for t in recorded}


def test_arrival_in_any_order_and_repeats_change_nothing() -> None:
    events = [opened(), ticket("T1", at(1), "waiting", reason="customer"), ticket("T1", at(3), "resolved")]
    assert look([*reversed(events), *events], 9) == look(events, 9)


def test_events_after_now_are_left_out() -> None:
    ahead, without = look([opened(), ticket("T1", at(3), "resolved")], 1), look([opened()], 1)
    assert (ahead.subject, ahead.readings, ahead.transitions) == (
        without.subject,
        without.readings,
        without.transitions,
    )
    assert (ahead.look_again_at, without.look_again_at) == (at(3), None)


def test_a_subject_is_known_by_what_was_said_of_it_last() -> None:
    events = [
        opened(tier="diamond", customer="ACME"), ticket("T1", at(1), "working", tier="gold"),
        ticket("T1", at(2), feedback=True),
    ]  # fmt: skip
    subject = look(events, 3).subject
    assert (subject.key, subject.kind) == (SubjectKey("tickets", "T1"), SubjectKind.TICKET)
    assert (subject.tier, subject.assurance, subject.status) == ("gold", NO_RUNG, "working")
    assert subject.attributes == {"tier": "gold", "customer": "ACME"}
    assert subject.opened_at == at(0)


def test_a_rung_without_a_figure_has_no_clock() -> None:
    assert {r.target.name for r in look([opened(tier="standard")], 1).readings} == {"accept"}


def test_an_unknown_tier_is_a_doubt_and_takes_no_figure() -> None:
    outcome = look([opened(tier="platinum")], 1)
    assert [(doubt.what, doubt.value) for doubt in outcome.doubts] == [("tier", "platinum")]
    assert {reading.target.name for reading in outcome.readings} == {"accept"}


def test_the_next_instant_is_the_nearest_of_all_clocks() -> None:
    assert look([opened()], 0).next_at == at(0, 7.5)  # 75 % of ten minutes
    assert look([opened(), ticket("T1", at(0.1), "working")], 0.1).next_at == at(0, 22.5)
    assert look([opened(), ticket("T1", at(1), "closed")], 2).next_at is None


def test_a_tier_that_is_lowered_gives_the_lower_tiers_time_from_then_on() -> None:
    outcome = look([opened(tier="diamond"), ticket("T1", at(1), "working", tier="gold")], 1.5)
    reading = restore(outcome)
    assert (reading.tier, reading.target.budget, reading.deadline) == ("gold", timedelta(hours=4), at(4))


def test_a_circuit_has_a_state_and_no_clock() -> None:
    def said(hours: float, status: str) -> Event:
        return Event(
            "circuits", f"c{hours}", SubjectKind.CIRCUIT, "C1", at(hours), status=status, fields={"tier": "gold"}
        )

    outcome = look([said(0, "available"), said(1, "unavailable"), said(2, "unavailable")], 3)
    assert (outcome.subject.circuit_state, outcome.subject.since) == (CircuitState.UNAVAILABLE, at(1))
    assert (outcome.subject.tier, outcome.readings, outcome.transitions) == ("gold", (), ())
    odd = look([said(0, "available"), said(1, "flapping")], 3)
    assert odd.subject.circuit_state is CircuitState.UNKNOWN
    assert odd.doubts == (Doubt("c1", "status", "flapping"),)


def test_a_source_without_a_mapping_runs_on_doubts() -> None:
    event = Event("elsewhere", "e1", SubjectKind.TICKET, "T1", at(0), status="Neu")
    outcome = look([event], 1)
    assert [(doubt.what, doubt.value) for doubt in outcome.doubts] == [("status", "Neu")]
    assert [(reading.target.name, reading.state) for reading in outcome.readings] == [("accept", State.BREACHED)]


def test_transitions_come_from_readings_alone() -> None:
    outcome = look([opened()], 5)
    derived = list(transitions(outcome.readings))
    assert sorted(derived, key=lambda t: t.at) == sorted(outcome.transitions, key=lambda t: t.at)
    assert engine.compare(derived, outcome.transitions, at(5)) == ()


def test_a_stricter_tier_that_comes_while_paused_breaches_at_the_change() -> None:
    events = [
        opened(), ticket("T1", at(3), "waiting", reason="customer"), ticket("T1", at(4), tier="diamond"),
        ticket("T1", at(5), "resolved"),
    ]  # fmt: skip
    reading = restore(look(events, 9))
    assert reading.counted > reading.target.budget
    assert (reading.state, reading.breached_at) == (State.BREACHED, at(4))


def test_time_alone_does_not_withdraw_that_a_promise_was_met_exactly() -> None:
    events = [opened(), ticket("T1", at(4), "resolved"), ticket("T1", at(10), "working")]
    recorded = look(events, 10).transitions
    assert ("met", "", 4) in told(recorded)
    assert "withdrawn" not in {kind for kind, _, _ in told(look(events, 11, recorded).transitions)}


def test_a_budget_used_up_exactly_when_it_paused_is_broken_when_it_goes_on() -> None:
    events = [opened(), ticket("T1", at(4), "waiting", reason="customer"), ticket("T1", at(10), "working")]
    assert restore(look(events, 7)).state is State.PAUSED
    assert restore(look(events, 11)).breached_at == at(10)


def test_a_looser_budget_is_looked_at_again_when_its_own_stages_come() -> None:
    events = [
        opened(tier="diamond"),
        ticket("T1", at(1, 45), tier="gold"),
    ]  # 75 % of 2 h crossed at 1:30, of 4 h at 3:00
    before = restore(look(events, 2))
    assert (before.state, before.reached) == (State.RUNNING, ())
    assert restore(look(events, 3)).state is State.AT_RISK
    assert before.next_at == at(3)


def test_an_unknown_status_does_not_begin_a_clock_on_a_restored_ticket() -> None:
    outcome = look([ticket("T1", at(0), "resolved", tier="gold"), ticket("T1", at(1), "mystery")], 9)
    assert [reading.target.name for reading in outcome.readings] == []


def test_an_unknown_status_does_not_ask_for_acceptance_again() -> None:
    outcome = look([ticket("T1", at(0), "working"), ticket("T1", at(1), "mystery")], 9)
    assert [reading.target.name for reading in outcome.readings] == []


def test_a_wait_for_an_unlisted_reason_ends_a_pause_also_where_the_policy_forgot_held() -> None:
    careless = rules(exchanged(POLICY, ("start: [opened, accepted, held]", "start: [opened, accepted]")))
    events = [
        opened(), ticket("T1", at(1), "waiting", reason="customer"),
        ticket("T1", at(2), "waiting", reason="spare part"),
    ]  # fmt: skip
    assert restore(advance(events, (), careless, at(3))).counted == timedelta(hours=2)


def test_a_pause_is_told_at_its_very_instant() -> None:
    events = [opened(), ticket("T1", at(1), "waiting", reason="customer")]
    assert ("paused", "", 1) in told(look(events, 1).transitions)


def test_an_opening_that_lies_ahead_is_looked_at_when_it_comes() -> None:
    outcome = look([ticket("T1", at(0), tier="gold", opened_at=at(0.01))], 0)
    assert at(0.01) in (outcome.next_at, outcome.look_again_at)


def test_a_subject_without_a_clock_is_looked_at_again_when_a_version_comes_into_force() -> None:
    newer = exchanged(
        POLICY,
        ('version: "1"', 'version: "2"'),
        ("2026-01-01", "2026-01-07"),
        ("tier: diamond}, budget: 2h", "tier: [diamond, standard]}, budget: 2h"),
    )
    versions = [policy_file.build(yaml_file.parse(text, "case.yml")) for text in (POLICY, newer)]
    book = build_rulebook.rulebook(versions, {"tickets": MAPPING})
    events = [ticket("T1", at(1), "working", tier="standard")]
    outcome = advance(events, (), book, at(2))
    assert [reading.target.name for reading in outcome.readings if reading.open] == []
    assert outcome.look_again_at == at(48)
    (reading,) = (r for r in advance(events, (), book, at(49)).readings if r.target.name == "restore")
    assert (reading.started_at, reading.target.policy_version) == (at(48), "case@2")


def test_readings_alone_are_the_same_and_have_their_history() -> None:
    events = [opened(), ticket("T1", at(1), "waiting", reason="customer"), ticket("T1", at(2), "working")]
    alone, whole = advance(events, None, RULES, at(3)), look(events, 3)
    assert (alone.transitions, alone.readings) == ((), whole.readings)
    assert whole.transitions
    assert alone.history is not None
    assert [fact.at for fact in alone.history.facts] == [at(0), at(1), at(2)]
