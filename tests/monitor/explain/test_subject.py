from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.clock.engine import advance
from monitor.explain import as_json, as_lines, explain, seconds, text
from monitor.history.events import Correction, Event
from monitor.messages import CHOICES
from monitor.model import CorrectionKind, SubjectKind
from tests.properties.test_engine_properties import RULES as RANDOM_RULES
from tests.properties.test_engine_properties import histories
from tests.support.cases import POLICY, at, rules, ticket
from tests.support.explanations import explain_json, unsent
from tests.support.texts import exchanged

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
    clock = restore(explain_json(STORY, RULES, at(9)))
    rows = [tuple(part[name] for name in ("from", "to", "life", "status", "because", "counted_seconds", "left_seconds"))
            for part in clock["intervals"]]  # fmt: skip
    assert rows == [
        ("2026-01-05T00:00:00Z", "2026-01-05T01:00:00Z", "running", "new", "e-new", 3600, 10800),
        ("2026-01-05T01:00:00Z", "2026-01-05T02:00:30Z", "paused", "waiting", "e-wait", 0, 10800),
        ("2026-01-05T02:00:30Z", "2026-01-05T06:00:00Z", "running", "working", "e-work", 14370, -3570),
    ]


def test_a_stage_by_wall_time_stands_at_the_instant_at_night_at_which_it_was_crossed() -> None:
    office = exchanged(POLICY, ("24x7}\n", '24x7}\n  office: {zone: UTC, hours: {mon-fri: ["08:00-17:00"]}}\n'))
    office = exchanged(
        office, ("{when: {tier: gold}, budget: 4h,", "{when: {tier: gold}, calendar: office, budget: 4h,")
    )
    staged = rules(office + "stages: {tier: {gold: [2h wall left, 100%]}}\n")
    explanation = explain([ticket("T1", at(14, 30), "new", tier="gold")], staged, at(32))  # due on Tuesday at 9:30
    clock = restore(as_json(explanation))
    assert (clock["stages"], clock["paging"]) == (
        [{"stage": "wall_2h", "at": "2026-01-06T07:30:00Z"}], ["wall_2h", "breached"],
    )  # fmt: skip
    assert "  2026-01-06 07:30:00+00:00  reached 2h of wall time left" in list(as_lines(explanation))


def test_the_sum_can_be_done_again_on_paper() -> None:
    for clock in explain_json(STORY, RULES, at(9))["clocks"]:
        assert sum(part["counted_seconds"] for part in clock["intervals"]) == clock["counted_seconds"]
        assert clock["intervals"][-1]["left_seconds"] == clock["remaining_seconds"]
        assert clock["budget_seconds"] - clock["counted_seconds"] == clock["remaining_seconds"]


def test_an_explanation_says_what_the_engine_says() -> None:
    said, outcome = explain_json(STORY, RULES, at(3)), advance(STORY, (), RULES, at(3))
    assert len(said["clocks"]) == len(outcome.readings)
    for clock, reading in zip(said["clocks"], outcome.readings, strict=True):
        assert (clock["target"], clock["cycle"], clock["state"]) == (
            reading.target.name, reading.cycle, reading.state.value,
        )  # fmt: skip
        assert (clock["deadline"], clock["next_at"]) == (text(reading.deadline), text(reading.next_at))
        assert clock["counted_seconds"] == reading.counted.total_seconds()
        assert clock["missed_periods"] == reading.missed_periods


def test_a_clock_names_its_promise_its_figure_and_its_calendar() -> None:
    clock = restore(explain_json(STORY, RULES, at(9)))
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
    said = explain_json(STORY, RULES, at(1.5))
    names = ("source", "subject", "kind", "status", "attributes", "policy", "at", "events")
    assert {name: said[name] for name in names} == {
        "source": "tickets", "subject": "T1", "kind": "ticket", "status": "waiting", "policy": "case@1",
        "attributes": {"tier": "gold", "customer": "ACME"}, "at": "2026-01-05T01:30:00Z", "events": 2,
    }  # fmt: skip


def test_one_target_alone_can_be_asked_for() -> None:
    assert [clock["target"] for clock in explain_json(STORY, RULES, at(9), "accept")["clocks"]] == ["accept"]
    assert explain_json(STORY, RULES, at(9), "nothing")["clocks"] == []


def test_what_was_not_understood_is_said() -> None:
    odd = ticket("T1", at(1), "mystery", event_id="e-odd", tier="platinum")
    assert explain_json([odd], RULES, at(2))["doubts"] == [
        {"event": "e-odd", "what": "status", "value": "mystery"},
        {"event": "e-odd", "what": "tier", "value": "platinum"},
    ]  # fmt: skip


