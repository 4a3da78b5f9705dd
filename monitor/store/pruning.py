"""Delete rows of what is over, a few subjects at a time, each subject whole in one transaction.

A subject is over for the store if no clock of it is open, nothing of it is to be looked at, no alert of it fires and no
page of it waits. Only such subjects lose anything, and only what is older than the last reported month. The ids of
deleted events stay, so that a source that lists them again brings nothing twice. What a subject adds to what is counted
of several keeps its events. Whether the ticket itself is closed is judged by who calls.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from monitor.aggregates import Changes
from monitor.model import SubjectKey
from monitor.policy import GROUPS
from monitor.snapshot import OWN_SOURCE
from monitor.store import month_reports, statements
from monitor.store.aggregating import note_deleted
from monitor.store.database import Database
from monitor.store.digests import forget
from monitor.store.exports import note_unsent
from monitor.store.quarantining import NOT_WHOLE
from monitor.store.schema import (
    SET_ASIDE,
    acknowledgements,
    alert_log,
    alerts,
    contributions,
    decisions,
    escalations,
    events,
    meta,
    outbox,
    quarantine,
    raw_bodies,
    readings,
    subjects,
    touched,
    transitions,
    unread_words,
)
from monitor.store.subscriptions import note_not_notified

MOST_EVENTS = 2_000
"""Events that one transaction deletes at most, but for a single subject that has more."""

_MOST_RECORDS = 500

_SWEPT_AT = "retention_swept_at"


@dataclass(frozen=True, slots=True)
class Cutoffs:
    """Before which instant rows of each kind may go; None keeps all."""

    events: datetime | None = None
    transitions: datetime | None = None
    pages: datetime | None = None

    @property
    def latest(self) -> datetime | None:
        """What is not older than this loses nothing; None where nothing goes at all."""
        return max((at for at in (self.events, self.transitions, self.pages) if at is not None), default=None)


@dataclass(frozen=True, slots=True)
class Over:
    """A subject that is over for the store: its last instant, that of its pages, and how many rows of each kind it has.

    Neither instant depends on what was deleted of it before.
    """

    key: SubjectKey
    last: datetime
    paged: datetime | None
    counts: bool
    """Whether it adds to what is counted of several."""
    rows: Mapping[str, int]

    def gives(self, cutoffs: Cutoffs) -> frozenset[str]:
        """The kinds of its rows that may go."""
        found = set()
        for kind, cutoff, last in (
            ("transitions", cutoffs.transitions, self.last), ("pages", cutoffs.pages, self.paged),
        ):  # fmt: skip
            if cutoff is not None and last is not None and max(last, self.last) < cutoff and self.rows[kind]:
                found.add(kind)
        if cutoffs.events is None or self.last >= cutoffs.events or self.counts:
            return frozenset(found)
        if self.paged is None or "pages" in found or self.paged < cutoffs.events:
            return frozenset(("events", "transitions", "pages"))
        return frozenset(found)


@dataclass(slots=True)
class Pruned:
    """How many rows went, by kind."""

    rows: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("events", "transitions", "pages"), 0))
    left: list[SubjectKey] = field(default_factory=list)
    """The subjects that were too much for one transaction."""


class Pruning:
    """The side of the store that deletes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def subjects(self, source: str, after: str, limit: int) -> tuple[str, ...]:
        """The next subjects of a source by their ids; of circuits only those that are gone for good."""
        mine = (subjects.c.source == source) & (subjects.c.subject > after)
        mine &= subjects.c.circuit_state.is_(None) | subjects.c.retired_at.is_not(None)
        with self._database.read() as connection:
            return tuple(
                connection.scalars(sa.select(subjects.c.subject).where(mine).order_by(subjects.c.subject).limit(limit))
            )

    def over(self, keys: Sequence[SubjectKey], cutoffs: Cutoffs, reported: datetime | None = None) -> tuple[Over, ...]:
        """Those of the subjects that are over for the store, and ended before the last month that was reported did.

        Those of which nothing is old enough to go are left out. With *reported* as if months had been reported until
        then.
        """
        with self._database.read() as connection:
            return tuple(_over(connection, keys, cutoffs, reported))

    def quarantined(self, before: datetime) -> int:
        """How many records may leave quarantine."""
        with self._database.read() as connection:
            return connection.scalar(sa.select(sa.func.count()).where(_old_records(before))) or 0

    def prune(self, keys: Sequence[SubjectKey], cutoffs: Cutoffs, now: datetime) -> Pruned:
        """Delete what may go of the first of *keys* that are over still, as many as one short transaction takes."""
        pruned, spent = Pruned(), 0
        with self._database.changing() as (connection, changes):
            last = []
            for one in _over(connection, keys, cutoffs):
                kinds = one.gives(cutoffs)
                if not kinds:
                    continue
                if spent and spent + one.rows["events"] > MOST_EVENTS:
                    pruned.left.append(one.key)
                    continue
                spent += one.rows["events"]
                _delete(connection, one, kinds, changes)
                last += [one.last] if "events" in kinds else []
                for kind in kinds:
                    pruned.rows[kind] += one.rows[kind]
            if last:
                month_reports.note_pruned(connection, max(last))
            count_deleted(connection, **pruned.rows)
        return pruned

    def prune_quarantine(self, before: datetime) -> int:
        """Delete some records that were mended, or seen last, *before*; not those that wait for their time."""
        old = _old_records(before)
        with self._database.write() as connection:
            ids = connection.scalars(
                sa.select(quarantine.c.id).where(old).order_by(quarantine.c.id).limit(_MOST_RECORDS)
            ).all()
            if ids:
                connection.execute(sa.delete(quarantine).where(statements.one_of(quarantine.c.id, ids)))
            count_deleted(connection, quarantine=len(ids))
        return len(ids)

    def begin(self, now: datetime) -> datetime:
        """When everything was last gone through; before the first time it is *now* from this call on."""
        with self._database.write() as connection:
            known = connection.scalar(sa.select(meta.c.value).where(meta.c.key == _SWEPT_AT))
            at = now if known is None else min(now, datetime.fromisoformat(known))
            statements.put(connection, meta, [{"key": _SWEPT_AT, "value": at.isoformat()}])
        return at

    def swept(self, at: datetime) -> None:
        """Note that everything was gone through to the end, in a sweep that began then."""
        with self._database.write() as connection:
            statements.put(connection, meta, [{"key": _SWEPT_AT, "value": at.isoformat()}])


