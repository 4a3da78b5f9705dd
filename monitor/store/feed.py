"""Read transitions in the order in which they were committed, from any position on, for whoever looks on.

A position is a row's number and the instant at which it was recorded. SQLite may give the number of a deleted newest
row once more: where the row of a position is gone or is another one, nobody can say what came after it.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from monitor.store.database import Database
from monitor.store.exports import StoredTransition
from monitor.store.schema import subjects, transitions


class Position(NamedTuple):
    """A row of the transitions, and when it was recorded; `recorded_at` is None before the first one."""

    id: int
    recorded_at: datetime | None = None


class Fed(NamedTuple):
    """A transition, and the customer of its subject as it is known now; empty where none is."""

    row: StoredTransition
    customer: str

    @property
    def position(self) -> Position:
        return Position(self.row.id, self.row.recorded_at)


class Feed:
    """The side of the store for those who look on."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def newest(self) -> Position:
        """The position behind everything that is committed."""
        with self._database.read() as connection:
            return newest_position(connection)

    def after(self, position: Position, limit: int) -> tuple[list[Fed], Position] | None:
        """The next transitions behind a position, and the newest position; None where the position is none any more."""
        with self._database.read() as connection:
            if not _stands(connection, position):
                return None
            mine = transitions.c.id > position.id
            rows = connection.execute(_WITH_CUSTOMER.where(mine).order_by(transitions.c.id).limit(limit)).all()
            newest = newest_position(connection)
        return [Fed(StoredTransition(*row[:-1]), (row.attributes or {}).get("customer", "")) for row in rows], newest


def _stands(connection: sa.Connection, position: Position) -> bool:
    if position.recorded_at is None:
        return True
    there = connection.scalar(sa.select(transitions.c.recorded_at).where(transitions.c.id == position.id))
    return there == position.recorded_at


def newest_position(connection: sa.Connection) -> Position:
    """The position behind everything that is committed."""
    row = connection.execute(_NEWEST).first()
    return Position(0) if row is None else Position(row.id, row.recorded_at)


_NEWEST = sa.select(transitions.c.id, transitions.c.recorded_at).where(
    transitions.c.id == sa.select(sa.func.max(transitions.c.id)).scalar_subquery()
)
_SUBJECT = (subjects.c.source == transitions.c.source) & (subjects.c.subject == transitions.c.subject)
_WITH_CUSTOMER = sa.select(transitions, subjects.c.attributes).join(subjects, _SUBJECT, isouter=True)
