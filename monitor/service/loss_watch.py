"""Tell of inventories that lost many circuits at once; the judgement is in `alerts/decide/sudden_losses.py`.

Belongs to the engine's thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from alerts.decide import sudden_losses
from monitor.alert import Router, Settings
from monitor.log import Logger
from monitor.machine import AtMostEvery
from monitor.store import Clocks, Losses

EVERY = timedelta(seconds=5)
"""How often it is looked."""

log = Logger()


class LossWatch:
    """What one running program knows of losses that are held back."""

    def __init__(
        self, sources: Sequence[str], losses: Losses, clocks: Clocks, router: Router, settings: Callable[[], Settings]
    ) -> None:
        self._sources, self._losses, self._clocks = tuple(sources), losses, clocks
        self._router, self._settings = router, settings
        self._looking: AtMostEvery[datetime] = AtMostEvery(EVERY)
        self._quiet = False

    def look(self, now: datetime) -> bool:
        """Tell of a loss that is held back, or is not any more; true if there is something to send."""
        if not self._looking.take(now):
            return False
        held = self._losses.held(self._sources)
        if not held and self._quiet:
            return False
        said = [(one.source, one.detail) for one in held]
        changed = sudden_losses.decide(said, self._clocks.alerts_without_subject(), self._settings(), now)
        if changed:
            self._clocks.commit_alerts(changed, self._router, now)
            for one in held:
                log.warning("sudden_loss_held", source=one.source, what=one.detail)
        self._quiet = not held
        return bool(changed)
