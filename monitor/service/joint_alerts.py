"""Keep the alerts that are about several subjects at once: the digest of old breaches, major faults, guarded periods.

The judgement is in `alerts/decide/clock_alerts.py`, `alerts/decide/major_faults.py` and
`alerts/decide/guarded_periods.py`; this asks the store. Belongs to the engine's thread.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from alerts.decide import clock_alerts, guarded_periods, major_faults
from monitor.alert import Router, Settings
from monitor.machine import AtMostEvery
from monitor.policy import Policy
from monitor.service.resting import Rest
from monitor.store import Clocks, Views

MAJORS_EVERY = timedelta(seconds=5)
"""How often major faults are looked for: their rules are in hours."""

GUARDED_EVERY = timedelta(seconds=5)
"""How often the beginnings and ends of guarded periods are looked for; the clocks themselves follow to the instant."""


class JointAlerts:
    """The alerts of one running program that are about several subjects."""

    def __init__(
        self, clocks: Clocks, views: Views, policy: Policy, router: Router,
        settings: Callable[[], Settings], rest: Callable[..., Rest] = Rest,
    ) -> None:  # fmt: skip
        self._clocks, self._views, self._policy = clocks, views, policy
        self._router, self._settings = router, settings
        self._seeking: AtMostEvery[datetime] = AtMostEvery(MAJORS_EVERY)
        self._guarding: AtMostEvery[datetime] = AtMostEvery(GUARDED_EVERY)
        self._backlog: tuple[int, datetime] | None = None
        self.rests = self._after_counting, self._after_reading = rest(free=0.0), rest()

    def backlog(self, at: datetime) -> bool:
        """Keep the one digest of breaches older than this installation up to date; true if it changed.

        They are counted again only after a clock has changed, and in a twentieth of the time at most.
        """
        settings = self._settings()
        seen = (self._clocks.revision, settings.installed_at)
        if seen == self._backlog or not self._after_counting.over:
            return False
        with self._after_counting.looking():
            rows = self._clocks.backlog(settings.installed_at)
            changed = clock_alerts.backlog_digest(rows, self._clocks.alerts_without_subject(), settings, at)
            if changed:
                self._clocks.commit_alerts(changed, self._router, at)
        self._backlog = seen
        return bool(changed)

    def major_faults(self, at: datetime) -> bool:
        """Look every few seconds for faults that take several circuits down at once; true if any changed.

        All circuits that are not known to be up are read for it, so this takes a twentieth of the time at most.
        """
        if not self._after_reading.over or not self._seeking.take(at):
            return False
        previous = self._clocks.alerts_without_subject()
        known = any(one.firing and one.labels.get("alertname") == major_faults.MAJOR for one in previous)
        faults = self._policy.major_faults
        if not faults and not known:
            return False
        with self._after_reading.looking():
            down = self._views.circuits_not_known_up()
            changed = major_faults.decide(down, faults, previous, self._settings(), at)
            if changed:
                self._clocks.commit_alerts(changed, self._router, at)
        return bool(changed)

    def guarded_periods(self, at: datetime) -> bool:
        """Look every few seconds for guarded periods that begin or end; true if any did."""
        if not self._guarding.take(at):
            return False
        previous = self._clocks.alerts_without_subject()
        changed = guarded_periods.decide(self._policy.guarded, previous, self._settings(), at)
        if changed:
            self._clocks.commit_alerts(changed, self._router, at)
        return bool(changed)
