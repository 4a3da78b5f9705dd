"""What may be asked of the records that are set aside, and what a page of them holds.

Records stand in one order, whatever the page: by source, then by reason, and the one that was set aside last first.
Those that were mended or dropped are listed no more; each is still found by its number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class Standing(StrEnum):
    """What has become of a record that was set aside."""

    WAITING = "waiting"
    """It is in quarantine still."""
    MENDED = "mended"
    """It could be read, or its source writes it so that it can be."""
    DROPPED = "dropped"
    """An operator dropped it; it stays so while its source brings the same again."""


@dataclass(frozen=True, slots=True)
class RecordQuery:
    """Which records are listed. An empty text asks for no more than any record is."""

    source: str = ""
    reason: str = ""


class RecordPlace(NamedTuple):
    """Where a record stands in the list."""

    source: str
    reason: str
    number: int


@dataclass(frozen=True, slots=True)
class QuarantinedRecord:
    """A record that was set aside; `number` is its own, `record` what its source or collector calls it.

    `subject` is the ticket or circuit that it is of, where that is known. `rejudge_at` is when it is judged by itself,
    for a record that is dated in the future. `dated` says that its event is kept and waits for that.
    """

    number: int
    source: str
    record: str
    reason: str
    subject: str
    detail: str
    first_seen: datetime
    last_seen: datetime
    rejudge_at: datetime | None = None
    resolved_at: datetime | None = None
    dropped_at: datetime | None = None
    dated: bool = False

    @property
    def standing(self) -> Standing:
        if self.resolved_at is None:
            return Standing.WAITING
        return Standing.MENDED if self.dropped_at is None else Standing.DROPPED

    @property
    def place(self) -> RecordPlace:
        return RecordPlace(self.source, self.reason, self.number)


@dataclass(frozen=True, slots=True)
class RecordPage:
    """Records in their order, and the place after which the next page begins; None where the list is over."""

    rows: Sequence[QuarantinedRecord]
    next: RecordPlace | None


@dataclass(frozen=True, slots=True)
class RecordDeed:
    """What was done with one record: `kind` is the word of the audit trail, `result` what came of a retry."""

    at: datetime
    kind: str
    author: str
    reason: str
    result: str = ""


@dataclass(frozen=True, slots=True)
class WholeRecord:
    """A record with the text that was kept of it, and what was done with it, the oldest first."""

    record: QuarantinedRecord
    body: str
    deeds: Sequence[RecordDeed] = ()


class Retried(StrEnum):
    """What came of a retry."""

    READ = "read"
    """The record was read and counts; it left quarantine."""
    STILL = "still_unusable"
    """It was read again and cannot be used for the same reason; it stays."""
    JUDGED = "judged_anew"
    """Its subject is judged anew at once, by the running program or at its next start."""


class NotDone(StrEnum):
    """Why a record was neither retried nor dropped."""

    UNKNOWN = "unknown"
    """No record has this number."""
    OVER = "over"
    """It was mended or dropped before; nothing is done twice."""
    TOO_EARLY = "too_early"
    """It is dated in the future and is judged by itself when that time comes."""
    WHOLE_LIST = "whole_list"
    """It stands for a whole reading of the source and ends with the first one that has no such doubt."""
    COUNTS = "counts"
    """It counts already, or stands for others: there is nothing to read."""
    TOO_LATE = "too_late"
    """What was before its date is deleted, so it can change nothing."""
    NO_SUBJECT = "no_subject"
    """Nothing is stored of its subject any more."""
    NO_TEXT = "no_text"
    """No text was kept of it; its source brings it again."""
    NOT_READABLE_APART = "not_readable_apart"
    """Its collector cannot read it from its text; its source brings it again."""
    NOT_CONFIGURED = "not_configured"
    """Its source is not in the configuration."""


@dataclass(frozen=True, slots=True)
class RetryDone:
    """What came of a retry: how many events were new, and what is said of a record that stays; else why it was not."""

    number: int
    result: Retried | NotDone
    events: int = 0
    detail: str = ""
