from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from monitor.history.events import Event
from monitor.history.mapping import AttributeRule, Doubt, History, SourceMapping, StatusRule, interpret
from monitor.model import CircuitState, Phase, SubjectKind
from tests.support.cases import MAPPING, at, ticket

LADDERS = {"tier": frozenset({"gold", "silver"}), "assurance": frozenset({"AAA"})}


def read(*events: Event, mapping: SourceMapping = MAPPING) -> History:
    return interpret(events, mapping, LADDERS)


def with_reasons(**reasons: str) -> SourceMapping:
    return SourceMapping(statuses={"waiting": StatusRule(Phase.HELD)}, reasons=reasons)


@pytest.mark.parametrize(
    ("status", "phase"),
    [("new", Phase.OPENED), ("working", Phase.ACCEPTED), ("resolved", Phase.RESTORED), ("closed", Phase.CLOSED)],
)
def test_a_status_becomes_the_phase_that_the_mapping_says(status: str, phase: Phase) -> None:
    history = read(ticket("T1", at(1), status, event_id="e1"))
    assert [(f.at, f.event_id, f.phase, f.status) for f in history.facts] == [(at(1), "e1", phase, status)]
    assert history.doubts == ()


def test_a_status_that_nobody_mapped_is_unknown_and_a_doubt() -> None:
    history = read(ticket("T1", at(1), "-100", event_id="e1"))
    assert [(f.phase, f.status) for f in history.facts] == [(Phase.UNKNOWN, "-100")]
    assert history.doubts == (Doubt("e1", "status", "-100"),)


@pytest.mark.parametrize("word", ["New", "NEW ", "\u3000new", "\uff4e\uff45\uff57", "n\u200bew\u00a0"])
def test_a_status_is_understood_in_whatever_case_width_and_space(word: str) -> None:
    history = read(ticket("T1", at(1), word))
    assert (history.facts[0].phase, history.facts[0].status) == (Phase.OPENED, word)  # shown as the source wrote it
    assert history.doubts == ()


def test_an_event_without_a_status_says_nothing_about_the_phase() -> None:
    history = read(ticket("T1", at(1), feedback=True))
    assert [(f.phase, f.feedback) for f in history.facts] == [(None, True)]
    assert history.doubts == ()


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("customer", "customer"),
        ("Access Refused by guard", "customer"),
        ("ACCESS REFUSED", "customer"),
        ("lunch", None),
    ],
)
def test_a_reason_is_taken_exactly_or_by_its_pattern_whatever_its_case(raw: str, reason: str | None) -> None:
    history = read(ticket("T1", at(1), "waiting", event_id="e1", reason=raw))
    assert (history.facts[0].phase, history.facts[0].reason) == (Phase.HELD, reason)
    assert history.doubts == (() if reason else (Doubt("e1", "reason", raw),))


def test_a_reason_in_full_goes_before_any_pattern_and_patterns_in_their_order() -> None:
    mapping = with_reasons(**{"*": "anything", "vendor*": "vendor", "vendor china": "exact"})
    found = {raw: read(ticket("T1", at(1), "waiting", reason=raw), mapping=mapping).facts[0].reason for raw in
             ("vendor china", "vendor x", "x")}  # fmt: skip
    assert found == {"vendor china": "exact", "vendor x": "anything", "x": "anything"}


def test_brackets_in_a_source_reason_need_no_escape_when_written_in_full() -> None:
    mapping = with_reasons(**{"[net] waits": "vendor"})
    assert read(ticket("T1", at(1), "waiting", reason="[net] waits"), mapping=mapping).facts[0].reason == "vendor"


def test_a_wait_without_a_reason_is_held_with_a_doubt() -> None:
    history = read(ticket("T1", at(1), "waiting", event_id="e1"))
    assert (history.facts[0].phase, history.facts[0].reason) == (Phase.HELD, None)
    assert history.doubts == (Doubt("e1", "reason", ""),)


def test_a_status_that_is_its_own_reason_needs_none_from_the_event() -> None:
    mapping = SourceMapping(statuses={"Awaiting Vendor": StatusRule(Phase.HELD, "vendor")})
    history = read(ticket("T1", at(1), "Awaiting Vendor", reason="whatever"), mapping=mapping)
    assert (history.facts[0].reason, history.doubts) == ("vendor", ())


