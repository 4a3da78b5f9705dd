"""Judge a ticket's or circuit's history by the documents alone: slow and obvious, half an hour at a time.

Written from `docs/concepts.md`, `docs/semantics.md` and the policy language. It shares nothing with `monitor`: its
rules, its words and its readings are its own, and it works on what a source says, before any mapping. A difference
between the two is a fault in one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property

from monitor.worktime.calendars import Calendar
from tests.support import oracle_budgets
from tests.support.oracle_budgets import days_on, used_up_at

STEP = timedelta(minutes=30)
ZERO = timedelta(0)
WORDS = frozenset({"opened", "accepted", "on_site", "held", "restored", "closed", "cancelled", "delivered"})
TIERS = ("diamond", "gold", "silver", "bronze")
STATES = frozenset({"available", "degraded", "unavailable"})


_KNOWN: dict[int, tuple[Calendar, dict[datetime, bool], dict[tuple[datetime, datetime], timedelta]]] = {}


def is_open(calendar: Calendar, at: datetime) -> bool:
    """Whether time counts in the step that begins at *at*; looked up once for each calendar and instant."""
    known = _known(calendar)[1]
    if at not in known:
        known[at] = oracle_budgets.is_open(calendar, at)
    return known[at]


def between(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """What counts from *start* to *end*, step by step."""
    known = _known(calendar)[2]
    if (start, end) not in known:
        counted, at = ZERO, start
        while at < end:
            counted += STEP if is_open(calendar, at) else ZERO
            at += STEP
        known[start, end] = counted
    return known[start, end]


def _known(calendar: Calendar) -> tuple[Calendar, dict[datetime, bool], dict[tuple[datetime, datetime], timedelta]]:
    if id(calendar) not in _KNOWN:
        if len(_KNOWN) > 20:
            _KNOWN.clear()
        _KNOWN[id(calendar)] = (calendar, {}, {})  # kept with its calendar, so that the id stays its own
    return _KNOWN[id(calendar)]


@dataclass(frozen=True)
class Said:
    """One statement of a source: a status in its words (or none), a reason, a feedback, a tier, a planned instant."""

    at: datetime
    name: str
    status: str | None = None
    reason: str | None = None
    feedback: bool = False
    tier: str | None = None
    planned: datetime | None = None


@dataclass(frozen=True)
class Promise:
    """A target as a policy writes it. `figures` are per tier: (age from which one holds, budget), the latest last."""

    name: str
    start: frozenset[str]
    stop: frozenset[str]
    figures: Mapping[str, Sequence[tuple[timedelta, timedelta]]]
    pause: frozenset[str] = frozenset()
    cancel: frozenset[str] = frozenset({"cancelled"})
    reset: frozenset[str] = frozenset()
    resume: bool = True
    on_change: str = "at_event"
    recurring: bool = False
    at_least: bool = False
    ahead: bool = False
    days: bool = False  # the budgets are so many working days, a second for each
    circuit: bool = False
    per: str = ""  # of an allowance, its period
    times: bool = False  # the budgets are numbers of times, a second for each
    begun_by: str = ""
    over: timedelta = ZERO


STAGES: Mapping[str, Mapping[str, float]] = {"diamond": {"used_50": 0.5, "used_90": 0.9}, "gold": {"used_75": 0.75}}
"""Which shares are stages, per tier."""


@dataclass
class Cycle:
    """One cycle as far as it was walked; the fields are those of a reading."""

    number: int
    tier: str
    budget: timedelta
    started_at: datetime
    version: int
    promise: Promise
    life: str = "running"
    counted: timedelta = ZERO
    used_up_at: datetime | None = None
    breached_at: datetime | None = None
    stopped_at: datetime | None = None
    crossed: dict[str, datetime] = field(default_factory=dict)
    earlier: list[tuple[str, datetime]] = field(default_factory=list)
    lasted: timedelta = ZERO  # for how long it was open by the clock on the wall

    @property
    def open(self) -> bool:
        return self.life in ("running", "paused")

    @property
    def state(self) -> str:
        if self.breached_at is not None:
            return "breached"
        if self.life == "running":
            at_risk = "at_risk" in self.crossed and self.counted >= self.budget * 0.75
            return "at_risk" if at_risk else "running"
        return {"paused": "paused", "stopped": "met", "cancelled": "cancelled"}[self.life]

    @property
    def crossings(self) -> list[tuple[str, datetime]]:
        return [*self.earlier, *self.crossed.items()]

    def amounts(self) -> dict[str, timedelta]:
        """How much must have counted for each stage; of a promise of at least so many there are none."""
        if self.promise.at_least:
            return {}
        return {name: self.budget * share for name, share in {**STAGES.get(self.tier, {}), "at_risk": 0.75}.items()}


@dataclass(frozen=True)
class Mark:
    """What the end of another target says to a derived clock, right after the statement number `after`."""

    after: int
    begins: bool


class Walk:
    """The way of one target's clock through one history."""

    def __init__(
        self,
        versions: Sequence[tuple[datetime | None, Promise]],
        history: Sequence[Said],
        calendar: Calendar,
        now: datetime,
        marks: Sequence[Mark] = (),
        follows_only: bool = False,
    ) -> None:
        self.versions, self.calendar, self.now, self.marks = versions, calendar, now, marks
        self.history = [said for said in history if said.at <= now]
        self.follows_only = follows_only  # no budget: only what ends it is of interest
        self.version = 0
        self.taken = -1  # the statements up to this one have brought their terms
        self.at = now
        self.cycles: list[Cycle] = []
        self.phase: str | None = None  # the last one understood, or "unknown" after a wait
        self.reason: str | None = None
        self.ended_by: set[str] = set()  # said since: ends, for those that list them
        self.unpromised = False  # the ticket was reopened while nothing was promised
        self.owed = False  # of a derived clock: the other has ended
        self.suspended = False  # of a derived clock: the source last said a reason to wait
        self.aged = now  # the ticket's age counts up to this instant
        self.log: list[tuple[int, str, timedelta]] = []  # statement; ended, reopened or begun; for how long it was open

    # -- what holds ------------------------------------------------------------------------------------------------

    @property
    def promise(self) -> Promise:
        """The newest version's."""
        return self.versions[self.version][1]

    @property
    def derived(self) -> bool:
        return bool(self.promise.begun_by)

    @property
    def cycle(self) -> Cycle | None:
        return self.cycles[-1] if self.cycles else None

    @property
    def open(self) -> bool:
        return bool(self.cycles) and self.cycles[-1].open

    @cached_property
    def opened(self) -> datetime | None:
        return next((said.at for said in self.history if said.status is not None), None)

    def tier(self, place: int) -> str:
        """The tier after statement *place*: the last one said, else the first to be said; what is no rung says none."""
        for said in reversed(self.history[: place + 1]):
            if said.tier in TIERS:
                return str(said.tier)
        return next((str(said.tier) for said in self.history if said.tier in TIERS), "none")

    def planned(self, place: int) -> datetime | None:
        for said in reversed(self.history[: place + 1]):
            if said.planned is not None:
                return said.planned
        return next((said.planned for said in self.history if said.planned is not None), None)

    def figure(self, version: int, place: int, age_at: datetime, began: datetime) -> timedelta | None:
        """The budget of a cycle that began at *began*, under the terms after statement *place*; None: no promise."""
        if self.follows_only:
            return timedelta(days=30_000)
        promise = self.versions[version][1]
        rows = promise.figures.get(self.tier(place), ())
        age = ZERO if self.opened is None else max(ZERO, age_at - self.opened)
        fitting = [budget for after, budget in rows if after <= age]
        if not fitting:
            return None
        if promise.days and not promise.ahead:
            return between(self.calendar, began, days_on(self.calendar, began, fitting[-1].seconds))
        if not promise.ahead:
            return fitting[-1]
        planned = self.planned(place)
        if planned is None:
            return None
        last, left = planned, ZERO if promise.days else fitting[-1]
        if promise.days:
            last = days_on(self.calendar, planned, -fitting[-1].seconds)
        while left > ZERO:
            last -= STEP
            left -= STEP if is_open(self.calendar, last) else ZERO
        return (
            between(self.calendar, began, last)
            if last >= began
            else -max(between(self.calendar, last, began), timedelta(microseconds=1))
        )

    # -- the walk --------------------------------------------------------------------------------------------------

    def walk(self) -> list[Cycle]:
        turns = [since for since, _ in self.versions[1:] if since is not None and since <= self.now]
        self.at = min([said.at for said in self.history] + turns, default=self.now)
        self.aged = self.at - STEP
        said_at: dict[datetime, list[int]] = {}
        for place, said in enumerate(self.history):
            said_at.setdefault(said.at, []).append(place)
        rows = [row for _, promise in self.versions for of_tier in promise.figures.values() for row in of_tier]
        ages = {self.opened + age for age, _ in rows if self.opened is not None}
        while True:
            for number, (since, _) in enumerate(self.versions):
                if since is not None and number > self.version and since <= self.at:
                    self.version = number
                    self.promise_newly()
            places = said_at.get(self.at, [])
            for place in places:
                self.take(place)
                for mark in self.marks:
                    if mark.after == place:
                        self.hear_of_the_other(mark)
            if places or self.at in ages:
                self.take_terms(places[-1] if places else self.taken)
            if self.at >= self.now:
                return self.cycles
            self.pass_time()
            self.at += STEP

    def pass_time(self) -> None:
        cycle = self.cycle
        if cycle is None or not cycle.open:
            return
        cycle.lasted += STEP
        if cycle.life != "running" or cycle.promise.at_least or not is_open(self.calendar, self.at):
            return
        before, cycle.counted = cycle.counted, cycle.counted + STEP
        for name, amount in cycle.amounts().items():
            if amount <= cycle.counted:
                cycle.crossed.setdefault(name, self.at + (amount - before))
        if cycle.used_up_at is None and cycle.counted >= cycle.budget:
            cycle.used_up_at = last_moment(cycle, self.calendar, self.at + (cycle.budget - before))
        if cycle.breached_at is None and cycle.counted > cycle.budget:
            cycle.breached_at = cycle.used_up_at

    # -- terms -----------------------------------------------------------------------------------------------------

    def terms(self, version: int, began: datetime) -> tuple[timedelta | None, str]:
        return self.figure(version, self.taken, self.aged, began), self.tier(self.taken)

    def chosen(self, version: int) -> tuple[object, ...]:
        """What chooses the terms that hold: the row, the tier, the instant that is counted back from."""
        if self.follows_only:
            return ()
        rows = self.versions[version][1].figures.get(self.tier(self.taken), ())
        age = ZERO if self.opened is None else max(ZERO, self.aged - self.opened)
        fitting = [budget for after, budget in rows if after <= age]
        ahead = self.planned(self.taken) if self.versions[version][1].ahead else None
        return (fitting[-1:], self.tier(self.taken), ahead if fitting else None)

    def take_terms(self, upto: int) -> None:
        """Let what the statements up to *upto* said of terms hold, one after the other, and the ticket's age of now."""
        for place in [self.taken, *range(self.taken + 1, upto + 1)]:
            before, cycle = self.chosen(self.version), self.cycle
            was = None if cycle is None else self.chosen(cycle.version)
            self.taken, self.aged = place, self.at
            if cycle is not None and cycle.open and self.chosen(cycle.version) != was:
                self.change(cycle)
            if not self.open and self.chosen(self.version) != before:
                self.promise_newly()

    def change(self, cycle: Cycle) -> None:
        budget, _ = self.terms(cycle.version, cycle.started_at)
        if budget is None and cycle.promise.on_change == "at_event":
            self.end("cancelled")
        elif budget is not None:
            self.take_up(cycle, budget, self.tier(self.taken))

    def take_up(self, cycle: Cycle, budget: timedelta, tier: str) -> None:
        """Go on under another budget, as far as the target lets a change have effect; what has counted stays."""
        how = cycle.promise.on_change
        if how == "at_start" or (how == "strictest" and budget >= cycle.budget):
            return
        if budget != cycle.budget and cycle.breached_at is None:
            cycle.used_up_at = None
        cycle.budget, cycle.tier = budget, tier
        for name, amount in cycle.amounts().items():
            if amount > cycle.counted and name in cycle.crossed:
                cycle.earlier.append((name, cycle.crossed.pop(name)))
        self.look(cycle)

    def look(self, cycle: Cycle) -> None:
        """Note what is reached at this instant."""
        if cycle.promise.at_least:
            return
        for name, amount in cycle.amounts().items():
            if amount <= cycle.counted:
                cycle.crossed.setdefault(name, self.at)
        if cycle.used_up_at is None and cycle.counted >= cycle.budget:
            cycle.used_up_at = last_moment(cycle, self.calendar, self.at)
        if cycle.breached_at is None and cycle.counted > cycle.budget:
            cycle.breached_at = self.at

    # -- statements ------------------------------------------------------------------------------------------------

    def take(self, place: int) -> None:
        """One statement: an end is judged by the terms before it, everything else by the terms after it."""
        said = self.history[place]
        phase, reason = self.understood(place)
        if self.open:
            self.take_while_open(said, phase, reason, place)
        elif self.derived:
            self.note(phase, reason)
        elif phase is not None:
            first = self.phase is None and not (self.ended_by & (self.promise.stop | self.promise.cancel))
            before = self.chosen(self.version)
            self.taken, self.aged = place, self.at
            self.note(phase, reason)
            self.begin_by(phase, reason, place, first)
            if not self.open and self.chosen(self.version) != before:
                self.promise_newly()

    def take_while_open(self, said: Said, phase: str | None, reason: str | None, place: int) -> None:
        cycle = self.cycle
        assert cycle is not None
        promise = cycle.promise
        counts = said.feedback and (promise.recurring or promise.at_least)
        if phase is not None and phase in promise.stop | promise.cancel:
            if counts:
                self.count_feedback(cycle)
            self.note(phase, reason)
            if self.open:
                self.end("cancelled" if phase in promise.cancel else "stopped", place)
        elif not counts and not self.moves(cycle, phase, reason):
            self.note(phase, reason)
        elif self.loses(cycle, place):
            self.do(said, phase, reason, counts)
            self.take_terms(place)  # a promise that ends with the statement ends after all else that it says
        else:
            changes = list(self.bring_terms(cycle, place))
            self.do(said, phase, reason, counts)
            for budget, tier in changes if self.cycle is cycle and cycle.open else ():
                if budget is not None:
                    self.take_up(cycle, budget, tier)

    def loses(self, cycle: Cycle, place: int) -> bool:
        """Whether the statements up to *place* end what is promised to a cycle."""
        places = range(self.taken + 1, place + 1)
        budgets = [self.figure(cycle.version, one, self.at, cycle.started_at) for one in places]
        return cycle.promise.on_change == "at_event" and None in budgets

    def bring_terms(self, cycle: Cycle, place: int) -> Iterator[tuple[timedelta | None, str]]:
        """Let the terms of the statements up to *place* hold, and say what they make of a cycle's."""
        was = self.chosen(cycle.version)
        for one in [self.taken, *range(self.taken + 1, place + 1)]:
            self.taken, self.aged = one, self.at
            now = self.chosen(cycle.version)
            if now != was:
                yield self.terms(cycle.version, cycle.started_at)
            was = now

    def do(self, said: Said, phase: str | None, reason: str | None, counts: bool) -> None:
        """What a statement that ends nothing does to an open clock, the feedback first."""
        assert self.cycle is not None
        if counts:
            self.count_feedback(self.cycle)
        if self.open:
            self.follow(phase, reason)
        else:
            self.note(phase, reason)

    def understood(self, place: int) -> tuple[str | None, str | None]:
        """The phase and the reason to wait; of a circuit, the state that holds and what excuses it."""
        said = self.history[place]
        if said.status is None:
            return None, None
        if not self.promise.circuit:
            known = said.status == "held" and said.reason in ("customer", "part")
            return said.status if said.status in WORDS else "unknown", said.reason if known else None
        state, excuse, before, silent = None, None, None, False
        for other in self.history[: place + 1]:
            before = excuse
            if other.status in STATES:
                state, silent = other.status, False
            elif other.status in WORDS:
                excuse = other.reason if other.status == "held" else None
            elif other.status is not None:
                silent = True
        return (None, None) if silent and excuse == before else (state, excuse)

    def note(self, phase: str | None, reason: str | None) -> None:
        """Keep where the ticket is. A word that nobody understands takes back a wait, and nothing else."""
        if phase is None:
            return
        if self.derived:
            self.note_of_the_source(phase, reason)
        if phase == "delivered":
            self.ended_by.add(phase)
        elif phase != "unknown":
            self.phase, self.reason, self.ended_by = phase, reason, set()
        elif self.phase in (None, "held"):
            self.ended_by |= {"held"} if self.phase == "held" else set()
            self.phase, self.reason = phase, None

    def note_of_the_source(self, phase: str, reason: str | None) -> None:
        """A derived clock is owed until it ends itself, and is suspended while the source waits."""
        if phase in self.promise.stop | self.promise.cancel:
            self.owed, self.suspended = False, self.suspended and phase == "delivered"
        elif phase != "delivered":
            self.suspended = phase == "held" and reason in self.promise.pause

    def waits(self, phase: str | None, reason: str | None) -> bool:
        return reason in self.promise.pause and (phase == "held" or self.promise.circuit)

    def moves(self, cycle: Cycle, phase: str | None, reason: str | None) -> bool:
        """Whether a phase that ends nothing makes an open clock do something else."""
        if phase is None or phase == "delivered":
            return False
        return self.resets(phase) or (cycle.life == "paused") is not self.waits(phase, reason)

    def resets(self, phase: str | None) -> bool:
        return phase is not None and phase in self.promise.reset and phase != self.phase

    def count_feedback(self, cycle: Cycle) -> None:
        if cycle.promise.at_least:
            cycle.counted += timedelta(seconds=1)
        else:
            life = cycle.life
            self.end("stopped")
            self.begin(life)

    def follow(self, phase: str | None, reason: str | None) -> None:
        """What a phase does to an open clock that it does not end."""
        cycle, resets = self.cycle, self.resets(phase)
        assert cycle is not None
        self.note(phase, reason)
        if phase is None or phase == "delivered":
            return
        if resets:
            self.end("stopped")
            self.begin("running")
        elif (cycle.life == "paused") is not self.waits(phase, reason):
            self.turn("running" if cycle.life == "paused" else "paused")

    def begin_by(self, phase: str, reason: str | None, place: int, first: bool) -> None:
        """What a phase does where no clock is open. *first*: nobody has said where the ticket is before."""
        promise, cycle = self.promise, self.cycle
        if phase in promise.stop | promise.cancel | {"delivered"}:
            return
        if phase == "unknown":
            if cycle is None and first:
                self.begin("running")
        elif self.waits(phase, reason) and (not promise.circuit or phase in promise.start):
            self.go_on("paused", place)
        elif phase in promise.start:
            self.go_on("running", place)

    def go_on(self, life: str, place: int) -> None:
        cycle = self.cycle
        if cycle is None:
            self.begin(life, place)
            return
        budget, _ = self.terms(cycle.version, cycle.started_at)
        outlived = budget is None and cycle.promise.on_change == "at_event"
        if not self.promise.resume or outlived:
            self.begin(life, place)
            self.unpromised = not self.open
            return
        if budget is not None:
            self.take_up(cycle, budget, self.tier(self.taken))
        self.turn(life)
        self.log.append((place, "reopened", ZERO))

    def promise_newly(self) -> None:
        """A promise begins with what makes it, if the ticket is in a phase in which it runs or waits."""
        promise, cycle = self.promise, self.cycle
        if self.open or (self.phase is None and not self.derived):
            return
        if cycle is not None and cycle.life == "stopped" and not self.unpromised:
            return
        if self.derived:
            if self.owed:
                self.begin("paused" if self.suspended else "running")
            return
        over = promise.stop | promise.cancel
        if self.phase in over or self.ended_by & over:
            return
        if self.waits(self.phase, self.reason) and (not promise.circuit or self.phase in promise.start):
            self.begin("paused")
        elif self.phase == "unknown" or self.phase in promise.start:
            self.begin("running")

    def hear_of_the_other(self, mark: Mark) -> None:
        """The clock that this one depends on has ended, or goes on after all."""
        cycle = self.cycle
        if not mark.begins:
            self.owed = False
            if self.open:
                self.end("cancelled")
            return
        self.owed = True
        if cycle is not None and cycle.open:
            if cycle.life == "paused":
                self.take_terms(mark.after)
            return
        self.taken, self.aged = max(mark.after, self.taken), self.at
        self.go_on("paused" if self.suspended else "running", mark.after)

    # -- cycles ----------------------------------------------------------------------------------------------------

    def begin(self, life: str, place: int | None = None) -> None:
        budget, tier = self.terms(self.version, self.at)
        if budget is None:
            return
        cycle = Cycle(len(self.cycles) + 1, tier, budget, self.at, self.version, self.promise, life)
        self.cycles.append(cycle)
        self.unpromised = False
        if life == "running" or budget < ZERO:
            self.look(cycle)
        if place is not None:
            self.log.append((place, "begun", ZERO))

    def turn(self, life: str) -> None:
        cycle = self.cycle
        assert cycle is not None
        cycle.life, cycle.stopped_at = life, None
        if cycle.promise.at_least:
            cycle.breached_at = None
        elif life == "running" and cycle.breached_at is None:
            cycle.used_up_at = None  # what was used up exactly before a wait is broken when it goes on
            self.look(cycle)

    def end(self, life: str, place: int | None = None) -> None:
        cycle = self.cycle
        assert cycle is not None
        cycle.life, cycle.stopped_at, self.unpromised = life, self.at, False
        if cycle.promise.at_least:
            cycle.breached_at = self.at if life == "stopped" and cycle.counted < cycle.budget else None
        if place is not None and life == "stopped":
            self.log.append((place, "ended", cycle.lasted))


