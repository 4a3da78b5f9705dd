"""How many subjects are judged and stored at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.history.batch import Batch
from monitor.model import SubjectKey
from monitor.service.chunks import CHUNK_DUE, FEWEST, KEPT, LONG, MOST, Chunk, Crowd, following
from monitor.service.engine_worker import Worker
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from monitor.store.ingest import Ingest
from tests.support.asked import asked
from tests.support.by_hand import Watch
from tests.support.cases import at, rules, ticket
from tests.support.to_all import ToAll


@given(st.integers(FEWEST, MOST), st.floats(1e-6, 1e-1))
def test_a_chunk_comes_to_take_as_long_as_it_should(size: int, each: float) -> None:
    """However long a subject takes, and however large it was before."""
    for _ in range(12):
        size = following(size, size, size * each)
        assert FEWEST <= size <= MOST
    assert size in (FEWEST, MOST) or abs(size * each - LONG) <= 2 * each


def test_it_grows_to_twice_its_size_and_shrinks_at_once() -> None:
    watch = Watch()
    chunk = Chunk(watch)
    for _ in range(2):
        with chunk.measured(chunk.size):
            watch.seconds += 0.01
    assert chunk.size == 4 * FEWEST
    with chunk.measured(chunk.size):
        watch.seconds += 10
    assert chunk.size == FEWEST


def test_a_chunk_that_was_not_full_says_nothing() -> None:
    watch = Watch()
    chunk = Chunk(watch, 400)
    with chunk.measured(3):
        watch.seconds += 10
    assert chunk.size == 400


class Desk:
    """A store with a worker on it."""

    def __init__(self, database: Database) -> None:
        self.database, self.ingest, self.clocks = database, Ingest(database), Clocks(database)

    def hear(self, number: int, prefix: str = "T") -> None:
        some = tuple(ticket(f"{prefix}{n:04}", at(1), "new") for n in range(number))
        self.ingest.commit_batch("tickets", Batch(some, (), {}), at(1))

    def worker(self, chunk: Chunk) -> Worker:
        return Worker(self.clocks, rules(), lambda *_: (), ToAll(()), at(0), ("tickets",), chunk=chunk)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    database = Database(f"sqlite:///{tmp_path}/store.db")
    yield Desk(database)
    database.close()


def test_news_are_judged_in_larger_chunks_where_that_is_quick(desk: Desk) -> None:
    desk.hear(1000)
    worker = desk.worker(Chunk(Watch()))
    assert [worker.step(at(1))[0] for _ in range(5)] == [100, 200, 400, 300, 0]


def test_a_chunk_that_takes_far_too_long_is_stored_as_far_as_it_is_judged(desk: Desk) -> None:
    """What is left of it still waits, behind what has become due meanwhile."""
    desk.hear(50)
    worker = desk.worker(Chunk(Watch(LONG)))
    worker.step(at(1))
    left = desk.clocks.waiting(at(1), 100, ("tickets",))
    assert 0 < len(left) < 50
    assert left[-1] == SubjectKey("tickets", "T0049")
    for _ in range(50):
        worker.step(at(1))
    assert desk.clocks.waiting(at(1), 100, ("tickets",)) == ()


def test_a_crowd_is_put_in_order_once(desk: Desk) -> None:
    desk.hear(3 * CHUNK_DUE)
    worker = desk.worker(Chunk(Watch()))
    while worker.step(at(1))[0]:
        pass
    now = at(2)
    with asked(desk.database) as found:
        assert [worker.step(now)[0] for _ in range(3)] == [CHUNK_DUE] * 3
    assert len([text for text in found if "JOIN subjects" in text]) == 1
    assert worker.step(now) == (0, False)


def test_who_is_due_is_asked_again_after_a_while_and_when_the_time_goes_back() -> None:
    some = tuple(SubjectKey("tickets", f"T{n}") for n in range(3))
    crowd = Crowd()
    assert crowd.next(at(1)) == ()
    assert crowd.keep(at(1), some[:1], some[1:]) == some[:1]
    assert crowd.next(at(1) + KEPT) == some[1:]
    for later in (at(1) + KEPT + timedelta(microseconds=1), at(1) - timedelta(microseconds=1)):
        crowd.keep(at(1), some[:1], some[1:])
        assert crowd.next(later) == ()
        assert crowd.next(at(1)) == ()
