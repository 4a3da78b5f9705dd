"""A limit holds in every span, wherever it begins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.delivery.rate_limit import Budget, Limit

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


def sent(budget: Budget, *seconds: float) -> Budget:
    for after in seconds:
        budget = budget.take(NOW + timedelta(seconds=after))
    return budget


def test_what_was_never_sent_anything_has_all_its_room() -> None:
    budget = Budget((Limit(20, MINUTE),))
    assert (budget.room(NOW), budget.free_at(NOW)) == (20, NOW)


def test_the_next_message_waits_until_the_oldest_of_the_span_is_past() -> None:
    budget = sent(Budget((Limit(2, MINUTE),)), 0, 10)
    later = NOW + timedelta(seconds=15)
    assert budget.room(later) == 0
    assert budget.free_at(later) == NOW + MINUTE
    assert budget.room(NOW + MINUTE) == 1


def test_of_two_limits_both_hold() -> None:
    budget = sent(Budget((Limit(2, SECOND), Limit(3, MINUTE))), 0, 0)
    assert budget.free_at(NOW) == NOW + SECOND
    assert budget.room(NOW + SECOND) == 1
    assert sent(budget, 1).free_at(NOW + SECOND) == NOW + MINUTE


def test_a_clock_that_was_set_back_delays_by_one_span_at_most() -> None:
    budget = sent(Budget((Limit(1, MINUTE),)), 3600)
    assert budget.free_at(NOW) == NOW + MINUTE


def test_what_is_past_is_forgotten() -> None:
    assert len(sent(Budget((Limit(5, SECOND),)), *range(100)).taken) <= 2


@pytest.mark.parametrize(("count", "per"), [(0, MINUTE), (1, timedelta(0))])
def test_a_limit_that_allows_nothing_is_refused(count: int, per: timedelta) -> None:
    with pytest.raises(ValueError, match="at least one"):
        Limit(count, per)


@given(
    waits=st.lists(st.floats(0, 30), min_size=1, max_size=80),
    limits=st.lists(st.tuples(st.integers(1, 6), st.integers(1, 20)), min_size=1, max_size=2),
)
def test_no_span_ever_holds_more_than_its_limit(waits: list[float], limits: list[tuple[int, int]]) -> None:
    budget = Budget(tuple(Limit(count, timedelta(seconds=per)) for count, per in limits))
    now, done = NOW, []
    for wait in waits:
        now += timedelta(seconds=wait)
        free = budget.free_at(now)
        assert (budget.room(now) > 0) is (free == now)
        now = free
        budget = budget.take(now)
        done.append(now)
    for limit in budget.limits:
        assert all(sum(at <= other < at + limit.per for other in done) <= limit.count for at in done)
