"""Work out how many series `/metrics` can have, from the catalogue and the configuration alone.

Pure. What an earlier configuration has left in the database (tiers, sources and receivers that are gone) is published
as long as it is there, and comes on top.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from math import prod

from exporters.catalogue import GROUP, LAYER, METRICS, PROMISE, REMAINING_BOUNDS
from exporters.metric import Kind, Metric
from monitor.policy import NO_RUNG, Policy
from monitor.snapshot import OPEN_WORDS

EVALUATION_BOUNDS = 6
"""As many bounds has the histogram of evaluations (`monitor.service.engine_worker.Timing`)."""

CACHES = 45
"""So many caches tell how they are used: those of functions, and three of the engine (`docs/performance.md`)."""

_OF_NO_CLOCK = 3  # what stands in place of a stage: nothing, `silenced`, and the breach that every policy has


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many values each label can have; `groups` are the combinations of source, tier, assurance and target.

    `promises` are those of tier and target, `layers` those of team and layer.
    """

    groups: int
    labels: Mapping[str, int]
    promises: int = 0
    layers: int = 0


def sizes(policies: Sequence[Policy], sources: int, channels: int, exporters: int = 0, layers: int = 0) -> Sizes:
    """What follows from the versions of the policy and the numbers of sources, channels, exporters and layers."""
    promised = {row for policy in policies for row in policy.promised()}
    counted = {row for policy in policies for row in policy.promised_of_groups()}
    rungs: dict[str, Set[str]] = {
        name: {rung.id for policy in policies for rung in policy.ladders.get(name, ())} | {NO_RUNG}
        for name in ("tier", "assurance")
    }
    stages = {
        stage.name
        for policy in policies
        for by_rung in policy.stages.values()
        for of_rung in by_rung.values()
        for stage in of_rung
    }
    stages |= {stage.name for policy in policies for period in policy.guarded for stage in period.stages}
    rules = [rule for policy in policies for rule in policy.targets]
    stages |= {stage.name for rule in rules if rule.counting is not None for stage in rule.counting.stages}
    return Sizes(
        sources * len(promised) + len(counted),
        {
            "source": sources + bool(counted),
            "tier": len(rungs["tier"]),
            "assurance": len(rungs["assurance"]),
            "channel": channels,
            "stage": len(stages) + _OF_NO_CLOCK,
            "reason": OPEN_WORDS + 1,
            "version": 1,
            "hash": 1,
            "period": len({period.name for policy in policies for period in policy.guarded}),
            "cache": CACHES,
            "exporter": exporters,
            "what": len({name for policy in policies for name in policy.attributes}),
            "page_url": 1,
            "party": OPEN_WORDS + 1,
        },
        len({(tier, target) for tier, _, target in promised | counted}),
        layers,
    )


def at_most(of: Sizes, metrics: Sequence[Metric] = METRICS) -> int:
    """How many series there can be."""
    return sum(_combinations(metric, of) * _samples(metric) for metric in metrics)


def _combinations(metric: Metric, of: Sizes) -> int:
    for known, number in ((GROUP, of.groups), (PROMISE, of.promises), (LAYER, of.layers)):
        if metric.labels[: len(known)] == known:
            return prod((_values(metric, label, of) for label in metric.labels[len(known) :]), start=number)
    return prod(_values(metric, label, of) for label in metric.labels)


def _values(metric: Metric, label: str, of: Sizes) -> int:
    if label not in metric.values:
        return of.labels[label]
    return len(metric.values[label]) + (of.labels["what"] if label == "what" else 0)


def _samples(metric: Metric) -> int:
    """The series of one combination of labels: a histogram has one for each bound, +Inf, count and sum."""
    match metric.kind:
        case Kind.HISTOGRAM:
            return (len(metric.bounds) or EVALUATION_BOUNDS) + 3
        case Kind.GAUGE_HISTOGRAM:
            return len(REMAINING_BOUNDS) + 3
        case _:
            return 1
