"""Major faults of several circuits, with the rules that ship."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from alerts.decide import major_faults
from monitor.alert.alert import Alert
from monitor.clock.engine import Subject
from monitor.config import policy_file
from monitor.model import CircuitState, SubjectKey, SubjectKind
from monitor.policy import MajorFault
from tests.support.cases import at
from tests.support.desk import SETTINGS

RULES = policy_file.load("operator-practice").major_faults
CAUSES = replace(SETTINGS, causes=("device", "circuit"))
TICK = timedelta(microseconds=1)


def circuit(
    name: int, since: datetime, state: CircuitState = CircuitState.UNAVAILABLE, assurance: str = "AAA",
    scope: str = "cross-province", device: str = "olt-7",
) -> Subject:  # fmt: skip
    said = {"assurance": assurance, "scope": scope, "device": device}
    said = {key: value for key, value in said.items() if value}
    return Subject(SubjectKey("circuits", f"C{name}"), SubjectKind.CIRCUIT, said, circuit_state=state, since=since)


def look(circuits: list[Subject], now: datetime, known: list[Alert], rules: Sequence[MajorFault] = RULES) -> list[str]:
    changed = major_faults.decide(circuits, rules, known, CAUSES, now)
    for alert in changed:
        known[:] = [*(old for old in known if old.key != alert.key), alert]
    return [f"{'+' if alert.firing else '-'}{alert.labels['rule']} {alert.labels['shared']}" for alert in changed]


def test_three_circuits_of_one_cause_are_a_major_fault_after_two_hours_of_the_third() -> None:
    known: list[Alert] = []
    down = [circuit(1, at(0)), circuit(2, at(0.5)), circuit(3, at(1))]
    assert look(down, at(3) - TICK, known) == []
    assert look(down, at(3), known) == ["+aaa_circuits device/olt-7"]
    (alert,) = known
    assert alert.starts_at == at(3)
    assert alert.annotations["summary"] == (
        "Major fault: Cross-province AAA circuits cut by one fault, 3 circuits down on olt-7"
    )
    assert alert.annotations["summary_zh"] == "重大故障：同一故障造成跨省AAA级电路中断，3条电路中断（olt-7）"
    assert "operator examination bank" in alert.annotations["description"]
    assert look(down, at(5), known) == []


def test_a_late_look_dates_it_by_when_it_became_true() -> None:
    known: list[Alert] = []
    look([circuit(number, at(0)) for number in range(3)], at(9), known)
    assert known[0].starts_at == at(2)


def test_other_causes_scopes_and_assurances_do_not_add_up() -> None:
    two = [circuit(1, at(0)), circuit(2, at(0))]
    others = [
        circuit(3, at(0), device="olt-8"), circuit(4, at(0), scope="in-city"), circuit(5, at(0), assurance="AA"),
        circuit(6, at(0), device=""),
    ]  # fmt: skip
    assert look([*two, *others], at(9), []) == []


def test_ten_circuits_of_any_assurance_are_one_fault_if_they_share_its_cause() -> None:
    down = [circuit(number, at(0), assurance="normal") for number in range(10)]
    assert look(down[:9], at(9), []) == []
    assert look(down, at(2), []) == ["+many_circuits device/olt-7"]
    ten_causes = [circuit(number, at(0), assurance="normal", device=f"d{number}") for number in range(10)]
    assert look(ten_causes, at(9), []) == []


def test_a_rule_that_asks_for_no_common_cause_counts_every_circuit() -> None:
    rules = [replace(rule, one_cause=False) for rule in RULES if rule.name == "many_circuits"]
    down = [circuit(number, at(0), assurance="normal", device=f"d{number}") for number in range(10)]
    assert look(down, at(2), [], rules) == ["+many_circuits all"]


def test_it_ends_when_a_circuit_is_said_to_be_back_and_not_when_nobody_knows() -> None:
    known: list[Alert] = []
    down = [circuit(number, at(0)) for number in range(3)]
    look(down, at(2), known)
    unclear = [*down[:2], circuit(2, at(3), CircuitState.UNKNOWN)]
    assert look(unclear, at(3), known) == []
    assert look(down[:2], at(4), known) == ["-aaa_circuits device/olt-7"]
    assert known[0].resolved_at == at(4)
    assert look(down[:2], at(5), known) == []


def test_its_end_names_what_is_down_all_the_same() -> None:
    known: list[Alert] = []
    down = [circuit(number, at(0)) for number in (1, 2, 3)]
    look(down, at(2), known)
    look([down[0], replace(down[1], circuit_state=CircuitState.UNKNOWN)], at(4), known)
    (over,) = [alert for alert in known if not alert.firing]
    assert over.reason == "fewer_down"
    assert over.annotations["summary"] == (
        "Cross-province AAA circuits cut by one fault on olt-7: no major fault any more at 2026-01-05 12:00 +08:00,"
        " fewer circuits are down than the rule asks for"
    )
    assert over.annotations["description"].splitlines()[1] == "Still down: C1. State unknown: C2."
    assert "仍中断：C1。状态不明：C2。" in over.annotations["description_zh"]
    assert "Escalate" not in over.annotations["description"]


def test_it_is_withdrawn_when_the_policy_has_no_such_rule_any_more() -> None:
    known: list[Alert] = []
    look([circuit(number, at(0)) for number in (1, 2, 3)], at(2), known)
    (over,) = major_faults.decide([], (), known, CAUSES, at(3))
    assert (over.reason, over.firing) == ("withdrawn", False)


def test_circuits_of_which_nobody_knows_begin_none() -> None:
    assert look([circuit(number, at(0), CircuitState.UNKNOWN) for number in range(12)], at(9), []) == []


def test_it_fires_again_when_it_comes_back() -> None:
    known: list[Alert] = []
    down = [circuit(number, at(0)) for number in range(3)]
    look(down, at(2), known)
    look([], at(3), known)
    again = [circuit(number, at(4)) for number in range(3)]
    assert look(again, at(6), known) == ["+aaa_circuits device/olt-7"]
    assert known[0].reason == "reopened"
