"""Poll the sources: all of them once before the first clock may fire, then each at its own pace.

One poll per source at a time; a failure is recorded, put off and never stops another source. The judgement of the pace
is in `pace.py`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from functools import partial

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from monitor.config import Config, SourceConfig
from monitor.errors import StoreError, TierwatchError
from monitor.history import Batch, Collector, Cursor, least, polled
from monitor.net import Dated, reason_of, witnessed
from monitor.service.machine_time import MachineTime
from monitor.service.pace import Pace
from monitor.service.stopping import named
from monitor.store import Committed, Ingest, PollOutcome

log = structlog.get_logger()


class Sources:
    """Every source of one running program. `news` is called when the engine is to look at what was committed."""

    def __init__(
        self, config: Config, ingest: Ingest, scheduler: BackgroundScheduler, news: Callable[[], None],
        stopping: threading.Event, time: MachineTime, enlist: Callable[[], None] = lambda: None,
        losses: Callable[[str], datetime | None] = lambda _: None,
        busy: MutableMapping[str, threading.Lock] | None = None,
        commit: Callable[[str, Batch], Committed | None] | None = None,
    ) -> None:  # fmt: skip
        """Builds the collectors. Raises ConfigError. *enlist* is called by each thread that the catch-up begins,
        *losses* says when an operator last accepted a loss of a source. *busy* has a lock for each source that sources
        of another configuration share. *commit* keeps a batch (`Intake.commit`); without it subjects are only marked.
        """
        self._keep = commit or (lambda source, batch: ingest.commit_batch(source, batch, time.now()))
        self._losses = losses
        self._sources, self._catch_up_within = config.sources, config.catch_up
        self._ingest, self._scheduler = ingest, scheduler
        self._news, self._stopping, self._time, self._enlist = news, stopping, time, enlist
        self._collectors: dict[str, Collector] = {s.name: s.module.build(s.options) for s in config.sources}
        locks = {} if busy is None else busy
        self._busy = {source.name: locks.setdefault(source.name, threading.Lock()) for source in config.sources}
        self._polling: dict[str, int] = {}

    @property
    def polling(self) -> Mapping[str, int]:
        """The sources that are being polled, each with the identifier of its thread."""
        return dict(self._polling)

    def catch_up(self) -> None:
        """Poll every source once before the first clock may fire (semantics 19), bounded by `catch_up`."""
        with_everyone = ThreadPoolExecutor(
            max(1, len(self._sources)), thread_name_prefix="catch up", initializer=self._enlist
        )
        polls = [with_everyone.submit(self._poll, source) for source in self._sources]
        end, late = time.monotonic() + self._catch_up_within.total_seconds(), set(polls)
        while late and time.monotonic() < end and not self._stopping.is_set():
            _, late = wait(late, timeout=min(0.1, max(end - time.monotonic(), 0.0)))
        if late:
            log.warning("catch_up_cut_short", sources_still_busy=len(late), after=str(self._catch_up_within))
        with_everyone.shutdown(wait=False)

    def schedule(self, first: Mapping[str, datetime] | None = None) -> None:
        """Poll each source again and again, from the scheduler's start on; *first* is when, by the wall clock."""
        first = {} if first is None else first
        for source in self._sources:
            seconds = source.every.total_seconds()
            begins = {"next_run_time": first[source.name]} if source.name in first else {}
            self._scheduler.add_job(
                self._poll, "interval", args=[source], id=source.name, seconds=seconds, jitter=max(seconds * 0.1, 0.01),
                max_instances=1, coalesce=True, misfire_grace_time=None, **begins,
            )  # fmt: skip

    def _poll(self, source: SourceConfig) -> None:
        """Poll a source once, unless a poll of it is still under way (one that the catch-up did not wait for)."""
        busy = self._busy[source.name]
        if self._stopping.is_set() or not busy.acquire(blocking=False):
            return
        try:
            self._polling[source.name] = threading.get_ident()
            with named(f"source {source.name}"):
                self._poll_once(source)
        finally:
            self._polling.pop(source.name, None)
            busy.release()

    def _poll_once(self, source: SourceConfig) -> None:
        failure, retry_at = None, None
        clock, began = self._time.look()
        asked = clock.looked.monotonic
        try:
            cursor = self._cursor(source.name, began)
            position = cursor.position
            with witnessed(partial(self._heard, source.name)):
                for batch in polled(self._collectors[source.name], cursor):
                    if self._stopping.is_set():
                        return  # another configuration may have read on from here
                    if not (batch.events or batch.rejects) and batch.position == position:
                        continue
                    position = batch.position
                    self._commit(source.name, least(batch, source.leave_out, source.keep_raw), asked)
        except TierwatchError as error:
            if self._stopping.is_set():
                return  # the request was aborted: that says nothing of the source
            reason = "store" if isinstance(error, StoreError) else reason_of(error)
            failure, retry_at = (reason, str(error)), error.retry_at
        except Exception as error:
            log.exception("poll_crashed", source=source.name)
            failure = (
                "defect",
                f"{source.kind}/{source.name}: tierwatch failed while reading ({type(error).__name__})",
            )
        self._after_poll(source, began, failure, retry_at)

    def _cursor(self, source: str, began: datetime) -> Cursor:
        ingest = self._ingest
        return Cursor(
            source, began, ingest.position(source), partial(ingest.open_subjects, source), self._losses(source)
        )

    def _commit(self, source: str, batch: Batch, asked: timedelta) -> None:
        committed = self._keep(source, batch)
        if committed is None:
            return
        if committed.newest is not None:
            self._time.changed(source, committed.newest, asked)
        if committed.left:
            self._news()

    def _heard(self, source: str, dated: Dated) -> None:
        self._time.heard(dated.peer, dated.date, dated.began, dated.ended, source, dated.here)

    def _after_poll(
        self, source: SourceConfig, began: datetime, failure: tuple[str, str] | None, retry_at: datetime | None
    ) -> None:
        ended = self._time.now()
        try:
            failures = self._ingest.failures(source.name) + 1 if failure else 0
            following = Pace(source.every, source.at_most).next_poll(ended, failures, retry_at)
            self._ingest.commit_poll(source.name, PollOutcome(ended, following, failure, began))
        except StoreError as error:
            log.error("poll_not_recorded", source=source.name, error=str(error))
            return
        if failure:
            log.warning("poll_failed", source=source.name, error=failure[1], next_try=following.isoformat())
            if self._scheduler.get_job(source.name) is not None:
                self._scheduler.modify_job(source.name, next_run_time=self._time.wall(following))
