"""Do the work of the threads `engine` and `trust` with the parts of one configuration.

The engine does what is due, one step after another, and looks around for whatever else may have a page. Between two
steps the configuration may be exchanged (`turn.py`).
"""

from __future__ import annotations

import math
import threading
import time
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import structlog

from monitor.errors import StoreError
from monitor.service.delivery import PAUSE_AFTER_FAILURE
from monitor.service.host import Host
from monitor.service.looks import Look, Looks
from monitor.service.quiet import Quiet, quiet
from monitor.store import Revision

if TYPE_CHECKING:
    from monitor.service.parts import Parts

LONGEST_SLEEP = 1.0
"""Seconds after which the engine looks at the machine's clock again, whatever is due."""

log = structlog.get_logger()


class EngineLoop:
    """The work of both threads until the parts' `stopping` is set."""

    def __init__(self, parts: Parts, host: Host) -> None:
        self._parts, self._host = parts, host
        self._looks = Looks()
        self._told = threading.Event()
        self._quiet = Quiet()
        self.looked = threading.Event()
        """Whether what was due at the start has been looked at once."""

    def told(self) -> None:
        """Have the engine look around after alerts were committed by another thread, and send them."""
        self._told.set()
        self._parts.receivers.wake()

    # -- clocks ------------------------------------------------------------------------------------------------------

    def advance_forever(self) -> None:
        """Do what is due until the end; what fails is logged and tried again."""
        parts = self._parts
        while not parts.stopping.is_set():
            self._host.rounds += 1
            try:
                pause = self._step()
                self.looked.set()
                self._host.news.wait(pause)
            except StoreError as error:
                parts.publisher.store_failed()
                log.error("engine_waits_for_store", error=str(error))
                parts.receivers.wake()  # what was decided before it failed goes out
                parts.stopping.wait(PAUSE_AFTER_FAILURE)
            except Exception:
                log.exception("engine_crashed", next_try=f"in {PAUSE_AFTER_FAILURE} s")
                parts.receivers.wake()
                parts.stopping.wait(PAUSE_AFTER_FAILURE)

    def _step(self) -> float:
        with self._host.turn.step():
            return 0.0 if self._parts.stopping.is_set() else self.advance()

    def advance(self) -> float:
        """Do what is due; gives how long to wait."""
        parts, machine = self._parts, self._host.machine
        clock, at, sending = machine.look()
        parts.publisher.machine_clock(clock)
        if sending:
            parts.receivers.wake()
        if not clock.begins:
            self._go_on_with_ends(at)
            return LONGEST_SLEEP
        revision = self._host.database.revision()
        quiet = not machine.undoes(at) and self._quiet.holds(revision, at)
        done, sending = (0, False) if quiet else self._judge(at)
        machine.judged(at)
        parts.publisher.evaluated(at)
        if self._told.is_set():
            self._told.clear()
            sending = True
        if sending:
            parts.receivers.wake()
            self._host.alerting_first.decided()
        if self.look_around(at, sending):
            parts.receivers.wake()
        now = self._host.now
        if not quiet:
            if done or parts.worker.prejudge(now()):
                return 0.0
            self._quiet = self._found_nothing(revision, at)
        due = min((at for at in (self._quiet.due, parts.escalator.next_at) if at is not None), default=None)
        left = math.inf if due is None else max(0.0, (due - now()).total_seconds())
        self._host.alerting_first.expect(left)
        return min(LONGEST_SLEEP, left)

    def _judge(self, at: datetime) -> tuple[int, bool]:
        """Advance what is due; gives how many subjects, and whether there is something to send."""
        parts, timing = self._parts, self._host.timing
        if self._host.ingest.rejudge(at):
            log.info("future_records_judged")
        began, due = time.monotonic(), parts.worker.next_due()
        timing.due_lag = 0.0 if due is None else max(0.0, (at - due).total_seconds())
        with self._host.alerting_first.judging(due is not None and due <= at):
            done, sending = parts.worker.step(at, undo=self._host.machine.undoes(at))
        if done:
            timing.add(time.monotonic() - began)
        return done, sending

    def _found_nothing(self, revision: Revision | None, at: datetime) -> Quiet:
        """What is known after a step that found nothing to do, in a store that was at *revision* before it."""
        worker = self._parts.worker
        due = worker.next_due()
        if revision is None or not worker.idle:
            return Quiet(due=due)
        return quiet(revision, at, due, self._host.ingest.next_rejudge())

    def _go_on_with_ends(self, at: datetime) -> None:
        """While new alerts are held: send the ends of alerts, and go on watching the program itself.

        Nobody is called meanwhile: steps and the ends of acknowledgements are due by the time that is not confirmed.
        """
        parts = self._parts
        sending = parts.worker.ends_only(at)
        parts.publisher.evaluated(at)
        if sending:
            parts.receivers.wake()
        if self.look_around(at, sending, calling=False):
            parts.receivers.wake()

    def look_around(self, at: datetime, sending: bool, calling: bool = True) -> bool:
        """Look at everything else that may have a page; true if there is something to send."""
        parts = self._parts
        looks: tuple[tuple[str, Look], ...] = (
            ("silences", self._look_at_silences),
            ("heartbeat", parts.pulse.tick),
            ("reloads", parts.reload_watch.look),
            ("major faults", parts.joint.major_faults),
            ("guarded periods", parts.joint.guarded_periods),
            ("age of the sources' data", parts.stale.look),
            ("words that are not understood", parts.unread.look),
            ("losses that are held back", parts.losses.look),
            *((("escalation", partial(parts.escalator.look, news=sending)),) if calling else ()),
            *((("drills", parts.drills.look),) if calling else ()),
            ("repeats", parts.repeater.look),
            ("backlog", parts.joint.backlog),
            ("upgrade", parts.judging.look),
        )
        return self._looks.take(looks, at)

    def _look_at_silences(self, at: datetime) -> bool:
        """Page the authors of silences that hide a breach; true if there is something to send."""
        watch = self._parts.silence_watch
        changed = watch.look(at)
        self._parts.publisher.compared(watch.unconfirmed, watch.suppressed_due)
        return changed

    # -- trust -------------------------------------------------------------------------------------------------------

    def watch_forever(self) -> None:
        """Audit what was sent, and send the outgoing ping; not while the machine's clock is held."""
        parts, machine, now = self._parts, self._host.machine, self._host.now
        while not parts.stopping.wait(LONGEST_SLEEP):
            try:
                if self._host.store_watch.look(now()):
                    parts.receivers.wake()
                parts.publisher.store_lost(bool(self._host.store_watch.lost))
                if not machine.time.clock.held and parts.pulse.watch(now()):
                    parts.receivers.wake()
            except StoreError as error:
                log.error("audit_waits_for_store", error=str(error))
                parts.stopping.wait(PAUSE_AFTER_FAILURE)
            except Exception:
                log.exception("audit_crashed", next_try=f"in {PAUSE_AFTER_FAILURE} s")
                parts.stopping.wait(PAUSE_AFTER_FAILURE)