def marks(other: Walk, over: timedelta) -> list[Mark]:
    """What a clock says to one that its end begins: where it stands when all of an instant has been taken."""
    found: list[Mark] = []
    ended: int | None = None
    for at in sorted({other.history[place].at for place, _, _ in other.log}):
        before, long, going = ended, False, ("", 0)
        for place, what, lasted in other.log:
            if other.history[place].at != at:
                continue
            if what == "ended":
                ended, long = place, lasted > over or not over
            else:
                ended, going = None, (what, place)
        if ended is not None and other.history[ended].at == at:
            found += [Mark(ended, True)] if long else []
        elif ended is None and before is not None and going[0] == "reopened":
            found.append(Mark(going[1], False))
    return found


def walked(
    name: str,
    versions: Sequence[tuple[datetime | None, Mapping[str, Promise]]],
    history: Sequence[Said],
    calendar: Calendar,
    now: datetime,
) -> list[Cycle]:
    """Every cycle of the target *name*; *versions* are those of the policy, each with all its targets."""
    own = [(since, promises[name]) for since, promises in versions]
    return Walk(own, history, calendar, now, _marks(own[-1][1], versions[-1][1], history, calendar, now)).walk()


def _marks(
    promise: Promise, promises: Mapping[str, Promise], history: Sequence[Said], calendar: Calendar, now: datetime
) -> list[Mark]:
    if not promise.begun_by:
        return []
    bare = replace(promises[promise.begun_by], recurring=False, at_least=False, on_change="at_event")
    other = Walk([(None, bare)], history, calendar, now, _marks(bare, promises, history, calendar, now), True)
    other.walk()
    return marks(other, promise.over)


def deadline(cycle: Cycle, calendar: Calendar, now: datetime) -> datetime | None:
    if cycle.breached_at is not None:
        return cycle.breached_at
    if cycle.promise.at_least or cycle.life in ("paused", "cancelled"):
        return None
    if cycle.used_up_at is not None:
        return cycle.used_up_at
    left = cycle.budget - cycle.counted
    return last_moment(cycle, calendar, used_up_at(calendar, cycle.stopped_at or now, left, STEP))


def last_moment(cycle: Cycle, calendar: Calendar, at: datetime) -> datetime:
    """*at*, when the budget is used up; of what is counted back, when time counts again: until then it is in time."""
    while cycle.promise.ahead and cycle.counted <= cycle.budget and not is_open(calendar, at):
        at += STEP
    return at
