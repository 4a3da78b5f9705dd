"""Measure what a database and a second of the program cost, and what of it grows from month to month."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from monitor.store.database import Database
from monitor.store.schema import metadata
from tests.support.closed_rows import counting
from tests.support.moved_program import MovedProgram


@dataclass(frozen=True, slots=True)
class Rounds:
    """How often each is done for one figure, which is the median."""

    seconds: int = 11
    minutes: int = 5
    scrapes: int = 3


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its rows, and the bytes of its pages with those of its indexes."""

    rows: int
    size: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured at one instant. Bytes, milliseconds of processor time, steps of SQLite's machine."""

    month: str
    file: int
    live: int
    free: int
    log: int
    memory: int
    tables: Mapping[str, Table]
    open_clocks: int
    firing: int
    second_ms: float
    second_steps: int
    minute_ms: float
    minute_steps: int
    scrape_ms: float
    scrape_bytes: int

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values())


def measured(month: str, path: Path, moved: MovedProgram, rounds: Rounds) -> Figures:
    """Measure now. The clock goes on by some minutes, in which the source says nothing."""
    gc.collect()
    seconds = _each(moved.database, rounds.seconds, moved.second)
    minutes = _each(moved.database, rounds.minutes, moved.minute)
    scrapes = []
    for _ in range(rounds.scrapes):
        moved.second()
        moved.second()
        began = time.process_time()
        text = moved.scrape()
        scrapes.append(time.process_time() - began)
    with moved.database.read() as connection:
        size, pages, free = (
            connection.exec_driver_sql(f"PRAGMA {name}").scalar() or 0
            for name in ("page_size", "page_count", "freelist_count")
        )
        open_clocks, firing = (
            connection.scalar(sa.text(f"SELECT count(*) FROM {what}")) or 0
            for what in ("readings WHERE open", "alerts WHERE resolved_at IS NULL")
        )
    return Figures(
        month, path.stat().st_size, (pages - free) * size, free * size, Path(f"{path}-wal").stat().st_size, resident(),
        tables(moved.database), open_clocks, firing, *seconds, *minutes, 1000 * statistics.median(scrapes), len(text),
    )  # fmt: skip


def _each(database: Database, number: int, work: Callable[[], None]) -> tuple[float, int]:
    """Milliseconds of processor time and steps of SQLite's machine; the medians, each of rounds of its own."""
    taken, steps = [], []
    for _ in range(number):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
        with counting(database) as found:
            work()
        steps.append(100 * found.hundreds)
    return 1000 * statistics.median(taken), round(statistics.median(steps))


def tables(database: Database) -> dict[str, Table]:
    """Every table. Reads the whole file; where SQLite cannot say the bytes they are 0."""
    query = sa.text(
        "SELECT m.tbl_name, sum(s.pgsize) FROM dbstat AS s JOIN sqlite_master AS m ON m.name = s.name"
        " GROUP BY m.tbl_name"
    )
    found = {}
    with database.read() as connection:
        try:
            sizes = {name: size for name, size in connection.execute(query)}
        except sa.exc.OperationalError:
            sizes = {}
        for table in metadata.sorted_tables:
            rows = connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            found[table.name] = Table(rows, sizes.get(table.name, 0))
    return found


def resident() -> int:
    """Bytes of memory of this process."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


def slope(values: Sequence[float]) -> float:
    """By how much the values grow from one to the next, by the straight line that fits them best."""
    return statistics.linear_regression(range(len(values)), values).slope if len(values) > 1 else 0.0


def growth(values: Sequence[float]) -> float:
    """The same as a part of their mean."""
    mean = statistics.mean(values) if values else 0.0
    return slope(values) / mean if mean else 0.0
