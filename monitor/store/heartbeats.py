"""Keep the synthetic clock's events and how far it came, since when each channel is there, and the outgoing pings.

A synthetic clock leaves its event, its alert and what was sent of it, under a source of its own. It never leaves a
reading, a transition or a counter, so whatever is counted from those cannot contain it. Its old rows are the only thing
that tierwatch ever deletes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from monitor.alert import Alert, Channel, Router
from monitor.history import Event
from monitor.snapshot import OWN_SOURCE, Beat
from monitor.store import statements
from monitor.store.changed_alerts import store_changes
from monitor.store.database import Database
from monitor.store.ingest import event_row, to_event
from monitor.store.schema import (
    OURS,
    acknowledgements,
    alert_log,
    alerts,
    decisions,
    escalations,
    events,
    heartbeats,
    meta,
    outbox,
)
from monitor.store.stored_alerts import to_alert

_CHANNELS = "channels"


@dataclass(frozen=True, slots=True)
class Run:
    """The newest synthetic clock, with all that is known of it. `accepted` names the channels that took its alert."""

    subject: str
    events: tuple[Event, ...]
    alerts: tuple[Alert, ...]
    accepted: frozenset[str]


class Heartbeats:
    """The side of the store that the program's watch over itself writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def takes_writes(self) -> bool:
        """Whether the database took the last write: of one that does not, nobody is told that all is well."""
        return self._database.takes_writes

    def note_channels(self, channels: Sequence[Channel], now: datetime) -> None:
        """Remember since when each channel has been configured without a break."""
        with self._database.write() as connection:
            known = _channels(connection)
            since = {channel.name: known.get(channel.name, now.isoformat()) for channel in channels}
            statements.put(connection, meta, [{"key": _CHANNELS, "value": json.dumps(since, sort_keys=True)}])

    def channels(self) -> dict[str, datetime]:
        """The configured channels, and since when each has been."""
        with self._database.read() as connection:
            return {name: datetime.fromisoformat(since) for name, since in _channels(connection).items()}

    def installed_at(self) -> datetime | None:
        """When this installation first ran; None before that."""
        with self._database.read() as connection:
            found = connection.scalar(sa.select(meta.c.value).where(meta.c.key == "installed_at"))
        return None if found is None else datetime.fromisoformat(found)

    def stamps(self) -> dict[Beat, datetime]:
        """When the synthetic clock last came to each stage."""
        with self._database.read() as connection:
            return {Beat(row.stage): row.at for row in connection.execute(sa.select(heartbeats))}

    def run(self, now: datetime) -> Run | None:
        """The newest synthetic clock; None before the first. One of a time before the clock was put back is none."""
        mine = events.c.source == OWN_SOURCE
        until_now = OURS & (events.c.received_at <= now)
        newest = sa.select(events.c.subject).where(until_now).order_by(events.c.received_at.desc()).limit(1)
        with self._database.read() as connection:
            subject = connection.scalar(newest)
            if subject is None:
                return None
            its_events = connection.execute(sa.select(events).where(mine & (events.c.subject == subject))).all()
            of_it = (alerts.c.source == OWN_SOURCE) & (alerts.c.subject == subject)
            its_alerts = connection.execute(sa.select(alerts).where(of_it)).all()
            taken = statements.one_of(
                outbox.c.alert_key, [row.key for row in its_alerts]
            ) & outbox.c.accepted_at.is_not(None)
            accepted = frozenset(connection.scalars(sa.select(outbox.c.channel).where(taken)))
        return Run(subject, tuple(map(to_event, its_events)), tuple(map(to_alert, its_alerts)), accepted)

    def commit(
        self,
        new: Sequence[Event],
        changed: Sequence[Alert],
        stages: AbstractSet[Beat],
        router: Router,
        now: datetime,
    ) -> None:
        """Remember what became of a synthetic clock: event, alert, outbox rows and stages, all or nothing."""
        with self._database.write() as connection:
            statements.put_new(connection, events, [event_row(event, now) for event in new])
            store_changes(connection, changed, router, now)
            statements.put(connection, heartbeats, [{"stage": stage.value, "at": now} for stage in sorted(stages)])

    def forget(self, before: datetime) -> int:
        """Delete the synthetic clocks whose last event was received before *before*; gives how many."""
        mine = events.c.source == OWN_SOURCE
        later = events.alias("later")
        same = (later.c.source == events.c.source) & (later.c.subject == events.c.subject)
        lasted = sa.exists().where(same & (later.c.received_at >= before))
        over = sa.select(events.c.subject).where(OURS & (events.c.received_at < before) & ~lasted).distinct()
        with self._database.write() as connection:
            old = connection.scalars(over.limit(500)).all()
            if old:
                of_it = (alerts.c.source == OWN_SOURCE) & statements.one_of(alerts.c.subject, old)
                keys = connection.scalars(sa.select(alerts.c.key).where(of_it)).all()
                for table, column in (
                    (outbox, outbox.c.alert_key),
                    (decisions, decisions.c.alert_key),
                    (alert_log, alert_log.c.key),
                    (acknowledgements, acknowledgements.c.alert_key),
                    (escalations, escalations.c.alert_key),
                    (alerts, alerts.c.key),
                ):
                    connection.execute(sa.delete(table).where(statements.one_of(column, keys)))
                connection.execute(sa.delete(events).where(mine & statements.one_of(events.c.subject, old)))
        return len(old)

    def count_ping(self, failure: str = "") -> None:
        """Count a ping of the address outside; *failure* is the one-word reason of one that was not answered well."""
        with self._database.write() as connection:
            statements.count(connection, "tierwatch_heartbeat_pings_total", {})
            if failure:
                statements.count(connection, "tierwatch_heartbeat_ping_failures_total", {"reason": failure})


def _channels(connection: sa.Connection) -> Mapping[str, str]:
    found = connection.scalar(sa.select(meta.c.value).where(meta.c.key == _CHANNELS))
    known: dict[str, str] = json.loads(found) if found else {}
    return known
