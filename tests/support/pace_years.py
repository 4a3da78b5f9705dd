"""Simulate years of outages, to see what a pace warns of: Poisson faults with lognormal lengths, quiet years and bad.

Every year is judged by the clock itself. A year is exhausted where the promise is broken in it.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from monitor.clock import ticket_clock
from monitor.clock.timeline import Version
from monitor.history.mapping import Fact
from monitor.model import CircuitState, Measure, Period
from monitor.policy import ONE, Pace, Target, Term
from monitor.worktime import Calendar, WorkingTime

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 365
LEAD = timedelta(days=14)
DOWN, UP = CircuitState.UNAVAILABLE, CircuitState.AVAILABLE
_ALWAYS = WorkingTime(Calendar("always", always=True))


@dataclass(frozen=True)
class Kind:
    """A kind of year: how many faults a year, how long they last, and how many times as often in 60 bad days."""

    name: str
    faults: float
    median: timedelta
    spread: float = 1.0
    spell: float = 1.0


@dataclass(frozen=True)
class Promise:
    """An allowance and the kinds of years in which it is watched."""

    name: str
    target: Target
    kinds: Sequence[Kind]


def _target(budget: timedelta, measure: Measure = Measure.TIME, pace: Pace | None = None) -> Target:
    return Target("year", budget, frozenset({DOWN}), frozenset(), period=Period.YEAR, measure=measure, pace=pace)


_2H = timedelta(hours=2)
HOURS = Promise(
    "24 h a year",
    _target(timedelta(hours=24)),
    (
        Kind("quiet", 3, _2H), Kind("ordinary", 6, _2H), Kind("bad", 9, _2H), Kind("very bad", 14, _2H),
        Kind("a bad spell", 7, _2H, spell=4),
    ),
)  # fmt: skip
FAULTS = Promise(
    "4 faults a year",
    _target(4 * ONE, Measure.COUNT),
    (
        Kind("quiet", 1, _2H), Kind("ordinary", 2, _2H), Kind("bad", 4, _2H), Kind("very bad", 7, _2H),
        Kind("a bad spell", 4, _2H, spell=4),
    ),
)  # fmt: skip


def outages(kind: Kind, rng: random.Random) -> Iterator[tuple[datetime, datetime]]:
    """The outages of one year, in order; none begins while another lasts."""
    at, free = 0.0, 0.0
    bad = rng.uniform(0, DAYS - 60) if kind.spell > 1 else math.inf
    share = kind.faults / (DAYS - 60 + 60 * kind.spell) if kind.spell > 1 else kind.faults / DAYS
    while (at := at + rng.expovariate(share * kind.spell)) < DAYS:
        usual = not bad <= at < bad + 60
        if (usual and rng.random() >= 1 / kind.spell) or at < free:
            continue
        free = min(at + rng.lognormvariate(math.log(kind.median / timedelta(days=1)), kind.spread), DAYS - 1e-6)
        yield NEW_YEAR + timedelta(days=at), NEW_YEAR + timedelta(days=free)


def history(kind: Kind, rng: random.Random) -> list[Fact]:
    """What is heard of one circuit in one year."""
    facts = [Fact(NEW_YEAR, "first", UP)]
    for number, (start, end) in enumerate(outages(kind, rng)):
        facts += [Fact(start, f"down{number}", DOWN), Fact(end, f"up{number}", UP)]
    return facts


@dataclass
class Tally:
    """Years of one kind: how many were exhausted, warned of in time, warned of at all, and warned of for nothing."""

    exhausted: int = 0
    in_time: int = 0
    warned: int = 0
    kept: int = 0
    false: int = 0
    below_half: int = 0
    false_below_half: int = 0

    def add(self, other: Tally) -> None:
        for name in vars(self):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def lead(self) -> float:
        """The share of exhausted years that were warned of 14 days before."""
        return self.in_time / self.exhausted if self.exhausted else 1.0

    @property
    def false_share(self) -> float:
        """The share of the kept years that were warned of."""
        return self.false / self.kept if self.kept else 0.0


def judge(promise: Promise, pace: Pace, years: int, seed: int) -> Mapping[str, Tally]:
    """What *pace* warns of in so many years of each kind; the year is over when it is judged."""
    found = {}
    target = _target(promise.target.budget, promise.target.measure, pace)
    versions = (Version(None, (Term(None, target, _ALWAYS),)),)
    for kind in promise.kinds:
        tally, rng = Tally(), random.Random(f"{seed} {kind.name}")
        for _ in range(years):
            first = next(iter(ticket_clock.judged(history(kind, rng), versions, NEW_YEAR + timedelta(days=DAYS))))
            began = first.pace.spells[0].start if first.pace and first.pace.spells else None
            if first.breached_at is not None:
                tally.exhausted += 1
                tally.warned += began is not None
                tally.in_time += began is not None and began <= first.breached_at - LEAD
            else:
                tally.kept += 1
                tally.false += began is not None
                if first.counted * 2 <= target.budget:
                    tally.below_half += 1
                    tally.false_below_half += began is not None
        found[kind.name] = tally
    return found


def total(tallies: Mapping[str, Tally]) -> Tally:
    whole = Tally()
    for tally in tallies.values():
        whole.add(tally)
    return whole
