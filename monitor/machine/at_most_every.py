"""Do something at most once in a length of time: looks at the store, pings, lines of the log.

Pure: the time comes in, as an instant or as a reading of a steady clock (a length since its own zero). The one
surprise: a clock that was set back makes it due, because the time since the last one is then unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

Moment = TypeVar("Moment", datetime, timedelta)


@dataclass(slots=True)
class AtMostEvery(Generic[Moment]):
    """Something that is done at most once in each `every`. `last` is when it was done, None before the first time."""

    every: timedelta
    last: Moment | None = None

    def due(self, now: Moment) -> bool:
        """Whether it may be done at *now*."""
        return self.last is None or not timedelta(0) <= now - self.last < self.every

    def done(self, now: Moment) -> None:
        """Note that it was done at *now*."""
        self.last = now

    def take(self, now: Moment) -> bool:
        """Whether it may be done at *now*; if so, it counts as done."""
        if not self.due(now):
            return False
        self.last = now
        return True
