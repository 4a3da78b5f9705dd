"""Let a thread wait until another one wakes it, or until some time has passed."""

from __future__ import annotations

import threading


class Wakeup:
    """One thread waits on it, others wake it. A `wake` while nobody waits ends the next wait at once."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._woken = False

    def wake(self) -> None:
        with self._condition:
            self._woken = True
            self._condition.notify_all()

    def wait(self, seconds: float) -> None:
        """Wait until `wake` is called, or *seconds* have passed on the monotonic clock."""
        with self._condition:
            if not self._woken and seconds > 0:
                self._condition.wait(seconds)
            self._woken = False
