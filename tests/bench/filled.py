"""A store with very many open clocks, filled once by the real program, and lives of the program on copies of it.

Two sources are read from files. `tickets` has the clocks that the store is filled with, `news` what a measurement lets
happen. Of the tiers only gold crosses anything while something is measured; the others cross their first stage hours
later. A life has a port, a real Alertmanager with `group_wait: 0s` and a webhook behind that; everything that was
started for it is ended with it.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from monitor.history.event_json import event_to_json
from monitor.history.events import Event
from monitor.model import SubjectKind
from tests.bench.watching import Heard
from tests.support import alertmanager
from tests.support.installations import to_alertmanager
from tests.support.peers import HANGING
from tests.support.ports import free_port
from tests.support.program import Tierwatch

TIERS = ("diamond", "silver", "bronze", "standard")
"""Those of the tickets that the store is filled with."""

CROSSES = timedelta(hours=18)
"""What of the budget of 24 hours is used when the first stage is crossed: three quarters."""

LONGEST = 3 * 3600.0
"""Seconds after which the program is killed that is still needed for one measurement."""

POLICY = """
policy: scale
version: "{version}"
effective_from: 2026-01-01
name: {{en: Scale}}
ladders:
  tier:
    - {{id: diamond, en: Diamond}}
    - {{id: gold, en: Gold}}
    - {{id: silver, en: Silver}}
    - {{id: bronze, en: Bronze}}
    - {{id: standard, en: Standard}}
calendars:
  always: {{zone: Asia/Shanghai, hours: 24x7}}
targets:
  restore:
    name: {{en: Restoration}}
    start: [opened, accepted, held]
    stop: [restored, closed]
    budgets:
      - {{when: {{tier: gold}}, budget: 24h, source: test}}
      - {{when: {{tier: [diamond, silver, bronze, standard]}}, budget: {budget}, source: test}}
"""

CONFIGURATION = """
instance: scale
zone: Asia/Shanghai
database: flow.db
listen: 127.0.0.1:{port}
policy: policy.yml
sources:
  tickets: {{type: jsonl_file, every: 1s, at_most: 2s, options: {{path: "{tickets}"}}}}
  news: {{type: jsonl_file, every: 1s, at_most: 2s, options: {{path: "news.jsonl"}}}}
receivers:
  am: {receiver}
"""

_number = count()


def ticket(name: str, crosses: float, tier: str = "gold", circuit: str = "", source: str = "news") -> Event:
    """The first entry of a ticket whose first stage is crossed at that instant, in seconds since 1970."""
    opened = datetime.fromtimestamp(crosses, UTC) - CROSSES
    fields = {"tier": tier, "customer": f"Customer of {name}", "team": "NOC", "circuit": circuit or f"line {name}"}
    return Event(source, f"{name}#1", SubjectKind.TICKET, name, opened, 0, "accepted", None, False, opened, fields)


def later(entry: Event, status: str) -> Event:
    """The second entry of a ticket, a minute after the first."""
    return replace(entry, event_id=f"{entry.subject}#2", at=entry.at + timedelta(minutes=1), status=status)


def far(numbers: Iterable[int], since: float) -> Iterator[Event]:
    """The tickets of the fill with these numbers: from *since* on, none crosses anything for eight hours."""
    for n in numbers:
        yield ticket(f"F{n:08}", since + 8 * 3600 + n % 30_000, TIERS[n % len(TIERS)], source="tickets")


def append(path: Path, events: Iterable[Event]) -> None:
    """Write them, all at once for whoever reads the file, as long as they are fewer than a few thousand."""
    with path.open("a", encoding="utf-8", buffering=1 << 20) as out:
        for event in events:
            out.write(json.dumps(event_to_json(event)) + "\n")


class Looking:
    """Looks into the program's store beside it, each time with a short transaction."""

    def __init__(self, database: Path) -> None:
        self.path = database

    def first(self, query: str, *values: Any) -> Any:
        """The first column of the first row; None where there is none."""
        with closing(sqlite3.connect(self.path, timeout=60, isolation_level=None)) as connection:
            row = connection.execute(query, values).fetchone()
        return None if row is None else row[0]

    def position(self, source: str = "tickets") -> int:
        """Up to which byte the file of a source has been read."""
        said = self.first("SELECT position FROM cursors WHERE source = ?", source)
        return 0 if said is None else int(json.loads(said).get("offset", 0))

    def stored(self, letter: str) -> int:
        """How many clocks of news there are whose names begin with *letter*."""
        query = "SELECT count(*) FROM readings WHERE source = 'news' AND subject >= ? AND subject < ?"
        return int(self.first(query, letter, chr(ord(letter) + 1)))

    def rows(self) -> int:
        """How many rows all tables have together."""
        with closing(sqlite3.connect(self.path, timeout=60, isolation_level=None)) as connection:
            tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            return sum(connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for (name,) in tables)

    def worked_off(self, source: str = "tickets") -> bool:
        """Whether no subject of a source waits to be judged."""
        return self.first("SELECT 1 FROM touched WHERE source = ? LIMIT 1", source) is None


