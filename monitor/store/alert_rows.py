"""Write alerts and their outbox rows inside the engine's transaction: first remember, then tell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from monitor.alert import Alert, Channel, Delivery, Reason
from monitor.model import SubjectKey
from monitor.store import statements
from monitor.store.schema import alert_log, alerts, outbox


def add_changes(
    connection: sa.Connection, changed: Iterable[Alert], channels: Sequence[Channel], now: datetime
) -> None:
    """Remember alerts as they are now, why they changed, and that every channel must hear of it."""
    for alert in changed:
        statements.put(connection, alerts, [_row(alert)])
        entry = {"key": alert.key, "at": now, "reason": alert.reason.value, "firing": alert.firing}
        connection.execute(sa.insert(alert_log).values(**entry))
        for channel in channels:
            if alert.goes_by(channel.delivery):
                _queue(connection, alert, channel, now)


def _queue(connection: sa.Connection, alert: Alert, channel: Channel, now: datetime) -> None:
    row: dict[str, Any] = {
        "channel": channel.name,
        "alert_key": alert.key,
        "delivery": channel.delivery.value,
        "version": 1,
        "alert": None,
        "attempts": 0,
        "next_at": now,
        "created_at": now,
        "reason": alert.reason.value,
        "detail": "",
    }
    if channel.delivery is Delivery.STATE:
        mine = (outbox.c.channel == channel.name) & (outbox.c.alert_key == alert.key)
        again = {"version": outbox.c.version + 1, "attempts": 0, "next_at": now, "closed_at": None,
                 "accepted_at": None, "created_at": now, "reason": alert.reason.value}  # fmt: skip
        if connection.execute(sa.update(outbox).where(mine).values(**again)).rowcount:
            return
    else:
        row["alert"] = _row(alert, plain=True)
    connection.execute(sa.insert(outbox).values(**row))


def _row(alert: Alert, plain: bool = False) -> dict[str, Any]:
    def time(at: datetime | None) -> Any:
        return at.isoformat() if plain and at is not None else at

    return {
        "key": alert.key,
        "source": None if alert.subject is None else alert.subject.source,
        "subject": None if alert.subject is None else alert.subject.subject,
        "target": alert.target,
        "cycle": alert.cycle,
        "stage": alert.stage,
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "starts_at": time(alert.starts_at),
        "resolved_at": time(alert.resolved_at),
        "reason": alert.reason.value,
        "link": alert.link,
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
    )
