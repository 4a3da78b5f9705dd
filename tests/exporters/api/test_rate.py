from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from exporters.api.rate import Buckets, Rate


@given(st.lists(st.tuples(st.floats(0, 3), st.sampled_from("ab")), max_size=60))
def test_nobody_gets_more_than_the_rate_and_a_rest_is_worth_no_more_than_the_bucket(
    asked: list[tuple[float, str]],
) -> None:
    now, rate = 0.0, Rate(each_second=2, at_once=3)
    buckets = Buckets(rate, lambda: now)
    taken: dict[str, list[float]] = {"a": [], "b": []}
    for pause, who in asked:
        now += pause
        if buckets.take(who) == 0:
            taken[who].append(now)
    for times in taken.values():
        for first, since in enumerate(times):
            for last, until in enumerate(times[first:], first):
                assert last - first + 1 <= 3 + (until - since) * 2 + 1e-6


def test_whoever_waits_as_long_as_he_is_told_gets_one() -> None:
    now = [0.0]
    buckets = Buckets(Rate(each_second=0.25, at_once=1), lambda: now[0])
    assert buckets.take("a") == 0
    wait = buckets.take("a")
    assert wait == 4
    now[0] += wait
    assert buckets.take("a") == 0


def test_callers_are_forgotten_the_longest_silent_first() -> None:
    buckets = Buckets(Rate(each_second=1, at_once=1), lambda: 0.0, most=3)
    for who in "abcad":
        buckets.take(who)
    assert len(buckets) == 3
    assert buckets.take("a") > 0
    assert buckets.take("b") == 0
    for number in range(1000):
        buckets.take(str(number))
    assert len(buckets) == 3
