"""Carry out the drills that were asked for: call who practises, send the end, forget what is long over.

The judgement is in `alerts/oncall/drills.py`; this asks the store and remembers. Belongs to the engine's thread. The
command that asks for a drill only writes its plan: rota, routes, channels and links are those of the running program.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from alerts.decide import Route
from alerts.oncall import Outgoing, Rota, drill_step
from monitor.alert import Drill, DrillOnRecord, Settings
from monitor.config import Config
from monitor.machine import AtMostEvery
from monitor.service.escalator import keys_of
from monitor.store import Database, Drilling

EVERY = timedelta(milliseconds=500)
"""How often it is looked for a drill at most."""

FORGET_EVERY = timedelta(hours=6)

KEPT = timedelta(days=400)
"""How long a drill is on record after its end."""

log = structlog.get_logger()


class DrillWatch:
    """The drills of one running program."""

    def __init__(
        self,
        config: Config,
        database: Database,
        routes: Mapping[str, Sequence[Route]],
        rota: Callable[[], Rota],
        settings: Callable[[], Settings],
    ) -> None:
        self._store, self._rota, self._settings = Drilling(database), rota, settings
        self._routes = dict(routes)
        self._channels = {route.channel.name: route.channel for ways in routes.values() for route in ways}
        self._keys, self._hours = keys_of(config), config.covered
        self._looking: AtMostEvery[datetime] = AtMostEvery(EVERY)
        self._forgetting: AtMostEvery[datetime] = AtMostEvery(FORGET_EVERY)

    def look(self, now: datetime) -> bool:
        """Take every step of a drill that is due; true if there is something to send."""
        if not self._looking.take(now):
            return False
        if self._forgetting.take(now):
            self._store.forget(now - KEPT)
        known, silences = self._store.on(now)
        told = False
        for one in known:
            settings = self._settings()
            out = Outgoing(self._routes, settings.page_url, self._keys, settings.zone, self._hours)
            made = drill_step(one, silences, self._rota(), out, settings, now)
            if made is not None:
                told |= self._store.commit(one.drill, made, self._channels, now)
                self._say(one, made.drill)
        return told

    def _say(self, before: DrillOnRecord, drill: Drill) -> None:
        """Note in the log what became of a drill: who asked, who was called, and how it ended."""
        if before.drill.begun_at is None and drill.begun_at is not None:
            log.info(
                "drill_begun", drill=drill.id, author=drill.author, whom=f"{drill.whom}/{drill.named}", tier=drill.tier,
                escalate=drill.escalate, ends_by=drill.ends_by.isoformat(),
            )  # fmt: skip
        if drill.silence and drill.silence != before.drill.silence:
            log.warning("drill_silenced", drill=drill.id, silence=drill.silence, what="nobody is called meanwhile")
        for call in drill.calls[len(before.drill.calls) :]:
            log.info("drill_called", drill=drill.id, to=call.who, step=call.step + 1, reason=call.reason)
        if drill.over and drill.ended_for is not None:
            log.info("drill_ended", drill=drill.id, reason=drill.ended_for.value, detail=drill.detail)
