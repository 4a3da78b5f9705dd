"""Hold what a clock shows: the stretches of its life, the stages it crossed, and where one cycle stands at an instant.

Pure values; `cycle.py` measures them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from monitor.clock.state_machine import OPEN_LIVES
from monitor.model import AgreementKind, Life, State
from monitor.policy import NO_RUNG, Target, Term
from monitor.worktime import WorkingTime

ZERO = timedelta(0)

CORRECTED = "corrected"
"""The reason that is shown for time that a correction excludes; a policy may have a reason of that name as well."""


class Interval(NamedTuple):
    """A stretch of a clock's life, and the event that began it. `counted` is in the calendar's time.

    `status` is the source's own word in that event, `feedback` for a feedback, None where the event had none; `reason`
    is why time is paused in it, and `excluded` says that a correction pauses it. Of a counted budget, each stretch
    begins with what it counts. The last stretch of an open clock has no length where it began at the very instant of
    the reading; no other has none.
    """

    start: datetime
    end: datetime
    life: Life
    because: str
    status: str | None
    counted: timedelta
    reason: str | None = None
    excluded: bool = False


class Crossing(NamedTuple):
    """A stage of the budget and the instant at which it was first reached in this cycle.

    A stage comes twice where another term had put it ahead again; the last one is the one that stands.
    """

    stage: str
    at: datetime


class Change(NamedTuple):
    """Another budget that a cycle went on under, since when and because of which event."""

    at: datetime
    budget: timedelta
    because: str


class Leg(NamedTuple):
    """What one team (OLA) or supplier (UC) used of a cycle's budget while the subject was with it.

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


Party = tuple[AgreementKind, str]
"""Who has a subject: a team of ours (OLA) or a supplier (UC), by name."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Where one cycle of a clock stands at an instant.

    `deadline` is the instant after which a running clock has breached; for a stopped clock, the deadline as it stood at
    the stop; for a breached one, the deadline it broke; None while paused, idle and when cancelled, and where an
    allowance lasts to the end of its period. `reached` are the stages that the budget now in force has passed, least
    severe first (those of a target with stages by wall time in the order of their instants: `Target.by_severity`).
    `next_at` is when something will change if nothing is heard: the next stage, the first instant that is late, or the
    end of the period. `first_sight` says that nobody ever said when it began: it was going on when the source first
    showed it.
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
    changes: tuple[Change, ...] = ()
    first_sight: bool = False
    calendar: WorkingTime | None = field(default=None, compare=False, repr=False)
    taken: tuple[tuple[datetime, Term], ...] = field(default=(), compare=False, repr=False)
    """The terms by which the cycle was judged, each since when; the first since its start."""

    @property
    def open(self) -> bool:
        return self.life in OPEN_LIVES

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
