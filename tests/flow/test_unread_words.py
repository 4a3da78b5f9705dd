"""The real program and a tier that nobody understands: somebody is told within one poll, until the mapping reads it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.installations import configuration, promise, written
from tests.support.peers import until
from tests.support.program import Tierwatch, metrics, wait_for
from tests.support.tmf621_server import Tmf621Server, ticket
from tests.support.webhook import Webhook, listening

SECRET = "who-knows-this-may-read-tickets"
RECEIVER = (
    '{{type: webhook, options: {{url: "{url}", secret: {{env: TOKEN}}}}, only: {{tier: [GOLD], stage: breached}}}}'
)
OPEN = 'tierwatch_sla_clocks{assurance="none",sla_target="restore",source="tickets",state="running",tier="gold"}'


def told(webhook: Webhook, status: str) -> list[dict[str, Any]]:
    said = [request.json() for request in list(webhook.requests)]
    wanted = ("TierwatchWordNotUnderstood", status)
    return [page for page in said if (page["labels"]["alertname"], page["status"]) == wanted]


def test_a_tier_that_nobody_understands_pages_until_the_mapping_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", SECRET)
    opened = datetime.now(UTC) - timedelta(hours=1)
    with Tmf621Server() as source, listening() as webhook:
        source.put(
            ticket("T-0", opened=opened, tier="gold"), ticket("T-9", opened=opened, tier="Bronze", status="closed")
        )
        receivers = {"hook": RECEIVER.format(url=webhook.url)}
        of_source = f'{{type: tmf621, every: 1s, at_most: 2s, options: {{url: "{source.url}"}}}}'
        path = written(tmp_path, promise("4h"), configuration(of_source, receivers))
        program = Tierwatch(path)
        try:
            address = program.address()
            wait_for(address, OPEN, 1)
            source.put(ticket("T-1", opened=opened, tier="Platin"), ticket("T-2", opened=opened, tier="PLATIN "))
            (page,) = until(lambda: told(webhook, "firing"), "the page of the word")
            assert page["labels"] == {
                "alertname": "TierwatchWordNotUnderstood", "instance": "flow", "source": "tickets", "tier": "gold",
                "attribute": "tier", "word": "platin", "severity": "critical",
            }  # fmt: skip
            said = page["annotations"]
            assert said["explain_url"].endswith("/explain/tickets/T-1")
            assert '"platin": gold  # or standard' in said["mapping"].lower()
            assert said["mapping"] in said["description"]
            wait_for(address, 'tierwatch_unread_subjects{source="tickets",what="tier"}', 2)
            until(lambda: "2 open, such as T-1." in requests.get(address, timeout=60).text, "the page")
            explained = requests.get(f"{address}/explain/tickets/T-1", timeout=60).text
            assert explained.index("is not understood") < explained.index("panel subject")
            assert "Bronze" not in metrics(address)
        finally:
            program.stop()

        fixed = "mapping: {attributes: {tier: {field: tier, values: {platin: gold}}}}"
        path = written(tmp_path, promise("4h"), configuration(of_source[:-1] + f", {fixed}}}", receivers))
        program = Tierwatch(path)
        try:
            (over,) = until(lambda: told(webhook, "resolved"), "its end")
            assert (over["alert"], over["reason"]) == (page["alert"], "understood")
            assert "read as gold" in over["annotations"]["description"]
            address = program.address()
            wait_for(
                address, 'tierwatch_sla_clocks{assurance="none",sla_target="restore",source="tickets",state="run', 3
            )
        finally:
            program.stop()
        assert {one["alert"] for one in told(webhook, "firing")} == {page["alert"]}
