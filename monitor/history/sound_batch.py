"""Make every batch of a collector storable: the one check between sources and the store.

Pure. An event whose identity or time cannot be kept is set aside with its reason, and the others of the batch count. A
text that no database can hold (half of a surrogate pair, a NUL) is repaired where it is only a value, with U+FFFD for
what cannot be kept, and that is recorded: a gold ticket with a broken title still pages. Identities are never repaired,
for two of them could become one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from monitor.errors import SourceError
from monitor.history.batch import Batch
from monitor.history.events import Event, Reject, content_id
from monitor.model import MEMBER_KINDS, SubjectKind
from monitor.text import one_line

LONGEST_NAME = 1000
LONGEST_TEXT = 64 * 1024
LONGEST_DETAIL = 1000
MOST_REJECTS = 1000
"""Of one batch. What is more is counted in one record."""

_LARGEST = 2**63
_SHOWN = 60


class SetAside(StrEnum):
    """Why tierwatch itself set a record aside, whatever collector brought it."""

    UNUSABLE = "unusable"
    """The record has no identity or time that can be stored."""
    REPAIRED = "text_repaired"
    """The record counts; characters that no database can store were replaced in its values."""
    TOO_MANY = "too_many"
    """One batch had more records to set aside than are kept one by one."""
    DEFECT = "defect"
    """tierwatch failed while judging the subject; the log has the traceback."""


def sound(source: str, batch: Batch) -> Batch:
    """The batch with nothing in it that a database could refuse. Raises SourceError where its position is no JSON."""
    events: list[Event] = []
    rejects: list[Reject] = []
    for event in batch.events:
        if _plainly_sound(event):
            events.append(event)
            continue
        fault = _fault(event)
        if fault is not None:
            rejects.append(_unusable(source, event, fault))
            continue
        kept = _repaired(event)
        events.append(kept)
        if kept is not event:
            detail = f"{event.subject}: it has characters that no text can hold; they were replaced, and it counts"
            rejects.append(Reject(source, event.subject, SetAside.REPAIRED, detail, subject=event.subject))
    rejects = _fewer(source, [*(_sound_reject(source, reject) for reject in batch.rejects), *rejects])
    bodies = {name: text_of(body)[:LONGEST_TEXT] for name, body in batch.bodies.items() if _keepable(name)}
    return Batch(events, rejects, _position(source, batch.position), bodies)


def text_of(said: Any) -> str:
    """A value as a text that can be stored: U+FFFD stands for NUL and for what cannot be encoded."""
    text = said if isinstance(said, str) else repr(said)
    if text.isascii():
        return text.replace("\0", "\ufffd") if "\0" in text else text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "\ufffd")


def _keepable(said: Any) -> bool:
    """Whether a text can be kept as it is."""
    if not isinstance(said, str) or "\0" in said:
        return False
    try:
        return said.isascii() or bool(said.encode())
    except UnicodeEncodeError:
        return False


def _plainly_sound(event: Event) -> bool:
    """Whether a quick check finds nothing suspicious: short texts, times in UTC. Other events are checked in full."""
    source, event_id, subject, fields = event.source, event.event_id, event.subject, event.fields
    status, reason = "" if event.status is None else event.status, "" if event.reason is None else event.reason
    try:
        text = "".join((source, event_id, subject, status, reason, *fields, *fields.values()))
    except (TypeError, AttributeError):
        return False
    at, opened_at, or_at = event.at, event.opened_at, event.or_at
    return bool(
        source
        and event_id
        and subject
        and len(text) <= LONGEST_NAME
        and _keepable(text)
        and type(event.kind) is SubjectKind
        and event.kind in MEMBER_KINDS
        and (type(fields) is dict or isinstance(fields, Mapping))
        and type(event.sequence) is type(event.tie) is int
        and abs(event.sequence) < _LARGEST > abs(event.tie)
        and type(at) is datetime
        and at.tzinfo is UTC
        and (opened_at is None or (type(opened_at) is datetime and opened_at.tzinfo is UTC))
        and (or_at is None or (type(or_at) is datetime and or_at.tzinfo is UTC))
    )


def _fault(event: Event) -> str | None:
    """Why an event cannot be kept; None for one that can."""
    for name, said in (("source", event.source), ("id", event.event_id), ("subject", event.subject)):
        if not isinstance(said, str) or not said:
            return f"its {name} is not a text of at least one character"
        if len(said) > LONGEST_NAME:
            return f"its {name} has {len(said)} characters, which no name has"
        if not _keepable(said):
            return f"its {name} has characters that no text can hold"
    if not isinstance(event.kind, SubjectKind) or event.kind not in MEMBER_KINDS:
        return "it is of no kind"
    for name, at in (("time", event.at), ("opening", event.opened_at), ("second time", event.or_at)):
        if not (at is None and name != "time") and not _in_utc(at):
            return f"its {name} is no instant that can be kept"
    if not all(isinstance(number, int) and abs(number) < _LARGEST for number in (event.sequence, event.tie)):
        return "its sequence is no number that can be kept"
    if not isinstance(event.fields, Mapping):
        return "its fields are not an object"
    return None


def _in_utc(at: Any) -> bool:
    if not isinstance(at, datetime) or at.tzinfo is None:
        return False
    try:
        at.astimezone(UTC)
    except (OverflowError, ValueError):
        return False
    return True


def _repaired(event: Event) -> Event:
    """The event with every value as a text that can be stored; the same object where nothing had to be changed."""
    values = (event.status, event.reason, *event.fields, *event.fields.values())
    if all(value is None or (_keepable(value) and len(value) <= LONGEST_TEXT) for value in values):
        return event
    status, reason = (None if said is None else text_of(said)[:LONGEST_TEXT] for said in (event.status, event.reason))
    fields = {text_of(name)[:LONGEST_NAME]: text_of(said)[:LONGEST_TEXT] for name, said in event.fields.items()}
    return replace(event, status=status, reason=reason, fields=fields)


def _unusable(source: str, event: Event, fault: str) -> Reject:
    shown = one_line(text_of(event.subject))[:_SHOWN]
    return Reject(
        source, content_id(event.source, event.event_id, event.subject), SetAside.UNUSABLE, f"{shown}: {fault}"
    )


def _sound_reject(source: str, reject: Reject) -> Reject:
    """A reject that can be stored. An event that waits for its time is dropped from it if it cannot be stored."""
    fault = None if reject.event is None else _fault(reject.event)
    if fault is not None and reject.event is not None:
        return _unusable(source, reject.event, fault)
    name = reject.record_id if _keepable(reject.record_id) and len(reject.record_id) <= LONGEST_NAME else ""
    return replace(
        reject,
        source=source,
        record_id=name or content_id(str(reject.record_id)),
        reason=one_line(text_of(str(reject.reason)))[:LONGEST_NAME],
        detail=one_line(text_of(reject.detail))[:LONGEST_DETAIL],
        body=text_of(reject.body)[:LONGEST_TEXT],
        rejudge_at=reject.rejudge_at if _in_utc(reject.rejudge_at) else None,
        event=None if reject.event is None else _repaired(reject.event),
        subject=reject.subject if _keepable(reject.subject) and len(reject.subject) <= LONGEST_NAME else "",
    )


def _fewer(source: str, rejects: Iterable[Reject]) -> list[Reject]:
    """Each record and reason once, and at most as many as one transaction can store quickly."""
    once = list({(reject.record_id, reject.reason): reject for reject in rejects}.values())
    if len(once) <= MOST_REJECTS:
        return once
    waiting = [reject for reject in once if reject.event is not None]  # they become events when their time has come
    others = [reject for reject in once if reject.event is None][:MOST_REJECTS]
    left = len(once) - len(waiting) - len(others)
    if not left:
        return once
    detail = f"{left} further records of one answer cannot be used; they are like those before them"
    return [*waiting, *others, Reject(source, "further records", SetAside.TOO_MANY, detail)]


def _position(source: str, position: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        text = json.dumps(dict(position), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise SourceError(
            f"source {source}: its collector's position is not plain JSON ({type(error).__name__}); nothing of this"
            " step was kept, and it will be read again; report it to the author of the collector"
        ) from error
    if text.isascii():
        return position
    try:
        text.encode()
    except UnicodeEncodeError:
        repaired: dict[str, Any] = json.loads(text_of(text))
        return repaired
    return position
