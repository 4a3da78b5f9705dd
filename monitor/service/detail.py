"""Choose the clocks that `/metrics/detail` lists by themselves, and bound how often one of them is another.

A place is taken for `DWELL`, whoever else becomes more urgent meanwhile and even if its clock ends: so there are never
more new series in that time than places, however fast tickets come and go. Clocks for which there is no place are
counted. A listed clock that is no longer at risk or breached is not shown; its place stays taken all the same.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from monitor.model import SubjectKey
from monitor.snapshot import Detail, DetailClock
from monitor.store import Pressing

DWELL = timedelta(minutes=10)
"""How long a place is taken at least."""

_Name = tuple[SubjectKey, str, int]


class DetailPlaces:
    """The places of one running program. Safe in every thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: dict[_Name, tuple[datetime, DetailClock]] = {}

    def at(self, store: Pressing, tiers: Sequence[str], places: int, now: datetime) -> Detail:
        """The clocks of these tiers that are listed now. Raises StoreError."""
        with self._lock:
            first = {_name(clock): clock for clock in store.first(tiers, places)}
            self._taken = {
                name: (since, clock)
                for name, (since, clock) in self._taken.items()
                if clock.tier in tiers and (name in first or since <= now < since + DWELL)
            }
            free = max(0, places - len(self._taken))
            for name, clock in first.items():
                if free and name not in self._taken:
                    self._taken[name] = now, clock
                    free -= 1
            shown = [first[name] for name in self._taken if name in first]
            shown += store.of(clock for name, (_, clock) in self._taken.items() if name not in first)
            number = store.number(tiers)
        listed = Counter(clock.tier for clock in shown)
        dropped = {} if number is None else {tier: max(0, all_ - listed[tier]) for tier, all_ in number.items()}
        return Detail(sorted(shown, key=lambda clock: (clock.deadline, clock)), dropped)


def _name(clock: DetailClock) -> _Name:
    return clock.key, clock.target, clock.cycle
