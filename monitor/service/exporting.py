"""Send transitions and aggregates to each exporter, in a thread of its own, so that none holds up anything else.

Transitions wait in the store, and the position is noted a minute after they were sent (`unsettled.py`). Aggregates that
cannot be sent wait in a spool of bounded size. Each round sends a portion of transitions and one look of aggregates, so
that neither waits for the other; then the thread rests for as long as it has computed, for clocks that are due go
first. Failures are counted, logged when they change, and never end anything.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import random
from threading import Event

import structlog

from alerts.delivery import outbox
from exporters.points import Exporter, Point, of_metrics, of_transition, packed, unpacked
from monitor.config import ExporterConfig
from monitor.errors import ExportError, StoreError
from monitor.net import Failed, reason_of
from monitor.service.unsettled import Unsettled
from monitor.service.wakeup import Wakeup
from monitor.snapshot import ExporterHealth, Snapshot
from monitor.store import Exports, Sent
from monitor.worktime import EPOCH

PORTION = 5_000
"""Transitions that are read and sent at once."""

LOOK_EVERY = 1.0
"""Seconds after which it is looked for new transitions."""

NEEDS_EDIT = timedelta(minutes=1)
"""How long to wait where only an edit helps."""

LONGEST_ASKED_WAIT = timedelta(hours=1)
"""A database that asks for more is asked again after this."""

PAUSE_AFTER_FAILURE = 5.0

log = structlog.get_logger()


@dataclass(slots=True)
class State:
    """What outlives a configuration of an exporter, in memory only."""

    last_success: datetime | None = None
    caught_up: datetime | None = None
    failures: int = 0
    """Failures in a row."""
    failed_for: str = ""
    opens_at: float = 0.0
    """Until then nothing is sent, in monotonic seconds."""
    unsettled: Unsettled = field(default_factory=lambda: Unsettled(few=PORTION))


@dataclass(slots=True)
class Line:
    """One exporter and what it works with. Belongs to its thread."""

    config: ExporterConfig
    exporter: Exporter
    state: State
    wakeup: Wakeup = field(default_factory=Wakeup)
    slot: int | None = None
    """The number of the last look of aggregates."""
    fresh: list[Point] = field(default_factory=list)
    """A look that was not sent yet."""


class Exporting:
    """The exporters of one configuration. Raises ConfigError for one that cannot be built."""

    def __init__(
        self, configured: Sequence[ExporterConfig], store: Exports, stopping: Event,
        snapshot: Callable[[datetime], Snapshot], now: Callable[[], datetime], states: dict[str, State],
    ) -> None:  # fmt: skip
        """*states* has what is known of each exporter, by name; what is not there yet is added."""
        self._store, self._stopping, self._snapshot, self._now = store, stopping, snapshot, now
        self._lines = [
            Line(one, one.module.build(one.options), states.setdefault(one.name, State())) for one in configured
        ]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(line.config.name for line in self._lines)

    def begin(self) -> None:
        """Let new exporters begin behind what is stored. Raises StoreError."""
        for name in self._store.begin(self.names):
            log.warning("exporter_not_configured", exporter=name, what="the aggregates that waited for it are dropped")

    def work(self) -> Iterator[tuple[str, Callable[[], None]]]:
        """The work of each thread until the program stops, with the thread's name; it begins without a wait."""
        for line in self._lines:
            line.state.opens_at = 0.0  # the configuration may have been corrected
            yield f"exporter {line.config.name}", partial(self._forever, line)

    def wake(self) -> None:
        for line in self._lines:
            line.wakeup.wake()

    def health(self) -> tuple[ExporterHealth, ...]:
        """How each exporter stands. Raises StoreError."""
        newest = {line.config.name: line.state.unsettled.newest for line in self._lines}
        waiting = self._store.waiting({name: 0 if last is None else last.id for name, last in newest.items()})
        return tuple(
            ExporterHealth(line.config.name, *waiting[line.config.name], line.state.last_success, line.state.caught_up)
            for line in self._lines
        )

    def _forever(self, line: Line) -> None:
        while not self._stopping.is_set():
            try:
                pause = self.round(line)
            except StoreError as error:
                log.error("export_waits_for_store", exporter=line.config.name, error=str(error))
                pause = PAUSE_AFTER_FAILURE
            except Exception:
                log.exception("export_crashed", exporter=line.config.name, next_try=f"in {PAUSE_AFTER_FAILURE} s")
                pause = PAUSE_AFTER_FAILURE
            line.wakeup.wait(pause)

    def round(self, line: Line) -> float:
        """Send what is next; gives for how many seconds to wait. Raises StoreError."""
        computed, now = time.thread_time(), self._now()
        self._look(line, now)
        shut = line.state.opens_at - time.monotonic()
        if shut > 0:
            self._spool_fresh(line)
            return min(shut, LOOK_EVERY)
        try:
            more = self._transitions(line, now)
            more |= self._aggregates(line, now)
        except ExportError as error:
            self._spool_fresh(line)
            return self._failed(line, error, now)
        if not more:
            line.state.caught_up = now
            return LOOK_EVERY
        return time.thread_time() - computed

    def _look(self, line: Line, now: datetime) -> None:
        """Take the aggregates once in each span of `every`; not while the open clocks are not counted."""
        slot = (now - EPOCH) // line.config.every
        if slot == line.slot:
            return
        line.slot = slot
        snapshot = self._snapshot(now)
        if snapshot.counted:
            line.fresh = of_metrics(snapshot, now, line.config.every)

    def _transitions(self, line: Line, now: datetime) -> bool:
        """Send a portion of them, and note which are settled; true if there may be more."""
        name, unsettled = line.config.name, line.state.unsettled
        settled = unsettled.settled(time.monotonic())
        if settled is not None:
            self._store.advance(name, settled)
        rows = self._store.after(name, PORTION, unsettled.newest)
        if rows:
            sent = self._send(line, [of_transition(row) for row in rows], now)
            unsettled.sent(time.monotonic(), rows[-1], len(rows))
            self._store.note(name, sent, now)
        return len(rows) == PORTION

    def _aggregates(self, line: Line, now: datetime) -> bool:
        """Send the newest look, and the oldest one that waits; true if there may be more."""
        name = line.config.name
        if line.fresh:
            sent = self._send(line, line.fresh, now)
            line.fresh = []
            self._store.note(name, sent, now)
        waiting = self._store.oldest(name)
        if waiting is None:
            return False
        self._store.unspool(name, waiting, self._send(line, list(unpacked(waiting.body)), now), now)
        return True

    def _send(self, line: Line, points: Sequence[Point], now: datetime) -> Sent:
        refused = line.exporter.export(points, now)
        rejected = sum(one.points for one in refused)
        state = line.state
        if state.failures:
            log.info("export_recovered", exporter=line.config.name, failures=state.failures)
        state.failures, state.failed_for, state.last_success = 0, "", now
        if refused:
            log.error(
                "points_rejected", exporter=line.config.name, number=rejected, reason=refused[0].reason,
                what="the other points were written; docs/influxdb.md says how to list these",
            )  # fmt: skip
        return Sent(len(points) - rejected, rejected, [(one.point, one.reason) for one in refused])

    def _spool_fresh(self, line: Line) -> None:
        if line.fresh:
            self._store.spool(line.config.name, packed(line.fresh), len(line.fresh), line.config.spool_bytes)
            line.fresh = []

    def _failed(self, line: Line, error: ExportError, now: datetime) -> float:
        """Count a failure, say it where it is another than before, and give for how many seconds to wait."""
        reason, state = reason_of(error), line.state
        if reason == Failed.STOPPED:
            return LOOK_EVERY
        if not error.retryable:
            wait = NEEDS_EDIT
        elif error.retry_at is not None:
            wait = min(max(error.retry_at - now, timedelta(0)), LONGEST_ASKED_WAIT)
        else:
            wait = outbox.wait_after(state.failures, random())
        state.opens_at = time.monotonic() + wait.total_seconds()
        if state.unsettled.failed(time.monotonic(), reason):
            log.info(
                "export_goes_back", exporter=line.config.name, what="what was sent in the last minute is sent again"
            )
        if reason != state.failed_for:
            log.error(
                "export_failed", exporter=line.config.name, error=str(error),
                what="transitions wait in the store, aggregates in the spool; it is tried again and again",
            )  # fmt: skip
        state.failures, state.failed_for = state.failures + 1, reason
        self._store.failed(line.config.name, reason)
        return min(wait.total_seconds(), LOOK_EVERY)
