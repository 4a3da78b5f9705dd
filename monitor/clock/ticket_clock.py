"""Measure one target on one subject by replaying its history.

Pure: `now` comes in, nothing goes out, nothing is remembered. Every legal move is a row of `state_machine.MOVES`;
nothing else moves a clock. Counted time exactly equal to the budget is met, not breached; a breach is dated by its
deadline, however late anybody looked. The one surprise: a deadline at closing time is breached only when time counts
again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from monitor.clock import allowance_clock
from monitor.clock.cycle import Cycle
from monitor.clock.reading import ZERO, Reading
from monitor.clock.state_machine import (
    OPEN_LIVES,
    as_held,
    decide,
    ends_with,
    for_every_clock,
    is_excluded,
    only_open,
    same_reason,
    silent,
)
from monitor.clock.terms_in_force import Change, Course, Version
from monitor.history import Fact
from monitor.model import CircuitState, Life, Measure, Move, OnChange, Phase, Reopen
from monitor.policy import Target, Term
from monitor.worktime import WorkingTime

# Bound once: in Python 3.11, looking a member up costs more than the rest of its line.
_UNKNOWN, _HELD, _DELIVERED, _OPENED = Phase.UNKNOWN, Phase.HELD, Phase.DELIVERED, Phase.OPENED
_SILENT = CircuitState.UNKNOWN
_WAITS = (_HELD, _UNKNOWN)
_PAUSE, _RESET, _STOP, _CANCEL = Move.PAUSE, Move.RESET, Move.STOP, Move.CANCEL
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
                return allowance_clock.judged(history, versions, now)
    return _judged(history, versions, now)


def _judged(history: Sequence[Fact], versions: Sequence[Version], now: datetime) -> Iterator[Reading]:
    walk = _Walk(Course(history, versions), plain=len(versions) == 1 == len(versions[0].terms))
    walk.course.follow(history, now, walk)
    yield from walk.done
    if walk.cycle is not None:
        walk.cycle.advance(now)
        yield walk.cycle.reading(now, walk.course.next_change(now) if walk.may_begin() else None)


class Turn(NamedTuple):
    """What a fact made of a clock that only follows its conditions, and how long its cycle had been open by then."""

    fact: Fact
    cycle: int
    life: Life
    lasted: timedelta


def turns(history: Sequence[Fact], term: Term, now: datetime) -> Iterator[Turn]:
    """Every fact up to *now* that begins a cycle under *term*, or gives it another life, in order."""
    walk = _Walk(Course(history, (Version(None, (term,)),)), plain=True)
    number, life, since, lasted = 0, Life.CANCELLED, now, ZERO
    for fact in history:
        if fact.at > now:
            return
        walk.hear(fact)
        cycle = walk.cycle
        if cycle is None or (cycle.number, cycle.life) == (number, life):
            continue
        if cycle.number != number:
            lasted = ZERO
        elif life in OPEN_LIVES:
            lasted += fact.at - since
        number, life, since = cycle.number, cycle.life, fact.at
        yield Turn(fact, number, life, lasted)


@dataclass(slots=True)
class _Walk:
    """The way through one history: the cycle that is being walked, and the last phase heard."""

    course: Course
    cycle: Cycle | None = None
    last: Fact | None = None  # says where the ticket is
    since: tuple[Fact, ...] = ()  # what `last` is not, and what ends a clock that lists it
    unpromised: bool = False  # reopened while nothing was promised
    done: list[Reading] = field(default_factory=list)
    plain: bool = False  # one term holds throughout

    def hear(self, fact: Fact) -> None:
        """Take in a fact, feedback before phase."""
        if fact.attributes:
            self._hand_over(fact)
        over = fact.feedback and self._told(fact)
        phase, cycle, known = fact.phase, self.cycle, self.last
        if phase is None or phase is _SILENT:
            return None if phase is None else self._hear_silence(fact)
        if phase is _UNKNOWN or phase is _DELIVERED:
            self._note(fact)
        else:
            self.last, self.since = fact, ()
        target = self._target()
        if target is None or over:
            return None if over else self._unpromised(fact)
        if phase is _UNKNOWN and cycle is None and (known is not None or self._over(target)):
            return None  # a status that nobody understands begins nothing where an earlier one did not
        found = decide(None if cycle is None else cycle.life, target, fact)
        if found is not None and found[0] is _RESET and known is not None and known.phase is phase:
            found = decide(None if cycle is None else cycle.life, target, fact, again=True)
        if found is None:
            return None
        what, to = found
        if cycle is None:
            self._begin(to, fact.at, fact)
        elif what is not _PAUSE or to is not cycle.life or not same_reason(fact, cycle.cause):
            self._turn(cycle, what, to, fact)
        return None

    def _hear_silence(self, fact: Fact) -> None:
        held = as_held(fact, self.last)
        if held.phase is not None:
            self.hear(replace(held, feedback=False, attributes={}))

    def _note(self, fact: Fact) -> None:
        """Keep what is no news of where the ticket is. An unknown status takes back a wait, and nothing else."""
        known = self.last
        if fact.phase is _DELIVERED:
            self.since = (*self.since, fact)
        elif known is None or known.phase in _WAITS:
            self.last = fact
            if known is not None:
                self.since = (*self.since, known)

    def _over(self, target: Target) -> bool:
        """Whether *target* was ended by something that is no news of where the ticket is."""
        return any(ends_with(target, fact) for fact in self.since)

    def _unpromised(self, fact: Fact) -> None:
        """Keep that an ended clock's ticket is open again, where nothing is promised."""
        if self.cycle is not None and self.cycle.life not in OPEN_LIVES:
            self.unpromised = decide(self.cycle.life, self.cycle.target, fact) is not None or (
                self.unpromised and not ends_with(self.cycle.target, fact)
            )

    def brings(self, fact: Fact) -> bool:
        """Whether what *fact* does is judged by the terms that hold after it (semantics 34): all but an end is."""
        fact = as_held(fact, self.last)
        cycle, target, phase = self.cycle, self._target(), fact.phase
        if cycle is None or cycle.life not in OPEN_LIVES or target is None:
            return phase is not None and not only_open(fact)
        found = None if phase is None else decide(cycle.life, target, fact)
        if found is not None and found[0] is _RESET and self.last is not None and self.last.phase is phase:
            found = decide(cycle.life, target, fact, again=True)
        if found is not None and found[0] in (_STOP, _CANCEL):
            return False
        if fact.feedback and (target.recurring or target.measure is _AT_LEAST):
            return True
        return found is not None and (found[0] is _RESET or found[1] is not cycle.life)

    def hear_under(self, fact: Fact, changes: Sequence[Change]) -> None:
        """Take in a fact that is judged by the terms which *changes* bring at its instant."""
        cycle, before = self.cycle, self.course.term
        opened = cycle is not None and cycle.life in OPEN_LIVES
        if cycle is not None and opened and self._lost(cycle, changes):
            self.hear(fact)  # the promise ends after all else that the fact says
            for at, book, term in changes:
                self.change(at, book, term)
            return
        for _, book, term in changes:
            self.course.turn(book, term)
        self.hear(fact)
        if cycle is not None and opened and self.cycle is cycle:
            for at, book, term in changes:
                if term is not None and book == cycle.book and cycle.life in OPEN_LIVES:
                    self._changed(cycle, at, term)
        elif (self.cycle is None or self.cycle.life not in OPEN_LIVES) and self.course.term is not before:
            self._newly_promised(fact.at, self.course.term)

    def _lost(self, cycle: Cycle, changes: Sequence[Change]) -> bool:
        """Whether *changes* end what is promised to a cycle."""
        own = [term for _, book, term in changes if book == cycle.book and term is not None]
        return cycle.target.on_change is _AT_EVENT and any(term.target is None for term in own)

    def _told(self, fact: Fact) -> bool:
        """A feedback begins a recurring clock anew, and is one of what a promise of at least so many asks for.

        True if it ended the cycle, and nothing is promised to another one.
        """
        cycle, target = self.cycle, self._target()
        if cycle is None or target is None or cycle.life not in OPEN_LIVES:
            return False
        told = fact if fact.phase is None else silent(fact)
        if target.recurring:
            life = cycle.life
            cycle.advance(fact.at)
            cycle.turn(_STOPPED, fact.at, told)
            self._begin(life, fact.at, replace(told, reason=cycle.why))
        elif target.measure is _AT_LEAST:
            cycle.advance(fact.at)
            cycle.tally(fact.at, told)
        return target.recurring and self.cycle is cycle

    def _turn(self, cycle: Cycle, what: Move, to: Life, fact: Fact) -> None:
        cycle.advance(fact.at)
        if what is _RESET:
            cycle.turn(_STOPPED, fact.at, fact)
            self._begin(_PAUSED if is_excluded(fact) else _RUNNING, fact.at, fact)
        elif cycle.life in OPEN_LIVES:
            cycle.turn(to, fact.at, fact)
        elif cycle.target.reopen is _NEW_CYCLE or self._outlived(cycle):
            self._begin(to, fact.at, fact)
        else:
            self._take(cycle, fact.at, self.course.books[cycle.book])
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
            self._take(cycle, at, term)

    def _newly_promised(self, at: datetime, term: Term) -> None:
        """A promise begins with the change that makes it, if the ticket is in a phase in which it runs."""
        if term.target is None or self.last is None or not self.may_begin() or self._over(term.target):
            return
        last = for_every_clock(self.last)
        found = decide(None, term.target, last)
        if found is not None:
            self._begin(found[1], at, Fact(at, term.because, reason=last.reason, override=last.override))

    def _take(self, cycle: Cycle, at: datetime, term: Term) -> None:
        """Let a cycle go on under another term of its version, as far as its target lets a change have effect."""
        old = cycle.target
        if term.target is None or term is cycle.term or old.on_change is _AT_START:
            return
        budget = term.target.resolved(term.calendar, cycle.started_at).budget if term.calendar else old.budget
        if old.on_change is _AT_EVENT or budget < old.budget:
            cycle.take(term, at)

    def may_begin(self) -> bool:
        """Whether other terms can change anything: what has stopped stays so until the ticket is reopened."""
        return self.cycle is None or self.cycle.life is not _STOPPED or self.unpromised

    def _begin(self, life: Life, at: datetime, cause: Fact) -> None:
        ended, term = self.cycle, self.course.term
        if term.target is None:  # nothing is promised any more: the cycle that ends has no successor
            return
        number, self.unpromised = 1 if ended is None else ended.number + 1, False
        self.cycle = Cycle(number, term, life, at, cause, self.course.latest, party=self.course.party)
        self.cycle.first_sight = ended is None and cause.phase not in (None, _OPENED)
        if ended is not None:
            self.done.append(ended.reading(at))
