"""Find root causes page by page: those that last, then those that are over, each with its members and its pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from monitor.alert import RECORDED_ONLY
from monitor.listing import CauseMember, CausePage, CausePageSent, CausePlace, ListedCause
from monitor.model import SubjectKey
from monitor.store.database import Database
from monitor.store.schema import LASTS, OVER, alerts, causes, instant, micros, outbox, sources, subjects
from monitor.store.telling import delivered

MOST_MEMBERS = 20
"""Members of one cause that are listed."""

MOST_COUNTED = 500
"""Alerts of one cause that are looked at."""

_CLOSED = sa.type_coerce(causes.c.closed_at, sa.BigInteger)
_NOTIFIES = alerts.c.reason.not_in([reason.value for reason in RECORDED_ONLY])


class Causes:
    """Root causes, now and lately."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, limit: int, now: datetime, after: CausePlace | None = None) -> CausePage:
        """The next *limit* causes after a place, or the first ones."""
        found: list[Any] = []
        with self._database.read() as connection:
            if after is None or not after.over:
                lasting = sa.select(causes).where(LASTS).order_by(causes.c.key, causes.c.id).limit(limit + 1)
                if after is not None:
                    place = sa.tuple_(sa.literal(after.key), sa.literal(after.id))
                    lasting = lasting.where(causes.c.key >= after.key, sa.tuple_(causes.c.key, causes.c.id) > place)
                found += connection.execute(lasting).all()
            if len(found) <= limit:
                over = sa.select(causes).where(OVER).order_by(_CLOSED.desc(), causes.c.id.desc())
                if after is not None and after.over:
                    place = sa.tuple_(sa.literal(after.closed_at), sa.literal(after.id))
                    over = over.where(causes.c.closed_at <= instant(after.closed_at))
                    over = over.where(sa.tuple_(_CLOSED, causes.c.id) < place)
                found += connection.execute(over.limit(limit + 1 - len(found))).all()
            rows = [_cause(connection, row, now) for row in found[:limit]]
        return CausePage(rows, _place(found[limit - 1]) if len(found) > limit else None)


def _place(row: Any) -> CausePlace:
    if row.closed_at is None:
        return CausePlace(0, row.key, 0, row.id)
    return CausePlace(1, "", micros(row.closed_at) or 0, row.id)


def _cause(connection: sa.Connection, row: Any, now: datetime) -> ListedCause:
    members, number, many = _members(connection, row)
    return ListedCause(
        id=row.id,
        key=row.key,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        deadline=row.deadline,
        tier=row.tier,
        wave=row.wave,
        broken=row.broken,
        subject=_subject(connection, row),
        members=members[:MOST_MEMBERS],
        subjects=number,
        many=many,
        pages=_pages(connection, row, now),
    )


def _members(connection: sa.Connection, row: Any) -> tuple[list[CauseMember], int, bool]:
    """The clocks that alert for a cause, or did while it lasted: each by its latest stage, the first deadline first."""
    mine = (alerts.c.cause_key == row.key) & alerts.c.subject.is_not(None)
    if row.closed_at is None:
        mine &= alerts.c.resolved_at.is_(None)
    else:
        mine &= (alerts.c.resolved_at >= row.opened_at) & (alerts.c.starts_at <= row.closed_at) & _NOTIFIES
    columns = (alerts.c.source, alerts.c.subject, alerts.c.target, alerts.c.cycle, alerts.c.stage, alerts.c.starts_at,
               alerts.c.deadline, alerts.c.resolved_at)  # fmt: skip
    found = connection.execute(sa.select(*columns).where(mine).limit(MOST_COUNTED + 1)).all()
    clocks: dict[tuple[str, str, str, int], Any] = {}
    for one in sorted(found[:MOST_COUNTED], key=lambda one: (one.starts_at, one.stage)):
        clocks[one.source, one.subject, one.target, one.cycle] = one
    members = [
        CauseMember(SubjectKey(one.source, one.subject), one.target, one.stage, one.starts_at, one.deadline,
                    one.resolved_at)
        for one in sorted(clocks.values(), key=_by_deadline)
    ]  # fmt: skip
    return members, len({member.key for member in members}), len(found) > MOST_COUNTED


def _by_deadline(one: Any) -> tuple[bool, int, str, str, str]:
    return (one.deadline is None, micros(one.deadline) or 0, one.source, one.subject, one.target)


def _subject(connection: sa.Connection, row: Any) -> SubjectKey | None:
    """The circuit that a cause is named after, where a source knows it."""
    what, _, name = row.key.partition("/")
    if what != "circuit" or not name:
        return None
    mine = subjects.c.source.in_(sa.select(sources.c.source)) & (subjects.c.subject == name)
    found = connection.scalar(sa.select(subjects.c.source).where(mine).order_by(subjects.c.source).limit(1))
    return None if found is None else SubjectKey(found, name)


def _pages(connection: sa.Connection, row: Any, now: datetime) -> list[CausePageSent]:
    """What was sent in the place of the members' own pages, in order."""
    columns = (outbox.c.channel, outbox.c.created_at, outbox.c.accepted_at, outbox.c.closed_at, outbox.c.reason,
               outbox.c.held_by, outbox.c.next_at, outbox.c.attempts, alerts.c.labels)  # fmt: skip
    joined = sa.join(alerts, outbox, outbox.c.alert_key == alerts.c.key)
    query = sa.select(*columns).select_from(joined).where(alerts.c.cause_key == f"#{row.id}").order_by(outbox.c.id)
    return [
        CausePageSent(one.channel, _wave(one.labels), one.created_at, delivered(one, now), one.accepted_at)
        for one in connection.execute(query.limit(MOST_COUNTED))
    ]


def _wave(labels: Any) -> int:
    number = labels.get("wave", "")
    return int(number) if number.isdecimal() else 1
