"""The real program and a source that begins to refuse it: whoever has only a webhook hears of it, and of its end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.installations import configuration, promise, written
from tests.support.peers import until
from tests.support.program import Tierwatch, value, wait_for
from tests.support.tmf621_server import Tmf621Server, ticket
from tests.support.webhook import Webhook, listening

SECRET = "who-knows-this-may-read-tickets"
SOURCE = (
    "{{type: tmf621, every: 1s, at_most: 2s, stale_after: 12s,"
    ' options: {{url: "{url}", auth: {{token: {{env: TOKEN}}}}, network: {{attempts: 1}}}}}}'
)


def told(webhook: Webhook, status: str) -> list[dict[str, Any]]:
    said = [request.json() for request in list(webhook.requests)]
    wanted = ("TierwatchDataTooOld", status)
    return [page for page in said if (page["labels"]["alertname"], page["status"]) == wanted]


def test_a_source_that_refuses_us_pages_and_its_return_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", SECRET)
    opened = datetime.now(UTC) - timedelta(hours=1)
    with Tmf621Server(token=SECRET) as source, listening() as webhook:
        source.put(ticket("T-1", opened=opened, tier="gold"), ticket("T-2", opened=opened, tier="standard"))
        receivers = {
            "hook": f'{{type: webhook, options: {{url: "{webhook.url}", secret: {{env: TOKEN}}}}}}',
            "log": "{type: log}",
        }
        config = configuration(SOURCE.format(url=source.url), receivers)
        path = written(tmp_path, promise("4h"), config)
        program = Tierwatch(path)
        try:
            address = program.address()
            wait_for(address, 'tierwatch_source_up{source="tickets"}', 1)
            wait_for(address, 'tierwatch_sla_clocks{assurance="none",sla_target="restore",source="tickets",state="r', 1)
            source.token = "another"
            (page,) = until(lambda: told(webhook, "firing"), "the page of old data")
            assert page["labels"] == {
                "alertname": "TierwatchDataTooOld", "instance": "flow", "source": "tickets", "tier": "gold",
                "severity": "critical",
            }  # fmt: skip
            assert page["reason"] == "first"
            said = page["annotations"]
            assert "401" in said["description"]
            assert "Gold 1." in said["description"]
            assert "金牌 1。" in said["description_zh"]
            assert said["due"] == f"{(opened + timedelta(hours=12)):%Y-%m-%d %H:%M} +08:00"
            assert told(webhook, "resolved") == []

            program.kill()  # our own restart is no evidence of anything
            program = Tierwatch(path)
            address = program.address()
            failed = 'tierwatch_source_poll_failures_total{reason="unauthorized",source="tickets"}'
            wait_for(address, failed, (value(address, failed) or 0) + 2)
            assert told(webhook, "resolved") == []

            source.token = SECRET
            (over,) = until(lambda: told(webhook, "resolved"), "its end")
            assert (over["alert"], over["reason"]) == (page["alert"], "read_again")
            assert over["starts_at"] == page["starts_at"]
            assert "read again" in over["annotations"]["summary"]
        finally:
            program.stop()
        assert {page["alert"] for page in told(webhook, "firing")} == {page["alert"]}
        assert not any(SECRET in str(request.json()) for request in webhook.requests)
    log = (tmp_path / "tierwatch.log").read_text(encoding="utf-8")
    assert "alertname=TierwatchDataTooOld" in log
    assert SECRET not in log
