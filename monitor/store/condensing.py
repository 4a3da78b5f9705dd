"""Put one event in the place of a circuit's settled ones, in one transaction for each circuit.

What may be condensed is judged by `monitor.clock.condensed`. Here it is looked at whether the circuit is as it was
then, and whether any page of what would go waits or is too young.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from monitor.clock import Condensed
from monitor.store import month_reports, pruning, statements
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from monitor.store.digests import forget
from monitor.store.exports import note_unsent
from monitor.store.ingest import event_row, to_event, touch
from monitor.store.outcomes import Loaded
from monitor.store.schema import alerts, events, raw_bodies, readings, subjects, touched, transitions
from monitor.store.subscriptions import note_not_notified
from monitor.worktime import TICK

FEWEST = 2
"""Events of which one is made at least."""


class Condensing:
    """The side of the store that condenses circuits."""

    def __init__(self, database: Database) -> None:
        self._database, self._clocks = database, Clocks(database)

    def circuits(self, source: str, after: str, limit: int, before: datetime) -> tuple[str, ...]:
        """The next circuits of a source by their ids that have events from *before* an instant to condense."""
        mine = (subjects.c.source == source) & (subjects.c.subject > after)
        mine &= subjects.c.circuit_state.is_not(None) & subjects.c.retired_at.is_(None)
        old = (events.c.source == subjects.c.source) & (events.c.subject == subjects.c.subject) & (events.c.at < before)
        number = sa.select(sa.func.count()).select_from(events).where(old).scalar_subquery()
        query = sa.select(subjects.c.subject).where(mine & (number >= FEWEST))
        with self._database.read() as connection:
            return tuple(connection.scalars(query.order_by(subjects.c.subject).limit(limit)))

    def rows(self, loaded: Loaded, made: Condensed, rules_version: str) -> Mapping[str, int]:
        """How many rows of each kind would go; none where the circuit is not settled for the store."""
        with self._database.read() as connection:
            found = _rows(connection, loaded, made, rules_version)
        return {} if found is None else found.number

    def condense(self, loaded: Loaded, made: Condensed, rules_version: str, now: datetime) -> Mapping[str, int]:
        """Put the event in the place of those that were *loaded*; gives how many rows of each kind went.

        Nothing happens where something came for the circuit since. Whoever judged it from memory judges it anew.
        """
        key = made.event.key
        with self._database.write() as connection:
            found = _rows(connection, loaded, made, rules_version)
            if found is None:
                return {}
            rows = connection.execute(sa.select(events).where(_of(events, made))).all()
            gone = set(made.gone)
            ids = [row.event_id for row in rows if row.event_id in gone or row.baseline is not None]
            last = max((row for row in rows if row.event_id in ids), key=lambda row: row.received_at)
            mine = (events.c.source == key.source) & statements.one_of(events.c.event_id, ids)
            connection.execute(sa.delete(events).where(mine & (events.c.event_id != last.event_id)))
            stands = sa.update(events).where((events.c.source == key.source) & (events.c.event_id == last.event_id))
            connection.execute(stands.values(**event_row(made.event, last.received_at)))
            bodies = (raw_bodies.c.source == key.source) & statements.one_of(raw_bodies.c.event_id, ids)
            connection.execute(sa.delete(raw_bodies).where(bodies))
            forget(connection, key.source, made.gone)
            note_unsent(connection, _of_over(transitions, made))
            note_not_notified(connection, _of_over(transitions, made))
            for table in (transitions, readings):
                connection.execute(sa.delete(table).where(_of_over(table, made)))
            pruning.delete_alerts(connection, found.pages)
            month_reports.note_pruned(connection, made.baseline.at - TICK)
            unjudged = sa.update(subjects).where(_of(subjects, made)).values(rules_version="")
            connection.execute(unjudged)  # no checkpoint of what is gone holds any more
            touch(connection, {key: 0})
            pruning.count_deleted(connection, **found.number)
        return found.number


class _Found:
    """What would go; never leaves this file."""

    def __init__(self, pages: list[str], number: dict[str, int]) -> None:
        self.pages, self.number = pages, number


def _rows(connection: sa.Connection, loaded: Loaded, made: Condensed, rules_version: str) -> _Found | None:
    judged = connection.scalar(sa.select(subjects.c.rules_version).where(_of(subjects, made)))
    news = connection.scalar(sa.select(touched.c.revision).where(_of(touched, made) & touched.c.not_before.is_(None)))
    if judged != rules_version or news is not None:
        return None
    stored = [to_event(row) for row in connection.execute(sa.select(events).where(_of(events, made)))]
    if sorted(stored, key=lambda one: one.event_id) != sorted(loaded.events, key=lambda one: one.event_id):
        return None
    named = (events.c.source == made.event.source) & (events.c.event_id == made.event.event_id)
    if connection.scalar(sa.select(events.c.event_id).where(named & events.c.baseline.is_(None))) is not None:
        return None  # its source has an event of that name
    still_open = sa.select(readings.c.cycle).where(_of_over(readings, made) & readings.c.open).limit(1)
    if connection.scalar(still_open) is not None:
        return None  # its end was never judged, after a long stop: nobody was told of it
    columns = (alerts.c.key, alerts.c.starts_at, alerts.c.resolved_at)
    pages = connection.execute(sa.select(*columns).where(_of_over(alerts, made))).all()
    keys = [row.key for row in pages]
    at = made.baseline.at
    if any(row.resolved_at is None or row.resolved_at >= at or row.starts_at >= at for row in pages):
        return None
    if pruning.with_open_pages(connection, keys):
        return None
    moved = connection.scalar(sa.select(sa.func.count()).select_from(transitions).where(_of_over(transitions, made)))
    return _Found(keys, {"events": len(made.gone), "transitions": moved or 0, "pages": len(keys)})


def _of(table: sa.Table, made: Condensed) -> sa.ColumnElement[bool]:
    return (table.c.source == made.event.source) & (table.c.subject == made.event.subject)


def _of_over(table: sa.Table, made: Condensed) -> sa.ColumnElement[bool]:
    """The rows of cycles that were over at the baseline."""
    over = [(table.c.target == name) & (table.c.cycle <= last) for name, last in made.baseline.cycles.items()]
    return _of(table, made) & sa.or_(sa.false(), *over)
