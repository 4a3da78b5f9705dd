"""Measure `tierwatch backtest` on a quarter, a half and the whole of a year's tickets, by one process and by several.

`make bench` prints a table, and after it the same as JSON. Wall time is from the start of the command to its end, with
the interpreter's own start; the best of three, in which one worker and several take turns. `--workers N` says how many
several are (default: the cores that may be used). The peak is that of the largest process. The log is the public part
of UCI 498 (TIERWATCH_DATA); without it nothing is measured. Machines differ and so does the load: quote the ratios.
"""

from __future__ import annotations

import argparse
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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from monitor.commands.in_parallel import cores

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("TIERWATCH_DATA", ROOT.parent / "shared" / "data"))
LOG = DATA / "uci-incident-log" / "incident_event_log.public.csv.gz"
POLICY = Path(__file__).with_name("three_targets.yml")
SHARES, ROUNDS = (0.25, 0.5, 1.0), 3


@dataclass(frozen=True)
class Run:
    """What one command took."""

    workers: int
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


def run(path: Path, workers: int = 1) -> Run:
    """One command in a child whose own usage is asked for when it has ended."""
    command = [
        sys.executable, "-m", "monitor.cli", "backtest", "--policy", str(POLICY), "--input", str(path),
        "--source", "servicenow_audit", "--zone", "UTC", "--format", "json", "--workers", str(workers),
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
    return Run(workers, wall, usage.ru_utime + usage.ru_stime, _mb(usage), clocks, said["subjects"], said["events"])


def _mb(usage: resource.struct_rusage) -> float:
    return usage.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=cores())
    several = parser.parse_args().workers
    if not LOG.exists():
        print(f"backtest: the public data set is not at {LOG.parent}; set TIERWATCH_DATA")
        return
    with tempfile.TemporaryDirectory() as folder:
        logs = {share: part(share, Path(folder)) for share in SHARES}
        runs = {
            (share, workers): best
            for share, path in logs.items()
            for workers, best in best_of(path, sorted({1, several})).items()
        }
    show(runs)


def best_of(path: Path, numbers: Sequence[int]) -> dict[int, Run]:
    """The best run with each number of workers."""
    rounds = [[run(path, workers) for workers in numbers] for _ in range(ROUNDS)]
    every = zip(*rounds, strict=True)
    return {number: min(of_one, key=lambda one: one.wall) for number, of_one in zip(numbers, every, strict=True)}


def show(runs: dict[tuple[float, int], Run]) -> None:
    table = Table(title="Backtest of a year's tickets by three targets")
    for column in (
        "tickets",
        "events",
        "clocks",
        "workers",
        "wall s",
        "of one worker",
        "processor s",
        "peak MB",
        "ms per ticket",
    ):
        table.add_column(column, justify="right")
    for (share, _), one in runs.items():
        table.add_row(
            f"{one.subjects:,}", f"{one.events:,}", f"{one.clocks:,}", f"{one.workers}", f"{one.wall:.2f}",
            f"{one.wall / runs[share, 1].wall:.2f}", f"{one.cpu:.2f}",
            f"{one.peak_mb:.0f}", f"{1000 * one.wall / one.subjects:.3f}",
        )  # fmt: skip
    Console(width=100).print(table)
    figures = {
        f"{share:g} by {workers}": {
            "workers": one.workers, "tickets": one.subjects, "events": one.events, "clocks": one.clocks,
            "wall_seconds": round(one.wall, 2),
            "cpu_seconds": round(one.cpu, 2), "peak_mb": round(one.peak_mb),
        }
        for (share, workers), one in runs.items()
    }  # fmt: skip
    machine = {"python": platform.python_version(), "processor": platform.machine()}
    print(json.dumps({"backtest": figures, **machine}))


if __name__ == "__main__":
    main()
