"""Make of a metric's values what the client library writes: samples, buckets, and exemplars that name a subject.

Pure. Label values are made legible, so that one odd word of a source does not end a scrape. An exemplar names its
subject percent-encoded, `source/id`, as the addresses of explanations have it; where that is longer than OpenMetrics
allows there is none, for half a name is no name. The classic format has no exemplars.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import prometheus_client
from prometheus_client import CollectorRegistry
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.samples import Exemplar as Sampled

from exporters.metric import Kind, Metric
from monitor.model import SubjectKey
from monitor.snapshot import Exemplar, SeriesKey
from monitor.text import inert

CLASSIC = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"

Labels = tuple[str, ...]

NO_EXEMPLARS: Mapping[SeriesKey, Exemplar] = {}

EXEMPLAR_LABEL = "subject"
"""The one label of an exemplar."""

_MOST = 128
"""Characters of an exemplar's names and values together (OpenMetrics 1.0, Exemplars)."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """A histogram's cumulative counts by upper bound, its count and its sum."""

    buckets: Sequence[tuple[float, float]]
    count: float
    total: float


Rows = Mapping[Labels, float | Distribution]


def written(
    metrics: Sequence[Metric], rows: Mapping[str, Rows], accept: str = "",
    exemplars: Mapping[SeriesKey, Exemplar] = NO_EXEMPLARS,
) -> tuple[bytes, str]:  # fmt: skip
    """The metrics as text with its content type; OpenMetrics, with exemplars, where *accept* asks for it."""
    registry, openly = CollectorRegistry(auto_describe=False), "application/openmetrics-text" in accept
    registry.register(_Families(metrics, rows, exemplars if openly else NO_EXEMPLARS))
    if openly:
        return openmetrics.generate_latest(registry), OPENMETRICS  # type: ignore[no-untyped-call]
    return prometheus_client.generate_latest(registry), CLASSIC


@dataclass(frozen=True, slots=True, eq=False)  # a registry keys its collectors by identity
class _Families:
    """What the client library asks for families: one snapshot at one instant."""

    metrics: Sequence[Metric]
    rows: Mapping[str, Rows]
    exemplars: Mapping[SeriesKey, Exemplar]

    def collect(self) -> Iterator[prometheus_client.Metric]:
        named = {key.name for key in self.exemplars}
        for metric in self.metrics:
            yield _family(metric, self.rows[metric.name], self.exemplars if metric.name in named else NO_EXEMPLARS)


def _family(metric: Metric, rows: Rows, exemplars: Mapping[SeriesKey, Exemplar]) -> prometheus_client.Metric:
    """A metric with all its samples. Rows whose labels look alike once they are legible are one: the last."""
    bare = metric.name.removesuffix("_total" if metric.kind is Kind.COUNTER else "_info")
    made = prometheus_client.Metric(bare, metric.help, metric.kind.value, metric.unit)
    for values, (said, value) in {tuple(map(legible, said)): (said, value) for said, value in rows.items()}.items():
        labels = dict(zip(metric.labels, values, strict=True))
        if isinstance(value, Distribution):
            _spread(made, metric, said, labels, value, exemplars)
            continue
        exemplar = _sampled(exemplars.get(SeriesKey(metric.name, said))) if exemplars and value else None
        made.add_sample(metric.name, labels, value, None, exemplar)
    return made


def _spread(
    made: prometheus_client.Metric, metric: Metric, said: Labels, labels: dict[str, str], spread: Distribution,
    exemplars: Mapping[SeriesKey, Exemplar],
) -> None:  # fmt: skip
    bucket, count, total = metric.samples
    for bound, below in (*((repr(float(bound)), below) for bound, below in spread.buckets), ("+Inf", spread.count)):
        exemplar = _sampled(exemplars.get(SeriesKey(metric.name, said, bound))) if exemplars and below else None
        made.add_sample(bucket, {**labels, "le": bound}, below, None, exemplar)
    made.add_sample(count, labels, spread.count)
    made.add_sample(total, labels, spread.total)


def _sampled(exemplar: Exemplar | None) -> Sampled | None:
    if exemplar is None:
        return None
    named = named_inertly(exemplar.key)
    if len(EXEMPLAR_LABEL) + len(named) > _MOST:
        return None
    return Sampled({EXEMPLAR_LABEL: named}, exemplar.value, exemplar.at.timestamp())


def named_inertly(key: SubjectKey) -> str:
    """A subject as `source/id` with every sign but letters, digits and `_.-~` percent-encoded."""
    return "/".join(quote(part.encode("utf-8", "replace"), safe="") for part in key)


def legible(value: str) -> str:
    """A label value that no parser stumbles over, and that turns nothing around where it is shown."""
    return inert(value)
