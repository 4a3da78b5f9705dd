"""Measure one target on one subject by replaying its history.

Pure: `now` comes in, nothing goes out, nothing is remembered. Every legal move is a row of `moves.MOVES`; nothing else
moves a clock. Counted time exactly equal to the budget is met, not breached; a breach is dated by its deadline, however
late anybody looked. The one surprise: a deadline at closing time is breached only when time counts again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from monitor import allowances
from monitor.budgets import Target
from monitor.calendars import WorkingTime
from monitor.course import Course, Version
from monitor.mapping import Fact
from monitor.model import Life, Measure, Move, OnChange, Phase, Reopen
from monitor.moves import MOVES, OPEN_LIVES, move
from monitor.policies import Term
from monitor.reading import Cycle, Reading


def read(history: Sequence[Fact], target: Target, calendar: WorkingTime, now: datetime) -> Reading | None:
    """Say where the clock of *target* stands at *now*: its latest cycle, or None if it never started.

    *history* is in the total order of events (semantics 2); facts after *now* are not looked at.
    """
    every = tuple(cycles(history, (Term(None, target, calendar),), now))
    return every[-1] if every else None


def cycles(history: Sequence[Fact], terms: Sequence[Term], now: datetime) -> Iterator[Reading]:
    """Every cycle of the clock up to *now*, oldest first; only the last one can be open."""
    return judged(history, (Version(None, tuple(terms)),), now)


def judged(history: Sequence[Fact], versions: Sequence[Version], now: datetime) -> Iterator[Reading]:
    """Every cycle, each judged by the version of the policy that was in force when it began (semantics 12)."""
    if any(term.target is not None and term.target.period is not None for v in versions for term in v.terms):
        return allowances.judged(history, versions, now)
    return _judged(history, versions, now)


def _judged(history: Sequence[Fact], versions: Sequence[Version], now: datetime) -> Iterator[Reading]:
    walk = _Walk(Course(history, versions))
    walk.course.follow(history, now, walk.hear, walk.change)
    yield from walk.done
    if walk.cycle is not None:
        walk.cycle.advance(now)
        yield walk.cycle.reading(now)


@dataclass(slots=True)
class _Walk:
    """The way through one history: the cycle that is being walked, and the last phase heard."""

    course: Course
    cycle: Cycle | None = None
    last: Fact | None = None
    done: list[Reading] = field(default_factory=list)

    def hear(self, fact: Fact) -> None:
        """Take in a fact, feedback before phase."""
        if fact.feedback and fact.phase is not None:
            self._hear(replace(fact, phase=None))
            fact = replace(fact, feedback=False)
        self._hear(fact)

    def _hear(self, fact: Fact) -> None:
        phase, cycle, known = fact.phase, self.cycle, self.last
        if phase is not None:
            self._remember(fact)
        if fact.attributes:
            self._hand_over(fact)
        target = self._target()
        if target is None or (phase is Phase.UNKNOWN and cycle is None and known is not None):
            return  # a status that nobody understands begins nothing where an earlier one did not
        life = None if cycle is None else cycle.life
        what = move(life, target, fact)
        to = None if what is None else MOVES.get((life, what))
        if to is None or what is None:
            self._count(fact, target)
        elif cycle is None:
            self._begin(to, fact.at, fact)
        elif what is not Move.PAUSE or to is not life or fact.reason != cycle.cause.reason:
            self._turn(cycle, what, to, fact)

    def _turn(self, cycle: Cycle, what: Move, to: Life, fact: Fact) -> None:
        cycle.advance(fact.at)
        if what is Move.RESET:
            cycle.turn(Life.STOPPED, fact.at, fact)
            self._begin(to if fact.phase is None else Life.RUNNING, fact.at, fact)
        elif cycle.life in OPEN_LIVES:
            cycle.turn(to, fact.at, fact)
        elif cycle.target.reopen is Reopen.NEW_CYCLE:
            self._begin(to, fact.at, fact)
        else:
            self._take(cycle, fact.at)
            cycle.turn(to, fact.at, fact)

    def _hand_over(self, fact: Fact) -> None:
        party = self.course.hand_over(fact)
        if party is not None and self.cycle is not None:
            self.cycle.hand_over(party, fact.at)

    def _target(self) -> Target | None:
        """The target that judges what is heard: the one in force, or the cycle's own where a change cannot end it."""
        cycle = self.cycle
        if cycle is None:
            return self.course.term.target
        if cycle.target.on_change is not OnChange.AT_EVENT:
            return cycle.target
        if cycle.life not in OPEN_LIVES and cycle.target.reopen is Reopen.NEW_CYCLE:
            return self.course.term.target
        return self.course.books[cycle.book].target

    def _remember(self, fact: Fact) -> None:
        """Keep the fact that says where the ticket is: an unknown status takes back a wait, and nothing else."""
        if fact.phase is Phase.DELIVERED:
            return
        if fact.phase is Phase.UNKNOWN and self.last is not None and self.last.phase is not Phase.HELD:
            return
        self.last = fact

    def _count(self, fact: Fact, target: Target) -> None:
        """A feedback is one of what a promise of at least so many asks for."""
        told = fact.feedback and target.measure is Measure.AT_LEAST
        if told and self.cycle is not None and self.cycle.life in OPEN_LIVES:
            self.cycle.advance(fact.at)
            self.cycle.tally(fact.at, fact)

    def change(self, at: datetime, book: int, term: Term | None) -> None:
        """Go on under another term; what a stopped clock was judged by does not change any more."""
        before = self.course.term
        self.course.turn(book, term)
        if self.cycle is not None and self.cycle.life in OPEN_LIVES:
            if term is not None and book == self.cycle.book:
                self._changed(self.cycle, at, term)
        elif self.course.term is not before:
            self._newly_promised(at, self.course.term)

    def _changed(self, cycle: Cycle, at: datetime, term: Term) -> None:
        cycle.advance(at)
        if term.target is None and cycle.target.on_change is OnChange.AT_EVENT:
            cycle.turn(Life.CANCELLED, at, Fact(at, term.because))
        else:
            self._take(cycle, at)

    def _newly_promised(self, at: datetime, term: Term) -> None:
        """A promise begins with the change that makes it, if the ticket is in a phase in which it runs."""
        if term.target is None or self.last is None or self._stopped():
            return
        what = move(None, term.target, self.last)
        to = None if what is None else MOVES.get((None, what))
        if to is not None:
            self._begin(to, at, Fact(at, term.because, reason=self.last.reason))

    def _take(self, cycle: Cycle, at: datetime) -> None:
        """Let a cycle go on under its version's present term, as far as its target lets a change have effect."""
        term, old = self.course.books[cycle.book], cycle.target
        if term.target is None or term is cycle.term or old.on_change is OnChange.AT_START:
            return
        budget = term.target.resolved(term.calendar, cycle.started_at).budget if term.calendar else old.budget
        if old.on_change is OnChange.AT_EVENT or budget < old.budget:
            cycle.take(term, at)

    def _stopped(self) -> bool:
        return self.cycle is not None and self.cycle.life is Life.STOPPED

    def _begin(self, life: Life, at: datetime, cause: Fact) -> None:
        ended, term = self.cycle, self.course.term
        if term.target is None:  # nothing is promised any more: the cycle that ends has no successor
            return
        number = 1 if ended is None else ended.number + 1
        self.cycle = Cycle(number, term, life, at, cause, self.course.latest, party=self.course.party)
        self.cycle.first_sight = ended is None and cause.phase not in (None, Phase.OPENED)
        if ended is not None:
            self.done.append(ended.reading(at))
