"""Root causes and silences that are over go, whatever must stay beside them, and nothing goes that something names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from monitor.config.keep import KeepText
from monitor.service.retention import Retention
from monitor.store import Database, JointPruning
from monitor.store import pruning_joint as joint
from monitor.store.month_reports import MonthReport, MonthReports
from monitor.store.schema import alerts, causes, decisions, drills, outbox, silences
from tests.support.cases import MONDAY, RESTORATION, rules

OVER = MONDAY + timedelta(days=1)
BEFORE = MONDAY + timedelta(days=10)
NOW = MONDAY + timedelta(days=100)


@pytest.fixture
def database() -> Iterator[Database]:
    made = Database("sqlite://")
    yield made
    made.close()


def put(database: Database, table: sa.Table, **values: Any) -> None:
    with database.write() as connection:
        connection.execute(sa.insert(table).values(**values))


def ids(database: Database, table: sa.Table) -> set[str]:
    with database.read() as connection:
        return set(connection.scalars(sa.select(table.c.id)))


def an_alert(database: Database, key: str, cause_key: str, resolved_at: datetime | None, **labels: str) -> None:
    put(
        database, alerts, key=key, target="", cycle=0, stage="", tier="gold", labels=labels, annotations={},
        starts_at=MONDAY, resolved_at=resolved_at, reason="first", link="", cause_key=cause_key,
    )  # fmt: skip


def a_page(database: Database, alert_key: str, closed_at: datetime | None, held_by: str = "") -> None:
    put(
        database, outbox, channel="log", alert_key=alert_key, delivery="queue", version=1, attempts=0,
        created_at=MONDAY, closed_at=closed_at, reason="", detail="", held_by=held_by,
    )  # fmt: skip


def a_cause(database: Database, id_: str, closed_at: datetime | None = OVER) -> None:
    put(
        database, causes, id=id_, key="cable:7", opened_at=MONDAY, tier="gold", wave=1, broken=False,
        closed_at=closed_at,
    )  # fmt: skip
    an_alert(database, f"of {id_}", f"#{id_}", closed_at)


def a_silence(database: Database, id_: str, ends_at: datetime = OVER, created_at: datetime = MONDAY) -> None:
    put(
        database, silences, id=id_, matchers=["tier=gold"], starts_at=MONDAY, ends_at=ends_at, author="lin",
        reason="works", maintenance=False, created_at=created_at,
    )  # fmt: skip


def a_decision(database: Database, detail: str, reason: str = "silenced") -> None:
    put(database, decisions, alert_key="k", channel="log", at=OVER, reason=reason, detail=detail)


def report(database: Database) -> None:
    MonthReports(database).keep(MonthReport("2026-01", "UTC", NOW, NOW, "1", []))


def test_causes_that_must_stay_hold_up_no_other(database: Database) -> None:
    report(database)
    for number in range(joint.AT_ONCE + 5):  # each has a page that no receiver has taken
        a_cause(database, f"a{number:03}")
        a_page(database, f"of a{number:03}", None)
    for number in range(joint.AT_ONCE + 5):
        a_cause(database, f"b{number:03}")
        a_page(database, f"of b{number:03}", OVER)
    a_cause(database, "open", None)
    a_cause(database, "young", BEFORE)
    assert sum(JointPruning(database).prune_causes(BEFORE)) == joint.AT_ONCE + 5
    assert ids(database, causes) == {f"a{number:03}" for number in range(joint.AT_ONCE + 5)} | {"open", "young"}
    with database.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(outbox)) == joint.AT_ONCE + 5
        assert not [key for key in connection.scalars(sa.select(alerts.c.key)) if key.startswith("of b")]
    assert sum(JointPruning(database).prune_causes(BEFORE)) == 0


def test_no_cause_goes_of_a_month_that_was_not_reported(database: Database) -> None:
    a_cause(database, "a")
    assert sum(JointPruning(database).prune_causes(BEFORE)) == 0
    assert ids(database, causes) == {"a"}


def test_a_silence_that_is_over_goes_unless_something_names_it(database: Database) -> None:
    for name in ("gone", "held", "told", "withheld", "of-a-drill", "to-its-author"):
        a_silence(database, name)
    a_silence(database, "young", BEFORE)
    a_silence(database, "made-later", OVER, BEFORE)
    a_page(database, "k", None, "silenced/held")
    a_page(database, "k", OVER, "silenced/told")
    a_decision(database, "withheld")
    a_decision(database, "gone", "grouped")
    an_alert(database, "hidden", "#silenced/tickets/T1", OVER, silence="to-its-author")
    put(
        database, drills, id="d1", asked_at=MONDAY, author="lin", whom="person", named="lin", tier="gold",
        ends_by=OVER, again=timedelta(0), escalate=False, alert_key="d", ended_for="", detail="",
        silence="of-a-drill", people=[], calls=[],
    )  # fmt: skip
    assert list(JointPruning(database).prune_silences(BEFORE)) == [1]
    left = {"held", "told", "withheld", "of-a-drill", "to-its-author", "young", "made-later"}
    assert ids(database, silences) == left
    with database.write() as connection:
        for table in (outbox, decisions, alerts, drills):
            connection.execute(sa.delete(table))
    assert list(JointPruning(database).prune_silences(BEFORE)) == [5]
    assert ids(database, silences) == {"young", "made-later"}


def test_each_step_looks_at_a_bounded_number_and_the_next_goes_on_behind_it(database: Database) -> None:
    for number in range(2 * joint.AT_ONCE + 1):
        a_silence(database, f"s{number:03}")
        if number < joint.AT_ONCE:
            a_decision(database, f"s{number:03}")
    assert list(JointPruning(database).prune_silences(BEFORE)) == [0, joint.AT_ONCE, 1]


@pytest.mark.parametrize(("keep", "stays"), [({"pages": "30d"}, set()), ({"events": "90d"}, set()), ({}, {"s"}),
                                             ({"transitions": "30d"}, {"s"})])  # fmt: skip
def test_a_sweep_deletes_silences_as_old_as_pages_may_be(
    database: Database, keep: dict[str, Any], stays: set[str]
) -> None:
    a_silence(database, "s")
    for _ in Retention(KeepText(**keep), rules(RESTORATION), "UTC", ["tickets"], database).sweep(NOW):
        pass
    assert ids(database, silences) == stays