def count_deleted(connection: sa.Connection, **rows: int) -> None:
    """Count deleted rows by their kind."""
    name = "tierwatch_retention_deleted_rows_total"
    counted = {statements.counted(name, kind=kind): number for kind, number in rows.items() if number}
    statements.count_all(connection, Counter(counted))


def _old_records(before: datetime) -> sa.ColumnElement[bool]:
    gone = quarantine.c.dropped_at.is_(None) | (quarantine.c.last_seen < before)  # else it would come back as new
    mended = (quarantine.c.resolved_at < before) & gone
    unseen = SET_ASIDE & (quarantine.c.last_seen < before) & quarantine.c.rejudge_at.is_(None)
    return mended | (unseen & quarantine.c.reason.not_in(NOT_WHOLE))


def _over(
    connection: sa.Connection, keys: Sequence[SubjectKey], cutoffs: Cutoffs, until: datetime | None = None
) -> Iterator[Over]:
    reported, latest = month_reports.reported_until(connection) if until is None else until, cutoffs.latest
    if reported is None or latest is None:
        return
    before = min(reported, latest)
    by_source: dict[str, list[str]] = {}
    for key in keys:
        if key.source not in (GROUPS, OWN_SOURCE):
            by_source.setdefault(key.source, []).append(key.subject)
    for source, names in by_source.items():
        yield from _over_of(connection, source, names, before)


def _over_of(connection: sa.Connection, source: str, names: Sequence[str], before: datetime) -> Iterator[Over]:
    def each(table: sa.Table, *columns: sa.ColumnElement[Any]) -> dict[str, Any]:
        mine = (table.c.source == source) & statements.one_of(table.c.subject, names)
        query = sa.select(table.c.subject, *columns).where(mine).group_by(table.c.subject)
        return {row.subject: row for row in connection.execute(query)}

    number = sa.func.count().label("number")
    told = each(events, number, _latest(events.c.at), _latest(events.c.received_at))
    names = [name for name in names if name in told and max(told[name].at, told[name].received_at) < before]
    if not names:
        return
    read = each(readings, sa.func.max(readings.c.open).label("open"), _latest(readings.c.stopped_at))
    moved = each(transitions, number)
    busy = set(each(touched)) | {name for name, row in read.items() if row.open}
    counted = set(each(contributions))
    pages = _pages(connection, source, names)
    for name in names:
        mine = pages.get(name, _Pages())
        if name in busy or mine.busy:
            continue
        ends = [told[name].at, told[name].received_at, read[name].stopped_at if name in read else None]
        last = max(at for at in ends if at is not None)
        if last < before:
            rows = {"events": told[name].number, "transitions": moved[name].number if name in moved else 0,
                    "pages": len(mine.keys)}  # fmt: skip
            yield Over(SubjectKey(source, name), last, max(mine.ends, default=None), name in counted, rows)