def test_a_circuit_is_explained_by_its_state() -> None:
    down = Event("circuits", "c1", SubjectKind.CIRCUIT, "C1", at(1), status="unavailable")
    said = explain_json([down], RULES, at(2))
    assert (said["kind"], said["circuit_state"], said["since"], said["clocks"]) == (
        "circuit", "unavailable", "2026-01-05T01:00:00Z", [],
    )  # fmt: skip
    lines = list(as_lines(explain([down], RULES, at(2))))
    assert "circuit is unavailable since 2026-01-05 01:00:00+00:00" in lines
    before = explain([down], RULES, at(0))
    assert "circuit is unknown since before the first event" in list(as_lines(before))


@pytest.mark.parametrize(("minutes", "said"), [(0.5, 30), (0.0001, 0.006)])
def test_seconds_are_whole_where_they_are_whole(minutes: float, said: float) -> None:
    assert seconds(at(0, minutes) - at(0)) == said
    assert isinstance(seconds(at(1) - at(0)), int)


def test_instants_are_utc_text_or_nothing() -> None:
    assert text(None) is None
    assert text(at(0, 0.0001)) == "2026-01-05T00:00:00.006000Z"


def test_a_wait_has_the_name_of_its_reason_in_both_languages() -> None:
    first, paused, _ = restore(explain_json(STORY, RULES, at(9)))["intervals"]
    assert (paused["what"], paused["reason"], paused["name"]["zh"]) == ("paused", "customer", "挂起")
    assert paused["reason_name"] == {"en": "Waiting for the customer", "zh": "等待客户"}
    assert (first["what"], first["reason_name"], "stretches" in first) == ("running", None, False)


@pytest.mark.parametrize(
    ("events", "cause"),
    [
        ([ticket("T1", at(1), "new", opened_at=at(0), tier="gold")], "the opening"),
        ([ticket("T1", at(0), "new", tier="standard"), ticket("T1", at(1), tier="gold")], "an update without a status"),
        ([ticket("T1", at(0), "new", tier="gold")], "new"),
    ],
)
def test_an_interval_says_what_began_it(events: list[Event], cause: str) -> None:
    assert restore(explain_json(events, RULES, at(2)))["intervals"][0]["cause"]["en"] == cause


def test_every_deadline_is_told_with_what_moved_it() -> None:
    moved = restore(explain_json(STORY, RULES, at(9)))["deadlines"]
    assert [tuple(one.values()) for one in moved] == [
        ("2026-01-05T00:00:00Z", "2026-01-05T04:00:00Z", "started", "e-new", None),
        ("2026-01-05T01:00:00Z", None, "paused", "e-wait", None),
        ("2026-01-05T02:00:30Z", "2026-01-05T05:00:30Z", "resumed", "e-work", 3630),
    ]


def test_a_change_of_terms_says_what_the_budget_was_and_moves_the_deadline() -> None:
    events = [*STORY[:1], ticket("T1", at(1.5), event_id="e-tier", tier="diamond")]
    clock = restore(explain_json(events, RULES, at(1.75)))
    assert clock["changes"] == [
        {"at": "2026-01-05T01:30:00Z", "because": "e-tier", "before_seconds": 14400, "budget_seconds": 7200}
    ]
    assert clock["deadlines"][-1] == {
        "from": "2026-01-05T01:30:00Z", "deadline": "2026-01-05T02:00:00Z", "what": "terms", "because": "e-tier",
        "moved_by_seconds": -7200,
    }  # fmt: skip
    assert (clock["when"], clock["promise"]["en"]) == ({"tier": ["diamond"]}, "2:00:00")


OFFICE = exchanged(
    POLICY,
    (
        "  always: {zone: UTC, hours: 24x7}\n",
        "  always: {zone: UTC, hours: 24x7}\n"
        "  office:\n    zone: Asia/Shanghai\n    hours: {mon-fri: ['08:00-12:00', '13:00-17:00']}\n"
        "    days: [{date: 2026-01-21, hours: [], reason: typhoon}]\n",
    ),
    (
        "{when: {tier: gold}, budget: 4h, source: test}",
        "{when: {tier: gold}, budget: 100h, calendar: office, source: SLA 4.1}",
    ),
)


