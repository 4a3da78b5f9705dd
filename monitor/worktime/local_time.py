"""Find the instants at which a zone's wall clock shows a local time: one, two or none.

Pure. Local times and instants are whole microseconds since 1970, as the wall shows them and in UTC. A zone is a run of
segments with one offset each, found once per year. The one surprise: a stretch of local time may be two stretches of
real time, where the clocks are put back inside it (semantics 45).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.memory import remembered

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
SECOND = 1_000_000
DAY = 86_400 * SECOND
_STEP = 6 * 3_600  # no zone changes its clocks twice within so many seconds
_FURTHEST = 27 * 3_600 * SECOND  # no zone is further from UTC, its change included


@remembered("zone_changes", 4096)
def _changes(zone: str, year: int) -> tuple[tuple[int, int], ...]:
    """The instants of a year at which the offset changes, each with the offset from then on; microseconds."""
    where = ZoneInfo(zone)
    first, last = (int((datetime(y, 1, 1, tzinfo=UTC) - EPOCH).total_seconds()) for y in (year, year + 1))
    found = []
    before = _offset(where, first)
    for at in range(first, last, _STEP):
        after = _offset(where, at + _STEP)
        if after != before:
            found.append((_change(where, at, at + _STEP) * SECOND, after))
        before = after
    return tuple(found)


def _offset(where: ZoneInfo, at: int) -> int:
    offset = (EPOCH + timedelta(seconds=at)).astimezone(where).utcoffset()
    assert offset is not None
    return offset // TICK


def _change(where: ZoneInfo, low: int, high: int) -> int:
    """The first second after *low* with the offset of *high*."""
    wanted = _offset(where, high)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(where, middle) == wanted:
            high = middle
        else:
            low = middle
    return high


@remembered("local_times", 256)
def local_time_of(zone: str, year: int) -> LocalTime:
    """The wall clock of a zone in a year, the one before and the one after."""
    return LocalTime(zone, year - 1, year + 1)


class LocalTime:
    """The wall clock of one zone from the beginning of one year to the end of another."""

    __slots__ = ("_offsets", "_starts")

    def __init__(self, zone: str, first_year: int, last_year: int) -> None:
        first_year, last_year = max(first_year, 1), min(last_year, 9998)
        begin = int((datetime(first_year, 1, 1, tzinfo=UTC) - EPOCH).total_seconds())
        self._starts = [begin * SECOND - 2 * _FURTHEST]
        self._offsets = [_offset(ZoneInfo(zone), begin)]
        for year in range(first_year, last_year + 1):
            for at, offset in _changes(zone, year):
                self._starts.append(at)
                self._offsets.append(offset)

    def shown(self, a: int, b: int) -> Iterator[tuple[int, int]]:
        """The stretches of real time in which the wall shows a local time from *a* up to *b* (not included)."""
        starts, offsets = self._starts, self._offsets
        i = max(0, bisect_right(starts, a - _FURTHEST) - 1)
        while i < len(starts) and starts[i] - _FURTHEST < b:
            offset = offsets[i]
            start, end = max(a - offset, starts[i]), b - offset
            if i + 1 < len(starts):
                end = min(end, starts[i + 1])
            if start < end:
                yield start, end
            i += 1

    def first(self, local: int) -> int:
        """The first instant at which the wall shows *local*; where it never does, the instant that skips it."""
        starts, offsets = self._starts, self._offsets
        i = max(0, bisect_right(starts, local - _FURTHEST) - 1)
        while True:
            at = max(local - offsets[i], starts[i])  # from here on the wall shows this local time or a later one
            if i + 1 == len(starts) or at < starts[i + 1]:
                return at
            i += 1

    def twice(self, at: int, end: bool) -> int | None:
        """Of local times that come twice: their end, if *at* lies in the second pass; with *end* false their beginning,
        if it lies in the first one. None elsewhere."""
        starts, offsets = self._starts, self._offsets
        i = max(0, bisect_right(starts, at) - 1)
        if end and i and at + offsets[i] < starts[i] + offsets[i - 1]:
            return starts[i] + offsets[i - 1]
        if not end and i + 1 < len(starts) and at + offsets[i] >= starts[i + 1] + offsets[i + 1]:
            return starts[i + 1] + offsets[i + 1]
        return None

    def local(self, at: int) -> int:
        """What the wall shows at an instant."""
        return at + self._offsets[max(0, bisect_right(self._starts, at) - 1)]


def micros(at: datetime) -> int:
    """Microseconds since 1970 of an aware datetime."""
    since = at - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def instant(since: int) -> datetime:
    """The inverse of `micros`, in UTC."""
    return EPOCH + timedelta(microseconds=since)
