"""Which clocks and circuits programs find one by one, through a real store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from monitor.model import CircuitState, Life, Measure, State, SubjectKey
from monitor.store import recount, statements
from monitor.store.database import Database
from monitor.store.pressing import Pressing
from monitor.store.schema import readings, subjects
from tests.support.cases import at

TIERS = ("diamond", "gold")


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    it = Database(f"sqlite:///{tmp_path_factory.mktemp('pressing')}/store.db")
    with it.write() as connection:
        statements.add(connection, readings, [reading(number) for number in range(600)])
        statements.add(connection, subjects, [circuit(number) for number in range(60)])
    assert recount(it, lambda _: False)
    yield it
    it.close()


def reading(number: int) -> dict[str, object]:
    state = (State.RUNNING, State.AT_RISK, State.BREACHED, State.PAUSED, State.AT_RISK, State.MET)[number % 6]
    return {
        "source": ("corp", "legacy")[number % 2], "subject": f"T{number}",
        "target": ("restore", "accept")[number % 7 % 2],
        "cycle": 1, "open": state is not State.MET, "state": state.value, "life": Life.RUNNING.value,
        "tier": ("diamond", "gold", "bronze")[number % 11 % 3], "assurance": "AA", "counted": timedelta(0),
        "read_at": at(0), "budget": timedelta(hours=1), "started_at": at(0),
        "deadline": None if state is State.PAUSED else at((number * 37) % 101, number % 5), "breached_at": None,
        "stopped_at": None, "missed_periods": 0, "next_threshold_at": None, "policy_version": "1", "calendar": "always",
        "calendar_version": "", "measure": Measure.TIME.value, "exhausted_at": None,
    }  # fmt: skip


def circuit(number: int) -> dict[str, object]:
    state = (CircuitState.AVAILABLE, CircuitState.UNAVAILABLE, CircuitState.UNKNOWN)[number % 3]
    return {
        "source": ("circuits", "other")[number % 2], "subject": f"C{number}", "kind": "circuit",
        "tier": ("gold", "bronze")[number % 5 % 2], "assurance": "AA", "attributes": {"device": f"10.0.0.{number}"},
        "status": None, "circuit_state": state.value, "since": at(0), "rules_version": "1",
        "retired_at": at(1) if number == 7 else None, "retired_by": "command" if number == 7 else "",
    }  # fmt: skip


def wanted(database: Database) -> list[tuple[object, str]]:
    """What a reader of all rows would find, the nearest deadline first."""
    with database.read() as connection:
        rows = connection.execute(sa.select(readings).where(readings.c.open)).all()
    states = {State.AT_RISK.value, State.BREACHED.value}
    return sorted(
        (row.deadline, row.subject) for row in rows if row.state in states and row.tier in TIERS and row.deadline
    )


@pytest.mark.parametrize("most", [0, 1, 7, 50, 1000])
def test_the_first_are_those_of_all_groups_together_by_deadline(database: Database, most: int) -> None:
    found = Pressing(database).first(TIERS, most)
    assert [one.deadline for one in found] == [deadline for deadline, _ in wanted(database)][:most]
    assert {(one.deadline, one.key.subject) for one in found} <= set(wanted(database))
    assert {one.tier for one in found} <= set(TIERS)


def test_their_number_is_by_tier(database: Database) -> None:
    number = Pressing(database).number(TIERS)
    assert number is not None
    assert sum(number.values()) == len(wanted(database))
    assert all(number.values())


def test_clocks_are_found_again_as_they_are(database: Database) -> None:
    store = Pressing(database)
    some = store.first(TIERS, 5)
    gone = some[0]._replace(cycle=2), some[1]._replace(key=SubjectKey("corp", "nowhere"))
    assert set(store.of((*some, *gone))) == set(some)


def test_no_more_rows_are_read_than_are_wanted_and_one_of_each_group(database: Database) -> None:
    """With LIMIT in each statement a group could give as many as are wanted in all."""
    with database.read() as connection:
        plan = connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT deadline, subject, cycle FROM readings WHERE open = 1 AND source = 'corp' AND"
            " tier = 'gold' AND assurance = 'AA' AND target = 'restore' AND state = 'at_risk' AND deadline IS NOT NULL"
            " ORDER BY deadline"
        ).all()
    (step,) = [row[-1] for row in plan]
    assert "readings_counted" in step
    assert "state=?" in step


def test_while_nothing_is_counted_nothing_is_listed(tmp_path: Path) -> None:
    store = Pressing(it := Database(f"sqlite:///{tmp_path}/new.db"))
    assert (store.first(TIERS, 5), store.number(TIERS), store.circuits(None, None, 10)) == ((), None, None)
    it.close()


@pytest.mark.parametrize(
    ("source", "tier", "number"), [(None, None, 59), ("circuits", None, 30), (None, "gold", 35), ("x", None, 0)]
)
def test_circuits_are_listed_as_far_as_they_live(
    database: Database, source: str | None, tier: str | None, number: int
) -> None:
    found = Pressing(database).circuits(source, tier, 100)
    assert found is not None
    assert len(found) == number
    assert [one.key for one in found] == sorted(one.key for one in found)
    assert all(one.attributes["device"] == f"10.0.0.{one.key.subject[1:]}" for one in found)


def test_where_there_are_too_many_circuits_none_is_listed(database: Database) -> None:
    assert Pressing(database).circuits(None, None, 59) is None
    assert Pressing(database).circuits("circuits", None, 59) is not None
