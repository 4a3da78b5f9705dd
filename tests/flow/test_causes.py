"""The real program and a real Alertmanager in its shipped configuration: a root cause that breaches is no all-clear."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support import alertmanager
from tests.support.installations import (
    configuration,
    of_tickets,
    promise,
    shipped_alertmanager,
    to_alertmanager,
    written,
)
from tests.support.peers import until
from tests.support.program import tierwatch
from tests.support.webhook import Webhook, listening

pytestmark = pytest.mark.peer


def say(path: Path, number: int, ticket: str, status: str, **fields: str) -> None:
    event = {
        "event_id": f"e{number}", "kind": "ticket", "subject": ticket, "at": datetime.now(UTC).isoformat(),
        "status": status, **({"fields": fields} if fields else {}),
    }  # fmt: skip
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(event) + "\n")


def on_call(webhook: Webhook, status: str) -> list[dict[str, Any]]:
    """What the person on call was told of root causes."""
    return [
        item
        for request in list(webhook.requests)
        if request.path == "/on-call"
        for item in request.json()["alerts"]
        if item["status"] == status and item["labels"]["alertname"] == "TierwatchRootCause"
    ]


def test_two_tickets_of_one_cause_that_are_broken_are_told_as_broken_and_never_as_over(tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    events.touch()
    policy = promise("20s", "stages: {tier: {gold: [50%, 100%]}}")
    with listening() as webhook, alertmanager.running(shipped_alertmanager(webhook.url)) as peer:
        receivers = {"am": to_alertmanager(peer.url)}
        path = written(tmp_path, policy, configuration(of_tickets("jsonl_file", path=str(events)), receivers))
        with tierwatch(path):
            say(events, 1, "T1", "opened", tier="gold", cause="cable-7")
            say(events, 2, "T2", "opened", tier="gold", cause="cable-7")
            until(
                lambda: any(
                    "2 promises are broken" in told["annotations"]["summary"] for told in on_call(webhook, "firing")
                ),
                "the person on call hears that the promises are broken",
            )
            waves = {told["labels"]["wave"]: told["annotations"]["summary"] for told in on_call(webhook, "firing")}
            last = max(waves, key=int)
            assert "T1, T2; no other is near its deadline" in waves[last]
            for _ in range(3):
                peer.remembers()
            firing = {
                item["labels"]["wave"]: item["status"]["state"]
                for item in peer.alerts()
                if item["labels"]["alertname"] == "TierwatchRootCause"
            }
            assert firing.pop(last) == "active"
            assert set(firing.values()) <= {"suppressed"}, "older waves go on, and are hidden"
            assert on_call(webhook, "resolved") == []
            say(events, 3, "T1", "restored")
            say(events, 4, "T2", "restored")
            until(lambda: on_call(webhook, "resolved"), "the end is told")
            (end, *_) = on_call(webhook, "resolved")
            assert "the root cause is over" in end["annotations"]["summary"]
            assert "Will be broken" not in end["annotations"]["description"]
