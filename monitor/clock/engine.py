"""Turn one subject's events into readings and transitions.

Pure: `(events of one subject, its recorded transitions, rulebook, now) -> Outcome`. Called for a subject when an event
arrives or when its next threshold instant has come. `advance` is the list of the steps, each in a file of its own
(docs/architecture.md, "The way of one event"). The last one derives the *full* list of transitions from the readings
and compares it with the recorded one: it appends what is new and withdraws what no longer holds (semantics 13).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from monitor.clock import derived_starts, ticket_clock
from monitor.clock.contributions import Contribution, contributions
from monitor.clock.corrections import ENDS
from monitor.clock.own_instants import said
from monitor.clock.reading import RETIRED, Interval, Reading
from monitor.clock.state_machine import first_party
from monitor.clock.timeline import Version
from monitor.history import (
    Doubt,
    Event,
    Fact,
    History,
    PastChangesError,
    Retirement,
    SourceMapping,
    interpret,
    retirement,
)
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
    Term,
    age_from,
    guarded_at,
    guarded_over_time,
    known_over_time,
    known_since,
    matters,
    terms,
    vocabulary,
)
from monitor.text import Vocabulary
from monitor.worktime import Calendar, WorkingTime

if TYPE_CHECKING:
    from monitor.clock.checkpoint import Checkpoint


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
    of_kind: Mapping[SubjectKind, tuple[TargetRule, ...]] = field(init=False, compare=False, repr=False)
    """The targets of each kind of subjects, in the order of `rules`."""

    def __post_init__(self) -> None:
        rules = self.rules
        object.__setattr__(self, "counted", tuple(rule for rule in rules if rule.counting is not None))
        of_kind = {kind: tuple(rule for rule in rules if rule.of is kind) for kind in SubjectKind}
        object.__setattr__(self, "of_kind", of_kind)
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


Identity = tuple[str, int, TransitionKind, str, datetime]
"""What tells two transitions of one subject apart (semantics 13)."""


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
    def identity(self) -> Identity:
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
    from_cycles: Mapping[str, int] | None = field(default=None, compare=False, repr=False)
    """Of what was judged from a checkpoint on, the first cycle of each target that is read; doubts are the new ones."""

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
    since: Checkpoint | None = None,
) -> Outcome:
    """Say where every clock of one subject stands at *now*, and what has happened that is not recorded yet.

    *events* are all events of the subject, in any order; those after *now* are left out. With *undo* recorded
    transitions after *now* are withdrawn where they do not hold: the clock by which they were judged was wrong. With
    *recorded* None there are no transitions, and the outcome keeps the history: that is for explanations.

    With *since*, a checkpoint that is not after *now*, events and recorded transitions are those from its instant on.
    Raises PastChangesError where they change what was before it: then all events must be given, and no checkpoint.
    """
    known = [event for event in events if event.at <= now]
    key, kind = (events[0].key, events[0].kind) if since is None else (since.key, since.kind)
    history = interpret(known, rules.mapping(key.source), rules.words, None if since is None else since.read)
    subject = _subject(key, kind, history, rules, now)
    unread = tuple(_unread(history, kind, rules)) if history.unread else ()
    _, clocks = clocks_of(history, rules, now, kind, since)
    readings = tuple([reading for clock in clocks for reading in clock.walk.readings(clock.versions, now)])
    again_at = _look_again_at(key.source, events, history, rules, now, clocks)
    adds = added(key, kind, history, readings, rules, now) if rules.counted and since is None else ()
    if recorded is None:
        return Outcome(subject, readings, (), history.doubts, again_at, unread, adds, history)
    happened: Iterable[Transition] = transitions(readings)
    if since is not None:
        happened = _since(since, list(transitions(readings, since.at)))
    elif history.baseline is not None:  # what was before it stays as it is recorded
        begins = history.baseline.at
        happened = [one for one in happened if one.at >= begins]
        recorded = [one for one in recorded if one.at >= begins]
    fresh = compare(happened, recorded, None if undo else now)
    cycles = None if since is None else since.cycles
    return Outcome(subject, readings, fresh, history.doubts, again_at, unread, adds, from_cycles=cycles)


def _since(checkpoint: Checkpoint, happened: Sequence[Transition]) -> list[Transition]:
    """What happened from the checkpoint on; what is dated before it must be as it is recorded."""
    at = checkpoint.at
    if {one.identity for one in happened if one.at < at} != checkpoint.settled:
        raise PastChangesError
    return [one for one in happened if one.at >= at]


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


def _subject(key: SubjectKey, kind: SubjectKind, history: History, rules: Rulebook, now: datetime) -> Subject:
    circuit, facts = kind is SubjectKind.CIRCUIT, history.scanned
    gone = retirement(history)
    state, since = history.circuit_state if circuit and gone is None else (None, None)
    return Subject(
        key=key,
        kind=kind,
        attributes=rules.policy.graded(_as_guarded(history, rules, now)),
        status=next((fact.status for fact in reversed(facts) if fact.status is not None), None),
        opened_at=facts[0].at if facts and not circuit else None,
        circuit_state=state,
        since=since,
        retired=gone,
    )


def _unread(history: History, kind: SubjectKind, rules: Rulebook) -> Iterator[Doubt]:
    """The words that stand in the way of a promise to an open subject; a circuit is open for as long as it is known."""
    last = next((fact.phase for fact in reversed(history.scanned) if fact.phase is not None), None)
    if retirement(history) is not None or (kind is not SubjectKind.CIRCUIT and (last is None or last in ENDS)):
        return
    for name, doubt in history.unread.items():
        if name in rules.choosing and matters(rules.policy, rules.words, kind, name, history.attributes):
            yield doubt


def _look_again_at(
    source: str, events: Sequence[Event], history: History, rules: Rulebook, now: datetime, clocks: Sequence[Clock]
) -> datetime | None:
    """The first instant after *now* at which something begins to count that is known already.

    That is an event's own instant, an opening or another instant that it announces, and for an open subject the coming
    into force of a version of the policy or of a row that holds from an age on.
    """
    believed, facts = rules.mapping(source).opened_at is Opening.BELIEVED, history.scanned
    instants = [event.at for event in events]
    instants += [event.or_at for event in events if event.or_at is not None]
    if believed:
        instants += [event.opened_at for event in events if event.opened_at is not None]
    if rules.instants:
        listed = {name for names in rules.instants.values() for name in names}
        instants += [one.at for one in said(facts, listed).values()]
    last = next((fact for fact in reversed(facts) if fact.phase is not None), None)
    if last is not None and last.phase not in ENDS:
        instants += [at for at in rules.since if at is not None]
        instants += [at for period in rules.policy.guarded for at in (period.since, period.until)]
        for clock in clocks:
            rule = clock.rule
            if not rule.ages:
                continue
            of_clock = any(row.of_clock for row in rule.rows)
            begun = age_from(rule, clock.moved_by) if of_clock else next(f.at for f in facts if f.phase is not None)
            instants += [begun + age for age in rule.ages if begun is not None]
    return min((at for at in instants if at > now), default=None)


def read_all(
    history: History, rules: Rulebook, now: datetime, kind: SubjectKind = SubjectKind.TICKET
) -> Iterator[Reading]:
    """Every cycle of every target that the policy gives a subject of this kind."""
    for clock in clocks_of(history, rules, now, kind)[1]:
        yield from clock.walk.readings(clock.versions, now)


class Clock(NamedTuple):
    """The clock of one target on one subject, walked: by which facts, under which terms.

    `aged` and `moved_by` tell ages: the subject's facts, or those that move the clock. `followed` is how far its facts
    were made, None where they are the subject's.
    """

    rule: TargetRule
    facts: Sequence[Fact]
    versions: Sequence[Version]
    walk: ticket_clock.Walked
    followed: derived_starts.Followed | None
    aged: Sequence[Fact]
    moved_by: Sequence[Fact]


def clocks_of(
    history: History, rules: Rulebook, until: datetime, kind: SubjectKind, since: Checkpoint | None = None
) -> tuple[Sequence[KnownSubject], list[Clock]]:
    """What chose terms over time, and every clock that the policy gives a subject of this kind, walked up to *until*.

    With *since* the facts of *history* are those from that checkpoint on.
    """
    known: Sequence[KnownSubject] | None
    if since is None:
        known = known_over_time(history.facts, rules.choosing, history.own)
    else:
        known = known_since(since.known, history.facts, rules.choosing)
        if known is None or _names_first_party(history) or _says_instants(history.facts, rules):
            raise PastChangesError
    over_time = guarded_over_time(known, rules.policy.guarded) if rules.policy.guarded else known
    mine = rules.of_kind[kind]
    if since is None:
        return known, [_walked(rule, history, rules, over_time, until) for rule in mine]
    return known, [_walked_on(rule, history, rules, over_time, until, since) for rule in mine]


def _walked(
    rule: TargetRule, history: History, rules: Rulebook, over_time: Sequence[KnownSubject], until: datetime
) -> Clock:
    facts, followed = _facts_of(rule, history, rules, until)
    aged = facts if rule.started_by is None else history.facts  # an age is the subject's, not the clock's
    versions = _versions(rule, rules, aged, over_time)
    over, used, baseline = 0, None, history.baseline
    if baseline is not None:
        over, used = baseline.cycles.get(rule.name, 0), baseline.used.get(rule.name)
    walk = ticket_clock.walked(facts, versions, until, over=over, used=used)
    return Clock(rule, facts, versions, walk, followed, aged, facts)


def _walked_on(
    rule: TargetRule, history: History, rules: Rulebook, over_time: Sequence[KnownSubject], until: datetime,
    since: Checkpoint,
) -> Clock:  # fmt: skip
    so_far = since.clocks[rule.name]
    facts: Sequence[Fact] = history.facts
    followed = None if so_far.followed is None else so_far.followed.copy()
    if followed is not None:
        facts = derived_starts.facts_since(rule, facts, rules.policy, until, followed, bool(history.corrections))
    moved_by = (*so_far.landmarks, *facts)
    aged = moved_by if rule.started_by is None else history.scanned
    versions = _versions(rule, rules, aged, over_time)
    if terms_before(versions, since.at) != so_far.terms:
        raise PastChangesError
    walk = ticket_clock.walked(facts, versions, until, so_far.walk.copy(), since.at)
    return Clock(rule, facts, versions, walk, followed, aged, moved_by)


def terms_before(versions: Sequence[Version], at: datetime) -> tuple[tuple[Term, ...], ...]:
    """Of each version the terms that were in force before *at*."""
    return tuple(tuple(one for one in v.terms if one.since is None or one.since < at) for v in versions)


def _names_first_party(history: History) -> bool:
    """Whether a team or supplier is named for the first time since a checkpoint: it had the subject from the start."""
    return first_party(history.before.landmarks) is None and first_party(history.facts) is not None


def _says_instants(facts: Sequence[Fact], rules: Rulebook) -> bool:
    """Whether a fact says or takes back an instant that moves clocks."""
    said = {name for fact in facts if fact.instants or fact.taken_back for name in (*fact.instants, *fact.taken_back)}
    if not said:
        return False
    listed = {name for names in rules.instants.values() for name in names}
    return bool(said & listed) or any(said & set(rule.begins) for rule in rules.rules)


def facts_of(rule: TargetRule, history: History, rules: Rulebook, now: datetime) -> Sequence[Fact]:
    """The facts that move the clock of *rule*, in the order of their instants."""
    return _facts_of(rule, history, rules, now)[0]


def _facts_of(
    rule: TargetRule, history: History, rules: Rulebook, now: datetime
) -> tuple[Sequence[Fact], derived_starts.Followed | None]:
    """The facts that move the clock of *rule*, and how far they were made where they are not the subject's."""
    if history.corrections or rule.begins or rule.started_by is not None or rule.name in rules.instants:
        so_far = derived_starts.Followed()
        facts = derived_starts.facts_of(
            rule, history.facts, history.corrections, rules.policy, _ALWAYS, now, rules.instants, so_far
        )
        return facts, so_far
    return history.facts, None


