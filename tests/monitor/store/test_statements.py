"""Many keys are asked for by one parameter, found exactly, and searched in an index."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from monitor.store import statements
from monitor.store.database import Database
from monitor.store.schema import alerts, decisions, events, outbox, quarantine, raw_bodies

WORDS = (
    "a",
    "A",
    "ä",
    "中",
    "'",
    '"',
    "\\",
    "\\u0041",
    "\u2028",
    "x ",
    "x",
    "",
    "\x01",
    "😀",
    "[1]",
    "1",
    "01",
    "null",
)
STORED = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5)


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    database = Database("sqlite://")
    yield database
    database.close()


@given(st.sets(STORED | st.sampled_from(WORDS), max_size=8), st.lists(STORED | st.sampled_from(WORDS), max_size=8))
def test_exactly_the_keys_that_are_asked_for_are_found(database: Database, kept: set[str], asked: list[str]) -> None:
    rows = [{"source": "s", "event_id": key, "body": "b"} for key in sorted(kept)]
    with database.write() as connection:
        connection.execute(sa.delete(raw_bodies))
        statements.add(connection, raw_bodies, rows)
        query = sa.select(raw_bodies.c.event_id).where(statements.one_of(raw_bodies.c.event_id, asked))
        found = list(connection.scalars(query))
    assert sorted(found) == sorted(kept & set(asked))


@pytest.mark.parametrize(
    "column",
    [alerts.c.key, alerts.c.cause_key, outbox.c.alert_key, outbox.c.id, quarantine.c.id, decisions.c.alert_key],
)
def test_keys_are_searched_in_an_index(database: Database, column: sa.Column[object]) -> None:
    asked = statements.one_of(column, [1, 2] if isinstance(column.type, sa.Integer | sa.BigInteger) else ["a", "b"])
    for which in (asked, asked & (column.table.c[column.key] != 7), asked | (column == 9)):
        query = sa.select(column.table).where(which).compile(dialect=sa.create_engine("sqlite://").dialect)
        with database.read() as connection:
            given_ = tuple(query.params[name] for name in query.positiontup or ())
            plan = [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", given_)]
        scans = [step for step in plan if step.startswith("SCAN") and not step.startswith("SCAN json_each ")]
        assert scans == [], (str(query), plan)


def test_more_keys_than_a_statement_takes_parameters_are_found(database: Database) -> None:
    with database.read() as connection:
        many = [str(number) for number in range(300_000)]
        asked = sa.select(sa.func.count()).select_from(events).where(statements.one_of(events.c.event_id, many))
        assert connection.scalar(asked) == 0
