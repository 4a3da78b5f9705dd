"""A receiver that is told again, on a real store: the engine's thread and the receiver, minute by minute."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from alerts.decide.withholding import Route
from alerts.notifiers import log
from monitor.config.config_file import ReceiverConfig
from monitor.history.events import Event
from monitor.model import SubjectKey
from monitor.service.repeater import Repeater
from monitor.store.acknowledging import Acknowledging
from monitor.store.schema import alerts, decisions, silences
from tests.support.cases import at, ticket
from tests.support.desk import SETTINGS
from tests.support.switchboard import PHONE, Switchboard

EVERY = timedelta(minutes=30)
MINUTE = timedelta(minutes=1)
T1 = SubjectKey("tickets", "T1")
STAGES = ("used_75", "used_90", "breached")
"""Of a golden ticket: after 3:00, 3:36 and 4:00 hours; what is used up to the last minute is not broken yet."""

ROUTE = Route(PHONE)


@dataclass
class Room:
    """A switchboard with one receiver that is told again."""

    board: Switchboard
    route: Route = ROUTE
    every: timedelta | None = EVERY
    repeater: Repeater = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """The program starts anew: what was in memory is gone."""
        self.board.routes = (self.route,)
        phone = ReceiverConfig("phone", "log", log, log.Config(), repeat=self.every)
        routes = {"phone": [self.route]}
        self.repeater = Repeater([phone], self.board.database, routes, lambda: SETTINGS, lambda: at(0))

    def work(self, now: datetime) -> None:
        """What the engine's thread does."""
        self.board.work(now)
        self.repeater.look(now)

    def run(self, now: datetime) -> list[str]:
        """What the phone hears at *now*."""
        self.work(now)
        return self.board.told(PHONE, now)

    def through(self, start: datetime, end: datetime) -> list[str]:
        """What the phone hears from *start* up to *end*, looked at each minute: `4:30 +T1/restore/breached …`."""
        found, now = [], start
        while now <= end:
            minutes = (now - at(0)) // MINUTE
            found += [f"{minutes // 60}:{minutes % 60:02} {line}" for line in self.run(now)]
            now += MINUTE
        return found

    def acknowledge(self, now: datetime) -> None:
        store = Acknowledging(self.board.database)
        store.acknowledge(store.firing(T1), "zhang", "link", "", now)

    def silence(self, start: datetime, end: datetime) -> None:
        row = {
            "id": "s1", "matchers": ["tier=gold"], "starts_at": start, "ends_at": end, "author": "lin",
            "reason": "works", "maintenance": False, "created_at": at(0),
        }  # fmt: skip
        with self.board.database.write() as connection:
            connection.execute(sa.insert(silences).values(**row))

    def rows(self, *columns: sa.Column[Any]) -> list[tuple[Any, ...]]:
        with self.board.database.read() as connection:
            return [tuple(row) for row in connection.execute(sa.select(*columns))]

    def decided(self) -> list[tuple[str, str]]:
        return self.rows(decisions.c.reason, decisions.c.detail)


def fault(name: str, hours: float, tier: str = "gold", circuit: str = "") -> Event:
    return ticket(name, at(hours), "working", tier=tier, circuit=circuit, customer="Harbour Bank")


def firing(room: Room) -> list[str]:
    with room.board.database.read() as connection:
        return list(connection.scalars(sa.select(alerts.c.stage).where(alerts.c.resolved_at.is_(None))))
