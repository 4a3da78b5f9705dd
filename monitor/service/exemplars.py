"""Keep which subject each counter of breaches and each bucket of consumed budgets has counted last.

In memory alone: after a start there are none until something is counted. There are no more than series, and none names
anything but a subject. What happened before the installation is not counted by these series, so it is no exemplar.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from monitor.model import SubjectKey, TransitionKind
from monitor.snapshot import CONSUMED, Exemplar, SeriesKey, consumed_bound
from monitor.store import STOPPED, Step, stopped

BREACHED = "tierwatch_sla_clocks_breached_total"


class Exemplars:
    """The exemplars of one running program. Safe in every thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest: dict[SeriesKey, Exemplar] = {}

    def newest(self) -> Mapping[SeriesKey, Exemplar]:
        """The last one of each series, as a value."""
        with self._lock:
            return dict(self._newest)

    def counted(self, steps: Iterable[Step], installed_at: datetime, now: datetime) -> None:
        """Note what steps that were committed have counted.

        The time of an exemplar is *now* and not when it happened, and never goes back: a breach may be found late, and
        Prometheus refuses an exemplar that is older than the one before.
        """
        found = dict(_counted(steps, installed_at))
        if found:
            with self._lock:
                for series, (key, value) in found.items():
                    before = self._newest.get(series)
                    self._newest[series] = Exemplar(key, value, now if before is None else max(now, before.at))


def _counted(steps: Iterable[Step], installed_at: datetime) -> Iterator[tuple[SeriesKey, tuple[SubjectKey, float]]]:
    """The series that the transitions of steps count in, each with the subject and what it added."""
    for step in steps:
        key = step.loaded.key
        for item in step.outcome.transitions:
            if item.at < installed_at:
                continue
            if item.kind is TransitionKind.BREACHED:
                yield SeriesKey(BREACHED, (key.source, item.tier, item.assurance, item.target)), (key, 1.0)
            elif item.kind in STOPPED and (reading := stopped(step, item)) is not None:
                counted, budget = reading.counted, reading.target.budget
                labels = (item.tier, item.target)
                yield SeriesKey(CONSUMED, labels, consumed_bound(counted, budget)), (key, counted / budget)
