from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.polling import SETTLE, TOLERANCE, Pace, WallClock
from tests.support.cases import at

S = timedelta(seconds=1)
PACE = Pace(every=30 * S, at_most=300 * S)


@pytest.mark.parametrize(
    ("failures", "wait"), [(0, 30), (1, 30), (2, 60), (3, 120), (4, 240), (5, 300), (6, 300), (10**6, 300)]
)
def test_after_failures_a_source_is_asked_less_and_less_often_up_to_a_limit(failures: int, wait: int) -> None:
    assert PACE.next_poll(at(0), failures) == at(0) + wait * S


def test_a_limit_below_the_pace_does_not_make_failures_faster_than_success() -> None:
    assert Pace(every=60 * S, at_most=10 * S).next_poll(at(0), 5) == at(0) + 60 * S


def test_a_source_is_never_asked_before_its_own_retry_after() -> None:
    assert PACE.next_poll(at(0), 1, retry_at=at(1)) == at(1)
    assert PACE.next_poll(at(0), 5, retry_at=at(0) + S) == at(0) + 300 * S


def test_clocks_that_go_alike_hold_nothing() -> None:
    clock = WallClock(offset=100 * S)
    for second in range(100):
        clock = clock.look((100 + second) * S, second * S)
        assert not clock.held(second * S)


@pytest.mark.parametrize("jump", [TOLERANCE + S, -TOLERANCE - S, timedelta(days=-400), timedelta(hours=1)])
def test_a_jump_holds_firings_until_both_clocks_have_agreed_again_for_a_while(jump: timedelta) -> None:
    monotonic = 1000 * S
    clock = WallClock(offset=100 * S).look(1100 * S + jump, monotonic)
    assert clock.held(monotonic)
    settled = clock.look(monotonic + SETTLE + 100 * S + jump, monotonic + SETTLE)
    assert clock.held(monotonic + SETTLE - S)
    assert not settled.held(monotonic + SETTLE)


def test_a_second_jump_holds_anew() -> None:
    once = WallClock(offset=timedelta(0)).look(60 * S, timedelta(0))
    twice = once.look(9 * S, 9 * S)  # the jump is taken back
    assert twice.held(9 * S + SETTLE - S)
    assert not twice.held(9 * S + SETTLE)


def test_small_corrections_are_tolerated_and_do_not_add_up_to_a_jump() -> None:
    clock, wall = WallClock(offset=timedelta(0)), timedelta(0)
    for step in range(1, 50):
        wall += 60 * S + TOLERANCE
        clock = clock.look(wall, step * 60 * S)
        assert not clock.held(step * 60 * S)