class Life:
    """One installation in a folder: starts of the program on one database, and who hears of its pages."""

    def __init__(self, folder: Path, tickets: Path, heard: Heard, receiver: str) -> None:
        self.folder, self.heard, self.tickets = folder, heard, tickets
        self.port = free_port()
        self.config, self.news, self.store = (
            folder / "tierwatch.yml",
            folder / "news.jsonl",
            Looking(folder / "flow.db"),
        )
        self.program: Tierwatch | None = None
        self._guard: threading.Timer | None = None
        self.news.touch()
        self.promise()
        text = CONFIGURATION.format(port=self.port, tickets=tickets, receiver=to_alertmanager(receiver))
        self.config.write_text(text, encoding="utf-8")

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self.program is not None
        return self.program.pid

    def promise(self, version: int = 1, budget: str = "24h") -> None:
        """Write the policy; *budget* is that of the tickets of the fill."""
        (self.folder / "policy.yml").write_text(POLICY.format(version=version, budget=budget), encoding="utf-8")

    def spawn(self) -> None:
        """Start the command, and do not wait for it."""
        self.program = program = Tierwatch(self.config, forked=False)
        self._guard = threading.Timer(LONGEST, lambda: program.send(9))
        self._guard.daemon = True
        self._guard.start()

    def start(self) -> None:
        """Start the program; returns when it has read every source once."""
        self.spawn()
        assert self.program is not None
        self.program.address()

    def stop(self) -> None:
        """End the program, as an init system does; harmless where none runs."""
        if self.program is not None and self._guard is not None:
            program, self.program = self.program, None
            program.stop()
            self._guard.cancel()

    def let_happen(self, letter: str, events: Sequence[Event]) -> None:
        """Write events into the news; returns when the clock of each is stored. Their names begin with *letter*."""
        before = self.store.stored(letter)
        append(self.news, events)
        wait(lambda: self.store.stored(letter) >= before + len(events), "the program reads its news", HANGING)


def wait(answer: Callable[[], object], what: str, within: float, every: float = 0.1) -> None:
    """Until there is an answer that is true. Raises TimeoutError."""
    end = time.monotonic() + within
    while not answer():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {within:.0f} s: {what}")
        time.sleep(every)


@dataclass(frozen=True, slots=True)
class Filled:
    """A store that was filled with so many open clocks, closed; and what filling it came to, by name."""

    folder: Path
    clocks: int
    since: float
    """The instant from which on the first stages of its tickets are reckoned (`far`)."""
    figures: Mapping[str, float]

    @property
    def tickets(self) -> Path:
        """The file of the source `tickets`; every copy of the store has read it to its end."""
        return self.folder / "tickets.jsonl"

    @property
    def database(self) -> Path:
        return self.folder / "flow.db"


@contextmanager
def installed(folder: Path, tickets: Path) -> Iterator[Life]:
    """An installation in that folder; the program has not been started, and is ended with the block."""
    folder.mkdir(parents=True, exist_ok=True)
    with Heard() as heard, alertmanager.running(alertmanager.one_receiver(heard.url)) as peer:
        life = Life(folder, tickets, heard, peer.url)
        try:
            yield life
        finally:
            life.stop()


@contextmanager
def copied(filled: Filled) -> Iterator[Life]:
    """An installation on a copy of the filled store, in a folder that is gone afterwards."""
    folder = filled.folder.parent / f"life-{os.getpid()}-{next(_number)}"
    folder.mkdir()
    try:
        shutil.copy(filled.database, folder / "flow.db")
        with installed(folder, filled.tickets) as life:
            yield life
    finally:
        shutil.rmtree(folder)


@contextmanager
def living(filled: Filled) -> Iterator[Life]:
    """The program on a copy of the filled store, started."""
    with copied(filled) as life:
        life.start()
        yield life
