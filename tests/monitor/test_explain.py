from __future__ import annotations

from typing import Any

import pytest

from monitor.engine import advance
from monitor.events import Event
from monitor.explain import as_lines, explain, seconds, text
from monitor.model import SubjectKind
from tests.support.cases import POLICY, at, rules, ticket

RULES = rules()
STORY = [
    ticket("T1", at(0), "new", event_id="e-new", tier="gold", customer="ACME"),
    ticket("T1", at(1), "waiting", event_id="e-wait", reason="customer"),
    ticket("T1", at(2, 0.5), "working", event_id="e-work"),
    ticket("T1", at(6), "resolved", event_id="e-done"),
]


def restore(said: dict[str, Any]) -> dict[str, Any]:
    (clock,) = (clock for clock in said["clocks"] if clock["target"] == "restore")
    return clock


def test_every_interval_says_what_it_counted_what_was_left_and_why() -> None:
    clock = restore(explain(STORY, RULES, at(9)))
    rows = [tuple(part[name] for name in ("from", "to", "life", "status", "because", "counted_seconds", "left_seconds"))
            for part in clock["intervals"]]  # fmt: skip
    assert rows == [
        ("2026-01-05T00:00:00Z", "2026-01-05T01:00:00Z", "running", "new", "e-new", 3600, 10800),
        ("2026-01-05T01:00:00Z", "2026-01-05T02:00:30Z", "paused", "waiting", "e-wait", 0, 10800),
        ("2026-01-05T02:00:30Z", "2026-01-05T06:00:00Z", "running", "working", "e-work", 14370, -3570),
    ]


def test_the_sum_can_be_done_again_on_paper() -> None:
    for clock in explain(STORY, RULES, at(9))["clocks"]:
        assert sum(part["counted_seconds"] for part in clock["intervals"]) == clock["counted_seconds"]
        assert clock["intervals"][-1]["left_seconds"] == clock["remaining_seconds"]
        assert clock["budget_seconds"] - clock["counted_seconds"] == clock["remaining_seconds"]


def test_an_explanation_says_what_the_engine_says() -> None:
    said, outcome = explain(STORY, RULES, at(3)), advance(STORY, (), RULES, at(3))
    assert len(said["clocks"]) == len(outcome.readings)
    for clock, reading in zip(said["clocks"], outcome.readings, strict=True):
        assert (clock["target"], clock["cycle"], clock["state"]) == (
            reading.target.name, reading.cycle, reading.state.value,
        )  # fmt: skip
        assert (clock["deadline"], clock["next_at"]) == (text(reading.deadline), text(reading.next_at))
        assert clock["counted_seconds"] == reading.counted.total_seconds()
        assert clock["missed_periods"] == reading.missed_periods


def test_a_clock_names_its_promise_its_figure_and_its_calendar() -> None:
    clock = restore(explain(STORY, RULES, at(9)))
    assert (clock["title"], clock["tier"], clock["assurance"]) == (
        {"en": "Restoration", "zh": "故障恢复"},
        "gold",
        "none",
    )
    assert (clock["budget_seconds"], clock["budget_source"], clock["policy_version"]) == (14400, "test", "case@1")
    assert clock["calendar"] == {"name": "always", "version": "1", "zone": "UTC"}
    assert (clock["state"], clock["breached_at"], clock["stopped_at"]) == (
        "breached", "2026-01-05T05:00:30Z", "2026-01-05T06:00:00Z",
    )  # fmt: skip
    assert {"stage": "used_75", "at": "2026-01-05T04:00:30Z"} in clock["stages"]


def test_a_subject_is_named_with_what_was_last_said_of_it() -> None:
    said = explain(STORY, RULES, at(1.5))
    names = ("source", "subject", "kind", "status", "attributes", "policy", "at", "events")
    assert {name: said[name] for name in names} == {
        "source": "tickets", "subject": "T1", "kind": "ticket", "status": "waiting", "policy": "case@1",
        "attributes": {"tier": "gold", "customer": "ACME"}, "at": "2026-01-05T01:30:00Z", "events": 2,
    }  # fmt: skip


