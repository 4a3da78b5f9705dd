"""Remember what an exporter has sent just now, for a database that dies loses what it had taken and not yet written.

Pure. VictoriaMetrics answers 204 as soon as a point is in its memory, and writes it to its disk some seconds later; a
database without a write-ahead log in step does as much. So a position is kept in the store only once it was sent a
minute ago. What was sent since is sent again where the database seems to have died, and after a start of ours.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from monitor.net import Failed
from monitor.store import StoredTransition

SETTLES = 60.0
"""Seconds after which a database has on its disk what it has taken."""

DIED = frozenset({Failed.NETWORK, Failed.TIMEOUT, Failed.CUT_SHORT, Failed.SERVER_ERROR})
"""Failures that a database that died, or the proxy before it, leads to."""

AGAIN_AT_MOST_EVERY = 2 * SETTLES
"""Seconds between two times at which many rows are sent again: with a database that fails all the time, a backlog shall
go down nevertheless."""


@dataclass(slots=True)
class Unsettled:
    """The last row of each portion that was sent within a minute. `newest` may be read by other threads."""

    few: int
    """Fewer rows than so many are sent again at any time."""
    newest: StoredTransition | None = None
    """The last row that was sent; None where the position in the store says it."""
    _sent: deque[tuple[float, StoredTransition, int]] = field(default_factory=deque)
    _rows: int = 0
    _again_at: float = float("-inf")

    def sent(self, at: float, last: StoredTransition, number: int) -> None:
        """Note that a portion was sent, of so many rows, at an instant of the steady clock."""
        self._sent.append((at, last, number))
        self._rows += number
        self.newest = last

    def settled(self, at: float) -> StoredTransition | None:
        """The last row that is settled since it was asked last; forgets what is."""
        found = None
        while self._sent and at - self._sent[0][0] >= SETTLES:
            _, found, number = self._sent.popleft()
            self._rows -= number
        if not self._sent:
            self.newest = None
        return found

    def failed(self, at: float, reason: str) -> bool:
        """Forget what was sent, so that it is sent again, where the failure may mean that it was lost; true if so."""
        if reason not in DIED or not self._sent:
            return False
        if self._rows >= self.few:
            if at - self._again_at < AGAIN_AT_MOST_EVERY:
                return False
            self._again_at = at
        self.forget()
        return True

    def forget(self) -> None:
        """Go back to the position in the store."""
        self._sent.clear()
        self._rows, self.newest = 0, None
