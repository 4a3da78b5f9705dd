"""Let the engine work step by step, and let whoever exchanges what it works with do that between two steps."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Turn:
    """One step at a time, of whichever engine; an exchange goes before the next step."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._working = self._exchanging = False

    @contextmanager
    def step(self) -> Iterator[None]:
        """One step in the block. Waits until the step or the exchange that is under way is over."""
        with self._condition:
            self._condition.wait_for(lambda: not self._working and not self._exchanging)
            self._working = True
        try:
            yield
        finally:
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
