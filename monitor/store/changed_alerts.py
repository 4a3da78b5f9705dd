"""Store alerts that changed: read what a router needs, ask it, and write what it decided, in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from alerts.decide import keys_to_judge
from monitor.alert import (
    Alert,
    Cause,
    CauseOnRecord,
    ClockKey,
    FiringAlert,
    OnRecord,
    Reason,
    Router,
    SilenceRow,
    Withheld,
)
from monitor.model import Life
from monitor.store import statements
from monitor.store.alert_rows import add_changes
from monitor.store.schema import ITS_READING, LASTS, alerts, causes, outbox, readings, silences
from monitor.store.stored_alerts import to_alert, to_cause


def store_changes(connection: sa.Connection, changed: Sequence[Alert], router: Router, now: datetime) -> None:
    """Store alerts that changed, and put what must be sent of them into the outbox."""
    if not changed:
        return
    routed = router.route(changed, _on_record(connection, changed, now), now)
    statements.put(connection, causes, [_cause_row(cause) for cause in routed.causes])
    add_changes(connection, routed.changes, now)
    for cause in routed.causes:  # after their members' ends were queued, so that only what still holds is let go
        if cause.closed_at is not None:
            release(connection, f"{Withheld.GROUPED}/{cause.id}", now)


def _on_record(connection: sa.Connection, changed: Sequence[Alert], now: datetime) -> OnRecord:
    """What the store knows beside the change."""
    in_force = active_silences(connection, now)
    mine = statements.one_of(alerts.c.key, {alert.key for alert in changed})
    former = connection.scalars(sa.select(alerts.c.cause_key).where(mine).distinct())
    keys = keys_to_judge(changed, former)
    known = _causes(connection, keys) if keys else {}
    return OnRecord(in_force, known, lambda key: _pausing(connection, key))


def _causes(connection: sa.Connection, keys: Sequence[str]) -> dict[str, CauseOnRecord]:
    open_ones = sa.select(causes).where(statements.one_of(causes.c.key, keys) & LASTS)
    found = {row.key: to_cause(row) for row in connection.execute(open_ones)}
    own: dict[str, list[Alert]] = defaultdict(list)
    of_causes = statements.one_of(alerts.c.cause_key, [f"#{cause.id}" for cause in found.values()])
    for row in connection.execute(sa.select(alerts).where(of_causes)) if found else ():
        own[row.cause_key].append(to_alert(row))
    fires = alerts.c.resolved_at.is_(None) & alerts.c.subject.is_not(None)
    firing: dict[str, list[FiringAlert]] = defaultdict(list)
    for cause_key, *of_alert in connection.execute(_FIRING.where(statements.one_of(alerts.c.cause_key, keys) & fires)):
        firing[cause_key].append(FiringAlert(*of_alert))
    return {
        key: CauseOnRecord(cause, own.get(f"#{cause.id}", ()) if cause is not None else (), firing.get(key, ()))
        for key in keys
        for cause in (found.get(key),)
    }


_FIRING = sa.select(
    alerts.c.cause_key,
    alerts.c.key,
    alerts.c.reason,
    alerts.c.source,
    alerts.c.subject,
    alerts.c.target,
    alerts.c.tier,
    alerts.c.deadline,
    alerts.c.stage,
)


def _pausing(connection: sa.Connection, key: str) -> Sequence[ClockKey]:
    """The clocks of a cause whose alerts ended because they pause or idle, as they still do."""
    waits = readings.c.open & readings.c.life.in_([Life.PAUSED.value, Life.IDLE.value])
    query = (
        sa.select(alerts.c.source, alerts.c.subject, alerts.c.target, alerts.c.cycle)
        .join(readings, ITS_READING)
        .where((alerts.c.cause_key == key) & alerts.c.reason.in_([Reason.PAUSED.value, Reason.IDLE.value]) & waits)
        .distinct()
        .order_by(alerts.c.subject)
    )
    return [ClockKey(*row) for row in connection.execute(query)]


def active_silences(connection: sa.Connection, now: datetime) -> tuple[SilenceRow, ...]:
    """The silences in force, in no order."""
    active = (silences.c.starts_at <= now) & (silences.c.ends_at > now)
    return tuple(to_silence(row) for row in connection.execute(sa.select(silences).where(active)))


def release(connection: sa.Connection, held_by: str, now: datetime) -> None:
    """Let every row go that waits because of *held_by*; it is due at once."""
    mine = (outbox.c.held_by == held_by) & outbox.c.closed_at.is_(None)
    connection.execute(sa.update(outbox).where(mine).values(held_by="", next_at=now, due_since=now))


def to_silence(row: Any) -> SilenceRow:
    """A silences row as the silence it is."""
    return SilenceRow(row.id, tuple(row.matchers), row.starts_at, row.ends_at, row.author, row.reason, row.maintenance)


def _cause_row(cause: Cause) -> dict[str, Any]:
    return {
        "id": cause.id,
        "key": cause.key,
        "opened_at": cause.opened_at,
        "deadline": cause.deadline,
        "tier": cause.tier,
        "wave": cause.wave,
        "broken": cause.broken,
        "closed_at": cause.closed_at,
    }
