"""Look silences and causes up while changes of alerts are remembered, in the same transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from monitor.alert import RECORDED_ONLY, Alert, Cause, Member, Reason, SilenceRow, Telling, Withheld
from monitor.model import Life, SubjectKey
from monitor.policy import BREACHED_STAGE
from monitor.store import statements
from monitor.store.alert_rows import add_changes
from monitor.store.schema import ITS_READING, alerts, causes, outbox, readings, silences
from monitor.store.stored_alerts import to_alert


def tell(connection: sa.Connection, changed: Sequence[Alert], telling: Telling, now: datetime) -> None:
    """Remember alerts that changed, and put what must be told of them into the outbox."""
    if not changed:
        return
    book = AlertBook(connection, changed)
    routed = telling.route(changed, book, now)
    statements.put(connection, causes, book.remembered)
    add_changes(connection, routed, now)
    for cause in book.over:  # after their members' ends were told, so that only what still holds is let go
        release(connection, f"{Withheld.GROUPED}/{cause.id}", now)


class _Firing(NamedTuple):
    """What a cause must know of an alert that fires."""

    source: str
    subject: str
    target: str
    tier: str
    deadline: datetime | None
    stage: str


_MEMBERS = sa.select(
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


class AlertBook:
    """What the store knows of alerts, with a change of some of them that is not written yet."""

    def __init__(self, connection: sa.Connection, changed: Sequence[Alert]) -> None:
        self._connection = connection
        self._changed = {alert.key: alert for alert in changed}
        self._causes: dict[str, Cause] = {}
        self._members: dict[str, dict[str, _Firing]] = {}
        self._own: dict[str, list[Alert]] = {}
        self.remembered: list[dict[str, Any]] = []
        self.over: list[Cause] = []

    def former_keys(self) -> set[str]:
        """What the changed alerts belonged to before."""
        mine = statements.one_of(alerts.c.key, self._changed)
        return set(self._connection.scalars(sa.select(alerts.c.cause_key).where(mine).distinct()))

    def silences(self, now: datetime) -> Sequence[SilenceRow]:
        active = (silences.c.starts_at <= now) & (silences.c.ends_at > now)
        return [to_silence(row) for row in self._connection.execute(sa.select(silences).where(active))]

    def look_up(self, keys: Collection[str]) -> None:
        wanted = [key for key in keys if key]
        if wanted:
            self._look_up(wanted)
        for alert in self._changed.values():
            if alert.firing and alert.told and alert.subject is not None:
                tier = alert.labels.get("tier", "")
                named = alert.subject.source, alert.subject.subject
                firing_now = _Firing(*named, alert.target, tier, alert.deadline, alert.stage)
                self._members.setdefault(alert.cause_key, {})[alert.key] = firing_now

    def _look_up(self, wanted: Sequence[str]) -> None:
        open_ones = sa.select(causes).where(statements.one_of(causes.c.key, wanted) & causes.c.closed_at.is_(None))
        self._causes = {row.key: to_cause(row) for row in self._connection.execute(open_ones)}
        own = statements.one_of(alerts.c.cause_key, [f"#{cause.id}" for cause in self._causes.values()])
        for row in self._connection.execute(sa.select(alerts).where(own)) if self._causes else ():
            self._own.setdefault(row.cause_key, []).append(to_alert(row))
        fires = alerts.c.resolved_at.is_(None) & alerts.c.subject.is_not(None)
        firing = _MEMBERS.where(statements.one_of(alerts.c.cause_key, wanted) & fires)
        for cause_key, alert_key, reason, *member in self._connection.execute(firing):
            if Reason(reason) not in RECORDED_ONLY and alert_key not in self._changed:
                self._members.setdefault(cause_key, {})[alert_key] = _Firing(*member)

    def cause(self, key: str) -> Cause | None:
        return self._causes.get(key)

    def members(self, key: str) -> Sequence[Member]:
        clocks: dict[tuple[str, str, str], Member] = {}
        for source, subject, target, tier, deadline, stage in self._members.get(key, {}).values():
            clock = (source, subject, target)
            known = clocks.get(clock)
            broken = stage == BREACHED_STAGE or (known is not None and known.broken)
            clocks[clock] = Member(SubjectKey(source, subject), target, tier, deadline, broken)
        return tuple(clocks.values())

    def alerts_of(self, cause: Cause) -> Sequence[Alert]:
        return self._own.get(f"#{cause.id}", [])

    def resting(self, key: str) -> Sequence[str]:
        changed = {(one.subject, one.target, one.cycle) for one in self._changed.values()}
        waits = readings.c.open & readings.c.life.in_([Life.PAUSED.value, Life.IDLE.value])
        query = (
            sa.select(alerts.c.source, alerts.c.subject, alerts.c.target, alerts.c.cycle)
            .join(readings, ITS_READING)
            .where((alerts.c.cause_key == key) & alerts.c.reason.in_([Reason.PAUSED.value, Reason.IDLE.value]) & waits)
            .distinct()
            .order_by(alerts.c.subject)
        )
        rows = self._connection.execute(query).all()
        found = [
            row.subject for row in rows if (SubjectKey(row.source, row.subject), row.target, row.cycle) not in changed
        ]
        found += [
            one.subject.subject
            for one in self._changed.values()
            if one.cause_key == key and one.reason in (Reason.PAUSED, Reason.IDLE) and one.subject is not None
        ]
        return tuple(dict.fromkeys(sorted(found)))

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
        self.remembered.append(row)

    def release(self, cause: Cause) -> None:
        self.over.append(cause)


def release(connection: sa.Connection, held_by: str, now: datetime) -> None:
    """Let every row go that waits because of *held_by*; it is due at once."""
    mine = (outbox.c.held_by == held_by) & outbox.c.closed_at.is_(None)
    connection.execute(sa.update(outbox).where(mine).values(held_by="", next_at=now, due_since=now))


def to_silence(row: Any) -> SilenceRow:
    """A silences row as the silence it is."""
    return SilenceRow(row.id, tuple(row.matchers), row.starts_at, row.ends_at, row.author, row.reason, row.maintenance)


def to_cause(row: Any) -> Cause:
    """A causes row as the cause it is."""
    return Cause(row.id, row.key, row.opened_at, row.deadline, row.tier, row.wave, row.broken, row.closed_at)
