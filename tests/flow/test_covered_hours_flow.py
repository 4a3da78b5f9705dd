"""A desk with hours beside one without: what can wait waits, what cannot rings and says why. The real program.

Time is moved, not waited for: the machine sleeps until the desk opens.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.support.installations import configuration, of_tickets, promise, written
from tests.support.peers import until
from tests.support.program import printed, wait_for
from tests.support.shifted import Clocks, shifted
from tests.support.webhook import Webhook, listening

POLICY = promise("4h", "stages: {tier: {gold: [75%, 100%]}}")


def receiver(webhook: Webhook, opening: datetime | None = None) -> str:
    """A webhook that is there for two hours of each day, from *opening* on, or always."""
    hours = ""
    if opening is not None:
        span = f"{opening:%H:%M}-{opening + timedelta(hours=2):%H:%M}"
        hours = f', hours: {{zone: UTC, hours: {{mon-sun: ["{span}"]}}}}'
    return f'{{type: webhook, options: {{url: "{webhook.url}", secret: {{file: secret}}}}{hours}}}'


def pages(webhook: Webhook, ticket: str) -> list[dict[str, Any]]:
    found = [request.json() for request in list(webhook.requests)]
    return [page for page in found if page["labels"].get("ticket") == ticket]


def say(folder: Path, ticket: str, at: datetime, status: str) -> None:
    line = {
        "event_id": f"{ticket} {status}", "kind": "ticket", "subject": ticket, "at": at.isoformat(), "status": status,
        "fields": {"tier": "gold", "customer": "Harbour Bank"},
    }  # fmt: skip
    with (folder / "tickets.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")


def listed(config: Path) -> str:
    return printed("alerts", "list", "--config", str(config))


def test_what_can_wait_waits_and_what_cannot_rings_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("a secret of thirty-two bytes, or more\n")
    (tmp_path / "tickets.jsonl").touch()
    begun = datetime.now(UTC)
    soon = (begun + timedelta(minutes=30)).replace(second=0, microsecond=0)
    clocks = Clocks(tmp_path / "clocks.json")
    with listening() as wall, listening() as late, listening() as desk:
        receivers = {
            "wall": receiver(wall),
            "late": receiver(late, begun + timedelta(hours=3)),
            "desk": receiver(desk, soon),
        }
        config = written(tmp_path, POLICY, configuration(of_tickets("jsonl_file", path="tickets.jsonl"), receivers))
        with shifted(config, clocks) as address:
            opened = datetime.now(UTC) - timedelta(hours=3, seconds=10)  # 75 % are used, an hour is left
            say(tmp_path, "T-1", opened, "opened")
            say(tmp_path, "T-2", opened, "opened")
            until(lambda: pages(wall, "T-1") and pages(wall, "T-2"))
            (rang,) = until(lambda: pages(late, "T-1"))
            assert rang["annotations"]["description"].startswith("Rings now, outside covered hours: the deadline ")
            assert wait_for(address, 'tierwatch_outbox_held{channel="desk",reason="waits_for_hours"}', 2) == 2
            assert "waits for covered hours until" in listed(config)
            say(tmp_path, "T-2", datetime.now(UTC), "restored")
            until(lambda: [page for page in pages(wall, "T-2") if page["status"] == "resolved"])
            assert pages(desk, "T-1") == []
            sleeps = (soon + timedelta(seconds=5) - datetime.now(UTC)).total_seconds()
            clocks.set(wall=sleeps, boot=sleeps)  # the machine sleeps until the desk opens
            (page,) = until(lambda: pages(desk, "T-1"))
            assert page["annotations"]["description"].startswith("Waited for covered hours since ")
            assert pages(desk, "T-2") == [], "it began and ended before anybody was there"
