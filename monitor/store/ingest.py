"""Keep what collectors bring: events and cursor in one transaction; rejected records with their reason.

From the moment `commit_batch` returns, nothing of the batch can be lost.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa

from monitor.aggregates import Changes
from monitor.history import (
    Batch,
    Event,
    Reject,
    baseline_from_json,
    baseline_to_json,
    correction_from_json,
    correction_to_json,
    event_from_json,
    sound,
    text_of,
)
from monitor.memory import remembered
from monitor.model import SubjectKey, SubjectKind
from monitor.store import statements
from monitor.store.database import Database
from monitor.store.digests import among_deleted, forget
from monitor.store.erased_fields import without_erased
from monitor.store.quarantining import NOT_WHOLE, close_mended, set_aside
from monitor.store.schema import (
    FROM_THE_FUTURE,
    IS_BASELINE,
    SET_ASIDE,
    cursors,
    events,
    instant,
    micros,
    quarantine,
    raw_bodies,
    readings,
    sources,
    touched,
)
from monitor.store.unchanged import Unchanged
from monitor.text import one_line

TOO_LATE = "too_late"
"""Why an event is set aside that is dated before what its circuit's deleted events left."""

FIRST = 0
"""The priority of news: they come before a recomputation, which goes by deadlines (`recomputation.py`)."""


@dataclass(frozen=True, slots=True)
class Committed:
    """What a batch brought: events that were new, events that were known, records that were set aside.

    `newest` is the latest instant of which any usable one speaks, those that wait for their time included. `left` says
    whether the engine is to look at once.
    """

    new: int
    known: int
    rejected: int
    newest: datetime | None = None
    left: bool = field(default=True, compare=False)


@dataclass(frozen=True, slots=True)
class PollOutcome:
    """How a poll ended, for the source's row. `failure` is (reason, sentence) or None; `began` is when it began."""

    at: datetime
    next_poll: datetime
    failure: tuple[str, str] | None = None
    began: datetime | None = None


class Judged(Protocol):
    """Subjects of a batch that were judged before it is kept (`FirstSight`)."""

    @property
    def batch(self) -> Batch:
        """The batch, with nothing in it that a database could refuse."""
        ...

    def holds(self, connection: sa.Connection, new: Sequence[Event]) -> Collection[SubjectKey]:
        """Those whose judgement holds: nothing is stored of them, and *new* has every event that was judged."""
        ...

    def remember(self, connection: sa.Connection, keys: Collection[SubjectKey], changes: Changes) -> None:
        """Write the judgement of these subjects, once their events are stored; note what becomes of the aggregates."""
        ...


