"""Copy a database as it is at one instant, and read what a copy of one says of itself.

A copy is made page by page inside one read transaction. In WAL a reader makes no writer wait, and what is written
meanwhile does not change what is read: the copy ends after as many pages as there were at its beginning.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from os import statvfs
from pathlib import Path
from urllib.parse import quote

from monitor.errors import StoreError
from monitor.report import Progress
from monitor.store import digests
from monitor.store.migrating import newest
from monitor.store.schema import Instant
from monitor.store.stopping import Stop, Stopped

PAGES = 4000
"""Pages that are copied between two looks at signals and progress: 16 MB."""

_SHOWN = 5
"""Lines of a damage that are said."""


@dataclass(frozen=True, slots=True)
class Copy:
    """What a file with a database holds: its bytes, the id and the schema, and when its last event came."""

    path: Path
    size: int
    id: str | None
    revision: str
    last_event: datetime | None

    @property
    def newer(self) -> bool:
        """Whether a newer version of tierwatch has used it, whose schema this one does not know."""
        return self.revision > newest()

    @property
    def older(self) -> bool:
        """Whether the next start brings it to the present schema first."""
        return self.revision < newest()


@contextmanager
def at_rest(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that only reads a file with which nobody works.

    Where no log lies beside it, the file is taken as it is: nothing is locked and nothing is made beside it.
    """
    beside = any(Path(f"{path}{end}").exists() for end in ("-wal", "-journal"))
    with in_use(path) if beside else closing(_connected(path, "mode=ro&immutable=1")) as connection:
        yield connection


@contextmanager
def in_use(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that only reads one state of a database, while a program may write to it."""
    with closing(_connected(path, "mode=rw")) as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # the state is that of the first statement
        yield connection


def _connected(path: Path, how: str) -> sqlite3.Connection:
    connection = sqlite3.connect(f"file:{quote(str(path))}?{how}", uri=True, isolation_level=None)
    connection.execute("PRAGMA busy_timeout=10000")
    connection.execute("PRAGMA query_only=ON")
    connection.execute("PRAGMA cache_size=-65536")
    digests.teach(connection)
    return connection


def copied(original: sqlite3.Connection, source: Path, target: Path, tell: Progress, stop: Stop) -> None:
    """Write what a connection to *source* sees into *target*, an empty file. Raises StoreError or Stopped.

    The copy is one whole file; no log belongs to it.
    """

    def look(_status: int, left: int, pages: int) -> None:
        tell("copying", pages - left, pages)
        stop.check()

    try:
        (pages,), (page,) = (original.execute(f"PRAGMA page_{what}").fetchone() for what in ("count", "size"))
        _room(target, pages * page)
        with closing(sqlite3.connect(target, isolation_level=None)) as made:
            for pragma in ("journal_mode=OFF", "synchronous=OFF"):  # the file is thrown away unless it becomes whole
                made.execute(f"PRAGMA {pragma}")
            original.backup(made, pages=PAGES, progress=look)
        with closing(sqlite3.connect(target, isolation_level=None)) as made:
            made.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise StoreError(
            f"database {source} could not be copied to {target.parent} ({error}); nothing is left of the copy; check"
            " the space and the permissions there",
            retryable=False,
        ) from error


def _room(target: Path, size: int) -> None:
    found = statvfs(target.parent)
    free = found.f_bavail * found.f_frsize
    if free < size:
        raise StoreError(
            f"{target.parent}: there is room for {in_bytes(free)}, and the database has {in_bytes(size)}; name a folder"
            " with more room, or make room there",
            retryable=False,
        )


def in_bytes(number: float) -> str:
    """A number of bytes for people."""
    for unit in ("B", "KB", "MB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.2f} GB"


def sound(path: Path, tell: Progress, stop: Stop, damaged: str) -> Copy:
    """Check every page of a file with which nobody works. Raises StoreError where it is no sound database of ours.

    *damaged* is the sentence for one that is damaged, with a place for what SQLite says.
    """
    tell("checking", 0, None)
    refuse_other_kinds(path)
    try:
        with at_rest(path) as connection:
            stop.watch(connection)
            found = damage(connection)
            if found:
                raise StoreError(damaged.format("; ".join(found[:_SHOWN])), retryable=False)
            copy = described(connection, path)
    except sqlite3.Error as error:
        if stop.asked:
            raise Stopped from error
        raise unreadable(path, error) from error
    tell("checking", 1, 1)
    return copy


def damage(connection: sqlite3.Connection) -> tuple[str, ...]:
    """What SQLite finds wrong with the pages, in its words; nothing where all is well. Reads the whole file."""
    try:
        lines = tuple(str(row[0]) for row in connection.execute("PRAGMA integrity_check(20)"))
    except sqlite3.DatabaseError as error:
        if not broken(error):
            raise
        return (str(error),)
    return () if lines == ("ok",) else lines


def broken(error: sqlite3.Error) -> bool:
    """Whether SQLite says that a file is damaged, and not that it may not read it."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def described(connection: sqlite3.Connection, path: Path) -> Copy:
    """What the database behind a connection is. Raises StoreError where it is not one of tierwatch."""
    names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not {"alembic_version", "meta", "events"} <= names:
        raise StoreError(f"{path} is a database, but none of tierwatch; name the right file", retryable=False)
    revision = connection.execute("SELECT max(version_num) FROM alembic_version").fetchone()[0]
    if revision is None:
        raise StoreError(
            f"{path} says of no version of tierwatch that it made it; name the right file", retryable=False
        )
    id_ = connection.execute("SELECT value FROM meta WHERE key = 'database_id'").fetchone()
    last = connection.execute("SELECT received_at FROM events ORDER BY rowid DESC LIMIT 1").fetchone()
    (pages,), (page,) = (connection.execute(f"PRAGMA page_{what}").fetchone() for what in ("count", "size"))
    at = None if last is None else Instant().process_result_value(last[0], None)
    return Copy(path, pages * page, None if id_ is None else str(id_[0]), str(revision), at)


def refuse_other_kinds(path: Path) -> None:
    """Raises StoreError where there is no file, or one that is no database of SQLite."""
    if path.is_dir():
        raise StoreError(f"{path} is a folder; name a file", retryable=False)
    if not path.exists():
        raise StoreError(f"{path} does not exist; check the path", retryable=False)
    if not is_database(path):
        raise StoreError(f"{path} is a file of another kind and no database; name another", retryable=False)


def is_database(path: Path) -> bool:
    """Whether a file begins as a database of SQLite does. Not for a database that this process has open."""
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return file.read(16) == b"SQLite format 3\0"
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: Exception) -> StoreError:
    """The sentence for a file that cannot be read."""
    why = error.strerror if isinstance(error, OSError) else error
    return StoreError(f"{path} cannot be read ({why}); check the path and the permissions", retryable=False)
