"""Find the instants at which an allowance comes to be used too fast, and at which it is not any more.

Pure. It reads a cycle that was measured: its intervals say when what was used, so that the clocks of tickets know
nothing of this. The rule is `monitor.policy.Pace`. While time is used, every window grows faster by comparison with
what lasts; while it is not, slower. So each stretch holds one such instant at most, and a binary search finds its
microsecond. With nothing left, nothing begins and nothing ends.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from monitor.clock.reading import Crossing, Interval, PaceReading, PaceSpell, Reading
from monitor.model import Life, Measure
from monitor.policy import BREACHED_STAGE, ONE, PACE_STAGE, Pace
from monitor.worktime import EPOCH, TICK, Bounds, WorkingTime

_ONE = ONE // TICK


class SoFar(NamedTuple):
    """The way through the first `intervals` of a cycle, so that it need not be gone again."""

    walk: _Walk
    intervals: int


def judged(reading: Reading, bounds: Bounds | None, now: datetime, so_far: SoFar | None = None) -> Reading:
    """The reading with its pace: the stretches that were too fast, the stage, and the next instant that changes it.

    *bounds* are the reading's period, *so_far* is of the same cycle. Unchanged where the target has no pace.
    """
    pace = reading.target.pace
    if pace is None or bounds is None or not reading.intervals:
        return reading
    walk = _walked(reading, pace, bounds, len(reading.intervals), so_far)
    walk.finish()
    spells = tuple(walk.spells)
    if not reading.open:
        return _with(reading, PaceReading(spells)) if spells else reading
    at, left = _micros(now), walk.last.budget - walk.used(_micros(now))
    found = _with(reading, PaceReading(spells, *walk.projected(at, left)))
    turn = None if walk.over else walk.next_turn(at, _coming(reading, bounds, now, walk.last.budget))
    if turn is None:
        return found
    return replace(found, next_at=turn if found.next_at is None else min(found.next_at, turn))


def gone_through(reading: Reading, bounds: Bounds | None, intervals: int, so_far: SoFar | None) -> SoFar | None:
    """The way through so many intervals, which do not change any more; None where the target has no pace."""
    pace = reading.target.pace
    if pace is None or bounds is None or intervals < 1:
        return None
    return SoFar(_walked(reading, pace, bounds, intervals, so_far), intervals)


def _walked(reading: Reading, pace: Pace, bounds: Bounds, until: int, so_far: SoFar | None) -> _Walk:
    """The way through the first *until* intervals; it goes on from *so_far* where that is as it would be now."""
    over = None if reading.breached_at is None else _micros(reading.breached_at)
    walk, done = _Walk(pace, bounds, reading.target.measure is Measure.TIME, over), 0
    if so_far is not None and so_far.walk.is_as(walk):
        walk, done = so_far.walk.copy(over), so_far.intervals
    for part in _stretches(reading.intervals[done:until], walk):
        walk.take(part)
    return walk


def _with(reading: Reading, pace: PaceReading) -> Reading:
    """The reading with the crossings of its pace; what was crossed at one instant comes after the pace."""
    began = [Crossing(PACE_STAGE, spell.start) for spell in pace.spells]
    crossings = tuple(sorted([*began, *reading.crossings], key=lambda crossing: crossing.at))
    reached = list(reading.reached)
    if pace.since is not None:
        last = {crossing.stage: crossing.at for crossing in reading.crossings}
        later = (
            place for place, name in enumerate(reached) if name == BREACHED_STAGE or last[name] >= pace.since
        )  # a breach is worse than anything
        reached.insert(next(later, len(reached)), PACE_STAGE)
    return replace(reading, pace=pace, crossings=crossings, reached=tuple(reached))


class _Stretch(NamedTuple):
    """A time in which the budget was the same and was used all the time or not at all; in microseconds since 1970."""

    start: int
    end: int
    using: bool
    budget: int


_NOWHERE = _Stretch(0, 0, False, 0)


def _stretches(intervals: Sequence[Interval], walk: _Walk) -> Iterator[_Stretch]:
    """The stretches of what was measured, oldest first; what is used in each is told to *walk* before."""
    for interval in intervals:
        for part in interval.parts:
            start, end, budget = _micros(part.start), _micros(part.end), part.terms.budget // TICK
            if not walk.timed:
                walk.count(start, part.counted // ONE)
                yield _Stretch(start, end, False, budget)
            elif interval.life is Life.RUNNING:
                for one in _laid_out(part.terms.calendar, part.start, part.end, budget):
                    if one.using:
                        walk.use(one.start, one.end)
                    yield one
            else:
                yield _Stretch(start, end, False, budget)


def _coming(reading: Reading, bounds: Bounds, now: datetime, budget: int) -> Iterator[_Stretch]:
    """What lies between *now* and the end of the period, if nothing is heard."""
    if reading.life is Life.RUNNING and reading.calendar is not None:
        yield from _laid_out(reading.calendar, now, bounds.end, budget)
    else:
        yield _Stretch(_micros(now), _micros(bounds.end), False, budget)


def _laid_out(calendar: WorkingTime, start: datetime, end: datetime, budget: int) -> Iterator[_Stretch]:
    """The time from *start* to *end*, cut where the calendar opens and closes; one stretch at least."""
    at, until = _micros(start), _micros(end)
    if at == until:
        yield _Stretch(at, until, False, budget)
    for opens, closes in calendar.spans_between(start, end):
        a, b = _micros(opens), _micros(closes)
        if at < a:
            yield _Stretch(at, a, False, budget)
        yield _Stretch(a, b, True, budget)
        at = b
    if at < until:
        yield _Stretch(at, until, False, budget)


@dataclass(slots=True)
class _Walk:
    """The way through one cycle: what was used until when, and the stretches that were too fast."""

    pace: Pace
    bounds: Bounds
    timed: bool
    over: int | None = None  # the breach: from then on nothing turns, whatever terms come
    spells: list[PaceSpell] = field(default_factory=list)
    last: _Stretch = _NOWHERE
    windows: list[int] = field(init=False)
    longest: int = field(init=False)
    end: int = field(init=False)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    totals: list[int] = field(default_factory=lambda: [0])
    fast: bool = False

    def __post_init__(self) -> None:
        period = self.bounds.end - self.bounds.start
        self.windows = [window.of(period) // TICK for window in self.pace.windows]
        self.longest, self.end = max(self.windows), _micros(self.bounds.end)

    def copy(self, over: int | None) -> _Walk:
        """The same way, to be gone on by itself, with another instant of the breach."""
        other = copy(self)
        other.over, other.spells = over, [*self.spells]
        other.starts, other.ends, other.totals = [*self.starts], [*self.ends], [*self.totals]
        return other

    def is_as(self, other: _Walk) -> bool:
        """Whether *other* would have gone as this one has: of its breach, only what lies on this way matters."""
        if (self.pace, self.bounds, self.timed) != (other.pace, other.bounds, other.timed):
            return False
        ahead = [one is None or one > self.last.start for one in (self.over, other.over)]
        return self.over == other.over or all(ahead)

    # -- what was used -----------------------------------------------------------------------------------------------

    def use(self, start: int, end: int) -> None:
        """Time was used from *start* to *end*, which come in order."""
        self.starts.append(start)
        self.ends.append(end)
        self.totals.append(self.totals[-1] + end - start)

    def count(self, at: int, times: int) -> None:
        """So many of a number were used at *at*."""
        if times:
            self.starts.append(at)
            self.ends.append(at)
            self.totals.append(self.totals[-1] + times * _ONE)

    def used(self, at: int) -> int:
        """What was used of the cycle's budget until *at*, what was used at that very instant included."""
        place = bisect_right(self.starts, at)
        if not place:
            return 0
        over = self.ends[place - 1] - at
        return self.totals[place] - over if self.timed and over > 0 else self.totals[place]

    # -- too fast, or not ----------------------------------------------------------------------------------------------

    def too_fast(self, at: int, budget: int) -> bool:
        """Whether every window is more than `factor` times as fast as what lasts."""
        return self._faster(at, budget, self.pace.factor.numerator, self.pace.factor.denominator)

    def lasts(self, at: int, budget: int) -> bool:
        """Whether some window is no faster than what lasts, and something is left."""
        return budget > self.used(at) and not self._faster(at, budget, 1, 1)

    def _faster(self, at: int, budget: int, times: int, by: int) -> bool:
        used, ahead = self.used(at), self.end - at
        left = times * (budget - used)
        if used * ahead * by <= left * self.longest:  # even if all of it had been used in every window
            return False
        return all((used - self.used(at - window)) * ahead * by > left * window for window in self.windows)

    # -- the way -------------------------------------------------------------------------------------------------------

    def take(self, stretch: _Stretch) -> None:
        """Go on to *stretch*, and so through the one before it; its last instant belongs to this one."""
        self._through(self.last, stretch.start - 1)
        self.last = stretch
        if self.over is None or stretch.start < self.over:
            self._turn(stretch.start, stretch.budget)

    def finish(self) -> None:
        """Go through the last stretch, its last instant included."""
        self._through(self.last, self.last.end)

    def _through(self, stretch: _Stretch, until: int) -> None:
        at = None if self.over is not None and stretch.start >= self.over else self._turn_in(stretch, until)
        if at is not None:
            self._turn(at, stretch.budget)

    def _turn_in(self, stretch: _Stretch, until: int) -> int | None:
        """The first instant after the stretch's start, up to *until*, at which it turns."""
        until = min(until, self.end - 1)
        if until <= stretch.start or stretch.using is self.fast:
            return None
        turned = self.lasts if self.fast else self.too_fast
        if not turned(until, stretch.budget):
            return None
        before, at = stretch.start, until
        while at - before > 1:
            middle = (before + at) // 2
            if turned(middle, stretch.budget):
                at = middle
            else:
                before = middle
        return at

    def _turn(self, at: int, budget: int) -> None:
        """Note that it is too fast from *at* on, or not any more, if that is so."""
        if at >= self.end:
            return
        if self.fast and self.lasts(at, budget):
            self.fast = False
            self.spells[-1] = self.spells[-1]._replace(end=_instant(at))
        elif not self.fast and budget > self.used(at) and self.too_fast(at, budget):
            used, window, exhausted_at = self.projected(at, budget - self.used(at))
            assert exhausted_at is not None
            self.fast = True
            self.spells.append(PaceSpell(_instant(at), None, used, window, exhausted_at))

    def projected(self, at: int, left: int) -> tuple[timedelta, timedelta, datetime | None]:
        """What the slowest window used, how long it is, and when nothing is left at its pace; None where that lasts."""
        paces = [(self.used(at) - self.used(at - window), window) for window in self.windows]
        used, window = paces[0]
        for other, longer in paces[1:]:
            if other * window < used * longer:
                used, window = other, longer
        exhausted = at + left * window // used if used and left > 0 else self.end
        found = _instant(exhausted) if exhausted < self.end else None
        return used * TICK, window * TICK, found

    def next_turn(self, now: int, coming: Iterator[_Stretch]) -> datetime | None:
        """When it turns after *now* if nothing is heard."""
        if self.last.budget <= self.used(now):
            return None
        for stretch in coming:
            if stretch.using:
                self.use(stretch.start, stretch.end)
            turns = stretch.start > now and self._turns_at(stretch.start, stretch.budget)
            at = stretch.start if turns else self._turn_in(stretch, stretch.end)
            if at is not None:
                return _instant(at) if stretch.budget > self.used(at) else None
        return None

    def _turns_at(self, at: int, budget: int) -> bool:
        return at < self.end and (self.lasts(at, budget) if self.fast else self.too_fast(at, budget))


def _micros(at: datetime) -> int:
    return (at - EPOCH) // TICK


def _instant(at: int) -> datetime:
    return EPOCH + at * TICK
