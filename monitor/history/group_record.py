"""Hold what is known of a group: each time that one of its members counted. Pure values; `monitor.clock` makes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from monitor.model import SubjectKey


class Entry(NamedTuple):
    """One time that a member counts: when, who, what it entered, and since when it is good (None: it is not)."""

    at: datetime
    source: str
    subject: str
    what: str
    because: str
    good_at: datetime | None = None


class GoneSpell(NamedTuple):
    """A time in which nothing lived any more that the group was made of; `until` is None while it is so."""

    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class GroupRecord:
    """What is known of a group.

    `entries` are those from `since` on (None: all), oldest first, those of one instant by their member. `value` is what
    makes the group, as it was written last. `seen_at` is when something was first seen with it, None if nothing was.
    Before `recorded_from` nothing was recorded, so that an absence proves nothing. `gone` are the times in which it was
    gone for good, all of them, oldest first.
    """

    key: SubjectKey
    value: str
    entries: Sequence[Entry]
    seen_at: datetime | None
    recorded_from: datetime
    since: datetime | None = None
    gone: Sequence[GoneSpell] = ()
