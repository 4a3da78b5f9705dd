"""Find the records that are set aside, page by page, and take an operator's word about one: retry it, or drop it.

A record is retried in one transaction, with its events, its end in quarantine and the row of the audit trail; one that
has left quarantine is not retried once more, so a retry counts once however often it is asked for. The list goes from
one pair of source and reason to the next by the index of what is open, so a page reads its own rows and no others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from monitor.history import Batch, event_from_json, sound
from monitor.listing import (
    NotDone,
    QuarantinedRecord,
    RecordDeed,
    RecordPage,
    RecordPlace,
    RecordQuery,
    Retried,
    RetryDone,
    WholeRecord,
)
from monitor.model import SubjectKey
from monitor.store.actions import Action, note
from monitor.store.database import Database
from monitor.store.erased_fields import without_erased
from monitor.store.ingest import FIRST, TOO_LATE, take_in, touch
from monitor.store.quarantining import NOT_WHOLE, OURS, set_aside
from monitor.store.schema import SET_ASIDE, actions, events, quarantine

_TABLE = quarantine.c
_LISTED = tuple(column for column in _TABLE if column.name not in ("body", "event"))
_DATED = _TABLE.event.is_not(None).label("dated")
_NOT_READ = frozenset({"text_repaired", "too_many"})
_DEFECT = "defect"

Reread = Callable[[QuarantinedRecord, str], Batch | NotDone]
"""Reads a record again from its text."""


class QuarantineRecords:
    """What is set aside, one record at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, query: RecordQuery, limit: int, after: RecordPlace | None = None) -> RecordPage:
        """The next *limit* records after a place, or the first ones."""
        found: list[QuarantinedRecord] = []
        with self._database.read() as connection:
            for source, reason in _kinds(connection, query, after):
                mine = SET_ASIDE & (_TABLE.source == source) & (_TABLE.reason == reason)
                if after is not None and (source, reason) == after[:2]:
                    mine &= _TABLE.id < after.number
                rows = sa.select(*_LISTED, _DATED).where(mine).order_by(_TABLE.id.desc()).limit(limit + 1 - len(found))
                found += map(_record, connection.execute(rows))
                if len(found) > limit:
                    return RecordPage(found[:limit], found[limit - 1].place)
        return RecordPage(found, None)

    def find(self, number: int) -> WholeRecord | None:
        """The record of a number, whatever has become of it."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(*_LISTED, _DATED, _TABLE.body).where(_TABLE.id == number)).first()
            return None if row is None else WholeRecord(_record(row), row.body, tuple(_deeds(connection, row)))

    def retry(self, number: int, reread: Reread, author: str, reason: str, now: datetime) -> RetryDone:
        """Have a record read or judged once more. *reread* is called before anything is written."""
        found = self.find(number)
        if found is None:
            return RetryDone(number, NotDone.UNKNOWN)
        record = found.record
        refused = _not_retried(record, found.body, now)
        if refused is not None:
            return RetryDone(number, refused, detail=record.detail)
        ours = _is_ours(record)
        batch = None
        if not ours and not record.dated:
            read = reread(record, found.body)
            if isinstance(read, NotDone):
                return RetryDone(number, read, detail=record.detail)
            batch = sound(record.source, read)
        with self._database.write() as connection:
            row = connection.execute(sa.select(quarantine).where((_TABLE.id == number) & SET_ASIDE)).first()
            if row is None:
                return RetryDone(number, NotDone.OVER, detail=record.detail)
            if ours:
                done = _judge_anew(connection, row)
            elif batch is None:
                done = _take_dated(connection, row, now)
            else:
                done = _read_again(connection, row, batch, now)
            if isinstance(done.result, Retried):
                detail = {"number": number, "was": row.reason, "result": done.result.value, "events": done.events}
                _note(connection, Action.RECORD_RETRIED, row, author, reason, now, **detail)
        return done

    def drop(self, number: int, author: str, reason: str, now: datetime) -> NotDone | None:
        """Take a record out of quarantine for good; None where that was done. Its row and its text stay."""
        with self._database.write() as connection:
            row = connection.execute(sa.select(quarantine).where(_TABLE.id == number)).first()
            if row is None:
                return NotDone.UNKNOWN
            if row.resolved_at is not None:
                return NotDone.OVER
            if row.reason in NOT_WHOLE:
                return NotDone.WHOLE_LIST
            connection.execute(sa.update(quarantine).where(_TABLE.id == number).values(resolved_at=now, dropped_at=now))
            _note(connection, Action.RECORD_DROPPED, row, author, reason, now, number=number, was=row.reason)
        return None


def _kinds(connection: sa.Connection, query: RecordQuery, after: RecordPlace | None) -> Iterator[tuple[str, str]]:
    """The pairs of source and reason that have an open record, from that of a place on; each is one search."""
    kind = sa.tuple_(_TABLE.source, _TABLE.reason)
    asked: sa.ColumnElement[bool] = SET_ASIDE
    if query.source:
        asked &= _TABLE.source == query.source
    if query.reason and query.source:
        asked &= _TABLE.reason == query.reason
    first = sa.select(_TABLE.source, _TABLE.reason).order_by(_TABLE.source, _TABLE.reason).limit(1)
    last: tuple[str, str] | None = None
    while True:
        where = asked
        if last is not None:
            where = asked & (kind > sa.tuple_(*map(sa.literal, last)))
        elif after is not None:
            where = asked & (kind >= sa.tuple_(sa.literal(after.source), sa.literal(after.reason)))
        row = connection.execute(first.where(where)).first()
        if row is None:
            return
        last = (row.source, row.reason)
        if not query.reason or row.reason == query.reason:
            yield last


def _record(row: Any) -> QuarantinedRecord:
    return QuarantinedRecord(
        number=row.id,
        source=row.source,
        record=row.record_id,
        reason=row.reason,
        subject=row.subject,
        detail=row.detail,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        rejudge_at=row.rejudge_at,
        resolved_at=row.resolved_at,
        dropped_at=row.dropped_at,
        dated=bool(row.dated),
    )


def _deeds(connection: sa.Connection, row: Any) -> Iterator[RecordDeed]:
    """What was done with a record; asked for one record by a person, so all actions since it came are looked at."""
    kinds = [Action.RECORD_RETRIED.value, Action.RECORD_DROPPED.value]
    mine = (actions.c.at >= row.first_seen) & actions.c.kind.in_(kinds) & (actions.c.about == _about(row))
    for deed in connection.execute(sa.select(actions).where(mine).order_by(actions.c.at, actions.c.id)):
        if deed.detail.get("number") == row.id:
            yield RecordDeed(deed.at, deed.kind, deed.author, deed.detail["reason"], deed.detail.get("result", ""))


def _is_ours(record: QuarantinedRecord) -> bool:
    """Whether the engine set it aside, not a collector."""
    return bool(record.subject) and (record.reason == _DEFECT or record.reason.startswith(OURS.rstrip("%")))


def _not_retried(record: QuarantinedRecord, body: str, now: datetime) -> NotDone | None:
    """Why a record cannot be retried; None where it can, as far as the record itself says."""
    if record.resolved_at is not None:
        return NotDone.OVER
    if record.reason in NOT_WHOLE:
        return NotDone.WHOLE_LIST
    if record.reason in _NOT_READ:
        return NotDone.COUNTS
    if record.reason == TOO_LATE:
        return NotDone.TOO_LATE
    if record.rejudge_at is not None and record.rejudge_at > now:
        return NotDone.TOO_EARLY
    if not body and not record.dated and not _is_ours(record):
        return NotDone.NO_TEXT
    return None


def _judge_anew(connection: sa.Connection, row: Any) -> RetryDone:
    """Mark the subject; the engine takes the record out of quarantine if it can be read now."""
    mine = (events.c.source == row.source) & (events.c.subject == row.subject)
    said = sa.func.min(events.c.at, type_=events.c.at.type)
    its_event = sa.select(said).where(mine & (events.c.event_id == row.record_id))
    at = connection.scalar(its_event) or connection.scalar(sa.select(said).where(mine))
    if at is None:
        return RetryDone(row.id, NotDone.NO_SUBJECT, detail=row.detail)
    key = SubjectKey(row.source, row.subject)
    touch(connection, {key: FIRST}, {key: at})
    return RetryDone(row.id, Retried.JUDGED, detail=row.detail)


def _take_dated(connection: sa.Connection, row: Any, now: datetime) -> RetryDone:
    """Take in an event whose time has come."""
    batch = without_erased(connection, row.source, Batch([event_from_json(row.event)], (), {}))
    return _settle(connection, row, batch, now)


def _read_again(connection: sa.Connection, row: Any, batch: Batch, now: datetime) -> RetryDone:
    """Keep what was read of a record: it leaves quarantine unless it was refused for the same reason."""
    batch = without_erased(connection, row.source, batch)
    same = [one for one in batch.rejects if (one.record_id, str(one.reason)) == (row.record_id, row.reason)]
    if same:
        said = {"detail": same[0].detail, "last_seen": now}
        connection.execute(sa.update(quarantine).where(_TABLE.id == row.id).values(**said))
        return RetryDone(row.id, Retried.STILL, take_in(connection, row.source, batch, now), same[0].detail)
    set_aside(connection, batch.rejects, now)
    return _settle(connection, row, batch, now)


def _settle(connection: sa.Connection, row: Any, batch: Batch, now: datetime) -> RetryDone:
    new = take_in(connection, row.source, batch, now)
    connection.execute(sa.update(quarantine).where(_TABLE.id == row.id).values(resolved_at=now))
    return RetryDone(row.id, Retried.READ, new)


def _about(row: Any) -> str:
    return f"{row.source}/{row.record_id}"


def _note(
    connection: sa.Connection, what: Action, row: Any, author: str, reason: str, now: datetime, **detail: Any
) -> None:
    note(connection, what, now, author, _about(row), reason=reason, **detail)
