"""Walk a clock step by step: slow and obvious, the judge of `monitor.clock` in property tests.

Shares no code with `monitor.clock` or `monitor.calendars`: of those it reads plain values only (facts, targets, what a
calendar lists). Everything, budgets and stages too, must lie on whole steps. The words of `semantics.md` are followed,
not the code's structure: there is no table of moves and no working-time function here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.budgets import Target
from monitor.calendars import Calendar
from monitor.mapping import Fact
from monitor.model import Life, Phase, Reopen, State
from monitor.policies import Term
from monitor.reading import Reading

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
    counted: timedelta = timedelta(0)
    used_up_at: datetime | None = None
    breached_at: datetime | None = None
    stopped_at: datetime | None = None
    crossed: dict[str, datetime] = field(default_factory=dict)
    earlier: list[tuple[str, datetime]] = field(default_factory=list)

    @property
    def running(self) -> bool:
        return self.life is Life.RUNNING

    @property
    def open(self) -> bool:
        return self.life in (Life.RUNNING, Life.PAUSED)

    def amounts(self) -> dict[str, timedelta]:
        """How much must have counted for each stage but the breach."""
        budget = self.target.budget
        found = {"at_risk": budget * self.target.at_risk}
        for stage in self.target.stages:
            if stage.name == "breached":
                continue
            if stage.left is not None:
                if stage.left < budget:  # of a shorter budget there is never so much left
                    found[stage.name] = budget - stage.left
            else:
                assert stage.share is not None
                found[stage.name] = budget * stage.share
        return found

    def look(self, at: datetime) -> None:
        """Note what has been reached by *at*."""
        budget = self.target.budget
        if self.used_up_at is None and self.counted >= budget:
            self.used_up_at = at
        if self.breached_at is None and self.counted > budget:
            self.breached_at = at
        for stage, amount in self.amounts().items():
            if self.counted >= amount:
                self.crossed.setdefault(stage, at)

    def live(self, at: datetime, step: timedelta) -> None:
        """Live through one step."""
        if self.running and is_open(self.calendar, at):
            self.counted += step
            if self.breached_at is None and self.counted > self.target.budget:
                self.breached_at = self.used_up_at

    @property
    def reached(self) -> frozenset[str]:
        past = {stage for stage, amount in self.amounts().items() if stage in self.crossed and self.counted >= amount}
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
        if self.life in (Life.PAUSED, Life.CANCELLED):
            return None
        if self.used_up_at is not None:
            return self.used_up_at
        at, counted = self.stopped_at or now, self.counted
        while counted < self.target.budget:
            counted += step if is_open(self.calendar, at) else timedelta(0)
            at += step
        return at

    def next_at(self, now: datetime, step: timedelta) -> datetime | None:
        """The first instant after *now* at which state, stages or missed periods change if nothing is heard."""
        if not self.running:
            return None
        ahead = Cycle(self.number, self.target, self.calendar, self.life, self.started_at, self.counted)
        ahead.used_up_at, ahead.breached_at, ahead.crossed = self.used_up_at, self.breached_at, dict(self.crossed)
        before, at = self.reached, now
        if self.breached_at is not None and self.amounts().keys() <= before and not self.target.recurring:
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


def is_open(calendar: Calendar, at: datetime) -> bool:
    """Whether time counts in the step that begins at *at*: look at the local clock on the wall."""
    if calendar.always:
        return True
    local = at.astimezone(ZoneInfo(calendar.zone))
    spans = calendar.days[local.date()] if local.date() in calendar.days else calendar.weekly.get(local.weekday(), ())
    return any(opening <= local.time() and (local.time() < closing or closing == time(0)) for opening, closing in spans)


@dataclass(slots=True)
class Oracle:
    """Walks one clock through a history, under terms that may change."""

    terms: Sequence[Term]
    step: timedelta
    done: list[Cycle] = field(default_factory=list)
    cycle: Cycle | None = None
    phase: Phase | None = None
    reason: str | None = None
    term: Term = field(init=False)

    def __post_init__(self) -> None:
        self.term = self.terms[0]

    def walk(self, facts: Sequence[Fact], now: datetime) -> list[Cycle]:
        changes = [term for term in self.terms[1:] if term.since is not None]
        marks = [fact.at for fact in facts] + [term.since for term in changes if term.since is not None]
        at = min([*marks, now])
        while True:
            if self.cycle is not None and self.cycle.running:
                self.cycle.look(at)
            for fact in facts:
                if fact.at == at:
                    self.hear(fact)
            for term in changes:
                if term.since == at:
                    self.change(at, term)
            if at >= now:
                return self.cycles
            if self.cycle is not None:
                self.cycle.live(at, self.step)
            at += self.step

    @property
    def cycles(self) -> list[Cycle]:
        return [*self.done, *([] if self.cycle is None else [self.cycle])]

    def hear(self, fact: Fact) -> None:
        target, cycle = self.term.target, self.cycle
        if fact.feedback and target is not None and target.recurring and cycle is not None and cycle.open:
            life = cycle.life
            self.turn(Life.STOPPED, fact.at)
            self.begin(life, fact.at)
        if fact.phase is None:
            return
        heard_before = self.phase
        if fact.phase is not Phase.UNKNOWN or self.phase in (None, Phase.HELD):
            self.phase, self.reason = fact.phase, fact.reason
        if target is not None:
            self.follow(fact.phase, fact.reason, target, fact.at, heard_before)

    def follow(
        self, phase: Phase, reason: str | None, target: Target, at: datetime, heard_before: Phase | None
    ) -> None:
        cycle = self.cycle
        if phase is Phase.CANCELLED or phase in target.stop:
            if cycle is not None and cycle.open:
                self.turn(Life.CANCELLED if phase is Phase.CANCELLED else Life.STOPPED, at)
        elif phase is Phase.HELD and reason in target.pauses:
            self.go_on(Life.PAUSED, at)
        elif cycle is not None and cycle.life is Life.PAUSED:
            self.go_on(Life.RUNNING, at)
        elif phase is Phase.UNKNOWN:
            self.wonder(at, heard_before)
        elif phase in target.start:
            self.go_on(Life.RUNNING, at)

    def wonder(self, at: datetime, heard_before: Phase | None) -> None:
        """A status that nobody knows begins a clock only if it is the first thing ever heard."""
        if self.cycle is None and heard_before is None:
            self.go_on(Life.RUNNING, at)

    def go_on(self, life: Life, at: datetime) -> None:
        """Run or pause from here on: a clock that is open, one that had ended, or a new one."""
        cycle, target = self.cycle, self.term.target
        assert target is not None
        if cycle is None:
            self.begin(life, at)
        elif cycle.open:
            self.turn(life, at)
        elif target.reopen is Reopen.NEW_CYCLE:
            self.begin(life, at)
        else:
            self.take(at)
            self.turn(life, at)

    def turn(self, life: Life, at: datetime) -> None:
        cycle = self.cycle
        assert cycle is not None
        if life is Life.RUNNING and not cycle.running and cycle.breached_at is None:
            cycle.used_up_at = None  # what was used up exactly before a wait or a stop is broken when it goes on
        cycle.life = life
        cycle.stopped_at = None if cycle.open else at
        if cycle.running:
            cycle.look(at)

    def begin(self, life: Life, at: datetime) -> None:
        assert self.term.target is not None
        assert self.term.calendar is not None
        if self.cycle is not None:
            self.done.append(self.cycle)
        self.cycle = Cycle(len(self.done) + 1, self.term.target, self.term.calendar.calendar, life, at)
        if self.cycle.running:
            self.cycle.look(at)

    def take(self, at: datetime) -> None:
        cycle, term = self.cycle, self.term
        assert cycle is not None
        assert term.target is not None
        assert term.calendar is not None
        other = term.target.budget != cycle.target.budget
        if other and cycle.breached_at is None:
            cycle.used_up_at = None
        cycle.target, cycle.calendar = term.target, term.calendar.calendar
        for stage, amount in cycle.amounts().items():
            if amount > cycle.counted and stage in cycle.crossed:  # it lies ahead again, and can be reached again
                cycle.earlier.append((stage, cycle.crossed.pop(stage)))
        if other or cycle.running:
            cycle.look(at)  # a stricter promise can be broken by its coming, while the ticket waits too

    def change(self, at: datetime, term: Term) -> None:
        self.term = term
        cycle = self.cycle
        if cycle is not None and cycle.open:
            if term.target is None:
                self.turn(Life.CANCELLED, at)
            else:
                self.take(at)
        elif term.target is not None and (cycle is None or cycle.life is Life.CANCELLED):
            self.newly_promised(at, term.target)

    def newly_promised(self, at: datetime, target: Target) -> None:
        if self.phase is Phase.HELD and self.reason in target.pauses:
            self.begin(Life.PAUSED, at)
        elif self.phase is Phase.UNKNOWN or (self.phase in target.start and self.phase not in target.stop):
            self.begin(Life.RUNNING, at)


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
