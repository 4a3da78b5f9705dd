"""Keep how far each exporter has come in the transitions, the aggregates that wait for it, and what was refused.

Transitions wait in their own table: the position names the newest row that was sent, by its id and the instant at which
it was recorded. SQLite may give the id of a deleted newest row once more, so where the row of a position is gone or is
another one, sending goes on from the first row that was recorded at that instant or later: some are sent twice, none is
left out. Aggregates wait in `export_spool`, at most so many bytes of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from monitor.store import statements
from monitor.store.database import Database
from monitor.store.schema import Instant, export_refused, export_spool, exports, instant, transitions

MOST_REFUSED = 1_000
"""How many refused points are kept for an exporter, the newest."""

POINTS = "tierwatch_exporter_points_total"
REJECTED = "tierwatch_exporter_rejected_total"
DROPPED = "tierwatch_exporter_dropped_total"
FAILURES = "tierwatch_exporter_failures_total"

_START = 0


class StoredTransition(NamedTuple):
    """A transition as the store has it; `at` is when it became true."""

    id: int
    source: str
    subject: str
    target: str
    cycle: int
    kind: str
    stage: str
    at: datetime
    because: str
    tier: str
    assurance: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of points: how many were written and rejected, and those that are kept, each with the reason."""

    written: int = 0
    rejected: int = 0
    refused: Sequence[tuple[str, str]] = ()


class RefusedPoint(NamedTuple):
    """A point that a database refused for good."""

    exporter: str
    at: datetime
    point: str
    reason: str


@dataclass(frozen=True, slots=True)
class Spooled:
    """Aggregates that wait."""

    id: int
    body: bytes


