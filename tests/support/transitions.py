"""Rows of the table of transitions, as a test wants them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from monitor.store import statements
from monitor.store.database import Database
from monitor.store.exports import StoredTransition
from monitor.store.schema import transitions

AT = datetime(2026, 1, 5, 1, 0, 0, 250_000, tzinfo=UTC)

ONE = StoredTransition(1, "desk", "INC1", "restore", 1, "breached", "breached", AT, "e1", "gold", "AAA", AT)

HOSTILE = (
    'quotes "twice"', "back\\slash\\", "comma, equals=sign", "two\nlines", "tab\tand\rreturn", "", " ",
    "nul\x00esc\x1b", "right\u202eto left", "新街口 机房", 'x\ntierwatch_transition,kind=met subject="INJECTED" 1',
    '"', "\\", '\\"', "#",
)  # fmt: skip
"""What a source may call a ticket or an event."""


def row(number: int, **changes: object) -> StoredTransition:
    """One of its own."""
    named = {"subject": f"INC{number}", "because": f"e{number}", **changes}
    return ONE._replace(id=number, **named)  # type: ignore[arg-type]


def many(number: int, begin: int = 1) -> list[StoredTransition]:
    """Rows a microsecond apart."""
    return [row(begin + each, at=AT + timedelta(microseconds=begin + each)) for each in range(number)]


def store(database: Database, rows: Iterable[StoredTransition]) -> None:
    """Put them into the table, with their own numbers."""
    names = [column.name for column in transitions.columns]
    with database.write() as connection:
        values = [{name: getattr(each, name) for name in names} for each in rows]
        statements.add(connection, transitions, values)
