"""Look silences and causes up while changes of alerts are remembered, in the same transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from monitor.alert import Alert, Cause, Member, SilenceRow, Telling, Withheld
from monitor.budgets import BREACHED_STAGE
from monitor.model import SubjectKey
from monitor.store import statements
from monitor.store.alert_rows import add_changes, to_alert
from monitor.store.schema import alerts, causes, outbox, silences

_KEYS_AT_ONCE = 500


def tell(connection: sa.Connection, changed: Sequence[Alert], telling: Telling, now: datetime) -> None:
    """Remember alerts that changed, and put what must be told of them into the outbox."""
    if not changed:
        return
    book = AlertBook(connection, changed)
    add_changes(connection, telling.route(changed, book, now), now)
    for cause in book.over:  # after their members' ends were told, so that only what still holds is let go
        release(connection, f"{Withheld.GROUPED}/{cause.id}", now)


class AlertBook:
    """What the store knows of alerts, with a change of some of them that is not written yet."""

    def __init__(self, connection: sa.Connection, changed: Sequence[Alert]) -> None:
        self._connection = connection
        self._changed = {alert.key: alert for alert in changed}
        self._causes: dict[str, Cause] = {}
        self._firing: dict[str, dict[str, Alert]] = {}
        self.over: list[Cause] = []

    def former_keys(self) -> set[str]:
        """What the changed alerts belonged to before."""
        keys = list(self._changed)
        found: set[str] = set()
        for start in range(0, len(keys), _KEYS_AT_ONCE):
            mine = alerts.c.key.in_(keys[start : start + _KEYS_AT_ONCE])
            found.update(self._connection.scalars(sa.select(alerts.c.cause_key).where(mine).distinct()))
        return found

    def silences(self, now: datetime) -> Sequence[SilenceRow]:
        active = (silences.c.starts_at <= now) & (silences.c.ends_at > now)
        return [to_silence(row) for row in self._connection.execute(sa.select(silences).where(active))]

    def look_up(self, keys: Collection[str]) -> None:
        wanted = [key for key in keys if key]
        for start in range(0, len(wanted), _KEYS_AT_ONCE):
            some = wanted[start : start + _KEYS_AT_ONCE]
            open_ones = sa.select(causes).where(causes.c.key.in_(some) & causes.c.closed_at.is_(None))
            self._causes |= {row.key: to_cause(row) for row in self._connection.execute(open_ones)}
            firing = alerts.c.cause_key.in_(some) & alerts.c.resolved_at.is_(None) & alerts.c.subject.is_not(None)
            for row in self._connection.execute(sa.select(alerts).where(firing)):
                self._firing.setdefault(row.cause_key, {})[row.key] = to_alert(row)
        for of_key in self._firing.values():
            for name in of_key.keys() & self._changed.keys():
                del of_key[name]
        for alert in self._changed.values():
            self._firing.setdefault(alert.cause_key, {})[alert.key] = alert

    def cause(self, key: str) -> Cause | None:
        return self._causes.get(key)

    def members(self, key: str) -> Sequence[Member]:
        clocks: dict[tuple[SubjectKey, str], Member] = {}
        for alert in self._firing.get(key, {}).values():
            if alert.firing and alert.told and alert.subject is not None:
                tier = alert.labels.get("tier", "")
                clock, broken = (alert.subject, alert.target), alert.stage == BREACHED_STAGE
                known = clocks.get(clock)
                broken = broken or (known is not None and known.broken)
                clocks[clock] = Member(alert.subject, alert.target, tier, alert.deadline, broken)
        return tuple(clocks.values())

    def alerts_of(self, cause: Cause) -> Sequence[Alert]:
        found = self._connection.execute(sa.select(alerts).where(alerts.c.cause_key == f"#{cause.id}"))
        return [to_alert(row) for row in found]

    def remember(self, cause: Cause) -> None:
        row = {
            "id": cause.id,
            "key": cause.key,
            "opened_at": cause.opened_at,
            "deadline": cause.deadline,
            "tier": cause.tier,
            "wave": cause.wave,
            "broken": cause.broken,
            "closed_at": cause.closed_at,
        }
        statements.put(self._connection, causes, [row])

    def release(self, cause: Cause) -> None:
        self.over.append(cause)


def release(connection: sa.Connection, held_by: str, now: datetime) -> None:
    """Let every row go that waits because of *held_by*; it is due at once."""
    mine = (outbox.c.held_by == held_by) & outbox.c.closed_at.is_(None)
    connection.execute(sa.update(outbox).where(mine).values(held_by="", next_at=now))


def to_silence(row: Any) -> SilenceRow:
    """A silences row as the silence it is."""
    return SilenceRow(row.id, tuple(row.matchers), row.starts_at, row.ends_at, row.author, row.reason, row.maintenance)


def to_cause(row: Any) -> Cause:
    """A causes row as the cause it is."""
    return Cause(row.id, row.key, row.opened_at, row.deadline, row.tier, row.wave, row.broken, row.closed_at)
