"""Decide when a source is asked again.

Pure: instants and lengths in, instants out. The shell (`program.py`) does the waiting.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


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
