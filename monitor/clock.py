"""Measure one target on one subject by replaying its history.

Pure: `now` comes in, nothing goes out, nothing is remembered. Every legal move is a row of MOVES; nothing else moves a
clock. Counted time exactly equal to the budget is met, not breached; a breach is dated by its deadline, however late
anybody looked. The one surprise: a deadline at closing time is breached only when time counts again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.calendars import WorkingTime
from monitor.mapping import Fact
from monitor.model import Life, Move, OnChange, Phase, Reopen
from monitor.policies import Target, Term
from monitor.reading import OPEN_LIVES, Cycle, Reading

MOVES: dict[tuple[Life | None, Move], Life] = {
    (None, Move.START): Life.RUNNING,
    (None, Move.PAUSE): Life.PAUSED,  # first seen while waiting
    (Life.RUNNING, Move.PAUSE): Life.PAUSED,
    (Life.RUNNING, Move.STOP): Life.STOPPED,
    (Life.RUNNING, Move.CANCEL): Life.CANCELLED,
    (Life.RUNNING, Move.RESET): Life.RUNNING,
    (Life.PAUSED, Move.RESUME): Life.RUNNING,
    (Life.PAUSED, Move.STOP): Life.STOPPED,
    (Life.PAUSED, Move.CANCEL): Life.CANCELLED,
    (Life.PAUSED, Move.RESET): Life.PAUSED,
    (Life.STOPPED, Move.REOPEN): Life.RUNNING,
    (Life.STOPPED, Move.PAUSE): Life.PAUSED,  # reopened into a wait
    (Life.CANCELLED, Move.REOPEN): Life.RUNNING,
    (Life.CANCELLED, Move.PAUSE): Life.PAUSED,
}
"""What a move makes of a clock's life. A pair that is not here changes nothing."""


def read(history: Sequence[Fact], target: Target, calendar: WorkingTime, now: datetime) -> Reading | None:
    """Say where the clock of *target* stands at *now*: its latest cycle, or None if it never started.

    *history* is in the total order of events (semantics 2); facts after *now* are not looked at.
    """
    every = tuple(cycles(history, (Term(None, target, calendar),), now))
    return every[-1] if every else None


def cycles(history: Sequence[Fact], terms: Sequence[Term], now: datetime) -> Iterator[Reading]:
    """Every cycle of the clock up to *now*, oldest first; only the last one can be open."""
    walk = _Walk(terms[0])
    for at, what in _points(history, terms, now):
        ended = walk.change(at, what) if isinstance(what, Term) else walk.hear(at, what)
        if ended is not None:
            yield ended
    if walk.cycle is not None:
        walk.cycle.advance(now)
        yield walk.cycle.reading(now)


def _points(history: Sequence[Fact], terms: Sequence[Term], now: datetime) -> Iterator[tuple[datetime, Fact | Term]]:
    """Facts and changes of terms up to *now* in order; at one instant the facts come first, feedback before phase."""
    changes = deque((term.since, term) for term in terms[1:] if term.since is not None and term.since <= now)
    for fact in history:
        if fact.at > now:
            break
        while changes and changes[0][0] < fact.at:
            yield changes.popleft()
        if fact.feedback and fact.phase is not None:
            yield fact.at, replace(fact, phase=None)
        yield fact.at, fact
    yield from changes


def _move(life: Life | None, target: Target, fact: Fact) -> Move | None:
    """What *fact* does to a clock that is in *life*."""
    if fact.phase is None:
        return Move.RESET if fact.feedback and target.recurring else None
    if fact.phase is Phase.CANCELLED:
        return Move.CANCEL
    if fact.phase in target.stop:
        return Move.STOP
    if fact.phase is Phase.HELD and fact.reason in target.pauses:
        return Move.PAUSE
    if fact.phase is Phase.UNKNOWN and life is None:
        return Move.START  # never pauses, never stops; what is stopped stays so, for nobody said that the fault is back
    if fact.phase in target.start:
        return _RUN.get(life)
    return Move.RESUME if life is Life.PAUSED else None  # whatever else it is, it is no listed reason to wait


