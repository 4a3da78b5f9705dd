"""Tell of a configuration that was refused and not corrected; the judgement is in `alerts/decide/reload_refused.py`.

Belongs to the engine's thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from alerts.decide import Route, Straight, reload_refused
from monitor.alert import Settings
from monitor.service.reloads import Reloads
from monitor.snapshot import Configured
from monitor.store import Clocks


class ReloadWatch:
    """What one running program has told of its reloads. The alert goes to every receiver that takes it."""

    def __init__(
        self, reloads: Reloads, clocks: Clocks, routes: Sequence[Route], settings: Callable[[], Settings]
    ) -> None:
        self._reloads, self._clocks, self._settings = reloads, clocks, settings
        self._router = Straight(tuple(routes))
        self._said: Configured | None = None

    def look(self, now: datetime) -> bool:
        """Tell of a refused configuration, or that one was taken since; true if there is something to send."""
        configured = self._reloads.configured
        if configured is self._said:
            return False
        changed = reload_refused.decide(configured, self._clocks.alerts_without_subject(), self._settings(), now)
        if changed:
            self._clocks.commit_alerts(changed, self._router, now)
        self._said = configured
        return bool(changed)
