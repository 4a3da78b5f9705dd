"""The parts of a running program that decide and queue pages, without its threads, at the instants that they ask for.

Nothing is foretold here: the engine, the escalation and the outbox each say when they are due next. Every page is
accepted in the instant in which it is handed out.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from alerts.decide import RouteTable, clock_alerts
from monitor.alert.alert import Settlement, Verdict
from monitor.config import config_file
from monitor.config.alert_settings import alert_settings
from monitor.history.batch import Batch
from monitor.history.events import Event
from monitor.service.delivery import Receivers
from monitor.service.engine_worker import Worker
from monitor.service.escalator import Escalator
from monitor.service.repeater import Repeater
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from monitor.store.deliveries import Deliveries
from monitor.store.ingest import Ingest
from monitor.store.schema import alerts, decisions
from tests.support.by_hand import by_hand

SECOND = timedelta(seconds=1)


class SentPage(NamedTuple):
    """A page that a channel was handed: when, of what, and why; `subject` is empty for a root cause's own."""

    at: datetime
    channel: str
    alertname: str
    stage: str
    reason: str
    subject: str


class NotSent(NamedTuple):
    """That a channel was not sent an alert, as it was put on record."""

    at: datetime
    channel: str
    alertname: str
    stage: str
    reason: str
    subject: str


class Driven:
    """One program with an injected clock."""

    def __init__(self, path: Path, now: datetime) -> None:
        self.now = now
        self.config = config_file.load(path)
        self.database = Database(self.config.database)
        self.clocks, self.deliveries = Clocks(self.database), Deliveries(self.database)
        self._settings = alert_settings(self.config, self.clocks.installed_at(now))
        self._receivers = Receivers(self.config.receivers, self.deliveries, threading.Event())
        self._router = RouteTable(self._receivers.routes, lambda: self._settings)
        self._worker = by_hand(
            Worker(
                self.clocks,
                self.config.rules,
                lambda outcome, previous, at: clock_alerts.decide(outcome, previous, self._settings, at),
                self._router,
                now,
                tuple(source.name for source in self.config.sources),
            )
        )
        self._escalator = Escalator(self.config, self.database, self._receivers.by_name, lambda: "", lambda: self.now)
        routes = self._receivers.by_name
        self._repeater = Repeater(
            self.config.receivers, self.database, routes, lambda: self._settings, lambda: self.now
        )
        self.sent: list[SentPage] = []
        self.deliveries.begin(self._receivers.channels, now)

    def hear(self, *events: Event) -> None:
        Ingest(self.database).commit_batch("tickets", Batch(events, (), {}), self.now)
        self.step()

    def step(self) -> None:
        """Do what is due, as the program does in one round of its engine and one of each channel."""
        while self._worker.step(self.now)[0]:
            pass
        self._escalator.look(self.now, news=True)
        self._repeater.look(self.now)
        for route in self._receivers.routes:
            while pages := self.deliveries.due_pages(route.channel.name, self.now, 8, route=route):
                for page in pages:
                    labels, reason = page.alert.labels, page.alert.reason.value
                    self.sent.append(
                        SentPage(
                            self.now,
                            page.channel,
                            labels["alertname"],
                            page.alert.stage,
                            reason,
                            labels.get("ticket", ""),
                        )
                    )
                settled = [Settlement(page, Verdict.ACCEPTED, None, reason=page.alert.reason.value) for page in pages]
                self.deliveries.settle_pages(settled, self.now)

    def run(self, until: datetime) -> None:
        """Go on until *until*, from instant to instant."""
        while (at := min(self._instants(), default=None)) is not None and at <= until:
            self.now = at
            self.step()

    def _instants(self) -> Iterator[datetime]:
        later = [self._worker.next_due(), self._escalator.next_at, self._repeater.next_at]
        later += [self.deliveries.next_page(route.channel.name) for route in self._receivers.routes]
        yield from (max(at, self.now + SECOND / 1_000_000) for at in later if at is not None)

    def not_sent(self) -> list[NotSent]:
        """What is on record as withheld, in order."""
        query = (
            sa.select(decisions.c.at, decisions.c.channel, alerts.c.labels, alerts.c.stage, decisions.c.reason)
            .join(alerts, alerts.c.key == decisions.c.alert_key)
            .order_by(decisions.c.id)
        )
        with self.database.read() as connection:
            rows = connection.execute(query).all()
        return [
            NotSent(row.at, row.channel, row.labels["alertname"], row.stage, row.reason, row.labels.get("ticket", ""))
            for row in rows
        ]

    def close(self) -> None:
        self.database.close()
