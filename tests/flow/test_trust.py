"""The real program with a real Alertmanager: a synthetic clock goes the whole way, and the outside hears of it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support import alertmanager
from tests.support.installations import configuration, to_alertmanager
from tests.support.peers import until
from tests.support.program import metrics, tierwatch, value, wait_for
from tests.support.webhook import listening

pytestmark = pytest.mark.peer


def stamp(address: str, stage: str) -> datetime:
    seconds = value(address, f'tierwatch_heartbeat_timestamp_seconds{{stage="{stage}"}}')
    assert seconds is not None
    return datetime.fromtimestamp(seconds, UTC)


def test_a_synthetic_clock_goes_the_whole_way_and_the_outside_hears_that_all_is_well(tmp_path: Path) -> None:
    (tmp_path / "tickets.jsonl").touch()
    began = datetime.now(UTC)
    with (
        listening() as webhook,
        listening() as outside,
        alertmanager.running(alertmanager.one_receiver(webhook.url)) as peer,
    ):
        text = configuration(
            "{type: jsonl_file, options: {path: tickets.jsonl}}",
            {"am": to_alertmanager(peer.url), "log": "{type: log}"},
            "synthetic_every: 10s",
            f'heartbeat: {{url: "{outside.url}/ping/who-knows-this", every: 10s}}',
            policy="demo",
        )
        (tmp_path / "tierwatch.yml").write_text(text, encoding="utf-8")
        with tierwatch(tmp_path / "tierwatch.yml") as address:
            wait_for(address, 'tierwatch_heartbeat_timestamp_seconds{stage="resolved"}', 1)
            for stage in ("ingested", "evaluated", "decided", "accepted", "resolved"):
                assert began < stamp(address, stage) < datetime.now(UTC) + timedelta(seconds=1)
            names = {alert["labels"]["alertname"] for alert in webhook.alerts("firing")}
            assert names == {"TierwatchHeartbeat", "TierwatchSynthetic"}
            until(lambda: webhook.alerts("resolved"), "the end of the synthetic alert arrives")
            assert {alert["labels"]["severity"] for alert in webhook.alerts()} == {"none"}
            exposed = metrics(address)
            assert not re.search(r'source="tierwatch"|tier="tierwatch"|sla_target="heartbeat"', exposed)
            assert re.search(r'tierwatch_audit_findings\{kind="unsent"\} 0', exposed)
            (ping, *_) = until(lambda: outside.requests, "the outside hears of it after the first audit")
            assert ping.path.startswith("/ping/")
    assert "who-knows-this" not in (tmp_path / "tierwatch.log").read_text(encoding="utf-8")
