"""Make points of transitions and of the catalogue's metrics, for exporters that send.

Pure. A point is known by its measurement, its tags and its time: of two that have the same, a database keeps the newer
one. The time of a transition is its true instant cut to the second, and the number of its row as nanoseconds: so two
transitions never meet, and one that is sent twice overwrites itself. Tags have few values; what has many is a field.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from exporters.catalogue import METRICS
from exporters.prometheus import read
from monitor.snapshot import Snapshot
from monitor.store import StoredTransition
from monitor.text import inert
from monitor.worktime import EPOCH, TICK

TRANSITION = "tierwatch_transition"
"""The measurement of transitions."""

_NANOSECONDS = 1_000_000_000


class Point(NamedTuple):
    """One point; `time` is in nanoseconds since 1970. An empty tag is none."""

    measurement: str
    tags: Mapping[str, str]
    fields: Mapping[str, float | str]
    time: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A point that the database will never take, as it was sent, and why. `points` is how many it stands for."""

    point: str
    reason: str
    points: int = 1


class Exporter(Protocol):
    """Sends points to one database; belongs to one thread."""

    def export(self, points: Sequence[Point], now: datetime) -> Sequence[Refused]:
        """Send all of them; gives those that were refused for good. Raises ExportError: then send all of them again."""


def of_transition(row: StoredTransition) -> Point:
    """The point of a transition."""
    since = (row.at - EPOCH) // TICK
    tags = {
        "source": row.source, "tier": row.tier, "assurance": row.assurance, "target": row.target, "kind": row.kind,
        "stage": row.stage,
    }  # fmt: skip
    fields: dict[str, float | str] = {
        "subject": _plain(row.subject),
        "because": _plain(row.because),
        "cycle": float(row.cycle),
        "instant": since / 1_000_000,
    }
    time = since // 1_000_000 * _NANOSECONDS + row.id % _NANOSECONDS
    return Point(TRANSITION, {name: _plain(value) for name, value in tags.items()}, fields, time)


def of_metrics(snapshot: Snapshot, now: datetime, every: timedelta) -> list[Point]:
    """A point for each value of each metric, without histograms and what is infinite, at *now* cut to *every*."""
    rows, time = read(snapshot, now), (now - EPOCH) // every * (every // TICK) * 1000
    return [
        Point(
            metric.name,
            {label: _plain(text) for label, text in zip(metric.labels, labels, strict=True)},
            {"value": float(value)},
            time,
        )
        for metric in METRICS
        for labels, value in rows[metric.name].items()
        if isinstance(value, float | int) and math.isfinite(value)
    ]


def packed(points: Iterable[Point]) -> bytes:
    """Points as bytes, to be kept until they can be sent."""
    return zlib.compress(json.dumps(list(points), ensure_ascii=False).encode("utf-8", "replace"))


def unpacked(body: bytes) -> Iterator[Point]:
    """The points that were packed."""
    for measurement, tags, fields, time in json.loads(zlib.decompress(body)):
        yield Point(measurement, tags, fields, time)


def _plain(text: str) -> str:
    """The text on one line: some databases cut a batch at every line break, quoted or not."""
    return inert(text)