def test_a_change_to_another_calendar_is_laid_out_by_both() -> None:
    """An hour and a half of office hours, the 24x7 of diamond from 17:30 to 18:00 local."""
    events = [ticket("T1", at(7.5), "new", tier="gold"), ticket("T1", at(9.5), event_id="e-tier", tier="diamond")]
    clock = restore(explain_json(events, rules(OFFICE), at(10)))
    (change,), (part,) = clock["changes"], clock["intervals"]
    assert (change["calendar_before"], change["calendar"]) == (
        "office (mon-fri 08:00-12:00 13:00-17:00)", "always (24x7)",
    )  # fmt: skip
    assert [(one["kind"], one["seconds"], one["calendar"]) for one in part["stretches"]] == [
        ("counted", 5400, "office"), ("off_hours", 0, "office"), ("counted", 1800, "always"),
    ]  # fmt: skip
    assert part["counted_seconds"] == 7200


@given(histories, st.integers(0, 60).map(lambda ten: 10 * ten))
def test_an_explanation_of_anything_adds_up(history: list[Event], now: int) -> None:
    """Stretches add up to their interval, intervals to the clock; the last deadline is the clock's."""
    outcome = advance(history, (), RANDOM_RULES, at(0, now))
    explanation = explain(history, RANDOM_RULES, at(0, now))
    said = as_json(explanation)
    for clock, reading in zip(said["clocks"], outcome.readings, strict=True):
        assert sum(part["counted_seconds"] for part in clock["intervals"]) == clock["counted_seconds"]
        for part in clock["intervals"]:
            laid = part.get("stretches", ())
            assert not laid or sum(one["seconds"] for one in laid) == part["counted_seconds"]
        assert not clock["intervals"] or clock["intervals"][-1]["left_seconds"] == clock["remaining_seconds"]
        last = clock["deadlines"][-1]["deadline"] if clock["deadlines"] else None
        assert last == clock["deadline"] == text(reading.deadline)
    for language in CHOICES:
        assert list(as_lines(explanation, language))


EXCLUDED = Event(
    "tickets", "c-1", SubjectKind.TICKET, "T1", at(8),
    correction=Correction(CorrectionKind.EXCLUDE, "the site was closed", "li", at(3), at(4)),
)  # fmt: skip


def test_corrections_are_told_and_what_stood_before_them() -> None:
    said = explain_json([*STORY, EXCLUDED], RULES, at(9), "restore")
    (correction,) = said["corrections"]
    assert (correction["author"], correction["reason"], correction["event"]) == ("li", "the site was closed", "c-1")
    assert correction["sentence"]["en"] == "2026-01-05 03:00:00+00:00 .. 2026-01-05 04:00:00+00:00 does not count"
    assert said["before_corrections"] == [
        {
            "target": "restore",
            "cycle": 1,
            "before": {"state": "breached", "breached_at": "2026-01-05T05:00:30Z", "counted_seconds": 17970},
            "now": {"state": "met", "breached_at": None, "counted_seconds": 14370},
        }
    ]
    what = [(part["what"], part["cause"]["en"]) for part in restore(said)["intervals"]]
    assert what[3] == ("excluded", "a correction")
    assert [one["what"] for one in restore(said)["deadlines"]] == [
        "started", "paused", "resumed", "corrected", "resumed",
    ]  # fmt: skip


def test_a_stage_that_nobody_was_told_of_says_why() -> None:
    said = explain(STORY, RULES, at(9), "restore")
    assert [one["stage"] for one in unsent(said, ())] == ["used_75", "at_risk", "used_90", "breached"]
    alerts = [
        {"target": "restore", "cycle": 1, "stage": "used_75", "reason": "superseded"},
        {"target": "restore", "cycle": 1, "stage": "breached", "reason": "worsened"},
    ]
    assert [(one["stage"], one["why"]) for one in unsent(said, alerts)] == [
        ("used_75", "superseded"), ("at_risk", "shown_only"), ("used_90", "not_recorded"),
    ]  # fmt: skip
    standard = [ticket("T1", at(0), "new", tier="standard"), ticket("T1", at(1), "working")]
    quiet = explain(standard, RULES, at(9), "accept")
    assert [(one["stage"], one["why"]) for one in unsent(quiet, ())] == [
        ("at_risk", "shown_only"), ("breached", "nobody"),
    ]  # fmt: skip


def test_a_year_in_office_hours_is_short() -> None:
    events = [ticket("T1", at(0), "new", tier="gold"), ticket("T1", at(24 * 365), "resolved")]
    (part,) = restore(explain_json(events, rules(OFFICE), at(24 * 366)))["intervals"]
    assert [(one["days"], one["kind"]) for one in part["stretches"]] == [
        (12, "counted"), (1, "overlay"), (248, "counted"),
    ]  # fmt: skip
    assert sum(one["seconds"] for one in part["stretches"]) == part["counted_seconds"]
