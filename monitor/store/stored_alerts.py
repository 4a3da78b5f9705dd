"""Turn alerts into rows and back, and say which place their pages have."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from alerts.decide import LogEntry
from monitor.alert import Alert, Cause, Reason, urgency
from monitor.model import SubjectKey
from monitor.policy import NO_RUNG
from monitor.store import statements
from monitor.store.schema import alert_log, meta

_LADDER = "tiers"


def keep_ladder(connection: sa.Connection, tiers: Sequence[str]) -> None:
    """Remember the tiers of the policy, the highest first: pages are ordered by them."""
    statements.put(connection, meta, [{"key": _LADDER, "value": json.dumps(list(tiers))}])


def ladder(connection: sa.Connection) -> tuple[str, ...]:
    """The tiers by which pages are ordered, the highest first."""
    kept = connection.scalar(sa.select(meta.c.value).where(meta.c.key == _LADDER))
    return tuple(json.loads(kept)) if kept else ()


def placed(alert: Alert, tiers: Sequence[str], now: datetime) -> dict[str, int]:
    """The columns that say when a page made at *now* is in turn."""
    place = urgency(alert, tiers, now)
    return {"turn": place.turn, "rank": place.rank, "deadline": place.deadline}


def queued_alert(alert: Alert) -> dict[str, Any]:
    """An alert as it is kept in a queue's row, for `from_json`."""
    row = alert_row(alert, plain=True)
    if row["ahead"] is None:
        del row["ahead"]
    return row


def alert_row(alert: Alert, plain: bool = False) -> dict[str, Any]:
    """An alert as a row of `alerts`; *plain* with its times as text."""

    def time(at: datetime | None) -> Any:
        return at.isoformat() if plain and at is not None else at

    return {
        "key": alert.key,
        "source": None if alert.subject is None else alert.subject.source,
        "subject": None if alert.subject is None else alert.subject.subject,
        "target": alert.target,
        "cycle": alert.cycle,
        "stage": alert.stage,
        "tier": alert.labels.get("tier", NO_RUNG),
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "starts_at": time(alert.starts_at),
        "resolved_at": time(alert.resolved_at),
        "reason": alert.reason.value,
        "link": alert.link,
        "cause_key": alert.cause_key,
        "deadline": time(alert.deadline),
        "ahead": [[stage, at.isoformat()] for stage, at in alert.ahead] or None,
    }


def to_alert(row: Any) -> Alert:
    """An alerts row as the alert it is."""
    return Alert(
        labels=row.labels,
        annotations=row.annotations,
        starts_at=row.starts_at,
        resolved_at=row.resolved_at,
        reason=Reason(row.reason),
        subject=None if row.subject is None else SubjectKey(row.source, row.subject),
        target=row.target,
        cycle=row.cycle,
        stage=row.stage,
        link=row.link,
        cause_key=row.cause_key,
        deadline=row.deadline,
        ahead=_ahead(row.ahead),
    )


def from_json(data: dict[str, Any]) -> Alert:
    """An alert as it was when it was queued."""
    resolved = data["resolved_at"]
    return Alert(
        labels=data["labels"],
        annotations=data["annotations"],
        starts_at=datetime.fromisoformat(data["starts_at"]),
        resolved_at=None if resolved is None else datetime.fromisoformat(resolved),
        reason=Reason(data["reason"]),
        subject=None if data["subject"] is None else SubjectKey(data["source"], data["subject"]),
        target=data["target"],
        cycle=data["cycle"],
        stage=data["stage"],
        link=data["link"],
        cause_key=data.get("cause_key", ""),
        deadline=None if data.get("deadline") is None else datetime.fromisoformat(data["deadline"]),
        ahead=_ahead(data.get("ahead")),
    )


def _ahead(stored: Sequence[tuple[str, str]] | None) -> tuple[tuple[str, datetime], ...]:
    return tuple((stage, datetime.fromisoformat(at)) for stage, at in stored or ())


def to_cause(row: Any) -> Cause:
    """A causes row as the cause it is."""
    return Cause(row.id, row.key, row.opened_at, row.deadline, row.tier, row.wave, row.broken, row.closed_at)


def log_of(connection: sa.Connection, keys: Collection[str]) -> list[LogEntry]:
    """The changes of these alerts."""
    columns = alert_log.c.id, alert_log.c.key, alert_log.c.at, alert_log.c.reason, alert_log.c.firing
    return [
        LogEntry(*row)
        for row in connection.execute(sa.select(*columns).where(statements.one_of(alert_log.c.key, keys)))
    ]
