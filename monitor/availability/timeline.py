"""Hold the states of a circuit over a span of time, and put two directions, or parts of one, together.

Pure. Unknown time is of two kinds: the state before it was up, or down. It counts as unknown either way; an outage
goes on through the second kind (semantics 36).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from monitor.availability.micros import Codes, Micros, changes, instant
from monitor.model import CircuitState

AVAILABLE, DEGRADED, UNAVAILABLE, UNKNOWN, UNKNOWN_DOWN = range(5)
"""The codes of states, the last two by what held before."""

STATES = (
    CircuitState.AVAILABLE,
    CircuitState.DEGRADED,
    CircuitState.UNAVAILABLE,
    CircuitState.UNKNOWN,
    CircuitState.UNKNOWN,
)
"""The state of each code."""

_EITHER = np.array(  # of two directions, by their codes
    [
        [AVAILABLE, DEGRADED, UNAVAILABLE, UNKNOWN, UNKNOWN_DOWN],
        [DEGRADED, DEGRADED, UNAVAILABLE, UNKNOWN, UNKNOWN_DOWN],
        [UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, UNAVAILABLE],
        [UNKNOWN, UNKNOWN, UNAVAILABLE, UNKNOWN, UNKNOWN_DOWN],
        [UNKNOWN_DOWN, UNKNOWN_DOWN, UNAVAILABLE, UNKNOWN_DOWN, UNKNOWN_DOWN],
    ],
    np.uint8,
)

_NONE = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of time in one state."""

    start: datetime
    end: datetime
    state: CircuitState
    down: bool
    """The circuit is down, or its state is unknown and it was down when it was last known."""
    settled: bool
    """No later sample can change it, other than one that comes too late to be counted."""

    @property
    def length(self) -> timedelta:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Timeline:
    """The states from `start` to `end`, without a hole; all instants are microseconds since 1970.

    An interval begins at each of `begins`, with the code of `states`. `onsets` are the beginnings of outages that were
    decided later than they began, `decided` when. What begins before `settled` cannot change any more.
    """

    start: int
    end: int
    begins: Micros
    states: Codes
    onsets: Micros = field(default_factory=lambda: _NONE)
    decided: Micros = field(default_factory=lambda: _NONE)
    settled: int = 0

    @property
    def ends(self) -> Micros:
        """The end of each interval."""
        return np.append(self.begins[1:], self.end) if self.begins.size else _NONE

    @property
    def down(self) -> NDArray[np.bool_]:
        """Whether the circuit is down in each interval, or was when it was last known."""
        return np.asarray((self.states == UNAVAILABLE) | (self.states == UNKNOWN_DOWN))

    def intervals(self) -> Iterator[Interval]:
        """Every interval; one that is settled in its first part only is two."""
        for begin, end, code in zip(self.begins.tolist(), self.ends.tolist(), self.states.tolist(), strict=True):
            down = code in (UNAVAILABLE, UNKNOWN_DOWN)
            cuts = [begin, *([self.settled] if begin < self.settled < end else []), end]
            for left, right in pairwise(cuts):
                yield Interval(instant(left), instant(right), STATES[code], down, right <= self.settled)

    def settled_until(self, at: int) -> Timeline:
        """The same states, settled up to *at*."""
        return replace(self, settled=min(at, self.end))

    def over(self, start: int, end: int) -> Timeline:
        """The states from *start* to *end*; what is outside of what was watched is unknown."""
        begins, states, first, last = self.begins, self.states, start, end
        if not begins.size:
            begins, states = np.array([start], np.int64), np.array([UNKNOWN], np.uint8)
        elif start < self.start:
            begins, states = np.append(start, begins), np.append(np.uint8(UNKNOWN), states)
        if self.begins.size and end > self.end:
            held = UNKNOWN_DOWN if self.down[-1] else UNKNOWN
            begins, states = np.append(begins, self.end), np.append(states, np.uint8(held))
        here = (np.append(begins[1:], max(last, self.end)) > first) & (begins < last)
        begins, states = np.maximum(begins[here], first), states[here]
        return replace(self._of(first, last, begins, states), settled=min(max(self.settled, first), last))

    def _of(self, start: int, end: int, begins: Micros, states: Codes) -> Timeline:
        places = changes(states)
        return replace(self, start=start, end=end, begins=begins[places], states=states[places])


def joined(parts: Sequence[Timeline], start: int) -> Timeline:
    """Parts of one direction that follow each other."""
    end = parts[-1].end if parts else start
    if not parts:
        return Timeline(start, end, _NONE, np.zeros(0, np.uint8))
    whole = Timeline(
        start, end, _NONE, np.zeros(0, np.uint8), np.concatenate([part.onsets for part in parts]),
        np.concatenate([part.decided for part in parts]), parts[-1].settled,
    )  # fmt: skip
    begins = np.concatenate([part.begins for part in parts])
    return whole._of(start, end, begins, np.concatenate([part.states for part in parts]))


def either(one: Timeline, other: Timeline) -> Timeline:
    """The circuit of two directions: down where either is, unknown where either is and none is known to be down."""
    start, end = min(one.start, other.start), max(one.end, other.end)
    one, other = one.over(start, end), other.over(start, end)
    begins = np.union1d(one.begins, other.begins)
    states = _EITHER[_codes(one, begins), _codes(other, begins)]
    onsets = np.concatenate((one.onsets, other.onsets))
    decided = np.concatenate((one.decided, other.decided))
    order = np.lexsort((decided, onsets))
    both = Timeline(start, end, begins, states, onsets[order], decided[order], min(one.settled, other.settled))
    return both._of(start, end, begins, states)


def _codes(of: Timeline, at: Micros) -> Codes:
    return of.states[np.searchsorted(of.begins, at, side="right") - 1]
