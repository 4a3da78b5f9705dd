"""Find by brute force when an allowance is used too fast: slow and obvious, the judge of `monitor.clock.pace`.

It walks step by step (`oracle_allowances`), notes what had been used at each step, and judges every step by the rule
as it is documented. Within a step time is a straight line, so where a step turned is looked for in it alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction

from monitor.clock.timeline import Version
from monitor.history.mapping import Fact
from monitor.policy import Pace
from tests.support.oracle_allowances import Allowance, Walked, begins, span

MICRO = timedelta(microseconds=1)


@dataclass(frozen=True)
class Sample:
    """How a cycle stood at the beginning of a step, and what the step used."""

    at: datetime
    counted: timedelta
    budget: timedelta
    using: bool


@dataclass(slots=True)
class Sampled(Allowance):
    """The walk through an allowance that notes every step of every cycle."""

    steps: dict[int, list[Sample]] = field(default_factory=dict)

    def live(self, at: datetime) -> None:
        self.note(at)
        before = None if self.cycle is None else self.cycle.counted
        Allowance.live(self, at)
        if self.cycle is not None and before != self.cycle.counted:
            mine = self.steps[id(self.cycle)]
            mine[-1] = Sample(mine[-1].at, mine[-1].counted, mine[-1].budget, using=True)

    def note(self, at: datetime) -> None:
        if self.cycle is not None:
            mine = self.steps.setdefault(id(self.cycle), [])
            mine.append(Sample(at, self.cycle.counted, self.cycle.budget, using=False))


def spells(
    versions: Sequence[Version], facts: Sequence[Fact], now: datetime, step: timedelta, pace: Pace
) -> list[list[tuple[datetime, datetime | None]]]:
    """Of every cycle the times in which it was used too fast."""
    walk = Sampled(versions, step)
    walk.walk(facts, now)
    walk.note(now)
    return of_cycles(walk, pace, step)


def of_cycles(walk: Sampled, pace: Pace, step: timedelta) -> list[list[tuple[datetime, datetime | None]]]:
    """Of every cycle that was walked and noted the times in which it was used too fast."""
    return [_spells(cycle, walk.steps[id(cycle)], pace, step) for cycle in walk.cycles]


def _spells(
    cycle: Walked, steps: Sequence[Sample], pace: Pace, step: timedelta
) -> list[tuple[datetime, datetime | None]]:
    assert cycle.term.calendar is not None
    assert cycle.target.period is not None
    calendar = cycle.term.calendar.calendar
    start, end = span(cycle.target.period, calendar.zone, cycle.started_at, begins(calendar))
    rule = _Rule(steps, pace, start, end)
    stopped = cycle.stopped_at or end
    found: list[tuple[datetime, datetime | None]] = []
    for one, after in zip(steps, [*steps[1:], None], strict=True):
        if one.at > stopped or one.at >= end or (cycle.breached_at is not None and one.at >= cycle.breached_at):
            break
        last = one.at if after is None else one.at + step - MICRO
        last = min(last, stopped if stopped < end else last)
        if one.using and one.counted < one.budget:  # with nothing left, nothing turns
            last = min(last, one.at + (one.budget - one.counted) - MICRO)
        for _ in range(2):  # at the step's beginning by other terms, and then within it
            fast = bool(found) and found[-1][1] is None
            at = rule.turn(one, last, fast)
            if at is not None:
                found = [*found[:-1], (found[-1][0], at)] if fast else [*found, (at, None)]
            if at != one.at:
                break
    return found


@dataclass(frozen=True)
class _Rule:
    """The rule as it is documented, asked of single instants."""

    steps: Sequence[Sample]
    pace: Pace
    start: datetime
    end: datetime

    def used(self, at: datetime) -> timedelta:
        known = [one for one in self.steps if one.at <= at]
        if not known:
            return timedelta(0)
        last = known[-1]
        return last.counted + (at - last.at if last.using else timedelta(0))

    def faster(self, at: datetime, budget: timedelta, times: Fraction) -> bool:
        """Whether what was used in every window, by its length, is above what is left by the time left."""
        left = Fraction((budget - self.used(at)) // MICRO, max(1, (self.end - at) // MICRO))
        for one in self.pace.windows:
            window = one.length or (self.end - self.start) * float(one.share)
            if Fraction((self.used(at) - self.used(at - window)) // MICRO, window // MICRO) <= times * left:
                return False
        return True

    def turned(self, at: datetime, budget: timedelta, fast: bool) -> bool:
        if budget <= self.used(at):
            return False
        return not self.faster(at, budget, Fraction(1)) if fast else self.faster(at, budget, self.pace.factor)

    def turn(self, one: Sample, last: datetime, fast: bool) -> datetime | None:
        """The first instant from a step's beginning to *last* at which it turns."""
        if self.turned(one.at, one.budget, fast):
            return one.at
        if not self.turned(last, one.budget, fast):
            return None
        before, at = one.at, last
        while at - before > MICRO:
            middle = before + (at - before) // 2
            before, at = (before, middle) if self.turned(middle, one.budget, fast) else (middle, at)
        return at