class Exports:
    """The exporters' side of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, names: Collection[str]) -> tuple[str, ...]:
        """Let a new exporter begin behind the newest transition. Gives the names of those that are not among *names*.

        Those keep their position, should they come back; what waits for them is dropped.
        """
        with self._database.write() as connection:
            known = {row.exporter: row.spooled for row in connection.execute(sa.select(exports))}
            new = [name for name in names if name not in known]
            rows = [{"exporter": name, "position": _START, "recorded_at": None, "spooled": 0} for name in new]
            statements.add(connection, exports, rows)
            self._at_the_end(connection, new)
            gone = tuple(sorted(name for name, spooled in known.items() if spooled and name not in names))
            for name in gone:
                _drop_spool(connection, name)
        return gone

    def after(self, name: str, limit: int, last: StoredTransition | None = None) -> list[StoredTransition]:
        """The next transitions to send, in the order of their ids: behind *last*, or else behind the position."""
        with self._database.read() as connection:
            first = None if last is None else first_after(connection, last.id, last.recorded_at)
            first = _first(connection, name) if first is None else first
            if first is not None:
                return _read(connection, transitions.c.id >= first, limit)
        self._begin_again(name)
        return []

    def _begin_again(self, name: str) -> None:
        """Keep the newest row as the position, where its own row is gone and none came after it."""
        with self._database.write() as connection:
            if _first(connection, name) is None:
                self._at_the_end(connection, [name])

    def _at_the_end(self, connection: sa.Connection, names: Sequence[str]) -> None:
        newest = connection.execute(_NEWEST).first()
        for name in names:
            position = (_START, None) if newest is None else (newest.id, newest.recorded_at)
            values = dict(zip(("position", "recorded_at"), position, strict=True))
            connection.execute(sa.update(exports).where(exports.c.exporter == name).values(**values))

    def since(self, at: datetime, limit: int) -> Iterator[list[StoredTransition]]:
        """All transitions that became true at *at* or later, in portions, in the order of their ids."""
        last = _START
        while True:
            mine = (transitions.c.id > last) & (transitions.c.at >= at)
            with self._database.read() as connection:
                found = _read(connection, mine, limit)
            if not found:
                return
            yield found
            last = found[-1].id

    def number_since(self, at: datetime) -> int:
        """How many those are."""
        with self._database.read() as connection:
            query = sa.select(sa.func.count()).select_from(transitions).where(transitions.c.at >= at)
            return connection.scalar(query) or 0

    def advance(self, name: str, last: StoredTransition) -> None:
        """Note that everything up to *last* was sent for good."""
        with self._database.write() as connection:
            position = {"position": last.id, "recorded_at": last.recorded_at}
            connection.execute(sa.update(exports).where(exports.c.exporter == name).values(position))

    def note(self, name: str, sent: Sent, now: datetime) -> None:
        """Note what became of points."""
        with self._database.write() as connection:
            _note(connection, name, sent, now)

    def failed(self, name: str, reason: str) -> None:
        """Count a failure."""
        with self._database.write() as connection:
            statements.count_all(connection, Counter({statements.counted(FAILURES, exporter=name, reason=reason): 1}))

    def spool(self, name: str, body: bytes, points: int, most: int) -> None:
        """Let aggregates wait; the oldest are dropped where more than *most* bytes would wait."""
        with self._database.write() as connection:
            waiting = _spooled(connection, name) + len(body)
            mine = export_spool.c.exporter == name
            oldest = sa.select(export_spool.c.id, export_spool.c.points, export_spool.c.size)
            gone, lost = [], 0
            for row in connection.execute(oldest.where(mine).order_by(export_spool.c.id)) if waiting > most else ():
                if waiting <= most:
                    break
                gone.append(row.id)
                lost, waiting = lost + row.points, waiting - row.size
            if waiting > most:  # it alone is too much
                lost, waiting = lost + points, waiting - len(body)
            else:
                new = {"exporter": name, "points": points, "size": len(body), "packed": body}
                statements.add(connection, export_spool, [new])
            if gone:
                connection.execute(sa.delete(export_spool).where(statements.one_of(export_spool.c.id, gone)))
            connection.execute(sa.update(exports).where(exports.c.exporter == name).values(spooled=waiting))
            _count_dropped(connection, name, "aggregates", lost)

    def oldest(self, name: str) -> Spooled | None:
        """The oldest aggregates that wait."""
        query = sa.select(export_spool.c.id, export_spool.c.packed).where(export_spool.c.exporter == name)
        with self._database.read() as connection:
            row = connection.execute(query.order_by(export_spool.c.id).limit(1)).first()
        return None if row is None else Spooled(row.id, row.packed)

    def unspool(self, name: str, spooled: Spooled, sent: Sent, now: datetime) -> None:
        """Note that aggregates that waited were sent."""
        with self._database.write() as connection:
            gone = connection.execute(sa.delete(export_spool).where(export_spool.c.id == spooled.id))
            if gone.rowcount:
                left = max(_spooled(connection, name) - len(spooled.body), 0)
                connection.execute(sa.update(exports).where(exports.c.exporter == name).values(spooled=left))
            _note(connection, name, sent, now)

    def waiting(self, names: Mapping[str, int]) -> dict[str, tuple[int, int]]:
        """About how many transitions wait for each exporter, and how many bytes of aggregates.

        *names* have the number of the last row that was sent, 0 where the position says it.
        """
        if not names:
            return {}
        with self._database.read() as connection:
            newest = connection.scalar(sa.select(sa.func.max(transitions.c.id))) or 0
            rows = {row.exporter: row for row in connection.execute(sa.select(exports))}
        return {
            name: (max(0, newest - max(rows[name].position, last)), rows[name].spooled) if name in rows else (0, 0)
            for name, last in names.items()
        }

    def refused(self, names: Collection[str]) -> list[RefusedPoint]:
        """The points that the databases refused for good, the newest first."""
        mine = statements.one_of(export_refused.c.exporter, names)
        with self._database.read() as connection:
            query = sa.select(export_refused).where(mine).order_by(export_refused.c.id.desc())
            return [RefusedPoint(row.exporter, row.at, row.point, row.reason) for row in connection.execute(query)]


def note_unsent(connection: sa.Connection, going: sa.ColumnElement[bool]) -> None:
    """Count the transitions that are about to be deleted and that an exporter has not sent."""
    for row in connection.execute(sa.select(exports.c.exporter, exports.c.position)).all():
        unsent = going & (transitions.c.id > row.position)
        number = connection.scalar(sa.select(sa.func.count()).select_from(transitions).where(unsent)) or 0
        _count_dropped(connection, row.exporter, "transitions", number)


_COLUMNS = [
    sa.type_coerce(column, sa.BigInteger) if isinstance(column.type, Instant) else column
    for column in transitions.columns
]


def _read(connection: sa.Connection, which: sa.ColumnElement[bool], limit: int) -> list[StoredTransition]:
    """The first of these rows. They are read past SQLAlchemy, which takes longer for a row than the database does."""
    query = sa.select(*_COLUMNS).where(which).order_by(transitions.c.id).limit(limit)
    cursor: Any = connection.execute(query).cursor
    return [
        StoredTransition(
            id_, source, subject, target, cycle, kind, stage, instant(at), because, tier, assurance, instant(recorded)
        )
        for id_, source, subject, target, cycle, kind, stage, at, because, tier, assurance, recorded in cursor
    ]


_NEWEST = sa.select(transitions.c.id, transitions.c.recorded_at).order_by(transitions.c.id.desc()).limit(1)


def _first(connection: sa.Connection, name: str) -> int | None:
    """The least id that may not have been sent; None where the position's row is gone and none came after it."""
    kept = connection.execute(sa.select(exports).where(exports.c.exporter == name)).first()
    return _START if kept is None else first_after(connection, int(kept.position), kept.recorded_at)


