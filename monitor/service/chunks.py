"""Say how many subjects are judged and stored at once, so that what falls due meanwhile never waits long."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.model import SubjectKey

FEWEST = 100
"""Subjects with news per transaction at least, and at first."""

MOST = 1_000
"""And at most: each takes some 20 kB until it is stored."""

CHUNK_DUE = 500
"""Subjects per transaction where so many are due (semantics 15): nothing more urgent could wait for them."""

LONG = 0.25
"""Seconds that a transaction of subjects with news should take."""

KEPT = timedelta(seconds=1)
"""How long it is remembered who else is due: whatever becomes due meanwhile waits no longer."""


@dataclass(slots=True)
class Chunk:
    """How many subjects with news are judged at once: as many as take some `LONG`, by the last that were."""

    clock: Callable[[], float] = time.monotonic
    size: int = FEWEST

    @contextmanager
    def measured(self, number: int) -> Iterator[Callable[[], bool]]:
        """Judge and store so many subjects in the block; it is given what says that it takes far too long.

        A chunk that was not full says nothing of the next one.
        """
        began, size = self.clock(), self.size
        yield lambda: number <= size and self.clock() - began > 2 * LONG
        if number >= size:
            self.size = following(size, number, self.clock() - began)


def following(size: int, number: int, seconds: float) -> int:
    """The next size after *number* subjects took so long: at most twice this one, and never a small fraction of it."""
    wanted = number * LONG / seconds if seconds > 0 else MOST
    return max(FEWEST, min(MOST, 2 * size, int(wanted)))


@dataclass(slots=True)
class Crowd:
    """Subjects that are due at once, more than are judged at once: they are put in order once."""

    keys: tuple[SubjectKey, ...] = ()
    asked: datetime | None = field(default=None)

    def keep(
        self, now: datetime, first: tuple[SubjectKey, ...], then: tuple[SubjectKey, ...]
    ) -> tuple[SubjectKey, ...]:
        """Gives *first*, and keeps *then* for the steps after it."""
        self.keys, self.asked = then, now
        return first

    def next(self, now: datetime) -> tuple[SubjectKey, ...]:
        """The next of those that were kept; none where that is too long ago, or the time went back."""
        if self.asked is None or not self.asked <= now <= self.asked + KEPT:
            self.keys = ()
        some, self.keys = self.keys[:CHUNK_DUE], self.keys[CHUNK_DUE:]
        return some
