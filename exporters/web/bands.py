"""Lay stretches of time beside one another as bands of a picture, however many there are.

Pure. Positions are percent of the picture's width, so a browser draws them at any width. Up to `MOST` stretches are
drawn exactly as they are. Of more, the picture's width is divided into that many cells, and each shows the kind that
matters most of those in it: so a short outage in ten years is never lost, and the picture never grows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

MOST = 400
"""Bands of one picture."""

LEAST = 0.25
"""Percent of the width that a band which matters is drawn with at least, so that it can be seen."""

MOST_TICKS = 6

_STEPS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60, 180, 360, 720, 1440, 2880, 10080, 40320))
_MONTHS = (3, 6, 12, 24, 60)
_LONG = timedelta(days=240)
"""From this length on the axis is divided by months."""


class Segment(NamedTuple):
    """What held from `start` to `end`."""

    start: datetime
    end: datetime
    kind: str


class Band(NamedTuple):
    """A segment on the picture: where it begins and how wide it is, in percent, and how wide it is drawn."""

    start: datetime
    end: datetime
    kind: str
    x: float
    width: float
    drawn: float


class Tick(NamedTuple):
    """An instant on the axis, with its text. Every other tick is `minor`: a narrow screen leaves it out."""

    at: datetime
    x: float
    text: str
    minor: bool


def place(at: datetime, begin: datetime, end: datetime) -> float:
    """Where an instant is, in percent of the width; what lies outside is at its edge."""
    if end <= begin:
        return 0.0
    return round(100 * min(1.0, max(0.0, (at - begin) / (end - begin))), 4)


def merged(segments: Iterable[Segment]) -> Iterator[Segment]:
    """Segments in their order, those that follow one another with one kind as one; what has no length is left out."""
    last: Segment | None = None
    for one in segments:
        if one.end <= one.start:
            continue
        if last is not None and last.kind == one.kind and last.end == one.start:
            last = last._replace(end=one.end)
            continue
        if last is not None:
            yield last
        last = one
    if last is not None:
        yield last


def bands(
    segments: Iterable[Segment], begin: datetime, end: datetime, weight: Mapping[str, int], most: int = MOST
) -> Sequence[Band]:
    """The segments, in order and not over one another, as bands from *begin* to *end*.

    *weight* says how much each kind matters: the heavier is shown where two share a cell, and never drawn too thin.
    Heavy ones come last, so that they are drawn over the others.
    """
    inside = (
        one._replace(start=max(one.start, begin), end=min(one.end, end))
        for one in segments
        if one.end > begin and one.start < end
    )
    found = list(merged(inside))
    if len(found) > most:
        found = list(merged(_cells(found, begin, end, weight, most)))
    drawn = [_band(one, begin, end, weight) for one in found]
    return sorted(drawn, key=lambda band: weight.get(band.kind, 0))


def _band(one: Segment, begin: datetime, end: datetime, weight: Mapping[str, int]) -> Band:
    x = place(one.start, begin, end)
    width = round(place(one.end, begin, end) - x, 4)
    drawn = max(width, LEAST) if weight.get(one.kind, 0) > 0 else width
    return Band(one.start, one.end, one.kind, min(x, round(100 - drawn, 4)), width, drawn)


def _cells(
    segments: Sequence[Segment], begin: datetime, end: datetime, weight: Mapping[str, int], cells: int
) -> Iterator[Segment]:
    """What each cell shows; a cell in which nothing is has none. Goes over the segments once."""
    edges = [begin + (end - begin) * number / cells for number in range(cells + 1)]
    first = 0
    for start, stop in pairwise(edges):
        while first < len(segments) and segments[first].end <= start:
            first += 1
        heaviest: str | None = None
        here = first
        while here < len(segments) and segments[here].start < stop:
            kind = segments[here].kind
            if heaviest is None or weight.get(kind, 0) > weight.get(heaviest, 0):
                heaviest = kind
            here += 1
        if heaviest is not None:
            yield Segment(start, stop, heaviest)


def totals(segments: Iterable[Segment]) -> Mapping[str, timedelta]:
    """How long each kind lasted altogether, in the order in which they first came."""
    found: dict[str, timedelta] = {}
    for one in segments:
        found[one.kind] = found.get(one.kind, timedelta(0)) + max(one.end - one.start, timedelta(0))
    return {kind: length for kind, length in found.items() if length}


def ticks(begin: datetime, end: datetime, zone: str) -> Sequence[Tick]:
    """Round instants of the zone between *begin* and *end*, few enough to be read."""
    length = end - begin
    if length <= timedelta(0):
        return ()
    if length > _LONG:
        return _monthly(begin, end, ZoneInfo(zone))
    step = next((step for step in _STEPS if length / step <= MOST_TICKS), length / MOST_TICKS)
    there = begin.astimezone(ZoneInfo(zone))
    midnight = there.replace(hour=0, minute=0, second=0, microsecond=0)
    first = midnight + step * ((there - midnight) // step + 1)
    pattern = "%H:%M" if step < timedelta(days=1) else "%m-%d"
    found = []
    for number in range(MOST_TICKS + 1):
        at = (first + step * number).astimezone(begin.tzinfo)
        if at >= end:
            break
        found.append(Tick(at, place(at, begin, end), f"{at.astimezone(ZoneInfo(zone)):{pattern}}", number % 2 == 1))
    return found


def _monthly(begin: datetime, end: datetime, zone: ZoneInfo) -> Sequence[Tick]:
    """The first of January, April and so on: every third month, or fewer of a longer time."""
    months = (end - begin) / timedelta(days=30)
    step = next((step for step in _MONTHS if months / step <= MOST_TICKS), 12 * (1 + int(months / 12 / MOST_TICKS)))
    there = begin.astimezone(zone)
    month = ((there.year * 12 + there.month - 1) // step + 1) * step
    found: list[Tick] = []
    while len(found) <= MOST_TICKS:
        at = datetime(month // 12, month % 12 + 1, 1, tzinfo=zone)
        if at >= end:
            break
        found.append(Tick(at, place(at, begin, end), f"{at:%Y-%m}", len(found) % 2 == 1))
        month += step
    return found
