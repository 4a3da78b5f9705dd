"""A synthetic clock goes the whole way, through a real store, and leaves nothing where users are counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from alerts.decide import synthetic
from alerts.decide.heartbeat import HEARTBEAT
from alerts.decide.withholding import Route
from alerts.delivery.outbox import deliver
from monitor.service.pulse import Pulse
from monitor.snapshot import OWN_ALERTS, OWN_SOURCE, Beat
from monitor.store import schema
from monitor.store.acknowledging import Acknowledging
from monitor.store.deliveries import Deliveries
from monitor.store.heartbeats import Heartbeats
from monitor.store.views import Views
from tests.support import cases
from tests.support.aggregates import kept
from tests.support.cases import at, ticket
from tests.support.desk import SETTINGS
from tests.support.switchboard import PHONE, WALL, Ear, Switchboard, switchboard

EVERY = timedelta(minutes=5)
SECOND = timedelta(seconds=1)


@dataclass(slots=True)
class Running:
    """A pulse over a store, ticked by hand; `deaf` receivers accept nothing."""

    board: Switchboard
    routes: tuple[Route, ...] = (Route(WALL), Route(PHONE))
    every: timedelta | None = EVERY
    deaf: bool = False
    ears: dict[str, Ear] = field(default_factory=lambda: {"wall": Ear(), "phone": Ear()})
    made: Pulse | None = None

    @property
    def pulse(self) -> Pulse:
        if self.made is None:
            self.made = Pulse(self.board.database, self.board.rules, self.routes, lambda: SETTINGS, self.every)
            self.made.begin(at(0))
        return self.made

    def run(self, begin: datetime, length: timedelta, step: int = 1) -> None:
        for second in range(0, int(length.total_seconds()) + 1, step):
            now = begin + second * SECOND
            self.pulse.tick(now)
            if not self.deaf:
                for channel in (WALL, PHONE):
                    deliver(Deliveries(self.board.database), self.ears[channel.name], channel, now)

    def heard(self, channel: str, name: str) -> list[str]:
        told = [alert for alert in self.ears[channel].heard if alert.labels["alertname"] == name]
        return list(dict.fromkeys("+" if alert.firing else "-" for alert in told))

    @property
    def stamps(self) -> dict[Beat, datetime]:
        return Heartbeats(self.board.database).stamps()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with switchboard(tmp_path, cases.POLICY) as board:
        yield Running(board)


def rows(running: Running, table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
    with running.board.database.read() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(table).where(*where)) or 0


def test_a_synthetic_clock_comes_to_every_stage_within_seconds(running: Running) -> None:
    running.run(at(1), 10 * SECOND)
    stamps = running.stamps
    assert set(stamps) == set(Beat)
    assert [stamps[stage] for stage in Beat] == sorted(stamps.values())
    assert stamps[Beat.DECIDED] - stamps[Beat.INGESTED] <= synthetic.BUDGET + 2 * SECOND
    assert running.heard("wall", synthetic.ALERT) == ["+", "-"]
    assert {alert.labels["severity"] for alert in running.ears["wall"].heard} == {"none"}


def test_nobody_who_is_told_by_queue_hears_of_it(running: Running) -> None:
    running.run(at(1), 10 * SECOND)
    assert running.ears["phone"].heard == []


def test_it_leaves_nothing_where_users_are_counted_and_shown(running: Running) -> None:
    running.board.hear(ticket("T1", at(0), "new", tier="gold"))
    running.board.work(at(0, 5))
    before = [(count.name, count.labels, count.value) for count in Views(running.board.database).counts()]
    running.run(at(1), 10 * SECOND)
    views = Views(running.board.database)
    own = ("tierwatch_alerts_sent_total", "tierwatch_alerts_withheld_total")
    assert [(c.name, c.labels, c.value) for c in views.counts() if c.name not in own] == before
    for table in (schema.readings, schema.transitions, schema.subjects, schema.touched, schema.sources):
        assert rows(running, table, table.c.source == OWN_SOURCE) == 0, table.name
    assert {source for source, *_ in kept(running.board.database).groups} == {"tickets"}
    assert views.find(running_subject(running)) == ()
    assert set(views.firing()) <= OWN_ALERTS, "and these are left out of what is published"


def running_subject(running: Running) -> str:
    found = Heartbeats(running.board.database).run(at(99))
    assert found is not None
    return found.subject


def test_the_next_begins_after_the_interval_and_old_ones_are_deleted(running: Running) -> None:
    running.run(at(1), timedelta(minutes=11), step=4)
    assert rows(running, schema.events, schema.events.c.source == OWN_SOURCE) == 2 * 2 + 2
    with running.board.database.read() as connection:
        keys = connection.scalars(sa.select(schema.alerts.c.key).where(schema.alerts.c.source == OWN_SOURCE)).all()
    assert Acknowledging(running.board.database).acknowledge(keys, "Anna", "api", "", at(1, 11)) == len(keys) > 0
    running.run(at(1, 11), timedelta(minutes=70), step=20)
    assert rows(running, schema.events) <= 2 * 14
    assert rows(running, schema.alerts, schema.alerts.c.source == OWN_SOURCE) <= 14
    with running.board.database.read() as connection:
        known = set(connection.scalars(sa.select(schema.alerts.c.key)))
        for column in (
            schema.outbox.c.alert_key, schema.alert_log.c.key, schema.decisions.c.alert_key,
            schema.acknowledgements.c.alert_key, schema.escalations.c.alert_key,
        ):  # fmt: skip
            assert set(connection.scalars(sa.select(column))) <= known, column


def test_a_users_rows_are_never_deleted(running: Running) -> None:
    running.board.hear(ticket("T1", at(0), "new", tier="gold"))
    running.board.work(at(1))
    before = [rows(running, table) for table in (schema.events, schema.alerts, schema.transitions)]
    assert Heartbeats(running.board.database).forget(at(1000)) == 0
    assert [rows(running, table) for table in (schema.events, schema.alerts, schema.transitions)] == before


def test_a_receiver_that_accepts_nothing_leaves_that_stage_old_and_stops_nothing(running: Running) -> None:
    running.deaf = True
    running.run(at(1), timedelta(minutes=2), step=4)
    assert set(running.stamps) == set(Beat) - {Beat.ACCEPTED}
    running.deaf = False
    running.run(at(1, 5), timedelta(seconds=15))
    assert running.stamps[Beat.ACCEPTED] > at(1, 5)


def test_a_run_goes_on_after_a_restart(running: Running) -> None:
    running.run(at(1), 6 * SECOND)
    running.made = None
    running.run(at(1) + 7 * SECOND, 5 * SECOND)
    assert running.heard("wall", synthetic.ALERT) == ["+", "-"]
    assert rows(running, schema.events) == 2


def test_a_clock_that_is_put_back_begins_another_run(running: Running) -> None:
    running.run(at(5), 10 * SECOND)
    running.run(at(1), 10 * SECOND)
    assert running.stamps[Beat.RESOLVED] < at(2)


def test_without_a_receiver_of_states_it_goes_as_far_as_the_decision(running: Running) -> None:
    running.routes = (Route(PHONE), Route(WALL, shadow=True))
    running.run(at(1), timedelta(minutes=2), step=4)
    assert set(running.stamps) == set(Beat) - {Beat.ACCEPTED}
    assert set(running.pulse.trust().late_after) == set(Beat) - {Beat.ACCEPTED}
    assert running.ears["wall"].heard == []


def test_off_means_off(running: Running) -> None:
    running.every = None
    running.run(at(1), 10 * SECOND)
    assert running.stamps == {}
    assert running.pulse.trust().heartbeats == {}
    assert running.heard("wall", HEARTBEAT) == ["+"]


def test_each_stage_is_late_after_the_interval_and_its_own_slack() -> None:
    limits = synthetic.late_after(EVERY, accepting=True)
    assert list(limits) == list(Beat)
    assert all(limit > EVERY for limit in limits.values())
    assert list(limits.values()) == sorted(limits.values())
    assert synthetic.late_after(None, accepting=True) == {}
