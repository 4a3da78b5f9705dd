"""Cut closings of a calendar, such as half days of a feed, out of the time that counts.

Pure. Closings are stretches of real time, in microseconds since 1970 here; they may overlap and be in no order.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from monitor.worktime.calendars import Closing
from monitor.worktime.local_time import instant, micros

_DAY = timedelta(days=1)


class Closings:
    """The closings of one calendar, in order."""

    __slots__ = ("_closings", "_ends", "_furthest", "_merged_ends", "_merged_starts", "_starts")

    def __init__(self, closings: Sequence[Closing]) -> None:
        self._closings = sorted(closings, key=lambda one: (one.start, one.end, one.name))
        self._starts = [micros(one.start) for one in self._closings]
        self._ends = [micros(one.end) for one in self._closings]
        self._furthest = list(accumulate(self._ends, max))
        self._merged_starts: list[int] = []
        self._merged_ends: list[int] = []
        for start, end in zip(self._starts, self._ends, strict=True):
            if self._merged_ends and start <= self._merged_ends[-1]:
                self._merged_ends[-1] = max(end, self._merged_ends[-1])
            else:
                self._merged_starts.append(start)
                self._merged_ends.append(end)

    def __bool__(self) -> bool:
        return bool(self._starts)

    def cut(self, parts: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """What the closings leave of stretches of time."""
        found = []
        for start, end in parts:
            begin = start
            index = bisect_right(self._merged_ends, start)
            while begin < end and index < len(self._merged_starts) and self._merged_starts[index] < end:
                if begin < self._merged_starts[index]:
                    found.append((begin, self._merged_starts[index]))
                begin = self._merged_ends[index]
                index += 1
            if begin < end:
                found.append((begin, end))
        return found

    def within(self, start: int, end: int) -> Iterator[Closing]:
        """The closings that take something of a stretch of time, oldest first."""
        last = bisect_left(self._starts, end)
        first = bisect_right(self._furthest, start)
        yield from (self._closings[i] for i in range(first, last) if self._ends[i] > start)

    def dates(self, zone: str) -> Iterator[date]:
        """Every date that a closing may have something of, the dates before and after it too (of shifts); in order."""
        where = ZoneInfo(zone)
        done = date.min
        for start, end in zip(self._merged_starts, self._merged_ends, strict=True):
            day = max(done, instant(start).astimezone(where).date() - _DAY)
            last = instant(end).astimezone(where).date() + _DAY
            while day <= last:
                yield day
                day += _DAY
            done = max(done, day)
