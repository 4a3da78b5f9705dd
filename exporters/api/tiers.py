"""The tiers in their order, with the open clocks of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from exporters.api.answers import Answer
from exporters.api.names import Instant
from exporters.api.section import Section
from exporters.api.views import ApiViews
from monitor.explain import text
from monitor.messages import in_every_language
from monitor.model import OPEN_STATES
from monitor.snapshot import GroupClocks, Snapshot

STATES = "Open clocks by state, each clock in one of them; null while they are being counted after a start."


class TierTarget(BaseModel):
    """The open clocks of one promise in one tier."""

    target: str = Field(description="The promise, as the policy names it.")
    states: dict[str, int] | None = Field(description=STATES)
    next_deadline: Instant | None = Field(
        description="The nearest deadline of a clock that runs and is not breached; null where there is none."
    )


class Tier(BaseModel):
    """One tier."""

    tier: str = Field(description="The tier, as the policy names it; `none` is of subjects without one.")
    names: dict[str, str] = Field(description="Its name in each language.")
    place: int = Field(description="Its place in the policy's ladder, from 1, the highest tier first.")
    states: dict[str, int] | None = Field(description=STATES)
    next_deadline: Instant | None = Field(
        description="The nearest deadline of a clock that runs and is not breached; null where there is none."
    )
    targets: list[TierTarget] = Field(description="The same for each promise.")


class Tiers(BaseModel):
    """All tiers at one instant."""

    at: Instant = Field(description="The instant for which it holds.")
    policy: str = Field(description="The version of the policy that holds.")
    counted: bool = Field(
        description="Whether open clocks have been counted since the start; `states` is null until then."
    )
    items: list[Tier] = Field(description="In the order of the policy's ladder, the highest tier first.")


def tiers(views: ApiViews) -> Section:
    """The section."""
    section = Section("tiers", "How many open clocks each tier has, and which is due next.")

    @section.get("/tiers", answers=Tiers, summary="Count open clocks by tier")
    def list_tiers() -> Answer:
        """The counts are those of `/metrics`. Clocks whose source's data is too old are `unknown` and nothing else."""
        return Answer(_tiers(views.snapshot()))

    return section


def _tiers(snapshot: Snapshot) -> dict[str, Any]:
    of_tier: dict[str, dict[str, list[GroupClocks]]] = {tier: {} for tier in snapshot.names.tiers}
    for clocks in snapshot.clocks:
        of_tier.setdefault(clocks.group.tier, {}).setdefault(clocks.group.sla_target, []).append(clocks)
    return {
        "at": text(snapshot.at),
        "policy": snapshot.policy,
        "counted": snapshot.counted,
        "items": [
            {
                "tier": tier,
                "names": in_every_language(snapshot.names.tiers[tier]) if tier in snapshot.names.tiers else {},
                "place": place,
                **_of(snapshot, [one for some in targets.values() for one in some]),
                "targets": [{"target": target, **_of(snapshot, some)} for target, some in sorted(targets.items())],
            }
            for place, (tier, targets) in enumerate(of_tier.items(), 1)
        ],
    }


def _of(snapshot: Snapshot, clocks: Iterable[GroupClocks]) -> Mapping[str, Any]:
    states: Counter[str] = Counter({state.value: 0 for state in OPEN_STATES})
    soonest: datetime | None = None
    for one in clocks:
        states.update({state.value: number for state, number in one.states.items()})
        if one.next_deadline is not None and (soonest is None or one.next_deadline < soonest):
            soonest = one.next_deadline
    return {"states": dict(states) if snapshot.counted else None, "next_deadline": text(soonest)}
