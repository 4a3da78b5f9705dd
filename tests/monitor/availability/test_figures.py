"""Figures of days, months and years: what is known, what is not, and what planned work takes out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from monitor.availability.counting import counted
from monitor.availability.figures import Figures, figures, periods_of
from monitor.availability.micros import micros
from monitor.availability.rules import Rule
from monitor.availability.statements import Statement, for_clocks, stated
from monitor.availability.timeline import Timeline
from monitor.model import CircuitState, Period
from monitor.worktime import Bounds
from tests.support.circuit_lives import BEGIN, SECOND, counted_life, shown

UP, WEAK, DOWN, BLIND = (
    CircuitState.AVAILABLE, CircuitState.DEGRADED, CircuitState.UNAVAILABLE, CircuitState.UNKNOWN,
)  # fmt: skip
H, M = timedelta(hours=1), timedelta(minutes=1)
ZERO = timedelta(0)
APRIL = Bounds(202604, datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC))


def said(*of: tuple[datetime, CircuitState], until: datetime, silence: timedelta | None = None) -> Timeline:
    return stated([Statement(at, state) for at, state in of], until, silence)


def in_april(*of: tuple[timedelta, CircuitState]) -> Timeline:
    return said(*((APRIL.start + after, state) for after, state in of), until=APRIL.end)


def the(timeline: Timeline, *excused: tuple[datetime, datetime]) -> Figures:
    (found,) = figures(timeline, [APRIL], excused)
    return found


def test_a_share_is_of_the_known_time_and_its_bounds_are_of_all() -> None:
    of = the(in_april((ZERO, UP), (H, DOWN), (2 * H, UP), (3 * H, BLIND), (5 * H, WEAK), (6 * H, UP)))
    assert (of.unavailable, of.unknown, of.degraded, of.unknown_down) == (H, 2 * H, H, ZERO)
    whole = 30 * 24 * H
    assert of.available == whole - 4 * H
    assert of.availability == (whole - 3 * H) / (whole - 2 * H)
    assert (of.least, of.most) == ((whole - 3 * H) / whole, (whole - H) / whole)


def test_planned_work_is_taken_out_whole_and_what_lasts_longer_counts() -> None:
    timeline = in_april((ZERO, UP), (10 * H, DOWN), (12 * H, UP))
    of = the(timeline, (APRIL.start + 9 * H, APRIL.start + 11 * H))
    assert (of.unavailable, of.excused, of.excused_down) == (H, 2 * H, H)
    assert of.known == 30 * 24 * H - 2 * H


def test_windows_that_overlap_or_touch_are_taken_out_once_and_empty_ones_not_at_all() -> None:
    timeline = in_april((ZERO, UP), (10 * H, DOWN), (12 * H, UP))
    start = APRIL.start
    windows = [(start + 11 * H, start + 12 * H), (start + 9 * H, start + 11 * H), (start + 10 * H, start + 11 * H)]
    of = the(timeline, *windows, (start + 20 * H, start + 19 * H), (start + 20 * H, start + 20 * H))
    assert (of.unavailable, of.excused, of.excused_down) == (ZERO, 3 * H, 2 * H)


def test_where_nothing_is_known_there_is_no_figure() -> None:
    of = the(in_april((ZERO, BLIND)))
    assert (of.availability, of.least, of.most, of.unknown) == (None, 0, 1, 30 * 24 * H)
    nothing = the(said((APRIL.end, UP), until=APRIL.end + H))
    assert (nothing.availability, nothing.least, nothing.most) == (None, None, None)


def test_a_period_before_the_data_has_no_time() -> None:
    march = Bounds(202603, datetime(2026, 3, 1, tzinfo=UTC), APRIL.start)
    before, within = figures(in_april((ZERO, UP)), [march, APRIL])
    assert (before.known, before.unknown, before.availability) == (ZERO, ZERO, None)
    assert within.available == 30 * 24 * H
    asked = in_april((ZERO, UP)).over(micros(march.start), micros(APRIL.end))
    (before,) = figures(asked, [march])
    assert (before.unknown, before.least, before.most) == (31 * 24 * H, 0, 1)


def test_an_empty_circuit_has_no_time() -> None:
    timeline = said(until=APRIL.end)
    assert list(periods_of(timeline, Period.YEAR, "UTC")) == []
    assert the(timeline).known == ZERO
    assert list(timeline.intervals()) == []


def test_days_of_a_zone_are_as_long_as_its_clocks_make_them() -> None:
    zone = ZoneInfo("Europe/Berlin")
    start, end = (datetime(2026, month, 1, tzinfo=zone).astimezone(UTC) for month in (1, 12))
    timeline = said((start, UP), (end - H, DOWN), until=end)
    days = {of.bounds.number: of for of in figures(timeline, list(periods_of(timeline, Period.DAY, "Europe/Berlin")))}
    assert (days[20260329].available, days[20261025].available, days[20260330].available) == (23 * H, 25 * H, 24 * H)
    assert days[20261130].unavailable == H
    months = list(figures(timeline, list(periods_of(timeline, Period.MONTH, "Europe/Berlin"))))
    assert [of.bounds.number for of in months] == list(range(202601, 202612))
    assert months[2].available == 31 * 24 * H - H
    (year,) = figures(timeline, list(periods_of(timeline, Period.YEAR, "Europe/Berlin")))
    assert year.known == sum((of.known for of in months), ZERO) == sum((of.known for of in days.values()), ZERO)


def test_an_outage_over_the_turn_of_the_year_is_in_both() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    turn = datetime(2027, 1, 1, tzinfo=zone).astimezone(UTC)
    timeline = said((turn - 9 * H, UP), (turn - 2 * H, DOWN), (turn + 3 * H, UP), until=turn + 5 * H)
    old, new = figures(timeline, list(periods_of(timeline, Period.YEAR, "Asia/Shanghai")))
    assert (old.bounds.number, old.unavailable, new.bounds.number, new.unavailable) == (2026, 2 * H, 2027, 3 * H)


STRETCHES = st.lists(st.tuples(st.sampled_from([UP, WEAK, DOWN, BLIND]), st.integers(1, 90_000)), max_size=30)
WINDOWS = st.lists(st.tuples(st.integers(-50, 2_000_000), st.integers(-50, 300_000)), max_size=5)


@given(stretches=STRETCHES, windows=WINDOWS)
def test_periods_add_up_to_the_whole_and_bounds_hold_the_figure(
    stretches: list[tuple[CircuitState, int]], windows: list[tuple[int, int]]
) -> None:
    at, of = BEGIN, []
    for state, seconds in stretches:
        of.append((at, state))
        at += seconds * SECOND
    timeline = said(*of, until=at)
    excused = [(BEGIN + begin * SECOND, BEGIN + (begin + length) * SECOND) for begin, length in windows]
    names = ("available", "degraded", "unavailable", "unknown", "unknown_down", "excused", "excused_down")
    whole = [list(figures(timeline, list(periods_of(timeline, period, "Asia/Shanghai")), excused))
             for period in (Period.DAY, Period.MONTH, Period.YEAR)]  # fmt: skip
    sums = [[sum((getattr(one, name) for one in found), ZERO) for name in names] for found in whole]
    assert sums[0] == sums[1] == sums[2]
    assert sum(sums[0][:4], ZERO) + sums[0][5] == at - BEGIN
    for one in whole[0]:
        if one.availability is not None:
            assert one.least is not None
            assert one.most is not None
            assert 0 <= one.least <= one.availability <= one.most <= 1
        assert one.unknown_down <= one.unknown


@given(stretches=STRETCHES)
def test_a_timeline_that_is_told_and_read_again_is_the_same(stretches: list[tuple[CircuitState, int]]) -> None:
    at, of = BEGIN, []
    for state, seconds in stretches:
        of.append((at, state))
        at += seconds * SECOND
    timeline = said(*of, until=at)
    again = stated(for_clocks(timeline), at)
    assert (again.begins.tolist(), again.states.tolist()) == (timeline.begins.tolist(), timeline.states.tolist())


def test_statements_in_any_order_and_repeated_are_one_history() -> None:
    of = [(BEGIN, UP), (BEGIN + H, DOWN), (BEGIN + 2 * H, UP)]
    timeline = said(*of, until=BEGIN + 3 * H)
    assert [(one.state, one.length) for one in timeline.intervals()] == [(UP, H), (DOWN, H), (UP, H)]
    shuffled = said(of[2], of[0], of[1], of[1], of[0], until=BEGIN + 3 * H)
    assert list(shuffled.intervals()) == list(timeline.intervals())


def test_a_state_that_nobody_repeats_is_unknown_after_the_silence() -> None:
    of = [(BEGIN, UP), (BEGIN + 5 * H, DOWN), (BEGIN + 20 * H, UP)]
    found = list(said(*of, until=BEGIN + 22 * H, silence=6 * H).intervals())
    assert [(one.state, one.down, one.length) for one in found] == [
        (UP, False, 5 * H), (DOWN, True, 6 * H), (BLIND, True, 9 * H), (UP, False, 2 * H),
    ]  # fmt: skip


def test_a_retired_circuit_has_no_time_after_that() -> None:
    gone = said((BEGIN, UP), (BEGIN + H, CircuitState.RETIRED), until=BEGIN + 5 * H)
    assert [(one.state, one.length) for one in gone.intervals()] == [(UP, H)]
    back = said((BEGIN, UP), (BEGIN + H, CircuitState.RETIRED), (BEGIN + 3 * H, UP), until=BEGIN + 5 * H)
    assert [(one.state, one.length) for one in back.intervals()] == [(UP, H), (BLIND, 2 * H), (UP, 2 * H)]
    twice = said((BEGIN, DOWN), *((BEGIN + hours * H, CircuitState.RETIRED) for hours in (1, 2)), until=BEGIN + 5 * H)
    assert [(one.state, one.length) for one in twice.intervals()] == [(DOWN, H)]


def test_short_degraded_time_is_told_to_no_clock_and_an_outage_is_told_by_its_onset() -> None:
    life = "." * 20 + "e" * 9 + "." * 20 + "e" * 10 + "S" * 10 + "." * 10
    told = [((one.at - BEGIN) // SECOND, one.state) for one in for_clocks(counted_life(life), 10 * SECOND)]
    assert told == [(0, UP), (49, WEAK), (59, DOWN), (69, UP)]


def test_statements_and_samples_give_one_kind_of_timeline() -> None:
    life = "." * 20 + "S" * 15 + "." * 20
    by_samples = counted_life(life)
    by_states = said(
        (BEGIN, UP), (BEGIN + 20 * SECOND, DOWN), (BEGIN + 35 * SECOND, UP), until=BEGIN + 55 * SECOND
    )  # fmt: skip
    assert shown(by_samples) == shown(by_states)


def test_a_year_of_seconds_is_summed_exactly() -> None:
    """31,536,000 bins of 1.000001 s: no sum of floats would be exact."""
    bins = np.ones(31_536_000, np.uint8)
    bins[1_000_000:1_000_500] = 3
    size = timedelta(seconds=1, microseconds=1)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    timeline = counted(bins, Rule(bin=size), start)
    (of,) = figures(timeline, [Bounds(0, start, start + 500 * 24 * H)])
    assert of.unavailable == 500 * size
    assert of.available == (31_536_000 - 500) * size
