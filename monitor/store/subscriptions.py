"""Keep who subscribed to notifications of violations, and how far each has come in the transitions.

Notifications wait in the table of transitions: a subscription names the newest row up to which its subscriber was
notified. So nothing is lost by a kill, and what was under way is sent again, with the same id. Positions are written
aside: by them nobody is judged and nobody paged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from monitor.model import TransitionKind
from monitor.policy import BREACHED_STAGE
from monitor.store import statements
from monitor.store.actions import Action, note
from monitor.store.database import Database
from monitor.store.exports import StoredTransition, first_after
from monitor.store.feed import Position, newest_position
from monitor.store.schema import readings, subjects, subscriptions, transitions
from monitor.store.unchanged import Unchanged

SENT = "tierwatch_notifications_total"
FAILURES = "tierwatch_notification_failures_total"
DROPPED = "tierwatch_notifications_dropped_total"

SPAN = 5_000
"""Rows of the transitions that one read goes through."""

TIME = "time"
"""What a budget measures that is a length of time."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """Where notifications go, and of what. `customer` is None for all customers.

    `failing_since` is since when the subscriber has taken nothing. A subscription is `suspended_at` an instant, for a
    reason; until somebody resumes it, nothing is sent.
    """

    id: str
    callback: str
    query: str
    owner: str
    customer: str | None
    created_at: datetime
    failing_since: datetime | None = None
    suspended_at: datetime | None = None
    suspended_for: str = ""


class StoredViolation(NamedTuple):
    """A transition that breaks a promise or withdraws that, with what is known of its subject.

    `budget` is what the promise allows; None where that is no length of time, or the clock is not stored any more.
    """

    row: StoredTransition
    subject_kind: str = ""
    customer: str = ""
    budget: timedelta | None = None


class Waiting(NamedTuple):
    """The next violations behind a position, and the position up to which all of them were read; `more` may wait."""

    violations: Sequence[StoredViolation]
    upto: Position
    more: bool


class Subscriptions:
    """The side of the store for the hub."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept = Unchanged(database, self._read)

    def all(self) -> tuple[Subscription, ...]:
        """Every subscription, the oldest first."""
        return self._kept()

    def _read(self) -> tuple[Subscription, ...]:
        with self._database.read() as connection:
            rows = connection.execute(_ALL).all()
        return tuple(Subscription(*row) for row in rows)

    def add(self, new: Subscription, most: int) -> Subscription | None:
        """Let a subscription begin behind what is stored; None where there are as many already as there may be.

        One of the same owner for the same callback and query is that one: it is resumed, where it was suspended, and
        goes on where it was. The deed is in the audit trail.
        """
        with self._database.write() as connection:
            about = {"callback": new.callback, "query": new.query}
            known = [Subscription(*row) for row in connection.execute(_ALL)]
            same = (new.callback, new.query, new.owner, new.customer)
            for one in known:
                if (one.callback, one.query, one.owner, one.customer) == same:
                    values = {"suspended_at": None, "suspended_for": "", "failing_since": None}
                    connection.execute(_one(one.id).values(**values))
                    note(connection, Action.SUBSCRIBED, new.created_at, new.owner, one.id, resumed=True, **about)
                    return replace(one, suspended_at=None, suspended_for="", failing_since=None)
            if len(known) >= most:
                return None
            position = newest_position(connection)
            row = {
                "id": new.id, "callback": new.callback, "query": new.query, "owner": new.owner,
                "customer": new.customer, "created_at": new.created_at, "position": position.id,
                "recorded_at": position.recorded_at, "failing_since": None, "suspended_at": None, "suspended_for": "",
            }  # fmt: skip
            connection.execute(sa.insert(subscriptions).values(**row))
            note(connection, Action.SUBSCRIBED, new.created_at, new.owner, new.id, resumed=False, **about)
        return new

    def remove(self, name: str, author: str, now: datetime) -> None:
        """End a subscription, with the deed in the audit trail."""
        with self._database.write() as connection:
            gone = connection.execute(sa.delete(subscriptions).where(subscriptions.c.id == name))
            if gone.rowcount:
                note(connection, Action.UNSUBSCRIBED, now, author, name)

    def position(self, name: str) -> Position | None:
        """How far a subscription has come; None where there is none."""
        with self._database.read() as connection:
            row = connection.execute(_POSITION.where(subscriptions.c.id == name)).first()
        return None if row is None else Position(*row)

    def waiting(self, position: Position) -> Waiting:
        """The violations behind a position, of the next `SPAN` rows, in the order in which they were recorded."""
        with self._database.read() as connection:
            first = first_after(connection, position.id, position.recorded_at)
            if first is not None:
                first = connection.scalar(sa.select(sa.func.min(transitions.c.id)).where(transitions.c.id >= first))
            if first is None:
                return Waiting((), newest_position(connection), False)
            span = (transitions.c.id >= first) & (transitions.c.id < first + SPAN)
            rows = connection.execute(_VIOLATIONS.where(span).order_by(transitions.c.id)).all()
            last = connection.execute(_LAST.where(span)).one()
            newest = newest_position(connection)
        found = [
            StoredViolation(
                StoredTransition(*row[:-4]), row.subject_kind or "", (row.attributes or {}).get("customer", ""),
                row.budget if row.measure == TIME else None,
            )
            for row in rows
        ]  # fmt: skip
        return Waiting(found, Position(*last), newest.id > last.id)

    def advance(self, name: str, position: Position, result: str = "", recovered: bool = False) -> None:
        """Note that a subscriber has come to a position; *result* says what it did with the last notification."""
        with self._database.aside() as (connection, count):
            if recovered:
                count()
            at = {"position": position.id, "recorded_at": position.recorded_at}
            connection.execute(_one(name).values(**at, **({"failing_since": None} if result else {})))
            if result:
                statements.count_all(connection, Counter({statements.counted(SENT, result=result): 1}))

    def failed(self, name: str, reason: str, now: datetime) -> None:
        """Count a notification that was not taken."""
        with self._database.aside() as (connection, count):
            first = subscriptions.c.failing_since.is_(None)
            if connection.execute(_one(name).where(first).values(failing_since=now)).rowcount:
                count()
            statements.count_all(connection, Counter({statements.counted(FAILURES, reason=reason): 1}))

    def failing_since(self, name: str) -> datetime | None:
        with self._database.read() as connection:
            query = sa.select(subscriptions.c.failing_since).where(subscriptions.c.id == name)
            return connection.scalar(query)

    def suspend(self, name: str, why: str, now: datetime) -> None:
        """Send a subscriber nothing any more, until somebody subscribes again in the same way."""
        with self._database.write() as connection:
            connection.execute(_one(name).values(suspended_at=now, suspended_for=why))


