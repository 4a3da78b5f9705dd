"""Say how many rows the database has of each kind, and how much of its file they take, indexes included."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from monitor.store.database import Database
from monitor.store.schema import metadata

KINDS = {
    "events": ("events", "raw_bodies", "readings", "subjects", "unread_words"),
    "transitions": ("transitions",),
    "pages": (
        "outbox", "alerts", "alert_log", "decisions", "acknowledgements", "escalations", "causes", "drills",
        "drill_tries",
    ),
    "quarantine": ("quarantine",),
    "all else": (
        "forgotten", "month_reports", "counters", "contributions", "groups", "publications", "silences", "cursors",
        "heartbeats", "meta", "sources", "touched", "actions", "erased", "exports", "export_spool", "export_refused",
        "accounts", "tokens", "sessions", "subscriptions",
    ),
}  # fmt: skip
"""The tables of each kind, the one that its rows are counted in first."""


@dataclass(frozen=True, slots=True)
class Size:
    """The rows of the first table of a kind, and the bytes of all its tables; None where SQLite cannot say."""

    kind: str
    rows: int
    size: int | None


def sizes(database: Database) -> tuple[Size, ...]:
    """The kinds in the order of KINDS. Reads the whole file."""
    with database.read() as connection:
        of_tables = _of_tables(connection)
        found = []
        for kind, tables in KINDS.items():
            first = metadata.tables[tables[0]]
            rows = connection.scalar(sa.select(sa.func.count()).select_from(first)) or 0
            size = None if of_tables is None else sum(of_tables.get(name, 0) for name in tables)
            found.append(Size(kind, rows, size))
    return tuple(found)


def _of_tables(connection: sa.Connection) -> dict[str, int] | None:
    """Bytes by table; None where this SQLite was built without the table that knows."""
    pages = sa.text(
        "SELECT m.tbl_name, sum(s.pgsize) FROM dbstat AS s JOIN sqlite_master AS m ON m.name = s.name"
        " GROUP BY m.tbl_name"
    )
    try:
        return {name: size for name, size in connection.execute(pages)}
    except sa.exc.OperationalError:
        return None
