"""Databases that versions of tierwatch have left, as files: see `tests/upgrades`."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

from monitor.store.database import Database
from monitor.store.migrating import newest

UPGRADES = Path(__file__).parents[1] / "upgrades"
VERSIONS = sorted(path.parent.name for path in UPGRADES.glob("*/database.sql"))
"""The schemas of which a database was recorded."""

NEWEST = VERSIONS[-1]


@cache
def _text(version: str) -> str:
    return (UPGRADES / version / "database.sql").read_text(encoding="utf-8")


def recorded(folder: Path, version: str | None = None, name: str = "tierwatch.db") -> Path:
    """The database of a version in *folder*, and its configuration beside it; gives the database.

    Without a *version*: the newest, brought to the schema of this code if that is a later one.
    """
    path = folder / name
    to_date, version = version is None and newest() != NEWEST, version or NEWEST
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(_text(version))
        connection.execute("PRAGMA journal_mode=WAL")
    for each in (UPGRADES / version).glob("*.yml"):
        shutil.copy(each, folder / each.name)
    if to_date:
        Database(f"sqlite:///{path}").close()
    return path


Rows = dict[str, list[dict[str, Any]]]


def content(path: Path) -> Rows:
    """Every row of every table, by the names of its columns."""
    with closing(sqlite3.connect(f"file:{path}?mode=rw", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        tables = connection.execute(
            "SELECT name, iif(wr, '1', 'rowid') FROM pragma_table_list"
            " WHERE schema = 'main' AND type = 'table' ORDER BY 1"
        ).fetchall()  # `wr`: it has no numbers of rows, and is in the order of its key
        return {
            table: [dict(row) for row in connection.execute(f"SELECT * FROM {table} ORDER BY {order}")]
            for table, order in tables
            if not table.startswith("sqlite_")
        }


def told(what: str, done: int, total: int | None) -> None:
    """A progress that nobody looks at."""
