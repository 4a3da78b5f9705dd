"""Read what a subscriber wants: the `query` of a subscription, in the form of TMF630.

`eventType=SlaViolationCreateEvent&tier=gold&tier=diamond`: of each name one of the values must fit. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl

from exporters.hub.notification import EventType, event_type
from monitor.store import StoredViolation

LONGEST = 1_000
"""Characters of a query."""

MOST = 50
"""Values of a query."""

NAMES = ("eventType", "tier", "source", "target")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a subscriber is notified of; an empty set takes all, and `customer` is None for all of them."""

    types: frozenset[EventType] = frozenset()
    tiers: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    targets: frozenset[str] = frozenset()
    customer: str | None = None

    def takes(self, violation: StoredViolation) -> bool:
        row = violation.row
        return (
            (self.customer is None or violation.customer == self.customer)
            and (not self.types or event_type(row) in self.types)
            and (not self.tiers or row.tier in self.tiers)
            and (not self.sources or row.source in self.sources)
            and (not self.targets or row.target in self.targets)
        )


def read_query(query: str, customer: str | None = None) -> Wanted:
    """What a query asks for, of one *customer* where the subscriber may see no other. Raises ValueError, a sentence."""
    if len(query) > LONGEST:
        raise ValueError(f"the query is longer than {LONGEST} characters; write a shorter one")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query), max_num_fields=MOST)
    except ValueError:
        raise ValueError(
            f"the query is none; write name=value, joined by &, {MOST} of them at most, with {_names()}"
        ) from None
    found: dict[str, set[str]] = {name: set() for name in NAMES}
    for name, value in pairs:
        if name not in found:
            raise ValueError(f"the query has a name that is not known; write {_names()}")
        if name == "eventType" and value not in set(EventType):
            raise ValueError(f"the query has an eventType that is not sent; write {' or '.join(EventType)}")
        found[name].add(value)
    return Wanted(
        frozenset(map(EventType, found["eventType"])), frozenset(found["tier"]), frozenset(found["source"]),
        frozenset(found["target"]), customer,
    )  # fmt: skip


def _names() -> str:
    return f"{', '.join(NAMES[:-1])} or {NAMES[-1]}"
