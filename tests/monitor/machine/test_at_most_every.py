from __future__ import annotations

from datetime import timedelta

from monitor.machine.at_most_every import AtMostEvery
from tests.support.cases import at

MINUTE = timedelta(minutes=1)


def test_it_is_due_at_first_and_again_when_the_length_has_passed() -> None:
    looks = AtMostEvery(MINUTE)
    assert looks.take(at(0))
    assert not looks.due(at(0))
    assert not looks.take(at(0) + MINUTE - timedelta.resolution)
    assert looks.take(at(0) + MINUTE)
    assert looks.last == at(0) + MINUTE


def test_asking_whether_it_is_due_does_not_count_as_doing_it() -> None:
    looks = AtMostEvery(MINUTE)
    assert looks.due(at(0))
    assert looks.due(at(0))
    looks.done(at(0))
    assert not looks.due(at(0))


def test_a_clock_that_was_set_back_makes_it_due() -> None:
    looks = AtMostEvery(MINUTE, at(1))
    assert looks.take(at(1) - timedelta.resolution)


def test_a_reading_of_a_steady_clock_serves_as_well() -> None:
    lines = AtMostEvery(MINUTE)
    assert [lines.take(timedelta(seconds=seconds)) for seconds in (5, 64, 65, 66)] == [True, False, True, False]


def test_no_length_is_always_due() -> None:
    assert AtMostEvery(timedelta(0), at(0)).due(at(0))
