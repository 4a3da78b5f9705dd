"""Add up a circuit's states over periods: minutes of interruption, availability, and how much is not known.

Pure. Sums are whole microseconds. Excusable planned work is taken out of a period whole, with its good minutes; what
is not known is in no figure, and widens its bounds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from monitor.availability.micros import Micros, instant, length, micros
from monitor.availability.timeline import AVAILABLE, DEGRADED, UNAVAILABLE, UNKNOWN, UNKNOWN_DOWN, Timeline
from monitor.model import Period
from monitor.worktime import Bounds, Calendar, periods

ZERO = timedelta(0)
Window = tuple[datetime, datetime]
"""From when up to when something holds."""

_EXCUSED_AT = 5  # codes from here on are those of time that planned work excuses
_KINDS = 2 * _EXCUSED_AT


@dataclass(frozen=True, slots=True)
class Figures:
    """What came of a circuit in one period, as far as it was watched. Times without planned work, but for `excused`."""

    bounds: Bounds
    available: timedelta
    degraded: timedelta
    unavailable: timedelta
    """The interruption of the period."""
    unknown: timedelta
    """Time without data, whatever held before it."""
    unknown_down: timedelta
    """The part of `unknown` before which the circuit was down; its clocks go on in it."""
    excused: timedelta
    """Planned work, in whatever state."""
    excused_down: timedelta
    """The part of `excused` in which the circuit was unavailable."""

    @property
    def up(self) -> timedelta:
        return self.available + self.degraded

    @property
    def known(self) -> timedelta:
        return self.up + self.unavailable

    @property
    def availability(self) -> float | None:
        """The share of the known time in which the circuit was up; None where nothing is known."""
        return self.up / self.known if self.known else None

    @property
    def least(self) -> float | None:
        """The availability if the circuit was down in all unknown time; None where there was no time to count."""
        return self.up / whole if (whole := self.known + self.unknown) else None

    @property
    def most(self) -> float | None:
        """The availability if the circuit was up in all unknown time."""
        return (self.up + self.unknown) / whole if (whole := self.known + self.unknown) else None


def figures(timeline: Timeline, of: Sequence[Bounds], excused: Iterable[Window] = ()) -> Iterator[Figures]:
    """The figures of each of these periods. A part of a period outside of the timeline is not counted."""
    cut, codes = _cut(timeline, _windows(excused))
    ends = np.append(cut[1:], timeline.end)
    up_to = np.zeros((_KINDS, cut.size + 1), np.int64)
    for code in range(_KINDS):
        np.cumsum(np.where(codes == code, ends - cut, 0), out=up_to[code, 1:])

    def at(instants: Sequence[datetime]) -> Micros:
        where = np.clip(np.array([micros(one) for one in instants], np.int64), timeline.start, timeline.end)
        if not cut.size:
            return np.zeros((_KINDS, where.size), np.int64)
        place = np.maximum(np.searchsorted(cut, where, side="right") - 1, 0)
        found = up_to[:, place]
        found[codes[place], np.arange(where.size)] += where - cut[place]
        return found

    totals = at([one.end for one in of]) - at([one.start for one in of])
    for bounds, sums in zip(of, totals.T.tolist(), strict=True):
        yield Figures(
            bounds, length(sums[AVAILABLE]), length(sums[DEGRADED]), length(sums[UNAVAILABLE]),
            length(sums[UNKNOWN] + sums[UNKNOWN_DOWN]), length(sums[UNKNOWN_DOWN]), length(sum(sums[_EXCUSED_AT:])),
            length(sums[_EXCUSED_AT + UNAVAILABLE]),
        )  # fmt: skip


def unexcused(timeline: Timeline, excused: Iterable[Window]) -> tuple[Micros, Micros]:
    """The pieces of unavailable time that no planned work excuses: their beginnings and their ends."""
    cut, codes = _cut(timeline, _windows(excused))
    here = codes == UNAVAILABLE
    ends = np.append(cut[1:], timeline.end) if cut.size else cut
    return cut[here], ends[here]


def _windows(excused: Iterable[Window]) -> Micros:
    """Windows in order and without overlap, as beginnings and ends by turns; one that ends before it begins is none."""
    flat: list[int] = []
    for begin, end in sorted((micros(begin), micros(end)) for begin, end in excused):
        if flat and begin <= flat[-1]:
            flat[-1] = max(flat[-1], end)
        elif begin < end:
            flat += [begin, end]
    return np.array(flat, np.int64)


def _cut(timeline: Timeline, windows: Micros) -> tuple[Micros, Micros]:
    """The timeline's intervals, cut where planned work begins or ends, each with its code, excused or not."""
    codes = timeline.states.astype(np.int64)
    if not windows.size or not timeline.begins.size:
        return timeline.begins, codes
    cut = np.union1d(timeline.begins, windows[(windows > timeline.start) & (windows < timeline.end)])
    within = np.searchsorted(windows, cut, side="right") % 2 == 1
    found = codes[np.searchsorted(timeline.begins, cut, side="right") - 1]
    return cut, np.where(within, found + _EXCUSED_AT, found)


def periods_of(timeline: Timeline, period: Period, zone: str) -> Iterator[Bounds]:
    """The days, months or years of a zone that the timeline touches."""
    calendar = Calendar(zone, zone=zone, always=True)
    at, end = instant(timeline.start), instant(timeline.end)
    while at < end:
        bounds = periods.around(period, calendar, at)
        yield bounds
        at = bounds.end
