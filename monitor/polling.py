"""Decide when a source is asked again, and whether the machine's clock can be trusted.

Pure: instants and lengths in, instants out. The shell (`app.py`) does the waiting.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

TOLERANCE = timedelta(seconds=5)
SETTLE = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a source is asked: every `every` while it answers, after failures twice as long each time up to
    `at_most`. Jitter is the scheduler's."""

    every: timedelta
    at_most: timedelta

    def next_poll(self, now: datetime, failures: int, retry_at: datetime | None = None) -> datetime:
        """When to ask next after *failures* failures in a row; never before the source's own Retry-After."""
        wait = self.every
        if failures:
            wait = min(self.every * 2 ** min(failures - 1, 20), max(self.at_most, self.every))
        planned = now + wait
        return max(planned, retry_at) if retry_at is not None else planned


@dataclass(frozen=True, slots=True)
class WallClock:
    """The wall clock held against the monotonic one (semantics 17).

    `offset` is wall minus monotonic at the last look. A change of it beyond `TOLERANCE` is a jump: firings are held
    until the two have gone alike for `SETTLE`.
    """

    offset: timedelta
    held_until: timedelta = timedelta(0)

    def look(self, wall: timedelta, monotonic: timedelta) -> WallClock:
        """The judgement after reading both clocks (each as a length since its own zero)."""
        offset = wall - monotonic
        jumped = abs(offset - self.offset) > TOLERANCE
        return WallClock(offset, monotonic + SETTLE if jumped else self.held_until)

    def held(self, monotonic: timedelta) -> bool:
        """Whether firings are to be held at *monotonic*."""
        return monotonic < self.held_until
