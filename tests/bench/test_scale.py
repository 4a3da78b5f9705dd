from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest

from tests.bench.scale import Run
from tests.bench.scale_effort import Effort
from tests.bench.scale_figures import FIGURES
from tests.bench.scale_rows import ROWS
from tests.support import alertmanager


def test_every_row_has_figures_and_no_figure_two_rows():
    assert FIGURES.keys() == {"fill", *ROWS, "rule", "core", "backtest"}
    assert Counter(name for row in FIGURES.values() for name in row).most_common(1)[0][1] == 1


@pytest.mark.peer
def test_a_store_is_filled_and_looked_at_and_nothing_is_left(tmp_path: Path):
    alertmanager.binary()
    run = Run(("fill", "scrape", "api"), Effort(scrapes=1, asked=6), time.monotonic() + 3600, tmp_path, rule_at=0)
    run.size(40)
    assert run.failed == []
    assert run.found.keys() == {*FIGURES["fill"], *FIGURES["scrape"], *FIGURES["api"]}
    assert run.found["scrape_size"][40] > 1
    assert list(tmp_path.iterdir()) == []


def test_when_the_minutes_are_over_no_row_is_begun_and_that_is_said(tmp_path: Path):
    run = Run(("fill", "scrape"), Effort(), time.monotonic() - 1, tmp_path, rule_at=0)
    run.size(40)
    assert run.failed == ["fill of 40: the minutes were over"]
    assert list(tmp_path.iterdir()) == []