def _versions(
    rule: TargetRule, rules: Rulebook, facts: Sequence[Fact], over_time: Sequence[KnownSubject]
) -> list[Version]:
    """The target's terms under every version of the policy; a version without the target promises nothing."""
    found = []
    for policy, since in zip(rules.policies, rules.since, strict=True):
        own = policy.rule(rule.name) or replace(rule, rows=())
        found.append(Version(since, terms(own, policy, facts, rules.working_times, over_time, rules.choices)))
    return found


def transitions(readings: Iterable[Reading], since: datetime | None = None) -> Iterator[Transition]:
    """The full list of transitions, derived from readings alone.

    With *since* without those that intervals before that instant began.
    """
    for reading in readings:
        for kind, stage, at, because in _happenings(reading, since):
            yield Transition(
                reading.target.name, reading.cycle, kind, stage, at, because, reading.tier, reading.assurance
            )


def _happenings(reading: Reading, since: datetime | None) -> Iterator[tuple[TransitionKind, str, datetime, str]]:
    first = reading.intervals[0].because if reading.intervals else ""
    yield TransitionKind.STARTED, "", reading.started_at, first
    before, intervals = _begun_since(reading.intervals, since)
    for part in intervals:
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


def _begun_since(intervals: Sequence[Interval], since: datetime | None) -> tuple[Life | None, Sequence[Interval]]:
    """The intervals that began at *since* or later, and the life before them; all of them without *since*."""
    if since is None or not intervals or intervals[0].start >= since:
        return None, intervals
    place = bisect_left(intervals, since, key=attrgetter("start"))
    return intervals[place - 1].life, intervals[place:]


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
    holding: dict[Identity, Transition] = {}
    for old in recorded:
        if old.kind is TransitionKind.WITHDRAWN:
            kind, _, stage = old.stage.partition(":")
            holding.pop((old.target, old.cycle, TransitionKind(kind), stage, old.at), None)
        else:
            holding[old.identity] = old
    given = tuple(derived)
    if not holding and len(given) < 2:
        return given
    wanted = {new.identity: new for new in given}
    fresh = [new for identity, new in wanted.items() if identity not in holding]
    if not holding:
        return tuple(sorted(fresh, key=_instant))
    gone = [
        Transition(
            old.target, old.cycle, TransitionKind.WITHDRAWN, f"{old.kind}:{old.stage}", old.at, "",
            old.tier, old.assurance,
        )
        for identity, old in holding.items()
        if identity not in wanted and (now is None or old.at <= now)
    ]  # fmt: skip
    return tuple(sorted((*gone, *fresh), key=_instant))


_instant = attrgetter("at")
