"""Walk a clock step by step: slow and obvious, the judge of `monitor.clock.ticket_clock` in property tests.

Shares no code with `monitor.clock.ticket_clock` or `monitor.worktime.working_time`: of those it reads plain values only
(facts, targets, what a calendar lists). Everything but stages must lie on whole steps; of these, those by wall time
must too. The words of `semantics.md` are followed, not the code's structure: there is no table of moves and no
working-time function here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from monitor.clock.reading import Reading
from monitor.clock.timeline import Version
from monitor.history.mapping import Fact
from monitor.model import (
    CircuitState,
    Condition,
    CorrectionKind,
    Life,
    Measure,
    OnChange,
    OwnInstant,
    Phase,
    Reopen,
    State,
)
from monitor.policy.target import ONE, Target
from monitor.policy.terms import Term
from monitor.worktime.calendars import Calendar
from tests.support import oracle_budgets as budgets
from tests.support.oracle_budgets import is_open

TICK = timedelta(microseconds=1)
FAR = timedelta(days=100)


@dataclass(slots=True)
class Cycle:
    """One cycle as far as it was walked."""

    number: int
    target: Target
    calendar: Calendar
    life: Life
    started_at: datetime
    step: timedelta
    counted: timedelta = timedelta(0)
    used_up_at: datetime | None = None
    breached_at: datetime | None = None
    stopped_at: datetime | None = None
    crossed: dict[str, datetime] = field(default_factory=dict)
    earlier: list[tuple[str, datetime]] = field(default_factory=list)
    book: int = 0

    @property
    def timed(self) -> bool:
        return self.target.measure is Measure.TIME

    @property
    def running(self) -> bool:
        return self.life is Life.RUNNING

    @property
    def open(self) -> bool:
        return self.life in (Life.RUNNING, Life.PAUSED)

    def amounts(self) -> Mapping[str, timedelta]:
        """How much must have counted for each stage but the breach."""
        target = self.target
        return budgets.amounts(target.budget, target.stages, target.at_risk) if self.timed else {}

    def walls(self) -> Mapping[str, timedelta]:
        """How long before the deadline each stage by wall time is."""
        return budgets.walls(self.target.budget, self.target.stages) if self.timed else {}

    def near(self, wall: timedelta, at: datetime) -> bool:
        """Whether the clock, if it runs on from *at*, comes to its deadline in so much wall time."""
        if self.breached_at is not None:
            return True
        left = self.target.budget - self.counted
        if self.target.ahead_of is not None:
            return self.running and self.due(at) <= at + wall
        return self.running and budgets.used_up_within(self.calendar, at, left, wall, self.step)

    def due(self, at: datetime) -> datetime:
        """When the budget is used up, if time counts from *at* on."""
        return self.opening(budgets.used_up_at(self.calendar, at, self.target.budget - self.counted, self.step))

    def opening(self, at: datetime) -> datetime:
        """*at* itself; of what is counted back, when time counts again: until then it is the last moment."""
        while self.target.ahead_of is not None and self.target.budget >= self.counted:
            if is_open(self.calendar, at):
                break
            at += self.step
        return at

    def look(self, at: datetime) -> None:
        """Note what has been reached by *at*."""
        if not self.timed:
            return
        budget = self.target.budget
        if self.used_up_at is None and self.counted >= budget:
            self.used_up_at = self.opening(at)
        if self.breached_at is None and self.counted > budget:
            self.breached_at = at
        for stage, amount in self.amounts().items():
            if self.counted >= amount:
                self.crossed.setdefault(stage, at)
        for stage, wall in self.walls().items():
            if stage not in self.crossed and self.near(wall, at):
                self.crossed[stage] = at

    def live(self, at: datetime, step: timedelta) -> None:
        """Live through one step."""
        if self.running and self.timed and is_open(self.calendar, at):
            for stage, amount in self.amounts().items():
                if self.counted < amount < self.counted + step:
                    self.crossed.setdefault(stage, at + (amount - self.counted))
            self.counted += step
            if self.breached_at is None and self.counted > self.target.budget:
                self.breached_at = self.used_up_at

    @property
    def reached(self) -> frozenset[str]:
        past = {stage for stage, amount in self.amounts().items() if stage in self.crossed and self.counted >= amount}
        past |= self.crossed.keys() & self.walls().keys()
        return frozenset(past | ({"breached"} if self.breached_at is not None else set()))

    @property
    def state(self) -> State:
        if self.breached_at is not None:
            return State.BREACHED
        if self.life is Life.RUNNING:
            return State.AT_RISK if "at_risk" in self.reached else State.RUNNING
        return {Life.PAUSED: State.PAUSED, Life.STOPPED: State.MET, Life.CANCELLED: State.CANCELLED}[self.life]

    @property
    def missed_periods(self) -> int:
        if not self.target.recurring:
            return 0
        whole, gone = 0, self.target.budget
        while gone < self.counted:
            whole, gone = whole + 1, gone + self.target.budget
        return whole

    def deadline(self, now: datetime, step: timedelta) -> datetime | None:
        if self.breached_at is not None:
            return self.breached_at
        if not self.timed or self.life in (Life.PAUSED, Life.CANCELLED):
            return None
        if self.used_up_at is not None:
            return self.used_up_at
        at, counted = self.stopped_at or now, self.counted
        while counted < self.target.budget:
            counted += step if is_open(self.calendar, at) else timedelta(0)
            at += step
        return self.opening(at) if self.counted <= self.target.budget else at

    def next_at(self, now: datetime, step: timedelta) -> datetime | None:
        """The first instant after *now* at which state, stages or missed periods change if nothing is heard."""
        if not self.running or not self.timed:
            return None
        ahead = Cycle(self.number, self.target, self.calendar, self.life, self.started_at, step, self.counted)
        ahead.used_up_at, ahead.breached_at, ahead.crossed = self.used_up_at, self.breached_at, dict(self.crossed)
        before, at = self.reached, now
        every = self.amounts().keys() | self.walls().keys()
        if self.breached_at is not None and every <= before and not self.target.recurring:
            return None
        while at < now + FAR:
            ahead.live(at, step)
            if (ahead.breached_at, ahead.missed_periods) != (self.breached_at, self.missed_periods):
                return at + TICK
            at += step
            ahead.look(at)
            if ahead.reached != before:
                return at
        return None


@dataclass(slots=True)
class Oracle:
    """Walks one clock through a history, under terms that may change, and versions of the policy that follow."""

    terms: Sequence[Term]
    step: timedelta
    versions: Sequence[Version] = ()  # those after the first
    says: Callable[[datetime], CorrectionKind | None] = lambda _: None  # what corrections say of an instant
    ends_at: datetime | None = None  # where a correction says that it ended
    mode: CorrectionKind | None = None
    done: list[Cycle] = field(default_factory=list)
    cycle: Cycle | None = None
    phase: Phase | CircuitState | None = None
    reason: str | None = None
    ended_by: set[Condition] = field(default_factory=set)  # said since: ends, for those that list them
    heard: list[Condition] = field(default_factory=list)  # every phase and instant so far
    ender: Condition | None = None  # what ended the cycle, if a fact did
    unpromised: bool = False  # reopened while nothing was promised
    books: list[Term] = field(init=False)
    latest: int = 0

    def __post_init__(self) -> None:
        self.books = [self.terms[0], *(version.terms[0] for version in self.versions)]

    @property
    def term(self) -> Term:
        return self.books[self.latest]

    def walk(self, facts: Sequence[Fact], now: datetime) -> list[Cycle]:
        every = [self.terms, *(version.terms for version in self.versions)]
        changes = [(term.since, book, term) for book, terms in enumerate(every) for term in terms[1:]]
        marks = [fact.at for fact in facts] + [since for since, _, _ in changes if since is not None]
        at = min([*marks, now])
        while True:
            if self.cycle is not None and self.cycle.running:
                self.cycle.look(at)
            self.follow_the_policy(at)
            self.end(at)
            before, self.mode = self.mode, self.says(at)
            waiting = [(book, term) for since, book, term in changes if since == at]
            for fact in (fact for fact in facts if fact.at == at):
                if waiting and self.brings(fact):
                    self.hear_under(fact, waiting)
                    waiting = []
                else:
                    self.hear(fact)
            self.correct(before, at)
            for book, term in waiting:
                self.change(at, book, term)
            if at >= now:
                return self.cycles
            if self.cycle is not None:
                self.cycle.live(at, self.step)
            at += self.step

    def follow_the_policy(self, at: datetime) -> None:
        for book, version in enumerate(self.versions, 1):
            if version.since is not None and version.since <= at and book > self.latest:
                self.latest = book
                self.begin_what_is_new(at)

    @property
    def cycles(self) -> list[Cycle]:
        return [*self.done, *([] if self.cycle is None else [self.cycle])]

    def end(self, at: datetime) -> None:
        if at == self.ends_at:
            self.phase, self.reason = Phase.CLOSED, None
            if self.cycle is not None and self.cycle.open:
                self.turn(Life.STOPPED, at)
                self.ender = Phase.CLOSED

    def correct(self, before: CorrectionKind | None, at: datetime) -> None:
        """Nothing runs in time that was excluded, and nothing waits in time that was no wait."""
        target, cycle = self.judge(), self.cycle
        if before is not self.mode and cycle is not None and cycle.open and target is not None:
            life = Life.PAUSED if self.waits(self.phase, self.reason, target) else Life.RUNNING
            if cycle.life is not life:
                self.turn(life, at)

    def waits(self, phase: Condition | None, reason: str | None, target: Target) -> bool:
        if target.until is not None:
            return False
        if self.mode is CorrectionKind.EXCLUDE:
            return True
        return self.mode is None and phase is Phase.HELD and reason in target.pauses

    def judge(self) -> Target | None:
        """The target by which a fact is judged: its cycle's version's, as far as that lets changes have effect."""
        cycle = self.cycle
        if cycle is None or (not cycle.open and (cycle.target.reopen is Reopen.NEW_CYCLE or self.outlived(cycle))):
            return self.term.target
        return self.books[cycle.book].target if cycle.target.on_change is OnChange.AT_EVENT else cycle.target

    def brings(self, fact: Fact) -> bool:
        """Whether what the fact does is judged by the terms of its instant (semantics 34): all but an end is."""
        cycle, target = self.cycle, self.judge()
        if cycle is None or not cycle.open or target is None:
            return fact.phase is not None
        if fact.phase in target.stop or fact.phase in target.cancel:
            return False
        if fact.feedback and (target.recurring or target.measure is Measure.AT_LEAST):
            return True
        if fact.phase in (None, Phase.DELIVERED):
            return False
        if isinstance(fact.phase, OwnInstant):
            return fact.phase in target.reset
        resets = fact.phase in target.reset and fact.phase is not self.phase
        return resets or cycle.running is self.waits(fact.phase, fact.reason, target)

    def hear_under(self, fact: Fact, waiting: Sequence[tuple[int, Term]]) -> None:
        """Hear a fact by the terms of its instant; a promise that ends with it ends after all else."""
        cycle, before = self.cycle, self.term
        was_open = cycle is not None and cycle.open
        lost = [cycle is not None and book == cycle.book and term.target is None for book, term in waiting]
        if cycle is not None and was_open and cycle.target.on_change is OnChange.AT_EVENT and any(lost):
            self.hear(fact)
            for book, term in waiting:
                self.change(fact.at, book, term)
            return
        self.books = [dict(waiting).get(book, term) for book, term in enumerate(self.books)]
        self.hear(fact)
        if cycle is not None and was_open and self.cycle is cycle:
            for book, term in waiting:
                if book == cycle.book:
                    self.take(fact.at, term)
        elif (self.cycle is None or not self.cycle.open) and self.term is not before:
            self.begin_what_is_new(fact.at)

    def is_final(self, cycle: Cycle) -> bool:
        return cycle.target.reopen is Reopen.NEVER and self.ender is not None

    def outlived(self, cycle: Cycle) -> bool:
        return cycle.target.on_change is OnChange.AT_EVENT and self.books[cycle.book].target is None

    def hear(self, fact: Fact) -> None:
        target, cycle = self.judge(), self.cycle
        over = False
        if fact.feedback and target is not None and cycle is not None and cycle.open:
            life = cycle.life
            if target.recurring:
                self.turn(Life.STOPPED, fact.at)
                self.begin(life, fact.at)
                over = self.cycle is cycle  # nothing is promised to a next one
            elif target.measure is Measure.AT_LEAST:
                cycle.counted += ONE
        if fact.phase is None:
            return
        target, before = self.judge(), self.phase
        self.note(fact.phase, fact.reason)
        if over:
            return
        if target is not None:
            self.follow(fact.phase, fact.reason, target, fact.at, before)
        elif self.cycle is not None and not self.cycle.open and not self.is_final(self.cycle):
            lists = self.cycle.target
            waits = fact.phase is Phase.HELD and fact.reason in lists.pauses and begun_by_phases(lists)
            again = (fact.phase in lists.start or waits) and not self.stays_ended(fact.phase, lists, before)
            self.unpromised = self.unpromised or (again and fact.phase is not Phase.DELIVERED)

    def note(self, phase: Phase | CircuitState, reason: str | None) -> None:
        """Where the ticket is; and since when which ends were told that say nothing of it."""
        self.heard.append(phase)
        if isinstance(phase, OwnInstant):
            self.ended_by.add(phase)
            return
        if phase is Phase.DELIVERED or (phase is Phase.UNKNOWN and self.phase is Phase.HELD):
            self.ended_by.add(Phase.HELD if phase is Phase.UNKNOWN else phase)
        elif phase is not Phase.UNKNOWN:
            self.ended_by = set()
        if phase is not Phase.DELIVERED and (phase is not Phase.UNKNOWN or self.phase in (None, Phase.HELD)):
            self.phase, self.reason = phase, reason

    def follow(
        self, phase: Condition, reason: str | None, target: Target, at: datetime, heard_before: Condition | None
    ) -> None:
        cycle = self.cycle
        is_open = cycle is not None and cycle.open
        if phase in target.cancel or phase in target.stop:
            if is_open:
                self.turn(Life.CANCELLED if phase in target.cancel else Life.STOPPED, at)
                self.ender = phase
        elif isinstance(phase, OwnInstant):
            self.come(phase, target, at)
        elif phase is Phase.DELIVERED or (not is_open and self.stays_ended(phase, target, heard_before)):
            return
        elif is_open and phase in target.reset and phase is not heard_before:
            self.turn(Life.STOPPED, at)
            self.begin(Life.RUNNING, at)
        elif phase is Phase.HELD and reason in target.pauses:
            self.go_on(Life.PAUSED if self.waits(phase, reason, target) else Life.RUNNING, at)
        elif cycle is not None and cycle.life is Life.PAUSED:
            self.go_on(Life.RUNNING, at)
        elif phase is Phase.UNKNOWN:
            self.wonder(at, heard_before)
        elif phase in target.start:
            self.go_on(Life.RUNNING, at)

    def stays_ended(self, phase: Condition, target: Target, heard_before: Condition | None) -> bool:
        """Whether a phase begins nothing, for only instants do, or undoes no end, for it is only repeated."""
        told = self.cycle is not None and isinstance(self.ender, OwnInstant)
        return not begun_by_phases(target) or (told and phase is heard_before)

    def come(self, phase: OwnInstant, target: Target, at: datetime) -> None:
        """An instant that ends nothing: it begins, or begins anew; whoever waits waits on."""
        cycle = self.cycle
        life = Life.PAUSED if self.waits(self.phase, self.reason, target) else Life.RUNNING
        if cycle is not None and cycle.open:
            if phase in target.reset:
                life = cycle.life
                self.turn(Life.STOPPED, at)
                self.begin(life, at)
            return
        over = self.phase in target.stop or self.phase in target.cancel
        if cycle is None:
            over = over or bool((self.ended_by - {phase}) & (target.stop | target.cancel))
        if phase in target.start and not over:
            self.go_on(life, at)

    def wonder(self, at: datetime, heard_before: Condition | None) -> None:
        """A status that nobody knows begins a clock only if it is the first thing ever heard."""
        target = self.judge()
        if self.cycle is None and heard_before is None and target is not None:
            if self.ended_by & (target.stop | target.cancel):
                return
            self.go_on(Life.RUNNING, at)

    def go_on(self, life: Life, at: datetime) -> None:
        """Run or pause from here on: a clock that is open, one that had ended, or a new one."""
        cycle = self.cycle
        if cycle is None:
            self.begin(life, at)
        elif cycle.open:
            self.turn(life, at)
        elif self.is_final(cycle):
            return
        elif cycle.target.reopen is Reopen.NEW_CYCLE or self.outlived(cycle):
            self.begin(life, at)
        else:
            self.take(at, self.books[cycle.book])
            self.turn(life, at)

    def turn(self, life: Life, at: datetime) -> None:
        cycle = self.cycle
        assert cycle is not None
        life = self.excluded(life, cycle.target)
        if life is Life.RUNNING and not cycle.running and cycle.breached_at is None:
            cycle.used_up_at = None  # what was used up exactly before a wait or a stop is broken when it goes on
        self.ender = None
        cycle.life = life
        cycle.stopped_at = None if cycle.open else at
        if cycle.target.measure is Measure.AT_LEAST:
            cycle.breached_at = at if life is Life.STOPPED and cycle.counted < cycle.target.budget else None
        if cycle.running:
            cycle.look(at)

    def excluded(self, life: Life, target: Target) -> Life:
        dated = target.until is not None
        return Life.PAUSED if life is Life.RUNNING and self.mode is CorrectionKind.EXCLUDE and not dated else life

    def begin(self, life: Life, at: datetime) -> None:
        if self.term.target is None or self.term.calendar is None:
            return
        if self.cycle is not None:
            self.done.append(self.cycle)
        target, calendar = self.resolved(self.term, at), self.term.calendar.calendar
        self.unpromised = False
        life = life if target.until is None else Life.RUNNING
        self.cycle = Cycle(
            len(self.done) + 1, target, calendar, self.excluded(life, target), at, self.step, book=self.latest
        )
        if self.cycle.running or self.cycle.target.budget < timedelta(0):
            self.cycle.look(at)

    def resolved(
        self, term: Term, started_at: datetime, at: datetime | None = None, counted: timedelta = timedelta(0)
    ) -> Target:
        assert term.target is not None
        assert term.calendar is not None
        target = term.target
        if target.until is not None:  # what is left is the time until then
            return replace(target, budget=counted + (target.until - (at or started_at)))
        budget = budgets.resolved(target, term.calendar.calendar, started_at, self.step)
        return replace(target, budget=budget, days=0)

    def take(self, at: datetime, term: Term) -> None:
        cycle = self.cycle
        assert cycle is not None
        if term.target is None or term.calendar is None or cycle.target.on_change is OnChange.AT_START:
            return
        target = self.resolved(term, cycle.started_at, at, cycle.counted)
        if cycle.target.on_change is OnChange.STRICTEST and target.budget >= cycle.target.budget:
            return
        was_due, dated = cycle.due(at), cycle.target.until is not None
        other = target.budget != cycle.target.budget
        if other and cycle.breached_at is None:
            cycle.used_up_at = None
        cycle.target, cycle.calendar = target, term.calendar.calendar
        for stage, amount in cycle.amounts().items():
            if amount > cycle.counted and stage in cycle.crossed:  # it lies ahead again, and can be reached again
                cycle.earlier.append((stage, cycle.crossed.pop(stage)))
        for stage, wall in cycle.walls().items():
            if stage in cycle.crossed and cycle.breached_at is None and cycle.due(at) > max(was_due, at + wall):
                cycle.earlier.append((stage, cycle.crossed.pop(stage)))
        cycle.look(at)  # a stricter promise can be broken by its coming, while the ticket waits too
        if cycle.open and dated is not (target.until is not None):
            life = Life.PAUSED if self.waits(self.phase, self.reason, target) else Life.RUNNING
            if life is not cycle.life and (target.until is not None or life is Life.PAUSED):
                self.turn(life, at)

    def change(self, at: datetime, book: int, term: Term) -> None:
        self.books[book] = term
        cycle = self.cycle
        if cycle is None or not cycle.open:
            if book == self.latest:
                self.begin_what_is_new(at)
        elif cycle.book == book and term.target is not None:
            self.take(at, term)
        elif cycle.book == book and cycle.target.on_change is OnChange.AT_EVENT:
            self.turn(Life.CANCELLED, at)

    def begin_what_is_new(self, at: datetime) -> None:
        """A promise begins with the change or the version that makes it, if it would run or wait now."""
        target, cycle = self.term.target, self.cycle
        if target is None or (cycle is not None and cycle.life is not Life.CANCELLED and not self.unpromised):
            return
        if cycle is not None and self.is_final(cycle):
            return
        if self.ended_by & (target.stop | target.cancel):
            return
        if self.phase in target.cancel or self.phase in target.stop:
            return
        waits = self.phase is Phase.HELD and self.reason in target.pauses and self.mode is not CorrectionKind.COUNT
        if waits and begun_by_phases(target):
            self.begin(Life.PAUSED, at)
        elif (self.phase is Phase.UNKNOWN and begun_by_phases(target)) or self.phase in target.start:
            self.begin(Life.RUNNING, at)
        elif self.came(target):
            self.begin(Life.PAUSED if self.waits(self.phase, self.reason, target) else Life.RUNNING, at)

    def came(self, target: Target) -> bool:
        """Whether an instant came that begins the clock, and nothing since that ends it."""
        for phase in reversed(self.heard):
            if phase in target.stop or phase in target.cancel:
                return False
            if isinstance(phase, OwnInstant) and phase in target.start:
                return True
        return False


def begun_by_phases(target: Target) -> bool:
    return any(isinstance(condition, (Phase, CircuitState)) for condition in target.start)


def differences(readings: Sequence[Reading], walked: Sequence[Cycle], now: datetime, step: timedelta) -> list[str]:
    """Everything in which the clock's readings are not what was walked, a line each."""
    if len(readings) != len(walked):
        return [f"{len(readings)} cycles, walked {len(walked)}"]
    found = []
    for reading, cycle in zip(readings, walked, strict=True):
        pairs = {
            "cycle": (reading.cycle, cycle.number),
            "life": (reading.life, cycle.life),
            "state": (reading.state, cycle.state),
            "counted": (reading.counted, cycle.counted),
            "budget": (reading.target.budget, cycle.target.budget),
            "started_at": (reading.started_at, cycle.started_at),
            "stopped_at": (reading.stopped_at, cycle.stopped_at),
            "breached_at": (reading.breached_at, cycle.breached_at),
            "deadline": (reading.deadline, cycle.deadline(now, step)),
            "crossings": (
                sorted((crossing.stage, crossing.at) for crossing in reading.crossings),
                sorted((*cycle.earlier, *cycle.crossed.items())),
            ),
            "reached": (frozenset(reading.reached), cycle.reached),
            "missed_periods": (reading.missed_periods, cycle.missed_periods),
        }
        found += [
            f"cycle {cycle.number} {name}: {said}, walked {is_so}"
            for name, (said, is_so) in pairs.items()
            if said != is_so
        ]
    return found
