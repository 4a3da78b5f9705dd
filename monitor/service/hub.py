"""Notify every subscriber of violations, in order, each in a thread of its own, so that none holds up another.

A notification that was not taken is sent again and again, later each time, and the next one waits for it. Who takes
nothing for long is suspended: nothing is sent there any more, and the page says so. What waits is in the store, so
nothing is lost when the program is killed; what was under way then is sent once more, with the same id.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from random import random

import structlog

from alerts.delivery import outbox
from exporters.hub import Answered, Sender, Wanted, notification, read_query
from monitor.config import HubConfig, origin_of
from monitor.errors import ExportError, StoreError
from monitor.net import Failed, clean, reason_of
from monitor.service.threads import Threads
from monitor.service.wakeup import Wakeup
from monitor.store import Database, Position, Revision, StoredViolation, Subscription, Subscriptions
from monitor.text import shown

LOOK_EVERY = 1.0
"""Seconds after which it is looked for new violations and subscribers."""

LONGEST_ASKED_WAIT = timedelta(hours=1)
"""A subscriber that asks for more is asked again after this."""

NOTE_EVERY = 20_000
"""Rows of the transitions that may be read again after a restart, where no notification was among them."""

PAUSE_AFTER_FAILURE = 5.0

log = structlog.get_logger()


class Suspended(StrEnum):
    """Why a subscriber is sent nothing any more."""

    DEAD = "dead"
    """It took nothing for as long as `suspend_after` says."""
    GONE = "gone"
    """It answered that nobody is there any more (410)."""


@dataclass(slots=True)
class Line:
    """One subscriber and what it works with. Belongs to its thread."""

    subscription: Subscription
    wanted: Wanted
    sender: Sender
    position: Position
    noted: Position
    wakeup: Wakeup = field(default_factory=Wakeup)
    seen: Revision | None = None
    failures: int = 0
    """Failures in a row."""
    failed_for: str = ""
    opens_at: float = 0.0
    """Until then nothing is sent, in monotonic seconds."""


class Hub:
    """The subscribers of one configuration. Without a configured hub nobody is notified, and nothing is asked."""

    def __init__(
        self, config: HubConfig | None, database: Database, threads: Threads, stopping: threading.Event,
        now: Callable[[], datetime], page_url: Callable[[], str],
    ) -> None:  # fmt: skip
        self._config, self._database, self._threads, self._stopping = config, database, threads, stopping
        self._store, self._now, self._page_url = Subscriptions(database), now, page_url
        self._wakeup = Wakeup()
        self._lines: dict[str, Line] = {}
        self._begun: set[str] = set()

    @property
    def wanted(self) -> bool:
        return self._config is not None

    def wake(self) -> None:
        self._wakeup.wake()
        for line in list(self._lines.values()):
            line.wakeup.wake()

    def states(self) -> Mapping[str, int]:
        """How many subscribers are notified, fail at present, and are suspended. Raises StoreError."""
        if self._config is None:
            return {}
        all_of_them = self._store.all()
        suspended = sum(one.suspended_at is not None for one in all_of_them)
        failing = sum(line.failures > 0 for line in list(self._lines.values()))
        return {"active": max(len(all_of_them) - suspended - failing, 0), "failing": failing, "suspended": suspended}

    def forever(self) -> None:
        """Begin a thread for every subscriber, until the program stops."""
        while not self._stopping.is_set():
            try:
                self.look()
                pause = LOOK_EVERY
            except StoreError as error:
                log.error("subscribers_not_read", error=str(error), what="they are notified later")
                pause = PAUSE_AFTER_FAILURE
            except Exception:
                log.exception("hub_crashed", next_try=f"in {PAUSE_AFTER_FAILURE} s")
                pause = PAUSE_AFTER_FAILURE
            self._wakeup.wait(pause)

    def look(self) -> None:
        """Begin a thread for each subscriber that has none. Raises StoreError."""
        for one in self._store.all():
            if one.suspended_at is None and one.id not in self._begun:
                self._begun.add(one.id)
                name, alive = f"subscriber {one.id}", self._threads.alive
                self._threads.start(name, partial(self._notify_forever, one), self._stopping, alive)

    def _notify_forever(self, subscription: Subscription) -> None:
        line: Line | None = None
        try:
            while not self._stopping.is_set():
                try:
                    if line is None:
                        line = self.line(subscription)
                    if line is None or not self._stands(line):
                        return
                    pause = self.round(line)
                except StoreError as error:
                    log.error("notification_waits_for_store", subscription=subscription.id, error=str(error))
                    pause = PAUSE_AFTER_FAILURE
                except Exception:
                    log.exception("notification_crashed", subscription=subscription.id)
                    pause = PAUSE_AFTER_FAILURE
                (self._wakeup if line is None else line.wakeup).wait(pause)
        finally:
            if line is not None:
                line.sender.close()
            self._lines.pop(subscription.id, None)
            self._begun.discard(subscription.id)

    def line(self, subscription: Subscription) -> Line | None:
        """What a subscriber is notified with; None where there is no such subscription any more. Raises StoreError."""
        assert self._config is not None
        position = self._store.position(subscription.id)
        if position is None:
            return None
        wanted = read_query(subscription.query, subscription.customer)
        sender = Sender(self._config, subscription.id, subscription.callback)
        line = self._lines[subscription.id] = Line(subscription, wanted, sender, position, position)
        line.failures = int(subscription.failing_since is not None)
        return line

    def _stands(self, line: Line) -> bool:
        """Whether the subscription is there and not suspended."""
        return any(one.id == line.subscription.id and one.suspended_at is None for one in self._store.all())

    def round(self, line: Line) -> float:
        """Send what is next; gives for how many seconds to wait. Raises StoreError."""
        shut = line.opens_at - time.monotonic()
        if shut > 0:
            return min(shut, LOOK_EVERY)
        revision = self._database.revision()
        if revision is not None and revision == line.seen:
            return LOOK_EVERY
        waiting = self._store.waiting(line.position)
        for one in waiting.violations:
            if self._stopping.is_set():
                return 0.0
            if line.wanted.takes(one) and not self._send(line, one):
                return min(max(line.opens_at - time.monotonic(), 0.0), LOOK_EVERY)
        self._passed(line, waiting.upto)
        if waiting.more:
            return 0.0
        line.seen = revision
        return LOOK_EVERY

    def _passed(self, line: Line, position: Position) -> None:
        """Note a position at which nothing was sent, now and then: to read it again costs less than to write it."""
        line.position = position
        if position.id - line.noted.id >= NOTE_EVERY:
            self._store.advance(line.subscription.id, position)
            line.noted = position

    def _send(self, line: Line, one: StoredViolation) -> bool:
        """Send one notification; true when the next may follow."""
        assert self._config is not None
        now, name = self._now(), line.subscription.id
        if origin_of(line.subscription.callback) not in self._config.origins:
            self._failed(line, "not_allowed", "the origin of its address is not among hub.origins any more", now, None)
            return False
        try:
            answered = line.sender.send(notification(one, self._page_url()), now)
        except ExportError as error:
            if (reason := reason_of(error)) != Failed.STOPPED:
                self._failed(line, reason, str(error), now, error.retry_at)
            return False
        if answered is Answered.GONE:
            self._suspend(line, Suspended.GONE, now)
            return False
        if line.failures:
            log.info("subscriber_recovered", subscription=name, failures=line.failures)
        if answered is Answered.REFUSED:
            log.error("notification_refused", subscription=name, where=clean(line.subscription.callback), id=one.row.id)
        position = line.position = line.noted = Position(one.row.id, one.row.recorded_at)
        self._store.advance(name, position, answered.value, recovered=line.failures > 0)
        line.failures, line.failed_for, line.opens_at = 0, "", 0.0
        return True

    def _failed(self, line: Line, reason: str, error: str, now: datetime, asked: datetime | None) -> None:
        """Count a failure, say it where it is another than before, and wait; suspend who has been dead for long."""
        assert self._config is not None
        name, wait = line.subscription.id, outbox.wait_after(line.failures, random())
        if asked is not None:
            wait = max(wait, min(asked - now, LONGEST_ASKED_WAIT))
        line.opens_at = time.monotonic() + wait.total_seconds()
        if reason != line.failed_for:
            log.error(
                "notification_failed", subscription=name, where=clean(line.subscription.callback), error=error,
                what="it is sent again and again; what comes after it waits in the store",
            )  # fmt: skip
        line.failures, line.failed_for = line.failures + 1, reason
        self._store.failed(name, reason, now)
        since = self._store.failing_since(name)
        if since is not None and now - since >= self._config.suspend_after:
            self._suspend(line, Suspended.DEAD, now)

    def _suspend(self, line: Line, why: Suspended, now: datetime) -> None:
        assert self._config is not None
        self._store.suspend(line.subscription.id, why.value, now)
        log.error(
            "subscriber_suspended", subscription=line.subscription.id, where=clean(line.subscription.callback),
            reason=why.value, after=shown(self._config.suspend_after),
            what="it is sent nothing any more; to subscribe again in the same way goes on where it was",
        )  # fmt: skip
