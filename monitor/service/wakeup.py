"""Let threads sleep until something happens or some time has gone by."""

from __future__ import annotations

import threading


class Alarm:
    """Something that threads sleep on and others ring."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._rung = False

    def ring(self) -> None:
        with self._condition:
            self._rung = True
            self._condition.notify_all()

    def sleep(self, seconds: float) -> None:
        """Until the alarm rings or *seconds* have gone by, on the monotonic clock."""
        with self._condition:
            if not self._rung and seconds > 0:
                self._condition.wait(seconds)
            self._rung = False
