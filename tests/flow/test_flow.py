"""One promise from end to end: ticket system, the real program, a real Prometheus and Alertmanager, a receiver."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support import alertmanager, prometheus
from tests.support.installations import REPOSITORY, desk_and_alertmanager, shipped_alertmanager
from tests.support.peers import until
from tests.support.program import tierwatch, value, wait_for
from tests.support.tmf621_server import Tmf621Server, ticket
from tests.support.webhook import Webhook

pytestmark = pytest.mark.peer


def told(webhook: Webhook, status: str, **labels: str) -> list[dict[str, Any]]:
    return [
        alert
        for alert in webhook.alerts(status)
        if all(alert["labels"].get(name) == wanted for name, wanted in labels.items())
    ]


def test_a_gold_deadline_that_comes_near_wakes_somebody_and_ends_with_the_restoration(
    tmp_path: Path, webhook: Webhook
) -> None:
    with (
        Tmf621Server() as source,
        alertmanager.running(shipped_alertmanager(webhook.url)) as peer,
        tierwatch(desk_and_alertmanager(tmp_path, source.url, peer.url)) as address,
    ):
        opened = datetime.now(UTC) - timedelta(hours=3) + timedelta(seconds=15)  # 75 % used in fifteen seconds
        crossing = opened + timedelta(hours=3)
        source.put(ticket("T-1", opened=opened, tier="gold", customer="Harbour Bank"))
        running = 'tierwatch_sla_clocks{assurance="none",sla_target="restore",source="tickets",state="running"'
        wait_for(address, running, 1)
        scraping = prometheus.config(
            {"tierwatch": address.removeprefix("http://")},
            [REPOSITORY / "alerts/prometheus/tierwatch.rules.yml"],
            [peer.url.removeprefix("http://")],
        )
        with prometheus.running(scraping, tmp_path / "prometheus") as server:
            (alert,) = until(lambda: told(webhook, "firing", stage="used_75"))
            assert alert["labels"]["alertname"] == "TierwatchDeadlineNear"
            assert alert["labels"]["ticket"] == "T-1"
            assert alert["labels"]["tier"] == "gold"
            starts_at = datetime.fromisoformat(alert["startsAt"])
            assert abs(starts_at - crossing) < timedelta(seconds=1), "startsAt is the true instant of the crossing"
            assert "Harbour Bank" in alert["annotations"]["description"]
            assert "金牌" in alert["annotations"]["summary_zh"]
            explained = requests.get(alert["generatorURL"], timeout=60)
            assert explained.status_code == 200
            assert "T-1" in explained.text

            until(lambda: server.firing("TierwatchClocksAtRisk"))

            restored = datetime.now(UTC)
            changes = [("acknowledged", opened, ""), ("resolved", restored, "fixed")]
            source.put(ticket("T-1", opened=opened, tier="gold", customer="Harbour Bank", changes=changes))
            (ended,) = until(lambda: told(webhook, "resolved", stage="used_75"))
            assert ended["fingerprint"] == alert["fingerprint"]
            until(lambda: not server.firing("TierwatchClocksAtRisk"))
            completed = 'tierwatch_sla_clocks_completed_total{assurance="none",sla_target="restore",source="tickets"'
            assert wait_for(address, completed, 1) == 1


def test_a_source_that_refuses_us_shows_and_the_clocks_go_on(tmp_path: Path) -> None:
    opened = datetime.now(UTC) - timedelta(hours=4) + timedelta(seconds=8)
    with Tmf621Server() as source, Tmf621Server() as nobody:
        source.put(ticket("T-2", opened=opened, tier="gold"), ticket("T-3", opened=opened, tier="Platinum"))
        with tierwatch(desk_and_alertmanager(tmp_path, source.url, nobody.url)) as address:
            wait_for(address, 'tierwatch_source_up{source="tickets"}', 1)
            assert wait_for(address, 'tierwatch_quarantined_records{reason="unknown_tier",source="tickets"}', 1) == 1
            before = value(address, 'tierwatch_source_last_success_timestamp_seconds{source="tickets"}')
            source.fail(401, times=1000)
            until(lambda: value(address, 'tierwatch_source_up{source="tickets"}') == 0)
            breached = 'tierwatch_sla_clocks{assurance="none",sla_target="restore",source="tickets",state="breached"'
            assert wait_for(address, breached, 1) == 1, "the clock went on without its source"
            after = value(address, 'tierwatch_source_last_success_timestamp_seconds{source="tickets"}')
            assert before is not None
            assert after is not None
            assert after - before < 5
            assert "401" in requests.get(f"{address}/", timeout=60).text
