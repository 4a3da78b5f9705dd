"""Find by brute force when an allowance is used too fast: slow and obvious, the judge of `monitor.clock.pace`.

It walks step by step (`oracle_allowances`), notes what had been used at each step, and judges every step by the rule as
it is documented. Within a step time is a straight line, so the instant at which a step turned is looked for in it alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction

from monitor.clock.timeline import Version
from monitor.history.mapping import Fact
from monitor.policy import Pace
from monitor.worktime import periods
from tests.support.oracle_allowances import Allowance, Walked

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
    return [_spells(cycle, walk.steps[id(cycle)], pace, step) for cycle in walk.cycles]


def _spells(
    cycle: Walked, steps: Sequence[Sample], pace: Pace, step: timedelta
) -> list[tuple[datetime, datetime | None]]:
    assert cycle.term.calendar is not None
    assert cycle.target.period is not None
    bounds = periods.around(cycle.target.period, cycle.term.calendar.calendar, cycle.started_at)
    whole = bounds.end - bounds.start
    windows = [one.length or whole * float(one.share) for one in pace.windows]

    def used(at: datetime) -> timedelta:
        known = [one for one in steps if one.at <= at]
        if not known:
            return timedelta(0)
        last = known[-1]
        return last.counted + (at - last.at if last.using else timedelta(0))

    def faster(at: datetime, budget: timedelta, times: Fraction) -> bool:
        """Whether what was used in every window, by its length, is above what is left by the time left."""
        left = Fraction((budget - used(at)) // MICRO, max(1, (bounds.end - at) // MICRO))
        return all(Fraction((used(at) - used(at - window)) // MICRO, window // MICRO) > times * left for window in windows)

    def turned(at: datetime, budget: timedelta, fast: bool) -> bool:
        if budget <= used(at):
            return False
        return not faster(at, budget, Fraction(1)) if fast else faster(at, budget, pace.factor)

    found: list[tuple[datetime, datetime | None]] = []
    for one, after in zip(steps, [*steps[1:], None], strict=True):
        if (cycle.stopped_at is not None and one.at > cycle.stopped_at) or one.at >= bounds.end:
            break
        fast = bool(found) and found[-1][1] is None
        last = one.at if after is None else one.at + step - MICRO
        if cycle.stopped_at is not None and cycle.stopped_at < bounds.end:
            last = min(last, cycle.stopped_at)
        at = None
        if turned(one.at, one.budget, fast):
            at = one.at
        elif turned(last, one.budget, fast):
            before, at = one.at, last
            while at - before > MICRO:
                middle = before + (at - before) // 2
                before, at = (before, middle) if turned(middle, one.budget, fast) else (middle, at)
        if at is not None:
            found = [*found[:-1], (found[-1][0], at)] if fast else [*found, (at, None)]
    return found
