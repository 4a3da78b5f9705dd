"""Read what was judged, subject by subject: events and readings as they are stored (`tierwatch diff-upgrade`).

Nothing is written. An older version's database is read through a copy of it that is brought to the present schema.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

from monitor.errors import StoreError
from monitor.history import Event
from monitor.model import SubjectKey
from monitor.policy import GROUPS
from monitor.report import FIELDS, StoredReading, StoredSubject
from monitor.store import statements
from monitor.store.copies import at_rest, described
from monitor.store.database import Database, readonly
from monitor.store.ingest import to_event
from monitor.store.opening import file_of
from monitor.store.schema import events, readings, subjects, touched


def stored_subjects(database: Database, configured: Sequence[str], page: int = 200) -> Iterator[StoredSubject]:
    """Every subject of the *configured* sources as it is stored, by source and then in order of its id.

    Holds *page* subjects at a time; each page is one consistent state of the database.
    """
    for source in configured:
        mine = sa.select(events.c.subject).distinct().where(events.c.source == source).order_by(events.c.subject)
        last: str | None = None
        while True:
            here = mine if last is None else mine.where(events.c.subject > last)
            with database.read() as connection:
                names = list(connection.scalars(here.limit(page)))
                found = _loaded(connection, source, names)
            yield from found
            if len(names) < page:
                break
            last = names[-1]


def stored_groups(database: Database) -> Iterator[StoredSubject]:
    """Every group that was judged, as it is stored; it has no events of its own."""
    judged = sa.select(subjects.c.subject).where(subjects.c.source == GROUPS).order_by(subjects.c.subject)
    with database.read() as connection:
        yield from _loaded(connection, GROUPS, list(connection.scalars(judged)))


def _loaded(connection: sa.Connection, source: str, names: Sequence[str]) -> list[StoredSubject]:
    keys = [SubjectKey(source, name) for name in names]
    history: dict[str, list[Event]] = defaultdict(list)
    for row in statements.of_subjects(connection, events, keys):
        history[row.subject].append(to_event(row))
    read: dict[str, list[StoredReading]] = defaultdict(list)
    for row in statements.of_subjects(connection, readings, keys):
        read[row.subject].append(_reading(row))
    marks = {row.subject: row for row in statements.of_subjects(connection, touched, keys)}
    versions = {row.subject: row.rules_version for row in statements.of_subjects(connection, subjects, keys)}
    return [
        StoredSubject(
            key,
            tuple(history[key.subject]),
            tuple(read[key.subject]),
            news=key.subject in marks and marks[key.subject].not_before is None,
            look_again_at=marks[key.subject].not_before if key.subject in marks else None,
            rules_version=versions.get(key.subject),
        )
        for key in keys
    ]


def _reading(row: Any) -> StoredReading:
    values = row._mapping
    return StoredReading(
        row.target, row.cycle, row.open, row.read_at, row.next_threshold_at, tuple(values[name] for name in FIELDS)
    )


@contextmanager
def upgraded_copy(url: str, folder: Path) -> Iterator[Database]:
    """A copy of the database in *folder*, brought to the present schema, for looking only; deleted at the end.

    The database itself is only read, beside a running program too. Raises StoreError.
    """
    path = file_of(url)
    if path is None or not path.exists():
        raise StoreError(f"database {url}: there is no such file to copy; check the path", retryable=False)
    if not folder.is_dir():
        raise StoreError(f"{folder}: there is no such folder; make it, or name another for the copy", retryable=False)
    with tempfile.TemporaryDirectory(prefix="tierwatch-copy-", dir=folder) as own:
        copy = Path(own) / "copy.db"
        try:
            with (
                closing(sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True)) as original,
                closing(sqlite3.connect(copy)) as target,
            ):
                original.execute("PRAGMA query_only=ON")
                original.backup(target)
        except sqlite3.Error as error:
            raise StoreError(
                f"database {path} could not be copied to {folder} ({error}); check the space and the permissions there",
                retryable=False,
            ) from error
        with at_rest(copy) as made:
            found = described(made, path)
        if found.newer:
            raise StoreError(
                f"database {path} was last used by a newer version of tierwatch (schema {found.revision}); ask that"
                " version",
                retryable=False,
            )
        Database(f"sqlite:///{copy}").close()  # which brings it to the present schema
        database = readonly(f"sqlite:///{copy}")
        try:
            yield database
        finally:
            database.close()
