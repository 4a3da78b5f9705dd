"""Build the few statements whose form differs between databases, and count in the transaction of what is counted.

Rows go in past SQLAlchemy's handling of parameters, which takes longer than the database does: a statement is compiled
once, and values are bound here.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from monitor.memory import remembered
from monitor.model import SubjectKey
from monitor.snapshot import OPEN_WORDS, OTHER
from monitor.store.schema import Duration, Instant, Json, counters, encoded, micros, ticks


class _OneOf(FunctionElement[bool]):
    """A column, and a list of values as JSON."""

    type = sa.Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> _OneOf:
        """As it is: `... IN (...) = 1` would be no search in an index."""
        return self


@compiles(_OneOf)
def _as_sql(element: _OneOf, compiler: Any, **options: Any) -> str:
    column, listed = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({listed}))"


def one_of(column: sa.ColumnElement[Any], values: Iterable[str] | Iterable[int]) -> sa.ColumnElement[bool]:
    """Whether a column is one of *values*, however many.

    They are one parameter: a list of parameters is as many, which databases limit, and takes longer to write out than
    to look up. A text with a NUL is never found, and never stored (`sound_batch.py`).
    """
    return _OneOf(column, sa.literal(json.dumps(list(values)), sa.Text()))


class _Present(Enum):
    """What to do where a row with the same primary key is there."""

    FAIL = auto()
    KEEP = auto()
    OVERWRITE = auto()


_FAIL, _KEEP, _OVERWRITE = _Present.FAIL, _Present.KEEP, _Present.OVERWRITE


def put(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, all of the same columns, or overwrite those that have the same primary key."""
    put_bound(connection, table, tuple(rows[0]) if rows else (), bound(table, rows))


