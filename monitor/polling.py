"""Decide when a source is asked again, and whether the machine's clock can be trusted.

Pure: instants and lengths in, instants out. The shell (`app.py`) does the waiting.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a source is asked: every `every` while it answers; after failures twice as long each time, up to
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
    """Compares the wall clock with the monotonic one (semantics 17).

    `offset` is wall minus monotonic when they were last seen to agree. A difference beyond `tolerance` is a jump:
    new firings are held until both have agreed for a whole look again.
    """

    offset: timedelta
    held: bool = False
    tolerance: timedelta = timedelta(seconds=5)

    def look(self, wall: datetime, monotonic: timedelta, zero: datetime) -> WallClock:
        """The judgement after reading both clocks once."""
        offset = (wall - zero) - monotonic
        jumped = abs(offset - self.offset) > self.tolerance
        return WallClock(offset, jumped, self.tolerance)
