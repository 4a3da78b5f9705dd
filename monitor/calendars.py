"""Count working time, and find the instant at which a given amount of it has been used.

A calendar compiles to sorted working spans with a running total, so that working time is a monotone function W(t) with
an inverse: elapsed = W(b) - W(a), deadline = W^-1(W(start) + budget). Both are binary searches.

Pure. The one surprise: an amount that is used up exactly at closing time is used up *at closing time*; `add` leaves it
there and does not name the next opening (`docs/concepts.md`, Conventions). `last` names that opening.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from monitor.errors import ConfigError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
_FIRST_YEAR, _LAST_YEAR = 1971, 2200

Span = tuple[time, time]
"""Opening and closing time of day, local; a closing time of 00:00 is midnight at the end of the day."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """When time counts: dated data, no arithmetic.

    `weekly` maps weekday (0 = Monday) to its spans, in order and without overlap. `days` overlays single dates: an
    empty tuple is a holiday, spans are a make-up working day or a half day. `always` is 24x7 and needs no spans.
    """

    name: str
    version: str = "1"
    zone: str = "UTC"
    always: bool = False
    weekly: Mapping[int, tuple[Span, ...]] = field(default_factory=dict)
    days: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)

    def spans(self, day: date) -> tuple[Span, ...]:
        return self.days[day] if day in self.days else self.weekly.get(day.weekday(), ())


class WorkingTime:
    """A compiled calendar: W(t) and its inverse.

    Compiles the years it is asked about and remembers them, which no caller can see in a result.
    Instants are aware datetimes (any zone), lengths are timedeltas; exact to the microsecond.
    """

    def __init__(self, calendar: Calendar) -> None:
        """Raises ConfigError for a calendar in which no time ever counts."""
        self.calendar = calendar
        self._years: tuple[int, int] | None = None
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._totals: list[int] = [0]
        if not calendar.always and not any(calendar.weekly.values()):
            raise ConfigError(
                f"calendar {calendar.name!r} has no weekly working time, so no deadline could ever be reached;"
                " write hours, or 24x7"
            )

    def counted(self, start: datetime, end: datetime) -> timedelta:
        """Working time between two instants; zero if *end* is not after *start*."""
        if end <= start:
            return timedelta(0)
        if self.calendar.always:
            return end - start
        a, b = _micros(start), _micros(end)
        self._cover(a, b)
        return timedelta(microseconds=self._total(b) - self._total(a))

    def add(self, start: datetime, length: timedelta) -> datetime:
        """The earliest instant, not before *start*, by which *length* of working time has counted.

        For a length of zero that is *start* itself, open or not. Raises ConfigError where the answer lies beyond 2200.
        """
        if length <= timedelta(0):
            return start
        if self.calendar.always:
            return start + length
        goal = self._goal(start, length)
        index = bisect_left(self._totals, goal)
        return _instant(self._ends[index - 1] - (self._totals[index] - goal))

    def last(self, start: datetime, length: timedelta) -> datetime:
        """The latest instant at which no more than *length* has counted: the next opening, where `add` is a closing."""
        if self.calendar.always:
            return start + max(length, timedelta(0))
        goal = self._goal(start, max(length, timedelta(0)), strictly=True)
        index = bisect_right(self._totals, goal)
        instant = _instant(self._starts[index - 1] + (goal - self._totals[index - 1]))
        return max(start, instant)

    def _goal(self, start: datetime, length: timedelta, strictly: bool = False) -> int:
        """W(start) + length, with enough years compiled that the total reaches it (or, strictly, passes it)."""
        origin = _micros(start)
        self._cover(origin, origin)
        while True:
            goal = self._total(origin) + length // TICK
            if self._totals[-1] > goal or (self._totals[-1] == goal and not strictly):
                return goal
            assert self._years is not None
            if self._years[1] >= _LAST_YEAR:
                raise ConfigError(
                    f"calendar {self.calendar.name!r}: {length} of working time after {start:%Y-%m-%d} is not reached"
                    f" before {_LAST_YEAR}; give the calendar more hours or the target a smaller budget"
                )
            first, last_year = self._years
            self._compile(first, min(_LAST_YEAR, last_year + 1 + (last_year - first) // 2))

    def _total(self, at: int) -> int:
        """W(at): microseconds counted from the first compiled span until *at*."""
        index = bisect_right(self._starts, at)
        if index == 0:
            return 0
        return self._totals[index - 1] + min(at, self._ends[index - 1]) - self._starts[index - 1]

    def _cover(self, first: int, last: int) -> None:
        low, high = _instant(first).year - 1, _instant(last).year + 1
        if low < _FIRST_YEAR - 1 or high > _LAST_YEAR + 1:
            raise ConfigError(
                f"calendar {self.calendar.name!r} counts from {_FIRST_YEAR} to {_LAST_YEAR}, not in {low + 1}"
            )
        if self._years is None:
            self._compile(low, high)
        elif low < self._years[0] or high > self._years[1]:
            self._compile(min(low, self._years[0]), max(high, self._years[1]))

    def _compile(self, first_year: int, last_year: int) -> None:
        zone = ZoneInfo(self.calendar.zone)
        starts: list[int] = []
        ends: list[int] = []
        day = date(first_year, 1, 1)
        while day.year <= last_year:
            tomorrow = day + timedelta(days=1)
            for opening, closing in self.calendar.spans(day):
                start = _micros(datetime.combine(day, opening, zone))
                end = _micros(datetime.combine(day if closing > time(0) else tomorrow, closing, zone))
                # A change of the clocks can make a span empty, or move its local start before the last one's end.
                if starts:
                    start = max(start, ends[-1])
                if end <= start:
                    continue
                if starts and start == ends[-1]:
                    ends[-1] = end
                else:
                    starts.append(start)
                    ends.append(end)
            day = tomorrow
        self._starts, self._ends = starts, ends
        self._totals = [0, *accumulate(b - a for a, b in zip(starts, ends, strict=True))]
        self._years = (first_year, last_year)


def _micros(at: datetime) -> int:
    return (at.astimezone(UTC) - EPOCH) // TICK


def _instant(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)
