"""Write alerts and their outbox rows inside the engine's transaction: first remember, then tell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from monitor.alert import Alert, Channel, Delivery, Reason
from monitor.model import SubjectKey
from monitor.policies import NO_RUNG
from monitor.store import statements
from monitor.store.schema import Instant, alert_log, alerts, outbox

_KEYS_AT_ONCE = 500


def add_changes(
    connection: sa.Connection, changed: Sequence[Alert], channels: Sequence[Channel], now: datetime
) -> None:
    """Remember alerts as they are now, why they changed, and that every channel must hear of it, in this order."""
    if not changed:
        return
    statements.put(connection, alerts, [_row(alert) for alert in changed])
    entries = [{"key": alert.key, "at": now, "reason": alert.reason.value, "firing": alert.firing} for alert in changed]
    connection.execute(sa.insert(alert_log), entries)
    for channel in channels:
        queue_for(connection, channel, [alert for alert in changed if alert.goes_by(channel.delivery)], now)


def queue_for(connection: sa.Connection, channel: Channel, told: Sequence[Alert], now: datetime) -> None:
    """Put alerts into the outbox of one channel: a row of its own for each change, or each state's one row anew."""
    if channel.delivery is Delivery.STATE:
        told = _renew(connection, channel, told, now)
    if told:
        connection.execute(sa.insert(outbox), [_queued(alert, channel, now) for alert in told])


def _renew(connection: sa.Connection, channel: Channel, told: Sequence[Alert], now: datetime) -> list[Alert]:
    """Make the rows of states that the channel has already due again in their new version; gives those it has not."""
    by_key = {alert.key: alert for alert in told}
    known: set[str] = set()
    keys = list(by_key)
    for start in range(0, len(keys), _KEYS_AT_ONCE):
        mine = (outbox.c.channel == channel.name) & outbox.c.alert_key.in_(keys[start : start + _KEYS_AT_ONCE])
        known.update(connection.scalars(sa.select(outbox.c.alert_key).where(mine)))
    if known:
        same = (outbox.c.channel == channel.name) & (outbox.c.alert_key == sa.bindparam("of"))
        again = {
            "version": outbox.c.version + 1,
            "attempts": 0,
            "next_at": sa.bindparam("now", type_=Instant),
            "created_at": sa.bindparam("now", type_=Instant),
            "closed_at": None,
            "accepted_at": None,
            "reason": sa.bindparam("why"),
        }
        rows = [{"of": key, "now": now, "why": by_key[key].reason.value} for key in known]
        connection.execute(sa.update(outbox).where(same).values(**again), rows)
    return [alert for key, alert in by_key.items() if key not in known]


def _queued(alert: Alert, channel: Channel, now: datetime) -> dict[str, Any]:
    return {
        "channel": channel.name,
        "alert_key": alert.key,
        "delivery": channel.delivery.value,
        "version": 1,
        "alert": _row(alert, plain=True) if channel.delivery is Delivery.QUEUE else None,
        "attempts": 0,
        "next_at": now,
        "created_at": now,
        "reason": alert.reason.value,
        "detail": "",
    }


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
        "tier": alert.labels.get("tier", NO_RUNG),
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
