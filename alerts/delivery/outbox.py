"""Deliver what is due on one channel, and say what becomes of each page.

The judgement (`after`) is pure; `deliver` asks the store, the notifier and the store again. A page is closed only after
its receiver answered: a crash in between sends it twice, never not at all. One round serves one connection of one
channel, so a receiver that hangs holds up nobody else. Which page is next is the store's order
(`monitor/alert/urgency.py`).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from alerts.delivery import digests
from alerts.delivery.outage import of_the_receiver
from alerts.oncall import without_tokens
from alerts.wording import drills
from monitor.alert import Alert, Channel, Delivery, Notifier, Page, Result, Settlement, Verdict
from monitor.errors import DeliveryError
from monitor.log import Logger
from monitor.net import Failed

EVERY = timedelta(seconds=60)
"""How often a receiver of states is sent each one again."""

RETENTION = timedelta(minutes=15)
"""How long after its end an alert is still sent as ended, so that a receiver that restarted meanwhile learns of it."""

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=1), timedelta(seconds=60)

LONGEST_ASKED_WAIT = timedelta(minutes=15)
"""The most that a receiver's own wish (Retry-After) can put a page off."""

log = Logger()

Linking = Callable[[Alert, datetime], Alert]
"""What is added to an alert on its way to a receiver, and never kept: a link to acknowledge it."""


def as_it_is(alert: Alert, now: datetime) -> Alert:
    """An alert with no link added."""
    return alert


class Store(Protocol):
    """What a round needs of the store."""

    def due_pages(self, channel: str, now: datetime, limit: int) -> tuple[Page, ...]:
        """States as they are now, or of each alert's queue only the oldest row."""
        ...

    def settle_pages(self, settlements: Sequence[Settlement], now: datetime) -> None:
        """A row whose version moved on meanwhile stays due."""
        ...


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did. `next_at` is when the first of its pages is due again, None if all were closed.

    `down` says that the receiver, and not a page, was the reason of a failure, and `asked` until when it wants to be
    left alone, if it named an instant. `paced` is when our own budget of the receiver lets more pages through.
    """

    sent: int
    failed: int
    next_at: datetime | None
    down: bool = False
    asked: datetime | None = None
    paced: datetime | None = None


NOTHING = Round(0, 0, None)


def deliver(
    store: Store,
    notifier: Notifier,
    channel: Channel,
    now: datetime,
    limit: int = 256,
    jitter: Callable[[], float] = random.random,
    linking: Linking = as_it_is,
) -> Round:
    """Send what is due on *channel* once, each page with what *linking* adds, and settle it. Raises StoreError only."""
    pages = store.due_pages(channel.name, now, limit)
    return send(store, notifier, channel, pages, now, jitter, linking)


def send(
    store: Store,
    notifier: Notifier,
    channel: Channel,
    pages: Sequence[Page],
    now: datetime,
    jitter: Callable[[], float] = random.random,
    linking: Linking = as_it_is,
    zone: str = "UTC",
) -> Round:
    """Send pages that the store handed out, each with what *linking* adds, and settle them. Raises StoreError only.

    *zone* is that of those who read them.
    """
    if not pages:
        return NOTHING
    results = _send(notifier, [replace(page, alert=linking(_worded(page), now), zone=zone) for page in pages], now)
    results = {id_: replace(result, detail=without_tokens(result.detail)) for id_, result in results.items()}
    settlements = [after(page, results[page.id], channel.delivery, now, jitter()) for page in pages]
    store.settle_pages(settlements, now)
    failures = [item for item in settlements if item.verdict is not Verdict.ACCEPTED]
    _log(channel, failures)
    due = [item.next_at for item in settlements if item.next_at is not None]
    down = [result for result in results.values() if of_the_receiver(result)]
    asked = [result.retry_at for result in down if result.retry_at is not None]
    return Round(
        len(pages) - len(failures), len(failures), min(due, default=None), bool(down),
        None if not asked else min(min(asked), now + LONGEST_ASKED_WAIT),
        min((item.next_at for item in settlements if not item.tried and item.next_at is not None), default=None),
    )  # fmt: skip


def _worded(page: Page) -> Alert:
    """The alert in the words in which it leaves: a drill says in all of them that it is one."""
    return drills.marked(page.alert) if page.missed is None else digests.worded(page.alert, page.missed)


def after(page: Page, result: Result, delivery: Delivery, now: datetime, jitter: float) -> Settlement:
    """What becomes of a page after its receiver's answer. *jitter* is from 0 to 1 and spreads the retries."""
    if result.reason == Failed.STOPPED:
        result = replace(result, tried=False, retry_at=now)  # due at the next start
    reason, next_at = result.reason or result.verdict.value, None
    if not result.tried and result.retry_at is not None:
        next_at = min(result.retry_at, now + LONGEST_ASKED_WAIT)
    elif result.verdict is Verdict.RETRY:
        next_at = _retry_at(page.attempts, result.retry_at, now, jitter)
    elif result.verdict is Verdict.ACCEPTED:
        reason = page.alert.reason.value
        if delivery is Delivery.STATE:
            next_at = _again_at(page.alert.resolved_at, now)
    return Settlement(page, result.verdict, next_at, detail=result.detail, reason=reason, tried=result.tried)


