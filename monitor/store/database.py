"""Open the database, bring it to the present schema, and give transactions.

SQLite runs in WAL with synchronous=FULL (batches make that cheap); writers queue on a lock of this process instead of
on SQLite's busy handler. One process at a time owns a SQLite file.
"""

from __future__ import annotations

import ctypes
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import sqlalchemy as sa

from monitor.aggregates import Changes, Counted
from monitor.errors import StoreError
from monitor.log import Logger
from monitor.store import digests, migrating
from monitor.store.kept import Kept
from monitor.store.owning import own
from monitor.text import AS_INSTALLED, CommandLine

log = Logger()

CONNECTIONS = 24
"""Connections to a file: more than there are threads that work at once. Whoever finds all of them in use waits."""

CLOSE_WITHIN = 5.0
"""Seconds that a close waits for the writer that is at work."""


Revision = tuple[int, int]
"""The number of commits of this process, and a number that differs after one of another process."""


@dataclass(frozen=True, slots=True)
class Lost:
    """What has become of a database's file: `gone`, `folder_gone`, `replaced`, `truncated`, or its `log_gone`."""

    what: str
    path: Path


class Database:
    """Transactions on one database. `write` is exclusive; `read` sees one consistent state.

    One that was opened by `readonly` sees the same state at every `read`: that of the moment in which it was opened.
    """

    _snapshot: sa.Connection | None = None
    _writer: sa.Connection | None = None
    """The one connection by which the owner of a file writes: what it sees change, another process has written."""
    _closed = False
    _commits = 0

    takes_writes = True
    """False from a write that was refused on, until one that changes something has succeeded."""

    def __init__(self, url: str, create: bool = True) -> None:
        """Raises StoreError when the database cannot be opened or belongs to another process.

        A file is made only if it may be *created*. All connections to it are opened now and kept: one that was opened
        later by the file's name would find another file there, if somebody has exchanged it.
        """
        self.url = sa.engine.make_url(url)
        self.name = self.url.render_as_string(hide_password=True)
        self._lock = threading.Lock()
        self.kept = Kept()
        """The aggregates of the open clocks; what other processes write of a database changes none."""
        self._files: dict[Path, tuple[int, int]] = {}
        self._owner = self._own(create)
        self._engine = _engine(self.url, create)
        try:
            self._open()
        except BaseException:
            self._engine.dispose()
            if self._owner is not None:
                self._owner.close()
            raise

    def _open(self) -> None:
        if self._engine.dialect.name == "sqlite":
            sa.event.listen(self._engine, "connect", _sqlite_connect)
            sa.event.listen(self._engine, "begin", _sqlite_begin)
        with self._opening(), self._engine.connect() as connection:
            migrating.bring_up(connection)
        if self._owner is not None:
            self._keep_open()

    def _keep_open(self) -> None:
        with self._opening(), ExitStack() as all_of_them:
            for _ in range(CONNECTIONS):
                all_of_them.enter_context(self._engine.connect()).exec_driver_sql("SELECT count(*) FROM meta")
        self._writer = self._engine.connect()
        path = Path(str(self.url.database))
        for each in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
            if (found := _identity(each)) is not None:
                self._files[each] = found
        self._size = path.stat().st_size

    def lost(self) -> Lost | None:
        """What has become of the file under the open database; None while it is where it was. Reads no data."""
        for number, (path, known) in enumerate(self._files.items()):
            found = _identity(path)
            if found is None:
                what = "gone" if path.parent.exists() else "folder_gone"
                return Lost(what if number == 0 else "log_gone", path)
            if found != known:
                return Lost("replaced" if number == 0 else "log_gone", path)
        for path in list(self._files)[:1]:
            try:
                size = path.stat().st_size
            except OSError:
                return Lost("gone", path)
            if size < self._size:
                return Lost("truncated", path)
            self._size = size
        return None

    def _own(self, create: bool) -> IO[str] | None:
        if self.url.get_backend_name() != "sqlite" or self.url.database in (None, "", ":memory:"):
            return None
        path = Path(str(self.url.database))
        if create:
            _make_folder(path.parent, self.name)
        return own(path, f"database {self.name}")

    def revision(self) -> Revision | None:
        """What differs after each commit, of another process too, but for those of `aside`. Reads no row.

        None where it is not known: while somebody writes, and of a database that is no file which this process owns.
        """
        if self._writer is None or not self._lock.acquire(blocking=False):
            return None
        try:
            if self._closed:
                return None
            raw: Any = self._writer.connection.driver_connection
            return self._commits, int(raw.execute("PRAGMA data_version").fetchone()[0])
        except sqlite3.Error:
            return None
        finally:
            self._lock.release()

    @contextmanager
    def aside(self) -> Iterator[tuple[sa.Connection, Callable[[], None]]]:
        """A `write` by which nothing is judged and nobody paged: the revision stays, unless the second is called."""
        with self._writing() as (connection, _):
            yield connection, self._count_commit

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """One transaction that changes something: committed at the end, rolled back on any exception."""
        with self.changing() as (connection, _):
            yield connection

    @contextmanager
    def changing(self) -> Iterator[tuple[sa.Connection, Changes]]:
        """The same of one that may change the aggregates: who writes says what, and it is kept once it is committed."""
        with self._writing() as (connection, changes):
            self._count_commit()
            yield connection, changes

    def _count_commit(self) -> None:
        """Let the revision be another one; whoever asks for it waits for the end of the transaction."""
        self._commits += 1

    @contextmanager
    def _writing(self) -> Iterator[tuple[sa.Connection, Changes]]:
        changes, committing = Changes(), False
        with self._lock, self._sentences("written"), self._noting_refusals():
            try:
                with self._to_write() as plain:
                    connection = plain.execution_options(tierwatch_write=True)
                    with connection.begin():
                        before = _changes(connection)
                        yield connection, changes
                        changed = before is None or _changes(connection) != before
                        committing = bool(changes)
                    self.kept.committed(changes)
            except BaseException as error:
                if committing and not _refused(error):
                    self.kept.doubt()
                raise
            self.takes_writes |= changed

    @contextmanager
    def _to_write(self) -> Iterator[sa.Connection]:
        """The connection to write by; after the block no transaction is open on it."""
        engine, writer = self._open_engine(), self._writer
        if writer is None:
            with engine.connect() as connection:
                yield connection
            return
        try:
            yield writer
        finally:
            raw: Any = writer.connection.driver_connection
            if raw.in_transaction:  # a commit was refused
                with suppress(sqlite3.Error):
                    raw.rollback()

    @contextmanager
    def _noting_refusals(self) -> Iterator[None]:
        try:
            yield
        except (sa.exc.OperationalError, sa.exc.InternalError):
            self.takes_writes = False
            raise

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """One transaction that only reads."""
        if self._snapshot is not None:
            with self._sentences("read"):
                yield self._snapshot
            return
        with self._sentences("read"), self._open_engine().connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def recounting(self) -> Iterator[sa.Connection]:
        """One transaction that only reads; its state is that with which a recount of the aggregates begins."""
        with self._sentences("read"), self._open_engine().connect() as connection, connection.begin():
            with self._lock:
                connection.exec_driver_sql("SELECT count(*) FROM meta")  # the state is that of the first statement
                self.kept.recounting()
            yield connection

    @contextmanager
    def comparing(self) -> Iterator[tuple[sa.Connection, Counted | None]]:
        """One transaction that only reads, and the aggregates of the same state."""
        with self._sentences("read"), self._open_engine().connect() as connection, connection.begin():
            with self._lock:
                connection.exec_driver_sql("SELECT count(*) FROM meta")
                counted = self.kept.counted()
            yield connection, counted

    def _open_engine(self) -> sa.Engine:
        """The engine. Raises StoreError when the database was closed: whoever is late must not open it once more."""
        if self._closed:
            raise StoreError(
                f"database {self.name} is closed, for the program ends; nothing of this step was kept, it is done"
                " again at the next start"
            )
        return self._engine

    @contextmanager
    def _sentences(self, what: str) -> Iterator[None]:
        try:
            yield
        except sa.exc.DBAPIError as error:
            raise StoreError(
                f"database {self.name} could not be {what} ({error.orig}); nothing of this step was kept, it is tried"
                " again; check disk space and permissions"
            ) from error

    @contextmanager
    def _opening(self) -> Iterator[None]:
        """What fails here ends the program: nothing is tried again."""
        try:
            yield
        except sa.exc.DBAPIError as error:
            raise StoreError(f"database {self.name} {self._unusable(error.orig)}", retryable=False) from error

    def _unusable(self, error: BaseException | None) -> str:
        """Why the database cannot be opened, and what to do."""
        path = Path(str(self.url.database))
        if self.url.get_backend_name() == "sqlite" and path.is_dir():
            return "is a folder; write the path of a file, such as tierwatch.db in it"
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
            return "is a file of another kind and no database; write another path, or move that file away"
        return f"could not be opened ({error}); check its path, disk space and permissions, and start again"

    def compact(self, *, alone: bool) -> None:
        """Empty the log of a SQLite file into it; where it is open *alone* here, leave nothing but its rows in it too.

        The latter writes the whole file anew, and needs as much room beside it. Raises StoreError.
        """
        if self.url.get_backend_name() != "sqlite":
            return
        with self._lock, self._open_engine().connect() as connection:
            raw: Any = connection.connection.driver_connection
            try:
                if alone:
                    raw.execute("VACUUM")
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            except sqlite3.Error as error:
                raise StoreError(
                    f"database {self.name} could not be compacted ({error}); every row is as it should be, but what the"
                    " file held before may still be in its free space; see that as much disk is free as the file takes,"
                    " and do it again"
                ) from error
        if self._owner is not None:
            self._size = Path(str(self.url.database)).stat().st_size

    def close(self, within: float = CLOSE_WITHIN) -> None:
        """Let go of the connections, and of the file's lock, when nobody writes any more; nobody begins to from now on.

        Where a writer does not end *within* so many seconds both stay until the process ends: no other program may open
        the database while this one can still write. So do the connections of a file that is not there any more: SQLite
        deletes the log when the last one closes, by its name, and it would be that of another database.
        """
        self._closed = True
        if not self._lock.acquire(timeout=within):
            log.warning(
                "database_left_open", database=self.name, what="a step still writes; the lock is kept till then"
            )
            return
        try:
            if self._snapshot is not None:
                self._snapshot.close()
                self._snapshot = None
            if self._writer is not None:
                self._writer.close()
                self._writer = None
            if self._owner is None or self.lost() is None:
                self._engine.dispose()
            else:
                self._leave_open()
            if self._owner is not None:
                self._owner.close()
        finally:
            self._lock.release()

    def _leave_open(self) -> None:
        with ExitStack() as all_of_them:
            for _ in range(CONNECTIONS):
                raw = all_of_them.enter_context(self._engine.connect()).connection.driver_connection
                ctypes.pythonapi.Py_IncRef(ctypes.py_object(raw))  # so that nothing ever closes it