class Ingest:
    """The collectors' side of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._positions = Unchanged(database, self._read_positions)
        self._doubted = Unchanged(database, self._read_doubted)

    def position(self, source: str) -> dict[str, Any]:
        """The position that the last committed batch of *source* handed back; empty before the first."""
        return dict(self._positions().get(source) or {})

    def _read_positions(self) -> dict[str, dict[str, Any]]:
        with self._database.read() as connection:
            return {row.source: row.position for row in connection.execute(sa.select(cursors))}

    def open_subjects(self, source: str) -> tuple[str, ...]:
        """The ids of the subjects of *source* that have an open clock."""
        mine = (readings.c.source == source) & readings.c.open
        with self._database.read() as connection:
            return tuple(connection.scalars(sa.select(readings.c.subject).distinct().where(mine)))

    def failures(self, source: str) -> int:
        """How many polls of *source* have failed in a row."""
        with self._database.read() as connection:
            return connection.scalar(sa.select(sources.c.failures).where(sources.c.source == source)) or 0

    def commit_batch(self, source: str, batch: Batch, now: datetime, judged: Judged | None = None) -> Committed:
        """Remember a batch: its new events, its rejects, the subjects to look at, and the cursor, all or nothing.

        What no database could hold is set aside or repaired first. Subjects that were *judged* already, and of which
        nothing is stored, are kept with their judgement in the place of a mark. Raises SourceError for a position that
        is no JSON.
        """
        batch = sound(source, batch) if judged is None else judged.batch
        with self._database.changing() as (connection, changes):
            batch = without_erased(connection, source, batch)
            new, kept, left = _add_events(connection, batch.events, now, judged)
            if judged is not None:
                judged.remember(connection, kept, changes)
            _add_bodies(connection, source, batch.bodies, {event.event_id for event in new})
            set_aside(connection, batch.rejects, now)
            close_mended(connection, _standing(source, batch), now, ours=False)
            row = {"source": source, "position": dict(batch.position), "updated_at": now}
            statements.put(connection, cursors, [row])
            _watermark(connection, source, new)
            known = len(batch.events) - len(new)
            for name, amount in (("tierwatch_events_total", len(new)), ("tierwatch_duplicates_total", known)):
                if amount:
                    statements.count(connection, name, {"source": source}, amount)
        ahead = (reject.event for reject in batch.rejects if reject.event is not None)
        newest = max((event.at for event in (*batch.events, *ahead)), default=None)
        return Committed(len(new), known, len(batch.rejects), newest, left)

    def commit_poll(self, source: str, outcome: PollOutcome) -> None:
        """Remember how a poll ended."""
        ok = outcome.failure is None
        error = "" if outcome.failure is None else one_line(text_of(outcome.failure[1]))
        row = (source, ok, micros(outcome.at) if ok else None, int(not ok), micros(outcome.next_poll), error)
        doubted = self._doubted()
        with self._database.aside() as (connection, judged_by):
            statements.run(connection, _polled(connection.dialect.name), _POLLED, [row])
            if ok and source in doubted:
                open_still = _DOUBTS & (quarantine.c.source == source)
                if outcome.began is not None:
                    open_still &= quarantine.c.last_seen < outcome.began  # what this poll itself doubts stays open
                if connection.execute(sa.update(quarantine).where(open_still).values(resolved_at=outcome.at)).rowcount:
                    judged_by()
            statements.count(connection, "tierwatch_source_polls_total", {"source": source})
            if outcome.failure is not None:
                labels = {"source": source, "reason": outcome.failure[0]}
                statements.count(connection, "tierwatch_source_poll_failures_total", labels)

    def _read_doubted(self) -> frozenset[str]:
        """The sources of which a poll that did not bring everything is still in quarantine."""
        with self._database.read() as connection:
            return frozenset(connection.scalars(sa.select(quarantine.c.source).distinct().where(_DOUBTS)))

    def rejudge(self, now: datetime) -> int:
        """Take in the records "from the future" whose time has come; gives how many (semantics 5)."""
        due = (quarantine.c.rejudge_at <= now) & FROM_THE_FUTURE
        with self._database.read() as connection:
            if connection.scalar(sa.select(quarantine.c.id).where(due).limit(1)) is None:
                return 0
        with self._database.write() as connection:
            rows = connection.execute(sa.select(quarantine.c.id, quarantine.c.event).where(due)).all()
            if rows:
                _add_events(connection, [event_from_json(row.event) for row in rows], now)
                resolved = sa.update(quarantine).where(statements.one_of(quarantine.c.id, [row.id for row in rows]))
                connection.execute(resolved.values(resolved_at=now))
        return len(rows)

    def next_rejudge(self) -> datetime | None:
        """When the time of the next record "from the future" comes; None while there is none."""
        soonest = sa.select(quarantine.c.rejudge_at).where(FROM_THE_FUTURE).order_by(quarantine.c.rejudge_at).limit(1)
        with self._database.read() as connection:
            found: datetime | None = connection.scalar(soonest)
        return found

    def correct(self, event: Event, now: datetime) -> None:
        """Remember a correction; its subject is looked at again at once."""
        with self._database.write() as connection:
            _add_events(connection, [event], now)
            statements.count(connection, "tierwatch_events_total", {"source": event.source})


def take_in(connection: sa.Connection, source: str, batch: Batch, now: datetime) -> int:
    """Remember the events of records that were read beside the polls; their subjects are looked at again at once.

    Gives how many were new.
    """
    new, _, _ = _add_events(connection, batch.events, now)
    _add_bodies(connection, source, batch.bodies, {event.event_id for event in new})
    _watermark(connection, source, new)
    if new:
        statements.count(connection, "tierwatch_events_total", {"source": source}, len(new))
    return len(new)


def _add_events(
    connection: sa.Connection, given: Sequence[Event], now: datetime, judged: Judged | None = None
) -> tuple[list[Event], Collection[SubjectKey], bool]:
    """Give the events that were new, the subjects that are kept with the judgement that was given, and whether any
    subject was marked.
    """
    known = _known_ids(connection, given)
    fresh: dict[tuple[str, str], Event] = {}
    for event in given:
        if (event.source, event.event_id) not in known:
            fresh.setdefault((event.source, event.event_id), event)
    new = _not_too_late(connection, list(fresh.values()), now)
    kept: Collection[SubjectKey] = () if judged is None else judged.holds(connection, new)
    statements.put_new(connection, events, [event_row(event, now) for event in new])
    earliest: dict[SubjectKey, datetime] = {}
    for event in new:
        if (key := event.key) not in kept:
            earliest[key] = min(event.at, earliest.get(key, event.at))
    touch(connection, dict.fromkeys(earliest, FIRST), earliest)
    return new, kept, bool(earliest)


def _not_too_late(connection: sa.Connection, given: list[Event], now: datetime) -> list[Event]:
    """The events, but for those from before an instant up to which their circuit's events were deleted.

    Those are set aside: they could not be judged without what is gone. They are known from then on.
    """
    circuits = {event.key for event in given if event.kind is SubjectKind.CIRCUIT}
    if not circuits:
        return given
    rows = statements.of_subjects(connection, events, circuits, IS_BASELINE)
    begins = {statements.key_of(row): baseline_from_json(row.baseline).at for row in rows}
    in_time, rejects = [], []
    for event in given:
        if event.key not in begins or event.at >= begins[event.key]:
            in_time.append(event)
            continue
        forget(connection, event.source, [event.event_id])
        detail = (
            f"{event.key}: it is dated {event.at:%Y-%m-%dT%H:%M:%SZ}, and what was before"
            f" {begins[event.key]:%Y-%m-%dT%H:%M:%SZ} was deleted as `keep` says; it changes nothing"
        )
        rejects.append(Reject(event.source, event.event_id, TOO_LATE, detail))
    set_aside(connection, rejects, now)
    return in_time


def _standing(source: str, batch: Batch) -> dict[SubjectKey, set[tuple[str, str]]]:
    """Of each subject that the batch speaks of, what the batch could not read."""
    standing: dict[SubjectKey, set[tuple[str, str]]] = {event.key: set() for event in batch.events}
    for reject in batch.rejects:
        if reject.subject:
            standing.setdefault(SubjectKey(source, reject.subject), set()).add((reject.record_id, str(reject.reason)))
    return standing


def _known_ids(connection: sa.Connection, given: Sequence[Event]) -> set[tuple[str, str]]:
    known: set[tuple[str, str]] = set()
    by_source: dict[str, list[str]] = {}
    for event in given:
        by_source.setdefault(event.source, []).append(event.event_id)
    for source, ids in by_source.items():
        mine = (events.c.source == source) & statements.one_of(events.c.event_id, ids)
        known.update((source, event_id) for event_id in connection.scalars(sa.select(events.c.event_id).where(mine)))
        known.update((source, event_id) for event_id in among_deleted(connection, source, ids))
    return known


def event_row(event: Event, now: datetime) -> dict[str, Any]:
    """An event as a row of the events table."""
    return {
        "source": event.source,
        "event_id": event.event_id,
        "kind": event.kind.value,
        "subject": event.subject,
        "at": event.at,
        "sequence": event.sequence,
        "status": event.status,
        "reason": event.reason,
        "feedback": event.feedback,
        "opened_at": event.opened_at,
        "fields": dict(event.fields),
        "correction": None if event.correction is None else correction_to_json(event.correction),
        "received_at": now,
        "tie": event.tie,
        "or_at": event.or_at,
        "baseline": None if event.baseline is None else baseline_to_json(event.baseline),
    }


def to_event(row: Any) -> Event:
    """An events row as the event it was."""
    return Event(
        source=row.source,
        event_id=row.event_id,
        kind=SubjectKind(row.kind),
        subject=row.subject,
        at=row.at,
        sequence=row.sequence,
        status=row.status,
        reason=row.reason,
        feedback=row.feedback,
        opened_at=row.opened_at,
        fields=row.fields,
        correction=None if row.correction is None else correction_from_json(row.correction),
        tie=row.tie,
        or_at=row.or_at,
        baseline=None if row.baseline is None else baseline_from_json(row.baseline),
    )


_NAMES = tuple(item.name for item in fields(Event))
"""The columns of an event, in the order in which it takes them."""


def events_of(
    connection: sa.Connection, keys: Iterable[SubjectKey], only: sa.ColumnElement[bool] | None = None
) -> dict[SubjectKey, list[Event]]:
    """The stored events of subjects for which *only* holds: as `to_event`, past SQLAlchemy's handling of values."""
    found: dict[SubjectKey, list[Event]] = defaultdict(list)
    for row in statements.bound_of_subjects(connection, events, _NAMES, keys, only):
        (
            source, event_id, kind, subject, at, sequence, status, reason, feedback, opened_at, said, correction, tie,
            or_at, baseline,
        ) = row  # fmt: skip
        event = Event(
            source,
            event_id,
            SubjectKind(kind),
            subject,
            instant(at),
            sequence,
            status,
            reason,
            feedback,
            None if opened_at is None else instant(opened_at),
            json.loads(said),
            None if correction is None else correction_from_json(json.loads(correction)),
            tie,
            None if or_at is None else instant(or_at),
            None if baseline is None else baseline_from_json(json.loads(baseline)),
        )
        found[SubjectKey(source, subject)].append(event)
    return found


