"""Judge a ticket's or circuit's history by the documents alone: slow and obvious, half an hour at a time.

Written from `docs/concepts.md`, `docs/semantics.md` and `docs/configuration.md`. It shares nothing with `monitor`: its
rules, its words and its readings are its own, and it works on what a source says, before any mapping. A difference
between the two is a fault in one of them. What is heard in which order is in `oracle_statements`, which row holds in
`oracle_terms`, how a cycle counts in `oracle_cycle`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tests.support.oracle_cycle import Cycle
from tests.support.oracle_law import OWN_INSTANTS, STATES, STEP, WORDS, ZERO, Edition, Promise, Said, Time
from tests.support.oracle_statements import LIFE, Told
from tests.support.oracle_terms import Held, Terms


@dataclass(frozen=True)
class Law:
    """The versions of a policy, each with the instant from which it is in force, and its calendars."""

    editions: Sequence[tuple[datetime | None, Edition]]
    calendars: Mapping[str, Time]
    subject: str


@dataclass(frozen=True)
class Mark:
    """What the end of another target says to a derived clock, right after a statement, or at the end of its instant."""

    at: datetime
    after: str  # the statement's name; of an instant "": after all else of its time
    begins: bool


class Walk:
    """The way of one target's clock through one history."""

    def __init__(
        self,
        law: Law,
        promise: Promise,
        told: Told,
        marks: Sequence[Mark] = (),
        follows_only: bool = False,
    ) -> None:
        self.law, self.lists, self.told, self.marks, self.now = law, promise, told, marks, told.now
        self.history = told.heard(promise)
        self.follows_only = follows_only  # no budget: only what ends it is of interest
        aged = told.of_subject() if promise.begun_by else self.history
        self.opened = next((one.at for one in aged if one.status is not None and not one.left_out), None)
        editions = [edition for _, edition in law.editions]
        self.terms = Terms(
            promise.name, editions, self.history, self.opened, law.calendars, law.subject if promise.circuit else ""
        )
        self.version = 0
        self.taken = -1  # the statements up to this one have brought their terms
        self.aged = self.at = self.now
        self.cycles: list[Cycle] = []
        self.log: list[tuple[Mark, str, timedelta]] = []  # where; ended, reopened or begun; for how long it was open
        self.says = told.says(promise.name)
        self.mode: str | None = None  # what corrections say of the instant
        self.gone = False  # retired, and nobody has said since that it lives
        self.begin_a_life()

    def begin_a_life(self) -> None:
        """Nothing is owed to what was before."""
        self.first = len(self.cycles)  # the cycles before it are of an earlier life
        self.phase: str | None = None  # the last one understood, or "unknown" after a wait
        self.reason: str | None = None
        self.ended_by: set[str] = set()  # said since: ends, for those that list them
        self.heard: list[str] = []  # every phase and instant
        self.ender: str = ""  # what ended the cycle, if a statement did
        self.unpromised = False  # the ticket was reopened while nothing was promised
        self.owed = False  # of a derived clock: the other has ended
        self.suspended = False  # of a derived clock: the source last said a reason to wait

    # -- what holds ------------------------------------------------------------------------------------------------

    @property
    def promise(self) -> Promise:
        """The newest version's."""
        return self.lists if self.follows_only else self.law.editions[self.version][1].promises[self.lists.name]

    @property
    def derived(self) -> bool:
        return bool(self.lists.begun_by)

    @property
    def ends(self) -> frozenset[str]:
        """What ends the clock; a corrected end always does."""
        return self.promise.stop | self.promise.cancel | {"over"}

    @property
    def cycle(self) -> Cycle | None:
        return self.cycles[-1] if len(self.cycles) > self.first else None

    @property
    def open(self) -> bool:
        return self.cycle is not None and self.cycle.open

    def held(self, version: int, upto: int | None = None) -> Held:
        if self.follows_only:
            return Held(None, "none")
        return self.terms.held(version, self.taken if upto is None else upto, self.aged)

    def budget(self, held: Held, promise: Promise, began: datetime, counted: timedelta = ZERO) -> timedelta | None:
        if self.follows_only:
            return timedelta(days=30_000)
        return self.terms.budget(promise, held, began, self.at, counted)

    # -- the walk --------------------------------------------------------------------------------------------------

    def walk(self) -> list[Cycle]:
        turns = [since for since, _ in self.law.editions[1:] if since is not None and since <= self.now]
        marked = [mark.at for mark in self.marks if mark.at <= self.now]
        self.at = min([said.at for said in self.history] + turns + marked, default=self.now)
        self.aged = self.at - STEP
        said_at: dict[datetime, list[int]] = {}
        for place, said in enumerate(self.history):
            said_at.setdefault(said.at, []).append(place)
        edges = self.terms.edges() if not self.follows_only else set()
        while True:
            self.come_to(said_at.get(self.at, []), by_time=self.at in edges)
            if self.at >= self.now:
                return self.cycles
            if self.cycle is not None:
                self.cycle.live(self.at)
            self.at += STEP

    def come_to(self, places: Sequence[int], by_time: bool) -> None:
        """All that happens at the instant that the walk has come to."""
        if self.cycle is not None and self.cycle.open:
            self.cycle.near(self.at)
        for number, (since, _) in enumerate(() if self.follows_only else self.law.editions):
            if since is not None and number > self.version and since <= self.at:
                self.version = number
                self.promise_newly()
        before, self.mode = self.mode, self.says(self.at)
        last = places[-1] if places else self.taken
        names = {self.history[place].name for place in places}
        for mark in self.marks:
            if mark.at == self.at and mark.after and mark.after not in names:  # a corrected end of the other alone
                self.hear_of_the_other(mark, self.taken)
        for place in places:
            self.take(place)
            self.hear_marks(self.history[place].name, place)
        self.hear_marks("", last)
        self.correct(before)
        if places or by_time:
            self.take_terms(last)

    def correct(self, before: str | None) -> None:
        """Nothing runs in time that was excluded, and nothing waits in time that was no wait."""
        cycle = self.cycle
        if before == self.mode or cycle is None or not cycle.open:
            return
        life = "paused" if self.rests(cycle) else "running"
        if life != cycle.life:
            self.turn(life)

    def rests(self, cycle: Cycle | None = None) -> bool:
        """Whether the clock waits as the subject stands."""
        if self.derived:
            if cycle is not None and cycle.until:
                return False
            return self.mode == "exclude" or (self.suspended and self.mode is None)
        return self.waits(self.phase, self.reason, cycle)

    def hear_marks(self, after: str, place: int) -> None:
        for mark in self.marks:
            if mark.at == self.at and mark.after == after:
                self.hear_of_the_other(mark, place)

    # -- terms -----------------------------------------------------------------------------------------------------

    def take_terms(self, upto: int) -> None:
        """Let what the statements up to *upto* said of terms hold, one after the other, and what time brings by now."""
        for place in [self.taken, *range(self.taken + 1, upto + 1)]:
            before, cycle = self.held(self.version), self.cycle
            was = None if cycle is None else self.held(cycle.version)
            self.taken, self.aged = place, self.at
            if cycle is not None and was is not None and cycle.open:
                now = self.held(cycle.version)
                if now.what != was.what:
                    self.change(cycle, now)
            if not self.open and self.held(self.version).what != before.what:
                self.promise_newly()

    def change(self, cycle: Cycle, held: Held) -> None:
        if held.row is None and not self.follows_only:
            if cycle.promise.on_change == "at_event":
                self.end("cancelled")
        else:
            self.take_up(cycle, held)

    def take_up(self, cycle: Cycle, held: Held) -> None:
        """Go on under other terms, as far as the target lets a change have effect; what has counted stays."""
        if self.follows_only or held.row is None:
            return
        budget = self.budget(held, cycle.promise, cycle.started_at, cycle.counted)
        assert budget is not None
        how = cycle.promise.on_change
        if how == "at_start" or (how == "strictest" and budget >= cycle.budget):
            return
        dated = cycle.until
        cycle.take(budget, held.tier, held.stages, self.terms.time(cycle.promise, held), held.until, self.at)
        if cycle.open and dated is not held.until:
            life = "paused" if self.rests(cycle) else "running"
            if life != cycle.life and (held.until or life == "paused"):
                self.turn(life)

    # -- statements ------------------------------------------------------------------------------------------------

    def take(self, place: int) -> None:
        """One statement: an end is judged by the terms before it, everything else by the terms after it."""
        said = self.history[place]
        if said.status == "retired":
            self.retire(said)
            return
        if self.gone:
            if said.status not in LIFE:
                return
            self.gone = False
        if said.instant:
            if not said.left_out:
                self.take_instant(place)
            return
        phase, reason = self.understood(place)
        if self.open:
            self.take_while_open(said, phase, reason, place)
        elif self.derived:
            self.note(phase, reason)
        elif phase is not None:
            self.begin_under_new_terms(place, phase, reason)

    def retire(self, said: Said) -> None:
        """What is open ends, after a feedback; and nothing begins until the subject lives again."""
        cycle = self.cycle
        counts = said.feedback and (self.promise.at_least or self.promise.recurring)
        if cycle is not None and cycle.open and counts:
            self.count_feedback(cycle)
        if self.open:
            self.end("cancelled")
        self.begin_a_life()
        self.gone = True

    def begin_under_new_terms(self, place: int, phase: str, reason: str | None) -> None:
        first = self.phase is None and not (self.ended_by & self.ends)
        known, others = self.phase, self.bring(self.with_what_states_it(place))
        self.note(phase, reason)
        self.begin_by(phase, reason, place, first, known)
        if not self.open and others:
            self.promise_newly()

    def bring(self, upto: int) -> bool:
        """Let the terms of the statements up to *upto* hold; whether others came, if only for no time."""
        others = False
        for place in [self.taken, *range(self.taken + 1, upto + 1)]:
            before = self.held(self.version)
            self.taken, self.aged = place, self.at
            others = others or self.held(self.version).what != before.what
        return others

    def with_what_states_it(self, place: int) -> int:
        """The place of a statement; of an opening or an instant, that of what states it, if that is of its time."""
        stated = [n for n, one in enumerate(self.history) if one.name == self.history[place].stated_by]
        return max([place, *(n for n in stated if self.history[n].at == self.at)])

    def take_instant(self, place: int) -> None:
        """An instant moves a clock that lists it. It is no phase: the ticket stays where it was, and waits on."""
        name, promise, cycle = self.history[place].instant, self.promise, self.cycle
        if cycle is not None and cycle.open:
            ends = name in promise.stop | promise.cancel
            if ends:
                self.note_instant(name)
                self.end("cancelled" if name in promise.cancel else "stopped", place)
                self.owed = False
            elif name in promise.reset:
                self.take_terms_then(self.with_what_states_it(place), lambda: self.reset_by_instant(name))
            else:
                self.note_instant(name)
            return
        if self.derived:
            self.note_instant(name)
            self.owed = self.owed and name not in promise.stop | promise.cancel
            return
        others, over = self.bring(self.with_what_states_it(place)), self.phase in self.ends
        if cycle is None:
            over = over or bool(self.ended_by & self.ends)
        self.note_instant(name)
        if name in promise.start and not over:
            self.go_on("paused" if self.waits(self.phase, self.reason) else "running", place)
        if not self.open and others:
            self.promise_newly()

    def note_instant(self, name: str) -> None:
        self.ended_by.add(name)
        self.heard.append(name)

    def reset_by_instant(self, name: str) -> None:
        assert self.cycle is not None
        life = self.cycle.life
        self.note_instant(name)
        self.end("stopped")
        self.begin(life)

    def take_while_open(self, said: Said, phase: str | None, reason: str | None, place: int) -> None:
        cycle = self.cycle
        assert cycle is not None
        promise = cycle.promise
        counts = said.feedback and (promise.recurring or promise.at_least)
        if phase is not None and phase in promise.stop | promise.cancel | {"over"}:
            if counts:
                self.count_feedback(cycle)
            self.note(phase, reason)
            if self.open:
                self.end("cancelled" if phase in promise.cancel else "stopped", place, phase)
        elif not counts and not self.moves(cycle, phase, reason):
            self.note(phase, reason)
        else:
            self.take_terms_then(place, lambda: self.do(said, phase, reason, counts))

    def take_terms_then(self, place: int, do: object) -> None:
        """Do something to an open clock under the terms that the statements up to *place* bring."""
        cycle = self.cycle
        assert cycle is not None
        assert callable(do)
        if self.loses(cycle, place):
            do()
            self.take_terms(place)  # a promise that ends with the statement ends after all else that it says
            return
        changes = list(self.bring_terms(cycle, place))
        do()
        for held in changes if self.cycle is cycle and cycle.open else ():
            self.take_up(cycle, held)

    def loses(self, cycle: Cycle, place: int) -> bool:
        """Whether time, or the statements up to *place*, end what is promised to a cycle."""
        if self.follows_only or cycle.promise.on_change != "at_event":
            return False
        places = [self.taken, *range(self.taken + 1, place + 1)]
        return any(self.terms.held(cycle.version, one, self.at).row is None for one in places)

    def bring_terms(self, cycle: Cycle, place: int) -> Iterator[Held]:
        """Let the terms of the statements up to *place* hold, and say what they make of a cycle's."""
        was = self.held(cycle.version)
        for one in [self.taken, *range(self.taken + 1, place + 1)]:
            self.taken, self.aged = one, self.at
            now = self.held(cycle.version)
            if now.what != was.what:
                yield now
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
        if said.status is None or said.left_out:
            return None, None
        if said.over:
            return "over", None
        if not self.promise.circuit:
            known = said.status == "held" and said.reason in ("customer", "part")
            return said.status if said.status in WORDS else "unknown", said.reason if known else None
        state, excuse, before, silent = None, None, None, False
        for other in self.history[: place + 1]:
            before = excuse
            if other.over:
                continue
            if other.status == "retired":
                state, excuse, silent = None, None, False
            elif other.status in STATES:
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
        self.heard.append(phase)
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
        if phase in self.ends:
            self.owed, self.suspended = False, self.suspended and phase == "delivered"
        elif phase != "delivered":
            self.suspended = phase == "held" and reason in self.promise.pause

    def waits(self, phase: str | None, reason: str | None, cycle: Cycle | None = None) -> bool:
        """Whether the clock waits in this phase; no wait moves a date that was agreed."""
        if cycle is not None and cycle.until:
            return False
        return self.mode == "exclude" or (self.mode is None and self.listed_wait(phase, reason))

    def listed_wait(self, phase: str | None, reason: str | None) -> bool:
        return reason in self.promise.pause and (phase == "held" or self.promise.circuit)

    def moves(self, cycle: Cycle, phase: str | None, reason: str | None) -> bool:
        """Whether a phase that ends nothing makes an open clock do something else."""
        if phase is None or phase == "delivered":
            return False
        return self.resets(phase) or (cycle.life == "paused") is not self.waits(phase, reason, cycle)

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
        elif (cycle.life == "paused") is not self.waits(phase, reason, cycle):
            self.turn("running" if cycle.life == "paused" else "paused")

    def begin_by(self, phase: str, reason: str | None, place: int, first: bool, known: str | None) -> None:
        """What a phase does where no clock is open. *first*: nobody has said where the ticket is before."""
        promise, cycle = self.promise, self.cycle
        if phase in self.ends | {"delivered"} or not promise.begun_by_phases:
            return
        if self.ender in OWN_INSTANTS and phase == known:
            return  # it is only repeated
        if phase == "unknown":
            if cycle is None and first:
                self.begin("running")
        elif self.listed_wait(phase, reason) and (not promise.circuit or phase in promise.start):
            self.go_on("paused" if self.mode != "count" else "running", place)
        elif phase in promise.start:
            self.go_on("running", place)

    def go_on(self, life: str, place: int) -> None:
        cycle = self.cycle
        if cycle is None:
            self.begin(life, place)
            return
        if cycle.promise.reopen == "never" and self.ender:
            return
        held = self.held(cycle.version)
        promised = held.row is not None or self.follows_only
        outlived = not promised and cycle.promise.on_change == "at_event"
        another = cycle.promise.reopen == "new_cycle" or (cycle.until and cycle.promise.reopen == "resume")
        if another or outlived:
            self.begin(life, place)
            self.unpromised = not self.open
            return
        if promised:
            self.take_up(cycle, held)
        self.turn("running" if cycle.until else life)
        self.log.append((self.here(place), "reopened", ZERO))

    def promise_newly(self) -> None:
        """A promise begins with what makes it, if the ticket is in a phase in which it runs or waits."""
        promise, cycle = self.promise, self.cycle
        if self.open or self.gone:
            return
        if cycle is not None and cycle.life == "stopped" and not self.unpromised:
            return
        if cycle is not None and cycle.promise.reopen == "never" and self.ender:
            return
        if self.derived:
            if self.owed:
                self.begin("paused" if self.rests() else "running")
            return
        if self.phase in self.ends or self.ended_by & self.ends:
            return
        waits = self.listed_wait(self.phase, self.reason)
        if waits and promise.begun_by_phases and (not promise.circuit or self.phase in promise.start):
            self.begin("paused" if self.mode != "count" else "running")
        elif (self.phase == "unknown" and promise.begun_by_phases) or self.phase in promise.start:
            self.begin("running")
        elif self.came(promise):
            self.begin("paused" if self.rests() else "running")

    def came(self, promise: Promise) -> bool:
        """Whether an instant came that begins the clock, and nothing since that ends it."""
        for heard in reversed(self.heard):
            if heard in self.ends:
                return False
            if heard in OWN_INSTANTS and heard in promise.start:
                return True
        return False

    def hear_of_the_other(self, mark: Mark, place: int) -> None:
        """The clock that this one depends on has ended, or goes on after all."""
        cycle = self.cycle
        if not mark.begins:
            self.owed = False
            if self.open:
                self.end("cancelled")
            return
        if self.gone:
            return
        self.owed = True
        if cycle is not None and cycle.open:
            if cycle.life == "paused":
                self.take_terms(place)
            return
        self.taken, self.aged = max(place, self.taken), self.at
        self.go_on("paused" if self.rests() else "running", place)

    # -- cycles ----------------------------------------------------------------------------------------------------

    def begin(self, life: str, place: int | None = None) -> None:
        held = self.held(self.version)
        budget = self.budget(held, self.promise, self.at)
        if budget is None:
            return
        time = self.law.calendars["always"] if self.follows_only else self.terms.time(self.promise, held)
        life = "running" if held.until else "paused" if self.mode == "exclude" else life
        cycle = Cycle(
            len(self.cycles) + 1, held.tier, budget, self.at, self.version, self.promise, time, held.stages,
            held.until, life,
        )  # fmt: skip
        self.cycles.append(cycle)
        self.unpromised, self.ender = False, ""
        if life == "running" or budget < ZERO:
            cycle.look(self.at)
        if place is not None:
            self.log.append((self.here(place), "begun", ZERO))

    def turn(self, life: str) -> None:
        cycle = self.cycle
        assert cycle is not None
        life = "paused" if self.mode == "exclude" and not cycle.until else life
        cycle.life, cycle.stopped_at, self.ender = life, None, ""
        if cycle.promise.at_least:
            cycle.breached_at = None
        elif life == "running" and cycle.breached_at is None:
            cycle.used_up_at = None  # what was used up exactly before a wait is broken when it goes on
            cycle.look(self.at)
        elif life == "running":
            cycle.look(self.at)

    def end(self, life: str, place: int | None = None, ender: str = "") -> None:
        cycle = self.cycle
        assert cycle is not None
        cycle.life, cycle.stopped_at, self.unpromised = life, self.at, False
        self.ender = ender or (self.history[place].instant if place is not None else "")
        if cycle.promise.at_least:
            cycle.breached_at = self.at if life == "stopped" and cycle.counted < cycle.budget else None
        if place is not None and life == "stopped":
            self.log.append((self.here(place), "ended", cycle.lasted))

    def here(self, place: int) -> Mark:
        """A mark right after a statement; where an instant or another clock's end is heard, after all else."""
        said = self.history[place]
        return Mark(self.at, "" if said.instant or said.at != self.at else said.name, True)


