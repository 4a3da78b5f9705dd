from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import ConfigError
from monitor.worktime.batch import deadlines, elapsed
from monitor.worktime.calendars import Calendar
from monitor.worktime.working_time import WorkingTime, instant, micros
from tests.support.calendars import OFFICE, calendars, near_the_change, office

HOUR = 3_600_000_000
A_CASE = 500  # so many instants with each random calendar: 100 examples make 50,000 cases


def at(*parts: int) -> int:
    return micros(datetime(*parts, tzinfo=UTC))  # type: ignore[misc, arg-type]


def random_instants(seed: int, count: int = A_CASE) -> np.ndarray:
    """Instants of six years, some of them on the full minute, many around changes of the clocks and year ends."""
    numbers = np.random.default_rng(seed)
    anywhere = numbers.integers(at(2024, 1, 1), at(2029, 12, 31), count)
    anywhere[::3] -= anywhere[::3] % 60_000_000
    near = np.array([micros(each) for each in near_the_change()])
    chosen = numbers.choice(near, count // 4) + numbers.integers(-3 * HOUR, 3 * HOUR, count // 4)
    anywhere[: count // 4] = chosen
    numbers.shuffle(anywhere)
    return anywhere


@given(calendars(), st.integers(0, 2**32))
def test_a_batch_adds_exactly_as_one_by_one(calendar: Calendar, seed: int) -> None:
    starts = random_instants(seed)
    lengths = np.random.default_rng(seed + 1).integers(-HOUR, 60 * HOUR, starts.size)
    lengths[::5] -= lengths[::5] % HOUR  # amounts that are used up at closing time
    one = WorkingTime(calendar)
    expected = [
        micros(one.add(instant(start), timedelta(microseconds=length)))
        for start, length in zip(starts.tolist(), lengths.tolist(), strict=True)
    ]
    assert deadlines(WorkingTime(calendar), starts, lengths).tolist() == expected


@given(calendars(), st.integers(0, 2**32))
def test_a_batch_counts_exactly_as_one_by_one(calendar: Calendar, seed: int) -> None:
    starts, ends = random_instants(seed), random_instants(seed + 1)
    one = WorkingTime(calendar)
    expected = [
        one.counted(instant(start), instant(end)) // timedelta(microseconds=1)
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
    ]
    assert elapsed(WorkingTime(calendar), starts, ends).tolist() == expected


@given(st.integers(0, 2**32), st.integers(1, 200 * HOUR))
def test_one_length_for_all_is_the_length_of_each(seed: int, length: int) -> None:
    starts = random_instants(seed)
    each = deadlines(office(), starts, np.full(starts.size, length))
    assert deadlines(office(), starts, length).tolist() == each.tolist()
    assert elapsed(office(), starts, each).tolist() == [length] * starts.size


def test_round_the_clock_is_the_identity() -> None:
    always = WorkingTime(Calendar("always", always=True))
    starts = random_instants(1)
    assert (deadlines(always, starts, HOUR) == starts + HOUR).all()
    assert (deadlines(always, starts, -HOUR) == starts).all()
    assert (elapsed(always, starts, starts + HOUR) == HOUR).all()
    assert (elapsed(always, starts, starts - HOUR) == 0).all()


def test_spans_that_lie_close_together_are_found_too() -> None:
    """Spans of a minute, a minute apart, and then a week without any: a bucket of the guide holds many."""
    minutes = tuple((time(8, minute), time(8, minute + 1)) for minute in range(0, 58, 2))
    calendar = Calendar("minutes", weekly={2: minutes})
    starts = random_instants(3)
    lengths = np.random.default_rng(4).integers(1, 60_000_000 * 40, starts.size)
    found = deadlines(WorkingTime(calendar), starts, lengths)
    one = WorkingTime(calendar)
    for start, length, answer in zip(starts.tolist(), lengths.tolist(), found.tolist(), strict=True):
        assert answer == micros(one.add(instant(start), timedelta(microseconds=length)))


def test_many_years_with_close_spans_are_searched_without_a_guide() -> None:
    minutes = tuple((time(8, minute), time(8, minute + 1)) for minute in range(0, 58, 2))
    calendar = Calendar("minutes", weekly={day: minutes for day in range(7)})
    starts = np.random.default_rng(3).integers(at(1971, 1, 2), at(2190, 1, 1), 2000)
    one = WorkingTime(calendar)
    for start, answer in zip(starts.tolist(), deadlines(one, starts, 95_000_000).tolist(), strict=True):
        assert answer == micros(one.add(instant(start), timedelta(seconds=95)))


def test_a_batch_may_be_empty() -> None:
    nothing = np.array([], np.int64)
    assert deadlines(office(), nothing, nothing).size == elapsed(office(), nothing, nothing).size == 0


def test_a_batch_leaves_its_input_as_it_was() -> None:
    starts, lengths = random_instants(5), np.full(A_CASE, HOUR)
    before = starts.copy(), lengths.copy()
    ends = deadlines(office(), starts, lengths)
    elapsed(office(), starts, ends)
    assert (starts == before[0]).all()
    assert (lengths == before[1]).all()


def test_a_deadline_beyond_the_last_year_is_the_same_sentence() -> None:
    starts = np.array([at(2026, 1, 1), at(2026, 1, 2)])
    for too_long in (876_000 * HOUR, 2**63 - 1):
        with pytest.raises(ConfigError, match="is not reached before 2200"):
            deadlines(office(), starts, np.array([HOUR, too_long]))


@pytest.mark.parametrize("wrong", [-1, 2**62, -(2**62)])
def test_an_instant_outside_the_years_is_a_sentence(wrong: int) -> None:
    with pytest.raises(ConfigError, match="counts from 1971 to 2200"):
        deadlines(office(), np.array([wrong]), HOUR)


def test_what_is_no_whole_number_or_has_no_partner_is_refused() -> None:
    starts = random_instants(6)
    with pytest.raises(TypeError, match="whole microseconds"):
        deadlines(office(), starts.astype(float), HOUR)
    with pytest.raises(ValueError, match="give as many"):
        deadlines(office(), starts, np.array([HOUR, HOUR]))
    with pytest.raises(ValueError, match="give as many"):
        elapsed(office(), starts, starts[1:])


def test_closing_time_is_kept_in_a_batch() -> None:
    friday = at(2026, 1, 9, 1)  # 09:00 in Shanghai
    assert deadlines(office(), np.array([friday]), 7 * HOUR).tolist() == [at(2026, 1, 9, 9)]
    assert OFFICE[-1][1] == time(17)
