"""Hold the time by which the running program works, and collect the times that peers state.

The judgement is in `machine_clock.py` and `clock_witnesses.py`. Every thread asks here for the time, so that a jump of
the machine's clock is noticed before anything is done by it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from monitor import wallclock
from monitor.machine import TOLERANCE, Look, MachineClock, Peers, Remembered, Seen, begin, doubted
from monitor.worktime import EPOCH


class MachineTime:
    """The program's time. Safe in every thread."""

    def __init__(self, before: Remembered | None = None, read: Callable[[], Look] | None = None) -> None:
        """*before* is what an earlier run left of it."""
        self._read = read or wallclock.look
        self._lock = threading.Lock()
        self._peers = Peers()
        self._accepted = 0
        self.boot_id = wallclock.boot_id()
        self._clock = begin(self._read(), self.boot_id, before)
        newest = None if before is None else before.newest
        self._last = timedelta(0) if newest is None else newest

    @property
    def clock(self) -> MachineClock:
        """The judgement as it was at the last look."""
        return self._clock

    def now(self) -> datetime:
        """The time that the program goes by at this instant."""
        return self.look()[1]

    def look(self) -> tuple[MachineClock, datetime]:
        """The judgement at this instant, and the time by it.

        A correction by a few seconds lets the time stand still rather than go back: nothing may be judged twice.
        """
        with self._lock:
            read = self._look()  # first: the judgement after it says by which time to go on, not the one before
            reckoned = self._clock.reckon(read)
            if not reckoned < self._last <= reckoned + 2 * TOLERANCE:
                self._last = reckoned
            return self._clock, EPOCH + self._last

    def wall(self, at: datetime) -> datetime:
        """What the wall clock will show at an instant of the program's time."""
        with self._lock:
            read = self._look()
            return at + (read.wall - self._clock.reckon(read))

    def accept(self, jump: int) -> None:
        """An operator accepts the time after this jump; another jump is not accepted with it."""
        self._accepted = jump

    def heard(self, peer: str, date: str, began: float, ended: float, source: str = "", here: bool = False) -> None:
        """A peer answered with this `Date`; when, in seconds of the monotonic clock. What is no date is ignored."""
        try:
            said = parsedate_to_datetime(date)
            stated = said - EPOCH
        except (ValueError, TypeError, OverflowError):
            return
        seen = Seen(peer, stated, timedelta(seconds=began), timedelta(seconds=ended), source, here)
        with self._lock:
            self._look()
            self._peers = self._peers.stated(seen, self._clock.steady if self._clock.trusted else None)

    def changed(self, source: str, newest: datetime, began: timedelta) -> None:
        """A source reported something of this instant, in a poll that began then by the monotonic clock."""
        with self._lock:
            self._peers = self._peers.changed(source, newest - EPOCH, began)

    def compare_with_peers(self) -> bool:
        """Once, after every source was asked: whether most of them state another time, so that ours is held."""
        with self._lock:
            at = self._look()
            other = self._peers.otherwise(self._clock.steady) if self._clock.trusted else None
            if other is None:
                return False
            self._clock = doubted(self._clock, other)
            self._peers = self._peers.without_leans()
            return abs(other - at.offset) > timedelta(0)

    def _look(self) -> Look:
        at = self._read()
        self._clock = self._clock.look(at, self._peers, self._accepted)
        return at
