"""Make the histogram of consumed budgets from its stored counts.

Pure. The store counts each bucket alone, and the sum in millionths of a budget; here they become cumulative.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from exporters.catalogue import PROMISE
from exporters.families import Distribution, Labels, Rows
from monitor.snapshot import CONSUMED, CONSUMED_BUCKET, CONSUMED_PERCENT, CONSUMED_SUM, Count, Snapshot

_BOUNDS = tuple(percent / 100 for percent in CONSUMED_PERCENT)

NOTHING = Distribution([(bound, 0.0) for bound in _BOUNDS], 0.0, 0.0)
"""A histogram in which nothing was counted."""


def read(snapshot: Snapshot) -> Rows:
    """How much of their budgets stopped clocks had used; empty buckets for every figure of the policy."""
    alone: dict[Labels, dict[str, float]] = {(one.tier, one.sla_target): {} for one in snapshot.promised}
    totals: dict[Labels, float] = {}
    for count in snapshot.counts:
        if count.name == CONSUMED_BUCKET:
            alone.setdefault(_promise(count), {})[count.labels.get("le", "+Inf")] = count.value
        elif count.name == CONSUMED_SUM:
            totals[_promise(count)] = count.value / 1_000_000
    return {labels: _spread(numbers, totals.get(labels, 0.0)) for labels, numbers in alone.items()}


def spreads(rows: Rows) -> Iterator[tuple[Labels, Distribution]]:
    """The histograms among the values of a metric."""
    return ((labels, value) for labels, value in rows.items() if isinstance(value, Distribution))


def fresh(counts: Sequence[Count]) -> set[tuple[str, Labels]]:
    """The histograms of which nothing was stored when the program started."""
    mine = [count for count in counts if count.name == CONSUMED_BUCKET]
    stored = {_promise(count) for count in mine if not count.fresh}
    return {(CONSUMED, labels) for count in mine if (labels := _promise(count)) not in stored}


def _spread(alone: dict[str, float], total: float) -> Distribution:
    if not alone:
        return NOTHING
    sums = list(itertools.accumulate(alone.get(repr(bound), 0.0) for bound in _BOUNDS))
    return Distribution(list(zip(_BOUNDS, sums, strict=True)), sums[-1] + alone.get("+Inf", 0.0), total)


def _promise(count: Count) -> Labels:
    return tuple(count.labels.get(label, "") for label in PROMISE)
