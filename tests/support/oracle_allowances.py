"""Walk an allowance step by step: slow and obvious, the judge of `monitor.clock.allowance_clock` in property tests.

Shares no code with it, nor with the calendars and periods: of those it reads plain values only. Facts, changes and the
edges of calendars and periods must lie on whole steps; amounts need not, for within a step time is a straight line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from monitor.clock.reading import Reading
from monitor.clock.timeline import Version
from monitor.history.mapping import Fact
from monitor.model import CircuitState, CorrectionKind, Life, Measure, OnChange, Period, State
from monitor.policy.target import ONE, Target
from monitor.policy.terms import Term
from monitor.worktime.calendars import Calendar
from tests.support.oracle_budgets import is_open, used_up_at

ZERO = timedelta(0)
MINUTE = timedelta(minutes=1)


def number(period: Period, zone: str, at: datetime, begins: timedelta = ZERO) -> int:
    """The number of the period in which *at* lies, by the date on the wall; a day begins with the night's shifts."""
    wall = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return _number(period, (wall - (begins if period is Period.DAY else ZERO)).date())


def begins(calendar: Calendar) -> timedelta:
    """When a working date begins."""
    return ZERO if calendar.always else calendar.day_begins


@lru_cache(maxsize=10_000)
def _number(period: Period, day: date) -> int:
    if period is Period.WEEK:
        while day.weekday() != 0:
            day -= timedelta(days=1)
    numbers = {
        Period.YEAR: f"{day:%Y}",
        Period.QUARTER: f"{day:%Y}{(day.month + 2) // 3}",
        Period.MONTH: f"{day:%Y%m}",
    }
    return int(numbers.get(period, f"{day:%Y%m%d}"))


def length(period: Period, zone: str, at: datetime, begins: timedelta = ZERO) -> timedelta:
    """How long the period around *at* is."""
    first, last = span(period, zone, at, begins)
    return last - first


