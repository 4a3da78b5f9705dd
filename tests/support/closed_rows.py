"""Rows of subjects that ended years ago, in every table that grows; and how much of them SQLite goes through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from monitor.store import schema, statements
from monitor.store.database import Database
from monitor.store.digests import digest
from monitor.store.escalation_steps import BEGUN

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)

GROWING = (
    "acknowledgements", "actions", "alert_log", "alerts", "causes", "contributions", "decisions", "erased",
    "escalations", "events", "forgotten", "outbox", "publications", "quarantine", "raw_bodies", "readings", "silences",
    "subjects", "transitions",
)  # fmt: skip
"""Tables of which rows stay when what they are about is over."""


Rows = Iterator[dict[str, Any]]
SOURCE = "tickets"


def fill(database: Database, number: int, rules_version: str) -> None:
    """Store what *number* tickets leave behind that breached, were paged, acknowledged and closed, long ago."""
    for first in range(0, number, 10_000):
        numbers = range(first, min(first + 10_000, number))
        with database.write() as connection:
            for name in GROWING:
                table = schema.metadata.tables[name]
                rows = [row for n in numbers for row in getattr(_Old(n, rules_version), name)()]
                statements.add(connection, table, rows)


@dataclass(frozen=True, slots=True)
class _Old:
    """What one ticket left behind: a method for each table."""

    n: int
    rules_version: str

    @property
    def at(self) -> datetime:
        return LONG_AGO + timedelta(minutes=self.n)

    @property
    def over(self) -> datetime:
        return self.at + timedelta(hours=9)

    @property
    def key(self) -> str:
        return f"key-{self.n}"

    @property
    def of(self) -> dict[str, Any]:
        return {"source": SOURCE, "subject": f"old-{self.n}"}

    @property
    def clock(self) -> dict[str, Any]:
        return {**self.of, "target": "restore", "cycle": 1, "tier": "gold", "assurance": "none"}

    def events(self) -> Rows:
        for word, at in (("opened", self.at), ("resolved", self.over)):
            yield {
                **self.of, "event_id": f"old-{self.n} {word}", "kind": "ticket", "at": at, "sequence": 0,
                "status": word, "feedback": False, "fields": {"tier": "gold"}, "received_at": at,
            }  # fmt: skip

    def forgotten(self) -> Rows:
        yield {"digest": digest(SOURCE, f"older-{self.n} opened")}

    def raw_bodies(self) -> Rows:
        yield {"source": SOURCE, "event_id": f"old-{self.n} opened", "body": "{}"}

    def quarantine(self) -> Rows:
        yield {
            **self.of, "record_id": f"old-{self.n}", "reason": "no_status", "detail": "no status", "body": "{}",
            "first_seen": self.at, "last_seen": self.at, "resolved_at": self.over,
            "rejudge_at": self.over if self.n % 2 else None,
        }  # fmt: skip

    def subjects(self) -> Rows:
        yield {
            **self.of, "kind": "ticket", "tier": "gold", "assurance": "none", "attributes": {"tier": "gold"},
            "status": "resolved", "since": self.over, "rules_version": self.rules_version,
        }  # fmt: skip

    def readings(self) -> Rows:
        late = self.at + timedelta(hours=4)
        yield {
            **self.clock, "open": False, "state": "breached", "life": "stopped", "counted": timedelta(hours=9),
            "read_at": self.over, "budget": timedelta(hours=4), "started_at": self.at, "deadline": late,
            "breached_at": late, "stopped_at": self.over, "missed_periods": 0, "policy_version": "flow@1",
            "calendar": "always",
        }  # fmt: skip

    def transitions(self) -> Rows:
        late = self.at + timedelta(hours=4)
        for kind, stage, at in (
            ("started", "", self.at),
            ("breached", "breached", late),
            ("ended_late", "", self.over),
        ):
            yield {
                **self.clock, "kind": kind, "stage": stage, "at": at, "because": f"old-{self.n} opened",
                "recorded_at": at,
            }  # fmt: skip

    def alerts(self) -> Rows:
        alert = {
            "key": self.key, **self.of, "target": "restore", "cycle": 1, "stage": "breached", "tier": "gold",
            "labels": {"alertname": "SLABreached"}, "annotations": {"summary": "over"}, "starts_at": self.at,
            "resolved_at": self.over, "reason": "restored", "link": "", "cause_key": f"cable-{self.n}",
            "deadline": self.at,
        }  # fmt: skip
        yield alert
        yield {
            **alert, "key": f"of-{self.key}", "source": None, "subject": None, "target": "",
            "cause_key": f"#cause-{self.n}",
            "labels": {"alertname": "TierwatchRootCause", "root_cause": f"cause-{self.n}", "wave": "1"},
        }  # fmt: skip

    def alert_log(self) -> Rows:
        yield {"key": self.key, "at": self.at, "reason": "first", "firing": True}
        yield {"key": self.key, "at": self.over, "reason": "restored", "firing": False}

    def outbox(self) -> Rows:
        page = {
            **next(iter(self.alerts())), "starts_at": self.at.isoformat(), "resolved_at": self.over.isoformat(),
            "deadline": self.at.isoformat(),
        }  # fmt: skip
        for channel, delivery, alert in (("hook", "queue", page), ("am/1", "state", None)):
            yield {
                "channel": channel, "alert_key": self.key, "delivery": delivery, "version": 2, "alert": alert,
                "attempts": 0, "created_at": self.at, "accepted_at": self.over, "closed_at": self.over,
                "reason": "restored", "detail": "",
            }  # fmt: skip

    def decisions(self) -> Rows:
        yield {"alert_key": self.key, "channel": "hook", "at": self.at, "reason": "shadow", "detail": ""}

    def actions(self) -> Rows:
        yield {"at": self.at, "kind": "silence_ended", "author": "zhang", "about": f"s-{self.n}", "detail": {}}

    def erased(self) -> Rows:
        yield {"source": SOURCE, "subject": f"OLD-{self.n}", "field": "title", "marker": "[erased 1]"}

    def silences(self) -> Rows:
        if self.n % 100 == 0:
            yield {
                "id": f"silence-{self.n}", "matchers": ['ticket="x"'], "starts_at": self.at, "ends_at": self.over,
                "author": "lin", "reason": "works", "maintenance": False, "created_at": self.at,
            }  # fmt: skip

    def causes(self) -> Rows:
        yield {
            "id": f"cause-{self.n}", "key": f"cable-{self.n}", "opened_at": self.at, "deadline": self.at,
            "tier": "gold", "wave": 1, "broken": True, "closed_at": self.over,
        }  # fmt: skip

    def acknowledgements(self) -> Rows:
        """Every other one without an end."""
        ended = self.over if self.n % 2 else None
        yield {
            "alert_key": self.key, "at": self.at, "author": "lin", "via": "link", "note": "", "holder": "lin",
            "ends_for": "shift" if self.n % 2 else "", "ends_at": ended, "ended_at": ended,
        }  # fmt: skip

    def escalations(self) -> Rows:
        begun = {"alert_key": self.key, "step": BEGUN, "person": "", "at": self.at, "reason": "begun"}
        yield {**begun, "over_at": self.over}

    def contributions(self) -> Rows:
        yield {
            **self.of, "number": 0, "counted_in": f"complaints/{self.n % 50}", "at": self.at, "what": "complaints",
            "because": "x", "value": "Harbour Bank",
        }  # fmt: skip

    def publications(self) -> Rows:
        if self.n % 1000 == 0:
            yield {
                "at": self.at, "rules_version": f"r{self.n}", "policies": [], "author": "lin", "changes": [],
                "rules": {"policies": [], "mappings": {}},
            }  # fmt: skip


class Steps:
    """How many steps SQLite's machine took, in hundreds; it takes about ten for each row that it goes through."""

    def __init__(self) -> None:
        self.hundreds = 0

    def note(self) -> int:
        self.hundreds += 1
        return 0


@contextmanager
def counting(database: Database) -> Iterator[Steps]:
    """Count the steps of every connection to the database."""
    steps, engine = Steps(), database._engine
    seen: list[Any] = []

    def begin(connection: sa.Connection) -> None:
        raw: Any = connection.connection.driver_connection
        raw.set_progress_handler(steps.note, 100)
        seen.append(raw)

    sa.event.listen(engine, "begin", begin)
    try:
        yield steps
    finally:
        sa.event.remove(engine, "begin", begin)
        for raw in seen:
            raw.set_progress_handler(None, 100)


def sizes(database: Database) -> Mapping[str, int]:
    """How many rows each growing table has."""
    with database.read() as connection:
        return {name: connection.scalar(sa.text(f"SELECT count(*) FROM {name}")) or 0 for name in GROWING}
