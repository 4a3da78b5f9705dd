"""Open the database of a running program: the one that belongs to its configuration, and no other.

A new database is made only at a first start. What was deleted, moved or exchanged while nobody ran is refused with the
command that begins anew; a restored backup is taken, and said.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from monitor.errors import StoreError
from monitor.log import Logger
from monitor.store import marker, statements
from monitor.store.database import Database
from monitor.store.marker import Marker
from monitor.store.schema import meta
from monitor.text import AS_INSTALLED, CommandLine

OLDER = timedelta(minutes=30)
"""By how much a database must end before the marker says for it to be called a restored backup."""

log = Logger()

_ID = "database_id"


class Marked:
    """A database with the marker that belongs to it; without a file of its own (PostgreSQL, memory) there is none."""

    def __init__(self, config: Path | None, url: str, commands: CommandLine = AS_INSTALLED) -> None:
        """Raises StoreError where the database is not the one that belongs to the configuration."""
        path = file_of(url)
        self._config = config if path is not None else None
        self._path = path or Path()
        self._id = ""
        if config is None or path is None:
            self.database = Database(url)
            return
        known = marker.read(config, path)
        there = path.exists() and path.stat().st_size > 0
        if known is not None and not there:
            raise StoreError(_missing(config, path, known, commands), retryable=False)
        self.database = Database(url, create=not there)
        try:
            self._id = self._belongs(config, known, commands)
        except BaseException:
            self.database.close()
            raise
        if (
            marker.write(config, path, Marker(self._id, self.database.name, None if known is None else known.seen))
            is None
        ):
            log.warning(
                "marker_not_written", config=str(config), database=self.database.name,
                what="a database that is deleted will not be noticed at the next start; make one folder writable",
            )  # fmt: skip

    def _belongs(self, config: Path, known: Marker | None, commands: CommandLine) -> str:
        """The id of the opened database, which gets one if it has none and no other is expected."""
        with self.database.read() as connection:
            found = connection.scalar(sa.select(meta.c.value).where(meta.c.key == _ID))
        if known is not None and found != known.id:
            raise StoreError(_another(config, self.database.name, known, commands), retryable=False)
        if found is None:
            with self.database.write() as connection:
                statements.put_new(connection, meta, [{"key": _ID, "value": uuid.uuid4().hex}])
                found = connection.scalar(sa.select(meta.c.value).where(meta.c.key == _ID))
            log.info("database_marked", database=self.database.name, id=found)
        return str(found)

    def restored(self, newest: datetime | None) -> datetime | None:
        """Until when the marker knows the database, if it ends well before: then it is a restored backup."""
        known = None if self._config is None else marker.read(self._config, self._path)
        if known is None or known.seen is None or newest is None or known.seen - newest < OLDER:
            return None
        return known.seen

    def seen(self, now: datetime) -> None:
        """Note in the marker that the program has written to the database until now."""
        if self._config is not None:
            marker.write(self._config, self._path, Marker(self._id, self.database.name, now))


def file_of(url: str) -> Path | None:
    """The file of a database; None where it has none."""
    parsed = sa.engine.make_url(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        return None
    return Path(str(parsed.database))


def _missing(config: Path, path: Path, known: Marker, commands: CommandLine) -> str:
    return (
        f"database {path} does not exist, but {config} has run with {known.database} (id {known.id})."
        " Put that file back, from a backup if it is lost. If it is to be given up, run"
        f" `{commands.says('store', 'begin-anew')}`: what was told, acknowledged and silenced is forgotten"
    )


def _another(config: Path, name: str, known: Marker, commands: CommandLine) -> str:
    return (
        f"database {name} is not the one that {config} has run with, {known.database} (id {known.id})."
        " Put that one back. If this one is meant, run"
        f" `{commands.says('store', 'begin-anew')}`: it is taken as it is"
    )
