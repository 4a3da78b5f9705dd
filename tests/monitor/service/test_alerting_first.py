"""When requests are to wait for alerting: while something is due, judged or just decided, and at no other time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor.service.alerting_first import LEAD, SENDING, AlertingFirst
from monitor.service.engine_worker import Worker
from tests.support.rounds import Peers, begin, built


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Iterator[Clock]:
    return Clock()


def test_nothing_is_urgent_at_first_and_where_nothing_is_due(clock: Clock) -> None:
    first = AlertingFirst(clock)
    assert not first()
    first.expect(math.inf)
    assert not first()


def test_what_is_due_is_urgent_shortly_before_and_not_for_ever(clock: Clock) -> None:
    first = AlertingFirst(clock)
    first.expect(1.0)
    seen = []
    for at in (100.0, 101.0 - 2 * LEAD, 101.0 - LEAD / 2, 101.0, 101.0 + SENDING / 2, 101.0 + 2 * SENDING):
        clock.now = at
        seen.append(first())
    assert seen == [False, False, True, True, True, False]


def test_a_step_is_urgent_while_it_lasts_where_something_was_due_and_not_for_news(clock: Clock) -> None:
    first = AlertingFirst(clock)
    with first.judging(due=True):
        clock.now += 1000
        assert first()
    assert not first()
    with first.judging(due=False):
        assert not first._judging


def test_a_step_that_fails_is_over(clock: Clock) -> None:
    first = AlertingFirst(clock)
    with pytest.raises(ValueError, match="full"), first.judging(due=True):
        raise ValueError("full")
    assert not first()


def test_what_was_decided_is_urgent_until_it_can_have_been_sent(clock: Clock) -> None:
    first = AlertingFirst(clock)
    first.decided()
    assert first()
    clock.now += 2 * SENDING
    assert not first()


@pytest.mark.parametrize(
    ("due_in", "urgent"),
    [(None, False), (timedelta(hours=-1), True), (timedelta(hours=1), False)],
    ids=["news alone", "something is due", "something is due later"],
)
def test_the_engine_says_so_while_it_judges_what_is_due(
    tmp_path: Path, due_in: timedelta | None, urgent: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    with built(tmp_path, Peers()) as program:
        begin(program)
        first, now = program.host.alerting_first, program.host.now()

        def step(worker: Worker, at: datetime, undo: bool = False) -> tuple[int, bool]:
            seen.append(first())
            return 0, False

        monkeypatch.setattr(Worker, "next_due", lambda worker: None if due_in is None else now + due_in)
        monkeypatch.setattr(Worker, "step", step)
        program.parts.engine.advance()
        assert seen == [urgent]
        assert not first._judging
