"""Measure `tierwatch backtest` on a quarter, a half and the whole of a year's tickets, each in a process of its own.

`make bench` prints a table, and after it the same as JSON. Wall time is from the start of the command to its end, with
the interpreter's own start; the best of three. The log is the public part of UCI 498 (TIERWATCH_DATA); without it
nothing is measured. Machines differ and so does the load on them: quote the ratios.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("TIERWATCH_DATA", ROOT.parent / "shared" / "data"))
LOG = DATA / "uci-incident-log" / "incident_event_log.public.csv.gz"
POLICY = Path(__file__).with_name("three_targets.yml")
SHARES, ROUNDS = (0.25, 0.5, 1.0), 3
WORKERS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class Run:
    """What one command took."""

    wall: float
    cpu: float
    peak_mb: float
    clocks: int
    subjects: int
    events: int


def part(share: float, folder: Path) -> Path:
    """The log with the first *share* of its tickets, whole, in the log's order.

    Written row by row: what this process has held counts into the peak of a child that it starts.
    """
    if share == 1:
        return LOG
    with opened() as rows:
        number = next(rows).index("number")
        tickets = dict.fromkeys(row[number] for row in rows)
    wanted = set(list(tickets)[: round(len(tickets) * share)])
    path = folder / f"log-{share}.csv.gz"
    with opened() as rows, gzip.open(path, "wt", encoding="utf-8", newline="") as text:
        out = csv.writer(text, lineterminator="\n")
        out.writerow(next(rows))
        out.writerows(row for row in rows if row[number] in wanted)
    return path


@contextmanager
def opened() -> Iterator[Iterator[list[str]]]:
    with gzip.open(LOG, "rt", encoding="utf-8", newline="") as text:
        yield csv.reader(text)


def by_workers(rounds: int) -> dict[str, float]:
    """Seconds of the whole log with one worker and, where the command knows workers, with one for each core."""
    if not LOG.exists():
        raise FileNotFoundError(f"the public data set is not at {LOG.parent}; set TIERWATCH_DATA")
    if not _knows_workers():
        return {"one": min(run(LOG).wall for _ in range(rounds))}
    return {
        name: min(run(LOG, "--workers", str(number)).wall for _ in range(rounds))
        for name, number in (("one", 1), ("many", WORKERS))
    }


def _knows_workers() -> bool:
    command = [sys.executable, "-m", "monitor.cli", "backtest", "--help"]
    said = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True, env={**os.environ, "COLUMNS": "200"}
    )
    return "--workers" in said.stdout


def run(path: Path, *more: str) -> Run:
    """One command in a child whose own usage is asked for when it has ended."""
    command = [
        sys.executable, "-m", "monitor.cli", "backtest", "--policy", str(POLICY), "--input", str(path),
        "--source", "servicenow_audit", "--zone", "UTC", "--format", "json", *more,
    ]  # fmt: skip
    with tempfile.TemporaryFile() as out:
        begun = time.perf_counter()
        child = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - begun
        child.returncode = os.waitstatus_to_exitcode(status)
        assert child.returncode == 0, f"the command ended with {child.returncode}"
        out.seek(0)
        said = json.load(out)
    (policy,) = said["policies"]
    clocks = sum(row["started"] for row in policy["rows"])
    return Run(wall, usage.ru_utime + usage.ru_stime, _mb(usage), clocks, said["subjects"], said["events"])


def _mb(usage: resource.struct_rusage) -> float:
    return usage.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)


def main() -> None:
    if not LOG.exists():
        print(f"backtest: the public data set is not at {LOG.parent}; set TIERWATCH_DATA")
        return
    with tempfile.TemporaryDirectory() as folder:
        logs = {share: part(share, Path(folder)) for share in SHARES}
        runs = {
            share: min((run(path) for _ in range(ROUNDS)), key=lambda one: one.wall) for share, path in logs.items()
        }
    show(runs)


def show(runs: dict[float, Run]) -> None:
    table = Table(title="Backtest of a year's tickets by three targets")
    for column in ("tickets", "events", "clocks", "wall s", "processor s", "peak MB", "ms per ticket"):
        table.add_column(column, justify="right")
    for one in runs.values():
        table.add_row(
            f"{one.subjects:,}", f"{one.events:,}", f"{one.clocks:,}", f"{one.wall:.2f}", f"{one.cpu:.2f}",
            f"{one.peak_mb:.0f}", f"{1000 * one.wall / one.subjects:.3f}",
        )  # fmt: skip
    Console(width=100).print(table)
    figures = {
        f"{share:g}": {
            "tickets": one.subjects, "events": one.events, "clocks": one.clocks, "wall_seconds": round(one.wall, 2),
            "cpu_seconds": round(one.cpu, 2), "peak_mb": round(one.peak_mb),
        }
        for share, one in runs.items()
    }  # fmt: skip
    machine = {"python": platform.python_version(), "processor": platform.machine()}
    print(json.dumps({"backtest": figures, **machine}))


if __name__ == "__main__":
    main()
