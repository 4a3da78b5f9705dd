"""Count all open clocks anew after a start, and whenever the kept counts are in doubt.

Belongs to a thread of its own. After each portion it rests for as long as the portion took, so that clocks that are due
wait for it as little as for any other thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

from monitor.errors import StoreError
from monitor.store import Database, recount

EVERY = 1.0
"""Seconds after which it is looked whether the counts hold."""

AFTER_FAILURE = 5.0

log = structlog.get_logger()


class Recounting:
    """The counts of one running program."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def forever(self, wait: Callable[[float], bool]) -> None:
        """Until *wait*, which waits so many seconds, says that it is to end."""
        while True:
            try:
                self.look(wait)
                pause = EVERY
            except StoreError as error:
                log.error(
                    "recount_waits_for_store", error=str(error), what="the open clocks are not published meanwhile"
                )
                pause = AFTER_FAILURE
            except Exception:
                log.exception("recount_crashed", next_try=f"in {AFTER_FAILURE} s")
                pause = AFTER_FAILURE
            if wait(pause):
                return

    def look(self, rest: Callable[[float], bool] = lambda _: False) -> None:
        """Count anew if the counts are not known. Raises StoreError."""
        if self._database.kept.known:
            return
        began = time.monotonic()
        if recount(self._database, rest):
            log.info("open_clocks_counted", seconds=round(time.monotonic() - began, 3))
