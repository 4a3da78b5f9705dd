"""Keep what subjects add to what is counted of several, and find what is to be judged of a group.

A subject's rows are replaced as a whole, in the transaction of its outcome; a group of which a row changed is marked to
be looked at, from the earliest changed instant on. A group is loaded from there, not from its beginning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from monitor.clock import LIVES_OF_GROUPS, Contribution, gone
from monitor.history import Entry, GroupRecord
from monitor.model import SubjectKey
from monitor.policy import GROUPS, target_of
from monitor.store import statements
from monitor.store.ingest import touch
from monitor.store.outcomes import Step
from monitor.store.schema import alerts, contributions, groups, readings, transitions
from monitor.worktime import EPOCH, TICK

Window = Callable[[SubjectKey, str, datetime], datetime | None]
"""From when on a group (key, value) must be judged where something changed at an instant; None for all of its time."""

_NAMES = ("source", "subject", "number", "counted_in", "at", "what", "because", "good_at", "value")
_FIRST = 0  # the priority of news


def put_contributions(connection: sa.Connection, steps: Iterable[Step]) -> None:
    """Replace the rows of each subject whose rows changed, and mark the groups that this touches.

    A group of which nothing but a life has changed is marked where it is known: that somebody lives makes none.
    """
    wanted = {step.loaded.key: _rows(step.loaded.key, step.outcome.contributions) for step in steps}
    stored: dict[SubjectKey, list[tuple[Any, ...]]] = {key: [] for key in wanted}
    for row in statements.bound_of_subjects(connection, contributions, _NAMES, wanted):
        stored[SubjectKey(row[0], row[1])].append(tuple(row))
    changed: dict[str, tuple[int, str]] = {}
    counted: set[str] = set()
    gone: list[SubjectKey] = []
    fresh: list[tuple[Any, ...]] = []
    for key, rows in wanted.items():
        before = sorted(stored[key], key=lambda row: row[2])
        if before == rows:
            continue
        kept = {row[3:] for row in before} & {row[3:] for row in rows}
        for row in (*before, *rows):
            if row[3:] not in kept:
                at, value = changed.get(row[3], (row[4], row[8]))
                changed[row[3]] = min(at, row[4]), value
                counted |= set() if row[5] in LIVES_OF_GROUPS else {row[3]}
        gone += [key] if before else []
        fresh += rows
    for key in gone:
        mine = (contributions.c.source == key.source) & (contributions.c.subject == key.subject)
        connection.execute(sa.delete(contributions).where(mine))
    statements.put_bound(connection, contributions, _NAMES, fresh)
    lived = changed.keys() - counted
    known = counted | (_known(connection, lived) if lived else set())
    mark(connection, {group: (EPOCH + at * TICK, value) for group, (at, value) in changed.items() if group in known})


def _known(connection: sa.Connection, named: Iterable[str]) -> set[str]:
    """Which of the named groups there are."""
    return set(connection.scalars(sa.select(groups.c.subject).where(statements.one_of(groups.c.subject, list(named)))))


def _rows(key: SubjectKey, given: Sequence[Contribution]) -> list[tuple[Any, ...]]:
    named = [
        {
            "source": key.source,
            "subject": key.subject,
            "number": number,
            "counted_in": one.group.subject,
            "at": one.at,
            "what": one.what,
            "because": one.because,
            "good_at": one.good_at,
            "value": one.value,
        }
        for number, one in enumerate(given)
    ]
    return statements.bound(contributions, named)


def mark(connection: sa.Connection, changed: Mapping[str, tuple[datetime | None, str]]) -> None:
    """Note from when on groups have changed, and that they are to be looked at. The first spelling of a value stays."""
    rows = [{"subject": group, "value": value, "changed_from": at} for group, (at, value) in changed.items()]
    if not rows:
        return
    insert = statements.insert(connection, groups)
    sooner = groups.c.changed_from.is_(None) | (insert.excluded.changed_from < groups.c.changed_from)
    since = sa.case((sooner, insert.excluded.changed_from), else_=groups.c.changed_from)
    again = insert.on_conflict_do_update(index_elements=["subject"], set_={"changed_from": since})
    connection.execute(again, rows)
    touch(connection, {SubjectKey(GROUPS, group): _FIRST for group in changed})


def judged(connection: sa.Connection, steps: Iterable[Step]) -> None:
    """Note that groups have been looked at; one that was marked again since stays marked."""
    done = [
        {"named": step.loaded.key.subject, "since": step.loaded.changed_from}
        for step in steps
        if step.loaded.changed_from is not None
    ]
    if done:
        same = (groups.c.subject == sa.bindparam("named")) & (groups.c.changed_from == sa.bindparam("since"))
        connection.execute(sa.update(groups).where(same).values(changed_from=None), done)


def load_groups(
    connection: sa.Connection, keys: Sequence[SubjectKey], window: Window, recorded_from: datetime, now: datetime
) -> dict[SubjectKey, tuple[GroupRecord, datetime | None]]:
    """What is to be judged of each group, and from when on it had changed."""
    if not keys:
        return {}
    named = [key.subject for key in keys]
    marked = {
        row.subject: row
        for row in connection.execute(sa.select(groups).where(statements.one_of(groups.c.subject, named)))
    }
    began = sa.type_coerce(sa.func.min(readings.c.started_at), readings.c.started_at.type)
    mine = (readings.c.source == GROUPS) & statements.one_of(readings.c.subject, named)
    open_then = readings.c.open | (readings.c.stopped_at >= groups.c.changed_from)  # what ended since may end otherwise
    query = (
        sa.select(readings.c.subject, began)
        .join_from(readings, groups, groups.c.subject == readings.c.subject)
        .where(mine & open_then)
        .group_by(readings.c.subject)
    )
    opened: dict[str, datetime] = {row.subject: row[1] for row in connection.execute(query)}
    found = {}
    for key in keys:
        row = marked.get(key.subject)
        changed = None if row is None else row.changed_from
        value = _value(connection, key, "" if row is None else row.value)
        earliest = min(at for at in (changed, opened.get(key.subject), now) if at is not None)
        since = window(key, value, earliest)
        found[key] = _record(connection, key, value, since, recorded_from), changed
    return found


def on_record(connection: sa.Connection, record: GroupRecord) -> tuple[list[Any], list[Any]]:
    """The transitions and alerts of the periods that are judged, oldest first."""
    subject, since = record.key.subject, record.since
    happened = sa.select(transitions).where((transitions.c.source == GROUPS) & (transitions.c.subject == subject))
    told = sa.select(alerts).where((alerts.c.source == GROUPS) & (alerts.c.subject == subject))
    if since is None:
        return list(connection.execute(happened.order_by(transitions.c.id))), list(connection.execute(told))
    mine = (readings.c.source == GROUPS) & (readings.c.subject == subject)
    before = mine & (readings.c.started_at < since) & (readings.c.stopped_at >= since)
    over = set(connection.scalars(sa.select(readings.c.cycle).where(before)))  # they begin before, and end within
    rows = connection.execute(happened.where(transitions.c.at >= since).order_by(transitions.c.id))
    stored = connection.execute(told.where(alerts.c.starts_at >= since))
    return [row for row in rows if row.cycle not in over], [row for row in stored if row.cycle not in over]


def load_group(
    connection: sa.Connection, key: SubjectKey, since: Callable[[str], datetime | None], recorded_from: datetime
) -> GroupRecord | None:
    """One group from the instant on that *since* says for its value; None where there is no such group."""
    row = connection.execute(sa.select(groups).where(groups.c.subject == key.subject)).first()
    if row is None or key.source != GROUPS:
        return None
    value = _value(connection, key, row.value)
    return _record(connection, key, value, since(value), recorded_from, explained=True)


def _value(connection: sa.Connection, key: SubjectKey, otherwise: str) -> str:
    """The value of a group as it was written last."""
    mine = contributions.c.counted_in == key.subject
    newest = (contributions.c.at.desc(), contributions.c.source, contributions.c.subject, contributions.c.number)
    found = connection.scalar(sa.select(contributions.c.value).where(mine).order_by(*newest).limit(1))
    return otherwise if found is None else found


def _record(
    connection: sa.Connection,
    key: SubjectKey,
    value: str,
    since: datetime | None,
    recorded_from: datetime,
    explained: bool = False,
) -> GroupRecord:
    """What is known of a group; the events that made its members count only where it is to be *explained*."""
    mine = contributions.c.counted_in == key.subject
    lived = contributions.c.what.in_(sorted(LIVES_OF_GROUPS))
    first = sa.select(contributions.c.at).where(mine & ~lived).order_by(contributions.c.at).limit(1)
    seen_at = connection.scalar(first)
    counts = mine & (contributions.c.what != "") & ~lived
    entries = _ENTRIES if explained else _BARE
    query = entries.where(counts if since is None else counts & (contributions.c.at >= since))
    rows = connection.execute(query).cursor
    assert rows is not None
    found = sorted([_entry(*row) for row in rows.fetchall()], key=_ORDER)
    of_lives = connection.execute(_LIVES.where(mine & lived)) if target_of(key)[1] else ()
    return GroupRecord(key, value, found, seen_at, recorded_from, since, gone([tuple(row) for row in of_lives]))


_BARE = sa.select(
    sa.type_coerce(contributions.c.at, sa.BigInteger),
    contributions.c.source,
    contributions.c.subject,
    contributions.c.what,
    sa.type_coerce(contributions.c.good_at, sa.BigInteger),
)
"""The entries of a group as the database has them, out of its index alone: there may be thousands at each look."""

_ENTRIES = _BARE.add_columns(contributions.c.because)
_ORDER = itemgetter(0, 1, 2)

_LIVES = sa.select(contributions.c.at, contributions.c.source, contributions.c.subject, contributions.c.what).order_by(
    contributions.c.at, contributions.c.source, contributions.c.subject, contributions.c.number
)


def _entry(at: int, source: str, subject: str, what: str, good_at: int | None, because: str = "") -> Entry:
    good = None if good_at is None else EPOCH + timedelta(microseconds=good_at)
    return Entry(EPOCH + timedelta(microseconds=at), source, subject, what, because, good)


def ensure(connection: sa.Connection, names: Mapping[str, str]) -> None:
    """Make the groups that there are whether or not anything names them: id → value."""
    known = _known(connection, names)
    mark(connection, {group: (EPOCH, value) for group, value in names.items() if group not in known})
