"""Define events: immutable, dated statements of sources about one subject, raw as they came.

An event's identity is (source, event_id); its place is (at, sequence, tie, event_id), never its arrival (semantics
1, 2). Mapping to our vocabulary happens later, in `mapping.py`, so a wrong mapping is repaired without a new import.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from monitor.history.baseline import Baseline
from monitor.model import CorrectionKind, RetiredBy, SubjectKey, SubjectKind


@dataclass(frozen=True, slots=True)
class Correction:
    """What is stated afterwards about the past of a subject, and why.

    `exclude` and `count` are about the time from `start` to `end`, `stop` and `retire` about the instant `start`;
    `revoke` names an earlier correction. An empty `target` stands for every target. Persons make corrections; of
    collectors only the rule in `collectors/_gone.py` makes one, a `retire`. `by` says who says so, for a `retire` only.
    """

    kind: CorrectionKind
    reason: str
    author: str
    start: datetime | None = None
    end: datetime | None = None
    target: str = ""
    revokes: str = ""
    by: RetiredBy | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One dated statement of a source about a subject.

    `status` and `reason` are the source's own words, None where the event says nothing about them.
    `feedback` marks a progress feedback to the customer. `opened_at` is when the source says the ticket was opened.
    `fields` are further raw values, by the names that the source's mapping uses. Times are aware UTC.
    """

    source: str
    event_id: str
    kind: SubjectKind
    subject: str
    at: datetime
    sequence: int = 0
    status: str | None = None
    reason: str | None = None
    feedback: bool = False
    opened_at: datetime | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    correction: Correction | None = None
    tie: int = field(default=0, compare=False)
    """Its place in the source's answer or file, from 1: it breaks ties of one instant, and is no stated order."""
    or_at: datetime | None = None
    """The second instant that the source's local time may mean, where the zone puts its clocks back (semantics 32)."""
    baseline: Baseline | None = None
    """What it stands for, where it stands in the place of deleted events (semantics 44). No source says that."""

    @property
    def key(self) -> SubjectKey:
        return SubjectKey(self.source, self.subject)

    @property
    def place(self) -> tuple[datetime, int, int, str]:
        """The total order of events (semantics 2)."""
        return (self.at, self.sequence, self.tie, self.event_id)


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that could not become an event, kept with the reason.

    `reason` is one word of a small set (a metric label); `detail` is a sentence. `rejudge_at` is set for records
    "from the future", which are judged again when their time has come (semantics 5); `event` then holds the event.
    `subject` names the ticket where the source always shows the whole ticket, so that a repaired one can be recognised.
    """

    source: str
    record_id: str
    reason: str
    detail: str
    body: str = ""
    rejudge_at: datetime | None = None
    event: Event | None = None
    subject: str = ""


def content_id(*parts: Any) -> str:
    """Make a stable id for a change that has none in the source: a hash of its raw content (semantics 1)."""
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:32]
