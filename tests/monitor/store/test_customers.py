"""What is told of one customer is exactly what its rows say, and is found by the index of customers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import CircuitState, SubjectKind
from monitor.store import statements
from monitor.store.customers import Customers
from monitor.store.database import Database
from monitor.store.schema import readings, subjects
from tests.monitor.store.test_query_plans import Heard, whole_reads
from tests.support.listed_clocks import BEGIN, Listed

SINCE = BEGIN + timedelta(minutes=5)


@dataclass(frozen=True)
class Ended:
    """A clock, and at which minute it stopped in time."""

    clock: Listed
    met: int | None


ENDED = st.builds(
    Ended,
    st.builds(
        Listed, subject=st.sampled_from("ABCDEFGH"), target=st.sampled_from(("restore", "respond")),
        breached=st.none() | st.integers(0, 9), customer=st.sampled_from(("ACME", "acme", "")),
    ),
    st.none() | st.integers(0, 9),
)  # fmt: skip


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('customers') / 'store.db'}")
    yield database
    database.close()


def fill(database: Database, ended: list[Ended]) -> None:
    with database.write() as connection:
        connection.execute(sa.delete(readings))
        connection.execute(sa.delete(subjects))
        if not ended:
            return
        statements.put(connection, subjects, [one.clock.its_subject for one in ended])
        rows = []
        for one in ended:
            row = replace(one.clock, open=one.met is None).reading
            if one.met is not None:
                row |= {"state": "met", "life": "stopped", "stopped_at": BEGIN + timedelta(minutes=one.met)}
            rows.append(row)
        statements.put(connection, readings, rows)


@given(ended=st.lists(ENDED, max_size=8, unique_by=lambda one: one.clock.subject))
@settings(max_examples=40)
def test_a_month_counts_what_ended_in_time_and_what_was_broken_in_it(database: Database, ended: list[Ended]) -> None:
    fill(database, ended)
    kept: Counter[str] = Counter()
    broken: Counter[str] = Counter()
    for one in ended:
        if one.clock.customer == "ACME":
            kept[one.clock.target] += one.met is not None and one.met >= 5
            broken[one.clock.target] += one.clock.breached is not None and one.clock.breached >= 5
    month = Customers(database).month("ACME", SINCE)
    assert (+Counter(month.kept), +Counter(month.broken), month.whole) == (+kept, +broken, True)
    assert Customers(database).known("ACME") is any(one.clock.customer == "ACME" for one in ended)


def test_circuits_that_are_not_available_come_first_and_others_are_no_customers(database: Database) -> None:
    fill(database, [])
    states = (CircuitState.AVAILABLE, CircuitState.UNAVAILABLE, CircuitState.RETIRED, CircuitState.DEGRADED)
    with database.write() as connection:
        rows = [
            Listed(subject=f"C{number}", kind=SubjectKind.CIRCUIT, customer=customer).its_subject
            | {"circuit_state": state.value, "source": f"desk {customer}"}
            for customer in ("ACME", "other")
            for number, state in enumerate(states)
        ]
        statements.put(connection, subjects, rows)
    found = Customers(database).circuits("ACME", 10)
    assert [one.key.subject for one in found.rows] == ["C1", "C3", "C0"]
    assert {one.key.source for one in found.rows} == {"desk ACME"}
    assert [one.key.subject for one in Customers(database).circuits("ACME", 2).rows] == ["C1", "C3"]
    assert Customers(database).circuits("ACME", 2).more


def test_nothing_of_a_customer_reads_a_whole_table(database: Database) -> None:
    heard = Heard(database._engine)
    store = Customers(database)
    store.known("ACME"), store.circuits("ACME", 10), store.month("ACME", SINCE), store.page("", 10)
    with database.read() as connection:
        assert len(heard.statements) >= 5
        for one in heard.statements.values():
            assert whole_reads(connection, one.text, one.given) == []
            plan = [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one.text}", one.given)]
            assert any("subjects_of_customers" in step or "readings_whose" in step for step in plan), plan
