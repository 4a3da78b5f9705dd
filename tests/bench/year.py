"""Measure a year: whether the database and an idle second cost as much after twelve months as after four.

The real program without its threads lives through the year on a machine whose clocks are moved, with `keep` on. A desk
of some tickets and circuits is its source (`tests/support/yearly_desk.py`), a webhook and an Alertmanager on loopback
are its receivers. In each step it polls, judges, pages, escalates, repeats, asks its receivers and audits once, and it
sweeps once a day. On the first of each month, between 4 and 5 o'clock, while the desk is silent, it is measured.

    python -m tests.bench.year [--tickets 100000] [--circuits 2000] [--months 12] [--step 180]
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
import structlog
from rich.console import Console
from rich.table import Table

from monitor.store.schema import cursors
from tests.support.flatness import Figures, Rounds, growth, measured, slope
from tests.support.moved_program import SOURCE, MovedProgram, living
from tests.support.yearly_desk import BEGINS

POLICY = Path(__file__).with_suffix(".yml")
KEEP = "{events: 60d, transitions: 50d, pages: 40d, quarantine: 14d}"
AT = timedelta(hours=4, minutes=10)
"""When it is measured: the desk is silent from four to five."""

DAY = timedelta(days=1)
STEADY = 3
"""So many months are left out: what is kept has not reached its age before."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much happens in a year, how long it is lived, and how much time each step takes."""

    tickets: int = 100_000
    circuits: int = 2_000
    outages: int = 5
    months: int = 12
    step: timedelta = timedelta(hours=3)
    keep: str = KEEP
    stuck: int = 20

    @property
    def options(self) -> str:
        return f"{{tickets: {self.tickets}, circuits: {self.circuits}, outages: {self.outages}, stuck: {self.stuck}}}"


def firsts(months: int) -> list[datetime]:
    """The first day of each month after those that are lived."""
    found, at = [], BEGINS
    for _ in range(months):
        at = (at + 31 * DAY).replace(day=1)
        found.append(at)
    return found


def lived(
    folder: Path, size: Size, rounds: Rounds, sweep: Callable[[MovedProgram], None] = MovedProgram.sweep
) -> Iterator[tuple[MovedProgram, Figures]]:
    """Live through the months; at the end of each the program, between two steps, and what was measured of it."""
    with living(folder, POLICY.read_text(encoding="utf-8"), size.options, size.keep, BEGINS) as program:
        for first in firsts(size.months):
            while program.clock.now < first:
                program.step(min(size.step, first - program.clock.now))
                if program.clock.now.hour < size.step / timedelta(hours=1):
                    sweep(program)
            program.step(first + AT - program.clock.now)
            yield program, measured(f"{first - DAY:%Y-%m}", folder / "year.db", program, rounds)
            program.step(first + timedelta(hours=5) - program.clock.now)


def listed_again(program: MovedProgram) -> int:
    """Let the source list everything once more; gives how many events were taken in for new."""
    before = _taken_in(program)
    with program.database.write() as connection:
        connection.execute(sa.update(cursors).where(cursors.c.source == SOURCE).values(position={}))
    program.poll()
    return _taken_in(program) - before


def _taken_in(program: MovedProgram) -> int:
    counts = program.program.host.views.counts()
    return sum(one.value for one in counts if one.name == "tierwatch_events_total")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    usual = Size()
    for name in ("tickets", "circuits", "outages", "months", "stuck"):
        parser.add_argument(f"--{name}", type=int, default=getattr(usual, name))
    parser.add_argument("--step", type=int, default=180, help="minutes of each step")
    parser.add_argument("--keep", default=usual.keep, help="the key `keep` of the configuration")
    given = parser.parse_args()
    size = Size(**{**vars(given), "step": timedelta(minutes=given.step)})
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    console, began, load = Console(width=170), time.process_time(), os.getloadavg()[0]
    found: list[Figures] = []
    new = -1
    with tempfile.TemporaryDirectory(prefix="tierwatch-bench-") as name:
        for program, figures in lived(Path(name), size, Rounds()):
            found.append(figures)
            print(f"{time.process_time() - began:.0f} s", json.dumps(asdict(figures)), flush=True)
            if len(found) == size.months:
                new = listed_again(program)
    seconds = time.process_time() - began
    console.print(by_month(found, size))
    console.print(by_table(found))
    console.print(f"{seconds:.0f} s of processor time. Listed once more at the end, {new} events were taken for new.")
    machine = {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version, "processor": platform.machine()}
    figures_of = [asdict(one) for one in found]
    print(json.dumps({"year": {"seconds": seconds, "new_at_the_end": new, "months": figures_of}, "load_before": load,
                      **machine}))  # fmt: skip


def by_month(found: Sequence[Figures], size: Size) -> Table:
    table = Table(title=f"{size.tickets:,} tickets and {size.circuits:,} circuits a year, keep {size.keep}")
    for column in ("month", "rows", "file MB", "live", "free", "log", "memory MB", "open clocks", "firing",
                   "second ms", "steps", "minute ms", "steps", "scrape ms"):  # fmt: skip
        table.add_column(column, justify="left" if column == "month" else "right")
    for one in found:
        sizes = (one.file, one.live, one.free, one.log, one.memory)
        table.add_row(
            one.month, f"{one.rows:,}", *(f"{size / 1e6:,.1f}" for size in sizes), f"{one.open_clocks:,}",
            f"{one.firing:,}", f"{one.second_ms:.1f}", f"{one.second_steps:,}", f"{one.minute_ms:.1f}",
            f"{one.minute_steps:,}", f"{one.scrape_ms:.1f}",
        )  # fmt: skip
    steady = found[STEADY:]
    columns = ("rows", "file", "live", "free", "log", "memory", "open_clocks", "firing", "second_ms", "second_steps",
               "minute_ms", "minute_steps", "scrape_ms")  # fmt: skip
    grown = (f"{100 * growth([getattr(one, name) for one in steady]):+.1f} %" for name in columns)
    table.add_row("a month", *grown)
    return table


def by_table(found: Sequence[Figures]) -> Table:
    """Rows of each table in some months; what a month adds once nothing but what is kept for good should grow."""
    steady = found[STEADY:]
    shown = [*found[:: max(1, len(found) // 6)]]
    table = Table(title="Rows of each table, and what a year adds after the first four months")
    for column in ("table", *(one.month for one in shown), "rows a month", "MB a year", "bytes a row"):
        table.add_column(column, justify="left" if column == "table" else "right")
    for name in sorted(found[-1].tables, key=lambda name: -found[-1].tables[name].size):
        rows = [one.tables[name].rows for one in steady]
        sizes = [one.tables[name].size for one in steady]
        last = found[-1].tables[name]
        table.add_row(
            name, *(f"{one.tables[name].rows:,}" for one in shown), f"{100 * growth(rows):+.1f} %",
            f"{12 * slope(sizes) / 1e6:+,.2f}", f"{last.size / last.rows:,.0f}" if last.rows else "",
        )  # fmt: skip
    return table


if __name__ == "__main__":
    main()
