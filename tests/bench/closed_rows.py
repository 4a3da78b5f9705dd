"""Measure what an idle second costs beside what is over: a database with the rows of 500,000 tickets that were closed.

Two programs without threads do the same rounds: each part does what it does every second, and those of every minute
too. One database holds 300 tickets of today, the other the same and what closed tickets left behind. Rounds of both
take turns. Seconds are processor time of this process; steps are those of SQLite's machine.

    python -m tests.bench.closed_rows [--closed 500000]
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import statistics
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from rich.console import Console
from rich.table import Table

from monitor.service.program import Program
from tests.support.closed_rows import counting, fill, sizes
from tests.support.rounds import Peers, begin, built, later, lives, silence, work, written_down


class Side:
    """One of the two programs."""

    def __init__(self, program: Program, folder: Path, closed: int) -> None:
        self.program, self.seconds, self.steps, self._ahead = program, list[float](), list[int](), 0
        now = datetime.now(UTC)
        fill(program.host.database, closed, program.config.rules.version)
        begin(program)
        written_down(folder, lives(now))
        silence(program, now)
        self.round()
        written_down(folder, later(now))
        for _ in range(3):
            self.round()

    def round(self) -> float:
        self._ahead += 2
        began = time.process_time()
        work(self.program, timedelta(minutes=self._ahead))
        return time.process_time() - began

    def measure(self) -> None:
        self.seconds.append(self.round())
        with counting(self.program.host.database) as steps:
            self.round()
        self.steps.append(steps.hundreds * 100)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--closed", type=int, default=500_000, help="how many tickets were closed")
    parser.add_argument("--rounds", type=int, default=11, help="how often each side does its round")
    given = parser.parse_args()
    closed = given.closed
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="tierwatch-bench-") as name, ExitStack() as stack:
        sides = []
        for number in (1, closed):
            folder = Path(name) / str(number)
            folder.mkdir()
            sides.append(Side(stack.enter_context(built(folder, Peers())), folder, number))
        for _ in range(given.rounds):
            for side in sides:
                side.measure()
        rows = sum(sizes(sides[1].program.host.database).values())
    seconds = [statistics.median(side.seconds) for side in sides]
    steps = [statistics.median(side.steps) for side in sides]
    table = Table(title=f"A round of every part beside {rows:,} rows of what is over")
    for column in ("closed tickets", "processor s", "steps of SQLite"):
        table.add_column(column, justify="right")
    for number, second, step in zip((1, closed), seconds, steps, strict=True):
        table.add_row(f"{number:,}", f"{second:.4f}", f"{step:,.0f}")
    table.add_row("ratio", f"{seconds[1] / seconds[0]:.2f}", f"{steps[1] / steps[0]:.2f}")
    Console(width=120).print(table)
    figures = {"closed": closed, "rows": rows, "seconds": seconds, "steps": steps}
    machine = {"python": platform.python_version(), "processor": platform.machine(), "load_before": round(load, 1)}
    print(json.dumps({"closed_rows": figures, **machine}))


if __name__ == "__main__":
    main()
