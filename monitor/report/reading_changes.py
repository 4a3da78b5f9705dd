"""Compare stored readings with those that the present code and rules give: which clocks read otherwise, and in what.

Pure. A stored reading was taken at an instant of the past, so the present code is asked for that same instant; only
what was known of the subject then may differ, and a subject of which there is news since is not compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from monitor.clock import Reading
from monitor.history import Event
from monitor.model import SubjectKey

_JUST_BEFORE = timedelta(microseconds=1)

FIELDS = (
    "state", "life", "tier", "assurance", "counted", "budget", "started_at", "deadline", "breached_at", "stopped_at",
    "missed_periods", "policy_version",
)  # fmt: skip
"""What is compared of a clock; `policy_version` is the label of the version that judges it."""

_STOPPED_AT = FIELDS.index("stopped_at")


@dataclass(frozen=True, slots=True)
class StoredReading:
    """One clock's cycle as the database has it; `read_at` is when it was read, if it is open."""

    target: str
    cycle: int
    open: bool
    read_at: datetime
    next_at: datetime | None
    said: tuple[Any, ...]
    """The values of FIELDS, in that order."""


@dataclass(frozen=True, slots=True)
class StoredSubject:
    """All that the database has of one subject at one instant.

    `news` says that events have come in which nobody has read yet. `look_again_at` is when an event counts that was
    known and ahead. `rules_version` names the rules and the code that read it last, None where nobody has.
    """

    key: SubjectKey
    events: tuple[Event, ...]
    readings: tuple[StoredReading, ...]
    news: bool
    look_again_at: datetime | None
    rules_version: str | None

    def as_of(self, now: datetime) -> datetime:
        """The instant at which its readings hold.

        That is when its open clocks were read. Where none is open, it is the last instant before anything would change
        without news, at most *now*.
        """
        read = [one.read_at for one in self.readings if one.open]
        if read:
            return max(read)
        ahead = [one.next_at for one in self.readings if one.next_at is not None]
        ahead += [] if self.look_again_at is None else [self.look_again_at]
        return min([now, *(at - _JUST_BEFORE for at in ahead)])

    def kept(self, unreported: datetime) -> bool:
        """Whether all its clocks ended before *unreported*: an upgrade of the code leaves those months as they are."""
        ends = [one.said[_STOPPED_AT] for one in self.readings]
        lives = any(one.open for one in self.readings)
        return bool(ends) and not lives and not any(at is not None and at >= unreported for at in ends)


@dataclass(frozen=True, slots=True)
class Otherwise:
    """A clock that reads otherwise: what differs as (field, stored, present); one of them may not have it at all."""

    key: SubjectKey
    target: str
    cycle: int
    what: str
    """`otherwise`, `appears` (it is not stored) or `vanishes` (only the database has it)."""
    fields: tuple[tuple[str, Any, Any], ...] = ()


def compared(key: SubjectKey, stored: Iterable[StoredReading], present: Sequence[Reading]) -> Iterator[Otherwise]:
    """Every clock of a subject that reads otherwise."""
    before = {(one.target, one.cycle): one.said for one in stored}
    after = {(one.target.name, one.cycle): _said(one) for one in present}
    for target, cycle in dict.fromkeys((*before, *after)):
        old, new = before.get((target, cycle)), after.get((target, cycle))
        if old is None or new is None:
            yield Otherwise(key, target, cycle, "appears" if old is None else "vanishes")
        elif old != new:
            pairs = zip(FIELDS, old, new, strict=True)
            yield Otherwise(key, target, cycle, "otherwise", tuple(pair for pair in pairs if pair[1] != pair[2]))


def _said(reading: Reading) -> tuple[Any, ...]:
    return (
        reading.state.value, reading.life.value, reading.tier, reading.assurance, reading.counted,
        reading.target.budget, reading.started_at, reading.deadline, reading.breached_at, reading.stopped_at,
        reading.missed_periods, reading.target.policy_version,
    )  # fmt: skip
