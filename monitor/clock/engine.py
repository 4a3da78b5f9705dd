"""Turn one subject's events into readings and transitions.

Pure: `(events of one subject, its recorded transitions, rulebook, now) -> Outcome`. Called for a subject when an event
arrives or when its next threshold instant has come. `advance` is the list of the steps, each in a file of its own
(docs/architecture.md, "The way of one event"). The last one derives the *full* list of transitions from the readings
and compares it with the recorded one: it appends what is new and withdraws what no longer holds (semantics 13).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from monitor.clock import derived_starts, ticket_clock
from monitor.clock.contributions import Contribution, contributions
from monitor.clock.corrections import ENDS
from monitor.clock.own_instants import said
from monitor.clock.reading import RETIRED, Reading
from monitor.clock.timeline import Version
from monitor.history import Doubt, Event, Fact, History, Retirement, SourceMapping, interpret, retirement
from monitor.model import CircuitState, Life, Opening, SubjectKey, SubjectKind, TransitionKind
from monitor.policy import (
    AT_RISK_STAGE,
    BREACHED_STAGE,
    GUARDED,
    NO_RUNG,
    PACE_STAGE,
    Choices,
    KnownSubject,
    Policy,
    TargetRule,
    age_from,
    guarded_at,
    guarded_over_time,
    known_over_time,
    matters,
    terms,
    vocabulary,
)
from monitor.text import Vocabulary
from monitor.worktime import Calendar, WorkingTime


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Everything but history that an answer depends on. `version` changes whenever any part does.

    `policies` are the versions of the policy, oldest first; a clock is judged by the one in force when it started.
    """

    version: str
    policies: tuple[Policy, ...]
    mappings: Mapping[str, SourceMapping]
    working_times: Mapping[str, WorkingTime]
    since: tuple[datetime | None, ...] = (None,)
    """From when each of `policies` is in force; the first one also judges what began before its date."""
    choices: Choices = field(default_factory=dict, compare=False, repr=False)
    words: Vocabulary = field(init=False, compare=False, repr=False)
    """The words that any version knows, in the spelling of the newest."""
    counted: tuple[TargetRule, ...] = field(init=False, compare=False, repr=False)
    """The targets that count several subjects together."""
    instants: Mapping[str, tuple[str, ...]] = field(init=False, compare=False, repr=False)
    """By target, the instants that its lists name in any version, in the order of the newest that declares them."""
    choosing: frozenset[str] = field(init=False, compare=False, repr=False)
    """The attributes that any version looks at (`Policy.choosing`)."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "counted", tuple(rule for rule in self.rules if rule.counting is not None))
        object.__setattr__(self, "words", vocabulary(self.policies))
        object.__setattr__(self, "choosing", frozenset(name for policy in self.policies for name in policy.choosing))
        named: dict[str, tuple[str, ...]] = {}
        for policy in reversed(self.policies):
            for rule in policy.targets:
                named[rule.name] = tuple(dict.fromkeys((*named.get(rule.name, ()), *rule.instants)))
        object.__setattr__(self, "instants", {name: instants for name, instants in named.items() if instants})

    @property
    def policy(self) -> Policy:
        """The newest version; pages and explanations show its ladders, names and reasons."""
        return self.policies[-1]

    @property
    def rules(self) -> tuple[TargetRule, ...]:
        """Every target of any version, each once, as its newest version has it."""
        found = {rule.name: rule for policy in self.policies for rule in policy.targets}
        return tuple(found.values())

    @property
    def declared(self) -> tuple[str, ...]:
        """The attributes that any version of the policy declares."""
        return tuple(dict.fromkeys(name for policy in self.policies for name in policy.attributes))

    @property
    def rungs(self) -> dict[str, frozenset[str]]:
        """The rungs that any version knows, per ladder."""
        found: dict[str, frozenset[str]] = {}
        for policy in self.policies:
            for ladder, rungs in policy.rungs.items():
                found[ladder] = found.get(ladder, frozenset()) | rungs
        return found

    @property
    def corrected(self) -> dict[str, str]:
        """The label of each version that one of `policies` corrects, with the label of that one."""
        mine = {policy.label for policy in self.policies}
        found = {f"{policy.id}@{version}": policy.label for policy in self.policies for version in policy.corrects}
        return {old: new for old, new in found.items() if old not in mine}

    def mapping(self, source: str) -> SourceMapping:
        return self.mappings.get(source, _NO_MAPPING)


_NO_MAPPING = SourceMapping()
_ALWAYS = WorkingTime(Calendar("always", always=True))


@dataclass(frozen=True, slots=True)
class Transition:
    """What happened to a clock, dated by the instant it is true for.

    Its identity is all fields but `because`, `tier` and `assurance` (semantics 13). `stage` of a `cancelled` one is
    `retired` where its subject is gone for good.
    """

    target: str
    cycle: int
    kind: TransitionKind
    stage: str
    at: datetime
    because: str = ""
    tier: str = NO_RUNG
    assurance: str = NO_RUNG

    @property
    def identity(self) -> tuple[str, int, TransitionKind, str, datetime]:
        return (self.target, self.cycle, self.kind, self.stage, self.at)


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject at an instant: its attributes, status and state, in the words of the policy."""

    key: SubjectKey
    kind: SubjectKind
    attributes: Mapping[str, str] = field(default_factory=dict)
    status: str | None = None
    opened_at: datetime | None = None
    circuit_state: CircuitState | None = None
    since: datetime | None = None
    retired: Retirement | None = None
    """That it is gone for good; a circuit that is has no state."""

    @property
    def tier(self) -> str:
        return self.attributes.get("tier", NO_RUNG)

    @property
    def assurance(self) -> str:
        return self.attributes.get("assurance", NO_RUNG)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The engine's result for one subject: every cycle's reading, and the transitions not recorded yet.

    `look_again_at` is the first later instant at which something known already begins to count.
    """

    subject: Subject
    readings: tuple[Reading, ...]
    transitions: tuple[Transition, ...]
    doubts: tuple[Doubt, ...]
    look_again_at: datetime | None = None
    unread: tuple[Doubt, ...] = ()
    """The last words of an open subject that are not understood and on which its promises depend."""
    contributions: tuple[Contribution, ...] = ()
    """What the subject adds to what is counted of several; of a group itself, nothing."""
    history: History | None = field(default=None, compare=False, repr=False)
    """The facts of which the readings are made; kept only where nothing but readings was asked for."""

    @property
    def next_at(self) -> datetime | None:
        return min((reading.next_at for reading in self.readings if reading.next_at is not None), default=None)


def advance(
    events: Sequence[Event],
    recorded: Iterable[Transition] | None,
    rules: Rulebook,
    now: datetime,
    *,
    undo: bool = False,
) -> Outcome:
    """Say where every clock of one subject stands at *now*, and what has happened that is not recorded yet.

    *events* are all events of the subject, in any order; those after *now* are left out. With *undo* recorded
    transitions after *now* are withdrawn where they do not hold: the clock by which they were judged was wrong. With
    *recorded* None there are no transitions, and the outcome keeps the history: that is for explanations.
    """
    known = [event for event in events if event.at <= now]
    kind = events[0].kind
    history = interpret(known, rules.mapping(events[0].source), rules.words)
    subject = _subject(events[0], history, rules, now)
    unread = tuple(_unread(history, kind, rules)) if history.unread else ()
    readings = tuple(read_all(history, rules, now, kind))
    again_at = _look_again_at(events, history, rules, now)
    adds = added(subject.key, kind, history, readings, rules, now) if rules.counted else ()
    if recorded is None:
        return Outcome(subject, readings, (), history.doubts, again_at, unread, adds, history)
    fresh = compare(transitions(readings), recorded, None if undo else now)
    return Outcome(subject, readings, fresh, history.doubts, again_at, unread, adds)


def added(
    key: SubjectKey, kind: SubjectKind, history: History, readings: Sequence[Reading], rules: Rulebook, now: datetime
) -> tuple[Contribution, ...]:
    """What one subject adds by *now* to what is counted of several."""
    return contributions(key, kind, history, readings, rules.counted, rules.policy, now)


def _as_guarded(history: History, rules: Rulebook, now: datetime) -> Mapping[str, str]:
    """What is known of the subject at *now*, with the guarded period that it is in."""
    periods, attributes = rules.policy.guarded, history.attributes
    if not periods:
        return attributes
    found = guarded_at({**history.own, **attributes}, periods, now).get(GUARDED)
    return attributes if found is None else {**attributes, GUARDED: found}


def _subject(first: Event, history: History, rules: Rulebook, now: datetime) -> Subject:
    circuit = first.kind is SubjectKind.CIRCUIT
    gone = retirement(history)
    state, since = history.circuit_state if circuit and gone is None else (None, None)
    return Subject(
        key=first.key,
        kind=first.kind,
        attributes=rules.policy.graded(_as_guarded(history, rules, now)),
        status=next((fact.status for fact in reversed(history.facts) if fact.status is not None), None),
        opened_at=history.facts[0].at if history.facts and not circuit else None,
        circuit_state=state,
        since=since,
        retired=gone,
    )


def _unread(history: History, kind: SubjectKind, rules: Rulebook) -> Iterator[Doubt]:
    """The words that stand in the way of a promise to an open subject; a circuit is open for as long as it is known."""
    last = next((fact.phase for fact in reversed(history.facts) if fact.phase is not None), None)
    if retirement(history) is not None or (kind is not SubjectKind.CIRCUIT and (last is None or last in ENDS)):
        return
    for name, doubt in history.unread.items():
        if name in rules.choosing and matters(rules.policy, rules.words, kind, name, history.attributes):
            yield doubt


def _look_again_at(events: Sequence[Event], history: History, rules: Rulebook, now: datetime) -> datetime | None:
    """The first instant after *now* at which something begins to count that is known already.

    That is an event's own instant, an opening or another instant that it announces, and for an open subject the coming
    into force of a version of the policy or of a row that holds from an age on.
    """
    believed = rules.mapping(events[0].source).opened_at is Opening.BELIEVED
    stated = [(event.at, event.or_at, event.opened_at if believed else None) for event in events]
    instants = [at for each in stated for at in each if at is not None]
    if rules.instants:
        listed = {name for names in rules.instants.values() for name in names}
        instants += [one.at for one in said(history.facts, listed).values()]
    last = next((fact for fact in reversed(history.facts) if fact.phase is not None), None)
    if last is not None and last.phase not in ENDS:
        first = next(fact for fact in history.facts if fact.phase is not None)
        instants += [at for at in rules.since if at is not None]
        instants += [at for period in rules.policy.guarded for at in (period.since, period.until)]
        for rule in rules.rules:
            of_clock = any(row.of_clock for row in rule.rows)
            begun = age_from(rule, facts_of(rule, history, rules, now)) if of_clock else first.at
            instants += [begun + row.after for row in rule.rows if row.after and begun is not None]
    return min((at for at in instants if at > now), default=None)


def read_all(
    history: History, rules: Rulebook, now: datetime, kind: SubjectKind = SubjectKind.TICKET
) -> Iterator[Reading]:
    """Every cycle of every target that the policy gives a subject of this kind."""
    for facts, versions in list(_promised(history, rules, now, kind)):
        yield from ticket_clock.judged(facts, versions, now)


def _promised(
    history: History, rules: Rulebook, now: datetime, kind: SubjectKind
) -> Iterator[tuple[Sequence[Fact], Sequence[Version]]]:
    """Of every target the facts that move its clock, and its terms under every version of the policy."""
    over_time: Sequence[KnownSubject] = known_over_time(history.facts, rules.choosing, history.own)
    if rules.policy.guarded:
        over_time = guarded_over_time(over_time, rules.policy.guarded)
    for rule in rules.rules:
        if rule.of is not kind:
            continue
        facts = facts_of(rule, history, rules, now)
        aged = facts if rule.started_by is None else history.facts  # an age is the subject's, not the clock's
        yield facts, _versions(rule, rules, aged, over_time)


def facts_of(rule: TargetRule, history: History, rules: Rulebook, now: datetime) -> Sequence[Fact]:
    """The facts that move the clock of *rule*, in the order of their instants."""
    if history.corrections or rule.begins or rule.started_by is not None or rule.name in rules.instants:
        return derived_starts.facts_of(
            rule, history.facts, history.corrections, rules.policy, _ALWAYS, now, rules.instants
        )  # fmt: skip
    return history.facts


def _versions(
    rule: TargetRule, rules: Rulebook, facts: Sequence[Fact], over_time: Sequence[KnownSubject]
) -> list[Version]:
    """The target's terms under every version of the policy; a version without the target promises nothing."""
    found = []
    for policy, since in zip(rules.policies, rules.since, strict=True):
        own = policy.rule(rule.name) or replace(rule, rows=())
        found.append(Version(since, terms(own, policy, facts, rules.working_times, over_time, rules.choices)))
    return found


