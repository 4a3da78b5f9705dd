"""Who is looked at first when more is due than fits into one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from monitor.history.batch import Batch
from monitor.model import SubjectKey
from monitor.service.engine_worker import Worker
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from monitor.store.ingest import Ingest
from monitor.store.schema import touched
from tests.support.by_hand import by_hand
from tests.support.cases import at, rules, ticket
from tests.support.to_all import ToAll

SOURCES = ("tickets",)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/waiting.db")
    yield database
    database.close()


def crossing(database: Database, tickets: int, circuits: int) -> Clocks:
    """So many tickets of a few circuits in turn, all read once; each was opened a second after the one before."""
    clocks = Clocks(database)
    heard = [
        ticket(f"T{n:02}", at(0, n / 60), "working", tier="gold", circuit=f"C{(n + 1) % circuits}")
        for n in range(tickets)
    ]
    Ingest(database).commit_batch("tickets", Batch(tuple(heard), (), {}), at(0.1))
    worker = by_hand(Worker(clocks, rules(), lambda *_: (), ToAll(), at(0), SOURCES))
    while worker.step(at(0.1))[0]:
        pass
    return clocks


def test_of_many_that_are_due_those_of_one_circuit_come_together_beginning_with_the_oldest(database: Database) -> None:
    clocks = crossing(database, tickets=12, circuits=3)
    found = [key.subject for key in clocks.waiting(at(5), 2, SOURCES, 8)]
    assert found == ["T00", "T03", "T06", "T09"], "the circuit of the oldest, whole"


def test_up_to_the_limit_the_oldest_come_first_whatever_they_have_in_common(database: Database) -> None:
    clocks = crossing(database, tickets=4, circuits=2)
    assert [key.subject for key in clocks.waiting(at(5), 2, SOURCES, 20)] == ["T00", "T01", "T02", "T03"]


def test_what_is_due_does_not_make_the_chunks_of_news_larger(database: Database) -> None:
    clocks = crossing(database, tickets=1, circuits=1)
    news = tuple(ticket(f"N{n}", at(4), "working", tier="gold") for n in range(9))
    Ingest(database).commit_batch("tickets", Batch(news, (), {}), at(4))
    assert len(clocks.waiting(at(5), 3, SOURCES, 50)) == 3


def test_news_of_all_sources_come_in_the_order_of_their_urgency_without_looking_at_all_of_them(
    database: Database,
) -> None:
    clocks, rows = Clocks(database), []
    for n in range(30):
        mark = {"revision": 1, "priority": 100 - n, "not_before": None}
        rows.append({"source": "ab"[n % 2], "subject": f"S{n:02}", **mark})
    rows.append({"source": "a", "subject": "later", "revision": 1, "priority": 0, "not_before": at(9)})
    rows.append({"source": "gone", "subject": "none", "revision": 1, "priority": 0, "not_before": at(1)})
    with database.write() as connection:
        connection.execute(sa.insert(touched), rows)
    assert [key.subject for key in clocks.waiting(at(5), 4, ("a", "b"))] == ["S29", "S28", "S27", "S26"]
    assert clocks.next_due(("a", "b")) == at(9)
    assert clocks.waiting(at(9), 1, ("a", "b")) == (SubjectKey("a", "later"),)
    with database.read() as connection:
        ready = "source = 'a' AND (not_before IS NULL OR not_before <= 1) ORDER BY priority LIMIT 4"
        by_urgency = connection.execute(sa.text(f"EXPLAIN QUERY PLAN SELECT subject FROM touched WHERE {ready}")).all()
        first = "SELECT min(not_before) FROM touched WHERE source = 'a' AND not_before IS NOT NULL"
        put_off = connection.execute(sa.text(f"EXPLAIN QUERY PLAN {first}")).all()
    assert "USING INDEX touched_by_priority (source=?)" in str(by_urgency)
    assert "TEMP B-TREE" not in str(by_urgency)
    assert "USING COVERING INDEX touched_put_off (source=? AND not_before>?)" in str(put_off)


def test_a_source_with_news_without_end_does_not_delay_the_news_of_another(database: Database) -> None:
    clocks, ingest = Clocks(database), Ingest(database)
    flood = tuple(replace(ticket(f"F{n}", at(4), "working"), source="flood") for n in range(500))
    ingest.commit_batch("flood", Batch(flood, (), {}), at(4))
    ingest.commit_batch("tickets", Batch((ticket("GOLD", at(4), "working", tier="gold"),), (), {}), at(4))
    for sources in (("flood", "tickets"), ("tickets", "flood")):
        assert SubjectKey("tickets", "GOLD") in clocks.waiting(at(5), 100, sources)[:2]
        assert SubjectKey("tickets", "GOLD") in clocks.with_news(at(5), 100, sources)[:2]
        assert len(clocks.waiting(at(5), 100, sources)) == 100