@lru_cache(maxsize=1_000)
def span(period: Period, zone: str, at: datetime, begins: timedelta = ZERO) -> tuple[datetime, datetime]:
    """The period around *at*: from hour to half hour, until the number is another one."""
    half, mine = 30 * MINUTE, number(period, zone, at, begins)
    at = at.replace(minute=at.minute // 30 * 30, second=0, microsecond=0)
    first = last = at
    day = timedelta(days=1)
    for stride in (day, half):
        while number(period, zone, first - stride, begins) == mine:
            first -= stride
        while number(period, zone, last + stride, begins) == mine:
            last += stride
    return first, last + half


@dataclass(slots=True)
class Walked:
    """One period as far as it was walked."""

    number: int
    term: Term
    book: int
    target: Target
    budget: timedelta
    life: Life
    started_at: datetime
    counted: timedelta = ZERO
    used_up_at: datetime | None = None
    breached_at: datetime | None = None
    stopped_at: datetime | None = None
    crossed: dict[str, datetime] = field(default_factory=dict)
    earlier: list[tuple[str, datetime]] = field(default_factory=list)

    @property
    def open(self) -> bool:
        return self.life in (Life.RUNNING, Life.PAUSED, Life.IDLE)

    @property
    def timed(self) -> bool:
        return self.target.measure is Measure.TIME

    def amounts(self) -> dict[str, timedelta]:
        found = {"at_risk": self.budget * self.target.at_risk}
        for stage in self.target.stages:
            if stage.share is not None and stage.name != "breached":
                found[stage.name] = self.budget * stage.share
            if stage.left is not None and self.timed and stage.left < self.budget:
                found[stage.name] = self.budget - stage.left
        return found

    def walls(self) -> dict[str, timedelta]:
        """How long before the deadline each stage by wall time is."""
        found = {stage.name: stage.wall for stage in self.target.stages if stage.wall is not None and self.timed}
        return {stage: wall for stage, wall in found.items() if wall < self.budget}

    def ahead(self, at: datetime, step: timedelta) -> datetime:
        """When the budget is used up, if it is used from *at* on, as if its period never ended."""
        assert self.term.calendar is not None
        return used_up_at(self.term.calendar.calendar, at, self.budget - self.counted, step)

    def due(self, at: datetime, step: timedelta) -> datetime | None:
        """When the budget is used up, if it is used from *at* on; None where the period ends before."""
        assert self.term.calendar is not None
        assert self.target.period is not None
        found = self.ahead(at, step)
        calendar = self.term.calendar.calendar
        mine = number(self.target.period, calendar.zone, found, begins(calendar)) == self.number
        return found if mine else None

    def near(self, at: datetime, step: timedelta, until: datetime | None = None) -> None:
        """Note the stages by wall time that are crossed at *at*, or before *until*."""
        ahead = {stage: wall for stage, wall in self.walls().items() if stage not in self.crossed}
        if not ahead or (self.life is not Life.RUNNING and self.breached_at is None):
            return
        due = self.breached_at or self.due(at, step)
        for stage, wall in ahead.items():
            if due is not None and (due - wall <= at or (until is not None and due - wall < until)):
                self.crossed[stage] = max(at, due - wall)

    def use(self, at: datetime, amount: timedelta) -> None:
        """Use *amount* evenly from *at* on (all of it at once if it is one of a number)."""

        def when(wanted: timedelta) -> datetime:
            return at + (wanted - before if self.timed and wanted > before else ZERO)

        before = self.counted
        self.counted += amount
        if self.used_up_at is None and self.counted >= self.budget:
            self.used_up_at = when(self.budget)
        if self.breached_at is None and self.counted > self.budget:
            self.breached_at = self.used_up_at if self.timed else at
        for stage, wanted in self.amounts().items():
            if stage not in self.crossed and self.counted >= wanted:
                self.crossed[stage] = when(wanted)

    @property
    def reached(self) -> frozenset[str]:
        past = {stage for stage, wanted in self.amounts().items() if stage in self.crossed and self.counted >= wanted}
        past |= self.crossed.keys() & self.walls().keys()
        return frozenset(past | ({"breached"} if self.breached_at is not None else set()))

    @property
    def state(self) -> State:
        if self.breached_at is not None:
            return State.BREACHED
        if self.life in (Life.RUNNING, Life.IDLE):
            calm = State.RUNNING if self.life is Life.RUNNING else State.IDLE
            return State.AT_RISK if "at_risk" in self.reached else calm
        return {Life.PAUSED: State.PAUSED, Life.STOPPED: State.MET, Life.CANCELLED: State.CANCELLED}[self.life]


@dataclass(slots=True)
class Allowance:
    """Walks the clock of an allowance through a circuit's history."""

    versions: Sequence[Version]
    step: timedelta
    books: list[Term] = field(init=False)
    latest: int = 0
    done: list[Walked] = field(default_factory=list)
    cycle: Walked | None = None
    says: Callable[[datetime], CorrectionKind | None] = lambda _: None  # what corrections say of an instant
    ends_at: datetime | None = None  # where a correction says that it ended
    mode: CorrectionKind | None = None
    circuit: Fact | None = None
    fault_counted: bool = False
    promised: Target | None = None

    def __post_init__(self) -> None:
        self.books = [version.terms[0] for version in self.versions]

    @property
    def cycles(self) -> list[Walked]:
        return [*self.done, *([] if self.cycle is None else [self.cycle])]

    @property
    def term(self) -> Term:
        return self.books[self.latest]

    def walk(self, facts: Sequence[Fact], now: datetime) -> list[Walked]:
        changes = [(term.since, book, term) for book, version in enumerate(self.versions) for term in version.terms[1:]]
        moments = [fact.at for fact in facts] + [since for since, _, _ in changes if since is not None]
        at = min([*moments, now])
        while at <= now:
            self.look(at)
            for book, version in enumerate(self.versions):
                if version.since is not None and version.since <= at:
                    self.latest = max(self.latest, book)
            self.turn_of_the_period(at)
            self.open_one(at)  # a version that has just come into force may be the first to promise anything
            before, self.mode = self.mode, self.says(at)
            waiting = [(book, term) for since, book, term in changes if since == at]
            ended = [Fact(at, "ended", CircuitState.AVAILABLE)] if at == self.ends_at else []
            told = [*ended, *(fact for fact in facts if fact.at == at)]
            for place, fact in enumerate(told, 1):
                later = {other.event_id for other in told[place:]}
                brought = [change for change in waiting if change[1].because not in later]
                if brought and self.held(fact) is not None:
                    self.hear_under(fact, brought)
                    waiting = [change for change in waiting if change not in brought]
                else:
                    self.hear(fact)
            if before is not self.mode and self.cycle is not None:
                self.go_on(self.cycle, at)
            for book, term in waiting:
                self.change(at, book, term)
            self.look(at)
            if at < now:
                self.live(at)
            at += self.step
        return self.cycles

    def look(self, at: datetime) -> None:
        if self.cycle is not None:
            self.cycle.near(at, self.step)

    def live(self, at: datetime) -> None:
        cycle = self.cycle
        if cycle is None or cycle.life is not Life.RUNNING or not cycle.timed or cycle.term.calendar is None:
            return
        cycle.near(at, self.step, at + self.step)
        if is_open(cycle.term.calendar.calendar, at):
            cycle.use(at, self.step)

    def turn_of_the_period(self, at: datetime) -> None:
        cycle = self.cycle
        if cycle is None or cycle.term.calendar is None or cycle.target.period is None:
            return
        calendar = cycle.term.calendar.calendar
        if number(cycle.target.period, calendar.zone, at, begins(calendar)) == cycle.number:
            return
        if cycle.open:
            cycle.life, cycle.stopped_at = Life.STOPPED, at
        self.done.append(cycle)
        self.cycle = None
        self.open_one(at)

    def doing(self, target: Target) -> Life | None:
        """What the circuit does to an allowance: uses it, is excused, or rests."""
        if self.circuit is None or self.circuit.phase is CircuitState.RETIRED:
            return None
        if self.circuit.phase not in target.start:
            return Life.IDLE
        if self.mode is not None:
            return Life.PAUSED if self.mode is CorrectionKind.EXCLUDE else Life.RUNNING
        excused = self.circuit.reason in target.pauses
        return Life.PAUSED if excused else Life.RUNNING

    def open_one(self, at: datetime) -> None:
        term = self.term
        if self.cycle is not None or term.target is None or term.calendar is None or term.target.period is None:
            return
        doing = self.doing(term.target)
        if doing is None:
            return
        calendar = term.calendar.calendar
        mine = number(term.target.period, calendar.zone, at, begins(calendar))
        life = Life.IDLE if term.target.measure is Measure.COUNT else doing
        budget = budget_of(term, at)
        self.cycle = Walked(mine, term, self.latest, term.target, budget, life, at)
        self.promised = term.target
        self.count(at)

    def held(self, fact: Fact) -> Fact | None:
        """What the fact says of the circuit. Unknown says nothing of its state: what held before holds on."""
        if fact.phase is not CircuitState.UNKNOWN:
            return fact if fact.phase is not None else None
        known = self.circuit
        return None if known is None or known.reason == fact.reason else replace(known, at=fact.at, reason=fact.reason)

    def hear_under(self, fact: Fact, waiting: Sequence[tuple[int, Term]]) -> None:
        """What a fact does is judged by the terms of its instant (semantics 34)."""
        before, self.circuit = self.circuit, self.held(fact)
        for book, term in waiting:
            if self.cycle is None:
                self.books[book] = term
            else:
                self.change(fact.at, book, term)
        self.circuit = before
        self.hear(fact)

    def hear(self, told: Fact) -> None:
        fact = self.held(told)
        if fact is None:
            return
        back = self.circuit is not None and self.circuit.phase is CircuitState.RETIRED
        self.circuit = fact
        if fact.phase is CircuitState.RETIRED:
            self.retire(fact.at)
            return
        if back and self.cycle is not None:
            self.live_again(self.cycle, fact.at)
        self.open_one(fact.at)
        if self.cycle is None:
            if self.promised is not None and self.doing(self.promised) is Life.IDLE:
                self.fault_counted = False
            return
        self.go_on(self.cycle, fact.at)

    def retire(self, at: datetime) -> None:
        """The circuit is gone for good: what is open ends, and a fault with it."""
        self.fault_counted = False
        if self.cycle is not None and self.cycle.open:
            self.cycle.life, self.cycle.stopped_at = Life.CANCELLED, at

    def live_again(self, cycle: Walked, at: datetime) -> None:
        """The promise is for the period: it goes on with what was used."""
        promised = cycle.target.on_change is not OnChange.AT_EVENT or self.books[cycle.book].target is not None
        if cycle.life is Life.CANCELLED and promised:
            self.change(at, cycle.book, self.books[cycle.book])
            if cycle.life is Life.CANCELLED:
                self.revive(cycle, at)

    def revive(self, cycle: Walked, at: datetime) -> None:
        doing = self.doing(cycle.target)
        if doing is None:
            return
        cycle.life, cycle.stopped_at = (doing if cycle.timed else Life.IDLE), None
        if cycle.life is Life.RUNNING and cycle.breached_at is None:
            cycle.used_up_at = at if cycle.counted >= cycle.budget else None
        self.count(at)

    def go_on(self, cycle: Walked, at: datetime) -> None:
        doing = self.doing(cycle.target)
        if cycle.open and cycle.timed and doing is not None and doing is not cycle.life:
            cycle.life = doing
            if doing is Life.RUNNING and cycle.breached_at is None:  # used up exactly: broken as it goes on
                cycle.used_up_at = at if cycle.counted >= cycle.budget else None
            cycle.near(at, self.step)
        self.count(at)

    def count(self, at: datetime) -> None:
        """Count a fault that has not been counted yet."""
        cycle = self.cycle
        if cycle is None or cycle.timed:
            return
        doing = self.doing(cycle.target)
        if doing is Life.IDLE:
            self.fault_counted = False
        elif doing is Life.RUNNING and cycle.open and not self.fault_counted:
            cycle.use(at, ONE)
            self.fault_counted = True

    def change(self, at: datetime, book: int, term: Term) -> None:
        self.books[book] = term
        cycle = self.cycle
        if cycle is None:
            self.open_one(at)
        if cycle is None or book != cycle.book or cycle.target.on_change is OnChange.AT_START:
            return
        if self.circuit is not None and self.circuit.phase is CircuitState.RETIRED:
            return  # what is gone for good stays as it was
        if term.target is None:
            if cycle.target.on_change is OnChange.AT_EVENT and cycle.open:
                cycle.life, cycle.stopped_at = Life.CANCELLED, at
            return
        budget = budget_of(term, cycle.started_at)
        if cycle.target.on_change is OnChange.AT_EVENT or budget < cycle.budget:
            self.take(cycle, term, budget, at)
        if cycle.life is Life.CANCELLED:
            self.revive(cycle, at)

    def take(self, cycle: Walked, term: Term, budget: timedelta, at: datetime) -> None:
        assert term.target is not None
        other, was_due = budget != cycle.budget, cycle.ahead(at, self.step)
        cycle.term, cycle.target, cycle.budget = term, term.target, budget
        if other and cycle.breached_at is None:
            cycle.used_up_at = None
        for stage, wanted in cycle.amounts().items():
            if wanted > cycle.counted and stage in cycle.crossed:
                cycle.earlier.append((stage, cycle.crossed.pop(stage)))
        for stage, wall in cycle.walls().items():
            due = cycle.due(at, self.step)
            away = cycle.ahead(at, self.step) > was_due and (due is None or due > at + wall)
            if stage in cycle.crossed and cycle.breached_at is None and away:
                cycle.earlier.append((stage, cycle.crossed.pop(stage)))
        cycle.use(at, ZERO)
        cycle.near(at, self.step)


def budget_of(term: Term, at: datetime) -> timedelta:
    target = term.target
    assert target is not None
    assert target.period is not None
    assert term.calendar is not None
    calendar = term.calendar.calendar
    whole = length(target.period, calendar.zone, at, begins(calendar)) if target.share else ZERO
    return whole * target.share if target.share else target.budget


def differences(readings: Sequence[Reading], walked: Sequence[Walked]) -> list[str]:
    """Everything in which the readings are not what was walked, a line each."""
    if len(readings) != len(walked):
        return [f"{len(readings)} periods, walked {len(walked)}"]
    found = []
    for reading, cycle in zip(readings, walked, strict=True):
        pairs = {
            "number": (reading.cycle, cycle.number),
            "life": (reading.life, cycle.life),
            "state": (reading.state, cycle.state),
            "counted": (reading.counted, cycle.counted),
            "budget": (reading.target.budget, cycle.budget),
            "started_at": (reading.started_at, cycle.started_at),
            "stopped_at": (reading.stopped_at, cycle.stopped_at),
            "breached_at": (reading.breached_at, cycle.breached_at),
            "crossings": (
                sorted((crossing.stage, crossing.at) for crossing in reading.crossings),
                sorted((*cycle.earlier, *cycle.crossed.items())),
            ),
            "reached": (frozenset(reading.reached), cycle.reached),
        }
        found += [
            f"period {cycle.number} {name}: {said}, walked {is_so}"
            for name, (said, is_so) in pairs.items()
            if said != is_so
        ]
    return found
