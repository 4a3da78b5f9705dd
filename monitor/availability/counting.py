"""Turn bins into states by the rule of consecutive bins, in chunks that may end anywhere.

Pure. Unavailable time begins at the onset of n severely errored bins in a row and ends at the onset of n others (ITU-T
G.826, Y.1731). A bin without data belongs to no run: the run before it goes on behind it, and the state is held.
The bins of a run that could still change the state are kept back until it is settled, so that chunks of any size give
what the whole gives.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from monitor.availability.micros import Codes, Micros, changes, micros, span
from monitor.availability.rules import Rule
from monitor.availability.timeline import (
    AVAILABLE,
    DEGRADED,
    UNAVAILABLE,
    UNKNOWN,
    UNKNOWN_DOWN,
    Timeline,
    joined,
)

NO_DATA, GOOD, ERRORED, SEVERE = range(4)
"""What a bin is: nothing was measured, no defect, errored, severely errored."""

_HELD = np.array([UNKNOWN, UNKNOWN_DOWN], np.uint8)
_NO_MICROS = np.zeros(0, np.int64)
_NO_CODES = np.zeros(0, np.uint8)


@dataclass(frozen=True, slots=True)
class Carry:
    """What a chunk hands over to the next: the state, and the bins whose state is not settled yet, as runs."""

    down: bool = False
    codes: Codes = field(default_factory=lambda: _NO_CODES)
    counts: Micros = field(default_factory=lambda: _NO_MICROS)

    @property
    def bins(self) -> int:
        """How many bins are not settled."""
        return int(self.counts.sum())


@dataclass(frozen=True, slots=True)
class _Stated:
    """Runs of bins with their states, and the outages among them, by places of bins."""

    states: Codes
    counts: Micros
    onsets: Micros
    decided: Micros  # the first bin after those that decided each outage
    carry: Carry
    settled_runs: int  # the first so many of the runs are settled


def _stated(codes: Codes, counts: Micros, run: int, down: bool) -> _Stated:
    """The state of each run of bins, after the state that held before."""
    known = codes != NO_DATA
    of_known, severe, places = counts[known], codes[known] == SEVERE, np.flatnonzero(known)
    held = np.full(codes.size, down)
    onsets = decided = _NO_MICROS
    carry, settled = Carry(down), codes.size
    if of_known.size:
        begins = np.flatnonzero(np.concatenate(([True], severe[1:] != severe[:-1])))  # of runs without gaps in mind
        lengths = np.add.reduceat(of_known, begins)
        kinds, decisive = severe[begins], lengths >= run
        last = np.maximum.accumulate(np.where(decisive, np.arange(begins.size), -1))
        after = np.where(last >= 0, kinds[np.maximum(last, 0)], down)
        of_each = np.repeat(after, np.diff(np.append(begins, of_known.size)))
        before = np.cumsum(known) - 1  # the latest bin with data, for each run of bins
        held = np.where(before >= 0, of_each[np.maximum(before, 0)], down)
        onsets, decided = _outages(begins[_turns(after, down) & after], of_known, places, counts, run)
        now_down = bool(after[-1])
        carry = Carry(now_down)
        if bool(kinds[-1]) != now_down:  # shorter than `run`, or it would be the state
            settled = int(places[begins[-1]])
            carry = Carry(now_down, codes[settled:], counts[settled:])
    worse = np.where(codes == GOOD, AVAILABLE, DEGRADED)
    states = np.where(known, np.where(held, UNAVAILABLE, worse), _HELD[held.astype(np.intp)]).astype(np.uint8)
    return _Stated(states, counts, onsets, decided, carry, settled)


def _turns(after: NDArray[np.bool_], down: bool) -> NDArray[np.bool_]:
    """Where the state differs from the one before."""
    return np.asarray(after != np.concatenate(([down], after[:-1])))


def _outages(first: Micros, of_known: Micros, places: Micros, counts: Micros, run: int) -> tuple[Micros, Micros]:
    """The bins at which outages begin, and the first bin after those that decided them."""
    begins = np.cumsum(counts) - counts
    up_to = np.cumsum(of_known)
    goal = up_to[first] - of_known[first] + run
    entry = np.searchsorted(up_to, goal)
    within = goal - (up_to[entry] - of_known[entry])
    return begins[places[first]], begins[places[entry]] + within


@dataclass(slots=True)
class Counting:
    """One direction of a circuit, counted as its bins come; bins follow each other without a hole.

    `begin` is the beginning of the first bin. What was counted is `timeline()`, at any time.
    """

    rule: Rule
    begin: datetime
    carry: Carry = field(default_factory=Carry)
    _next: int = 0  # bins so far
    _done: list[Timeline] = field(default_factory=list)

    def add(self, codes: Codes) -> None:
        """Count the next bins."""
        if codes.size and int(codes.max()) > SEVERE:
            raise ValueError(f"{int(codes.max())} is no kind of bin")
        places = changes(codes)
        counts = np.diff(np.append(places, codes.size))
        found = _stated(
            np.concatenate((self.carry.codes, codes[places])), np.concatenate((self.carry.counts, counts)),
            self.rule.run, self.carry.down,
        )  # fmt: skip
        first = self._next - self.carry.bins
        self._next += codes.size
        self.carry = found.carry
        self._done.append(self._part(found, first, found.settled_runs))

    def timeline(self, until: datetime | None = None) -> Timeline:
        """The states so far; what is not settled has the state that holds while nothing else comes.

        *until* is how far samples have been read; without it up to the end of the last bin. A bin that was not closed
        by then, because a reply to one of its probes may still come, is not settled either.
        """
        tail = _stated(self.carry.codes, self.carry.counts, self.rule.run, self.carry.down)
        first = self._next - self.carry.bins
        whole = joined([*self._done, self._part(tail, first, tail.states.size)], micros(self.begin))
        read = whole.end if until is None else micros(until)
        size = span(self.rule.bin)
        closed = (read - span(self.rule.timeout) - micros(self.begin)) // size * size + micros(self.begin)
        return whole.settled_until(min(self._at(first), max(closed, micros(self.begin))))

    def _part(self, found: _Stated, first: int, runs: int) -> Timeline:
        counts = found.counts[:runs]
        ends = first + np.cumsum(counts)
        size, zero = span(self.rule.bin), micros(self.begin)
        end = self._at(int(ends[-1]) if runs else first)
        begins = zero + (ends - counts) * size
        onsets = zero + (first + found.onsets) * size
        decided = zero + (first + found.decided) * size + span(self.rule.timeout)
        return Timeline(self._at(first), end, begins, found.states[:runs], onsets, decided, end)

    def _at(self, bins: int) -> int:
        return micros(self.begin) + bins * span(self.rule.bin)


def counted(codes: Codes, rule: Rule, begin: datetime, until: datetime | None = None) -> Timeline:
    """The states of one direction whose bins begin at *begin*."""
    counting = Counting(rule, begin)
    counting.add(codes)
    return counting.timeline(until)