def marks(other: Walk, over: timedelta) -> list[Mark]:
    """What a clock says to one that its end begins: where it stands when all of an instant has been taken."""
    found: list[Mark] = []
    ended: Mark | None = None
    gone = {said.at for said in other.history if said.status == "retired"}
    for at in sorted({mark.at for mark, _, _ in other.log}):
        before, long, going = ended, False, ("", Mark(at, "", True))
        for mark, what, lasted in other.log:
            if mark.at != at:
                continue
            if what == "ended":
                ended, long = mark, lasted > over or not over
            elif ended is not None:  # from here on it was no end
                ended, going = None, (what, mark)
        if ended is not None and ended.at == at:
            found += [ended] if long and at not in gone else []
        elif ended is None and before is not None and going[0] == "reopened":
            found.append(replace(going[1], begins=False))
    return found


def walked(law: Law, name: str, told: Told) -> list[Cycle]:
    """Every cycle of the target *name*."""
    promise = law.editions[-1][1].promises[name]
    return Walk(law, promise, told, _marks(law, promise, told)).walk()


def _marks(law: Law, promise: Promise, told: Told) -> list[Mark]:
    if not promise.begun_by:
        return []
    other = law.editions[-1][1].promises[promise.begun_by]
    bare = replace(other, recurring=False, at_least=False, on_change="at_event", ahead=False)
    walk = Walk(law, bare, told, _marks(law, other, told), follows_only=True)
    walk.walk()
    return marks(walk, promise.over)
