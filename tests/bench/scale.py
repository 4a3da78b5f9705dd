"""Measure how the program does with 10,000, 100,000 and 1,000,000 open clocks, and how each figure grows.

    python -m tests.bench.scale [--sizes 10000,100000] [--rows idle,page] [--markdown] [--quick] [--minutes 120]

A store of each size is filled once, by the running program, from a file in which all tickets appear at once: that is
the row `fill`. Every other row gets a copy of it, a real Alertmanager and a webhook behind that. The alternative, a
Prometheus with a rule over one series per ticket, is measured at one size (`rule`). What does not depend on the size
(`core`, `backtest`) is measured once. A row that fails is said, has no figures, and the command ends with 1.

Everything lives in a temporary folder below `--folder`, on a disk; it says beforehand how much that takes. It stops by
itself: after `--minutes` no further row is begun, and each row waits no longer than its size allows. What it has
started is ended with it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import playwright.sync_api
import pytest
import requests

from monitor.commands.in_parallel import cores
from tests.bench import backtest, scale_rows
from tests.bench.core import speeds
from tests.bench.filled import Filled
from tests.bench.growth import Figure, as_json, cells, show
from tests.bench.prometheus_rule import theirs
from tests.bench.scale_effort import FULL, QUICK, Effort
from tests.bench.scale_figures import FIGURES
from tests.bench.scale_rows import ROWS, fill
from tests.bench.watching import Heard
from tests.support import alertmanager

NEEDED = (alertmanager.BINARY, "prometheus", "promtool")

BYTES = 3_500
"""Of disk for each open clock: the filled store with its log, the file that it is filled from, and one copy."""

SLOW, FAST = 60.0, 20.0
"""Seconds of crossings for the rule every 15 s, and every second."""


FAILURES = (
    AssertionError, LookupError, OSError, playwright.sync_api.Error, pytest.fail.Exception, pytest.skip.Exception,
    requests.RequestException, sqlite3.Error, subprocess.SubprocessError,
)  # fmt: skip
"""What a row may end with whose measurement did not come about; anything else is a defect of the bench."""

NOT_QUICK = ("alone", "viewers", "wall", "rule", "backtest")
"""The rows that are left out unless they are asked for where it shall be quick."""

ONCE_IF_QUICK = ("api", "viewed")
"""The rows that are then measured with the most clocks only."""


class Interrupted(SystemExit):
    """Somebody has asked the bench to end."""


@dataclass(slots=True)
class Run:
    """One run: what is asked for, until when rows are begun, and what was found and what failed so far.

    Without `every_size` the rows `ONCE_IF_QUICK` are left out.
    """

    rows: Sequence[str]
    effort: Effort
    end: float
    folder: Path
    rule_at: int
    every_size: bool = True
    found: dict[str, dict[int, float]] = field(default_factory=dict)
    alone: dict[str, float] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    def size(self, clocks: int) -> None:
        """Every row of one size that is asked for."""
        folder = self.folder / f"of-{clocks}"
        made: list[Filled] = []
        wanted = [row for row in scale_rows.rows_of(self.rows) if self.every_size or row not in ONCE_IF_QUICK]
        if wanted or "fill" in self.rows:
            self._take("fill", clocks, partial(self._filled, made, folder, clocks))
        for row in wanted if made else ():
            self._take(row, clocks, partial(ROWS[row], made[0], self.effort))
        if "rule" in self.rows and clocks == self.rule_at:
            self._take("rule", clocks, partial(self._rule, folder, clocks))
        shutil.rmtree(folder, ignore_errors=True)

    def once(self, quick: bool) -> None:
        """The rows that do not depend on the size."""
        if "core" in self.rows:
            self._take("core", 0, speeds)
        if "backtest" in self.rows:
            self._take("backtest", 0, partial(backtest.by_workers, 1 if quick else 3))

    def _take(self, row: str, clocks: int, measure: Callable[[], Mapping[str, float]]) -> None:
        where = f"{row} of {clocks:,}" if clocks else row
        if time.monotonic() > self.end:
            self.failed.append(f"{where}: the minutes were over")
            return
        began = time.monotonic()
        try:
            found = measure()
        except FAILURES as error:
            self.failed.append(f"{where}: {type(error).__name__}: {error}")
            found = {}
        assert found.keys() <= FIGURES[row].keys(), f"{row} gives {', '.join(found)}"
        for name, value in found.items():
            if clocks:
                self.found.setdefault(name, {})[clocks] = value
            else:
                self.alone[name] = value
        said = ", ".join(f"{name} {value:.4g}" for name, value in found.items()) or "failed"
        print(f"{where}: {said} ({time.monotonic() - began:.0f} s)", file=sys.stderr, flush=True)

    def _filled(self, made: list[Filled], folder: Path, clocks: int) -> Mapping[str, float]:
        filled = fill(folder, clocks)
        made.append(filled)
        return filled.figures

    def _rule(self, folder: Path, clocks: int) -> Mapping[str, float]:
        figures: dict[str, float] = {}
        folder.mkdir(exist_ok=True)
        for every, seconds in (("1s", FAST), ("15s", SLOW)):
            with Heard() as heard, alertmanager.running(alertmanager.one_receiver(heard.url)) as peer:
                receiver = peer.url.removeprefix("http://")
                found = theirs(folder, clocks, every, seconds, receiver, heard)
            never = float("inf")
            figures |= {
                f"rule_{every}_p50": 1000 * found.get("p50_seconds", never),
                f"rule_{every}_p99": 1000 * found.get("p99_seconds", never),
                f"rule_{every}_heard": 100 * found["heard"] / found["crossings"],
                f"rule_{every}_cpu": 100 * found["cpu_share"],
                f"rule_{every}_memory": found["rss_mb"],
            }
        return figures

    def figures(self) -> list[Figure]:
        """The rows of the table, in its order; those of a row that was not asked for are left out."""
        known = {
            "burst": self.effort.burst,
            "half": self.effort.burst // 2,
            "workers": cores(),
            "viewers": self.effort.viewers,
        }
        return [
            replace(
                figure, name=figure.name.format(**known), values=self.found.get(name, {}), alone=self.alone.get(name)
            )
            for row in FIGURES
            if row in self.rows
            for name, figure in FIGURES[row].items()
        ]


def main() -> None:
    options = arguments()
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        print(f"scale: not installed: {', '.join(missing)} (sh tests/peers/install.sh)")
        return
    signal.signal(signal.SIGTERM, _interrupt)
    sizes = sorted(options.sizes or ((3_000, 30_000) if options.quick else (10_000, 100_000, 1_000_000)))
    needed, free = BYTES * max(sizes), shutil.disk_usage(options.folder).free
    print(f"scale: up to {needed / 1e9:.1f} GB below {options.folder} (free: {free / 1e9:.1f} GB)", file=sys.stderr)
    if needed > free:
        raise SystemExit("scale: not enough room; name another --folder, or fewer --sizes")
    begun, load = time.monotonic(), os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="tierwatch-scale-", dir=options.folder) as name:
        rule_at = 100_000 if 100_000 in sizes else max(sizes)
        effort = QUICK if options.quick else FULL
        run = Run(options.rows, effort, begun + 60 * options.minutes, Path(name), rule_at)
        for clocks in sizes:
            run.every_size = not options.quick or clocks == max(sizes)
            run.size(clocks)
        run.once(options.quick)
    about = {
        "python": platform.python_version(),
        "processor": platform.machine(),
        "load_before": round(load, 1),
        "load_after": round(os.getloadavg()[0], 1),
        "seconds": round(time.monotonic() - begun),
    }
    show("By open clocks", cells(run.figures(), sizes), options.markdown)
    for said in run.failed:
        print(f"scale: not measured: {said}", file=sys.stderr)
    print(json.dumps({"scale": as_json(run.figures()), "failed": run.failed, **about}))
    raise SystemExit(1 if run.failed else 0)


def arguments() -> argparse.Namespace:
    """What is asked for on the command line."""
    parser = argparse.ArgumentParser(description="Measure how the program does with very many open clocks.")
    parser.add_argument("--sizes", type=_sizes, help="numbers of open clocks, with commas")
    parser.add_argument("--rows", type=_rows, default=None, help=f"of {', '.join(FIGURES)}; all by default")
    parser.add_argument("--quick", action="store_true", help="3,000 and 30,000 clocks, less of everything")
    parser.add_argument("--markdown", action="store_true", help="the table as Markdown")
    parser.add_argument("--minutes", type=float, default=120, help="after which no further row is begun")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()), help="where everything is put")
    options = parser.parse_args()
    if options.rows is None:
        options.rows = [row for row in FIGURES if not (options.quick and row in NOT_QUICK)]
    return options


def _interrupt(number: int, frame: object) -> None:
    raise Interrupted(128 + number)


def _sizes(text: str) -> list[int]:
    return [int(one) for one in text.split(",")]


def _rows(text: str) -> list[str]:
    rows = text.split(",")
    unknown = [row for row in rows if row not in FIGURES]
    if unknown:
        raise argparse.ArgumentTypeError(f"no such row: {', '.join(unknown)}; rows: {', '.join(FIGURES)}")
    return rows


if __name__ == "__main__":
    main()
