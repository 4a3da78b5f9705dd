"""The worked examples of `docs/availability.md` are counted as the page says."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from monitor.availability.figures import figures
from monitor.availability.statements import Statement, stated
from monitor.commands.availability import bounds, percent
from monitor.model import CircuitState
from monitor.text import exact_length
from monitor.worktime import Bounds
from tests.support.availability_page import PAGE
from tests.support.circuit_lives import counted_life, shown

LIVES = re.findall(r"(?m)^\| `([.eS_]+)` \| `([AWD?d]+)` \|", PAGE)


@pytest.mark.parametrize(("life", "states"), LIVES)
def test_a_life_of_the_page_has_the_states_that_it_says(life: str, states: str) -> None:
    assert shown(counted_life(life.replace("_", " "))) == states


def test_the_page_has_its_lives() -> None:
    assert len(LIVES) == 7


def test_the_month_of_the_page_has_the_figures_that_it_says() -> None:
    (row,) = re.findall(r"(?m)^\| excused \| unavailable .*\n.*\n\| (.*) \|$", PAGE)
    start, minute = datetime(2026, 4, 1, tzinfo=UTC), timedelta(minutes=1)
    month = Bounds(202604, start, datetime(2026, 5, 1, tzinfo=UTC))
    up, down, blind = CircuitState.AVAILABLE, CircuitState.UNAVAILABLE, CircuitState.UNKNOWN
    said = [(0, up), (1000, down), (1020, up), (5000, blind), (5030, up)]
    timeline = stated([Statement(start + at * minute, state) for at, state in said], month.end)
    window = (start + 945 * minute, start + 1005 * minute)
    (of,) = figures(timeline, [month], [window])
    lengths = (exact_length(one) for one in (of.excused, of.unavailable, of.unknown))
    assert [*lengths, percent(of.availability), bounds(of)] == row.split(" | ")


def test_a_share_below_all_is_never_written_as_all() -> None:
    assert (percent(0.9999999), percent(1.0), percent(0.0), percent(None)) == ("99.999 %", "100.000 %", "0.000 %", "–")
    assert (percent(0.999651), percent(0.99965)) == ("99.965 %", "99.965 %")
