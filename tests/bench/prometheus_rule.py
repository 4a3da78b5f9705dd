"""What `tests/bench/scale.py` measures beside ours: Prometheus with a series per ticket, and a rule over them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.bench.watching import Heard, Watch, child, latencies
from tests.support import prometheus
from tests.support.peers import until

PROMETHEUS = """
global: {{scrape_interval: 15s, scrape_timeout: 10s, evaluation_interval: {every}}}
rule_files: [{rules}]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ["{alertmanager}"]}}]}}]}}
scrape_configs: [{{job_name: tickets, static_configs: [{{targets: ["{exporter}"]}}]}}]
"""

RULES = """
groups:
  - name: tickets
    rules:
      - {alert: Crossed, expr: time() >= ticket_crosses_seconds, labels: {by: prometheus}}
"""


class Exporter:
    """One gauge per ticket: when it crosses."""

    def __init__(self) -> None:
        self.text = ""

    def show(self, crosses: Mapping[str, float]) -> None:
        lines = [f'ticket_crosses_seconds{{ticket="{name}"}} {at:.3f}' for name, at in crosses.items()]
        self.text = "\n".join(["# TYPE ticket_crosses_seconds gauge", *lines, ""])


def theirs(folder: Path, clocks: int, every: str, seconds: float, receiver: str, heard: Heard) -> dict[str, Any]:
    """A rule over one series per ticket, of as many as there are *clocks*, evaluated at that interval."""
    number = int(seconds * 5)
    names = [f"{every}-{n:05}" for n in range(number)]
    far = {f"F{n:06}": time.time() + 86_400 + n for n in range(clocks - number)}
    exporter = Exporter()
    exporter.show(far)
    rules = folder / "rules.yml"
    rules.write_text(RULES, encoding="utf-8")
    with prometheus.exposing(lambda: exporter.text) as exposition:
        text = PROMETHEUS.format(every=every, rules=rules, alertmanager=receiver, exporter=exposition.address)
        with prometheus.running(text, folder / f"prometheus-{every}") as server:
            until(lambda: server.value("count(ticket_crosses_seconds)"), "Prometheus has scraped", within=60)
            first = time.time() + 20  # the next scrape comes within 15 s
            crossed = {name: first + seconds * (n + 0.5) / number for n, name in enumerate(names)}
            exporter.show({**far, **crossed})
            time.sleep(max(0.0, first - time.time()))
            watch = Watch(child(f"--web.listen-address={server.url.removeprefix('http://')}"))
            time.sleep(max(0.0, first + seconds - time.time()))
            used = watch.usage()
            found: dict[str, Any] = latencies(crossed, heard.until(number, 30))
            return {**found, "cpu_share": used.share, "rss_mb": used.rss_mb}
