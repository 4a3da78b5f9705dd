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
from monitor.course import Course, Version
from monitor.cycle import Cycle
from monitor.mapping import Fact
from monitor.model import CORRECTED, Life, Measure, Move, OnChange, Phase, Reopen
from monitor.moves import OPEN_LIVES, decide
from monitor.reading import Reading
from monitor.terms import Term
from monitor.working_time import WorkingTime

# Bound once: in Python 3.11, looking a member up costs more than the rest of its line.
_UNKNOWN, _HELD, _DELIVERED, _OPENED = Phase.UNKNOWN, Phase.HELD, Phase.DELIVERED, Phase.OPENED
_WAITS = (_HELD, _UNKNOWN)
_PAUSE, _RESET = Move.PAUSE, Move.RESET
_STOPPED, _CANCELLED, _RUNNING, _PAUSED = Life.STOPPED, Life.CANCELLED, Life.RUNNING, Life.PAUSED
_NEW_CYCLE = Reopen.NEW_CYCLE
_AT_EVENT, _AT_START = OnChange.AT_EVENT, OnChange.AT_START
_AT_LEAST = Measure.AT_LEAST


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
    for version in versions:
        for term in version.terms:
            if term.target is not None and term.target.period is not None:
                return allowances.judged(history, versions, now)
    return _judged(history, versions, now)


def _judged(history: Sequence[Fact], versions: Sequence[Version], now: datetime) -> Iterator[Reading]:
    walk = _Walk(Course(history, versions), plain=len(versions) == 1 == len(versions[0].terms))
    walk.course.follow(history, now, walk.hear, walk.change)
    yield from walk.done
    if walk.cycle is not None:
        walk.cycle.advance(now)
        yield walk.cycle.reading(now, walk.course.next_change(now))


@dataclass(slots=True)
class _Walk:
    """The way through one history: the cycle that is being walked, and the last phase heard."""

    course: Course
    cycle: Cycle | None = None
    last: Fact | None = None
    done: list[Reading] = field(default_factory=list)
    plain: bool = False  # one term holds throughout

    def hear(self, fact: Fact) -> None:
        """Take in a fact, feedback before phase."""
        if fact.attributes:
            self._hand_over(fact)
        if fact.feedback:
            self._told(fact)
        phase, cycle, known = fact.phase, self.cycle, self.last
        if phase is None:
            return
        if (phase is not _UNKNOWN or known is None or known.phase in _WAITS) and phase is not _DELIVERED:
            self.last = fact  # it says where the ticket is; an unknown status takes back a wait, and nothing else
        target = self._target()
        if target is None or (phase is _UNKNOWN and cycle is None and known is not None):
            return  # a status that nobody understands begins nothing where an earlier one did not
        found = decide(None if cycle is None else cycle.life, target, fact)
        if found is not None and found[0] is _RESET and known is not None and known.phase is phase:
            found = decide(None if cycle is None else cycle.life, target, fact, again=True)
        if found is None:
            return
        what, to = found
        if cycle is None:
            self._begin(to, fact.at, fact)
        elif what is not _PAUSE or to is not cycle.life or fact.reason != cycle.cause.reason:
            self._turn(cycle, what, to, fact)

    def _told(self, fact: Fact) -> None:
        """A feedback begins a recurring clock anew, and is one of what a promise of at least so many asks for."""
        cycle, target = self.cycle, self._target()
        if cycle is None or target is None or cycle.life not in OPEN_LIVES:
            return
        told = fact if fact.phase is None else replace(fact, phase=None, reason=None)
        if target.recurring:
            life = cycle.life
            cycle.advance(fact.at)
            cycle.turn(_STOPPED, fact.at, told)
            self._begin(life, fact.at, replace(told, reason=cycle.why))
        elif target.measure is _AT_LEAST:
            cycle.advance(fact.at)
            cycle.tally(fact.at, told)

    def _turn(self, cycle: Cycle, what: Move, to: Life, fact: Fact) -> None:
        cycle.advance(fact.at)
        if what is _RESET:
            cycle.turn(_STOPPED, fact.at, fact)
            self._begin(_PAUSED if fact.reason == CORRECTED else _RUNNING, fact.at, fact)
        elif cycle.life in OPEN_LIVES:
            cycle.turn(to, fact.at, fact)
        elif cycle.target.reopen is _NEW_CYCLE or self._outlived(cycle):
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
        if self.plain:
            return self.course.books[0].target if cycle is None else cycle.target
        if cycle is None:
            return self.course.term.target
        if cycle.life not in OPEN_LIVES and (cycle.target.reopen is _NEW_CYCLE or self._outlived(cycle)):
            return self.course.term.target
        return cycle.target if cycle.target.on_change is not _AT_EVENT else self.course.books[cycle.book].target

    def _outlived(self, cycle: Cycle) -> bool:
        """Whether the version that judged a cycle promises nothing any more; a newer one may."""
        return cycle.target.on_change is _AT_EVENT and self.course.books[cycle.book].target is None

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
        if term.target is None and cycle.target.on_change is _AT_EVENT:
            cycle.turn(_CANCELLED, at, Fact(at, term.because))
        else:
            self._take(cycle, at)

    def _newly_promised(self, at: datetime, term: Term) -> None:
        """A promise begins with the change that makes it, if the ticket is in a phase in which it runs."""
        if term.target is None or self.last is None or self._stopped():
            return
        found = decide(None, term.target, self.last)
        if found is not None:
            self._begin(found[1], at, Fact(at, term.because, reason=self.last.reason))

    def _take(self, cycle: Cycle, at: datetime) -> None:
        """Let a cycle go on under its version's present term, as far as its target lets a change have effect."""
        term, old = self.course.books[cycle.book], cycle.target
        if term.target is None or term is cycle.term or old.on_change is _AT_START:
            return
        budget = term.target.resolved(term.calendar, cycle.started_at).budget if term.calendar else old.budget
        if old.on_change is _AT_EVENT or budget < old.budget:
            cycle.take(term, at)

    def _stopped(self) -> bool:
        return self.cycle is not None and self.cycle.life is _STOPPED

    def _begin(self, life: Life, at: datetime, cause: Fact) -> None:
        ended, term = self.cycle, self.course.term
        if term.target is None:  # nothing is promised any more: the cycle that ends has no successor
            return
        number = 1 if ended is None else ended.number + 1
        self.cycle = Cycle(number, term, life, at, cause, self.course.latest, party=self.course.party)
        self.cycle.first_sight = ended is None and cause.phase not in (None, _OPENED)
        if ended is not None:
            self.done.append(ended.reading(at))
