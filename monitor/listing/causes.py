"""What a page of root causes holds: those that last, by what they are about, then those that are over, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from monitor.listing.pages import Delivered
from monitor.model import SubjectKey


class CausePlace(NamedTuple):
    """Where a cause stands: `over` is 0 while it lasts and `key` then says where, else `closed_at` (microseconds since
    1970) and `id` do."""

    over: int
    key: str
    closed_at: int
    id: str


@dataclass(frozen=True, slots=True)
class CauseMember:
    """One clock whose alerts belong to a cause, by its worst stage. `until` is when its alert ended."""

    key: SubjectKey
    target: str
    stage: str
    since: datetime
    deadline: datetime | None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class CausePageSent:
    """One page that stands for all members of a cause; `wave` counts them from 1."""

    channel: str
    wave: int
    at: datetime
    state: Delivered
    accepted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ListedCause:
    """One root cause. `subjects` are all that alert for it, `members` the first of them; `many` says that there are
    more than were counted. `subject` is the circuit or ticket that it is about, where it is one that is known."""

    id: str
    key: str
    opened_at: datetime
    closed_at: datetime | None
    deadline: datetime | None
    tier: str
    wave: int
    broken: bool
    subject: SubjectKey | None = None
    members: Sequence[CauseMember] = ()
    subjects: int = 0
    many: bool = False
    pages: Sequence[CausePageSent] = ()


@dataclass(frozen=True, slots=True)
class CausePage:
    """Causes in their order, and the place after which the next page begins; None where the list is over."""

    rows: Sequence[ListedCause]
    next: CausePlace | None
