"""Kill the program at every step between a crossing and its receipt, and see that each receiver hears of it.

`tests/support/killable.py` names the points, `tests/flow/crashing.py` says what must hold after each of them.

Of each point: the program kills itself there when it passes it for the first time, starts again, kills itself there
when it passes it for the third time (a few tickets later), and starts again for good. Points that a life passes only
once, while it starts, are passed after a life that was killed in the middle of its work.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flow.crashing import Crashing, crashing
from tests.flow.nursery import Nursery
from tests.support.killable import AT_START, AT_WORK, POINTS
from tests.support.peers import HANGING

_AT_WORK = "after pages were read for the queue"


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    it = Nursery()
    yield it
    it.close()


def plan(point: str) -> list[tuple[str, int]]:
    """Where each life ends, one after the other."""
    if point in AT_START:
        return [(_AT_WORK, 1), (point, 1), (_AT_WORK, 2), (point, 1)]
    return [(point, 1), (point, 3)]


def live_on(it: Crashing, point: str, ending: threading.Event) -> None:
    """One life after the other, until one is left alive."""
    for end in plan(point):
        it.start([end])
        it.nursery.ended()
        if ending.is_set():
            return
    it.start()


def test_there_are_enough_points() -> None:
    assert len(AT_WORK) >= 12
    assert len(POINTS) >= 20


@pytest.mark.parametrize("point", POINTS)
def test_killed_at(point: str, nursery: Nursery, tmp_path: Path) -> None:
    it, server = crashing(tmp_path, nursery)
    with server:
        it.prepare(server.url)
        for plot in ("late", "paused", "restored"):
            it.tell(plot)
        ending = threading.Event()
        lives = threading.Thread(target=live_on, args=(it, point, ending))
        lives.start()
        try:
            it.finish()
            lives.join(timeout=HANGING)
            assert not lives.is_alive(), f"it was not passed often enough: {it.journal()}"
        finally:
            ending.set()
            if lives.is_alive():
                nursery.strike()
                lives.join(timeout=HANGING)
            else:
                nursery.kill()
    blown = [line[1] for lines in it.journal().values() for line in lines if line[0] == "blown"]
    assert blown == [name for name, _ in plan(point)]
    assert it.check().crossings >= 6
