"""Say instant by instant what corrections make of a history: slow and obvious, judge of `clock/corrections.py`.

Shares no code with it, and rewrites no facts but those that a corrected end leaves out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime

from monitor.history.events import Correction
from monitor.history.mapping import Fact
from monitor.model import CircuitState, CorrectionKind, Phase

Said = Sequence[tuple[str, Correction]]
GONE = (Phase.RETIRED, CircuitState.RETIRED)


def standing(corrections: Said) -> list[Correction]:
    """The corrections that nobody took back, in the order in which they were made."""
    gone = [said.revokes for _, said in corrections if said.kind is CorrectionKind.REVOKE]
    return [said for name, said in corrections if name not in gone and said.kind is not CorrectionKind.REVOKE]


def says(corrections: Said) -> Callable[[datetime], CorrectionKind | None]:
    """What the last word on each instant is."""
    stands = standing(corrections)

    def of(at: datetime) -> CorrectionKind | None:
        found = None
        for said in stands:
            if said.start is not None and said.end is not None and said.start <= at < said.end:
                found = said.kind
        return found

    return of


def ended_at(corrections: Said) -> datetime | None:
    return next((said.start for said in standing(corrections) if said.kind is CorrectionKind.STOP), None)


def is_gone(facts: Sequence[Fact], at: datetime) -> bool:
    """Whether the subject was gone for good before *at*: then there is nothing that an end could change."""
    silent = (None, CircuitState.UNKNOWN)  # they show no life
    placed = [fact.phase for fact in facts if fact.at < at and fact.phase not in silent]
    return bool(placed) and placed[-1] in GONE


def without_the_end(facts: Sequence[Fact], at: datetime | None, ends: Collection[object]) -> list[Fact]:
    """The facts without what the source said of the end that *at* stands for."""
    found = list(facts)
    if at is None:
        return found
    earlier = [place for place, fact in enumerate(found) if fact.at < at and fact.phase is not None]
    later = [place for place, fact in enumerate(found) if fact.at >= at]
    over = bool(earlier) and found[earlier[-1]].phase in ends
    places = list(reversed(earlier)) if over else later
    for place in places:
        if found[place].phase is not None and (found[place].phase in ends) is not over:
            break
        if found[place].phase in GONE:
            break  # nothing takes back that it is gone
        found[place] = replace(found[place], phase=None, reason=None)
    return found