def first_after(connection: sa.Connection, position: int, recorded_at: datetime | None) -> int | None:
    """The least id that may not have been sent behind a row that was; None where that is gone and none came after."""
    if recorded_at is None:
        return _START
    there = connection.scalar(sa.select(transitions.c.recorded_at).where(transitions.c.id == position))
    if there == recorded_at:
        return position + 1
    later = (transitions.c.recorded_at >= recorded_at) | (transitions.c.id > position)
    first = connection.scalar(sa.select(sa.func.min(transitions.c.id)).where(later))
    return None if first is None else int(first)


def _drop_spool(connection: sa.Connection, name: str) -> None:
    mine = export_spool.c.exporter == name
    points = connection.scalar(sa.select(sa.func.sum(export_spool.c.points)).where(mine)) or 0
    connection.execute(sa.delete(export_spool).where(mine))
    connection.execute(sa.update(exports).where(exports.c.exporter == name).values(spooled=0))
    _count_dropped(connection, name, "aggregates", points)


def _spooled(connection: sa.Connection, name: str) -> int:
    return connection.scalar(sa.select(exports.c.spooled).where(exports.c.exporter == name)) or 0


def _note(connection: sa.Connection, name: str, sent: Sent, now: datetime) -> None:
    mine, known = export_refused.c.exporter == name, 0
    if sent.refused:  # one that was sent again was refused again: it is one
        again = statements.one_of(export_refused.c.point, [point for point, _ in sent.refused])
        known = connection.execute(sa.delete(export_refused).where(mine & again)).rowcount
    counts = {POINTS: sent.written, REJECTED: sent.rejected - known}
    counted = {statements.counted(counter, exporter=name): number for counter, number in counts.items() if number > 0}
    statements.count_all(connection, Counter(counted))
    if not sent.refused:
        return
    rows = [{"exporter": name, "at": now, "point": point, "reason": reason} for point, reason in sent.refused]
    statements.add(connection, export_refused, rows[-MOST_REFUSED:])
    kept = sa.select(export_refused.c.id).where(mine).order_by(export_refused.c.id.desc()).limit(MOST_REFUSED)
    connection.execute(sa.delete(export_refused).where(mine & export_refused.c.id.not_in(kept)))


def _count_dropped(connection: sa.Connection, name: str, kind: str, number: int) -> None:
    if number:
        dropped = statements.counted(DROPPED, exporter=name, kind=kind)
        statements.count_all(connection, Counter({dropped: number}))
