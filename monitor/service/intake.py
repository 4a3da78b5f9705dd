"""Keep a batch, with the judgement of the subjects that it is the first to speak of, in one transaction.

Judging is done before the transaction and outside the engine's turn; only the writing is in both, so that what is due
waits for no more than that. Subjects that are known already are marked for the engine, as all of them are where one
pass is not allowed: while the machine's clock is held or was set back, before the end of the catch-up for what would
fire, and where the engine does not give its turn in time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from monitor.errors import TierwatchError
from monitor.history import Batch, sound
from monitor.machine import gc_paused
from monitor.service.engine_worker import Worker, begins
from monitor.service.machine_time import MachineTime
from monitor.service.turn import Turn
from monitor.store import Committed, FirstSight, Ingest, Step

MOST = 2_000
"""Subjects of one batch that are judged at once; the rest is marked."""

WITHIN = 2.0
"""Seconds that a batch waits for the turn; a step of the engine that takes longer is no reason to keep it from disk."""

SOON = timedelta(seconds=5)
"""How soon after the judgement something is due for which the engine is woken; it looks every second by itself."""

log = structlog.get_logger()


class Intake:
    """The way of batches into the store, in one configuration. Safe in the threads of several sources."""

    def __init__(
        self, ingest: Ingest, worker: Worker, turn: Turn, time: MachineTime, stopping: threading.Event,
        judged: Callable[[datetime], None] = lambda _: None, told: Callable[[], None] = lambda: None,
        within: float = WITHIN,
    ) -> None:  # fmt: skip
        """*judged* is called with the instant of each judgement that was kept, *told* when there is something to send.

        A batch waits *within* so many seconds for the turn.
        """
        self._ingest, self._worker, self._turn, self._time = ingest, worker, turn, time
        self._stopping, self._judged_of, self._told, self._within = stopping, judged, told, within
        self._may_fire = threading.Event()

    def caught_up(self) -> None:
        """Let clocks fire from now on: every source was asked once, or has had its time."""
        self._may_fire.set()

    def commit(self, source: str, batch: Batch) -> Committed | None:
        """Keep a batch; None where the configuration is not the present one any more, and nothing was kept.

        Raises SourceError for a position that is no JSON, and StoreError.
        """
        with gc_paused():
            first = self._judged(source, batch)
            if first is not None:
                with self._turn.beside(self._within) as mine:
                    if self._stopping.is_set():
                        return None
                    if mine and self._holds(first.at) and (kept := self._kept(source, first)) is not None:
                        return kept
            return self._ingest.commit_batch(source, batch, self._time.now())

    def _judged(self, source: str, batch: Batch) -> FirstSight | None:
        """The subjects that are not known, judged; None where there are none, or none may be."""
        if not batch.events:
            return None
        clock, at = self._time.look()
        if not clock.begins:
            return None
        batch = sound(source, batch)
        steps = self._worker.first_sight(source, batch.events, at, MOST)
        if not self._may_fire.is_set():
            steps = [step for step in steps if not begins(step)]
        if not steps:
            return None
        worker = self._worker
        return FirstSight(
            batch, steps, worker.router, worker.rules.version, worker.installed_at, at, bool(worker.rules.counted)
        )

    def _holds(self, at: datetime) -> bool:
        """Whether what was judged of this instant may be kept by the machine's clock as it is."""
        clock, now = self._time.look()
        return clock.begins and now >= at

    def _kept(self, source: str, first: FirstSight) -> Committed | None:
        """Keep a batch with its judgement. None where our own code fails on that: then it is kept without."""
        try:
            committed = self._ingest.commit_batch(source, first.batch, self._time.now(), first)
        except TierwatchError:
            raise
        except Exception:
            log.exception("judgement_not_kept", source=source, what="the engine judges these subjects one by one")
            return None
        self._worker.kept(first.steps)
        self._judged_of(first.at)
        sending = any(step.alerts for step in first.steps)
        if sending:
            self._told()
        soon = sending or first.counting or any(_soon(step) for step in first.steps)
        return replace(committed, left=committed.left or soon)


def _soon(step: Step) -> bool:
    """Whether anything of the subject may be due before the engine looks by itself."""
    following = (step.outcome.next_at, step.outcome.look_again_at)
    return any(at is not None and at <= step.at + SOON for at in following)