def _latest(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    return sa.func.max(column, type_=column.type).label(column.name)


@dataclass(slots=True)
class _Pages:
    """The alerts of a subject; never leaves this file."""

    keys: list[str] = field(default_factory=list)
    ends: list[datetime] = field(default_factory=list)
    busy: bool = False


def _pages(connection: sa.Connection, source: str, names: Sequence[str]) -> dict[str, _Pages]:
    columns = (alerts.c.key, alerts.c.subject, alerts.c.starts_at, alerts.c.resolved_at, alerts.c.cause_key)
    mine = (alerts.c.source == source) & statements.one_of(alerts.c.subject, names)
    rows = [(row.subject, row) for row in connection.execute(sa.select(*columns).where(mine))]
    silenced = {f"#silenced/{SubjectKey(source, name)}": name for name in names}
    hidden = statements.one_of(alerts.c.cause_key, silenced)
    rows += [(silenced[row.cause_key], row) for row in connection.execute(sa.select(*columns).where(hidden))]
    waiting = with_open_pages(connection, [row.key for _, row in rows])
    found: dict[str, _Pages] = {}
    for name, row in rows:
        its = found.setdefault(name, _Pages())
        its.keys.append(row.key)
        its.ends += [at for at in (row.starts_at, row.resolved_at) if at is not None]
        its.busy |= row.resolved_at is None or row.key in waiting
    return found


def with_open_pages(connection: sa.Connection, keys: Collection[str]) -> set[str]:
    """Those of the alerts of which a page is not settled, or stands in a digest that is not."""
    mine = statements.one_of(outbox.c.alert_key, keys)
    digest = outbox.alias("digest")
    folded = sa.exists().where((digest.c.id == outbox.c.folded_into) & digest.c.closed_at.is_(None))
    return set(connection.scalars(sa.select(outbox.c.alert_key).where(mine & (outbox.c.closed_at.is_(None) | folded))))


def _delete(connection: sa.Connection, one: Over, kinds: Collection[str], changes: Changes) -> None:
    source, name = one.key.source, one.key.subject

    def of(table: sa.Table) -> sa.ColumnElement[bool]:
        return (table.c.source == source) & (table.c.subject == name)

    if "pages" in kinds:
        delete_alerts(connection, _pages(connection, source, [name]).get(name, _Pages()).keys)
    if "transitions" in kinds:
        note_unsent(connection, of(transitions))
        note_not_notified(connection, of(transitions))
        connection.execute(sa.delete(transitions).where(of(transitions)))
    if "events" not in kinds:
        if "transitions" in kinds:
            until = sa.update(subjects).where(of(subjects)).values(counted_until=one.last)
            connection.execute(until)
        return
    ids = connection.scalars(sa.select(events.c.event_id).where(of(events))).all()
    forget(connection, source, ids)
    bodies = (raw_bodies.c.source == source) & statements.one_of(raw_bodies.c.event_id, ids)
    connection.execute(sa.delete(raw_bodies).where(bodies))
    note_deleted(connection, one.key, changes)
    for table in (events, readings, unread_words, subjects):
        connection.execute(sa.delete(table).where(of(table)))


def delete_alerts(connection: sa.Connection, keys: Sequence[str]) -> None:
    """Delete alerts with all that was sent and decided of them."""
    if not keys:
        return
    for column in (
        outbox.c.alert_key, decisions.c.alert_key, alert_log.c.key, acknowledgements.c.alert_key,
        escalations.c.alert_key, alerts.c.key,
    ):  # fmt: skip
        connection.execute(sa.delete(column.table).where(statements.one_of(column, keys)))
