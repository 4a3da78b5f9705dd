"""What may be asked of what was told to whom, what was withheld, and who was called; and what a page of it holds.

The three are lists of their own, the newest first: what was put into an outbox, what a receiver was not sent and why,
and which people an escalation called. Who may not read the names of people is given no list of calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.model import Name, SubjectKey


class Telling(StrEnum):
    """Which list is asked for."""

    SENT = "sent"
    """What was put into an outbox: one row for each change that a receiver is told, one for each state of an alert."""
    WITHHELD = "withheld"
    """What a receiver was not sent, or not at once, and why."""
    CALLED = "called"
    """The people whom an escalation called."""


class Delivered(StrEnum):
    """What has become of a page that was put into an outbox."""

    ACCEPTED = "accepted"
    """The receiver took it."""
    WAITING = "waiting"
    """It waits for its receiver."""
    TRIED = "tried"
    """The receiver did not take it yet; it is tried again."""
    HELD = "held"
    """It is held back, and sent once what holds it is over."""
    FAILED = "failed"
    """The receiver refused it for good, or it was given up: nobody was told by it."""
    NEEDLESS = "needless"
    """It was never sent: another page said the same or more."""


@dataclass(frozen=True, slots=True)
class TellingQuery:
    """Which rows are listed. An empty text asks for no more than any row is.

    `channel` is a receiver, or one peer of it; `team` is asked of calls only, and `subject` of any.
    """

    what: Telling = Telling.SENT
    tier: str = ""
    channel: str = ""
    team: str = ""
    subject: SubjectKey | None = None


@dataclass(frozen=True, slots=True)
class AboutAlert:
    """The alert that a row is about. Without a `subject` it is of several subjects, or of the program itself."""

    key: str
    name: str = ""
    subject: SubjectKey | None = None
    target: str = ""
    stage: str = ""
    tier: str = ""
    summary: Name = Name("", "")  # noqa: RUF009 - a value that never changes
    firing: bool = False


@dataclass(frozen=True, slots=True)
class ToldRow:
    """One page of an outbox. `confirmed_at` is when somebody acknowledged its alert after it was made, `confirmed_by`
    who; `reason` is the word of the change, or why it was closed."""

    number: int
    at: datetime
    alert: AboutAlert
    channel: str
    state: Delivered
    reason: str
    accepted_at: datetime | None = None
    closed_at: datetime | None = None
    attempts: int = 0
    answer: str = ""
    held_by: str = ""
    rang: str = ""
    confirmed_at: datetime | None = None
    confirmed_by: str = ""


@dataclass(frozen=True, slots=True)
class WithheldRow:
    """What one receiver was not sent. `reason` is the word of a `Withheld`, `detail` what withheld it."""

    number: int
    at: datetime
    alert: AboutAlert
    channel: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class CalledRow:
    """One person who was called. Step 0 comes before the first; `reason` is why."""

    number: int
    at: datetime
    alert: AboutAlert
    team: str
    person: str
    step: int
    reason: str


@dataclass(frozen=True, slots=True)
class TellingPage:
    """Rows, the newest first, and the number before which the next page begins; None where the list is over.

    A page may have fewer rows than were asked for, or none, and a next one: then so many were looked at that the rest
    is left to the next page.
    """

    rows: Sequence[ToldRow | WithheldRow | CalledRow]
    next: int | None
