"""A page that nobody acknowledges comes again, in words of now. The real program; an hour of it lasts a minute."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import requests

from tests.support.peers import until
from tests.support.program import tierwatch, value
from tests.support.webhook import Webhook, listening

POLICY = """
policy: flow
version: "1"
effective_from: 2026-01-01
name: {en: Flow, zh: 流程}
ladders:
  tier:
    - {id: gold, en: Gold, zh: 金牌}
    - {id: standard, en: Standard, zh: 标准}
stages: {tier: {gold: [75%, 100%]}}
calendars:
  always: {zone: Asia/Shanghai, hours: 24x7}
targets:
  restore:
    name: {en: Restoration, zh: 故障恢复}
    start: [opened, accepted, held]
    stop: [restored, closed]
    budgets: [{when: {tier: gold}, budget: 32m, source: test}]
"""

CONFIG = """
instance: flow
database: flow.db
listen: 127.0.0.1:0
policy: policy.yml
speed: 60
api_token: {{file: api-token}}
sources:
  tickets: {{type: jsonl_file, every: 1s, at_most: 2s, options: {{path: tickets.jsonl}}}}
receivers:
  pager: {{type: webhook, repeat: 2m, options: {{url: "{pager}", secret: {{file: api-token}}}}}}
  once: {{type: webhook, options: {{url: "{once}", secret: {{file: api-token}}}}}}
"""

EVERY = timedelta(seconds=2)


def say(folder: Path, subject: str, at: datetime, status: str) -> None:
    line = {
        "event_id": f"{subject} {status}", "kind": "ticket", "subject": subject, "at": at.isoformat(),
        "status": status, "fields": {"tier": "gold", "customer": "Harbour Bank"},
    }  # fmt: skip
    with (folder / "tickets.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")


def pages(receiver: Webhook, subject: str, reason: str = "", stage: str = "") -> list[dict[str, Any]]:
    found = [request.json() for request in list(receiver.requests)]
    return [
        page
        for page in found
        if page["labels"].get("ticket") == subject
        and page["labels"].get("stage", "").startswith(stage)
        and page["reason"].startswith(reason)
    ]


def test_it_comes_again_until_somebody_is_at_it(tmp_path: Path) -> None:
    (tmp_path / "policy.yml").write_text(POLICY, encoding="utf-8")
    (tmp_path / "api-token").write_text("a secret of thirty-two bytes, or more\n")
    (tmp_path / "tickets.jsonl").touch()
    with listening() as pager, listening() as once:
        (tmp_path / "tierwatch.yml").write_text(CONFIG.format(pager=pager.url, once=once.url), encoding="utf-8")
        with tierwatch(tmp_path / "tierwatch.yml") as address:
            began = datetime.now(UTC)  # however long the start took
            say(tmp_path, "T-1", began - timedelta(seconds=20), "opened")  # 75 % used in four seconds, broken in twelve
            say(tmp_path, "T-2", began - timedelta(seconds=18), "opened")
            first, second = until(lambda: two(pages(pager, "T-1", stage="used_75")))[:2]
            assert (first["reason"], second["reason"]) == ("first", "repeat_due")
            assert (first["alert"], first["labels"]) == (second["alert"], second["labels"])
            assert second["annotations"]["summary"].startswith("T-1 Restoration (Gold): due in ")
            assert second["annotations"]["description"].startswith("Repeated at ")

            until(lambda: pages(pager, "T-1", "repeat_due", "breached"))
            (broken,) = pages(pager, "T-1", "worsened", "breached")
            near = len(pages(pager, "T-1", stage="used_75"))
            api = f"{address}/api/v1/alerts/{broken['alert']}/acknowledge"
            said = requests.post(
                api,
                json={"author": "zhang"},
                timeout=60,
                headers={"Authorization": "Bearer a secret of thirty-two bytes, or more"},
            )
            assert said.status_code == 200
            until(lambda: pages(pager, "T-2", "worsened", "breached"))
            told = len(pages(pager, "T-1"))
            until(lambda: two(pages(pager, "T-2", "repeat_due", "breached")))
            assert len(pages(pager, "T-1")) == told, "somebody is at it"
            assert len(pages(pager, "T-1", stage="used_75")) == near, "the breach is told in its place"

            assert value(address, 'tierwatch_alerts_withheld_total{channel="pager",reason="inhibited"}') == 2
            assert value(address, 'tierwatch_alerts_withheld_total{channel="once",reason="inhibited"}') == 0
            counted = value(address, 'tierwatch_alerts_sent_total{channel="pager",reason="repeat_due"}')
            assert counted is not None
            assert counted >= len(pages(pager, "T-1", "repeat_due")) + 2
            why = requests.get(f"{address}/explain/tickets/T-1?format=json", timeout=60).json()
            lower = next(alert for alert in why["alerts"] if alert["stage"] == "used_75")
            assert [(no["channel"], no["reason"], no["detail"]) for no in lower["withheld"]] == [
                ("pager", "inhibited", "breached")
            ]
            say(tmp_path, "T-1", datetime.now(UTC), "restored")
            until(lambda: two(pages(pager, "T-1", "restored")))
            until(lambda: two(pages(once, "T-1", "restored")))
    assert [page["reason"] for page in pages(once, "T-1")] == ["first", "worsened", "restored", "restored"]
    for subject in ("T-1", "T-2"):
        for stage in ("used_75", "breached"):
            times = [instant(page) for page in pages(pager, subject, "repeat_due", stage)]
            assert all(later - before >= EVERY for before, later in pairwise(times))


def instant(page: dict[str, Any]) -> datetime:
    """When a page was told again, to the second; it is never said later than it was."""
    said = page["annotations"]["description"].removeprefix("Repeated at ").partition(": still")[0]
    return datetime.fromisoformat(said)


def two(found: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
    return found if len(found) > 1 else None
