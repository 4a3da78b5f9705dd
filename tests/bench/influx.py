"""Measure how many points a second get into a real VictoriaMetrics and a real InfluxDB 1.8, and what bounds it.

For each database, with transitions of many groups:

- *all the way*: rows of a real store are read, made into points, written as lines, compressed, sent and answered, as
  `tierwatch influx backfill` does it;
- *the exporter*: the same without the store;
- *the database alone*: bodies that were made before are sent, one after the other, so that this is what it can take;
- *lines*: points are made and written as lines, and not sent; beside it the library's lines.

Rates are points a second of the wall clock, the best of several rounds; beside them is the processor time of this
process and of the database for each point. Databases that are not installed are left out, and that is said.

    python -m tests.bench.influx [--points 200000] [--rounds 3] [--lines 1000,5000,20000] [--levels 1,3,6] [--markdown]
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests
from rich.console import Console

from exporters.line_protocol import line
from exporters.points import of_transition
from exporters.push import influxdb as module
from monitor.store import Exports
from monitor.store.database import Database
from monitor.store.exports import StoredTransition
from tests.bench.growth import NONE, show
from tests.support import time_series
from tests.support.transitions import AT, ONE, store

TIERS = ("diamond", "gold", "silver", "bronze", "standard")
TARGETS = ("accept", "restore", "feedback", "resolve")
KINDS = ("started", "paused", "resumed", "at_risk", "met", "breached", "crossed")
PORTION = 5_000
FAR = datetime(2000, 1, 1, tzinfo=UTC)

GOALS = {"VictoriaMetrics": "50,000", "InfluxDB 1.8": "20,000"}
"""Points a second by database."""
WHOLE = ("the exporter", "all the way")
"""What is to keep them."""


def transitions(number: int) -> list[StoredTransition]:
    """Transitions of 560 groups, a second apart, as a desk with several sources has them."""
    return [
        ONE._replace(
            id=n + 1, source=("corp", "circuits", "desk", "south")[n % 4], subject=f"TT2026-{n % 50_000:07}",
            tier=TIERS[n % 5], target=TARGETS[n // 5 % 4], kind=KINDS[n // 20 % 7], stage="", because=f"corp-{n:09}",
            at=AT + timedelta(seconds=n, microseconds=n % 1_000_000),
        )
        for n in range(number)
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """Points a second, and microseconds of a processor for each point: ours, and those of the database."""

    rate: float
    ours: float
    theirs: float | None = None


def best(rounds: int, points: int, work: Callable[[], None], process: int | None = None) -> Figure:
    """The fastest round."""
    found = []
    for _ in range(rounds):
        theirs, ours, began = used(process), time.process_time(), time.perf_counter()
        work()
        took = time.perf_counter() - began
        ours, after = time.process_time() - ours, used(process)
        each = None if theirs is None or after is None else (after - theirs) / points * 1e6
        found.append(Figure(points / took, ours / points * 1e6, each))
    return max(found, key=lambda one: one.rate)


def used(process: int | None) -> float | None:
    """Seconds of a processor that another process has used."""
    if process is None:
        return None
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def of_the_library(row: StoredTransition) -> str:
    """The line as `influxdb-client` makes it."""
    from influxdb_client.client.write.point import Point

    point = of_transition(row)
    made = Point(point.measurement)
    for name, text in point.tags.items():
        made.tag(name, text)
    for name, value in point.fields.items():
        made.field(name, value)
    return str(made.time(point.time).to_line_protocol())


def ours(row: StoredTransition) -> str:
    return line(of_transition(row))


def write(rows: Sequence[StoredTransition], written: Callable[[StoredTransition], str]) -> None:
    for row in rows:
        written(row)


def bodies(rows: Sequence[StoredTransition], lines: int, level: int) -> list[bytes]:
    texts = [line(of_transition(row)) for row in rows]
    return [
        gzip.compress("\n".join(texts[start : start + lines]).encode(), compresslevel=level, mtime=0)
        for start in range(0, len(texts), lines)
    ]


def send(url: str, bucket: str, made: Sequence[bytes]) -> None:
    """Send prepared bodies by one connection."""
    headers = {"Content-Type": "text/plain; charset=utf-8", "Content-Encoding": "gzip"}
    query = {"org": "-", "bucket": bucket, "precision": "ns"}
    with requests.Session() as session:
        for body in made:
            answer = session.post(f"{url}/api/v2/write", params=query, data=body, headers=headers, timeout=600)
            assert answer.status_code == 204, answer.text


def export(exporter: module.InfluxDB, rows: Sequence[StoredTransition]) -> None:
    for start in range(0, len(rows), PORTION):
        refused = exporter.export([of_transition(row) for row in rows[start : start + PORTION]], AT)
        assert not refused, refused[0]


def backfill(exporter: module.InfluxDB, exports: Exports) -> None:
    for rows in exports.since(FAR, PORTION):
        refused = exporter.export([of_transition(row) for row in rows], AT)
        assert not refused, refused[0]


def servers(folder: Path, console: Console) -> Iterator[tuple[str, Any]]:
    """Each database that is installed, for as long as it is looked at."""
    for name, start in (("VictoriaMetrics", time_series.victoria_metrics), ("InfluxDB 1.8", time_series.influxdb)):
        with ExitStack() as running:
            place = folder / name.replace(" ", "-")
            place.mkdir()
            try:
                server = running.enter_context(start(place))
            except pytest.skip.Exception as why:
                console.print(f"{name} is left out: {why}")
                continue
            yield name, server


def numbers(text: str) -> tuple[int, ...]:
    return tuple(int(one) for one in text.split(","))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--lines", type=numbers, default=(module.MOST_LINES,), help="lines of a body, several to compare"
    )
    parser.add_argument(
        "--levels", type=numbers, default=(module.GZIP_LEVEL,), help="levels of gzip, several to compare"
    )
    parser.add_argument("--markdown", action="store_true", help="the table as Markdown")
    given = parser.parse_args()
    console, rows = Console(width=140), transitions(given.points)
    table = [["database", "what", "points/s", "goal", "processor here, µs a point", "there, µs a point"]]
    found: dict[str, Any] = {"points": given.points, "python": platform.python_version(), "cores": os.cpu_count()}

    def note(database: str, what: str, figure: Figure) -> None:
        theirs = "–" if figure.theirs is None else f"{figure.theirs:.1f}"
        goal = GOALS.get(database, NONE) if what in WHOLE else NONE
        table.append([database, what, f"{figure.rate:,.0f}", goal, f"{figure.ours:.1f}", theirs])
        found[f"{database}: {what}"] = {"rate": figure.rate, "ours": figure.ours, "theirs": figure.theirs}

    some = rows[:20_000]
    note("–", "lines", best(given.rounds, len(some), lambda: write(some, ours)))
    note("–", "the library's lines", best(given.rounds, len(some), lambda: write(some, of_the_library)))
    with tempfile.TemporaryDirectory() as place:
        database = Database(f"sqlite:///{place}/store.db")
        store(database, rows)
        exports = Exports(database)
        for name, server in servers(Path(place), console):
            options, process = server.options, server.process
            exporter = module.build(module.Config(**options))
            for lines in given.lines:
                for level in given.levels:
                    made = bodies(rows, lines, level)
                    size = sum(map(len, made)) / len(rows)
                    what = f"the database alone, {lines:,} lines, gzip {level}, {size:.0f} bytes a point"
                    alone = partial(send, server.url, options["bucket"], made)
                    note(name, what, best(given.rounds, len(rows), alone, process))
            note(name, "the exporter", best(given.rounds, len(rows), partial(export, exporter, rows), process))
            note(name, "all the way", best(given.rounds, len(rows), partial(backfill, exporter, exports), process))
        database.close()
    show(f"{given.points:,} points", table, given.markdown)
    print(json.dumps(found, ensure_ascii=False))


if __name__ == "__main__":
    main()
