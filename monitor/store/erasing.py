"""Erase a name, or what was written of subjects, beside a running program and in small steps.

Rows are looked for without a lock, and written a few at a time, each read once more in the transaction that writes it.
What the source says later in the erased fields of those subjects is not stored again (`erased_fields.py`).
A database that is overwritten (`secure_delete`) has nothing of it left in its rows; what lay in the file's free space
before goes with `Database.compact`, which needs the file for itself.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from monitor.history import FIELD, RAW, Event, texts_of
from monitor.model import SubjectKey
from monitor.store import statements
from monitor.store.actions import Action, note
from monitor.store.database import Database
from monitor.store.ingest import to_event, touch
from monitor.store.schema import actions, encoded, erased, events, quarantine, raw_bodies
from monitor.store.what_is_erased import CONTEXT, ERASED, Erasure, OfName, OfSubjects
from monitor.text import Mentions

_READ, _WRITTEN = 1_000, 100
"""Rows that one transaction reads, and writes, at most."""

_CHUNK = 4 * 1024 * 1024

Kind = TypeVar("Kind", OfName, OfSubjects)


@dataclass(slots=True)
class Found:
    """How many rows an erasure changes, and in how many it stays, by `table.column`."""

    changes: Counter[str] = field(default_factory=Counter)
    stays: Counter[str] = field(default_factory=Counter)


class Erasing:
    """The side of the store that erases."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def named_in(self, mentions: Mentions) -> dict[SubjectKey, frozenset[str]]:
        """The subjects in whose events a name is mentioned, or in what was kept of them as it came.

        Each with the parts of its events that mention it, RAW for a raw record or one in quarantine. A subject without
        a name stands for the records of a source that name none.
        """
        found: dict[SubjectKey, set[str]] = defaultdict(set)
        for row in self._rows(events, None):
            for part, text in texts_of(to_event(row)):
                if mentions.found(text):
                    found[SubjectKey(row.source, row.subject)].add(part)
        for row in self._rows(raw_bodies, None):
            if mentions.found(row.body):
                found[self._subject_of(row.source, row.event_id)].add(RAW)
        for row in self._rows(quarantine, None):
            if any(map(mentions.found, (row.body, row.detail, encoded(row.event) or ""))):
                found[SubjectKey(row.source, row.subject)].add(RAW)
        return {key: frozenset(parts) for key, parts in found.items()}

    def _subject_of(self, source: str, event_id: str) -> SubjectKey:
        mine = (events.c.source == source) & (events.c.event_id == event_id)
        with self._database.read() as connection:
            return SubjectKey(source, connection.scalar(sa.select(events.c.subject).where(mine)) or "")

    def events_of(self, key: SubjectKey) -> tuple[Event, ...]:
        with self._database.read() as connection:
            return tuple(to_event(row) for row in statements.of_subjects(connection, events, [key]))

    def would(self, erasure: Erasure) -> Found:
        """What it would change, and in what it would stay. Reads the whole database for a name; writes nothing."""
        found = Found()
        for table, which in erasure.tables().items():
            for row in self._rows(table, which):
                said = dict(row._mapping)
                found.changes.update(f"{table.name}.{name}" for name in erasure.changed(table, said))
                found.stays.update(f"{table.name}.{name}" for name in erasure.stays(table, said))
        return found

    def erase(self, erasure: Kind, author: str, about: str, reason: str, now: datetime) -> tuple[Kind, Found]:
        """Erase it: note that and what must not come back, then row by row. Gives it with its marker, and the rows.

        Whoever is interrupted does it again: what is erased already is found no more.
        """
        with self._database.write() as connection:
            done = sa.select(sa.func.count()).where(actions.c.kind == Action.ERASED.value)
            erasure = replace(erasure, marker=f"{ERASED}{(connection.scalar(done) or 0) + 1}]")
            detail = {"marker": erasure.marker, "reason": reason}
            note(connection, Action.ERASED, now, author, about, **detail)
            its_row = connection.scalar(sa.select(sa.func.max(actions.c.id)))
            statements.put_new(connection, erased, list(_not_again(erasure)))
        found = Found()
        for table, which in erasure.tables().items():
            keys = [
                tuple(row._mapping[column.name] for column in table.primary_key.columns)
                for row in self._rows(table, which)
                if erasure.changed(table, dict(row._mapping))
            ]
            for start in range(0, len(keys), _WRITTEN):
                self._write(table, keys[start : start + _WRITTEN], erasure, found)
        with self._database.write() as connection:
            done_all = {**detail, "rows": dict(sorted(found.changes.items()))}
            connection.execute(sa.update(actions).where(actions.c.id == its_row).values(detail=done_all))
        return erasure, found

    def _write(self, table: sa.Table, keys: Sequence[tuple[Any, ...]], erasure: Erasure, found: Found) -> None:
        columns = tuple(table.primary_key.columns)
        with self._database.write() as connection:
            earliest: dict[SubjectKey, datetime] = {}
            for key in keys:
                mine = sa.and_(*(column == value for column, value in zip(columns, key, strict=True)))
                row = connection.execute(_select(table).where(mine)).first()
                new = {} if row is None else erasure.changed(table, dict(row._mapping))
                if not new or row is None:
                    continue
                _update(connection, table, mine, new, row)
                found.changes.update(f"{table.name}.{name}" for name in new)
                if table is events:
                    its = SubjectKey(row.source, row.subject)
                    earliest[its] = min(row.at, earliest.get(its, row.at))
            touch(connection, dict.fromkeys(earliest, 0), earliest)  # no checkpoint keeps what was there

    def _rows(self, table: sa.Table, which: sa.ColumnElement[bool] | None) -> Iterator[Any]:
        """The rows of a table in the order of their keys, a page in each transaction."""
        columns = tuple(table.primary_key.columns)
        query = _select(table).order_by(*columns).limit(_READ)
        if which is not None:
            query = query.where(which)
        last: tuple[Any, ...] | None = None
        while True:
            after = query if last is None else query.where(sa.tuple_(*columns) > sa.tuple_(*map(_bound, columns, last)))
            with self._database.read() as connection:
                rows = connection.execute(after).all()
            yield from rows
            if len(rows) < _READ:
                return
            last = tuple(rows[-1]._mapping[column.name] for column in columns)


