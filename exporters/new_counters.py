"""Show every scraper a new counter at 0 first: Prometheus sees no increase in a series that begins with 1.

`increase()` and `rate()` compare samples. Each scraper gets a counter that is new since the start as 0 once, and its
value from the next scrape on. Nothing is lost: counters never go down. Counters that were stored before the start were
scraped by then, and are never shown as 0. A client that sends no header of a scraper (a browser, curl) always gets the
value.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

Series = tuple[str, tuple[str, ...]]
"""A counter's name and its label values."""

AT_ONCE = timedelta(minutes=2)
"""Scrapers that come for the first time so soon after a new counter are taken to belong together."""

MOST_SCRAPERS = 16


class NewCounters:
    """Which scraper has seen which counter since the start; asked by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: OrderedDict[str, set[Series]] = OrderedDict()
        self._first: dict[Series, datetime] = {}

    def at_zero(
        self, scraper: str, shown: Mapping[Series, float], fresh: Collection[Series], now: datetime
    ) -> frozenset[Series]:
        """Which of the series that are *shown* must be shown as 0 to *scraper*; *fresh* are those new since the start.

        A scraper that is new is taken for another address of an old one, unless the counter appeared just now.
        """
        with self._lock:
            known = scraper in self._seen
            seen = self._seen.setdefault(scraper, set())
            self._seen.move_to_end(scraper)
            if len(self._seen) > MOST_SCRAPERS:
                self._seen.popitem(last=False)
            new = [series for series in fresh if shown.get(series) and series not in seen]
            found = frozenset(s for s in new if known or now - self._first.get(s, now) <= AT_ONCE)
            for series in shown:
                self._first.setdefault(series, now)
            seen.update(shown)
            return found