def transitions(readings: Iterable[Reading]) -> Iterator[Transition]:
    """The full list of transitions, derived from readings alone."""
    for reading in readings:
        for kind, stage, at, because in _happenings(reading):
            yield Transition(
                reading.target.name, reading.cycle, kind, stage, at, because, reading.tier, reading.assurance
            )


def _happenings(reading: Reading) -> Iterator[tuple[TransitionKind, str, datetime, str]]:
    first = reading.intervals[0].because if reading.intervals else ""
    yield TransitionKind.STARTED, "", reading.started_at, first
    before: Life | None = None
    for part in reading.intervals:
        if part.life is Life.PAUSED and before is not Life.PAUSED:
            yield from _reopened(before, part.start, part.because)
            yield TransitionKind.PAUSED, "", part.start, part.because
        elif part.life is Life.RUNNING and before in (Life.STOPPED, Life.CANCELLED):
            yield from _reopened(before, part.start, part.because)
        elif part.life is Life.RUNNING and before is Life.PAUSED:
            yield TransitionKind.RESUMED, "", part.start, part.because
        elif part.life in (Life.STOPPED, Life.CANCELLED):
            why = RETIRED if part.life is Life.CANCELLED and part.reason == RETIRED else ""
            yield _ending(part.life, part.start, reading), why, part.start, part.because
        before = part.life
    for crossing in reading.crossings:
        kind = TransitionKind.AT_RISK if crossing.stage == AT_RISK_STAGE else TransitionKind.CROSSED
        yield kind, "" if kind is TransitionKind.AT_RISK else crossing.stage, crossing.at, ""
    if reading.pace is not None:
        yield from ((TransitionKind.SUBSIDED, PACE_STAGE, at, "") for at in reading.pace.ends)
    if reading.breached_at is not None:
        yield TransitionKind.BREACHED, BREACHED_STAGE, reading.breached_at, ""
    if reading.stopped_at is not None:
        why = RETIRED if reading.retired else ""
        yield _ending(reading.life, reading.stopped_at, reading), why, reading.stopped_at, ""


