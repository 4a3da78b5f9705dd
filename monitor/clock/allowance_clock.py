"""Measure an allowance: a budget of interruption time, or of faults, that is whole again with each period.

Pure. The clock of an allowance is open for the whole period, one cycle per period, numbered by the period itself
(`periods.py`); between outages it is idle. An unknown state begins no outage and ends none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from monitor.clock import pace
from monitor.clock.cycle import Cycle
from monitor.clock.reading import Reading
from monitor.clock.state_machine import (
    MOVES,
    OPEN_LIVES,
    Party,
    as_held,
    draw,
    first_party,
    party_after,
    same_reason,
)
from monitor.clock.timeline import Instant, TermsChange, TermsInForce, Version, next_change, timeline
from monitor.history import Fact, Used, retires
from monitor.model import Life, Measure, Move, OnChange
from monitor.policy import Target, Term
from monitor.worktime import TICK, Bounds, periods


def walked(
    history: Sequence[Fact], versions: Sequence[Version], until: datetime, over: int = 0, used: Used | None = None
) -> Periods:
    """The way through all facts and changes of terms up to *until*.

    Periods up to the number *over* are not read any more; of the one after them so much was *used* before.
    """
    return Periods(TermsInForce(versions), first_party(history), over=over, used=used).on(history, versions, until)


@dataclass(slots=True)
class Periods:
    """The way through one timeline: the period that is walked, and the circuit's state."""

    in_force: TermsInForce
    party: Party | None  # who has the circuit
    cycle: Cycle | None = None
    bounds: Bounds | None = None  # of the cycle's period
    last: Fact | None = None  # the fact that says the circuit's state
    before: Target | None = None  # the target of the last cycle that began
    faulty: bool = False  # the present fault has been counted
    paced: pace.SoFar | None = None  # how far the pace of the cycle is known
    done: list[Reading] = field(default_factory=list)
    over: int = 0  # the number of the last period that is not read any more
    used: Used | None = None  # what was used of a period before the facts begin

    def copy(self) -> Periods:
        """The same way without the cycles that are done, to be gone on by itself."""
        cycle = None if self.cycle is None else self.cycle.copy()
        return replace(self, in_force=self.in_force.copy(), done=[], cycle=cycle)

    def kept(self) -> Periods:
        """A copy to go on from more than once: it knows the pace of all that cannot change any more."""
        other = self.copy()
        if other.cycle is not None:  # its last interval may become longer
            reading, over = other.cycle.reading(other.cycle.since), len(other.cycle.intervals) - 1
            other.paced = pace.gone_through(reading, other.bounds, over, self.paced)
        return other

    def on(
        self, history: Sequence[Fact], versions: Sequence[Version], until: datetime, since: datetime | None = None
    ) -> Periods:
        """Go on through facts and changes of terms up to *until*; of the changes only those from *since* on."""
        for step in timeline(history, versions, until, since):
            if isinstance(step, Fact):
                self.take(step)
            elif isinstance(step, Instant):
                self.take_instant(step)
            else:
                self.change_terms(step)
        return self

    def readings(self, versions: Sequence[Version], now: datetime) -> Iterator[Reading]:
        """Every period's cycle, oldest first, the last one as it stands at *now*; only that one can be open."""
        self.end_periods(now)
        yield from (reading for reading in self.done if reading.cycle > self.over)
        if self.cycle is not None and self.cycle.number > self.over:
            self.cycle.advance(now)
            yield pace.judged(self.cycle.reading(now, next_change(versions, now)), self.bounds, now, self.paced)

    def end_periods(self, at: datetime) -> None:
        """End every period that is over at *at*, and begin the next one in the life that goes on."""
        while self.cycle is not None and self.cycle.ends_at is not None and self.cycle.ends_at <= at:
            ended, end, bounds, paced = self.cycle, self.cycle.ends_at, self.bounds, self.paced
            if ended.life in OPEN_LIVES:
                ended.advance(end)
                ended.enter(Life.STOPPED, end, Fact(end, "the period's end"))
            self.cycle = None
            self._begin(end)
            self.done.append(pace.judged(ended.reading(end), bounds, end, paced))

    def take(self, fact: Fact) -> None:
        """Let a fact use, excuse or rest the allowance."""
        self.end_periods(fact.at)
        self._hand_over(fact)
        fact = as_held(fact, self.last)
        if fact.phase is None:
            return
        before = self.last
        self.last = fact
        if self.cycle is None:
            self._begin(fact.at)
        elif before is not None and retires(before.phase) and not retires(fact.phase):
            self._revive_gone(self.cycle, fact)
        if self.cycle is not None:
            self._follow(self.cycle, fact, fact.at)
        elif self.before is not None and draw(self.before, fact) in (Move.REST, Move.CANCEL):
            self.faulty = False  # the fault ends while nothing is promised

    def _hand_over(self, fact: Fact) -> None:
        party = party_after(fact, self.party)
        if party is None or party == self.party:
            return
        self.party = party
        if self.cycle is not None:
            self.cycle.hand_over(party, fact.at)

    def take_instant(self, step: Instant) -> None:
        """Take facts at whose instant the terms change: the new terms judge every fact that says a state."""
        done: list[TermsChange] = []
        for place, fact in enumerate(step.facts):
            if len(done) < len(step.changes) and as_held(fact, self.last).phase is not None:
                brought = step.brought(place, done)
                self._take_under(fact, brought)
                done += brought
            else:
                self.take(fact)
        for change in step.changes:
            if change not in done:
                self.change_terms(change)

    def _take_under(self, fact: Fact, changes: Sequence[TermsChange]) -> None:
        """Take a fact that is judged by the terms which *changes* bring at its instant."""
        self.end_periods(fact.at)
        before = self.last
        self.last = as_held(fact, before)
        cycle = self.cycle
        for change in changes:
            self.in_force.apply(change)
            if change.term is not None and cycle is not None and change.version == cycle.version:
                self._change_cycle(cycle, change.at, change.term)
        self.last = before
        self.take(fact)

    def _follow(self, cycle: Cycle, fact: Fact, at: datetime) -> None:
        """Let the cycle use, excuse or rest from *at* on, as *fact* says."""
        what = draw(cycle.target, fact)
        if cycle.target.measure is Measure.COUNT:
            self._count(cycle, what, replace(fact, at=at))
        elif what is not None and cycle.life in OPEN_LIVES:
            to = MOVES.get((cycle.life, what))
            if to is not None and (to is not cycle.life or not same_reason(fact, cycle.cause)):
                cycle.advance(at)
                cycle.enter(to, at, fact)

    def _count(self, cycle: Cycle, what: Move | None, fact: Fact) -> None:
        """Count a fault once, however often it is repeated; one without a promise counts when a promise begins."""
        if what is Move.CANCEL:
            self.faulty = False
            if cycle.life in OPEN_LIVES:
                cycle.advance(fact.at)
                cycle.enter(Life.CANCELLED, fact.at, fact)
        elif what is Move.REST:
            self.faulty = False
        elif what is Move.RESUME and not self.faulty and cycle.life in OPEN_LIVES:
            cycle.advance(fact.at)
            cycle.count_one(fact.at, fact)
            self.faulty = True

    def _begin(self, at: datetime) -> None:
        """Open the cycle of the period around *at*, if anything is promised and the circuit's state is known."""
        term = self.in_force.term
        if term.target is None or term.target.period is None or term.calendar is None or self.last is None:
            return
        what = draw(term.target, self.last)
        if what is None or what is Move.CANCEL:
            return
        self.paced = None
        self.bounds = bounds = periods.around(term.target.period, term.calendar.calendar, at)
        counts = term.target.measure is Measure.COUNT
        life = Life.IDLE if counts else MOVES[(None, what)]
        self.cycle = Cycle(bounds.number, term, life, at, self.last, self.in_force.version, bounds.end, self.party)
        self.before = term.target
        if self.used is not None and self.used.cycle == bounds.number:
            self.cycle.carry(self.used)
        if counts:
            self._count(self.cycle, what, replace(self.last, at=at))

    def change_terms(self, change: TermsChange) -> None:
        """Go on under other terms; a new version of the policy holds from the next period on."""
        at, version, term = change
        if term is None:  # it holds for a period that begins at this very instant
            self.end_periods(at - TICK)
        else:
            self.end_periods(at)
        self.in_force.apply(change)
        self.end_periods(at)
        cycle = self.cycle
        if cycle is None:
            self._begin(at)
        elif term is not None and version == cycle.version:
            self._change_cycle(cycle, at, term)

    def _change_cycle(self, cycle: Cycle, at: datetime, term: Term) -> None:
        on_change = cycle.target.on_change
        if on_change is OnChange.AT_START or (self.last is not None and retires(self.last.phase)):
            return  # what is gone for good stays as it was
        cycle.advance(at)
        if term.target is None or term.calendar is None:
            if on_change is OnChange.AT_EVENT and cycle.life in OPEN_LIVES:
                cycle.enter(Life.CANCELLED, at, Fact(at, term.because))
            return
        if term.target.measure is not cycle.target.measure:
            return  # a length is no number of faults: the new term holds from the next period on
        budget = term.target.resolved(term.calendar, cycle.started_at).budget
        if on_change is OnChange.AT_EVENT or budget < cycle.target.budget:
            cycle.change_terms(term, at)
        if cycle.life is Life.CANCELLED and self.last is not None:
            self._revive(cycle, at, self.last)

    def _revive_gone(self, cycle: Cycle, fact: Fact) -> None:
        """Go on with the cycle of a circuit that was retired and lives again within one period."""
        term = self.in_force.by_version[cycle.version]
        promised = cycle.target.on_change is not OnChange.AT_EVENT or term.target is not None
        if promised and cycle.life is Life.CANCELLED:
            if term is not cycle.term:
                self._change_cycle(cycle, fact.at, term)
            if cycle.life is Life.CANCELLED:
                self._revive(cycle, fact.at, fact)

    def _revive(self, cycle: Cycle, at: datetime, last: Fact) -> None:
        """Go on with the cycle of a promise that ended and begins again within one period."""
        what = draw(cycle.target, last)
        if what is None or what is Move.CANCEL:
            return
        counts = cycle.target.measure is Measure.COUNT
        cycle.enter(Life.IDLE if counts else MOVES[(None, what)], at, last)
        if counts:
            self._count(cycle, what, replace(last, at=at))
