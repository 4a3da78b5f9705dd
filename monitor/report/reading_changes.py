"""Compare stored readings with those of the present code and rules: which clocks differ, and in which fields.

Pure. A stored reading was taken at an instant of the past, so the present code reads the clock at that same instant.
A subject with events that came after it is not compared.
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

_STOPPED_AT, _POLICY = FIELDS.index("stopped_at"), FIELDS.index("policy_version")


@dataclass(frozen=True, slots=True)
class StoredReading:
    """One clock's cycle as the database has it; `read_at` is when it was read, if it is open."""

    target: str
    cycle: int
    open: bool
    read_at: datetime
    next_at: datetime | None
    values: tuple[Any, ...]
    """The values of FIELDS, in that order."""


@dataclass(frozen=True, slots=True)
class StoredSubject:
    """One subject as the database has it at one instant.

    `news` is true while the engine has not read some of its events. `look_again_at` is the instant of an event that is
    known and lies in the future. `rules_version` names the rules and the code that read it last, None if none did.
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

    @property
    def policies(self) -> frozenset[str]:
        """The labels of the versions of the policy that judged its clocks."""
        return frozenset(one.values[_POLICY] for one in self.readings)

    def kept(self, unreported: datetime) -> bool:
        """Whether all its clocks ended before *unreported*: an upgrade of the code leaves those months as they are."""
        ends = [one.values[_STOPPED_AT] for one in self.readings]
        lives = any(one.open for one in self.readings)
        return bool(ends) and not lives and not any(at is not None and at >= unreported for at in ends)


@dataclass(frozen=True, slots=True)
class Difference:
    """A clock whose two readings differ, with the fields as (field, stored, present). One side may lack the clock."""

    key: SubjectKey
    target: str
    cycle: int
    what: str
    """`otherwise`, `appears` (it is not stored) or `vanishes` (only the database has it)."""
    fields: tuple[tuple[str, Any, Any], ...] = ()


def compared(key: SubjectKey, stored: Iterable[StoredReading], present: Sequence[Reading]) -> Iterator[Difference]:
    """Every clock of a subject whose two readings differ."""
    before = {(one.target, one.cycle): one.values for one in stored}
    after = {(one.target.name, one.cycle): _values(one) for one in present}
    for target, cycle in dict.fromkeys((*before, *after)):
        old, new = before.get((target, cycle)), after.get((target, cycle))
        if old is None or new is None:
            yield Difference(key, target, cycle, "appears" if old is None else "vanishes")
        elif old != new:
            pairs = zip(FIELDS, old, new, strict=True)
            yield Difference(key, target, cycle, "otherwise", tuple(pair for pair in pairs if pair[1] != pair[2]))


def _values(reading: Reading) -> tuple[Any, ...]:
    return (
        reading.state.value, reading.life.value, reading.tier, reading.assurance, reading.counted,
        reading.target.budget, reading.started_at, reading.deadline, reading.breached_at, reading.stopped_at,
        reading.missed_periods, reading.target.policy_version,
    )  # fmt: skip