def _again_at(resolved_at: datetime | None, now: datetime) -> datetime | None:
    again = now + EVERY
    return again if resolved_at is None or again <= resolved_at + RETENTION else None


def wait_after(failures: int, jitter: float) -> timedelta:
    """How long to wait after so many failures in a row and one more: twice as long each time."""
    return min(FIRST_WAIT * (1 << min(failures, 10)), LONGEST_WAIT) * (0.5 + jitter / 2)


def _retry_at(attempts: int, asked: datetime | None, now: datetime, jitter: float) -> datetime:
    """Later each time, and never before the receiver's own wish, unless that is beyond reason."""
    planned = now + wait_after(attempts, jitter)
    return planned if asked is None else max(planned, min(asked, now + LONGEST_ASKED_WAIT))


def _send(notifier: Notifier, pages: Sequence[Page], now: datetime) -> dict[int, Result]:
    """One result per page, whatever the notifier does; a page that it says nothing about was not delivered."""
    results = {page.id: Result(page, Verdict.RETRY, "unanswered", "the notifier gave no answer") for page in pages}
    try:
        results.update({result.page.id: result for result in notifier.send(pages, now)})
    except DeliveryError as error:
        for page in pages:
            results[page.id] = Result(page, Verdict.RETRY, "undelivered", str(error), error.retry_at)
    except Exception:
        if len(pages) > 1:  # one page must not hold up the others
            return {id_: result for page in pages for id_, result in _send(notifier, [page], now).items()}
        log.exception("page_crashed", channel=pages[0].channel, alert=dict(pages[0].alert.labels))
        results[pages[0].id] = Result(pages[0], Verdict.RETRY, "defect", "tierwatch failed while sending; see the log")
    return results


_SAID = {Verdict.REFUSED: "pages_refused", Verdict.RETRY: "pages_failed"}


def _log(channel: Channel, failures: Sequence[Settlement]) -> None:
    """One line per kind of failure, not one per page."""
    counts = Counter((item.verdict, item.reason) for item in failures)
    for (verdict, reason), pages in counts.items():
        alike = [item for item in failures if (item.verdict, item.reason) == (verdict, reason)]
        next_try = min((item.next_at for item in alike if item.next_at is not None), default=None)
        log.warning(
            _SAID[verdict] if any(item.tried for item in alike) else "pages_wait",
            channel=channel.name,
            reason=reason,
            pages=pages,
            error=alike[0].detail,
            next_try=None if next_try is None else next_try.isoformat(),
        )
