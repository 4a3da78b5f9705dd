"""Open the database, bring it to the present schema, and give transactions.

SQLite runs in WAL with synchronous=FULL (batches make that cheap); writers queue on a lock of this process instead of
on SQLite's busy handler. One process at a time owns a SQLite file.
"""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from monitor.errors import StoreError


class Database:
    """Transactions on one database. `write` is exclusive; `read` sees one consistent state."""

    def __init__(self, url: str) -> None:
        """Raises StoreError when the database cannot be opened or belongs to another process."""
        self.url = sa.engine.make_url(url)
        self.name = self.url.render_as_string(hide_password=True)
        self._lock = threading.Lock()
        self._owner = self._own()
        self._engine = sa.create_engine(self.url, **_pool(self.url))
        if self._engine.dialect.name == "sqlite":
            sa.event.listen(self._engine, "connect", _sqlite_connect)
            sa.event.listen(self._engine, "begin", _sqlite_begin)
        with self._sentences("opened"), self._engine.connect() as connection:
            _upgrade(connection)

    def _own(self) -> IO[str] | None:
        if self.url.get_backend_name() != "sqlite" or self.url.database in (None, "", ":memory:"):
            return None
        path = Path(f"{self.url.database}.lock")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = path.open("w")
        except OSError as error:
            raise StoreError(
                f"database {self.name}: {path} cannot be written ({error.strerror}); check the folder's permissions",
                retryable=False,
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.close()
            raise StoreError(
                f"database {self.name}: another tierwatch runs on it; stop that one, or give this one its own database",
                retryable=False,
            ) from error
        return lock

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """One transaction that changes something: committed at the end, rolled back on any exception."""
        with self._lock, self._sentences("written"), self._engine.connect() as plain:
            connection = plain.execution_options(tierwatch_write=True)
            with connection.begin():
                yield connection

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """One transaction that only reads."""
        with self._sentences("read"), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def _sentences(self, what: str) -> Iterator[None]:
        try:
            yield
        except sa.exc.DBAPIError as error:
            raise StoreError(
                f"database {self.name} could not be {what} ({error.orig}); nothing of this step was kept, it is tried"
                " again; check disk space and permissions"
            ) from error

    def close(self) -> None:
        self._engine.dispose()
        if self._owner is not None:
            self._owner.close()


def readonly(url: str) -> Database:
    """The same database for looking only (`explain` beside a running program): no lock, no migration."""
    database = Database.__new__(Database)
    database.url = sa.engine.make_url(url)
    database.name = database.url.render_as_string(hide_password=True)
    if database.url.get_backend_name() == "sqlite" and not Path(str(database.url.database)).exists():
        raise StoreError(f"database {database.name} does not exist yet; start `tierwatch run` first", retryable=False)
    database._lock = threading.Lock()
    database._owner = None
    database._engine = sa.create_engine(database.url)
    if database._engine.dialect.name == "sqlite":
        sa.event.listen(database._engine, "connect", _sqlite_query_only)
    _of_this_version(database)
    return database


def beside(url: str) -> Database:
    """The same database for one short write beside a running program (a correction): no lock, no migration."""
    database = readonly(url)
    database._engine.dispose()
    database._engine = sa.create_engine(database.url)
    if database._engine.dialect.name == "sqlite":
        sa.event.listen(database._engine, "connect", _sqlite_connect)
        sa.event.listen(database._engine, "begin", _sqlite_begin)
    return database


def _of_this_version(database: Database) -> None:
    newest = ScriptDirectory.from_config(_migrations()).get_current_head()
    with database.read() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found != newest:
        raise StoreError(
            f"database {database.name} was last used by another version of tierwatch; start `tierwatch run` once",
            retryable=False,
        )


def _pool(url: sa.URL) -> dict[str, Any]:
    """As many connections as there are threads: nobody waits for one while a page is read."""
    if url.get_backend_name() != "sqlite":
        return {"pool_pre_ping": True}
    return {} if url.database in (None, "", ":memory:") else {"max_overflow": -1}


def _migrations() -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(resources.files("monitor.store") / "migrations"))
    return config


def _upgrade(connection: sa.Connection) -> None:
    config = _migrations()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _sqlite_connect(dbapi: Any, _record: Any) -> None:
    dbapi.isolation_level = None  # transactions are begun by us, below
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "busy_timeout=10000",
        "foreign_keys=ON",
        "wal_autocheckpoint=20000",
    ):
        dbapi.execute(f"PRAGMA {pragma}")


def _sqlite_query_only(dbapi: Any, _record: Any) -> None:
    dbapi.execute("PRAGMA busy_timeout=10000")
    dbapi.execute("PRAGMA query_only=ON")


def _sqlite_begin(connection: sa.Connection) -> None:
    write = connection.get_execution_options().get("tierwatch_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
