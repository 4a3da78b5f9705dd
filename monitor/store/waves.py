"""Keep the waves of one root cause apart in the outbox of a receiver that is told every change once.

To such a receiver the waves are one incident. A wave that has not been sent when the next one comes is replaced by it,
and of the ends that come together it hears that of the newest wave which it took. Where nobody knows whether it took a
wave, the end of that one is told as well: one end too many closes nothing, one too few leaves an incident open.
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
        waits = outbox.c.closed_at.is_(None) & outbox.c.taken_at.is_(None)  # what is under way is left alone
        mine = (outbox.c.channel == channel.name) & outbox.c.alert_key.in_(older) & waits
        if decision.held:
            mine &= outbox.c.held_by == f"{decision.withheld}/{decision.detail}"
        replaced = {"closed_at": now, "next_at": None, "reason": Withheld.REPLACED.value}
        connection.execute(sa.update(outbox).where(mine).values(**replaced))


def one_end_each(connection: sa.Connection, channel: Channel, told: Told) -> list[tuple[Alert, Decision]]:
    """Leave out the end of a wave that the channel never heard of, or has taken a later one of.

    While a page of a wave waits or is under way its own end follows it, whatever came after.
    """
    kept = []
    for alert, decision in told:
        if not alert.firing and alert.wave:
            later = [key for key, wave in _waves(connection, alert) if wave > alert.wave]
            heard = _any(connection, channel, [alert.key], _SENT)
            taken = _any(connection, channel, later, outbox.c.accepted_at.is_not(None))
            if not _any(connection, channel, [alert.key], _WAITS) and (not heard or taken):
                continue
        kept.append((alert, decision))
    return kept


def _waves(connection: sa.Connection, alert: Alert) -> list[tuple[str, int]]:
    """The waves of the same cause, this one among them, each by the key of its alert."""
    rows = connection.execute(sa.select(alerts.c.key, alerts.c.labels).where(alerts.c.cause_key == alert.cause_key))
    return [(row.key, int(row.labels["wave"])) for row in rows if str(row.labels.get("wave", "")).isdecimal()]


_SENT = outbox.c.accepted_at.is_not(None) | (outbox.c.attempts > 0)
_WAITS = outbox.c.closed_at.is_(None) & (outbox.c.held_by == "")


def _any(connection: sa.Connection, channel: Channel, keys: Sequence[str], which: sa.ColumnElement[bool]) -> bool:
    """Whether the channel has such a page of any of these alerts."""
    mine = (outbox.c.channel == channel.name) & outbox.c.alert_key.in_(keys) & which
    return connection.scalar(sa.select(outbox.c.id).where(mine).limit(1)) is not None
