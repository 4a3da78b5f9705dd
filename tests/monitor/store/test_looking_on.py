"""What streams, subscribers and graphs ask is found in indexes, however many transitions there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.store import Annotations, AskedMarks, Feed, Position, Subscriptions
from monitor.store.database import Database
from tests.monitor.store.test_query_plans import LARGE, Heard, whole_reads
from tests.support.transitions import AT, many, store

SPAN = AskedMarks(AT, AT + timedelta(days=1), tiers=frozenset({"gold"}), sources=frozenset({"desk"}))


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    made = Database(f"sqlite:///{Path(tmp_path_factory.mktemp('plans')) / 'tierwatch.db'}")
    store(made, many(20))
    yield made
    made.close()


RARE = frozenset({"publications"})
"""They have a row for each change of the rules."""

ASKED: dict[str, Callable[[Database], object]] = {
    "a stream": lambda database: Feed(database).after(Position(3, AT), 10),
    "a subscriber": lambda database: Subscriptions(database).waiting(Position(3, AT)),
    "marks": lambda database: Annotations(database).between(SPAN, 10),
}


@pytest.mark.parametrize("who", ASKED)
def test_no_table_that_grows_is_read_whole(database: Database, who: str) -> None:
    heard = Heard(database._engine)
    assert ASKED[who](database)
    assert heard.statements
    with database.read() as connection:
        for statement in list(heard.statements.values()):
            found = [table for table, _ in whole_reads(connection, statement.text, statement.given)]
            assert not (LARGE - RARE) & set(found), statement.text


def test_breaches_are_found_by_their_instant(database: Database) -> None:
    heard = Heard(database._engine)
    Annotations(database).between(SPAN, 10)
    (breaches,) = (one for one in heard.statements.values() if "FROM transitions" in one.text)
    with database.read() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {breaches.text}", breaches.given)
        plan = [row[-1] for row in rows]
    assert any("USING INDEX transitions_breached (at>? AND at<?)" in line for line in plan), plan
    assert not any("TEMP B-TREE" in line and "RIGHT PART" not in line for line in plan), plan
