"""Keep the waves of one root cause apart in the outbox of a receiver that is told every change once.

To such a receiver the waves are one incident. A wave that has not been sent when the next one comes is replaced by it,
and of all the ends that come together it hears one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from monitor.alert import Alert, Channel, Decision, Withheld
from monitor.store.schema import alerts, outbox

Told = Sequence[tuple[Alert, Decision]]


def replace_what_waits(connection: sa.Connection, channel: Channel, told: Told, now: datetime) -> None:
    """Close the pages of older waves that wait for nothing else than the newer one does."""
    for alert, decision in told:
        if not (alert.firing and alert.wave):
            continue
        older = [key for key, wave in _waves(connection, alert) if wave <= alert.wave]
        mine = (outbox.c.channel == channel.name) & outbox.c.alert_key.in_(older) & outbox.c.closed_at.is_(None)
        if decision.held:
            mine &= outbox.c.held_by == f"{decision.withheld}/{decision.detail}"
        replaced = {"closed_at": now, "next_at": None, "reason": Withheld.NOTHING_NEW.value}
        connection.execute(sa.update(outbox).where(mine).values(**replaced))


def one_end_each(connection: sa.Connection, channel: Channel, told: Told) -> list[tuple[Alert, Decision]]:
    """Leave out the end of a wave that the channel never heard of, or has heard a later one of."""
    kept = []
    for alert, decision in told:
        if not alert.firing and alert.wave:
            heard = {wave for key, wave in _waves(connection, alert) if _heard(connection, channel, key)}
            if max(heard, default=0) != alert.wave:
                continue
        kept.append((alert, decision))
    return kept


def _waves(connection: sa.Connection, alert: Alert) -> list[tuple[str, int]]:
    """The waves of the same cause, this one among them, each by the key of its alert."""
    rows = connection.execute(sa.select(alerts.c.key, alerts.c.labels).where(alerts.c.cause_key == alert.cause_key))
    return [(row.key, int(row.labels["wave"])) for row in rows if str(row.labels.get("wave", "")).isdecimal()]


def _heard(connection: sa.Connection, channel: Channel, key: str) -> bool:
    """Whether the channel was told, or is about to be; what was replaced or is held back does not count."""
    mine = (outbox.c.channel == channel.name) & (outbox.c.alert_key == key)
    sent = outbox.c.accepted_at.is_not(None) | (outbox.c.attempts > 0)
    waits = outbox.c.closed_at.is_(None) & (outbox.c.held_by == "")
    return connection.scalar(sa.select(outbox.c.id).where(mine & (sent | waits)).limit(1)) is not None