def touch(
    connection: sa.Connection, keys: Mapping[SubjectKey, int], earliest: Mapping[SubjectKey, datetime] | None = None
) -> None:
    """Mark subjects to be looked at, each with its priority; news of a marked one are another revision of the mark.

    *earliest* is the instant of the oldest new event of each subject that has any.
    """
    known = earliest or {}
    rows = [(key.source, key.subject, 1, priority, micros(known.get(key))) for key, priority in keys.items()]
    if rows:
        statements.run(connection, _touching(connection.dialect.name), _TOUCHED, rows)


_TOUCHED = ("source", "subject", "revision", "priority", "earliest")


@remembered("statements_touching", 4)
def _touching(dialect: str) -> Any:
    insert = statements.insert_of(dialect, touched)
    sooner = insert.excluded.priority < touched.c.priority
    older = touched.c.earliest.is_(None) | (insert.excluded.earliest < touched.c.earliest)
    again = {
        "revision": touched.c.revision + sa.literal_column("1"),
        "not_before": sa.null(),
        "priority": sa.case((sooner, insert.excluded.priority), else_=touched.c.priority),
        "earliest": sa.case((older, insert.excluded.earliest), else_=touched.c.earliest),
    }
    return insert.on_conflict_do_update(index_elements=["source", "subject"], set_=again)


