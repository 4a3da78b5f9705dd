"""Change many rows in an upgrade a few thousand at a time, each time in a transaction of its own.

A migration names such changes in `CHANGES`, beside `upgrade`, which changes the schema. `upgrade` is one transaction;
it also notes that the changes are to be made. Until they are, no version of tierwatch takes the database for up to
date. A stopped upgrade begins a change again at the first row, so **a change that is made twice must be as one that is
made once**: let its condition leave out the rows that have it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from monitor.store import digests

PORTION = 10_000
"""Rows of a portion: a fraction of a second, and some MB of SQLite's log."""

RANGE = "rowid > :after AND rowid <= :until"
"""The rows of a portion, in every statement of a change."""

_KEY = "upgrading"


@dataclass(frozen=True, slots=True)
class Change:
    """A statement that changes or deletes rows of a table, in whose condition RANGE stands."""

    table: str
    statement: str


def note(connection: sa.Connection, revision: str) -> None:
    """Note that the changes of a revision are to be made, in the transaction that makes its schema."""
    connection.execute(sa.text("INSERT INTO meta (key, value) VALUES (:key, :of)"), {"key": _KEY, "of": revision})


def noted(connection: sa.Connection) -> str | None:
    """The revision whose changes are still to be made."""
    found = connection.scalar(sa.text("SELECT value FROM meta WHERE key = :key"), {"key": _KEY})
    return None if found is None else str(found)


def make(
    connection: sa.Connection, changes: Sequence[Change], done: Callable[[str, int], None], at_last: Sequence[str] = ()
) -> None:
    """Make the changes, a portion in a transaction, and forget the note. *done* gets the table and rows of each.

    The statements *at_last* are in the transaction that forgets the note, so that they are made once.
    """
    digests.teach(connection.connection.driver_connection)
    for change in changes:
        after = _first(connection, change.table)
        while (until := _until(connection, change.table, after)) is not None:
            with connection.begin():
                connection.execute(sa.text(change.statement), {"after": after, "until": until[0]})
            after = until[0]
            done(change.table, until[1])
    with connection.begin():
        for statement in at_last:
            connection.execute(sa.text(statement))
        connection.execute(sa.text("DELETE FROM meta WHERE key = :key"), {"key": _KEY})


def make_at_once(connection: sa.Connection, changes: Sequence[Change], at_last: Sequence[str] = ()) -> None:
    """Make the changes in the transaction of whoever calls: where Alembic runs by itself, as in tests."""
    digests.teach(connection.connection.driver_connection)
    for change in changes:
        last = connection.scalar(sa.text(f"SELECT max(rowid) FROM {change.table}"))
        if last is not None:
            first = connection.scalar(sa.text(f"SELECT min(rowid) FROM {change.table}"))
            connection.execute(sa.text(change.statement), {"after": first - 1, "until": last})
    for statement in at_last:
        connection.execute(sa.text(statement))


def last_of(module: Any) -> tuple[str, ...]:
    """What a migration names in `AT_LAST`: statements that come after its changes, such as one that drops a table."""
    return tuple(getattr(module, "AT_LAST", ()))


def changes_of(module: Any) -> tuple[Change, ...]:
    """What a migration names in `CHANGES`."""
    return tuple(getattr(module, "CHANGES", ()))


def _first(connection: sa.Connection, table: str) -> int:
    with connection.begin():
        first = connection.scalar(sa.text(f"SELECT min(rowid) FROM {table}"))
    return 0 if first is None else int(first) - 1


def _until(connection: sa.Connection, table: str, after: int) -> tuple[int, int] | None:
    """The last rowid of the next portion and its rows; None where there is none left."""
    rows = f"SELECT rowid FROM {table} WHERE rowid > :after ORDER BY rowid LIMIT :most"
    with connection.begin():
        found = connection.execute(
            sa.text(f"SELECT max(rowid), count(*) FROM ({rows})"), {"after": after, "most": PORTION}
        ).one()
    return None if found[0] is None else (int(found[0]), int(found[1]))
