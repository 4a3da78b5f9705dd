"""Turn statements of a circuit's state into its timeline, and a timeline into statements for its clocks.

Pure. A statement holds until the next one. What was stated is believed at once: no run of bins confirms it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np

from monitor.availability.micros import instant, micros, span
from monitor.availability.timeline import (
    AVAILABLE,
    DEGRADED,
    STATES,
    UNAVAILABLE,
    UNKNOWN,
    UNKNOWN_DOWN,
    Timeline,
    joined,
)
from monitor.model import CircuitState

_CODES = {
    CircuitState.AVAILABLE: AVAILABLE,
    CircuitState.DEGRADED: DEGRADED,
    CircuitState.UNAVAILABLE: UNAVAILABLE,
    CircuitState.UNKNOWN: UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Statement:
    """Somebody says that a circuit is in a state from an instant on."""

    at: datetime
    state: CircuitState


def stated(statements: Iterable[Statement], until: datetime, silence: timedelta | None = None) -> Timeline:
    """The timeline of statements in any order, up to *until*.

    A statement that is not repeated or replaced within *silence* holds no longer than that: whoever made it may be
    blind, and the time to the next one is unknown. Of several with one instant the last holds. A circuit that is
    retired has no time after that; where somebody states a state of it again, the time between is unknown.
    """
    limit = None if silence is None else span(silence)
    end = micros(until)
    ordered = sorted(((micros(one.at), one.state) for one in statements), key=lambda one: one[0])
    said = [one for one in ordered if one[0] < end]
    begins: list[int] = []
    states: list[int] = []
    onsets: list[int] = []
    down = False
    gone_at: int | None = None
    for (at, state), (following, _) in pairwise([*said, (end, CircuitState.UNKNOWN)]):
        if state is CircuitState.RETIRED:
            if gone_at is None:
                gone_at, down = at, False
                begins.append(at)
                states.append(UNKNOWN)
            continue
        gone_at = None
        code = _CODES[state]
        if code == UNKNOWN and down:
            code = UNKNOWN_DOWN
        elif code != UNKNOWN:
            if code == UNAVAILABLE and not down:
                onsets.append(at)
            down = code == UNAVAILABLE
        begins.append(at)
        states.append(code)
        if limit is not None and following - at > limit and code not in (UNKNOWN, UNKNOWN_DOWN):
            begins.append(at + limit)
            states.append(UNKNOWN_DOWN if down else UNKNOWN)
    end = end if gone_at is None else gone_at
    kept = [place for place, (at, after) in enumerate(pairwise([*begins, end])) if at < after]
    start = begins[0] if begins else end
    known = np.array(onsets, np.int64)
    part = Timeline(
        start, end, np.array([begins[place] for place in kept], np.int64),
        np.array([states[place] for place in kept], np.uint8), known, known, end,
    )  # fmt: skip
    return joined([part], start)


def for_clocks(timeline: Timeline, least: timedelta = timedelta(0)) -> Iterator[Statement]:
    """The changes of state that a circuit's clocks are told, oldest first.

    Degraded time shorter than *least* is told as available; unavailable time is told as short as it was.
    """
    before: CircuitState | None = None
    for begin, code in _worth_telling(timeline, span(least)):
        state = STATES[code]
        if state is not before:
            yield Statement(instant(begin), state)
            before = state


def _worth_telling(timeline: Timeline, least: int) -> Sequence[tuple[int, int]]:
    short = (timeline.states == DEGRADED) & (timeline.ends - timeline.begins < least)
    states = np.where(short, AVAILABLE, timeline.states)
    return list(zip(timeline.begins.tolist(), states.tolist(), strict=True))
