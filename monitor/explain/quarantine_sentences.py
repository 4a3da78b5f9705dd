"""Make the messages of records that are set aside, and of what came of a retry or a drop. Pure."""

from __future__ import annotations

from datetime import datetime

from monitor.explain.sentences import dashed
from monitor.listing import NotDone, QuarantinedRecord, RecordDeed, Retried, RetryDone, Standing
from monitor.messages import Message, message
from monitor.text import shown_time

NOTHING = message("quarantine-nothing")
TEXT = message("quarantine-text")

_DEEDS = frozenset({"record_retried", "record_dropped"})


def more(listed: int) -> Message:
    """That there are more records than were listed."""
    return message("quarantine-more", listed=listed)


def standing(one: QuarantinedRecord, zone: str) -> Message:
    """What has become of a record, since when."""
    since = shown_time(one.first_seen, zone)
    if one.standing is Standing.WAITING:
        return message("quarantine-waiting", since=since, seen=shown_time(one.last_seen, zone))
    at = shown_time(one.resolved_at or one.last_seen, zone)
    return message(f"quarantine-{one.standing}", since=since, at=at)


def deed(one: RecordDeed, zone: str) -> Message:
    """Who retried or dropped it, when, why, and what came of it."""
    kind = dashed(one.kind) if one.kind in _DEEDS else "record-retried"
    result = message(f"quarantine-result-{dashed(one.result)}") if one.result in _RESULTS else ""
    return message(
        f"quarantine-{kind}", at=shown_time(one.at, zone), author=one.author, reason=one.reason, result=result
    )


_RESULTS = frozenset(word.value for word in Retried)


def retried(done: RetryDone) -> Message:
    """What came of a retry."""
    return message(
        f"quarantine-retried-{dashed(done.result.value)}", number=str(done.number), events=done.events,
        detail=done.detail,
    )  # fmt: skip


def dropped(number: int, author: str) -> Message:
    """That a record was dropped."""
    return message("quarantine-dropped-now", number=str(number), author=author)


def not_done(number: int, why: NotDone, zone: str, until: datetime | None = None) -> Message:
    """Why a record was neither retried nor dropped, and what to do instead; *until* is when it is judged by itself."""
    at = "" if until is None else shown_time(until, zone)
    return message(f"quarantine-not-done-{dashed(why.value)}", number=str(number), at=at)