def _refused(error: BaseException) -> bool:
    """Whether SQLite itself has refused a commit: then nothing of it is in the database, and nothing is in doubt."""
    return isinstance(error, sa.exc.DBAPIError) and isinstance(error.orig, sqlite3.Error)


def _changes(connection: sa.Connection) -> int | None:
    """How many rows this connection has changed; None where the database does not say."""
    changes = getattr(connection.connection.driver_connection, "total_changes", None)
    return changes if isinstance(changes, int) else None


def _engine(url: sa.URL, create: bool) -> sa.Engine:
    if url.get_backend_name() != "sqlite":
        return sa.create_engine(url, pool_pre_ping=True)
    if url.database in (None, "", ":memory:"):
        return sa.create_engine(url)
    path = Path(str(url.database))

    def connect() -> sqlite3.Connection:
        mode = "rwc" if create and not opened else "rw"
        connection = sqlite3.connect(f"file:{quote(str(path))}?mode={mode}", uri=True, check_same_thread=False)
        opened.append(True)
        return connection

    opened: list[bool] = []
    return sa.create_engine(
        url,
        creator=connect,
        poolclass=sa.QueuePool,
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=60,
        pool_use_lifo=True,
    )


def _make_folder(folder: Path, name: str) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"database {name}: {folder} cannot be made ({error.strerror}); check its path and permissions",
            retryable=False,
        ) from error


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def readonly(url: str, commands: CommandLine = AS_INSTALLED, older: str = "") -> Database:
    """The same database for looking only (`explain` beside a running program): no lock, no migration.

    All of its reads are of one state: one read transaction, from now until it is closed. A writer never waits for it.

    Raises StoreError where it is not there, or of another schema; *older* says what to do then, else the command
    that starts the program, as *commands* has it.
    """
    database = Database.__new__(Database)
    database.url = sa.engine.make_url(url)
    database.name = database.url.render_as_string(hide_password=True)
    if database.url.get_backend_name() == "sqlite" and not Path(str(database.url.database)).exists():
        raise StoreError(
            f"database {database.name} does not exist yet; start `{commands.says('run')}` first", retryable=False
        )
    database._lock = threading.Lock()
    database.kept = Kept()
    database._owner = None
    database._engine = _engine(database.url, create=False)
    if database._engine.dialect.name == "sqlite":
        sa.event.listen(database._engine, "connect", _sqlite_query_only)
        sa.event.listen(database._engine, "begin", _sqlite_begin)
    try:
        _of_this_version(database, older or f"start `{commands.says('run')}` once")
        with database._sentences("read"):
            database._snapshot = database._engine.connect()
            database._snapshot.begin()
            migrating.is_present(database._snapshot)  # the state is that of the first statement
    except BaseException:
        database._engine.dispose()
        raise
    return database


