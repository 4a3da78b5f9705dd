"""Measure one cycle of a clock while its history is walked: counted time, crossed stages, the breach.

Pure. `ticket_clock.py` and `allowance_clock.py` say when a cycle begins, pauses and ends; this file counts, and records
in each interval the terms that held in it. Counted time exactly equal to the budget is met; a breach is dated by its
deadline.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta

from monitor.clock.reading import CORRECTED, RETIRED, ZERO, BudgetChange, Crossing, CycleTerms, Interval, Leg, Reading
from monitor.clock.state_machine import OPEN_LIVES, Party, is_excluded
from monitor.history import Fact, Used, retires
from monitor.model import Life, Measure, OwnInstant, State
from monitor.policy import AT_RISK_STAGE, BREACHED_STAGE, ONE, Target, Term
from monitor.worktime import TICK, WorkingTime

# Bound once: in Python 3.11, looking a member up costs more than the rest of its line.
_RUNNING, _PAUSED, _IDLE, _STOPPED, _CANCELLED = Life.RUNNING, Life.PAUSED, Life.IDLE, Life.STOPPED, Life.CANCELLED
_TIME, _AT_LEAST = Measure.TIME, Measure.AT_LEAST
_S_BREACHED, _S_PAUSED, _S_AT_RISK, _S_RUNNING = State.BREACHED, State.PAUSED, State.AT_RISK, State.RUNNING
_S_MET, _S_CANCELLED, _S_IDLE = State.MET, State.CANCELLED, State.IDLE


@dataclass(slots=True)
class Cycle:
    """One cycle while it is walked; no value outside this room holds one."""

    number: int
    term: Term
    life: Life
    since: datetime  # from when on nothing is recorded yet
    cause: Fact  # the fact that brought this life
    version: int = 0  # of the policy, which judges it
    ends_at: datetime | None = None  # of an allowance, the end of its period
    party: Party | None = None  # who has the subject now
    started_at: datetime = field(init=False)
    counted: timedelta = ZERO
    used_up_at: datetime | None = None
    breached_at: datetime | None = None
    stopped_at: datetime | None = None
    intervals: list[Interval] = field(default_factory=list)
    crossed: dict[str, datetime] = field(default_factory=dict)
    superseded: list[Crossing] = field(default_factory=list)  # crossings of stages that other terms put ahead again
    legs: dict[Party, timedelta] = field(default_factory=dict)
    changes: list[BudgetChange] = field(default_factory=list)
    first_sight: bool = False
    target: Target = field(init=False)
    calendar: WorkingTime = field(init=False)
    terms: CycleTerms = field(init=False)  # what holds now, as it is recorded in intervals
    closed_under: CycleTerms | None = field(init=False)  # what held when it last stopped or was cancelled
    changed: bool = field(init=False)  # it goes on under other terms than those under which it began
    ladder: tuple[tuple[timedelta, str], ...] = field(init=False)  # the stages' amounts, smallest first
    soonest: timedelta = field(init=False)  # no stage and no breach is reached before so much has counted
    timed: bool = field(init=False)  # time uses the budget while the clock runs
    pause_reason: str | None = field(init=False)  # why time is paused, as it is shown
    excluded: bool = field(init=False)  # a correction pauses it
    instant: str = field(init=False)  # the instant of the subject that brought this life

    def __post_init__(self) -> None:
        self.started_at = self.since
        self.pause_reason, self.excluded, self.instant = None, False, _instant(self.cause)
        self.closed_under, self.changed = None, False
        if self.life is _PAUSED:
            self._take_reason(self.cause)
        self._adopt(self.term, self.since, "")
        if self.target.budget < ZERO:  # the last moment was over before it began, and no pause moves that
            self._note_reached(self.started_at, ZERO, self.started_at)

    def copy(self) -> Cycle:
        """The same cycle, to be walked on by itself."""
        other = Cycle(self.number, self.term, self.life, self.since, self.cause)
        for each in fields(self):
            setattr(other, each.name, getattr(self, each.name))
        other.intervals, other.crossed, other.superseded = [*self.intervals], {**self.crossed}, [*self.superseded]
        other.legs, other.changes = {**self.legs}, [*self.changes]
        return other

    def carry(self, used: Used) -> None:
        """Begin with what was *used* of the period before the facts begin; its intervals are one."""
        since = self.since
        self.started_at = used.started_at
        self.terms = self.terms._replace(since=used.started_at)
        self.counted, self.used_up_at, self.breached_at = used.counted, used.used_up_at, used.breached_at
        named = {name for _, name in (*self.ladder, *self.target.walls)}
        self.crossed = {name: at for name, at in used.crossed if name in named}
        self.legs = {(kind, name): counted for kind, name, counted in used.legs}
        if not self.legs and self.timed and self.party is not None and used.counted:
            self.legs[self.party] = used.counted  # who is named first had it from the start
        if since > used.started_at:
            before = Interval(used.started_at, since, _IDLE, "", None, used.counted, None, False, self.terms)
            self.intervals.append(before)
        self._find_soonest()
        if self.counted >= self.soonest:
            self._note_reached(since, self.counted, since)

    def _adopt(self, term: Term, at: datetime, because: str) -> None:
        """Let *term* hold from *at* on; *because* is the event that brought it."""
        assert term.target is not None
        assert term.calendar is not None
        self.term, self.calendar = term, term.calendar
        self.target = target = term.target.resolved(term.calendar, self.started_at, at, self.counted)
        self.terms = CycleTerms(at, target.budget, term.calendar, term.row, because, target.ahead_of or target.until)
        self.timed, self.ladder = target.measure is _TIME, target.ladder
        if self.crossed or self.breached_at is not None:
            self._find_soonest()
        else:
            self.soonest = target.soonest

    def _find_soonest(self) -> None:
        walls = self.target.walls
        if walls and any(name not in self.crossed for _, name in walls):
            self.soonest = ZERO  # a deadline comes near whether or not anything counts
            return
        amounts = [amount for amount, name in self.ladder if name not in self.crossed]
        if self.breached_at is None and self.target.measure is not _AT_LEAST:
            amounts.append(self.target.budget)
        self.soonest = min(amounts, default=timedelta.max)

    def advance(self, to: datetime) -> None:
        """Let time pass until *to*."""
        start, life, part = self.since, self.life, ZERO
        if life is _RUNNING and self.timed:
            part = self.calendar.counted(start, to)
            if self.party is not None:
                self.legs[self.party] = self.legs.get(self.party, ZERO) + part
            before = self.counted
            self.counted = counted = before + part
            if counted >= self.soonest:
                self._note_reached(start, before, to)
        if to > start and life in OPEN_LIVES:
            self._record(start, to, part)
            self.since = to

    def _record(self, start: datetime, to: datetime, part: timedelta) -> None:
        """Add the time from *start* to *to* to the intervals: to the last one, where that goes on."""
        cause, intervals = self.cause, self.intervals
        because = cause.event_id
        if intervals:
            last = intervals[-1]
            if (
                last.because == because
                and last.end == start
                and last.life is self.life
                and last.instant == self.instant
                and self._same_pause(last)
            ):
                longer = last.longer(to, part)
                if last.last_terms is not self.terms:
                    longer = longer.cut(start, last.counted, self.terms)
                intervals[-1] = longer
                return
        word = "feedback" if cause.feedback and cause.phase is None else cause.status  # `_word`, for speed
        intervals.append(
            Interval(
                start, to, self.life, because, word, part, self.pause_reason, self.excluded, self.terms, (),
                self.instant,
            )
        )  # fmt: skip

    def _same_pause(self, part: Interval) -> bool:
        return part.reason == self.pause_reason and part.excluded is self.excluded

    def _take_reason(self, cause: Fact) -> None:
        """Show why time is paused from now on."""
        self.excluded = cause.override is not None and is_excluded(cause)
        self.pause_reason = CORRECTED if self.excluded else cause.reason

    def _note_reached(self, start: datetime, before: timedelta, to: datetime) -> None:
        """Note the stages and the breach reached from *start*, when *before* had counted, up to *to*."""
        budget, counted = self.target.budget, self.counted
        if self.used_up_at is None and counted >= budget:
            self.used_up_at = self.target.due(self.calendar, start, budget - before)
        if self.breached_at is None and counted > budget:
            self.breached_at = self.used_up_at
        for amount, name in self.ladder:
            if counted >= amount and name not in self.crossed:
                self.crossed[name] = self.calendar.add(start, amount - before)
        if self.target.walls and (self.life is _RUNNING or self.breached_at is not None):
            deadline = self.breached_at or self.target.due(self.calendar, start, budget - before)
            if self.ends_at is None or deadline < self.ends_at:
                for name, at in self.target.nearing(start, deadline, to):
                    self.crossed.setdefault(name, at)
        self._find_soonest()

    def enter(self, life: Life, at: datetime, cause: Fact) -> None:
        """Begin another life at *at* because of *cause*; time has been advanced to it."""
        opens = life in OPEN_LIVES
        if opens and at > self.since and self.closed_under is not None:
            self._record_closed(at, self.closed_under)
        if not self.timed and self.target.measure is _AT_LEAST:
            self._judge_floor(life, at)
        if life is _RUNNING and self.breached_at is None:
            self.used_up_at = None  # a budget used up to the last tick is breached when the clock goes on, not before
        self.life, self.since, self.cause = life, at, cause
        if self.instant or type(cause.phase) is OwnInstant:
            self.instant = _instant(cause)
        if life is _PAUSED:
            self._take_reason(cause)
        else:
            self.pause_reason, self.excluded = None, False
        self.stopped_at, self.closed_under = (None, None) if opens else (at, self.terms)

    def _record_closed(self, until: datetime, terms: CycleTerms) -> None:
        """Record the time in which the clock was stopped or cancelled, for it is reopened."""
        since, cause = self.since, self.cause
        why = RETIRED if self._retired else None
        self.intervals.append(
            Interval(since, until, self.life, cause.event_id, _word(cause), ZERO, why, False, terms, (), self.instant)
        )

    @property
    def _retired(self) -> bool:
        return self.life is _CANCELLED and retires(self.cause.phase)

    def _judge_floor(self, life: Life, at: datetime) -> None:
        """Judge a minimum count: it is breached where the clock stops too early; a reopening withdraws the breach."""
        self.breached_at = at if life is _STOPPED and self.counted < self.target.budget else None

    def count_one(self, at: datetime, cause: Fact) -> None:
        """Use one of a counted budget at *at*; time has been advanced to it."""
        self.counted += ONE
        self.since, self.cause = at, cause
        self.intervals.append(Interval(at, at, self.life, cause.event_id, _word(cause), ONE, None, False, self.terms))
        if self.target.measure is _AT_LEAST:
            return
        if self.counted >= self.target.budget and self.used_up_at is None:
            self.used_up_at = at
        if self.counted > self.target.budget and self.breached_at is None:
            self.breached_at = at
        for amount, name in self.ladder:
            if self.counted >= amount:
                self.crossed.setdefault(name, at)
        self._find_soonest()

    def hand_over(self, party: Party, at: datetime) -> None:
        """Count the time from *at* on for another team or supplier."""
        self.advance(at)
        self.party = party

    def change_terms(self, term: Term, at: datetime) -> None:
        """Go on under another term from *at*; counted time stays counted.

        A stage that the term puts ahead again can be crossed again; one that it puts behind is crossed at the change.
        """
        budget, calendar = self.target.budget, self.calendar
        self._adopt(term, at, term.because)
        self._correct_begun(at)
        self.changed = True
        if self.target.budget != budget:
            self.changes.append(BudgetChange(at, self.target.budget, term.because))
            if self.breached_at is None:
                self.used_up_at = None
        for amount, name in self.ladder:
            if amount > self.counted and name in self.crossed:
                self.superseded.append(Crossing(name, self.crossed.pop(name)))
        if self.target.walls and self.breached_at is None:
            self._supersede_walls(at, self.target.due(calendar, at, budget - self.counted))
        self._find_soonest()
        if self.counted >= self.soonest:
            self._note_reached(at, self.counted, at)

    def _correct_begun(self, at: datetime) -> None:
        """Let the new terms hold in what was counted at their very instant."""
        for place in reversed(range(len(self.intervals))):
            if self.intervals[place].start < at:
                break
            self.intervals[place] = self.intervals[place]._replace(terms=self.terms)

    def _supersede_walls(self, at: datetime, before: datetime) -> None:
        """Let stages by wall time be crossed again where the deadline has moved away from them.

        *before* is the deadline as the old terms had it at *at*; of a paused clock, the one it would have had if it had
        gone on.
        """
        deadline = self.target.due(self.calendar, at, self.target.budget - self.counted)
        beyond = self.ends_at is not None and deadline >= self.ends_at
        for wall, name in self.target.walls:
            if name in self.crossed and deadline > before and (beyond or deadline - wall > at):
                self.superseded.append(Crossing(name, self.crossed.pop(name)))

    def reading(self, now: datetime, next_change: datetime | None = None) -> Reading:
        """The reading at *now*; other terms hold from *next_change* on."""
        target, running = self.target, self.life is _RUNNING
        reached = [name for amount, name in self.ladder if name in self.crossed and self.counted >= amount]
        if target.walls:
            reached = target.by_severity(reached, self.crossed)
        if self.breached_at is not None:
            reached.append(BREACHED_STAGE)
        return Reading(
            target=target,
            cycle=self.number,
            life=self.life,
            state=self._state(reached),
            counted=self.counted,
            started_at=self.started_at,
            deadline=self._deadline(now),
            breached_at=self.breached_at,
            stopped_at=self.stopped_at,
            intervals=self._recorded(now),
            crossings=self._crossings() if self.crossed or self.superseded else (),
            reached=tuple(reached),
            missed_periods=self._missed(),
            next_at=_first(self._next(now) if running else self._idle_until(), next_change),
            tier=self.term.tier,
            assurance=self.term.assurance,
            legs=self._legs() if self.legs else (),
            changes=tuple(self.changes),
            first_sight=self.first_sight,
            retired=self._retired,
            calendar=self.calendar,
            row=self.term.row,
            ended_by="" if self.stopped_at is None else self.instant,
        )

    def _crossings(self) -> tuple[Crossing, ...]:
        """Every stage that was crossed, by instant; of one instant the least severe first."""
        found = [Crossing(name, at) for name, at in self.crossed.items()]
        if not self.changed and not self.target.walls:
            return tuple(found)  # those of one ladder were found in that order
        found += self.superseded
        return tuple(sorted(found, key=lambda crossing: (crossing.at, self.target.severity(crossing.stage))))

    def _legs(self) -> tuple[Leg, ...]:
        allowed = {(item.kind, item.party): item.budget for item in self.target.underpinning}
        return tuple(
            Leg(party[0], party[1], counted, allowed.get(party)) for party, counted in self.legs.items() if counted
        )

    def _recorded(self, now: datetime) -> tuple[Interval, ...]:
        """The intervals up to *now*, the last one cut where other terms came at its very end."""
        intervals, beginning = self.intervals, self._beginning(now)
        if beginning is not None:
            return (*intervals, beginning)
        if self.changed and intervals and intervals[-1].last_terms is not self.terms:
            last = intervals[-1]
            return (*intervals[:-1], last.cut(last.end, last.counted, self.terms))
        return tuple(intervals)

    def _beginning(self, now: datetime) -> Interval | None:
        """An open clock's present life, where it began at this very instant and so has no length yet."""
        if self.since < now or self.life not in OPEN_LIVES or (self.intervals and self.intervals[-1].life is self.life):
            return None
        if self.intervals and self.intervals[-1].start == self.intervals[-1].end:
            return None  # it began with what it counted
        cause, word = self.cause.event_id, _word(self.cause)
        return Interval(
            now, now, self.life, cause, word, ZERO, self.pause_reason, self.excluded, self.terms, (), self.instant
        )

    def _state(self, reached: Sequence[str]) -> State:
        if self.breached_at is not None:
            return _S_BREACHED
        if self.life is _PAUSED:
            return _S_PAUSED
        if self.life in (_RUNNING, _IDLE):
            calm = _S_RUNNING if self.life is _RUNNING else _S_IDLE
            return _S_AT_RISK if AT_RISK_STAGE in reached else calm
        return _S_MET if self.life is _STOPPED else _S_CANCELLED

    def _deadline(self, now: datetime) -> datetime | None:
        if self.breached_at is not None or self.life in (_PAUSED, _CANCELLED, _IDLE):
            return self.breached_at
        if self.target.measure is not _TIME or (self.ends_at is not None and self.life is _STOPPED):
            return None
        if self.used_up_at is not None:
            return self.used_up_at
        found = self.target.due(self.calendar, self.stopped_at or now, self.target.budget - self.counted)
        return None if self.ends_at is not None and found >= self.ends_at else found

    def _missed(self) -> int:
        """Whole periods of a recurring clock that went by without a feedback (semantics 10)."""
        if not self.target.recurring or self.counted <= ZERO:
            return 0
        return -(-self.counted // self.target.budget) - 1

    def _idle_until(self) -> datetime | None:
        return self.ends_at if self.life in OPEN_LIVES else None

    def _next(self, now: datetime) -> datetime | None:
        budget = self.target.budget
        if self.target.measure is not _TIME:
            return self.ends_at
        waits = [amount for amount, name in self.ladder if name not in self.crossed]
        instants = [self.calendar.add(now, min(waits) - self.counted)] if waits else []
        if self.breached_at is None:
            instants.append(self.calendar.last(now, budget - self.counted) + TICK)
        elif self.target.recurring:  # the next whole period that goes by without a feedback
            instants.append(self.calendar.last(now, budget * (self._missed() + 1) - self.counted) + TICK)
        if self.target.walls and self.breached_at is None:
            due = self.target.due(self.calendar, now, budget - self.counted)
            if self.ends_at is None or due < self.ends_at:
                instants += [due - wall for wall, name in self.target.walls if name not in self.crossed]
        if self.ends_at is not None:
            instants.append(self.ends_at)
        return min(instants, default=None)


def _first(one: datetime | None, other: datetime | None) -> datetime | None:
    return one if other is None else other if one is None else min(one, other)


def _word(cause: Fact) -> str | None:
    return "feedback" if cause.feedback and cause.phase is None else cause.status


def _instant(cause: Fact) -> str:
    return str(cause.phase) if type(cause.phase) is OwnInstant else ""
