"""Hold what a clock shows: the intervals of a cycle, the stages it crossed, and where it stands at an instant.

Pure values; `cycle.py` measures them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from monitor.clock.state_machine import OPEN_LIVES
from monitor.model import AgreementKind, Life, Measure, State
from monitor.policy import NO_RUNG, BudgetRow, Target
from monitor.worktime import WorkingTime

ZERO = timedelta(0)

CORRECTED = "corrected"
"""The reason that is shown for time that a correction excludes; a policy may have a reason of that name as well."""

RETIRED = "retired"
"""The reason with which a clock is cancelled whose subject is gone for good."""


class CycleTerms(NamedTuple):
    """What judged a cycle from `since` on: the budget as it was resolved for the cycle, the calendar, the policy's row.

    `because` is the event that brought these terms, empty for those under which the cycle began. `ahead_of` is the
    instant from which the budget is counted back, `row` is None where no policy was asked. Calendar and row are not
    compared: each load of a policy makes its own.
    """

    since: datetime
    budget: timedelta
    calendar: WorkingTime
    row: BudgetRow | None
    because: str
    ahead_of: datetime | None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CycleTerms) and self._compared == other._compared

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self._compared)

    def __repr__(self) -> str:
        return f"CycleTerms({self.budget} of {self.calendar.calendar.name} since {self.since.isoformat()})"

    @property
    def _compared(self) -> tuple[datetime, timedelta, str, datetime | None]:
        return (self.since, self.budget, self.because, self.ahead_of)


class Cut(NamedTuple):
    """Where an interval went on under other terms, and what it had counted by then."""

    at: datetime
    counted: timedelta
    terms: CycleTerms


class Part(NamedTuple):
    """A part of an interval, and the terms that held in all of it."""

    start: datetime
    end: datetime
    counted: timedelta
    terms: CycleTerms


class Interval(NamedTuple):
    """A stretch of a cycle in one state, and the event that began it. `counted` is in the calendar's time.

    `status` is the source's own word in that event, `feedback` for a feedback, None where the event had none;
    `reason` is why time is paused in it, and `excluded` says that a correction pauses it. `terms` held at its
    start, and each of `cuts` brought others. `instant` is the instant of the subject that began it, empty where
    something else did. Of a counted budget, each interval begins with what it counts. The last interval of an open
    clock has no length where it began at the very instant of the reading; no other has none.
    """

    start: datetime
    end: datetime
    life: Life
    because: str
    status: str | None
    counted: timedelta
    reason: str | None
    excluded: bool
    terms: CycleTerms
    cuts: tuple[Cut, ...] = ()
    instant: str = ""

    @property
    def last_terms(self) -> CycleTerms:
        """The terms that held at its end."""
        return self.cuts[-1].terms if self.cuts else self.terms

    def cut(self, at: datetime, counted: timedelta, terms: CycleTerms) -> Interval:
        """The interval with other terms from *at* on, when *counted* had counted; the last ones of an instant hold."""
        if self.cuts and self.cuts[-1].at == at:
            return self._replace(cuts=(*self.cuts[:-1], self.cuts[-1]._replace(terms=terms)))
        if at == self.start:
            return self._replace(terms=terms)
        return self._replace(cuts=(*self.cuts, Cut(at, counted, terms)))

    def longer(self, end: datetime, part: timedelta) -> Interval:
        """The interval up to *end*, when *part* more had counted. (Written out: `_replace` takes twice as long.)"""
        start, _, life, because, status, counted, reason, excluded, terms, cuts, instant = self
        return Interval(start, end, life, because, status, counted + part, reason, excluded, terms, cuts, instant)

    @property
    def parts(self) -> Iterator[Part]:
        """The interval in parts, each with the terms that held in it, oldest first."""
        edges = (Cut(self.start, ZERO, self.terms), *self.cuts, Cut(self.end, self.counted, self.last_terms))
        for (start, before, terms), (end, counted, _) in pairwise(edges):
            yield Part(start, end, counted - before, terms)


class Crossing(NamedTuple):
    """A stage of the budget and the instant at which it was first reached in this cycle.

    A stage comes twice where other terms had put it ahead again; the last one is the one that stands.
    """

    stage: str
    at: datetime


class PaceSpell(NamedTuple):
    """A time in which an allowance was used at a pace that would not last; `end` is None while it is so.

    At its `start`, `used` was used in the slowest window, which was as long as `window`; at that pace nothing would be
    left at `exhausted_at`.
    """

    start: datetime
    end: datetime | None
    used: timedelta
    window: timedelta
    exhausted_at: datetime


class PaceReading(NamedTuple):
    """The pace of an allowance in one period: every time in which it would not last, and how it is at the reading.

    `used` was used in the slowest window, of the length `window`; `exhausted_at` is when nothing is left at that pace,
    None where that is not in this period, and once the clock has ended.
    """

    spells: tuple[PaceSpell, ...] = ()
    used: timedelta = ZERO
    window: timedelta = ZERO
    exhausted_at: datetime | None = None

    @property
    def since(self) -> datetime | None:
        """Since when it is too fast."""
        return self.spells[-1].start if self.spells and self.spells[-1].end is None else None

    @property
    def ends(self) -> tuple[datetime, ...]:
        """When it was no longer too fast, each time that it had been."""
        return tuple(spell.end for spell in self.spells if spell.end is not None)

    def fell(self, after: datetime) -> datetime | None:
        """When it was first no longer too fast after *after*; None where that is not on record."""
        return next((end for end in self.ends if end > after), None)


class BudgetChange(NamedTuple):
    """Another budget that a cycle went on under, since when and because of which event."""

    at: datetime
    budget: timedelta
    because: str


class Leg(NamedTuple):
    """What one team (OLA) or supplier (UC) used of a cycle's budget while it had the subject.

    `budget` is what its agreement lets it use, None where it has none.
    """

    kind: AgreementKind
    party: str
    counted: timedelta
    budget: timedelta | None = None

    @property
    def over(self) -> timedelta:
        """By how much it used more than its agreement allows."""
        return max(ZERO, self.counted - self.budget) if self.budget is not None else ZERO


@dataclass(frozen=True, slots=True)
class Reading:
    """Where one cycle of a clock stands at an instant.

    `deadline` is the instant after which a running clock has breached; for a stopped clock, the deadline as it stood at
    the stop; for a breached one, the deadline it broke; None while paused, idle and when cancelled, and where an
    allowance lasts to the end of its period. `reached` are the stages that the budget now in force has passed, least
    severe first (those of a target with stages by wall time in the order of their instants: `Target.by_severity`).
    `next_at` is when something will change if no event comes: the next stage, the first instant that is late, or the
    end of the period. `first_sight` says that the source did not say when it began: it was going on when the source
    first showed it.
    """

    target: Target
    cycle: int
    life: Life
    state: State
    counted: timedelta
    started_at: datetime
    deadline: datetime | None
    breached_at: datetime | None
    stopped_at: datetime | None
    intervals: tuple[Interval, ...]
    crossings: tuple[Crossing, ...]
    reached: tuple[str, ...]
    missed_periods: int
    next_at: datetime | None
    tier: str = NO_RUNG
    assurance: str = NO_RUNG
    legs: tuple[Leg, ...] = ()
    changes: tuple[BudgetChange, ...] = ()
    first_sight: bool = False
    retired: bool = False
    """Whether it was cancelled because its subject is gone for good."""
    calendar: WorkingTime | None = field(default=None, compare=False, repr=False)
    row: BudgetRow | None = field(default=None, compare=False, repr=False)
    """The row of the policy that holds now, of a stopped clock the last one that held."""
    total: int = 0
    """Of a goal, how many were counted in all; `counted` are those of them that were good."""
    ended_by: str = ""
    """The instant of the subject that ended it, empty where something else did."""
    pace: PaceReading | None = None

    @property
    def open(self) -> bool:
        return self.life in OPEN_LIVES

    @property
    def of_time(self) -> bool:
        """Whether its budget is an amount of time, of which a share can be used."""
        return self.target.measure is Measure.TIME and self.target.budget > ZERO

    @property
    def remaining(self) -> timedelta:
        """Budget left, in the calendar's time; negative once it is overdrawn."""
        return self.target.budget - self.counted

    @property
    def caused_by(self) -> tuple[Leg, ...]:
        """The suppliers without whose overrun of their contracts a breached promise would have been kept."""
        if self.breached_at is None:
            return ()
        over = tuple(leg for leg in self.legs if leg.kind is AgreementKind.UC and leg.over)
        kept = self.counted - sum((leg.over for leg in over), ZERO) <= self.target.budget
        return over if kept else ()
