"""Count working time for arrays of instants: the same answers as `WorkingTime`, a million at a time.

Pure. Instants and lengths are int64 microseconds (`working_time.micros`). Each search is a look into a guide table,
which has the answer for the beginning of a bucket of time, and one or two comparisons from there: for starts in no
order a binary search would miss the processor's cache at nearly every step.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from monitor.worktime.local_time import instant
from monitor.worktime.working_time import WorkingTime

Micros = NDArray[np.int64]

_CHUNK = 1 << 14  # so many at a time: what is in between stays in the processor's cache
_MOST_BUCKETS = 1 << 18
_MOST_STEPS = 8
_FAR = np.iinfo(np.int64).max
_BEYOND = 1 << 62  # above every instant, and far enough from the end of the type to be added to one


def deadlines(working: WorkingTime, starts: Micros, lengths: Micros | int) -> Micros:
    """`WorkingTime.add` for each start and its length (or one length for all).

    Raises ConfigError as `add` does, for the whole batch.
    """
    starts, lengths = _whole(starts), _whole(lengths)
    if lengths.ndim and lengths.shape != starts.shape:
        raise ValueError(f"{starts.size} starts and {lengths.size} lengths; give as many, or one length")
    if not starts.size:
        return starts.copy()
    if working.calendar.always:
        return starts + np.maximum(lengths, 0)
    lengths = np.minimum(lengths, _BEYOND)
    used = np.maximum(lengths, 0)
    goals = np.empty_like(starts)
    while True:
        batch = _Batch.of(working, int(starts.min()), int(starts.max()))
        batch.totals_at(starts, goals)
        goals += used
        furthest = int(goals.argmax())
        if goals[furthest] <= batch.total:
            break
        length = int(used[furthest] if used.ndim else used)
        working.add(instant(int(starts[furthest])), timedelta(microseconds=length))  # compiles the years, or raises
    batch.instants_of(goals, goals)
    at_once = np.broadcast_to(lengths <= 0, starts.shape)
    if at_once.any():
        np.copyto(goals, starts, where=at_once)
    return goals


def elapsed(working: WorkingTime, starts: Micros, ends: Micros) -> Micros:
    """`WorkingTime.counted` from each start to its end; 0 where the end is not after the start."""
    starts, ends = _whole(starts), _whole(ends)
    if ends.shape != starts.shape:
        raise ValueError(f"{starts.size} starts and {ends.size} ends; give as many")
    if not starts.size:
        return starts.copy()
    if working.calendar.always:
        lasted: Micros = np.maximum(ends - starts, 0)
        return lasted
    forward = ends > starts
    if not forward.all():  # an end before its start counts nothing, wherever it lies
        answer = np.zeros_like(starts)
        answer[forward] = elapsed(working, starts[forward], ends[forward])
        return answer
    batch = _Batch.of(working, int(starts.min()), int(ends.max()))
    answer, before = np.empty_like(starts), np.empty_like(starts)
    batch.totals_at(ends, answer)
    batch.totals_at(starts, before)
    answer -= before
    return answer


def _whole(numbers: Micros | int) -> Micros:
    """As int64, and nothing that would have to be rounded."""
    given = np.asarray(numbers)
    if given.dtype.kind not in "iu" and given.size:
        raise TypeError(f"instants and lengths are whole microseconds (int64), not {given.dtype}")
    return given.astype(np.int64, copy=False)


@dataclass(frozen=True, slots=True)
class _Batch:
    """The table of a calendar as arrays, made so that each answer is one addition and at most one bound.

    W(t) = min(t + shift[i], bound[i]) with i spans begun by t; its inverse is g + back[j] with j totals below g.
    """

    begun: _Guide
    shift: Micros
    bound: Micros
    below: _Guide
    back: Micros
    total: int

    @classmethod
    def of(cls, working: WorkingTime, first: int, last: int) -> _Batch:
        table = working.table(first, last)
        starts, ends, totals = (np.array(column, np.int64) for column in (table.starts, table.ends, table.totals))
        return cls(
            begun=_Guide.over(starts, first, last),
            shift=np.concatenate(([_BEYOND], totals[:-1] - starts)),
            bound=totals,
            below=_Guide.over(totals + 1, 0, int(totals[-1])),  # whole numbers: below g means at most g - 1
            back=np.concatenate(([0], ends - totals[1:])),
            total=int(totals[-1]),
        )

    def totals_at(self, instants: Micros, out: Micros) -> None:
        """W of each instant."""
        for begin in range(0, instants.size, _CHUNK):
            chunk = instants[begin : begin + _CHUNK]
            index = self.begun.count(chunk)
            answer = np.add(chunk, self.shift.take(index), out=out[begin : begin + _CHUNK])
            np.minimum(answer, self.bound.take(index), out=answer)

    def instants_of(self, goals: Micros, out: Micros) -> None:
        """The first instant at which each goal has counted; *out* may be *goals*."""
        for begin in range(0, goals.size, _CHUNK):
            chunk = goals[begin : begin + _CHUNK]
            index = self.below.count(chunk)
            np.add(chunk, self.back.take(index), out=out[begin : begin + _CHUNK])


@dataclass(frozen=True, slots=True)
class _Guide:
    """How many of the sorted keys are at most x, for any x of a range."""

    keys: Micros
    low: int
    shift: int
    first: NDArray[np.intp]
    steps: int

    @classmethod
    def over(cls, keys: Micros, low: int, high: int) -> _Guide:
        """The guide for x from *low* to *high*; a bucket is as wide as the nearest keys are apart, where it can be."""
        gap = int(np.diff(keys).min()) if keys.size > 1 else _BEYOND
        width = max(gap, (high - low) // _MOST_BUCKETS + 1)
        shift = width.bit_length() - 1
        if (high - low) >> shift > _MOST_BUCKETS:
            shift += 1
        edges = low + (np.arange(((high - low) >> shift) + 2, dtype=np.int64) << shift)
        first = np.searchsorted(keys, edges, side="right")
        steps = int(np.diff(first).max())
        return cls(np.append(keys, _FAR), low, shift, first, steps)

    def count(self, numbers: Micros) -> NDArray[np.intp]:
        if self.steps > _MOST_STEPS:
            return np.searchsorted(self.keys[:-1], numbers, side="right")
        bucket = numbers - self.low
        bucket >>= self.shift
        index = self.first.take(bucket)
        for _ in range(self.steps):
            index += self.keys.take(index) <= numbers
        return index