def beside(url: str, commands: CommandLine = AS_INSTALLED) -> Database:
    """The same database for one short write beside a running program (a correction): no lock, no migration."""
    database = readonly(url, commands)
    if database._snapshot is not None:
        database._snapshot.close()
        database._snapshot = None
    database._engine.dispose()
    database._engine = _engine(database.url, create=False)
    if database._engine.dialect.name == "sqlite":
        sa.event.listen(database._engine, "connect", _sqlite_connect)
        sa.event.listen(database._engine, "begin", _sqlite_begin)
    return database


def _of_this_version(database: Database, older: str) -> None:
    with database._opening(), database._engine.connect() as connection, connection.begin():
        present = migrating.is_present(connection)
        newer = None if present else migrating.newer(connection)
    if newer is not None:
        raise StoreError(
            f"database {database.name} was last used by a newer version of tierwatch (schema {newer}; this one knows"
            f" {migrating.newest()}); type the command of that version",
            retryable=False,
        )
    if not present:
        raise StoreError(
            f"database {database.name} was last used by another version of tierwatch; {older}",
            retryable=False,
        )


def _sqlite_connect(dbapi: Any, _record: Any) -> None:
    dbapi.isolation_level = None  # transactions are begun by us, below
    digests.teach(dbapi)
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "busy_timeout=10000",
        "foreign_keys=ON",
        "wal_autocheckpoint=20000",
        "secure_delete=ON",  # what is deleted or erased is overwritten, whatever this SQLite does by itself
    ):
        dbapi.execute(f"PRAGMA {pragma}")


def _sqlite_query_only(dbapi: Any, _record: Any) -> None:
    dbapi.isolation_level = None  # as below: without it each statement would see another state
    digests.teach(dbapi)
    dbapi.execute("PRAGMA busy_timeout=10000")
    dbapi.execute("PRAGMA query_only=ON")


def _sqlite_begin(connection: sa.Connection) -> None:
    write = connection.get_execution_options().get("tierwatch_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
