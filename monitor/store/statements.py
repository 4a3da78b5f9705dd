"""Build the few statements whose form differs between databases, and count in the transaction of what is counted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from monitor.model import SubjectKey
from monitor.store.schema import counters


def put(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, or overwrite those that have the same primary key."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    statement = insert(connection, table)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), list(rows))


def put_new(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows; those whose primary key is there already are left as they are."""
    if rows:
        connection.execute(insert(connection, table).on_conflict_do_nothing(), list(rows))


Counted = tuple[str, tuple[tuple[str, str], ...]]
"""A counter's name and labels."""

Counts = Counter[Counted]


def counted(name: str, **labels: str) -> Counted:
    return name, tuple(sorted(labels.items()))


def count(connection: sa.Connection, name: str, labels: Mapping[str, str], amount: int = 1) -> None:
    """Add to a counter; it is remembered if, and only if, the transaction is."""
    count_all(connection, Counter({counted(name, **labels): amount}))


def count_all(connection: sa.Connection, counts: Counts) -> None:
    """Add to many counters."""
    if not counts:
        return
    rows = [{"name": name, "labels": dict(labels), "value": amount} for (name, labels), amount in counts.items()]
    statement = insert(connection, counters)
    added = {"value": counters.c.value + statement.excluded.value}
    connection.execute(statement.on_conflict_do_update(index_elements=["name", "labels"], set_=added), rows)


def insert(connection: sa.Connection, table: sa.Table) -> Any:
    """The dialect's INSERT, which knows ON CONFLICT."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table)


def of_subjects(
    connection: sa.Connection, table: sa.Table, keys: Iterable[SubjectKey], only: sa.ColumnElement[bool] | None = None
) -> Iterator[Any]:
    """The rows of a table that belong to any of *keys*, and for which *only* holds."""
    by_source: dict[str, list[str]] = defaultdict(list)
    for key in keys:
        by_source[key.source].append(key.subject)
    for source, names in by_source.items():
        mine = (table.c.source == source) & table.c.subject.in_(names)
        yield from connection.execute(sa.select(table).where(mine if only is None else mine & only))


def key_of(row: Any) -> SubjectKey:
    """The subject that a row belongs to."""
    return SubjectKey(row.source, row.subject)
