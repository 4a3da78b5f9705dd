"""A service desk whose first poll does not end until a file says so: one ticket that soon breaches, then fresh ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from monitor.collectors import jsonl_file
from monitor.history import Batch, Collector, Cursor, Event
from monitor.model import SubjectKind

MAPPING = jsonl_file.MAPPING

BATCH = 500
MOST = 300
"""Batches after which it gives up."""

BUDGET = timedelta(hours=4)
"""What a gold ticket may take."""


@dataclass(frozen=True, slots=True)
class Config:
    """A folder: the file `enough` in it ends the poll, and `batches` says how many there were then."""

    folder: Path


@dataclass(slots=True)
class EndlessDesk:
    """Says everything in one poll, and nothing after that."""

    config: Config

    def poll(self, cursor: Cursor) -> Iterable[Batch]:
        if cursor.position:
            return
        soon = cursor.now - BUDGET + timedelta(seconds=5)
        yield Batch([_ticket(cursor, "DUE", soon)], [], {})
        number = 0
        while number < MOST and not (number and (self.config.folder / "enough").exists()):
            names = (f"F{number:04}-{n:03}" for n in range(BATCH))
            yield Batch([_ticket(cursor, name, cursor.now) for name in names], [], {})
            number += 1
        (self.config.folder / "counted").write_text(str(number))
        (self.config.folder / "counted").rename(self.config.folder / "batches")  # whoever sees it reads all of it
        yield Batch([], [], {"over": True})


def _ticket(cursor: Cursor, name: str, at: datetime) -> Event:
    return Event(cursor.source, name, SubjectKind.TICKET, name, at, 0, "opened", None, False, None, {"tier": "gold"})


def build(config: Config) -> Collector:
    """A desk for one folder."""
    return EndlessDesk(config)
