"""An event is read back as it was stored, by both ways in which rows become events."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from monitor.history import Baseline, Correction, Event, Used
from monitor.model import CorrectionKind, RetiredBy, SubjectKind
from monitor.store import statements
from monitor.store.database import Database
from monitor.store.ingest import event_row, events_of, to_event
from monitor.store.schema import events

AT = datetime(2026, 1, 5, 1, 2, 3, 456_789, tzinfo=UTC)

LEAST = Event(source="desk", event_id="e1", kind=SubjectKind.TICKET, subject="INC1", at=AT)
WHOLE = Event(
    source="desk", event_id="e2", kind=SubjectKind.CIRCUIT, subject="INC1", at=AT, sequence=3, status="held",
    reason="客户", feedback=True, opened_at=AT - timedelta(microseconds=1),
    fields={"tier": "gold", "title": 'a "b"\u202e'},
    correction=Correction(
        CorrectionKind.EXCLUDE, "works", "lin", AT, AT + timedelta(hours=1), "restore", "e0", RetiredBy.SOURCE,
    ),
    tie=7, or_at=AT + timedelta(days=1),
    baseline=Baseline(AT, {"restore": 4}, {"restore": Used(2, AT, timedelta(hours=2))}),
)  # fmt: skip


def told(event: Event) -> list[tuple[type, Any]]:
    """Every value with its type; what is equal may be another: 1 and True, and `tie` is not compared."""
    return [(type(value), value) for value in (getattr(event, one.name) for one in fields(event))]


def test_the_whole_event_has_something_in_every_field() -> None:
    """A field that is added must be stored and read, so it must be there."""
    assert [one.name for one in fields(Event) if getattr(WHOLE, one.name) == getattr(LEAST, one.name)] == [
        "source", "subject", "at",
    ]  # fmt: skip


@pytest.mark.parametrize("event", [LEAST, WHOLE], ids=["least", "whole"])
def test_an_event_is_what_it_was(event: Event) -> None:
    database = Database("sqlite://")
    with database.write() as connection:
        statements.add(connection, events, [event_row(event, AT)])
    with database.read() as connection:
        (by_row,) = map(to_event, connection.execute(sa.select(events)))
        (by_value,) = events_of(connection, [event.key])[event.key]
    assert told(by_row) == told(event)
    assert told(by_value) == told(event)
    database.close()
