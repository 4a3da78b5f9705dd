"""Say when alerting is at work, so that whoever has time waits for it.

All threads share one interpreter: a crossing that is judged beside four requests of the API gets a fifth of it. What is
said holds for an instant and is bounded by whoever waits (`exporters/web/request_limit.py`), so that no amount of work
keeps requests away. The engine's thread writes, others read.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LEAD = 0.01
"""Seconds before an instant at which something is due: requests under way are over by then."""

SENDING = 0.02
"""Seconds that an alert takes from its commit to its receiver."""


class AlertingFirst:
    """Whether something is due, is judged, or was just decided. *clock* gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._judging = False
        self._due, self._until = math.inf, -math.inf

    def expect(self, seconds: float) -> None:
        """Note that the next step that has something to do begins after so many seconds; infinite where none is."""
        self._due = self._clock() + seconds

    @contextmanager
    def judging(self, due: bool) -> Iterator[None]:
        """A step in the block. Only one that has something *due* is urgent: news may be very many."""
        self._judging, self._due = due, math.inf
        try:
            yield
        finally:
            self._judging = False

    def decided(self) -> None:
        """Note that alerts were committed, and are sent now."""
        self._until = self._clock() + SENDING

    def __call__(self) -> bool:
        """Whether alerting is at work, or about to be. A step that comes late is waited for as long as a sending."""
        now = self._clock()
        return self._judging or now < self._until or self._due - LEAD <= now < self._due + SENDING