def put_bound(
    connection: sa.Connection, table: sa.Table, names: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """The same of rows whose values are already as the database has them, in the order of *names*."""
    _send(connection, table, tuple(names), rows, _OVERWRITE)


def put_new(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, all of the same columns; those whose primary key is there already are left as they are."""
    _send(connection, table, tuple(rows[0]) if rows else (), bound(table, rows), _KEEP)


def add(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, all of the same columns."""
    _send(connection, table, tuple(rows[0]) if rows else (), bound(table, rows), _FAIL)


def bound(table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    """The values of rows as the database has them, in the order of the first row's names."""
    if not rows:
        return []
    columns = []
    for name in rows[0]:
        values, bind = map(itemgetter(name), rows), _bind(table.c[name].type)
        columns.append(values if bind is None else map(bind, values))
    return list(zip(*columns, strict=True))


def _bind(kind: sa.types.TypeEngine[Any]) -> Callable[[Any], Any] | None:
    if isinstance(kind, Instant):
        return micros
    if isinstance(kind, Duration):
        return ticks
    return encoded if isinstance(kind, Json) else None


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement's text, and the names of its parameters in order; None where the driver wants them by name."""

    text: str
    order: tuple[str, ...] | None


@remembered("statements_compiled", 256)
def _compiled(dialect: sa.Dialect, statement: Any, names: tuple[str, ...]) -> _Compiled:
    compiled = statement.compile(dialect=dialect, column_keys=list(names) if isinstance(statement, sa.Insert) else None)
    return _Compiled(str(compiled), tuple(compiled.positiontup) if compiled.positional else None)


@remembered("statements_insert", 256)
def _inserting(name: str, table: sa.Table, names: tuple[str, ...], present: _Present) -> Any:
    statement = insert_of(name, table)
    if present is _KEEP:
        return statement.on_conflict_do_nothing()
    if present is _FAIL:
        return statement
    keys = [column.name for column in table.primary_key]
    changed = {column: statement.excluded[column] for column in names if column not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)


def _send(
    connection: sa.Connection,
    table: sa.Table,
    names: tuple[str, ...],
    rows: Sequence[tuple[Any, ...]],
    present: _Present,
) -> None:
    if rows:
        run(connection, _inserting(connection.dialect.name, table, names, present), names, rows)


def run(connection: sa.Connection, statement: Any, names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> None:
    """Execute a statement once per row; *names* are those of its parameters, rows hold their values as stored.

    The statement is one that is kept (a module's, not one built for the call), for it is compiled once.
    """
    compiled = _compiled(connection.dialect, statement, names)
    given: list[Any] = list(rows)
    if compiled.order is None:
        given = [dict(zip(names, row, strict=True)) for row in rows]
    elif compiled.order != names:
        places = [names.index(name) for name in compiled.order]
        given = [tuple([row[place] for place in places]) for row in rows]
    connection.exec_driver_sql(compiled.text, given)


Counted = tuple[str, tuple[tuple[str, str], ...]]
"""A counter's name and labels."""

Counts = Counter[Counted]


def counted(name: str, **labels: str) -> Counted:
    return name, tuple(sorted(labels.items()))


def count(connection: sa.Connection, name: str, labels: Mapping[str, str], amount: int = 1) -> None:
    """Add to a counter; it is remembered if, and only if, the transaction is."""
    count_all(connection, Counter({counted(name, **labels): amount}))


def count_all(connection: sa.Connection, counts: Counts) -> None:
    """Add to many counters. Where the words of a label are open, so many are kept apart, and the rest is one."""
    if not counts:
        return
    if any(name in _OPEN for name, _ in counts):
        counts = _bounded(connection, counts)
    rows = [{"name": name, "labels": dict(labels), "value": amount} for (name, labels), amount in counts.items()]
    run(connection, _adding(connection.dialect.name), tuple(rows[0]), bound(counters, rows))


@remembered("statements_adding", 4)
def _adding(dialect: str) -> Any:
    statement = insert_of(dialect, counters)
    added = {"value": counters.c.value + statement.excluded.value}
    return statement.on_conflict_do_update(index_elements=["name", "labels"], set_=added)


_OPEN = frozenset({
    "tierwatch_source_poll_failures_total", "tierwatch_quarantined_total", "tierwatch_alerts_send_failures_total",
    "tierwatch_heartbeat_ping_failures_total", "tierwatch_exporter_failures_total",
})  # fmt: skip
"""Counters with a `reason` that plug-ins name as they like."""


def _bounded(connection: sa.Connection, counts: Counts) -> Counts:
    """The counts with reasons put together that are one too many for their source or channel."""
    found: Counts = Counter()
    words: dict[Counted, set[str]] = {}
    for (name, labels), amount in counts.items():
        if name not in _OPEN:
            found[name, labels] += amount
            continue
        rest = counted(name, **{label: value for label, value in labels if label != "reason"})
        if rest not in words:
            words[rest] = _words(connection, rest)
        reason = dict(labels)["reason"]
        if reason not in words[rest] and len(words[rest] - {OTHER}) >= OPEN_WORDS:
            reason = OTHER
        words[rest].add(reason)
        found[counted(name, **{**dict(labels), "reason": reason})] += amount
    return found


def _words(connection: sa.Connection, rest: Counted) -> set[str]:
    """The reasons that a counter has, for what its other labels say."""
    name, labels = rest
    rows = connection.scalars(sa.select(counters.c.labels).where(counters.c.name == name))
    return {row["reason"] for row in rows if set(labels) <= set(row.items())}


def insert(connection: sa.Connection, table: sa.Table) -> Any:
    """The dialect's INSERT, which knows ON CONFLICT."""
    return insert_of(connection.dialect.name, table)


def insert_of(dialect: str, table: sa.Table) -> Any:
    """The same by the dialect's name."""
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql  # with its drivers a thirtieth of a start

        return postgresql.insert(table)
    return sqlite.insert(table)


def of_subjects(
    connection: sa.Connection, table: sa.Table, keys: Iterable[SubjectKey], only: sa.ColumnElement[bool] | None = None
) -> Iterator[Any]:
    """The rows of a table that belong to any of *keys*, and for which *only* holds."""
    select = _selecting(table)
    return _of_subjects(connection, select if only is None else select.where(only), keys)


def bound_of_subjects(
    connection: sa.Connection,
    table: sa.Table,
    names: Sequence[str],
    keys: Iterable[SubjectKey],
    only: sa.ColumnElement[bool] | None = None,
) -> Iterator[Any]:
    """The same as the values that the database has, in the order of *names*."""
    select = _selecting(table, tuple(names))
    return _of_subjects(connection, select if only is None else select.where(only), keys)


@remembered("statements_select", 32)
def _selecting(table: sa.Table, names: tuple[str, ...] = ()) -> sa.Select[Any]:
    """All of a table's rows that belong to subjects of one source; with *names* as the values that the database has."""
    select = sa.select(*_plain(table, names)) if names else sa.select(table)
    mine = table.c.source == sa.bindparam("one_source", type_=sa.Text())
    return select.where(mine & _OneOf(table.c.subject, sa.bindparam("its_subjects", type_=sa.Text())))


def _plain(table: sa.Table, names: tuple[str, ...]) -> tuple[sa.ColumnElement[Any], ...]:
    columns = (table.c[name] for name in names)
    return tuple(sa.type_coerce(column, _stored(column.type)) for column in columns)


def _stored(kind: sa.types.TypeEngine[Any]) -> sa.types.TypeEngine[Any]:
    if isinstance(kind, Json):
        return sa.Text()
    return sa.BigInteger() if isinstance(kind, Instant | Duration) else kind


def _of_subjects(connection: sa.Connection, select: sa.Select[Any], keys: Iterable[SubjectKey]) -> Iterator[Any]:
    by_source: dict[str, list[str]] = defaultdict(list)
    for key in keys:
        by_source[key.source].append(key.subject)
    for source, names in by_source.items():
        yield from connection.execute(select, {"one_source": source, "its_subjects": json.dumps(names)})


def key_of(row: Any) -> SubjectKey:
    """The subject that a row belongs to."""
    return SubjectKey(row.source, row.subject)