_POLLED = ("source", "up", "last_success", "failures", "next_poll", "error")


@remembered("statements_polled", 4)
def _polled(dialect: str) -> Any:
    """A source's row after a poll: the failures in a row are counted on, and the last success is kept."""
    insert = statements.insert_of(dialect, sources)
    said = insert.excluded
    again = {
        "up": said.up,
        "last_success": sa.func.coalesce(said.last_success, sources.c.last_success),
        "failures": sa.case((said.failures == sa.literal_column("0"), sa.literal_column("0")),
                            else_=sources.c.failures + sa.literal_column("1")),
        "next_poll": said.next_poll,
        "error": said.error,
    }  # fmt: skip
    return insert.on_conflict_do_update(index_elements=["source"], set_=again)


_DOUBTS = quarantine.c.reason.in_(NOT_WHOLE) & SET_ASIDE
"""What is open of polls that did not bring all of a source."""


def _add_bodies(connection: sa.Connection, source: str, bodies: Mapping[str, str], new: set[str]) -> None:
    rows = [{"source": source, "event_id": name, "body": body} for name, body in bodies.items() if name in new]
    statements.put_new(connection, raw_bodies, rows)


def _watermark(connection: sa.Connection, source: str, new: Iterable[Event]) -> None:
    newest = max((event.at for event in new), default=None)
    if newest is None:
        return
    row = {"source": source, "watermark": newest, "failures": 0, "error": ""}
    insert = statements.insert(connection, sources).values(**row)
    later = sa.case((sources.c.watermark > insert.excluded.watermark, sources.c.watermark),
                    else_=insert.excluded.watermark)  # fmt: skip
    connection.execute(insert.on_conflict_do_update(index_elements=["source"], set_={"watermark": later}))
