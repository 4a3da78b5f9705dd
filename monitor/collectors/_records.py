"""Check the values of sources' records: times, dates in the future, and the words for what is wrong.

Pure. Shared by the collectors; a leading underscore keeps a file out of the list of plug-ins.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import PlainValidator, WithJsonSchema

from monitor.history import Event, Reject

FUTURE_TOLERANCE = timedelta(minutes=5)
"""How far a record may lie ahead of us before it is kept aside (semantics 5)."""

_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_FARTHEST_AHEAD = timedelta(days=3660)
_LONGEST_BODY = 16 * 1024
_LONGEST_TIME = 100


class Why(StrEnum):
    """Why a record was set aside: a metric label, so the list is short and closed."""

    MALFORMED = "malformed"
    """The record is not what the collector reads."""
    TIME_WITHOUT_ZONE = "time_without_zone"
    """A time has no zone, and the source has no option `zone`."""
    BAD_TIME = "bad_time"
    """A time cannot be read, or no record can have it."""
    FUTURE = "future"
    """The record is dated ahead of this machine's clock; it is judged when that time comes."""
    PAGE_ENDED_EARLY = "page_ended_early"
    """A page of the list ended before it should have; the list is read again."""
    LIST_NOT_WHOLE = "list_not_whole"
    """Nothing proves that the whole list was read."""
    SUDDEN_LOSS = "sudden_loss"
    """An inventory lost more circuits at once than is believed; nothing is retired until somebody accepts it."""
    UNKNOWN_WORD = "unknown_word"
    """The collector does not know the status word of a circuit."""
    LISTED_TWICE = "listed_twice"
    """The source lists one record twice with different content."""


class BadRecord(ValueError):
    """A value that cannot be used, and the word and sentence for it."""

    def __init__(self, why: Why, detail: str) -> None:
        super().__init__(detail)
        self.why, self.detail = why, detail


Moment = tuple[datetime, datetime | None]
"""An instant, and the second one that the text may name: a local time that comes twice (semantics 32)."""


def instant(said: Any, zone: ZoneInfo | None, now: datetime) -> datetime:
    """The instant that an ISO 8601 text names, the first where there are two. Raises BadRecord."""
    return moment(said, zone, now)[0]


def moment(said: Any, zone: ZoneInfo | None, now: datetime) -> Moment:
    """The instants that an ISO 8601 text may name; a time without zone is read in *zone*. Raises BadRecord."""
    if not isinstance(said, str) or len(said) > _LONGEST_TIME or ("T" not in said.upper() and " " not in said):
        raise BadRecord(Why.BAD_TIME, f"{_short(said)} is not an ISO 8601 date and time")
    try:
        at = datetime.fromisoformat(said.strip().upper())
    except ValueError:
        raise BadRecord(Why.BAD_TIME, f"{_short(said)} is not an ISO 8601 date and time") from None
    return in_utc(at, zone, now, said)


def in_utc(at: datetime, zone: ZoneInfo | None, now: datetime, said: Any) -> Moment:
    """*at* in UTC, if it can be: with a zone, and within living memory. Raises BadRecord."""
    second = None
    if at.tzinfo is None:
        if zone is None:
            raise BadRecord(Why.TIME_WITHOUT_ZONE, f"{_short(said)} has no zone; set `zone` to the source's own")
        at, second = at.replace(tzinfo=zone, fold=0), at.replace(tzinfo=zone, fold=1)
    try:
        at = at.astimezone(UTC)
        if _EARLIEST <= at <= now + _FARTHEST_AHEAD:
            second = None if second is None else second.astimezone(UTC)
            # a source cannot report what has not happened yet
            twice = second is not None and at < second <= now + FUTURE_TOLERANCE
            return at, second if twice else None
    except OverflowError:
        pass
    raise BadRecord(Why.BAD_TIME, f"{_short(said)} is no date on which this can have happened")


def kept_aside(event: Event, now: datetime) -> Reject | None:
    """The event as a record "from the future", to be judged again when its time has come; None if it is not one."""
    if event.at <= now + FUTURE_TOLERANCE:
        return None
    detail = f"{event.subject}: is dated {event.at.isoformat()}, ahead of us; it counts from then on"
    return Reject(event.source, event.event_id, Why.FUTURE, detail, rejudge_at=event.at, event=event)


def body(raw: Any) -> str:
    """A raw record as text to keep with a reject, cut at 16 KiB."""
    try:
        return as_text(raw)[:_LONGEST_BODY]
    except RecursionError:
        return "(nested too deeply to be shown)"


def as_text(raw: Any) -> str:
    """JSON with its characters as they are."""
    return raw if isinstance(raw, str) else json.dumps(raw, ensure_ascii=False, separators=(",", ":"))


def _short(said: Any) -> str:
    text = body(said)
    return repr(text if len(text) <= 60 else f"{text[:60]}…")


def _zone(written: Any) -> ZoneInfo:
    if isinstance(written, ZoneInfo):
        return written
    try:
        return ZoneInfo(written)
    except (TypeError, ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        raise ValueError(f"{written!r} is not a time zone; write a name such as Asia/Shanghai") from None


ZoneOption = Annotated[
    ZoneInfo, PlainValidator(_zone), WithJsonSchema({"type": "string", "examples": ["Asia/Shanghai"]})
]
"""An IANA time zone as an option of a plug-in."""
