"""Give the pages open clocks as they are now: the store knows only what had counted when each was last read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.clock import Rulebook
from monitor.listing import ClockPlace, ClockQuery, ClockRow
from monitor.model import Life
from monitor.snapshot import NearClock, counted_now
from monitor.store import Listing


@dataclass(frozen=True, slots=True)
class ListedClocks:
    """The list of open clocks, by one configuration."""

    listing: Listing
    rules: Rulebook
    now: Callable[[], datetime]

    def page(
        self, query: ClockQuery, limit: int, after: ClockPlace | None
    ) -> tuple[Sequence[NearClock], ClockPlace | None]:
        """So many clocks after a place, and the place after which the next page begins. Raises StoreError."""
        page, now = self.listing.clocks(query, limit, after), self.now()
        return [counted_now(_near(row), self.rules.working_times, now) for row in page.rows], page.next


def _near(row: ClockRow) -> NearClock:
    return NearClock(
        row.key, row.target, row.cycle, row.tier, row.assurance, row.state, row.deadline, row.counted, row.budget,
        row.missed_periods, row.calendar, row.life is Life.RUNNING, row.read_at, row.customer, row.circuit, row.team,
        row.title, row.url, row.measure,
    )  # fmt: skip
