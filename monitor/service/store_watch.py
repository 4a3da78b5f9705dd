"""Watch the database's file for the running program: whether it is the one that is open, every second.

While it is lost, that is told through every receiver, logged once a minute, and shown. Belongs to a thread of its own
work; the alert goes the way of all alerts, for the open file goes on taking writes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from alerts.decide import store_lost
from monitor.alert import Router, Settings
from monitor.machine import AtMostEvery
from monitor.store import Clocks, Marked

LOG_EVERY = timedelta(minutes=1)
SEEN_EVERY = timedelta(minutes=10)
"""How often the marker beside the configuration says that the database is in use."""

log = structlog.get_logger()


class StoreWatch:
    """What one running program knows of its database's file."""

    def __init__(
        self, marked: Marked, clocks: Clocks, router: Callable[[], Router], settings: Callable[[], Settings]
    ) -> None:
        self._marked, self._clocks, self._router, self._settings = marked, clocks, router, settings
        self._logging: AtMostEvery[datetime] = AtMostEvery(LOG_EVERY)
        self._seeing: AtMostEvery[datetime] = AtMostEvery(SEEN_EVERY)
        self._said: str | None = None
        self.lost = ""
        """What has become of the file, empty while it is where it belongs."""

    def look(self, now: datetime) -> bool:
        """Tell of a file that is lost, or is back; true if there is something to send."""
        lost = self._marked.database.lost()
        self.lost = "" if lost is None else lost.what
        where = "" if lost is None else str(lost.path)
        self._log(where, now)
        if not self.lost and self._seeing.take(now):
            self._marked.seen(now)
        if self.lost == self._said:
            return False
        changed = store_lost.decide(self.lost, where, self._clocks.alerts_without_subject(), self._settings(), now)
        if changed:
            self._clocks.commit_alerts(changed, self._router(), now)
        self._said = self.lost
        return bool(changed)

    def _log(self, where: str, now: datetime) -> None:
        if not self.lost:
            if self._logging.last is not None:
                log.info("database_back", database=self._marked.database.name)
            self._logging.last = None
        elif self._logging.take(now):
            log.error(
                "database_lost", file=where, how=self.lost,
                what="paging goes on from the open file; do not restart, put the file back",
            )  # fmt: skip
