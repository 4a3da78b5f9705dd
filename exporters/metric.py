"""Say what a metric is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What a metric is, in the words of the exposition format."""

    GAUGE = "gauge"
    COUNTER = "counter"
    HISTOGRAM = "histogram"
    GAUGE_HISTOGRAM = "gaugehistogram"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. `values` are the label values that are known in advance, so that zeros can be exported for them."""

    name: str
    kind: Kind
    labels: tuple[str, ...]
    help: str
    unit: str = ""
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    bounds: tuple[float, ...] = ()
    """The upper bounds of a histogram of stored counts, +Inf left out."""

    @property
    def samples(self) -> tuple[str, ...]:
        """The names that a query can use."""
        match self.kind:
            case Kind.HISTOGRAM:
                return tuple(f"{self.name}_{part}" for part in ("bucket", "count", "sum"))
            case Kind.GAUGE_HISTOGRAM:
                return tuple(f"{self.name}_{part}" for part in ("bucket", "gcount", "gsum"))
            case _:
                return (self.name,)
