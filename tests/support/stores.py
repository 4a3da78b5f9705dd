"""The databases that the store is held to, and what tests of the store do with one.

`DATABASES` has one entry for each database. A further one is a class with the same three methods.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa

from monitor.alert.alert import Alert, Channel, Delivery, Reason
from monitor.clock import engine
from monitor.clock.engine import Outcome
from monitor.history.batch import Batch
from monitor.history.events import Event, Reject
from monitor.model import SubjectKey
from monitor.store.clocks import Clocks
from monitor.store.database import Database, readonly
from monitor.store.outcomes import Step
from monitor.store.schema import metadata
from monitor.store.views import Views
from tests.support.cases import at, rules
from tests.support.to_all import ToAll

STATE, QUEUE = Channel("am/0", Delivery.STATE), Channel("log", Delivery.QUEUE)
KEY = SubjectKey("tickets", "T1")
SOURCES = ("tickets",)


class Kind(Protocol):
    """A database that the store can live in."""

    def empty(self, folder: Path) -> str:
        """The address of a database in which there is nothing yet, not even a table."""
        ...

    def refuse_rows(self, connection: sa.Connection, table: str) -> None:
        """Let every insertion into a table fail, in the transactions after this one."""
        ...

    def accept_rows(self, connection: sa.Connection, table: str) -> None:
        """Take that back."""
        ...


class Sqlite:
    """A file of SQLite."""

    def empty(self, folder: Path) -> str:
        return f"sqlite:///{folder}/store.db"

    def refuse_rows(self, connection: sa.Connection, table: str) -> None:
        refuses = "BEGIN SELECT RAISE(ABORT, 'refused'); END"
        connection.execute(sa.text(f"CREATE TRIGGER no_{table} BEFORE INSERT ON {table} {refuses}"))

    def accept_rows(self, connection: sa.Connection, table: str) -> None:
        connection.execute(sa.text(f"DROP TRIGGER no_{table}"))


DATABASES: Mapping[str, Kind] = {"sqlite": Sqlite()}


@dataclass(slots=True)
class Place:
    """Where one test has its store: it can be opened, closed and opened again, and looked at from beside."""

    kind: Kind
    url: str
    opened: Database

    def restart(self) -> Database:
        """The program ends and begins again."""
        self.opened.close()
        self.opened = Database(self.url)
        return self.opened

    def beside(self) -> Database:
        """The same database as another process has it that only looks."""
        return readonly(self.url)

    def refuse_rows(self, table: str) -> None:
        with self.opened.write() as connection:
            self.kind.refuse_rows(connection, table)

    def accept_rows(self, table: str) -> None:
        with self.opened.write() as connection:
            self.kind.accept_rows(connection, table)

    def content(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table."""
        with self.opened.read() as connection:
            return {
                table.name: sorted((tuple(row) for row in connection.execute(sa.select(table))), key=repr)
                for table in metadata.sorted_tables
            }


def batch(*events: Event, rejects: Sequence[Reject] = (), position: Mapping[str, Any] | None = None) -> Batch:
    return Batch(events, rejects, position or {"n": 1})


def advance(
    database: Database,
    now: datetime,
    channels: Sequence[Channel] = (STATE, QUEUE),
    alerts: Sequence[Alert] = (),
    key: SubjectKey = KEY,
) -> Outcome:
    """The engine reads T1, or another subject, and its outcome is stored, with these alerts."""
    clocks = Clocks(database)
    loaded = clocks.load([key])
    outcome = engine.advance(loaded[0].events, loaded[0].transitions, rules(), now)
    clocks.commit([Step(loaded[0], outcome, tuple(alerts), now)], ToAll(tuple(channels)), "r1", at(0), now)
    return outcome


def alert(stage: str = "used_75", reason: Reason = Reason.FIRST, resolved: datetime | None = None) -> Alert:
    return Alert(
        {"alertname": "X", "stage": stage}, {"summary": "s"}, at(1), resolved, reason, KEY, "restore", 1, stage
    )


def counted(database: Database, name: str) -> float:
    return sum(count.value for count in Views(database).counts() if count.name == name)
