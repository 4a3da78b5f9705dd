"""Take the looks that follow each step of the engine, so that one that fails stops no other."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import datetime

from monitor.errors import StoreError
from monitor.log import Logger
from monitor.service.delivery import PAUSE_AFTER_FAILURE

log = Logger()

Look = Callable[[datetime], bool]
"""Looks at something at an instant; true if there is something to send."""


class Looks:
    """Remembers which look failed: it rests for PAUSE_AFTER_FAILURE. Belongs to the engine's thread."""

    def __init__(self) -> None:
        self._rests: dict[str, float] = {}

    def take(self, looks: Iterable[tuple[str, Look]], at: datetime) -> bool:
        """Take every look, each by its name; true if there is something to send. Raises StoreError."""
        return any([self._take(what, look, at) for what, look in looks])

    def _take(self, what: str, look: Look, at: datetime) -> bool:
        if time.monotonic() < self._rests.get(what, 0.0):
            return False
        try:
            return look(at)
        except StoreError:
            raise  # the whole loop waits for the store
        except Exception:
            self._rests[what] = time.monotonic() + PAUSE_AFTER_FAILURE
            log.exception("look_crashed", what=what, next_try=f"in {PAUSE_AFTER_FAILURE} s")
            return False
