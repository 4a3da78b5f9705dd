"""A database of time series that stands still for ten minutes: what is lost, and what waiting takes of memory.

The program exports to a real VictoriaMetrics, which is stopped (SIGSTOP) while tickets open and are resolved, so that
writes hang until their time is over. Then it goes on, until nothing waits. What it holds is compared with the store,
transition by transition. A write that hung is repeated, and VictoriaMetrics took it all the same when it went on:
without `-dedup.minScrapeInterval` it keeps a sample of the same series, instant and value once more: that is counted
apart.

    python -m tests.bench.influx_away [--seconds 600] [--tickets 20] [--markdown]
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from exporters.points import of_transition
from monitor.store import Exports
from monitor.store.database import Database
from tests.bench.filled import wait
from tests.bench.growth import Figure, against, show
from tests.bench.live import changing
from tests.bench.watching import Watch, peak_mb
from tests.support.ports import free_port
from tests.support.program import Tierwatch, value
from tests.support.time_series import VictoriaMetrics, victoria_metrics

CONFIGURATION = """\
zone: UTC
policy: demo
listen: 127.0.0.1:{port}
database: tierwatch.db
synthetic_every: off
sources:
  desk: {{type: jsonl_file, every: 1s, options: {{path: tickets.jsonl}}}}
receivers:
  log: {{type: log}}
exporters:
  history: {{type: influxdb, every: 10s, options: {options}}}
"""

BEFORE = 10.0
"""Seconds of tickets before the database stands still."""

MEMORY = 64.0
"""Megabytes by which the program may have grown at most."""

FAR = datetime(2000, 1, 1, tzinfo=UTC)

Sample = tuple[tuple[tuple[str, str], ...], int]


def held(server: VictoriaMetrics) -> list[Sample]:
    """Labels and millisecond of every transition that the database has."""
    return [(tuple(sorted(labels.items())), at) for labels, at, _ in server.values("tierwatch_transition_instant")]


def stored(database: Path) -> set[Sample]:
    """The same of every transition in the store."""
    opened = Database(f"sqlite:///{database}")
    try:
        points = (of_transition(row) for rows in Exports(opened).since(FAR, 5_000) for row in rows)
        return {(tuple(sorted((k, v) for k, v in one.tags.items() if v)), one.time // 1_000_000) for one in points}
    finally:
        opened.close()


def measured(folder: Path, seconds: float, tickets: int) -> Mapping[str, float]:
    """One outage of so many *seconds*, while so many *tickets* open and are resolved in each."""
    with victoria_metrics(folder / "victoria") as server:
        (folder / "tickets.jsonl").touch()
        options = json.dumps(dict(server.options) | {"timeout": "5s"})
        text = CONFIGURATION.format(port=free_port(), options=options)
        (folder / "tierwatch.yml").write_text(text, encoding="utf-8")
        program = Tierwatch(folder / "tierwatch.yml", forked=False)
        try:
            address = program.address()
            changing(folder / "tickets.jsonl", BEFORE, tickets)
            wait(lambda: value(address, "tierwatch_exporter_transitions_waiting") == 0, "the first points", 120)
            memory, peak = Watch(program.pid).usage().rss_mb, peak_mb(program.pid)
            os.kill(server.process, signal.SIGSTOP)
            try:
                changing(folder / "tickets.jsonl", seconds, tickets)
                waiting = value(address, "tierwatch_exporter_transitions_waiting") or 0.0
            finally:
                os.kill(server.process, signal.SIGCONT)
            back = time.monotonic()
            wait(lambda: _nothing_waits(address), "what waited is sent", 300 + seconds, 0.5)
            caught_up = time.monotonic() - back
            grown = max(0.0, peak_mb(program.pid) - peak) + max(0.0, peak - memory)
            dropped = value(address, "tierwatch_exporter_dropped_total") or 0.0
        finally:
            program.stop()
        found, expected = held(server), stored(folder / "tierwatch.db")
    return {
        "waited": waiting,
        "lost": len(expected - set(found)) + dropped,
        "strange": len(set(found) - expected),
        "copies": len(found) - len(set(found)),
        "caught_up": caught_up,
        "grown": grown,
    }


def _nothing_waits(address: str) -> bool:
    waits = (value(address, f"tierwatch_exporter_{name}") for name in ("transitions_waiting", "spool_bytes"))
    return all(not one for one in waits)


def figures(found: Mapping[str, float]) -> list[Figure]:
    """The rows of the table."""
    return [
        Figure("Transitions that waited at the end", "", alone=found["waited"]),
        Figure("Transitions that were lost", "", alone=found["lost"], goal="0"),
        Figure("Points that the store does not hold", "", alone=found["strange"], goal="0"),
        Figure("Samples of one series and instant that it keeps more than once", "", alone=found["copies"]),
        Figure("Back, until nothing waited", "s", 1, alone=found["caught_up"]),
        Figure("Most memory beside that before", "MB", 1, alone=found["grown"], goal=f"{MEMORY:.0f}"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600, help="for which the database stands still")
    parser.add_argument("--tickets", type=int, default=20, help="that open and are resolved in a second")
    parser.add_argument("--markdown", action="store_true", help="the table as Markdown")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measured(Path(folder), given.seconds, given.tickets)
    show(f"Away for {given.seconds:g} s", against(figures(found)), given.markdown)
    print(json.dumps({"influx_away": found, "seconds": given.seconds}))


if __name__ == "__main__":
    main()
