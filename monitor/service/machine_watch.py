"""Watch this machine's clock for the running program: alert on a jump at once, store it, withdraw wrong judgements.

The judgement is in `machine_clock.py`, the words in `alerts/decide/machine_clock.py`; this asks the store. Belongs to
the engine's thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from alerts.decide import machine_clock
from monitor.alert import Router, Settings
from monitor.machine import TOLERANCE, AtMostEvery, MachineClock, Trust
from monitor.service.machine_time import MachineTime
from monitor.store import Clocks, Machine
from monitor.worktime import EPOCH

REMEMBER_EVERY = timedelta(seconds=30)
"""How often the time is written down, so that a start can tell whether the clock was put back."""

BACK = 2 * TOLERANCE
"""By how much the time must lie before what was judged already for that to have been judged by a wrong clock."""

log = structlog.get_logger()

_SAID = {
    Trust.HELD: "machine_clock_jumped",
    Trust.UNPROVEN: "machine_clock_unproven",
    Trust.CONTRADICTED: "machine_clock_contradicted",
    Trust.RESUMED: "machine_resumed",
    Trust.PROVEN: "machine_clock_trusted",
}


class MachineWatch:
    """The judgement of one running program about its machine's clock."""

    def __init__(
        self,
        store: Machine,
        clocks: Clocks,
        sources: Sequence[str],
        router: Callable[[], Router],
        settings: Callable[[], Settings],
        jumped: Callable[[], None],
    ) -> None:
        """*jumped* is called when whatever waits for an instant of the wall clock must be asked again."""
        before = store.remembered()
        self.ended = None if before.newest is None else EPOCH + before.newest
        self.time = MachineTime(before)
        self._store, self._clocks, self._sources = store, clocks, tuple(sources)
        self._router, self._settings, self._jumped = router, settings, jumped
        self._told: tuple[Trust, int] | None = None
        self._remembering: AtMostEvery[datetime] = AtMostEvery(REMEMBER_EVERY)
        # What an earlier run had to take back and had not: it may have ended in the middle of that.
        self._wrong_until = EPOCH + (before.wrong_until or timedelta(0))
        self._judged = EPOCH + max(before.newest or timedelta(0), before.judged or timedelta(0))
        self._wall_before = self.time.clock.looked.offset

    def watches(self, sources: Sequence[str]) -> None:
        """Have only the subjects of these sources judged anew when the clock turns out wrong."""
        self._sources = tuple(sources)

    def look(self) -> tuple[MachineClock, datetime, bool]:
        """The judgement, the time by it, and whether there is something to send."""
        clock, at = self.time.look()
        if not clock.trusted:
            jump, author = self._store.accepted()
            if jump == clock.jump:
                log.info("machine_clock_accepted", by=author)
                self.time.accept(jump)
                clock, at = self.time.look()
        told = self._tell(clock, at)
        self._undo(clock, at)
        if self._remembering.due(at):
            self._remember(clock, at)
        return clock, at, told

    def judged(self, at: datetime) -> None:
        """Note that clocks were judged as of this instant."""
        self._judged = max(self._judged, at)

    def undoes(self, at: datetime) -> bool:
        """Whether what is recorded of instants after *at* was judged by a clock that was wrong."""
        return at < self._wrong_until

    def compare_with_peers(self) -> None:
        """After every source was asked once: hold the clock if most of them state another time."""
        if self.time.compare_with_peers():
            log.error("machine_clock_differs", what="most sources state another time; they are gone by")

    def _tell(self, clock: MachineClock, at: datetime) -> bool:
        state = (clock.trust, clock.jump)
        if state == self._told:
            return False
        if abs(clock.looked.offset - self._wall_before) > timedelta(seconds=1):
            self._wall_before = clock.looked.offset
            self._jumped()
        changed = machine_clock.decide(clock, self._clocks.alerts_without_subject(), self._settings(), at)
        if changed:
            self._clocks.commit_alerts(changed, self._router(), at)
        self._remember(clock, at)
        if self._told is not None or not clock.trusted:
            write = log.info if clock.trusted else log.error
            witness = "" if clock.witness is None else clock.witness.value
            write(_SAID[clock.trust], by_seconds=round(clock.size.total_seconds()), witness=witness)
        self._told = state
        return bool(changed)

    def _undo(self, clock: MachineClock, at: datetime) -> None:
        """Have judged anew what was judged by a later time that turned out wrong. Time alone comes never to this."""
        if at >= self._judged - BACK or clock.trust in (Trust.HELD, Trust.UNPROVEN):
            return
        found = self._store.judged_beyond(at, self._sources)
        log.warning("firings_withdrawn", subjects=found, judged_until=self._judged.isoformat(), now=at.isoformat())
        self._wrong_until, self._judged = max(self._wrong_until, self._judged), at
        self._remember(clock, at)

    def _remember(self, clock: MachineClock, at: datetime) -> None:
        self._store.remember(clock, self.time.boot_id, at, self._judged, self._wrong_until)
        self._remembering.done(at)
