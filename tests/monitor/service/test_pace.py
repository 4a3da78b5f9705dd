from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.service.pace import Pace
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
