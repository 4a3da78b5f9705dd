"""Make facts of the instants that a target's lists name: `phoned`, `diagnosed`, `customer_told`.

Pure. An instant is a fact at its own time, not at that of the event that says it. The last value that was said holds:
a corrected one moves the fact, and one that is taken back takes it away. At one instant the facts of the source come
first, then the instants in the order in which the policy declares them; only a retirement of that time comes later.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from monitor.history import Fact, retires
from monitor.model import OwnInstant


class Said(NamedTuple):
    """The last value of an instant, and the event that said it last."""

    at: datetime
    because: str


def said(facts: Sequence[Fact], names: Collection[str]) -> dict[str, Said]:
    """The instants of *names* that a subject has."""
    known: dict[str, Said] = {}
    for fact in facts:
        for name, at in fact.instants.items():
            if name in names:
                known[name] = Said(at, fact.event_id)
        for name in fact.taken_back:
            known.pop(name, None)
    return known


def with_instants(facts: Sequence[Fact], names: Sequence[str]) -> Sequence[Fact]:
    """The facts of a subject, and one for each of the instants *names* that it has."""
    known = said(facts, names)
    if not known:
        return facts
    found = list(facts)
    for name in names:
        if name in known:
            at = known[name].at
            place = next((n for n, fact in enumerate(found) if _comes_after(fact, at)), len(found))
            found.insert(place, Fact(at, known[name].because, OwnInstant(name)))
    return found


def _comes_after(fact: Fact, at: datetime) -> bool:
    """Whether *fact* comes after an instant of the time *at*."""
    return fact.at > at or (fact.at == at and retires(fact.phase))
