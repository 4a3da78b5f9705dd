"""Say whether a receiver takes pages at all, and when one that does not is tried again.

Pure: `now` comes in. A failure that may be about one page makes that page alone wait. Any other is about the receiver:
then nothing is sent on any of its connections until the wait is over, and after it one page, the most urgent that is
due. The one surprise: the page that failed waits by itself as well, longer each time, so that another page is tried
soon: one that no receiver can take never stands before all others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.alert import Result, Verdict

OF_ONE_PAGE = frozenset({"server_error", "deferred", "too_large", "defect", "unanswered"})
"""Reasons of failures that may be about one page."""


@dataclass(frozen=True, slots=True)
class Outage:
    """How often in a row a receiver took nothing, and until when it is left alone; `probing` while one page tries."""

    failures: int = 0
    until: datetime | None = None
    probing: bool = False

    def opens_at(self, now: datetime) -> datetime:
        """When the next page may be sent."""
        return now if self.until is None else max(now, self.until)

    def closed(self, now: datetime) -> bool:
        """Whether nothing may be sent at *now*."""
        return self.until is not None and (self.probing or now < self.until)

    @property
    def over(self) -> bool:
        return self.until is None

    def probe(self) -> Outage:
        """The outage while one page tries."""
        return self if self.until is None else replace(self, probing=True)

    def unknown(self) -> Outage:
        """The outage after a page of which nobody knows what became."""
        return replace(self, probing=False)

    def failed(self, asked: datetime | None, now: datetime, wait: Callable[[int], timedelta]) -> Outage:
        """The outage after a failure that is the receiver's; one while it was left alone anyway changes nothing."""
        if self.until is not None and not self.probing:
            return self
        until = now + wait(self.failures)
        return Outage(self.failures + 1, until if asked is None else max(until, asked))


def of_the_receiver(result: Result) -> bool:
    """Whether a page was not taken because of its receiver, so that no other would be taken either."""
    return result.tried and result.verdict is Verdict.RETRY and result.reason not in OF_ONE_PAGE
