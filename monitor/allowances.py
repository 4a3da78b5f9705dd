"""Measure an allowance: a budget of interruption time, or of faults, that is whole again with each period.

Pure. The clock of an allowance is open for the whole period, one cycle per period, numbered by the period itself
(`periods.py`); between outages it is idle. An unknown state uses nothing and ends nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from monitor import periods
from monitor.course import Course, Version
from monitor.mapping import Fact
from monitor.model import Life, Measure, Move, OnChange
from monitor.moves import MOVES, OPEN_LIVES, draw
from monitor.policies import Term
from monitor.reading import Cycle, Reading


def judged(history: Sequence[Fact], versions: Sequence[Version], now: datetime) -> Iterator[Reading]:
    """Every period's cycle up to *now*, oldest first; only the last one can be open."""
    walk = _Periods(Course(history, versions))
    walk.course.follow(history, now, walk.hear, walk.change)
    walk.until(now)
    yield from walk.done
    if walk.cycle is not None:
        walk.cycle.advance(now)
        yield walk.cycle.reading(now)


@dataclass(slots=True)
class _Periods:
    """The way through one history: the period that is being walked, and what the circuit does."""

    course: Course
    cycle: Cycle | None = None
    last: Fact | None = None  # the fact that says how the circuit is
    faulty: bool = False  # the fault that is going on has been counted
    done: list[Reading] = field(default_factory=list)

    def until(self, at: datetime) -> None:
        """End every period that is over at *at*, and begin the next one in the life that goes on."""
        while self.cycle is not None and self.cycle.ends_at is not None and self.cycle.ends_at <= at:
            ended, end = self.cycle, self.cycle.ends_at
            if ended.life in OPEN_LIVES:
                ended.advance(end)
                ended.turn(Life.STOPPED, end, Fact(end, "the period's end"))
            self.cycle = None
            self._begin(end)
            self.done.append(ended.reading(end))

    def hear(self, fact: Fact) -> None:
        """Take in a fact."""
        self.until(fact.at)
        party = self.course.hand_over(fact)
        if party is not None and self.cycle is not None:
            self.cycle.hand_over(party, fact.at)
        target = self.course.term.target if self.cycle is None else self.cycle.target
        if target is None:
            self.last = fact if fact.phase is not None else self.last
            return
        what = draw(target, fact)
        if what is None:
            return
        self.last = fact
        if self.cycle is None:
            self._begin(fact.at)
        else:
            self._follow(self.cycle, what, fact)

    def _follow(self, cycle: Cycle, what: Move, fact: Fact) -> None:
        if cycle.life not in OPEN_LIVES:
            return
        if cycle.target.measure is Measure.COUNT:
            if what is Move.RESUME and not self.faulty:
                cycle.advance(fact.at)
                cycle.tally(fact.at, fact)
            self.faulty = what is Move.RESUME or (self.faulty and what is Move.PAUSE)
            return
        to = MOVES.get((cycle.life, what))
        if to is not None:
            cycle.advance(fact.at)
            cycle.turn(to, fact.at, fact)

    def _begin(self, at: datetime) -> None:
        """Open the cycle of the period around *at*, if anything is promised and the circuit's state is known."""
        term = self.course.term
        if term.target is None or term.target.period is None or term.calendar is None or self.last is None:
            return
        what = draw(term.target, self.last)
        if what is None:
            return
        bounds = periods.around(term.target.period, term.calendar.calendar.zone, at)
        counts = term.target.measure is Measure.COUNT
        life = Life.IDLE if counts else MOVES[(None, what)]
        party = self.course.party
        self.cycle = Cycle(bounds.number, term, life, at, self.last, self.course.latest, bounds.end, party)
        if counts:
            self._follow(self.cycle, what, self.last)

    def change(self, at: datetime, book: int, term: Term | None) -> None:
        """Go on under another term; a new version of the policy holds from the next period on."""
        self.until(at)
        self.course.turn(book, term)
        cycle = self.cycle
        if cycle is None:
            self._begin(at)
        elif term is not None and book == cycle.book and cycle.target.on_change is not OnChange.AT_START:
            cycle.advance(at)
            if term.target is None:
                if cycle.target.on_change is OnChange.AT_EVENT and cycle.life in OPEN_LIVES:
                    cycle.turn(Life.CANCELLED, at, Fact(at, term.because))
                return
            if cycle.target.on_change is OnChange.AT_EVENT or term.target.budget < cycle.target.budget:
                cycle.take(term, at)
            self._revive(cycle, at)

    def _revive(self, cycle: Cycle, at: datetime) -> None:
        """A promise that was taken back within the period, and is made again, goes on with the same cycle."""
        what = None if self.last is None else draw(cycle.target, self.last)
        if cycle.life is Life.CANCELLED and what is not None and self.last is not None:
            idle = cycle.target.measure is Measure.COUNT
            cycle.turn(Life.IDLE if idle else MOVES[(None, what)], at, self.last)