def _update(
    connection: sa.Connection, table: sa.Table, mine: sa.ColumnElement[bool], new: Mapping[str, Any], row: Any
) -> None:
    """Write a row. Where spellings of the name told two rows apart, the second has its number beside the marker."""
    try:
        with connection.begin_nested():
            connection.execute(sa.update(table).where(mine).values(**new))
    except sa.exc.IntegrityError:
        told_apart = {name: f"{value} {row.id}" for name, value in new.items()}
        connection.execute(sa.update(table).where(mine).values(**told_apart))


def _bound(column: sa.Column[Any], value: Any) -> sa.BindParameter[Any]:
    return sa.literal(value, column.type)


def _select(table: sa.Table) -> sa.Select[Any]:
    extra = [expression.label(name) for name, expression in CONTEXT.get(table.name, {}).items()]
    return sa.select(table, *extra)


def _not_again(erasure: Erasure) -> Iterator[dict[str, str]]:
    """The fields of subjects that are not stored any more; an empty field stands for the raw record."""
    for key, parts in erasure.free.items():
        names = {part.removeprefix(FIELD) for part in parts if part.startswith(FIELD)}
        raw = {""} if RAW in parts or names else set()
        for name in sorted(names | raw):
            yield {"source": key.source, "subject": key.subject, "field": name, "marker": erasure.marker}


def bytes_left(files: Collection[Path], names: Collection[bytes]) -> dict[Path, int]:
    """How often the *names* stand in the bytes of files, in small or large ASCII letters; others are left out."""
    longest = max(map(len, names))
    found: Counter[Path] = Counter()
    for path in files:
        if not path.exists():
            continue
        with path.open("rb") as opened:
            before = b""
            while chunk := opened.read(_CHUNK):
                text = before + chunk.lower()
                found[path] += sum(text.count(name) for name in names)
                before = text[len(text) - longest + 1 :] if longest > 1 else b""
                found[path] -= sum(before.count(name) for name in names)
            found[path] += sum(before.count(name) for name in names)
    return {path: number for path, number in found.items() if number}