def test_a_reason_beside_any_other_phase_is_not_looked_at() -> None:
    history = read(ticket("T1", at(1), "working", reason="customer"))
    assert (history.facts[0].reason, history.doubts) == (None, ())


def test_an_attribute_goes_through_its_table_and_what_is_not_in_it_is_a_doubt() -> None:
    rules = {"tier": AttributeRule("class", {"A+": "gold"}), "customer": AttributeRule("account")}
    mapping = SourceMapping(statuses=MAPPING.statuses, attributes=rules)
    known = read(ticket("T1", at(1), "new", **{"class": "A+", "account": "ACME", "noise": "x"}), mapping=mapping)
    assert known.attributes == {"tier": "gold", "customer": "ACME"}
    odd = read(ticket("T1", at(1), "new", event_id="e1", **{"class": "Z"}), mapping=mapping)
    assert (odd.attributes, odd.doubts) == ({}, (Doubt("e1", "tier", "Z"),))
    assert odd.facts[0].phase is Phase.OPENED


def test_a_rung_that_the_policy_does_not_have_is_a_doubt_and_the_earlier_one_stays() -> None:
    history = read(ticket("T1", at(1), "new", tier="gold"), ticket("T1", at(2), event_id="e2", tier="platinum"))
    assert history.attributes == {"tier": "gold"}
    assert history.doubts == (Doubt("e2", "tier", "platinum"),)


def test_attributes_and_doubts_come_in_the_order_of_the_mapping_whatever_that_of_the_fields() -> None:
    rules = {
        "assurance": AttributeRule("class"), "customer": AttributeRule("account"), "tier": AttributeRule("class"),
    }  # fmt: skip
    mapping = SourceMapping(statuses=MAPPING.statuses, attributes=rules)
    for fields in ({"account": "ACME", "class": "Z", "noise": "x"}, {"class": "Z", "account": "ACME"}):
        read_ = read(ticket("T1", at(1), "new", event_id="e1", **fields), mapping=mapping)
        assert read_.attributes == {"customer": "ACME"}
        assert read_.doubts == (Doubt("e1", "assurance", "Z"), Doubt("e1", "tier", "Z"))
        assert list(read_.unread) == ["assurance", "tier"]
    both = read(ticket("T1", at(1), "new", **{"account": "ACME", "class": "AAA"}), mapping=mapping)
    assert list(both.facts[0].attributes) == ["assurance", "customer"]


def test_an_empty_value_says_nothing() -> None:
    history = read(ticket("T1", at(1), "new", tier="gold"), ticket("T1", at(2), tier="", customer=""))
    assert (history.attributes, history.doubts) == ({"tier": "gold"}, ())


def test_only_tier_and_assurance_are_held_against_the_ladders() -> None:
    history = read(ticket("T1", at(1), "new", team="night shift", assurance="AAA"))
    assert history.attributes == {"team": "night shift", "assurance": "AAA"}
    assert history.doubts == ()


def test_the_clock_of_a_ticket_begins_when_the_source_says_it_was_opened() -> None:
    history = read(ticket("T1", at(2), "working", event_id="e1", opened_at=at(1)))
    assert [(f.at, f.phase, f.event_id) for f in history.facts] == [
        (at(1), Phase.OPENED, "e1"), (at(2), Phase.ACCEPTED, "e1"),
    ]  # fmt: skip


def test_an_opening_after_the_first_status_adds_nothing() -> None:
    history = read(ticket("T1", at(1), "new", opened_at=at(2)), ticket("T1", at(3), "working", opened_at=at(2)))
    assert [(f.at, f.phase) for f in history.facts] == [(at(1), Phase.OPENED), (at(3), Phase.ACCEPTED)]


def test_an_opening_at_the_instant_of_the_first_status_comes_before_it() -> None:
    history = read(ticket("T1", at(1), "resolved", opened_at=at(1)))
    assert [f.phase for f in history.facts] == [Phase.OPENED, Phase.RESTORED]


