"""A store, a worker and a router with two receivers: hear events, work, and see what each receiver was told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from pathlib import Path

from alerts.decide import clock_alerts as alert_rules
from alerts.decide.routing import RouteTable
from alerts.decide.withholding import Route
from alerts.delivery.outbox import send
from monitor.alert.alert import Alert, Channel, Delivery, Page, Result, Settings, Verdict
from monitor.clock.engine import Rulebook
from monitor.history.batch import Batch
from monitor.history.events import Event
from monitor.service.engine_worker import Worker
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from monitor.store.deliveries import Deliveries
from monitor.store.ingest import Ingest
from tests.support import cases
from tests.support.by_hand import by_hand
from tests.support.desk import SETTINGS

WALL, PHONE = Channel("wall", Delivery.STATE), Channel("phone", Delivery.QUEUE)


@dataclass(slots=True)
class Ear:
    """A receiver that accepts everything and remembers it."""

    heard: list[Alert] = field(default_factory=list)

    def channels(self, name: str) -> Sequence[Channel]:
        return ()

    def send(self, pages: Sequence[Page], now: datetime) -> Sequence[Result]:
        self.heard += [page.alert for page in pages]
        return [Result(page, Verdict.ACCEPTED) for page in pages]


@dataclass(slots=True)
class Switchboard:
    """The alerts' side of one installation."""

    database: Database
    rules: Rulebook
    routes: tuple[Route, ...] = (Route(WALL), Route(PHONE))
    settings: Settings = SETTINGS
    names: Iterator[int] = field(default_factory=lambda: count(1))
    ears: dict[str, Ear] = field(default_factory=dict)

    def hear(self, *events: Event) -> None:
        Ingest(self.database).commit_batch("tickets", Batch(events, (), {}), events[0].at)

    def work(self, now: datetime) -> None:
        router = RouteTable(self.routes, lambda: self.settings, lambda: f"cause{next(self.names)}")
        worker = by_hand(Worker(
            Clocks(self.database), self.rules,
            lambda outcome, known, at: alert_rules.decide(outcome, known, self.settings, at), router,
            self.settings.installed_at, ("tickets",),
        ))  # fmt: skip
        while worker.step(now)[0]:
            pass

    def told(self, channel: Channel, now: datetime) -> list[str]:
        """What a receiver hears at *now* that it had not heard, a line each: `+T1/restore/used_75 first`."""
        ear = self.ears.setdefault(channel.name, Ear())
        known = len(ear.heard)
        route = next((one for one in self.routes if one.channel == channel), None)
        store = Deliveries(self.database)
        while send(store, ear, channel, store.due_pages(channel.name, now, 256, route=route), now, lambda: 0.0).sent:
            pass  # what had to wait for another page goes out in the next round
        return [brief(alert) for alert in ear.heard[known:]]


def brief(alert: Alert) -> str:
    if alert.subject is None:
        name = f"{alert.labels['alertname'].removeprefix('Tierwatch')}/{alert.labels.get('wave', '')}"
    else:
        name = f"{alert.subject.subject}/{alert.target}/{alert.stage}"
    return f"{'+' if alert.firing else '-'}{name} {alert.reason}"


@contextmanager
def switchboard(folder: Path, policy: str) -> Iterator[Switchboard]:
    names = ("tier", "urgency", "customer", "circuit", "team", "device", "cause")
    mapping = replace(cases.MAPPING, attributes={name: cases.AttributeRule(name) for name in names})
    database = Database(f"sqlite:///{folder}/switchboard.db")
    try:
        yield Switchboard(database, cases.rules(policy, mapping))
    finally:
        database.close()
