"""Hold the aggregates of one open database: fed by each transaction after it was committed, counted anew in one pass.

Nothing of it is stored. Whether a change is in it that was not committed, or is missing that was, can be in doubt only
after a commit that failed; then it says nothing until everything has been counted anew. Safe in every thread.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping

from monitor.aggregates import Aggregates, Changes, Counted, Labels, Recount


class Kept:
    """The aggregates while they are right; None while they are not known."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._aggregates: Aggregates | None = None
        self._meanwhile: list[Changes] | None = None
        self._number = 0

    @property
    def known(self) -> bool:
        return self._aggregates is not None

    @property
    def number(self) -> int:
        """Goes up with everything that may have changed the counts."""
        return self._number

    def counted(self) -> Counted | None:
        """The counts; None while they are not known."""
        with self._lock:
            return None if self._aggregates is None else self._aggregates.counted()

    def committed(self, changes: Changes) -> None:
        """Take over what a transaction has changed. Called before the next transaction is committed."""
        if not changes:
            return
        with self._lock:
            self._number += 1
            if self._meanwhile is not None:
                self._meanwhile.append(changes)
            if self._aggregates is not None and not self._aggregates.apply(changes):
                self._aggregates = None

    def doubt(self) -> None:
        """Say nothing until everything has been counted anew; a recount that is under way does not hold either."""
        with self._lock:
            self._number += 1
            self._aggregates = self._meanwhile = None

    def recounting(self) -> None:
        """A recount begins, of what the last transaction has left; those that follow are noted beside it."""
        with self._lock:
            self._meanwhile = []

    def recounted(
        self, recount: Recount, guarded: Mapping[tuple[str, str, str], int], circuits: Mapping[Labels, int]
    ) -> bool:
        """Go by what was counted, and by what has changed since; false if that is in doubt."""
        made = recount.done(guarded, circuits)
        while True:
            with self._lock:
                if self._meanwhile is None:
                    return False
                if not self._meanwhile:
                    self._aggregates, self._meanwhile = made, None
                    self._number += 1
                    return True
                some, self._meanwhile = self._meanwhile, []
            for changes in some:
                if not made.apply(changes):
                    self.doubt()
                    return False
