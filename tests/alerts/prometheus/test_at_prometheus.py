from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from exporters.prometheus import Prometheus as Exporter
from monitor.model import State
from monitor.snapshot import Group, GroupClocks, Snapshot, judged_by_age
from tests.support.aggregates import in_seconds
from tests.support.peers import until
from tests.support.prometheus import config, exposing, running
from tests.support.snapshots import calm

RULES = Path(__file__).parents[3] / "alerts/prometheus/tierwatch.rules.yml"
GROUP = Group("corp", "gold", "AA", "restore")


def scene(at_risk: int, *, silent_source: bool = False) -> str:
    """What the program would publish now with that many gold clocks at risk, twenty minutes from their deadline."""
    now = datetime.now(UTC)
    states = {State.AT_RISK: at_risk, State.RUNNING: 4}
    deadline = now + timedelta(minutes=20)
    clocks = [GroupClocks(GROUP, states, deadline, in_seconds(int(deadline.timestamp())))]
    shown: Snapshot = replace(calm(now), clocks=clocks)
    if silent_source:
        sources = [replace(each, stale=True, up=False) for each in shown.sources]
        shown = replace(shown, sources=sources, clocks=judged_by_age(clocks, frozenset()))
    return Exporter().render(shown, now)[0].decode()


@pytest.mark.peer
def test_clocks_at_risk_fire_at_a_real_prometheus_outlive_silence_and_end_on_evidence(tmp_path: Path) -> None:
    with (
        exposing(lambda: scene(0)) as tierwatch,
        running(config({"tierwatch": tierwatch.address}, [RULES]), tmp_path) as prometheus,
    ):
        healthy = until(lambda: prometheus.firing("TierwatchHealthy"))
        assert healthy[0]["labels"]["severity"] == "none"
        assert prometheus.firing("TierwatchClocksAtRisk") == []

        tierwatch.read = lambda: scene(3)
        (alert,) = until(lambda: prometheus.firing("TierwatchClocksAtRisk"))
        assert alert["labels"] == {
            "alertname": "TierwatchClocksAtRisk", "severity": "warning", "path": "prometheus",
            "job": "tierwatch", "instance": tierwatch.address,
            "source": "corp", "tier": "gold", "sla_target": "restore",
        }  # fmt: skip
        assert alert["annotations"]["summary"] == "3 restore clock(s) at risk: gold customers"
        assert alert["annotations"]["summary_zh"] == "3 个 restore 时钟临近超时：gold 客户"
        assert "next deadline is in 1" in alert["annotations"]["description"]

        tierwatch.read = lambda: scene(3, silent_source=True)
        until(lambda: prometheus.value('sum(tierwatch_sla_clocks{source="corp", state="unknown"})') == 7)
        until(lambda: prometheus.value('count_over_time(tierwatch_source_stale{source="corp"}[3s]) >= 3'))
        assert prometheus.firing("TierwatchClocksAtRisk"), "a silent source resolves nothing"
        assert prometheus.firing("TierwatchHealthy"), "the program itself is well"

        tierwatch.read = None
        until(lambda: not prometheus.firing("TierwatchHealthy"))
        until(lambda: not prometheus.query("tierwatch_build_info"))
        assert prometheus.firing("TierwatchClocksAtRisk"), "a program that is gone resolves nothing"

        tierwatch.read = lambda: scene(0)
        until(lambda: not prometheus.firing("TierwatchClocksAtRisk"))
        until(lambda: prometheus.firing("TierwatchHealthy"))
        assert [rule for rule in prometheus.rules() if rule["health"] != "ok"] == []
