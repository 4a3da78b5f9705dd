"""Write an event as a JSON object and read it back unchanged.

Times are ISO 8601 with a zone; defaults are left out. Reading is strict: an unknown key, a missing key or
a time without a zone is a ValueError with a sentence, because a mistyped key would silently lose a status.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from monitor.history.events import Correction, Event
from monitor.model import MEMBER_KINDS, CorrectionKind, RetiredBy, SubjectKind

_NEEDED = ("event_id", "kind", "subject", "at")
_KNOWN = frozenset(
    {*_NEEDED, "source", "sequence", "status", "reason", "feedback", "opened_at", "fields", "or_at", "tie"}
)


def event_to_json(event: Event) -> dict[str, Any]:
    """The event as plain JSON values."""
    said: dict[str, Any] = {
        "source": event.source,
        "event_id": event.event_id,
        "kind": event.kind.value,
        "subject": event.subject,
        "at": stamp(event.at),
    }
    if event.sequence:
        said["sequence"] = event.sequence
    if event.status is not None:
        said["status"] = event.status
    if event.reason is not None:
        said["reason"] = event.reason
    if event.feedback:
        said["feedback"] = True
    if event.opened_at is not None:
        said["opened_at"] = stamp(event.opened_at)
    if event.fields:
        said["fields"] = dict(event.fields)
    if event.or_at is not None:
        said["or_at"] = stamp(event.or_at)
    if event.tie:
        said["tie"] = event.tie
    return said


def event_from_json(said: Any, *, source: str | None = None) -> Event:
    """The event that *said* describes; *source*, where given, is its source whatever *said* has. Raises ValueError.

    A time may be a text or, where somebody has read it already, an aware datetime.
    """
    if type(said) is not dict and not isinstance(said, Mapping):  # the first is quicker, and nearly always so
        raise ValueError("is not a JSON object")
    if not said.keys() <= _KNOWN:
        name = next(name for name in said if name not in _KNOWN)
        raise ValueError(f"has the key {name!r}, which no event has")
    for name in _NEEDED if source is not None else ("source", *_NEEDED):
        if name not in said:
            raise ValueError(f"has no {name}")
    opened_at, or_at = said.get("opened_at"), said.get("or_at")
    return Event(
        source=source if source is not None else _text(said, "source"),
        event_id=_text(said, "event_id"),
        kind=_kind(said["kind"]),
        subject=_text(said, "subject"),
        at=_instant(said["at"], "at"),
        sequence=_whole(said.get("sequence", 0), "sequence"),
        status=None if said.get("status") is None else _text(said, "status"),
        reason=None if said.get("reason") is None else _text(said, "reason"),
        feedback=_truth(said.get("feedback", False)),
        opened_at=None if opened_at is None else _instant(opened_at, "opened_at"),
        fields=_fields(said.get("fields", {})),
        tie=_whole(said.get("tie", 0), "tie"),
        or_at=None if or_at is None else _instant(or_at, "or_at"),
    )


def correction_to_json(said: Correction) -> dict[str, Any]:
    """A correction as plain JSON values; it is never part of an event's own JSON, which sources may write."""
    times = {name: stamp(at) for name, at in (("start", said.start), ("end", said.end)) if at is not None}
    words = {"kind": said.kind.value, "reason": said.reason, "author": said.author}
    by = {} if said.by is None else {"by": said.by.value}
    return {**words, **times, "target": said.target, "revokes": said.revokes, **by}


def correction_from_json(said: Mapping[str, Any]) -> Correction:
    """The correction that `correction_to_json` wrote."""
    start, end = said.get("start"), said.get("end")
    return Correction(
        kind=CorrectionKind(said["kind"]),
        reason=said["reason"],
        author=said["author"],
        start=None if start is None else _instant(start, "start"),
        end=None if end is None else _instant(end, "end"),
        target=said["target"],
        revokes=said["revokes"],
        by=RetiredBy(said["by"]) if "by" in said else None,
    )


def stamp(at: datetime) -> str:
    """An instant as text: UTC, with all its digits."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said[name]
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} is not a text of at least one character")
    return value


def _kind(value: Any) -> SubjectKind:
    if value not in MEMBER_KINDS:
        raise ValueError(f"kind is not one of {' or '.join(MEMBER_KINDS)}")
    return SubjectKind(value)


def _instant(value: Any, name: str) -> datetime:
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name} is not an ISO 8601 time") from None
    if at.tzinfo is UTC:
        return at
    if at.tzinfo is None:
        raise ValueError(f"{name} has no zone")
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{name} is beyond any calendar") from None


def _whole(value: Any, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= 2**63:
        raise ValueError(f"{name} is not a whole number")
    return value


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("feedback is neither true nor false")
    return value


def _fields(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping) or not all([isinstance(item, str) for item in (*value, *value.values())]):
        raise ValueError("fields is not an object of texts")
    return dict(value)
