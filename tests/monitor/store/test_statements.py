"""Many keys are asked for by one parameter and searched in an index; `tests/protocols/store/` has what is found."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from monitor.store import statements
from monitor.store.database import Database
from monitor.store.schema import alerts, decisions, outbox, quarantine


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    database = Database("sqlite://")
    yield database
    database.close()


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
