"""What the default pace warns of in simulated years, on fixed seeds (docs/performance.md, decision 0075)."""

from __future__ import annotations

from fractions import Fraction

import pytest

from monitor.policy import Pace, Window
from tests.support.pace_years import FAULTS, HOURS, Promise, judge, total


@pytest.mark.parametrize(("promise", "in_time"), [(HOURS, 0.65), (FAULTS, 0.85)], ids=["24 h", "4 faults"])
def test_most_years_that_are_exhausted_are_warned_of_14_days_before(promise: Promise, in_time: float) -> None:
    found = judge(promise, Pace(), 100, 7)
    whole = total(found)
    assert whole.exhausted > 100, "too few years to say anything"
    assert whole.lead >= in_time
    assert whole.warned / whole.exhausted >= 0.9, "nearly all of them are warned of at some time"


@pytest.mark.parametrize("promise", [HOURS, FAULTS], ids=["24 h", "4 faults"])
def test_years_that_are_kept_are_seldom_warned_of(promise: Promise) -> None:
    found = judge(promise, Pace(), 100, 7)
    whole = total(found)
    assert found["quiet"].false_share <= 0.1
    assert whole.false_share <= 0.25
    assert whole.false_below_half <= 0.03 * whole.below_half


def test_the_rule_of_thirty_days_alone_warns_of_half_of_the_years_that_are_kept() -> None:
    """Why a burn rate over a short window, as for millions of requests, is no rule for a few outages a year."""
    short = Pace((Window(share=Fraction(1, 12)),), Fraction(2))
    assert total(judge(HOURS, short, 60, 7)).false_share > 0.4
