from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.bench.growth import Figure, against, as_json, cells, exponent, markdown

SIZES = (10_000, 100_000, 1_000_000)


@given(
    sizes=st.lists(st.integers(1, 10**7), min_size=2, max_size=6, unique=True),
    power=st.floats(-3, 3),
    factor=st.floats(1e-3, 1e3),
)
def test_a_power_of_the_size_is_found_whatever_it_is_multiplied_with(sizes: list[int], power: float, factor: float):
    assume(max(sizes) >= 2 * min(sizes))
    assert exponent([(size, factor * size**power) for size in sizes]) == pytest.approx(power, abs=1e-6)


@given(st.lists(st.tuples(st.integers(2, 10**6), st.floats(0.1, 1e6)), min_size=2, max_size=6), st.randoms())
def test_the_order_of_the_sizes_does_not_matter(points: list[tuple[int, float]], rng: object):
    first = exponent(points)
    assert exponent(points[::-1]) == (None if first is None else pytest.approx(first, abs=1e-6))


def test_the_line_is_that_of_least_squares():
    points = [(1, 1.0), (10, 100.0), (100, 10.0)]
    assert exponent(points) == pytest.approx(0.5)  # logs 0, 2, 1: the slope is ((-1)(-1) + 0 + (1)(0)) / 2


@pytest.mark.parametrize(
    "points",
    [
        pytest.param([], id="nothing"),
        pytest.param([(10, 5.0)], id="one size"),
        pytest.param([(10, 5.0), (10, 7.0)], id="one size twice"),
        pytest.param([(10, 5.0), (100, 0.0)], id="nothing was used"),
        pytest.param([(10, 5.0), (100, float("inf"))], id="it never came"),
    ],
)
def test_without_two_sizes_that_have_a_figure_there_is_no_exponent(points: list[tuple[int, float]]):
    assert exponent(points) is None


FIGURES = (
    Figure("Scrape", "ms", 1, {10_000: 30.04, 100_000: 300.0, 1_000_000: 3000.0}),
    Figure("Committed", "s", 2, {10_000: 0.5, 1_000_000: float("inf")}),
    Figure("Memory", "MB", 0, {size: 118.0 for size in SIZES}),
    Figure("Backtest", "s", 2, alone=6.1),
)


def test_the_table_has_a_column_for_each_size_and_the_exponent():
    assert cells(FIGURES, SIZES) == [
        ["", "10,000", "100,000", "1,000,000", "exponent"],
        ["Scrape, ms", "30.0", "300.0", "3,000.0", "1.00"],
        ["Committed, s", "0.50", "–", "never", "–"],
        ["Memory, MB", "118", "118", "118", "0.00"],
        ["Backtest, s", "6.10", "", "", "–"],
    ]


def test_a_figure_that_hardly_falls_has_no_sign():
    assert cells([Figure("Memory", "MB", 0, {10: 100.0, 100: 99.999})], (10, 100))[1][-1] == "0.00"


def test_as_markdown_every_row_has_as_many_cells():
    lines = markdown(FIGURES, SIZES).splitlines()
    assert lines[:3] == [
        "| | 10,000 | 100,000 | 1,000,000 | exponent |",
        "| --- | --- | --- | --- | --- |",
        "| Scrape, ms | 30.0 | 300.0 | 3,000.0 | 1.00 |",
    ]
    assert {line.count("|") for line in lines} == {6}


def test_as_json_what_never_came_is_null():
    said = as_json(FIGURES)
    assert said["Committed, s"] == {"10000": 0.5, "1000000": None, "exponent": None}
    assert said["Backtest, s"] == {"alone": 6.1, "exponent": None}
    assert said["Scrape, ms"]["exponent"] == 1.0


def test_goals_are_a_last_column_where_there_is_one():
    figures = (Figure("Scrape", "ms", 1, {10: 30.04}, goal="50"), Figure("Memory", "MB", 0, {10: 118.0}))
    assert cells(figures, (10,)) == [
        ["", "10", "exponent", "goal"],
        ["Scrape, ms", "30.0", "–", "50"],
        ["Memory, MB", "118", "–", ""],
    ]
    assert {line.count("|") for line in markdown(figures, (10,)).splitlines()} == {5}


def test_figures_of_no_size_stand_beside_their_goals():
    figures = (Figure("Lost", "", alone=0.0, goal="0"), Figure("Away", "s", 1, alone=600.0))
    assert against(figures) == [["", "measured", "goal"], ["Lost", "0", "0"], ["Away, s", "600.0", "–"]]
