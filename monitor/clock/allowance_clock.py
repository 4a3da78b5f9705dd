"""Measure an allowance: a budget of interruption time, or of faults, that is whole again with each period.

Pure. The clock of an allowance is open for the whole period, one cycle per period, numbered by the period itself
(`periods.py`); between outages it is idle. An unknown state changes nothing:
an outage goes on using the budget until somebody says that it is over, and nobody's silence begins one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from monitor.clock.cycle import Cycle
from monitor.clock.reading import Reading
from monitor.clock.state_machine import MOVES, OPEN_LIVES, as_held, draw, same_reason
from monitor.clock.terms_in_force import Change, Course, Version
from monitor.history import Fact
from monitor.model import Life, Measure, Move, OnChange
from monitor.policy import Target, Term
from monitor.worktime import TICK, periods


def judged(history: Sequence[Fact], versions: Sequence[Version], now: datetime) -> Iterator[Reading]:
    """Every period's cycle up to *now*, oldest first; only the last one can be open."""
    walk = _Periods(Course(history, versions))
    walk.course.follow(history, now, walk)
    walk.until(now)
    yield from walk.done
    if walk.cycle is not None:
        walk.cycle.advance(now)
        yield walk.cycle.reading(now, walk.course.next_change(now))


@dataclass(slots=True)
class _Periods:
    """The way through one history: the period that is being walked, and what the circuit does."""

    course: Course
    cycle: Cycle | None = None
    last: Fact | None = None  # the fact that says how the circuit is
    before: Target | None = None  # what was promised last
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
        fact = as_held(fact, self.last)
        if fact.phase is None:
            return
        self.last = fact
        if self.cycle is None:
            self._begin(fact.at)
        if self.cycle is not None:
            self._follow(self.cycle, fact, fact.at)
        elif self.before is not None and draw(self.before, fact) is Move.REST:
            self.faulty = False  # it ends, while nothing is promised

    def brings(self, fact: Fact) -> bool:
        """Whether what *fact* does is judged by the terms that hold after it: all that it says of the state is."""
        return as_held(fact, self.last).phase is not None

    def hear_under(self, fact: Fact, changes: Sequence[Change]) -> None:
        """Take in a fact that is judged by the terms which *changes* bring at its instant."""
        self.until(fact.at)
        self.last, before = as_held(fact, self.last), self.last
        cycle = self.cycle
        for at, book, term in changes:
            self.course.turn(book, term)
            if term is not None and cycle is not None and book == cycle.book:
                self._changed(cycle, at, term)
        self.last = before
        self.hear(fact)

    def _follow(self, cycle: Cycle, fact: Fact, at: datetime) -> None:
        """Let the cycle use, excuse or rest from *at* on, as *fact* says."""
        what = draw(cycle.target, fact)
        if cycle.target.measure is Measure.COUNT:
            self._count(cycle, what, replace(fact, at=at))
        elif what is not None and cycle.life in OPEN_LIVES:
            to = MOVES.get((cycle.life, what))
            if to is not None and (to is not cycle.life or not same_reason(fact, cycle.cause)):
                cycle.advance(at)
                cycle.turn(to, at, fact)

    def _count(self, cycle: Cycle, what: Move | None, fact: Fact) -> None:
        """A fault is one, however often it is told; one that nothing was promised for counts with the promise."""
        if what is Move.REST:
            self.faulty = False
        elif what is Move.RESUME and not self.faulty and cycle.life in OPEN_LIVES:
            cycle.advance(fact.at)
            cycle.tally(fact.at, fact)
            self.faulty = True

    def _begin(self, at: datetime) -> None:
        """Open the cycle of the period around *at*, if anything is promised and the circuit's state is known."""
        term = self.course.term
        if term.target is None or term.target.period is None or term.calendar is None or self.last is None:
            return
        what = draw(term.target, self.last)
        if what is None:
            return
        bounds = periods.around(term.target.period, term.calendar.calendar, at)
        counts = term.target.measure is Measure.COUNT
        life = Life.IDLE if counts else MOVES[(None, what)]
        party = self.course.party
        self.cycle = Cycle(bounds.number, term, life, at, self.last, self.course.latest, bounds.end, party)
        self.before = term.target
        if counts:
            self._count(self.cycle, what, replace(self.last, at=at))

    def change(self, at: datetime, book: int, term: Term | None) -> None:
        """Go on under another term; a new version of the policy holds from the next period on."""
        if term is None:  # it holds for a period that begins at this very instant
            self.until(at - TICK)
        else:
            self.until(at)
        self.course.turn(book, term)
        self.until(at)
        cycle = self.cycle
        if cycle is None:
            self._begin(at)
        elif term is not None and book == cycle.book:
            self._changed(cycle, at, term)

    def _changed(self, cycle: Cycle, at: datetime, term: Term) -> None:
        on_change = cycle.target.on_change
        if on_change is OnChange.AT_START:
            return
        cycle.advance(at)
        if term.target is None or term.calendar is None:
            if on_change is OnChange.AT_EVENT and cycle.life in OPEN_LIVES:
                cycle.turn(Life.CANCELLED, at, Fact(at, term.because))
            return
        if term.target.measure is not cycle.target.measure:
            return  # hours are no number of faults: it holds from the next period on
        budget = term.target.resolved(term.calendar, cycle.started_at).budget
        if on_change is OnChange.AT_EVENT or budget < cycle.target.budget:
            cycle.take(term, at)
        if cycle.life is Life.CANCELLED and self.last is not None:
            self._revive(cycle, at, self.last)

    def _revive(self, cycle: Cycle, at: datetime, last: Fact) -> None:
        """A promise that was taken back within the period, and is made again, goes on with the same cycle."""
        what = draw(cycle.target, last)
        if what is None:
            return
        counts = cycle.target.measure is Measure.COUNT
        cycle.turn(Life.IDLE if counts else MOVES[(None, what)], at, last)
        if counts:
            self._count(cycle, what, replace(last, at=at))