def note_not_notified(connection: sa.Connection, going: sa.ColumnElement[bool]) -> None:
    """Count the violations that are about to be deleted and of which a subscriber was not notified."""
    for row in connection.execute(_POSITION).all():
        unsent = going & _IS_VIOLATION & (transitions.c.id > row.position)
        number = connection.scalar(sa.select(sa.func.count()).select_from(transitions).where(unsent)) or 0
        if number:
            statements.count_all(connection, Counter({statements.counted(DROPPED): number}))


def _one(name: str) -> sa.Update:
    return sa.update(subscriptions).where(subscriptions.c.id == name)


_ALL = sa.select(
    *(subscriptions.c[name] for name in ("id", "callback", "query", "owner", "customer", "created_at")),
    *(subscriptions.c[name] for name in ("failing_since", "suspended_at", "suspended_for")),
).order_by(subscriptions.c.created_at, subscriptions.c.id)
_POSITION = sa.select(subscriptions.c.position, subscriptions.c.recorded_at)
_LAST = sa.select(transitions.c.id, transitions.c.recorded_at).order_by(transitions.c.id.desc()).limit(1)
_IS_VIOLATION = (transitions.c.kind == TransitionKind.BREACHED.value) | (
    (transitions.c.kind == TransitionKind.WITHDRAWN.value)
    & (transitions.c.stage == f"{TransitionKind.BREACHED}:{BREACHED_STAGE}")
)
_SUBJECT = (subjects.c.source == transitions.c.source) & (subjects.c.subject == transitions.c.subject)
_READING = (
    (readings.c.source == transitions.c.source)
    & (readings.c.subject == transitions.c.subject)
    & (readings.c.target == transitions.c.target)
    & (readings.c.cycle == transitions.c.cycle)
)
_VIOLATIONS = (
    sa.select(
        transitions, subjects.c.kind.label("subject_kind"), subjects.c.attributes, readings.c.budget, readings.c.measure
    )
    .join(subjects, _SUBJECT, isouter=True)
    .join(readings, _READING, isouter=True)
    .where(_IS_VIOLATION)
)
