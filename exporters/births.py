"""Let every scraper see a counter at 0 before it sees more: an increase from nothing is none to Prometheus.

`increase()` and `rate()` compare samples. Of a series whose first sample is 1 they never see the first step, so a
counter that was born while this program runs is shown as 0 to each scraper once, and as it is from the next scrape on.
Nothing is lost: counters never go down. What was stored before the start was scraped by then, and is never shown as 0.
The one surprise: who does not say that he scrapes (a browser, curl) is always shown the true value.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

Series = tuple[str, tuple[str, ...]]
"""A counter's name and its label values."""

AT_ONCE = timedelta(minutes=2)
"""Scrapers that come for the first time so soon after a birth are taken to belong together."""

MOST_SCRAPERS = 16


class Births:
    """Which scraper has seen which counter since the start; asked by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: OrderedDict[str, set[Series]] = OrderedDict()
        self._first: dict[Series, datetime] = {}

    def held(
        self, scraper: str, shown: Mapping[Series, float], fresh: Collection[Series], now: datetime
    ) -> frozenset[Series]:
        """Which of the series that are *shown* must be shown as 0 to *scraper*; *fresh* are those born since the start.

        A scraper that is new is taken for another address of an old one, unless the birth was just now.
        """
        with self._lock:
            known = scraper in self._seen
            seen = self._seen.setdefault(scraper, set())
            self._seen.move_to_end(scraper)
            if len(self._seen) > MOST_SCRAPERS:
                self._seen.popitem(last=False)
            born = [series for series in fresh if shown.get(series) and series not in seen]
            held = frozenset(s for s in born if known or now - self._first.get(s, now) <= AT_ONCE)
            for series in shown:
                self._first.setdefault(series, now)
            seen.update(shown)
            return held
