"""Watch tierwatch itself: an alert that always fires, a synthetic clock, an audit each minute, an outgoing ping.

`Pulse` does it against the store; what it decides is in `alerts/decide` (heartbeat, synthetic, audit).
Nothing that fails here stops anything else. A ping is sent only while all is well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from alerts.decide import Route, Straight, audit, heartbeat, synthetic
from monitor.alert import Delivery, Settings
from monitor.clock import Rulebook
from monitor.errors import DeliveryError
from monitor.machine import AtMostEvery
from monitor.messages import DEFAULT, text
from monitor.net import Failure, Fetch, Network, Secret, reason_of
from monitor.service.synthetic_rules import RULES
from monitor.snapshot import Beat, Finding, FindingKind, Reliability
from monitor.store import Auditing, Clocks, Database, Heartbeats

AUDIT_EVERY = timedelta(minutes=1)
AFTER_FAILURE = timedelta(seconds=30)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Ping:
    """The address outside, and how often it gets the ping."""

    url: Secret
    every: timedelta = timedelta(minutes=1)


NETWORK = Network(
    connect_timeout=timedelta(seconds=5), read_timeout=timedelta(seconds=10), total_timeout=timedelta(seconds=25)
)


class Pulse:
    """The watch over the program itself. `tick` is called by the engine's thread, `watch` by one of its own."""

    def __init__(
        self,
        database: Database,
        rules: Rulebook,
        routes: Sequence[Route],
        settings: Callable[[], Settings],
        every: timedelta | None,
        ping: Ping | None = None,
        audit_every: timedelta = AUDIT_EVERY,
        before: Pulse | None = None,
    ) -> None:
        """The watch *before* this one, by another configuration, is gone on with: audits and pings keep their pace."""
        self._store, self._clocks, self._auditing = Heartbeats(database), Clocks(database), Auditing(database)
        self._rules, self._settings, self._every, self._ping = rules, settings, every, ping
        self._routes = tuple(routes)
        states = tuple(route for route in routes if route.channel.delivery is Delivery.STATE and not route.shadow)
        self._states = frozenset(route.channel.name for route in states)
        self._all, self._own, self._synthetic = Straight(self._routes), Straight(self._routes, False), Straight(states)
        self._fetch = None if ping is None else Fetch("heartbeat", DeliveryError, network=NETWORK)
        self._late_after = synthetic.late_after(every, bool(self._states))
        self._findings: tuple[Finding, ...] | None = None
        self._channels: Mapping[str, datetime] = {}
        self._beating, self._ticked = False, False
        self._steps: AtMostEvery[datetime] = AtMostEvery(timedelta(0))
        self._audits: AtMostEvery[datetime] = AtMostEvery(audit_every)
        self._pings: AtMostEvery[datetime] = AtMostEvery(ping.every if ping is not None else timedelta(0))
        if before is not None:
            self._findings, self._audits.last = before._findings, before._audits.last
            if ping == before._ping:
                self._pings.last = before._pings.last

    def begin(self, now: datetime) -> None:
        """Before the first tick: know the channels. The first audit comes when what waited has had time to go out."""
        self._store.note_channels([route.channel for route in self._routes], now)
        self._channels = self._store.channels()
        if self._audits.last is None:
            self._audits.done(now)

    def tick(self, now: datetime) -> bool:
        """After the engine has looked at what is due, and only then; true if there is something to send."""
        changed = self._beat(now) if not self._beating else False
        if self._every is not None and self._steps.due(now):
            changed = self._synthesize(now, self._every) or changed
        self._ticked = True
        return changed

    def _beat(self, now: datetime) -> bool:
        changed = heartbeat.heartbeat(self._clocks.alerts_without_subject(), self._settings(), now)
        if changed:
            self._clocks.commit_alerts(changed, self._own, now)
        self._beating = True
        return bool(changed)

    def _synthesize(self, now: datetime, every: timedelta) -> bool:
        """Take the synthetic clock one step on; while there is nothing to do, rest."""
        self._steps = AtMostEvery(min(every, AFTER_FAILURE), now)  # holds if what follows fails
        run = self._store.run(now)
        step, wait = synthetic.begin(now), timedelta(0)
        if run is not None:
            since, over = synthetic.began(run.events), synthetic.over(run.events, run.alerts)
            if not over:
                evaluated = (at := self._store.stamps().get(Beat.EVALUATED)) is not None and since <= at <= now
                accepted = bool(self._states) and run.accepted >= self._states
                step = synthetic.step(run.events, run.alerts, evaluated, accepted, RULES, self._settings(), now)
            elif now < since + every:
                step, wait = synthetic.Step(), since + every - now
            if over and not wait:
                self._store.forget(now - synthetic.KEPT)
        if not step.nothing:
            self._store.commit(step.events, step.alerts, step.stages, self._synthetic, now)
        self._steps = AtMostEvery(wait, now)
        return bool(step.alerts)

    def watch(self, now: datetime) -> bool:
        """Audit and ping if it is time; true if there is something to send. Not while the machine's clock is held."""
        changed = False
        if self._audits.take(now):
            changed = self._audit(now)
        if self._ping is not None and self._fetch is not None and self._well() and self._pings.take(now):
            self._ticked = False
            self._send(self._ping, self._fetch, now)
        return changed

    def _well(self) -> bool:
        """Whether the engine has looked since the last ping, the last audit found nothing, the store takes writes."""
        delivered = self._findings is not None and not audit.not_delivered(self._findings)
        return self._ticked and delivered and self._store.takes_writes

    def _audit(self, now: datetime) -> bool:
        self._findings = None
        settings = self._settings()
        found = audit.audit(self._auditing, self._rules, self._channels, settings.installed_at, now - audit.WINDOW, now)
        for finding in found[:10]:
            event = "miscounted" if finding.kind is FindingKind.MISCOUNTED else "undelivered"
            log.error(event, kind=finding.kind.value, what=text(audit.sentence(finding), DEFAULT))
        changed = audit.undelivered(found, self._clocks.alerts_without_subject(), settings, now)
        if changed:
            self._clocks.commit_alerts(changed, self._all, now)
        self._findings = found
        return bool(changed)

    def _send(self, ping: Ping, fetch: Fetch, now: datetime) -> None:
        try:
            fetch.get(ping.url.reveal(), now=now, accept=frozenset(range(200, 300)))
        except DeliveryError as error:
            reason = reason_of(error)
            said = (
                error.__cause__.sentence if isinstance(error.__cause__, Failure) and reason != "redirected" else reason
            )
            log.warning("heartbeat_failed", address=ping.url.origin, reason=reason, error=said)  # never the address
            self._store.count_ping(reason)
            return
        self._store.count_ping()

    def trust(self) -> Reliability:
        """What is published of all this."""
        stamps = self._store.stamps() if self._late_after else {}
        return Reliability(
            {stage: stamps.get(stage) for stage in self._late_after},
            self._late_after,
            audit.by_kind(self._findings or ()),
            self._findings is not None,
        )
