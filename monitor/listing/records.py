"""Lists beside that of clocks: circuits, the events of a subject, rules as they were published, months as reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from monitor.history import Event
from monitor.model import CircuitState, SubjectKey


@dataclass(frozen=True, slots=True)
class CircuitQuery:
    """Which circuits are listed; an empty set asks for no more than any circuit is.

    Without states, circuits that are gone for good are left out.
    """

    states: frozenset[CircuitState] = frozenset()
    sources: frozenset[str] = frozenset()
    tiers: frozenset[str] = frozenset()
    assurances: frozenset[str] = frozenset()


class CircuitPlace(NamedTuple):
    """Where a circuit stands: circuits are ordered by these."""

    state: str
    source: str
    tier: str
    assurance: str
    subject: str


@dataclass(frozen=True, slots=True)
class ListedCircuit:
    """One circuit; `since` is when its state began, None where nobody knows."""

    key: SubjectKey
    state: CircuitState
    since: datetime | None
    tier: str
    assurance: str
    customer: str = ""
    title: str = ""
    url: str = ""

    @property
    def place(self) -> CircuitPlace:
        return CircuitPlace(self.state.value, self.key.source, self.tier, self.assurance, self.key.subject)


@dataclass(frozen=True, slots=True)
class CircuitPage:
    """Circuits in their order, and the place after which the next page begins; None where the list is over."""

    rows: Sequence[ListedCircuit]
    next: CircuitPlace | None


class EventPlace(NamedTuple):
    """Where an event stands among those of its subject (semantics 2); `at` are microseconds since 1970."""

    at: int
    sequence: int
    tie: int
    event_id: str


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events of one subject in their order, and the place after which the next page begins; None at the end."""

    rows: Sequence[Event]
    next: EventPlace | None


@dataclass(frozen=True, slots=True)
class PublishedRules:
    """Rules as they came into force, by their number; `rules` is None where only what they changed is asked for."""

    number: int
    at: datetime
    version: str
    policies: tuple[str, ...]
    author: str
    changes: tuple[str, ...]
    rules: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class PublicationPage:
    """Publications, the newest first, and the number before which the next page begins; None at the end."""

    rows: Sequence[PublishedRules]
    next: int | None


@dataclass(frozen=True, slots=True)
class ReportedMonth:
    """The report of a month of `zone` that ended at `until`; `rows` is None where only the months are asked for."""

    month: str
    zone: str
    until: datetime
    made_at: datetime
    rules_version: str
    rows: Sequence[Mapping[str, Any]] | None = None


@dataclass(frozen=True, slots=True)
class MonthPage:
    """Months, the latest first, and the month before which the next page begins; None at the end."""

    rows: Sequence[ReportedMonth]
    next: str | None
