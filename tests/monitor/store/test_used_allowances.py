"""What the store says of the use of allowances while a circuit is down and comes back, under each kind of calendar."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from monitor.aggregates import largest_share, used_at_least, used_of
from monitor.history.batch import Batch
from monitor.history.events import Event
from monitor.model import SubjectKind
from monitor.service.engine_worker import Worker
from monitor.snapshot import calendar_of
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from monitor.store.ingest import Ingest
from tests.support.aggregates import kept
from tests.support.by_hand import by_hand
from tests.support.cases import POLICY, at, rules
from tests.support.texts import exchanged
from tests.support.to_all import ToAll

CALENDARS = "  always: {zone: UTC, hours: 24x7}\n"
OFFICE = '  office: {zone: UTC, hours: {mon-fri: ["09:00-17:00"]}}\n'
OF_CIRCUITS = """\
  down:
    name: {en: Time down, zh: 中断时间}
    of: circuit
    start: [unavailable]
    per: month
    calendar: always
    budgets: [{budget: 10h, source: test}]
  down_at_work:
    name: {en: Time down at work, zh: 工作时间中断}
    of: circuit
    start: [unavailable]
    per: month
    calendar: office
    budgets: [{budget: 10h, source: test}]
  faults:
    name: {en: Faults, zh: 中断次数}
    of: circuit
    start: [unavailable]
    per: month
    budgets: [{budget: 4 times, source: test}]
"""
RULES = rules(exchanged(POLICY, (CALENDARS, CALENDARS + OFFICE)) + OF_CIRCUITS)


@pytest.fixture
def database() -> Iterator[Database]:
    it = Database("sqlite://")
    yield it
    it.close()


def test_what_is_used_grows_while_a_circuit_is_down_in_the_time_of_the_calendar(database: Database) -> None:
    worker = by_hand(Worker(Clocks(database), RULES, lambda *_: (), ToAll(()), at(0), ("circuits",)))

    def says(name: str, hours: float, state: str) -> None:
        when = at(hours)
        event = Event("circuits", f"{name} {hours}", SubjectKind.CIRCUIT, name, when, 1, status=state)
        Ingest(database).commit_batch("circuits", Batch([event], (), {"n": hours}), when)
        while worker.step(when)[0]:
            pass

    def used(now: datetime) -> dict[str, tuple[float | None, int]]:
        found = {}
        for (_, _, _, target), group in kept(database).groups.items():
            some = used_of(group.used, lambda name: calendar_of(RULES.working_times, name))
            found[target] = (largest_share(some, now), used_at_least(some, 25, now))
        return found

    for name in ("C1", "C2"):
        says(name, 0, "available")
    assert used(at(1)) == {"down": (0.0, 0), "down_at_work": (0.0, 0), "faults": (0.0, 0)}
    says("C1", 15, "unavailable")
    says("C2", 16, "unavailable")
    assert used(at(15)) == {"down": (0.0, 0), "down_at_work": (0.0, 0), "faults": (0.25, 2)}
    assert used(at(18)) == {"down": (0.3, 1), "down_at_work": (0.2, 0), "faults": (0.25, 2)}, "nothing was written"
    says("C1", 24, "available")
    assert used(at(24)) == {"down": (0.9, 2), "down_at_work": (0.2, 0), "faults": (0.25, 2)}
    assert used(at(38)) == {"down": (2.2, 2), "down_at_work": (0.6, 1), "faults": (0.25, 2)}
