"""Let the engine work step by step, and let whoever exchanges what it works with do that between two steps."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Turn:
    """One step at a time, of whichever engine; an exchange goes before the next step.

    A batch may be kept in between (`beside`). Where both wait, steps and batches take turns.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._working = self._exchanging = False
        self._steps = self._batches = 0
        self._after_step = False

    @contextmanager
    def step(self) -> Iterator[None]:
        """One step in the block. Waits until the step, the batch or the exchange that is under way is over."""
        with self._condition:
            self._steps += 1
            try:
                self._condition.wait_for(lambda: self._free and not (self._batches and self._after_step))
            finally:
                self._steps -= 1
            self._working = self._after_step = True
        try:
            yield
        finally:
            self._end()

    @contextmanager
    def beside(self, seconds: float) -> Iterator[bool]:
        """A batch is kept in the block; false if that was not possible for so many *seconds*."""
        with self._condition:
            self._batches += 1
            try:
                mine = self._condition.wait_for(
                    lambda: self._free and not (self._steps and not self._after_step), seconds
                )
            finally:
                self._batches -= 1
                self._condition.notify_all()
            if mine:
                self._working, self._after_step = True, False
        try:
            yield mine
        finally:
            if mine:
                self._end()

    @property
    def waiting(self) -> tuple[int, int]:
        """How many steps and how many batches wait."""
        return self._steps, self._batches

    @property
    def _free(self) -> bool:
        return not self._working and not self._exchanging

    def _end(self) -> None:
        with self._condition:
            self._working = False
            self._condition.notify_all()

    def take(self, seconds: float) -> bool:
        """Begin an exchange once the step that is under way is over; false if it is not over in so many *seconds*."""
        with self._condition:
            self._exchanging = True
            if self._condition.wait_for(lambda: not self._working, seconds):
                return True
            self._exchanging = False
            self._condition.notify_all()
            return False

    def give_back(self) -> None:
        """End the exchange."""
        with self._condition:
            self._exchanging = False
            self._condition.notify_all()