def test_the_opening_is_as_the_source_said_it_last() -> None:
    history = read(
        ticket("T1", at(3), "new", opened_at=at(2)), ticket("T1", at(4), "working", event_id="e2", opened_at=at(1))
    )
    assert (history.facts[0].at, history.facts[0].event_id) == (at(1), "e2")


def test_what_was_said_before_the_opening_stays_before_it() -> None:
    history = read(ticket("T1", at(0), event_id="early", customer="ACME"), ticket("T1", at(2), "new", opened_at=at(1)))
    assert [(f.at, f.phase) for f in history.facts] == [(at(0), None), (at(1), Phase.OPENED), (at(2), Phase.OPENED)]
    assert history.attributes == {"customer": "ACME"}


def test_facts_are_in_the_total_order_and_each_once() -> None:
    events = [
        ticket("T1", at(2), "working", event_id="c", sequence=1), ticket("T1", at(1), "new", event_id="b"),
        ticket("T1", at(2), "waiting", event_id="a", sequence=2, reason="customer"),
        ticket("T1", at(2), "resolved", event_id="b2", sequence=1),
    ]  # fmt: skip
    assert [fact.event_id for fact in read(*events, *events).facts] == ["b", "b2", "c", "a"]


def test_nothing_is_read_of_nothing() -> None:
    assert read() == History((), ())


def circuit(hours: float, status: str | None) -> Event:
    return Event("circuits", f"e{hours}", SubjectKind.CIRCUIT, "C1", at(hours), status=status)


def state_of(*events: Event) -> tuple[CircuitState, datetime | None, tuple[Doubt, ...]]:
    history = interpret(events, MAPPING, {})
    return (*history.circuit_state, history.doubts)


def test_a_circuit_is_unknown_before_anything_was_heard() -> None:
    assert state_of() == (CircuitState.UNKNOWN, None, ())
    assert state_of(circuit(1, None)) == (CircuitState.UNKNOWN, None, ())


def test_a_circuit_has_its_state_since_it_entered_it() -> None:
    events = [circuit(3, "unavailable"), circuit(1, "available"), circuit(2, "unavailable"), circuit(4, None)]
    assert state_of(*events) == (CircuitState.UNAVAILABLE, at(2), ())


def test_a_circuit_status_that_nobody_mapped_is_unknown_never_down() -> None:
    state, since, doubts = state_of(circuit(1, "unavailable"), circuit(2, "flapping"))
    assert (state, since, doubts) == (CircuitState.UNKNOWN, at(2), (Doubt("e2", "status", "flapping"),))


def test_a_circuit_that_came_back_is_counted_from_then() -> None:
    events = [circuit(1, "available"), circuit(2, "degraded"), circuit(3, "available"), circuit(4, "available")]
    assert state_of(*events) == (CircuitState.AVAILABLE, at(3), ())


def test_planned_work_excuses_a_circuit_and_is_no_state() -> None:
    events = [
        circuit(1, "available"), replace(circuit(2, "waiting"), reason="customer"), circuit(3, "unavailable"),
        circuit(4, "working"),
    ]  # fmt: skip
    facts = interpret(events, MAPPING, {}).facts
    assert [(fact.phase, fact.reason) for fact in facts] == [
        (CircuitState.AVAILABLE, None), (CircuitState.AVAILABLE, "customer"), (CircuitState.UNAVAILABLE, "customer"),
        (CircuitState.UNAVAILABLE, None),
    ]  # fmt: skip
    assert state_of(*events) == (CircuitState.UNAVAILABLE, at(3), ())


def test_instants_are_read_with_their_zone_and_doubted_without() -> None:
    mapping = replace(MAPPING, instants={"detected": "alarm_time"})
    said = interpret([ticket("T1", at(1), "new", alarm_time="2026-03-02T08:30:00+08:00")], mapping, {})
    assert said.facts[0].instants == {"detected": datetime(2026, 3, 2, 0, 30, tzinfo=UTC)}
    for wrong in ("2026-03-02T08:30:00", "yesterday", "0001-01-01T00:00:00+14:00"):
        doubted = interpret([ticket("T1", at(1), "new", event_id="x", alarm_time=wrong)], mapping, {})
        assert (doubted.facts[0].instants, doubted.doubts) == ({}, (Doubt("x", "detected", wrong),))
