from __future__ import annotations

import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from monitor.collectors import jsonl_file
from monitor.config import build_rulebook, policy_file
from monitor.history.batch import Batch, Cursor
from monitor.history.event_json import event_to_json
from monitor.history.events import Event, Reject
from monitor.model import SubjectKind
from monitor.report import replay
from tests.support.cases import at, rules, ticket

RULES = rules()
REQUIRED = [
    "subject", "target", "cycle", "state", "counted_seconds", "budget_seconds", "started_at", "deadline", "breached_at",
    "stopped_at", "policy_version",
]  # fmt: skip


@dataclass
class Pages:
    """A collector of a user's own: it gives the batches that it was built with."""

    batches: Sequence[Batch]

    def poll(self, cursor: Cursor) -> Iterable[Batch]:
        return iter(self.batches)


@dataclass
class Bar:
    """What a progress bar was told."""

    told: list[tuple[str, int, int | None]] = field(default_factory=list)

    def __call__(self, what: str, done: int, total: int | None) -> None:
        self.told.append((what, done, total))


def run(*batches: Batch) -> tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]:
    """Summary, readings and subjects."""
    log = replay.read_log(Pages(batches), "tickets", at(100), Bar())
    readings, subjects = io.StringIO(), io.StringIO()
    summary = replay.replay(log, RULES, "tickets", readings, subjects, Bar())
    lines = [[json.loads(line) for line in out.getvalue().splitlines()] for out in (readings, subjects)]
    return summary, lines[0], lines[1]


def batch(*events: Event, rejects: Sequence[Reject] = ()) -> Batch:
    return Batch(events, rejects, {})


STORY = (
    ticket("T1", at(0), "new", tier="gold"), ticket("T1", at(1), "waiting", reason="customer"),
    ticket("T1", at(3), "working"), ticket("T1", at(4), "resolved"), ticket("T1", at(9), "closed"),
)  # fmt: skip


def test_the_summary_says_what_came_and_what_its_promises_came_to() -> None:
    summary, _, _ = run(batch(*STORY, ticket("T2", at(2), "new", tier="diamond"), ticket("T2", at(2.5), "mystery")))
    assert summary == {
        "policy": "case@1", "subjects": 2, "events": 7, "duplicates": 0, "out_of_order": 0, "rejected": {},
        "unknown_statuses": 1, "unknown_status_words": {"mystery": 1},
        "not_understood": [
            {
                "what": "status", "word": "mystery", "times": 1, "subject": "T2",
                "event": "T2-05023000000000-mystery-False-[]-0",
                "mapping": summary["not_understood"][0]["mapping"],
            }
        ],
        "state_seconds": {"new": 5400, "resolved": 18000, "waiting": 7200, "working": 3600}, "pause_seconds": 7200,
        "outcomes": {
            "accept": {
                "diamond": {"met": 0, "breached": 1, "cancelled": 0, "open": 0},
                "gold": {"met": 0, "breached": 1, "cancelled": 0, "open": 0},
            },
            "feedback": {
                "diamond": {"met": 0, "breached": 1, "cancelled": 0, "open": 0},
                "gold": {"met": 0, "breached": 1, "cancelled": 0, "open": 0},
            },
            "restore": {
                "diamond": {"met": 0, "breached": 1, "cancelled": 0, "open": 0},
                "gold": {"met": 1, "breached": 0, "cancelled": 0, "open": 0},
            },
        },
    }  # fmt: skip


def test_a_reading_is_a_line_with_every_key_that_was_asked_for() -> None:
    _, readings, _ = run(batch(*STORY))
    (line,) = (line for line in readings if line["target"] == "restore")
    assert [line[name] for name in REQUIRED] == [
        "T1", "restore", 1, "met", 7200, 14400, "2026-01-05T00:00:00Z", "2026-01-05T06:00:00Z", None,
        "2026-01-05T04:00:00Z", "case@1",
    ]  # fmt: skip
    assert set(line) - set(REQUIRED) == {"tier", "assurance", "missed_periods"}


def test_there_is_one_line_per_subject_target_and_cycle() -> None:
    _, readings, _ = run(batch(*STORY, ticket("T1", at(0.5), feedback=True), ticket("T2", at(1), "new")))
    keys = [(line["subject"], line["target"], line["cycle"]) for line in readings]
    assert keys == [
        ("T1", "accept", 1), ("T1", "restore", 1), ("T1", "feedback", 1), ("T1", "feedback", 2), ("T2", "accept", 1),
    ]  # fmt: skip


def test_what_is_open_in_the_end_is_read_at_the_last_event_of_the_log() -> None:
    summary, readings, _ = run(batch(ticket("T1", at(0), "new", tier="gold"), ticket("T2", at(1), "closed")))
    (line,) = (line for line in readings if line["target"] == "restore")
    assert (line["state"], line["counted_seconds"], line["stopped_at"]) == ("running", 3600, None)
    assert summary["outcomes"]["restore"]["gold"] == {"met": 0, "breached": 0, "cancelled": 0, "open": 1}


