"""Say what one subject adds to what is counted of several: a row for each time that it counts, and where it was seen.

Pure. The rows are made of the subject's facts and readings alone, as readings are, and replaced as a whole whenever it
is looked at. The one surprise: of a ticket or change the *last* word about each attribute says whether and where it
counts, also for the past (it is one thing, and what was said of it last is the truth); of a circuit the word that held.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from monitor.clock.corrections import ENDS, corrected
from monitor.clock.group_lives import lives
from monitor.clock.own_instants import with_instants
from monitor.clock.reading import Reading
from monitor.clock.state_machine import as_held, begins_none, is_excluded
from monitor.history import Fact, History, retires
from monitor.model import CircuitState, Condition, Life, Measure, OwnInstant, Phase, SubjectKey, SubjectKind
from monitor.policy import Counting, Policy, TargetRule, fits, form_of, group_key

KEPT, BROKEN = "kept", "broken"
"""What a clock of `good.target` counts as."""

_PASSING = (Phase.DELIVERED, Phase.UNKNOWN)
"""Phases that change nothing else: a subject in another phase stays in it."""


class Contribution(NamedTuple):
    """One time that a subject counts for a target, or (with `what` empty) that it was seen with the group's value.

    `group` is the group's id, `value` the value that makes it, as it was written. `what` is the condition that was
    entered at `at`, or `kept` or `broken`, or one of `LIVES_OF_GROUPS`, which counts nothing. `good_at` is since when
    it is good, None where it is not.
    """

    group: SubjectKey
    value: str
    at: datetime
    what: str
    because: str
    good_at: datetime | None = None


def contributions(
    key: SubjectKey,
    kind: SubjectKind,
    history: History,
    readings: Iterable[Reading],
    counted: Sequence[TargetRule],
    policy: Policy,
    now: datetime,
) -> tuple[Contribution, ...]:
    """Everything that the subject adds to the targets *counted*, in the order of the targets and of time.

    Instants that the targets list count once they have come by *now*.
    """
    found: list[Contribution] = []
    known = Known(key, kind, history, policy)
    for rule in counted:
        counting = rule.counting
        assert counting is not None
        if counting.by and any(row.measure is Measure.AT_LEAST for row in rule.rows):
            found += known.sightings(rule.name, counting.by)
        if counting.by and kind is SubjectKind.CIRCUIT:
            found += known.lives(rule.name, counting.by)
        if counting.of is not kind:
            continue
        entries = _outcomes(counting, readings) if counting.good_target else _entries(rule, counting, history, now)
        for at, what, because, good_at in entries:
            attributes = known.attributes(at)
            value = known.value(counting.by, attributes)
            if value is not None and _counts(counting, attributes):
                found.append(Contribution(group_key(rule.name, form_of(value)), value, at, what, because, good_at))
    return tuple(found)


def may_add(rule: TargetRule, kind: SubjectKind) -> bool:
    """Whether a subject of this kind may add anything to the target *rule*, which counts several together."""
    counting = rule.counting
    if counting is None:
        return False
    sighted = any(row.measure is Measure.AT_LEAST for row in rule.rows)
    return counting.of is kind or bool(counting.by and (kind is SubjectKind.CIRCUIT or sighted))


def _counts(counting: Counting, attributes: Mapping[str, str]) -> bool:
    left_out = any(fits({name: values}, attributes) for name, values in counting.unless.items())
    return not left_out and fits(counting.when, attributes)


class Known:
    """What is known of the subject, when."""

    __slots__ = ("_changes", "_circuit", "_history", "_key", "_last", "_policy", "_seen")

    def __init__(self, key: SubjectKey, kind: SubjectKind, history: History, policy: Policy) -> None:
        self._key, self._policy, self._history = key, policy, history
        self._circuit = kind is SubjectKind.CIRCUIT
        self._last: Mapping[str, str] = policy.graded(history.attributes)
        first: dict[str, str] = {}
        for fact in reversed(history.facts):
            first.update(fact.attributes)
        self._changes: list[tuple[datetime | None, Mapping[str, str]]] = [(None, first)]
        for fact in history.facts if self._circuit else ():
            if fact.attributes:
                self._changes.append((fact.at, {**self._changes[-1][1], **fact.attributes}))
        self._seen = [(fact.at, fact.event_id, fact.attributes) for fact in history.facts]

    def attributes(self, at: datetime) -> Mapping[str, str]:
        """What is said of the subject as of *at*."""
        if not self._circuit:
            return self._last
        held = next(said for since, said in reversed(self._changes) if since is None or since <= at)
        return self._policy.graded(held)

    def value(self, by: str, attributes: Mapping[str, str]) -> str | None:
        """The value that makes its group; empty where all are counted together, None where it has none."""
        if not by:
            return ""
        value = attributes.get(by, "")
        if not value and by == "circuit" and self._circuit:
            value = self._key.subject
        return value if value and form_of(value) else None

    def sightings(self, target: str, by: str) -> Iterator[Contribution]:
        """The first time that each value was said of it."""
        known = set()
        for at, because, attributes in self._seen:
            value = self.value(by, attributes)
            if value is not None and (form := form_of(value)) not in known:
                known.add(form)
                yield Contribution(group_key(target, form), value, at, "", because)

    def lives(self, target: str, by: str) -> Iterator[Contribution]:
        """Each time that it begins or ceases to live with a value."""
        for value, at, what, because in lives(self._history, lambda said: self.value(by, self._policy.graded(said))):
            yield Contribution(group_key(target, form_of(value)), value, at, what, because)


Entry = tuple[datetime, str, str, datetime | None]
"""(at, what, because, good since)"""


@dataclass(frozen=True, slots=True)
class Standing:
    """The facts by which a subject may count, those before it went for good, and why none of them counts.

    `withdrawn` is the condition under `cancel` that holds at the end; `gone` says that it was retired while open.
    """

    states: Sequence[Fact]
    withdrawn: Condition | None = None
    gone: bool = False

    @property
    def void(self) -> bool:
        """Whether nothing of the subject counts, whatever it has entered."""
        return self.withdrawn is not None or self.gone


def standing_of(rule: TargetRule, counting: Counting, history: History, now: datetime) -> Standing:
    """How the subject stands towards what *rule* counts. Instants count once they have come by *now*."""
    facts = with_instants(history.facts, rule.instants) if rule.instants else history.facts
    facts = corrected(facts, history.corrections, rule.name) if history.corrections else facts
    if rule.instants:
        facts = [fact for fact in facts if fact.at <= now or not isinstance(fact.phase, OwnInstant)]
    circuit = counting.of is SubjectKind.CIRCUIT
    states, gone = _before_it_went(list(_states(facts) if circuit else _phases(facts, Phase.OPENED in counting.counts)))
    last = next((fact.phase for fact in reversed(states) if _stays(fact)), None)
    cancelled = (fact.phase for fact in states if isinstance(fact.phase, OwnInstant) and fact.phase in counting.cancel)
    withdrawn = last if last in counting.cancel else next(cancelled, None)
    return Standing(states, withdrawn, gone and not circuit and last not in ENDS)


def _outcomes(counting: Counting, readings: Iterable[Reading]) -> Iterator[Entry]:
    """Each clock of the target that must be kept, when it was kept or broken."""
    for reading in readings:
        if reading.target.name != counting.good_target:
            continue
        because = reading.intervals[-1].because if reading.intervals else ""
        if reading.breached_at is not None:
            yield reading.breached_at, BROKEN, because, None
        elif reading.life is Life.STOPPED and reading.stopped_at is not None:
            yield reading.stopped_at, KEPT, because, reading.stopped_at


def _entries(rule: TargetRule, counting: Counting, history: History, now: datetime) -> list[Entry]:
    """Each time that it enters what is counted; nothing of a ticket that was withdrawn, or that went while it was open.

    An instant is entered at its own time, and takes the subject out of no condition.
    """
    standing = standing_of(rule, counting, history, now)
    if standing.void:
        return []
    states, circuit = standing.states, counting.of is SubjectKind.CIRCUIT
    good = [fact.at for fact in states if fact.phase in counting.good and not is_excluded(fact)]
    found: list[Entry] = []
    inside = False
    for fact in states:
        own = isinstance(fact.phase, OwnInstant)
        if fact.phase in counting.counts and fact.reason not in counting.excuses:
            if (own or not inside) and not is_excluded(fact):
                since = next((at for at in good if at >= fact.at), None) if circuit else good[0] if good else None
                found.append((fact.at, str(fact.phase), fact.event_id, since))
            inside = inside or not own
        elif _stays(fact):
            inside = False
    return found


def _stays(fact: Fact) -> bool:
    """Whether the subject is in the phase or state of *fact* from then on."""
    return fact.phase not in _PASSING and not isinstance(fact.phase, OwnInstant)


def _before_it_went(states: list[Fact]) -> tuple[list[Fact], bool]:
    """What comes before the retirement that holds at the end, and whether there is one (semantics 37)."""
    went: int | None = None
    for index in reversed(range(len(states))):
        if retires(states[index].phase):
            went = index
        elif _stays(states[index]):
            break
    return (states, False) if went is None else (states[:went], True)


def _states(facts: Sequence[Fact]) -> Iterator[Fact]:
    """The facts that say a circuit's state; what is unknown leaves the state as it was."""
    held: Fact | None = None
    for fact in facts:
        fact = as_held(fact, held)
        if fact.phase is not None and fact.phase is not CircuitState.UNKNOWN:
            held = fact
            yield fact


def _phases(facts: Sequence[Fact], openings: bool) -> Iterator[Fact]:
    """The facts that say a phase; with *openings* the first one stands for the opening that the source did not show."""
    first = True
    for fact in facts:
        if fact.phase is None or (fact.phase is Phase.UNKNOWN and begins_none(fact)):
            continue
        if isinstance(fact.phase, OwnInstant):
            yield fact
            continue
        if first and openings and fact.phase not in (Phase.OPENED, Phase.CANCELLED):
            yield Fact(fact.at, fact.event_id, Phase.OPENED)
        first = False
        yield fact
