"""A breach does not wait behind lesser pages: the real program, thousands of pages, a receiver that takes its time."""

from __future__ import annotations

from pathlib import Path

from tests.bench.breach_first import measure
from tests.support.peers import HANGING


def test_a_gold_breach_behind_two_thousand_standard_pages_is_told_within_two_seconds(tmp_path: Path) -> None:
    """Two seconds where the machine keeps up; where it does not, at least before nearly all that was before it."""
    found = measure(tmp_path, standard=2_000, within=HANGING, lead=4)
    assert found["told_before"] < 1_500, "it waited for its turn"
    (late,) = found["gold_seconds"]
    assert late < 10 or found["told_before"] < 500, found