_RUN: dict[Life | None, Move] = {
    None: Move.START,
    Life.PAUSED: Move.RESUME,
    Life.STOPPED: Move.REOPEN,
    Life.CANCELLED: Move.REOPEN,
}


@dataclass(slots=True)
class _Walk:
    """The way through one history: the cycle that is being walked, the term in force, the last phase heard."""

    term: Term
    cycle: Cycle | None = None
    last: Fact | None = None

    def hear(self, at: datetime, fact: Fact) -> Reading | None:
        """Take in a fact; gives the reading of the cycle that it ended by beginning another."""
        known, self.last = self.last, self._last_known(fact)
        cycle, target = self.cycle, self._target()
        if target is None or (fact.phase is Phase.UNKNOWN and cycle is None and known is not None):
            return None  # a status that nobody understands begins nothing where an earlier one did not
        life = None if cycle is None else cycle.life
        move = _move(life, target, fact)
        to = None if move is None else MOVES.get((life, move))
        if to is None:
            return None
        if cycle is None:
            return self._begin(to, at, fact)
        cycle.advance(at)
        if move is Move.RESET:
            cycle.turn(Life.STOPPED, at, fact)
            return self._begin(to, at, fact)
        if life not in OPEN_LIVES:
            if target.reopen is Reopen.NEW_CYCLE:
                return self._begin(to, at, fact)
            self._take(cycle, at)
        cycle.turn(to, at, fact)
        return None

    def _target(self) -> Target | None:
        """The target that judges what is heard: the one in force, or the cycle's own where a change cannot end it."""
        if self.cycle is not None and self.cycle.target.on_change is not OnChange.AT_EVENT:
            return self.cycle.target
        return self.term.target

    def _last_known(self, fact: Fact) -> Fact | None:
        """The fact that says where the ticket is: an unknown status takes back a wait, and nothing else."""
        if fact.phase is None:
            return self.last
        if fact.phase is Phase.UNKNOWN and self.last is not None and self.last.phase is not Phase.HELD:
            return self.last
        return fact

    def change(self, at: datetime, term: Term) -> Reading | None:
        """Go on under another term; what a stopped clock was judged by does not change any more."""
        self.term = term
        cause = Fact(at, term.because)
        if self.cycle is not None and self.cycle.life in OPEN_LIVES:
            self.cycle.advance(at)
            if term.target is None and self.cycle.target.on_change is OnChange.AT_EVENT:
                self.cycle.turn(Life.CANCELLED, at, cause)
            else:
                self._take(self.cycle, at)
        elif term.target is not None and self.last is not None and not self._stopped():
            # A promise begins with the change that makes it, if the ticket is in a phase in which it runs.
            move = _move(None, term.target, self.last)
            to = None if move is None else MOVES.get((None, move))
            if to is not None:
                return self._begin(to, at, cause)
        return None

    def _take(self, cycle: Cycle, at: datetime) -> None:
        """Let a cycle go on under the term in force, as far as its target lets a change have effect."""
        new, old = self.term.target, cycle.target
        if new is None or self.term is cycle.term or old.on_change is OnChange.AT_START:
            return
        if old.on_change is OnChange.AT_EVENT or new.budget < old.budget:
            cycle.take(self.term, at)

    def _stopped(self) -> bool:
        return self.cycle is not None and self.cycle.life is Life.STOPPED

    def _begin(self, life: Life, at: datetime, cause: Fact) -> Reading | None:
        ended = self.cycle
        if self.term.target is None:  # nothing is promised any more: the cycle that ends has no successor
            return None
        self.cycle = Cycle(1 if ended is None else ended.number + 1, self.term, life, at, cause)
        return None if ended is None else ended.reading(at)