def _reopened(before: Life | None, at: datetime, because: str) -> Iterator[tuple[TransitionKind, str, datetime, str]]:
    if before in (Life.STOPPED, Life.CANCELLED):
        yield TransitionKind.REOPENED, "", at, because


def _ending(life: Life, at: datetime, reading: Reading) -> TransitionKind:
    if life is Life.CANCELLED:
        return TransitionKind.CANCELLED
    late = reading.breached_at is not None and reading.breached_at <= at
    return TransitionKind.ENDED_LATE if late else TransitionKind.MET


def compare(
    derived: Iterable[Transition], recorded: Iterable[Transition], now: datetime | None
) -> tuple[Transition, ...]:
    """The transitions to append to *recorded* so that it holds exactly *derived*, oldest first.

    Nothing is edited: a recorded transition that no longer holds gets a `withdrawn` row at the same instant, whose
    stage is `kind:stage` of what it withdraws. One that holds again after that is appended again. Recorded transitions
    after *now* are left alone; with None there are none.
    """
    holding: dict[tuple[str, int, TransitionKind, str, datetime], Transition] = {}
    for old in recorded:
        if old.kind is TransitionKind.WITHDRAWN:
            kind, _, stage = old.stage.partition(":")
            holding.pop((old.target, old.cycle, TransitionKind(kind), stage, old.at), None)
        else:
            holding[old.identity] = old
    wanted = {new.identity: new for new in derived}
    fresh = [new for identity, new in wanted.items() if identity not in holding]
    gone = [
        Transition(
            old.target, old.cycle, TransitionKind.WITHDRAWN, f"{old.kind}:{old.stage}", old.at, "",
            old.tier, old.assurance,
        )
        for identity, old in holding.items()
        if identity not in wanted and (now is None or old.at <= now)
    ]  # fmt: skip
    return tuple(sorted((*gone, *fresh), key=lambda item: item.at))
