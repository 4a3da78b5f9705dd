"""Turn a source's raw words into ours: statuses to phases, pause reasons, tiers and other attributes.

Pure. A mapping is a versioned part of the configuration; changing it is a recomputation, not a new import
(semantics 3).
What a mapping does not know never pauses and never stops a clock; it comes back as a doubt, to be counted and shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as default
from datetime import datetime
from fnmatch import fnmatchcase

from monitor.events import Event, in_order
from monitor.model import CircuitState, Phase

ATTRIBUTES = (
    "tier", "assurance", "urgency", "scope", "process", "customer", "circuit", "team", "title", "url",
)  # fmt: skip
"""What a mapping may say of a subject. The first five choose budgets; the rest name things in pages."""

LADDERS = ("tier", "assurance")


@dataclass(frozen=True, slots=True)
class AttributeRule:
    """Take an attribute from a raw field, through a table of values where there is one.

    Without a table the raw value stands as it is. With one, a value that is not in it is a doubt.
    """

    field: str
    values: Mapping[str, str] = default(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StatusRule:
    """The phase that a status stands for; `reason` is a fixed pause reason for statuses that are their own reason."""

    phase: Phase
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class SourceMapping:
    """How one source's words are read. `reasons` maps raw reasons (exact, or with * and ?) to pause reasons."""

    version: str = "1"
    statuses: Mapping[str, StatusRule] = default(default_factory=dict)
    reasons: Mapping[str, str] = default(default_factory=dict)
    attributes: Mapping[str, AttributeRule] = default(default_factory=dict)
    circuit_states: Mapping[str, CircuitState] = default(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something a source said that the mapping or the policy's ladders do not know.

    `what` is `status`, `reason` or an attribute's name; `value` is the source's word.
    """

    event_id: str
    what: str
    value: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One event in our vocabulary. `phase` is None where the event says nothing about it."""

    at: datetime
    event_id: str
    phase: Phase | None = None
    reason: str | None = None
    feedback: bool = False
    opened_at: datetime | None = None
    attributes: Mapping[str, str] = default(default_factory=dict)
    status: str | None = None


@dataclass(frozen=True, slots=True)
class History:
    """A subject's facts in the total order, and what could not be read."""

    facts: tuple[Fact, ...]
    doubts: tuple[Doubt, ...]

    @property
    def attributes(self) -> dict[str, str]:
        """The attributes as last said."""
        latest: dict[str, str] = {}
        for fact in self.facts:
            latest.update(fact.attributes)
        return latest


def interpret(events: Iterable[Event], mapping: SourceMapping, ladders: Mapping[str, frozenset[str]]) -> History:
    """Read a ticket's events, in any order and however often repeated, as its history.

    `ladders` holds the rungs that the policy knows for `tier` and `assurance`; a value outside them is a doubt and the
    attribute is left unsaid, while the event's phase still counts. Where the source knows the opening instant and it
    lies before the first event, a first fact `opened` is put there (the clock starts at the opening, not at the first
    update we were shown).
    """
    facts: list[Fact] = []
    doubts: list[Doubt] = []
    for event in in_order(events):
        facts.append(_fact(event, mapping, ladders, doubts))
    return History(_with_opening(facts), tuple(doubts))


def _fact(event: Event, mapping: SourceMapping, ladders: Mapping[str, frozenset[str]], doubts: list[Doubt]) -> Fact:
    phase, reason = None, None
    if event.status is not None:
        rule = mapping.statuses.get(event.status)
        if rule is None:
            phase = Phase.UNKNOWN
            doubts.append(Doubt(event.event_id, "status", event.status))
        else:
            phase, reason = rule.phase, rule.reason
    if phase is Phase.HELD and reason is None:
        reason = _reason(event.reason, mapping.reasons)
        if reason is None:
            doubts.append(Doubt(event.event_id, "reason", event.reason or ""))
    attributes = dict(_attributes(event, mapping.attributes, ladders, doubts)) if event.fields else {}
    return Fact(event.at, event.event_id, phase, reason, event.feedback, event.opened_at, attributes, event.status)


def _reason(raw: str | None, reasons: Mapping[str, str]) -> str | None:
    if raw is None:
        return None
    if raw in reasons:
        return reasons[raw]
    folded = raw.casefold()
    for pattern, name in reasons.items():
        if fnmatchcase(folded, pattern.casefold()):
            return name
    return None


def _attributes(
    event: Event, rules: Mapping[str, AttributeRule], ladders: Mapping[str, frozenset[str]], doubts: list[Doubt]
) -> Iterable[tuple[str, str]]:
    for name, rule in rules.items():
        raw = event.fields.get(rule.field)
        if raw is None or raw == "":
            continue
        value: str | None = raw
        if rule.values:
            value = rule.values.get(raw)
        if value is None or (name in ladders and value not in ladders[name]):
            doubts.append(Doubt(event.event_id, name, raw))
            continue
        yield name, value


def _with_opening(facts: Sequence[Fact]) -> tuple[Fact, ...]:
    opened = next((fact.opened_at for fact in reversed(facts) if fact.opened_at is not None), None)
    first = next((fact for fact in facts if fact.phase is not None), None)
    if opened is None or (first is not None and first.at < opened):
        return tuple(facts)
    because = next(fact.event_id for fact in facts if fact.opened_at == opened)
    opening = Fact(opened, because, Phase.OPENED, opened_at=opened)
    before = [fact for fact in facts if fact.at < opened]
    return (*before, opening, *facts[len(before) :])


def circuit_state(
    events: Iterable[Event], mapping: SourceMapping
) -> tuple[CircuitState, datetime | None, tuple[Doubt, ...]]:
    """The circuit's state as last said, since when it has held without a break, and what could not be read."""
    state, since = CircuitState.UNKNOWN, None
    doubts: list[Doubt] = []
    for event in in_order(events):
        if event.status is None:
            continue
        known = mapping.circuit_states.get(event.status)
        if known is None:
            doubts.append(Doubt(event.event_id, "status", event.status))
            known = CircuitState.UNKNOWN
        if since is None or known is not state:
            state, since = known, event.at
    return state, since, tuple(doubts)