def test_one_target_alone_can_be_asked_for() -> None:
    assert [clock["target"] for clock in explain(STORY, RULES, at(9), "accept")["clocks"]] == ["accept"]
    assert explain(STORY, RULES, at(9), "nothing")["clocks"] == []


def test_what_was_not_understood_is_said() -> None:
    odd = ticket("T1", at(1), "mystery", event_id="e-odd", tier="platinum")
    assert explain([odd], RULES, at(2))["doubts"] == [
        {"event": "e-odd", "what": "status", "value": "mystery"},
        {"event": "e-odd", "what": "tier", "value": "platinum"},
    ]  # fmt: skip


def test_a_circuit_is_explained_by_its_state() -> None:
    down = Event("circuits", "c1", SubjectKind.CIRCUIT, "C1", at(1), status="unavailable")
    said = explain([down], RULES, at(2))
    assert (said["kind"], said["circuit_state"], said["since"], said["clocks"]) == (
        "circuit", "unavailable", "2026-01-05T01:00:00Z", [],
    )  # fmt: skip
    assert "circuit is unavailable since 2026-01-05T01:00:00Z" in list(as_lines(said))
    before = explain([down], RULES, at(0))
    assert "circuit is unknown since before anything was heard" in list(as_lines(before))


def test_the_lines_for_people_say_the_same_as_the_json() -> None:
    zoned = rules(POLICY.replace("zone: UTC", "zone: Asia/Shanghai"))
    lines = list(as_lines(explain(STORY, zoned, at(9), "restore")))
    assert lines == [
        "ticket tickets/T1  status resolved  tier=gold customer=ACME",
        "as of 2026-01-05T09:00:00Z, policy case@1, 4 events",
        "",
        "restore 故障恢复 cycle 1: BREACHED  (tier gold, assurance none)",
        "  budget 4:00:00 [test] in calendar always v1 (Asia/Shanghai), policy case@1",
        "  2026-01-05 08:00:00+08:00 .. 2026-01-05 09:00:00+08:00  running   counted      1:00:00  left      3:00:00"
        "  because new (e-new)",
        "  2026-01-05 09:00:00+08:00 .. 2026-01-05 10:00:30+08:00  paused    counted      0:00:00  left      3:00:00"
        "  because waiting (e-wait)",
        "  2026-01-05 10:00:30+08:00 .. 2026-01-05 14:00:00+08:00  running   counted      3:59:30  left     -0:59:30"
        "  because working (e-work)",
        "  2026-01-05 12:00:30+08:00  reached used_75",
        "  2026-01-05 12:00:30+08:00  reached at_risk",
        "  2026-01-05 12:36:30+08:00  reached used_90",
        "  deadline 2026-01-05 13:00:30+08:00",
        "  breached at 2026-01-05 13:00:30+08:00",
        "  stopped at 2026-01-05 14:00:00+08:00",
        "  counted 4:59:30, left -0:59:30",
    ]


def test_the_lines_say_when_there_is_no_clock_and_when_feedback_is_missing() -> None:
    lines = list(as_lines(explain([ticket("T1", at(0), "resolved", tier="standard")], RULES, at(1))))
    assert lines[-1] == "no clock: the policy gives this ticket no target, or it was never in a phase in which one runs"
    lines = list(as_lines(explain(STORY[:1], RULES, at(2), "feedback")))
    assert "  periods that went by without a feedback: 3" in lines


def test_a_ticket_moved_by_a_change_alone_says_so() -> None:
    changed = [ticket("T1", at(0), "new", tier="standard"), ticket("T1", at(1), event_id="e-tier", tier="gold")]
    lines = list(as_lines(explain(changed, RULES, at(2), "restore")))
    assert any("because the ticket was opened or changed (e-tier)" in line for line in lines)


@pytest.mark.parametrize(("minutes", "said"), [(0.5, 30), (0.0001, 0.006)])
def test_seconds_are_whole_where_they_are_whole(minutes: float, said: float) -> None:
    assert seconds(at(0, minutes) - at(0)) == said
    assert isinstance(seconds(at(1) - at(0)), int)


def test_instants_are_utc_text_or_nothing() -> None:
    assert text(None) is None
    assert text(at(0, 0.0001)) == "2026-01-05T00:00:00.006000Z"
