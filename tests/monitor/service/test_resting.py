"""A look whose cost grows rests the longer, the longer it took; a quick one does not rest."""

from __future__ import annotations

import time
from itertools import count

from monitor.service.resting import ReadSeldom, Rest


def _work(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def test_a_look_that_takes_long_is_not_taken_again_soon() -> None:
    rest = Rest(rests=100_000, free=0.0)
    assert rest.over
    with rest.looking():
        _work(0.01)
    assert not rest.over, "a thousand seconds are not over"


def test_a_quick_look_may_be_taken_again_at_once() -> None:
    rest = Rest(rests=100_000, free=600)
    with rest.looking():
        _work(0.01)
    assert rest.over


def test_a_look_rests_as_many_times_as_long_as_it_took() -> None:
    rest = Rest(rests=2, free=0.0)
    began = time.monotonic()
    with rest.looking():
        _work(0.05)
    while not rest.over:
        pass
    assert time.monotonic() - began >= 0.15


def test_what_takes_long_to_read_is_not_read_again_soon() -> None:
    numbers = count()

    def read() -> int:
        _work(0.01)
        return next(numbers)

    seldom, often = ReadSeldom(read, Rest(100_000, 0.0)), ReadSeldom(read, Rest(100_000, 600))
    assert [seldom(), seldom(), seldom()] == [0, 0, 0]
    assert [often(), often(), often()] == [1, 2, 3]
