"""Keep silences, and find the alerts that fire under them.

Ending a silence early lets what it held go at once, in the same transaction. What a silence means is none of the
store's business: whoever calls brings the judgement.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from monitor.alert import Alert, SilenceRow, Withheld
from monitor.listing import SilencePage, SilencePlace
from monitor.model import SubjectKey
from monitor.store import statements
from monitor.store.actions import Action, note
from monitor.store.changed_alerts import release, to_silence
from monitor.store.database import Database, Revision
from monitor.store.schema import ITS_READING, LASTS, OF_A_DRILL, alerts, causes, outbox, readings, silences
from monitor.store.stored_alerts import to_alert
from monitor.worktime import EPOCH, TICK

_DUE = sa.func.coalesce(readings.c.breached_at, readings.c.deadline, alerts.c.deadline)
_WITH_DUE = sa.select(alerts, sa.type_coerce(_DUE, alerts.c.deadline.type).label("due")).join(
    readings, ITS_READING, isouter=True
)


@dataclass(frozen=True, slots=True)
class Firing:
    """The alerts of clocks that fire, each with its clock's deadline, and those that stand for a cause, by its key."""

    alerts: Sequence[tuple[Alert, datetime | None]]
    instead: Mapping[str, Alert]


class Silences:
    """The silences of one installation, past ones too."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lasting: tuple[Revision | None, datetime, tuple[SilenceRow, ...]] | None = None
        """By the revision and the instant at which they were read, those that were not over."""

    def add(self, row: SilenceRow, now: datetime, fits: Callable[[Alert], bool]) -> int:
        """Remember a silence. What a shorter one holds waits for this one's end, if it *fits*; gives how many rows."""
        with self._database.write() as connection:
            return _add(connection, row, now, fits)

    def add_once(
        self, row: SilenceRow, now: datetime, fits: Callable[[Alert], bool], within: timedelta = timedelta(0)
    ) -> SilenceRow:
        """The same, where the same author has not asked for the same already; gives the one that holds.

        It is the same where matchers and words are, it ends at the same instant or up to *within* earlier, and both
        have begun by *now* or begin at the same instant.
        """
        nearly = silences.c.ends_at.between(row.ends_at - within, row.ends_at) & (silences.c.ends_at > now)
        alike = sa.select(silences).where(nearly & (silences.c.author == row.author)).order_by(silences.c.id)
        with self._database.write() as connection:
            for known in map(to_silence, connection.execute(alike)):
                together = known.starts_at == row.starts_at or max(known.starts_at, row.starts_at) <= now
                as_asked = replace(known, id=row.id, starts_at=row.starts_at, ends_at=row.ends_at)
                if together and known.starts_at < known.ends_at and as_asked == row:
                    return known
            _add(connection, row, now, fits)
        return row

    def end(self, name: str, now: datetime, other: Callable[[Alert], SilenceRow | None], author: str = "") -> int:
        """End a silence; one that has not begun never begins. Gives how many rows of the outbox are due at once.

        What an *other* silence withholds as well goes on waiting for that one. That *author* ended it is noted.
        """
        with self._database.write() as connection:
            row = connection.execute(sa.select(silences).where(silences.c.id == name)).one()
            ends_at = max(now, row.starts_at)
            connection.execute(sa.update(silences).where(silences.c.id == name).values(ends_at=ends_at))
            note(connection, Action.SILENCE_ENDED, now, author, name, would_have_ended=row.ends_at.isoformat())
            mine = f"{Withheld.SILENCED}/{name}"
            freed, still_held = 0, defaultdict[str, list[int]](list)
            others: dict[str, SilenceRow] = {}
            for id_, alert in _held(connection, (outbox.c.held_by == mine) & (outbox.c.next_at > now)):
                still = other(alert)
                if still is None:
                    freed += 1
                else:
                    others[still.id] = still
                    still_held[still.id].append(id_)
            for other_name, ids in still_held.items():
                _hold(connection, ids, others[other_name])
            release(connection, mine, now)
        return freed

    def all(self) -> tuple[SilenceRow, ...]:
        """Every silence that there ever was, in order of their start."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(silences).order_by(silences.c.starts_at, silences.c.id)).all()
        return tuple(map(to_silence, rows))

    def page(self, now: datetime, over: bool, limit: int, after: SilencePlace | None = None) -> SilencePage:
        """Silences by their end, the first to end first; with *over* also those that ended or never began."""
        query = sa.select(silences).order_by(silences.c.ends_at, silences.c.id).limit(limit + 1)
        if not over:
            query = query.where((silences.c.ends_at > now) & (silences.c.ends_at != silences.c.starts_at))
        if after is not None:
            at = EPOCH + TICK * after.ends_at
            query = query.where(sa.tuple_(silences.c.ends_at, silences.c.id) > (at, after.id))
        with self._database.read() as connection:
            rows = tuple(map(to_silence, connection.execute(query)))
        shown = rows[:limit]
        more = len(rows) > limit
        return SilencePage(shown, SilencePlace((shown[-1].ends_at - EPOCH) // TICK, shown[-1].id) if more else None)

    def active(self, now: datetime) -> tuple[SilenceRow, ...]:
        """The silences in force."""
        revision = self._database.revision()
        known = self._lasting
        if known is None or revision is None or known[0] != revision or now < known[1]:
            with self._database.read() as connection:
                rows = connection.execute(sa.select(silences).where(silences.c.ends_at > now))
                self._lasting = known = revision, now, tuple(sorted(map(to_silence, rows), key=lambda row: row.id))
        return tuple(row for row in known[2] if row.starts_at <= now < row.ends_at)

    def find(self, name: str) -> SilenceRow | None:
        with self._database.read() as connection:
            row = connection.execute(sa.select(silences).where(silences.c.id == name)).first()
        return None if row is None else to_silence(row)

    def firing(self, tiers: Collection[str] | None = None) -> Firing:
        """What fires and was not only recorded, of *tiers* or of all; a breached clock's deadline is its breach."""
        query = _WITH_DUE.where(alerts.c.resolved_at.is_(None) & alerts.c.subject.is_not(None) & ~OF_A_DRILL)
        if tiers is not None:
            query = query.where(alerts.c.tier.in_(list(tiers)))
        instead_of = sa.select(causes.c.key.label("of"), alerts).where(
            LASTS & (alerts.c.cause_key == "#" + causes.c.id) & alerts.c.resolved_at.is_(None)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
            instead = {row.of: to_alert(row) for row in connection.execute(instead_of)}
        found = [(to_alert(row), row.due) for row in rows]
        return Firing([(alert, due) for alert, due in found if alert.notifies], instead)

    def of_clock(self, key: SubjectKey, target: str, cycle: int) -> list[tuple[Alert, datetime | None]]:
        """Every alert of a clock, each with the clock's deadline, its breach where it has breached."""
        mine = (
            (alerts.c.source == key.source)
            & (alerts.c.subject == key.subject)
            & (alerts.c.target == target)
            & (alerts.c.cycle == cycle)
        )
        with self._database.read() as connection:
            return [(to_alert(row), row.due) for row in connection.execute(_WITH_DUE.where(mine))]

    def of_stage(self, stage: str, keys: Collection[str]) -> tuple[Alert, ...]:
        """The alerts of *stage* that fire, and those of *keys* whether they fire or not."""
        mine = (alerts.c.resolved_at.is_(None) & (alerts.c.stage == stage)) | statements.one_of(alerts.c.key, keys)
        with self._database.read() as connection:
            return tuple(map(to_alert, connection.execute(sa.select(alerts).where(mine))))


def _add(connection: sa.Connection, row: SilenceRow, now: datetime, fits: Callable[[Alert], bool]) -> int:
    values = {
        "id": row.id,
        "matchers": list(row.matchers),
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "author": row.author,
        "reason": row.reason,
        "maintenance": row.maintenance,
        "created_at": now,
    }
    connection.execute(sa.insert(silences).values(**values))
    shorter = outbox.c.held_by.startswith(f"{Withheld.SILENCED}/") & (outbox.c.next_at > now)
    between = (outbox.c.next_at >= row.starts_at) & (outbox.c.next_at < row.ends_at)
    held = [(id_, alert) for id_, alert in _held(connection, shorter & between) if fits(alert)]
    _hold(connection, [id_ for id_, _ in held], row)
    return len(held)


def _held(connection: sa.Connection, which: sa.ColumnElement[bool]) -> list[tuple[int, Alert]]:
    query = (
        sa.select(outbox.c.id.label("row_id"), alerts)
        .join(alerts, alerts.c.key == outbox.c.alert_key)
        .where(which & outbox.c.closed_at.is_(None))
    )
    return [(row.row_id, to_alert(row)) for row in connection.execute(query)]


def _hold(connection: sa.Connection, ids: Sequence[int], row: SilenceRow) -> None:
    held: dict[str, Any] = {"held_by": f"{Withheld.SILENCED}/{row.id}", "next_at": row.ends_at}
    if ids:
        connection.execute(sa.update(outbox).where(statements.one_of(outbox.c.id, ids)).values(**held))
