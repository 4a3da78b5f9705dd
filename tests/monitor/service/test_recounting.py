"""The thread that counts open clocks: once after a start, again in doubt, and until the end only."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.service import recounting
from monitor.service.recounting import Recounting
from monitor.store import aggregating
from monitor.store.database import Database
from tests.support.aggregates import from_rows
from tests.support.counted_world import World
from tests.support.peers import until
from tests.support.rounds import Peers, built


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    it = Database(f"sqlite:///{tmp_path}/store.db")
    world = World(it)
    for number in range(5):
        world.hear(number, 0, 1, 0, 0)
    world.work(0)
    it.kept.doubt()
    yield it
    it.close()


class Waits:
    """What the thread asks to wait, and when it is to end."""

    def __init__(self, last: int) -> None:
        self.last, self.asked = last, list[float]()

    def __call__(self, seconds: float) -> bool:
        self.asked.append(seconds)
        return len(self.asked) >= self.last


def test_it_counts_once_and_again_when_in_doubt(database: Database) -> None:
    waits, numbers = Waits(4), list[int]()

    def wait(seconds: float) -> bool:
        if seconds == recounting.EVERY:
            numbers.append(database.kept.number)
            if len(numbers) == 2:
                assert database.kept.counted() == from_rows(database)
                database.kept.doubt()
            if len(numbers) == 3:
                assert database.kept.counted() == from_rows(database)
                return True
        return waits(seconds) and False

    Recounting(database).forever(wait)
    assert numbers[0] == numbers[1], "what is known is not counted again"


def test_it_gives_up_when_the_program_stops(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aggregating, "PORTION", 1)
    waits = Waits(2)
    Recounting(database).forever(lambda seconds: waits(seconds) or len(waits.asked) > 2)
    assert database.kept.counted() is None
    assert len(waits.asked) == 3, "two portions, and the end"


def test_a_store_that_cannot_be_read_is_tried_again(database: Database) -> None:
    database.close()
    waits = Waits(2)
    Recounting(database).forever(waits)
    assert waits.asked == [recounting.AFTER_FAILURE] * 2


def test_after_a_start_it_waits_until_the_engine_has_taken_its_first_step(tmp_path: Path) -> None:
    with built(tmp_path, Peers()) as program:
        parts, kept = program.parts, program.host.database.kept
        parts.begin(first=True)
        counting = threading.Thread(target=parts._recount)
        working = threading.Thread(target=parts.engine.advance_forever)
        counting.start()
        assert not parts.engine.looked.is_set()
        assert not kept.known
        working.start()
        until(lambda: kept.known)
        assert parts.engine.looked.is_set()
        parts.close()
        counting.join()
        working.join()


def test_a_stop_before_that_ends_it(tmp_path: Path) -> None:
    with built(tmp_path, Peers()) as program:
        program.parts.stopping.set()
        program.parts._recount()
        assert not program.host.database.kept.known
