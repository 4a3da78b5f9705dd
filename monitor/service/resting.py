"""Keep what reads all of something to a small share of a thread's time, however much there is of it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")

RESTS = 20
"""How many times as long as a look took nothing is looked at again."""

FREE = 0.05
"""Seconds of the processor that a look may take without any rest."""


class Rest:
    """The rest after one kind of look; belongs to one thread.

    `clock` measures rests, `spent` what a look takes, both in seconds.
    """

    def __init__(
        self, rests: float = RESTS, free: float = FREE,
        clock: Callable[[], float] = time.monotonic, spent: Callable[[], float] = time.thread_time,
    ) -> None:  # fmt: skip
        self.clock, self.spent = clock, spent
        self._rests, self._free = rests, free
        self._until = -math.inf

    @property
    def over(self) -> bool:
        """Whether it may be looked again."""
        return self.clock() >= self._until

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Measure the look in this block by the processor time of its thread; what else the machine does is no cost."""
        began = self.spent()
        try:
            yield
        finally:
            took = self.spent() - began
            if took > self._free:
                self._until = self.clock() + self._rests * took


class ReadSeldom(Generic[T]):
    """What a read gave, which is read again when it has rested; belongs to whoever holds one lock."""

    def __init__(self, read: Callable[[], T], rest: Rest | None = None) -> None:
        self._read, self._rest = read, rest or Rest()
        self._found: list[T] = []

    def __call__(self) -> T:
        if not self._found or self._rest.over:
            with self._rest.looking():
                self._found = [self._read()]
        return self._found[0]
