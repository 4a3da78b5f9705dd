"""Hold one promise on one subject as a clock measures it: conditions, budget, stages.

Pure. Every budget is a length in the end, so that one clock measures all of them: working days are the time of whole
working dates, a share is a part of its period, what is counted back is the time until the last moment, and each of a
number of times is one `ONE`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from monitor.model import AgreementKind, Condition, DayEnd, Measure, OnChange, Period, Phase, Reopen
from monitor.policy.pace import Pace
from monitor.worktime import WorkingTime, periods

BREACHED_STAGE = "breached"
AT_RISK_STAGE = "at_risk"
PACE_STAGE = "pace"
"""The stage of an allowance that is used too fast; it has no amount (`Pace`)."""

ONE = timedelta(seconds=1)
"""One of a number of times, as a length."""

COUNTED_BY_CALENDAR = timedelta(days=36_500)
"""Longer than anything lasts: the budget of a clock that only follows its conditions."""

_ZERO = timedelta(0)


@dataclass(frozen=True, slots=True)
class Stage:
    """When somebody is told: a share is used, a length left (both in the calendar's time), or the deadline so near.

    `wall` is the time on the wall before the deadline, whether or not it counts. One of the three is given, except of
    the pace, which has none.
    """

    name: str
    share: float | None = None
    left: timedelta | None = None
    wall: timedelta | None = None

    @property
    def of_amounts(self) -> bool:
        """Whether it is reached by what has counted, or by a deadline that comes near; the pace is not."""
        return self.name != PACE_STAGE

    def amount(self, budget: timedelta) -> timedelta:
        """How much must have counted for the stage to be reached; a stage by wall time has no such amount."""
        if self.left is not None:
            return budget - self.left
        assert self.share is not None
        return budget * self.share

    def applies(self, budget: timedelta) -> bool:
        """Whether the budget has such a stage: of ten minutes, thirty are never left."""
        ahead = self.left if self.wall is None else self.wall
        return ahead is None or ahead < budget

    def faster(self, speed: float) -> Stage:
        """The same stage with its length, if it has one, divided by *speed*."""
        left, wall = self.left and self.left / speed, self.wall and self.wall / speed
        return replace(self, left=left, wall=wall)


@dataclass(frozen=True, slots=True)
class Underpinning:
    """What an OLA or UC lets one team or supplier use of a budget."""

    kind: AgreementKind
    party: str
    budget: timedelta


@dataclass(frozen=True, slots=True)
class Target:
    """One promise on one subject, resolved: what drains the budget, how much there is, who is told when.

    `start` are the conditions under which the clock runs, `stop` those that end it, `pauses` the reasons that suspend
    it. `cancel` and `reset` end a cycle without judging it further, and with beginning another. `figure` is the source
    of the budget's figure. Where `days`, `share` or `ahead_of` is given, `budget` is known only when a cycle begins:
    see `resolved`. `ahead_of` is the instant before which the promise must have been kept.
    """

    name: str
    budget: timedelta
    start: frozenset[Condition]
    stop: frozenset[Condition]
    pauses: frozenset[str] = frozenset()
    reopen: Reopen = Reopen.RESUME
    on_change: OnChange = OnChange.AT_EVENT
    recurring: bool = False
    at_risk: float = 0.75
    stages: tuple[Stage, ...] = ()
    calendar: str = "always"
    policy_version: str = ""
    figure: str = ""
    cancel: frozenset[Condition] = frozenset({Phase.CANCELLED})
    reset: frozenset[Condition] = frozenset()
    measure: Measure = Measure.TIME
    days: int = 0
    share: float = 0.0
    period: Period | None = None
    ahead_of: datetime | None = None
    last_day: DayEnd = DayEnd.SAME_TIME
    underpinning: tuple[Underpinning, ...] = ()
    calendar_version: str = ""
    same_day: bool = False
    until: datetime | None = None
    """The deadline itself. Waits do not move it, and time is that on the wall."""
    pace: Pace | None = None
    ladder: tuple[tuple[timedelta, str], ...] = field(init=False, compare=False, repr=False)
    """The stages ahead of the breach with their amounts, the smallest first; not those by wall time."""
    walls: tuple[tuple[timedelta, str], ...] = field(init=False, compare=False, repr=False)
    """The stages by wall time with how long before the deadline they are, the longest first."""
    soonest: timedelta = field(init=False, compare=False, repr=False)
    """Nothing happens before so much has counted; zero with stages by wall time, for which nothing need count."""
    decisions: dict[tuple[Any, ...], Any] = field(init=False, default_factory=dict, compare=False, repr=False)
    """What `state_machine.decide` has found out; a target serves many histories."""

    def __post_init__(self) -> None:
        floor, timed = self.measure is Measure.AT_LEAST, self.measure is Measure.TIME
        stages = () if floor else (*self.stages, Stage(AT_RISK_STAGE, self.at_risk))
        stages = tuple(
            one for one in stages if one.name != BREACHED_STAGE and one.of_amounts and one.applies(self.budget)
        )
        ahead = [
            (stage.amount(self.budget), stage.name)
            for stage in stages
            if stage.wall is None and (timed or stage.left is None)
        ]
        ladder = tuple(sorted(ahead, key=lambda rung: rung[0]))
        object.__setattr__(self, "ladder", ladder)
        walls = [(stage.wall, stage.name) for stage in stages if timed and stage.wall is not None]
        object.__setattr__(self, "walls", tuple(sorted(walls, key=lambda rung: -rung[0])))
        soonest = timedelta.max if floor else min([self.budget, *(amount for amount, _ in ladder)])
        object.__setattr__(self, "soonest", _ZERO if walls else soonest)

    def nearing(self, start: datetime, deadline: datetime, to: datetime) -> Iterator[tuple[str, datetime]]:
        """The stages by wall time that are crossed while the clock runs from *start* to *to*, and when each of them is.

        *deadline* is the one that holds in that time. Both ends belong to it: what resumes too near to its deadline
        crosses them as it resumes.
        """
        for wall, name in self.walls:
            at = max(start, deadline - wall)
            if at <= to:
                yield name, at

    def by_severity(self, reached: Sequence[str], crossed: Mapping[str, datetime]) -> list[str]:
        """Every stage that is *reached* by what has counted, or *crossed* by wall time, the least severe first.

        That is the order of the instants at which they were crossed. At one instant, what leaves less is worse; where
        as much is left, the stage by wall time is.
        """
        left = {name: self.budget - amount for amount, name in self.ladder}
        near = {name: wall for wall, name in self.walls if name in crossed}
        left.update(near)
        return sorted([*reached, *near], key=lambda name: (crossed[name], -left[name]))

    def severity(self, stage: str) -> tuple[timedelta, int, str]:
        """What stages of one instant are ordered by: what leaves less is worse; of as much, what is by wall time."""
        rungs = [*((self.budget - amount, name) for amount, name in self.ladder), *self.walls]
        for place, (left, name) in enumerate(rungs):
            if name == stage:
                return -left, place, ""
        return timedelta.min, 0, stage  # a stage of earlier terms

    def resolved(
        self, calendar: WorkingTime, started_at: datetime, at: datetime | None = None, counted: timedelta = _ZERO
    ) -> Target:
        """The same target with the budget of a cycle that begins at *started_at*, in the time of *calendar*.

        A budget that is counted back is below zero where the last moment was over at the start, and so is one until an
        instant that was over. That one ends with the instant also where it holds only from *at* on, when *counted* had
        counted.
        """
        if self.until is not None:
            return self._with(counted + (self.until - (at or started_at)))
        if self.ahead_of is not None:
            return self._with(_until(self.last_moment(calendar, self.ahead_of), calendar, started_at))
        if self.days or self.same_day:
            asked = self.last_day
            due = calendar.add_days(started_at, self.days, asked) if self.days else calendar.same_day(started_at, asked)
            return self._with(calendar.counted(started_at, due))
        if self.share:
            assert self.period is not None
            found = periods.around(self.period, calendar.calendar, started_at)
            return self._with((found.end - found.start) * self.share)
        return self

    def _with(self, budget: timedelta) -> Target:
        target = replace(self, budget=budget)
        object.__setattr__(target, "decisions", self.decisions)  # the conditions are the same
        return target

    def last_moment(self, calendar: WorkingTime, planned: datetime, length: timedelta | None = None) -> datetime:
        """Until when what is counted back from *planned* is due; *length* where the budget is resolved already."""
        if self.days:
            return calendar.add_days(planned, -self.days, self.last_day)
        return calendar.subtract(planned, self.budget if length is None else length)

    def due(self, calendar: WorkingTime, start: datetime, left: timedelta) -> datetime:
        """The deadline of what runs from *start* with so much left: a closing; of what is counted back, an opening."""
        return calendar.add(start, left) if self.ahead_of is None or left < _ZERO else calendar.last(start, left)


def _until(last: datetime, calendar: WorkingTime, started_at: datetime) -> timedelta:
    if last >= started_at:
        return calendar.counted(started_at, last)
    return -max(calendar.counted(last, started_at), timedelta(microseconds=1))