def test_a_cancelled_promise_is_counted_as_such() -> None:
    summary, _, _ = run(batch(ticket("T1", at(0), "new", tier="gold"), ticket("T1", at(0.1), "cancelled")))
    assert summary["outcomes"]["restore"]["gold"]["cancelled"] == 1


def test_repeats_are_counted_and_change_nothing() -> None:
    once, twice = run(batch(*STORY)), run(batch(*STORY), batch(*STORY[::-1]))
    assert (twice[0]["duplicates"], twice[0]["out_of_order"]) == (5, 0)
    assert twice[1:] == once[1:]
    assert twice[0] == {**once[0], "duplicates": 5}


def test_an_event_dated_before_the_one_that_came_before_it_is_out_of_order() -> None:
    others = ticket("T2", at(0), "new")  # another subject's time is its own
    assert run(batch(*STORY, others))[0]["out_of_order"] == 0
    assert run(batch(STORY[0], STORY[2], STORY[1], STORY[3], STORY[4]))[0]["out_of_order"] == 1
    assert run(batch(*STORY[::-1]))[0]["out_of_order"] == 4


def test_order_of_arrival_changes_no_reading() -> None:
    assert run(batch(*STORY[::-1]))[1:] == run(batch(*STORY))[1:]


def test_records_that_were_rejected_are_counted_by_reason() -> None:
    rejects = [
        Reject("tickets", f"r{n}", reason, "…") for n, reason in enumerate(["malformed", "bad_time", "malformed"])
    ]
    assert run(batch(*STORY, rejects=rejects))[0]["rejected"] == {"malformed": 2, "bad_time": 1}


def test_a_subject_is_a_line_with_what_was_said_first_and_last() -> None:
    _, _, (line,) = run(
        batch(ticket("T1", at(2), "new", opened_at=at(1), tier="gold"), ticket("T1", at(3), "resolved", tier="diamond"))
    )
    assert line == {
        "subject": "T1", "events": 2, "opened_at": "2026-01-05T01:00:00Z", "first_event_at": "2026-01-05T02:00:00Z",
        "last_event_at": "2026-01-05T03:00:00Z", "state_seconds": {"new": 3600}, "pause_seconds": 0,
        "pause_events": 0,
        "first": {"tier": "gold"}, "last": {"tier": "diamond"},
    }  # fmt: skip


def test_time_in_a_status_runs_from_event_to_event_also_where_an_event_says_no_status() -> None:
    summary, _, _ = run(
        batch(ticket("T1", at(0), "new"), ticket("T1", at(1), feedback=True), ticket("T1", at(2), "closed"))
    )
    assert summary["state_seconds"] == {"new": 7200}


def test_only_waits_that_the_policy_lists_are_pauses() -> None:
    summary, _, _ = run(
        batch(
            ticket("T1", at(0), "waiting", reason="lunch"), ticket("T1", at(1), "waiting", reason="customer"),
            ticket("T1", at(3), "waiting", reason="lunch"), ticket("T1", at(9), "closed"),
        )
    )  # fmt: skip
    assert summary["pause_seconds"] == 7200


def test_an_empty_log_is_a_summary_of_nothing() -> None:
    summary, readings, subjects = run()
    assert (summary["subjects"], summary["events"], summary["outcomes"]) == (0, 0, {})
    assert (readings, subjects) == ([], [])


def test_progress_is_told_while_reading_and_while_thinking() -> None:
    bar = Bar()
    log = replay.read_log(Pages([batch(*STORY), batch(ticket("T2", at(1), "new"))]), "tickets", at(100), bar)
    replay.replay(log, RULES, "tickets", None, None, bar)
    assert bar.told == [
        ("reading events", 5, None), ("reading events", 6, None), ("reading clocks", 2, 2),
    ]  # fmt: skip


def jsonl(tmp_path, *events: Event) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    path = tmp_path / "log.jsonl"
    path.write_text("".join(json.dumps(event_to_json(event)) + "\n" for event in events), encoding="utf-8")
    book = build_rulebook.rulebook(policy_file.load("demo"), {"jsonl_file": jsonl_file.MAPPING})
    log = replay.read_log(jsonl_file.build(jsonl_file.Config(path)), "jsonl_file", at(100), Bar())
    out = io.StringIO()
    summary = replay.replay(log, book, "jsonl_file", out, None, Bar())
    return summary, [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_circuit_in_a_log_has_no_clock(tmp_path) -> None:
    down = Event("x", "c1", SubjectKind.CIRCUIT, "C1", at(0), status="unavailable", fields={"tier": "gold"})
    summary, readings = jsonl(tmp_path, down, ticket("T1", at(1), "opened", tier="gold"))
    assert {line["subject"] for line in readings} == {"T1"}
    assert summary["unknown_statuses"] == 0


def test_a_log_in_our_own_words_pauses_for_a_reason_of_the_policy(tmp_path) -> None:
    summary, readings = jsonl(
        tmp_path, ticket("T1", at(0), "accepted", tier="gold"), ticket("T1", at(1), "held", reason="customer_access"),
        ticket("T1", at(9), "restored"),
    )  # fmt: skip
    (line,) = (line for line in readings if line["target"] == "restore")
    assert (line["counted_seconds"], summary["pause_seconds"]) == (3600, 8 * 3600)
