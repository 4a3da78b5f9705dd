"""Measure one target on one subject by replaying its history.

Pure: `now` comes in, nothing goes out, nothing is remembered. The walk takes the steps of `timeline.py` one after
another. Every legal move is a row of `state_machine.MOVES`; nothing else moves a clock. Counted time exactly equal to
the budget is met, not breached; a breach is dated by its deadline, however late it is noticed. The one surprise: a
deadline at closing time is breached only when time counts again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Union

from monitor.clock import allowance_clock
from monitor.clock.cycle import Cycle
from monitor.clock.reading import ZERO, Reading
from monitor.clock.state_machine import (
    OPEN_LIVES,
    Party,
    as_held,
    begins_none,
    decide,
    ends_with,
    first_party,
    for_every_clock,
    is_excluded,
    override_kind,
    owes,
    party_after,
    same_reason,
    silent,
    waits,
)
from monitor.clock.timeline import Instant, TermsChange, TermsInForce, Version, never_change, next_change, timeline
from monitor.history import Fact, OverrideKind, Used, retires
from monitor.model import CircuitState, Life, Measure, Move, OnChange, OwnInstant, Phase, Reopen
from monitor.policy import Target, Term
from monitor.worktime import WorkingTime

# Bound once: in Python 3.11, looking a member up costs more than the rest of its line.
_UNKNOWN, _HELD, _DELIVERED, _OPENED = Phase.UNKNOWN, Phase.HELD, Phase.DELIVERED, Phase.OPENED
_SILENT = CircuitState.UNKNOWN
_GONE, _GONE_STATE = Phase.RETIRED, CircuitState.RETIRED
_WAITS = (_HELD, _UNKNOWN)
_PAUSE, _RESET, _STOP, _CANCEL = Move.PAUSE, Move.RESET, Move.STOP, Move.CANCEL
_BEGINNING = (Move.START, Move.REOPEN, Move.PAUSE)
_STOPPED, _CANCELLED, _RUNNING, _PAUSED = Life.STOPPED, Life.CANCELLED, Life.RUNNING, Life.PAUSED
_NEW_CYCLE, _NEVER = Reopen.NEW_CYCLE, Reopen.NEVER
_AT_EVENT, _AT_START = OnChange.AT_EVENT, OnChange.AT_START
_AT_LEAST = Measure.AT_LEAST
_NEVER_YET = datetime.max.replace(tzinfo=UTC)


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
    return walked(history, versions, now).readings(versions, now)


Walked = Union["_Walk", allowance_clock.Periods]
"""The way through one timeline, and where it has come to."""


def walked(
    history: Sequence[Fact],
    versions: Sequence[Version],
    until: datetime,
    before: Walked | None = None,
    since: datetime | None = None,
    over: int = 0,
    used: Used | None = None,
) -> Walked:
    """The way through all facts and changes of terms up to *until*.

    The facts begin after so many cycles that were *over*, and with what was *used* of a period.
    With *before* it goes on from there, with the facts and changes from *since* on; *before* is changed.
    """
    if before is not None:
        return before.on(history, versions, until, since)
    for version in versions:
        for term in version.terms:
            if term.target is not None and term.target.period is not None:
                return allowance_clock.walked(history, versions, until, over, used)
    walk = _Walk(TermsInForce(versions), first_party(history), over=over)
    if over:
        targets = (term.target for version in reversed(versions) for term in version.terms)
        walk.stopped = next((target for target in targets if target is not None), None)
    return walk.on(history, versions, until)


class LifeChange(NamedTuple):
    """A fact that gave a clock another life, and how long its cycle had been open by then."""

    fact: Fact
    cycle: int
    life: Life
    lasted: timedelta


class Lives:
    """The lives of a clock under one term, as far as they were followed."""

    __slots__ = ("_lasted", "_life", "_number", "_since", "_walk")

    def __init__(self, term: Term) -> None:
        self._walk = _Walk(TermsInForce((Version(None, (term,)),)), None, plain=True)
        self._number, self._life, self._since, self._lasted = 0, Life.CANCELLED, _NEVER_YET, ZERO

    def copy(self) -> Lives:
        other = Lives(self._walk.in_force.term)
        other._walk, other._number, other._life = self._walk.copy(), self._number, self._life
        other._since, other._lasted = self._since, self._lasted
        return other

    def changes(self, history: Sequence[Fact], now: datetime) -> Iterator[LifeChange]:
        """Every fact up to *now* that begins a cycle, or gives it another life, in order."""
        walk = self._walk
        for fact in history:
            if fact.at > now:
                return
            walk.take(fact)
            cycle = walk.cycle
            if cycle is None or (cycle.number, cycle.life) == (self._number, self._life):
                continue
            if cycle.number != self._number:
                self._lasted = ZERO
            elif self._life in OPEN_LIVES:
                self._lasted += fact.at - self._since
            self._number, self._life, self._since = cycle.number, cycle.life, fact.at
            yield LifeChange(fact, self._number, self._life, self._lasted)


@dataclass(slots=True)
class _Walk:
    """The way through one timeline: the cycle that is walked, and where the ticket is."""

    in_force: TermsInForce
    party: Party | None  # who has the subject
    cycle: Cycle | None = None
    last: Fact | None = None  # the fact that says where the ticket is
    known: Fact | None = None  # `last`, as it was before the last fact that a correction changed
    since: tuple[Fact, ...] = ()  # deliveries after `last`, and pauses that an unknown status ended
    told: list[Fact] = field(default_factory=list)  # the first instant of the policy's own, and all that came after it
    unpromised: bool = False  # the ticket was reopened while nothing was promised
    gone: bool = False  # the subject was retired since the cycle began: whatever moves its clock now begins another
    done: list[Reading] = field(default_factory=list)
    plain: bool = False  # one term holds throughout
    over: int = 0  # the number of the last cycle before its facts begin
    stopped: Target | None = None  # the target of that cycle, which was stopped

    def copy(self) -> _Walk:
        """The same way without the cycles that are done, to be gone on by itself."""
        cycle = None if self.cycle is None else self.cycle.copy()
        return replace(self, in_force=self.in_force.copy(), told=[*self.told], done=[], cycle=cycle)

    def kept(self) -> _Walk:
        """A copy to go on from more than once."""
        return self.copy()

    def on(
        self, history: Sequence[Fact], versions: Sequence[Version], until: datetime, since: datetime | None = None
    ) -> _Walk:
        """Go on through facts and changes of terms up to *until*; of the changes only those from *since* on."""
        self.plain = never_change(versions)
        if self.plain:
            for fact in history:
                if fact.at > until:
                    break
                self.take(fact)
            return self
        for step in timeline(history, versions, until, since):
            if isinstance(step, Fact):
                self.take(step)
            elif isinstance(step, Instant):
                self.take_instant(step)
            else:
                self.change_terms(step)
        return self

    def readings(self, versions: Sequence[Version], now: datetime) -> Iterator[Reading]:
        """Every cycle, the last one as it stands at *now*."""
        yield from self.done
        if self.cycle is not None:
            self.cycle.advance(now)
            yield self.cycle.reading(now, next_change(versions, now) if self.may_begin() else None)

    def take(self, fact: Fact) -> None:
        """Let a fact move the clock: first its feedback, then its phase."""
        if fact.attributes:
            self._hand_over(fact)
        over = fact.feedback and self._take_feedback(fact)
        phase, cycle = fact.phase, self.cycle
        known = self.last if fact.override is None else self._known()
        if phase is None or phase is _SILENT or type(phase) is OwnInstant:
            return None if phase is None else self._take_in_no_phase(fact)
        if self.told or phase is _UNKNOWN or phase is _DELIVERED or phase is _GONE or phase is _GONE_STATE:
            self._place(fact)
        else:
            self.last, self.since = fact, (() if fact.override is None else self._still_over(fact))
        target = self._target()
        if target is None or over:
            return None if over else self._note_unpromised(fact, known)
        if phase is _UNKNOWN and cycle is None and (known is not None or self._over(target)):
            return None  # an unknown status begins nothing where an earlier status did not
        life = None if cycle is None else cycle.life
        found = decide(life, target, fact)
        if found is not None and found[0] is _RESET and known is not None and known.phase is phase:
            found = decide(life, target, fact, again=True)
        if found is None:
            return None
        move, to = found
        if cycle is None:
            self._begin(to, fact.at, fact)
        elif move is not _PAUSE or to is not cycle.life or not same_reason(fact, cycle.cause):
            self._move(cycle, move, to, fact, known)
        return None

    def _take_in_no_phase(self, fact: Fact) -> None:
        """Let an instant move the clock. The ticket stays where it was; no clock begins whose end stands already."""
        if fact.phase is _SILENT:
            return self._take_unknown_state(fact)
        if self.last is not None and retires(self.last.phase):
            return None  # it is of no life of the subject's
        self.told.append(fact)
        target, cycle, last = self._target(), self.cycle, self.last
        over = target is not None and cycle is None and self._over(target)
        self.since = (*self.since, fact)
        if target is None:
            return self._note_unpromised(fact)
        if last is not None and (cycle is None or cycle.life not in OPEN_LIVES):
            over = over or ends_with(target, last)
            if waits(last, target.pauses):  # the clock begins with the ticket's wait
                fact = replace(fact, reason=last.reason, override=for_every_clock(last).override)
        found = decide(None if cycle is None else cycle.life, target, fact)
        if found is None or (over and found[0] in _BEGINNING):
            return None
        if cycle is None:
            return self._begin(found[1], fact.at, fact)
        return self._move(cycle, *found, fact)

    def _take_unknown_state(self, fact: Fact) -> None:
        """Let planned work begin or end while a circuit's state is unknown."""
        held = as_held(fact, self.last)
        if held.phase is not None:
            self.take(replace(held, feedback=False, attributes={}))

    def _place(self, fact: Fact) -> None:
        """Note where *fact* says that the ticket is, if it says so; after an instant, every fact is kept."""
        if self.told:
            self.told.append(fact)
        if fact.phase is _UNKNOWN or fact.phase is _DELIVERED:
            self._keep_unplaced(fact)
        else:
            self.last, self.since = fact, self._still_over(fact)
            if retires(fact.phase):  # nothing of a life is left to the next one
                self.gone, self.told = True, []

    def _known(self) -> Fact | None:
        """The fact that said last where the ticket is; a wait in excluded time is two facts, and the first is none."""
        if self.last is None or override_kind(self.last) is not OverrideKind.IF_LISTED:
            self.known = self.last
        return self.known

    def _still_over(self, fact: Fact) -> tuple[Fact, ...]:
        """What was said since the last phase, where a correction only repeats that."""
        return self.since if fact.override is not None and fact.override.repeats else ()

    def _keep_unplaced(self, fact: Fact) -> None:
        """Keep a fact that does not say where the ticket is. An unknown status ends a pause, and nothing else."""
        known = self.last
        if fact.phase is _DELIVERED:
            self.since = (*self.since, fact)
        elif known is None and begins_none(fact):
            return  # a correction repeats that no phase is known
        elif known is None or known.phase in _WAITS:
            self.last = fact
            if known is not None:
                self.since = (*self.since, known)

    def _over(self, target: Target) -> bool:
        """Whether one of the facts that do not say where the ticket is ended *target*."""
        return any(ends_with(target, fact) for fact in self.since)

    def _note_unpromised(self, fact: Fact, known: Fact | None = None) -> None:
        """Note that the ticket of a clock that has ended is open again, while nothing is promised."""
        cycle = self.cycle
        if cycle is None and self.stopped is not None:
            again = decide(_STOPPED, self.stopped, fact) is not None
            self.unpromised = again or (self.unpromised and not ends_with(self.stopped, fact))
        if cycle is None or cycle.life in OPEN_LIVES or (_is_final(cycle) and not self.gone):
            return
        again = decide(cycle.life, cycle.target, fact) is not None and not _only_repeats(cycle, fact, known)
        self.unpromised = again or (self.unpromised and not ends_with(cycle.target, fact))

    def take_instant(self, step: Instant) -> None:
        """Take facts at whose instant the terms change; each fact decides which of the two comes first."""
        done: list[TermsChange] = []
        for place, fact in enumerate(step.facts):
            if len(done) < len(step.changes) and self._judged_by_new_terms(fact):
                brought = step.brought(place, done)
                self._take_under(fact, brought)
                done += brought
            else:
                self.take(fact)
        for change in step.changes:
            if change not in done:
                self.change_terms(change)

    def _judged_by_new_terms(self, fact: Fact) -> bool:
        """Whether *fact* is judged by the terms that hold after it (semantics 34): all but a stop or a cancel is."""
        fact = as_held(fact, self.last)
        cycle, target, phase = self.cycle, self._target(), fact.phase
        if cycle is None or cycle.life not in OPEN_LIVES or target is None:
            return phase is not None and not begins_none(fact)
        found = None if phase is None else decide(cycle.life, target, fact)
        if found is not None and found[0] is _RESET and self.last is not None and self.last.phase is phase:
            found = decide(cycle.life, target, fact, again=True)
        if found is not None and found[0] in (_STOP, _CANCEL):
            return False
        if fact.feedback and (target.recurring or target.measure is _AT_LEAST):
            return True
        return found is not None and (found[0] is _RESET or found[1] is not cycle.life)

    def _take_under(self, fact: Fact, changes: Sequence[TermsChange]) -> None:
        """Take a fact that is judged by the terms which *changes* bring at its instant."""
        cycle, before = self.cycle, self.in_force.term
        opened = cycle is not None and cycle.life in OPEN_LIVES
        if cycle is not None and opened and self._end_promise(cycle, changes):
            self.take(fact)  # the promise ends after all else that the fact does
            for change in changes:
                self.change_terms(change)
            return
        for change in changes:
            self.in_force.apply(change)
        self.take(fact)
        if cycle is not None and opened and self.cycle is cycle:
            for at, version, term in changes:
                if term is not None and version == cycle.version and cycle.life in OPEN_LIVES:
                    self._change_cycle(cycle, at, term)
        elif (self.cycle is None or self.cycle.life not in OPEN_LIVES) and self.in_force.term is not before:
            self._begin_promised(fact.at, self.in_force.term)

    def _end_promise(self, cycle: Cycle, changes: Sequence[TermsChange]) -> bool:
        """Whether *changes* end what is promised to a cycle."""
        own = [term for _, version, term in changes if version == cycle.version and term is not None]
        return cycle.target.on_change is _AT_EVENT and any(term.target is None for term in own)

    def _take_feedback(self, fact: Fact) -> bool:
        """Let a feedback begin a recurring clock anew, or count as one of a minimum count.

        True if it ended the cycle, and nothing is promised to another one.
        """
        cycle, target = self.cycle, self._target()
        if cycle is None or target is None or cycle.life not in OPEN_LIVES:
            return False
        feedback = fact if fact.phase is None else silent(fact)
        if target.recurring:
            life = cycle.life
            cycle.advance(fact.at)
            cycle.enter(_STOPPED, fact.at, feedback)
            self._begin(life, fact.at, replace(feedback, reason=cycle.pause_reason))
        elif target.measure is _AT_LEAST:
            cycle.advance(fact.at)
            cycle.count_one(fact.at, feedback)
        return target.recurring and self.cycle is cycle

    def _move(self, cycle: Cycle, move: Move, to: Life, fact: Fact, known: Fact | None = None) -> None:
        cycle.advance(fact.at)
        if move is _RESET:
            life, held, told = cycle.life, cycle.cause, type(fact.phase) is OwnInstant
            cycle.enter(_STOPPED, fact.at, fact)
            if told and life is _PAUSED:  # the ticket waits on
                self._begin(life, fact.at, replace(fact, reason=held.reason, override=held.override))
            else:
                self._begin(_PAUSED if is_excluded(fact) else _RUNNING, fact.at, fact)
        elif cycle.life in OPEN_LIVES:
            cycle.enter(to, fact.at, fact)
        elif (_is_final(cycle) and not self.gone) or _only_repeats(cycle, fact, known):
            return
        elif cycle.target.reopen is _NEW_CYCLE or self._outlived(cycle):
            self._begin(to, fact.at, fact)
        else:
            self._adopt(cycle, fact.at, self.in_force.by_version[cycle.version])
            cycle.enter(to, fact.at, fact)

    def _hand_over(self, fact: Fact) -> None:
        party = party_after(fact, self.party)
        if party is None or party == self.party:
            return
        self.party = party
        if self.cycle is not None:
            self.cycle.hand_over(party, fact.at)

    def _target(self) -> Target | None:
        """The target that judges the next fact: the one in force, or the cycle's own where a change cannot end it."""
        cycle = self.cycle
        if self.plain:
            return self.in_force.by_version[0].target if cycle is None else cycle.target
        if cycle is None:
            return self.in_force.term.target
        if cycle.life not in OPEN_LIVES and (cycle.target.reopen is _NEW_CYCLE or self._outlived(cycle)):
            return self.in_force.term.target
        if cycle.target.on_change is not _AT_EVENT:
            return cycle.target
        return self.in_force.by_version[cycle.version].target

    def _outlived(self, cycle: Cycle) -> bool:
        """Whether a cycle has no further life: its subject was retired, or its version promises nothing any more."""
        if self.gone:
            return True
        return cycle.target.on_change is _AT_EVENT and self.in_force.by_version[cycle.version].target is None

    def change_terms(self, change: TermsChange) -> None:
        """Go on under other terms; those that judged a stopped clock do not change any more."""
        at, version, term = change
        before = self.in_force.term
        self.in_force.apply(change)
        if self.cycle is not None and self.cycle.life in OPEN_LIVES:
            if term is not None and version == self.cycle.version:
                self._change_cycle(self.cycle, at, term)
        elif self.in_force.term is not before:
            self._begin_promised(at, self.in_force.term)

    def _change_cycle(self, cycle: Cycle, at: datetime, term: Term) -> None:
        cycle.advance(at)
        if term.target is None and cycle.target.on_change is _AT_EVENT:
            cycle.enter(_CANCELLED, at, Fact(at, term.because))
        else:
            self._adopt(cycle, at, term)

    def _begin_promised(self, at: datetime, term: Term) -> None:
        """Begin a cycle with the change that first promises it, if the ticket is in a phase in which the clock runs."""
        target = term.target
        if target is None or not (self.last or self.told) or not self.may_begin() or self._over(target):
            return
        if self.cycle is not None and _is_final(self.cycle) and not self.gone:
            return
        last = for_every_clock(self.last) if self.last is not None else Fact(at, term.because)
        found = decide(None, target, last)
        if self.last is not None and owes(self.last):
            found = (_PAUSE, _PAUSED)
        if found is not None:
            self._begin(found[1], at, Fact(at, term.because, reason=last.reason, override=last.override))
        elif self.told and self._told_to_run(target, last):
            life = _PAUSED if waits(last, target.pauses) else _RUNNING
            self._begin(life, at, Fact(at, term.because, reason=last.reason, override=last.override))

    def _told_to_run(self, target: Target, last: Fact) -> bool:
        """Whether an instant would have begun the clock of *target*, and nothing has ended it since."""
        begun = False
        for fact in self.told:
            begins = type(fact.phase) is OwnInstant and fact.phase in target.start
            begun = not ends_with(target, fact) and (begun or begins)
        return begun and not ends_with(target, last)

    def _adopt(self, cycle: Cycle, at: datetime, term: Term) -> None:
        """Let a cycle go on under another term of its version, as far as its target's `on_change` allows that."""
        old = cycle.target
        if term.target is None or old.on_change is _AT_START:
            return
        if term is cycle.term and old.until is None:  # what had ended, and goes on, has the date for its deadline again
            return
        asked = (cycle.started_at, at, cycle.counted)
        budget = term.target.resolved(term.calendar, *asked).budget if term.calendar else old.budget
        if old.on_change is _AT_EVENT or budget < old.budget:
            cycle.change_terms(term, at)
            if (old.until is None) is not (term.target.until is None):
                self._wait_or_go_on(cycle, at, term)

    def _wait_or_go_on(self, cycle: Cycle, at: datetime, term: Term) -> None:
        """No clock waits under a deadline that was agreed; under other terms it waits as the ticket does."""
        if cycle.target.until is not None and cycle.life is _PAUSED:
            cycle.enter(_RUNNING, at, Fact(at, term.because))
        elif cycle.target.until is None and cycle.life is _RUNNING and self.last is not None:
            last = for_every_clock(self.last)
            if waits(last, cycle.target.pauses):
                cycle.enter(_PAUSED, at, Fact(at, term.because, reason=last.reason, override=last.override))

    def may_begin(self) -> bool:
        """Whether other terms can change anything: a stopped clock stays so until the ticket is reopened.

        The clock of an earlier life does not count.
        """
        if self.unpromised or self.gone:
            return True
        return self.stopped is None if self.cycle is None else self.cycle.life is not _STOPPED

    def _begin(self, life: Life, at: datetime, cause: Fact) -> None:
        ended, term = self.cycle, self.in_force.term
        if term.target is None:  # nothing is promised any more: the cycle that ends has no successor
            return
        if term.target.until is not None:
            life = _RUNNING
        number, self.unpromised, self.gone = (self.over if ended is None else ended.number) + 1, False, False
        self.cycle = Cycle(number, term, life, at, cause, self.in_force.version, party=self.party)
        first = number == 1 and cause.phase not in (None, _OPENED)
        self.cycle.first_sight = first and type(cause.phase) is not OwnInstant
        if ended is not None:
            self.done.append(ended.reading(at))


def _only_repeats(cycle: Cycle, fact: Fact, known: Fact | None) -> bool:
    """Whether a phase is only said again: that undoes no end which an instant brought. Another clock's end is news."""
    if type(cycle.cause.phase) is not OwnInstant or known is None or known.phase is not fact.phase:
        return False
    return fact.override is None or fact.override.kind is not OverrideKind.BEGUN


def _is_final(cycle: Cycle) -> bool:
    """Whether a fact of the subject ended a cycle for good; what terms or another clock ended may begin anew."""
    if cycle.target.reopen is not _NEVER or not ends_with(cycle.target, cycle.cause):
        return False
    return cycle.cause.override is None or cycle.cause.override.kind is not OverrideKind.UNDONE
