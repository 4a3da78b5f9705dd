"""Serve some customers, circuits or sites better for a while (重保): a raised level, other stages, other figures.

Pure. The raised level may be a tier or an assurance (docs/domain.md, "Two ladders"). A guarded period begins and ends
for a subject as a change of its tier does: at both instants other terms hold, and each target's `on_change` says what
that does to a clock that is open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from monitor.model import Name
from monitor.text import among

if TYPE_CHECKING:
    from monitor.policy.policy import BudgetRow
    from monitor.policy.target import Stage
    from monitor.policy.terms import KnownSubject

GUARDED = "guarded"
"""The attribute that says in which guarded period a subject is; no source can say it."""


@dataclass(frozen=True, slots=True)
class GuardedPeriod:
    """A set of subjects that is served better from `since` up to `until`.

    A subject belongs to it if one of its attributes has one of the values in `who`. `grades` are ladder → rung: at
    least that rung is served. With `stages`, those are the stages of its clocks, whatever its rungs have. `rows` are
    target → the row that holds in the place of the policy's. `duties` are the titles of what is due in it alone.
    """

    name: str
    title: Name
    since: datetime
    until: datetime
    who: Mapping[str, frozenset[str]]
    grades: Mapping[str, str] = field(default_factory=dict)
    stages: tuple[Stage, ...] = ()
    rows: Mapping[str, BudgetRow] = field(default_factory=dict)
    duties: tuple[Name, ...] = ()
    ordered_by: str = ""
    note: str = ""

    def holds(self, at: datetime) -> bool:
        return self.since <= at < self.until

    def takes(self, attributes: Mapping[str, str]) -> bool:
        """Whether a subject with these attributes is in the set."""
        return any(among(attributes.get(name), values) for name, values in self.who.items())


def guarded_because(period: GuardedPeriod) -> str:
    """What stands in the place of an event's id where the beginning or the end of a period brought other terms."""
    return f"{GUARDED}/{period.name}"


def guarded_at(
    attributes: Mapping[str, str], periods: Sequence[GuardedPeriod], at: datetime | None
) -> Mapping[str, str]:
    """The attributes of a subject at an instant, with the guarded period that it is in; of several the first counts."""
    found = at and next((one for one in periods if one.holds(at) and one.takes(attributes)), None)
    return {**attributes, GUARDED: found.name} if found else attributes


def guarded_over_time(over_time: Sequence[KnownSubject], periods: Sequence[GuardedPeriod]) -> Sequence[KnownSubject]:
    """What was known of a subject, with the guarded periods that it was in: each edge of one is a change of its own."""
    if not any(period.takes(known.attributes) for known in over_time for period in periods):
        return over_time
    return tuple(_guarded(over_time, periods))


def _guarded(over_time: Sequence[KnownSubject], periods: Sequence[GuardedPeriod]) -> Iterator[KnownSubject]:
    edges = sorted({at for period in periods for at in (period.since, period.until)})
    for index, known in enumerate(over_time):
        until = over_time[index + 1].since if index + 1 < len(over_time) else None
        before = guarded_at(known.attributes, periods, known.since)
        yield replace(known, attributes=before)
        for at in edges:
            if (known.since is not None and at <= known.since) or (until is not None and at > until):
                continue  # at one instant the edge comes before what an event says
            after = guarded_at(known.attributes, periods, at)
            if after != before:
                name = after.get(GUARDED, "") or before.get(GUARDED, "")
                yield replace(known, since=at, because=f"{GUARDED}/{name}", attributes=after, by_time=True)
            before = after
