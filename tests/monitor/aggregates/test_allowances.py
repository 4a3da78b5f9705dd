"""How much of many allowances is used at an instant, against each of them looked at by itself."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.aggregates import Allowed, Instants, Used, largest_share, used_at_least, used_of
from monitor.config import policy_file, yaml_file
from monitor.worktime import EPOCH, TICK
from monitor.worktime.working_time import WorkingTime
from tests.support.cases import POLICY, at
from tests.support.texts import exchanged

OFFICE = '  always: {zone: UTC, hours: 24x7}\n  office: {zone: UTC, hours: {mon-fri: ["09:00-17:00"]}}\n'
POLICY_WITH_OFFICE = exchanged(POLICY, ("  always: {zone: UTC, hours: 24x7}\n", OFFICE))
CALENDARS = policy_file.working_times(policy_file.build(yaml_file.parse(POLICY_WITH_OFFICE, "case.yml")))
HOUR = timedelta(hours=1) // TICK
PERCENT = (0, 25, 50, 75, 90, 100)

budgets = st.sampled_from((0, 1, HOUR, 7 * HOUR + 1))
minutes = st.lists(st.integers(0, 1200), min_size=1, max_size=6)


def since(calendar: WorkingTime, minutes: int) -> int:
    """Since when an allowance is used of which so much was used at nine on Monday, as the store writes it."""
    return (calendar.subtract(at(9), timedelta(minutes=minutes)) - EPOCH) // TICK


@given(budgets, minutes, st.sampled_from((None, *CALENDARS)), st.integers(0, 4000))
def test_what_is_said_of_all_is_what_each_says(budget: int, used: list[int], name: str | None, later: int) -> None:
    now = at(9, later)
    if name is None:
        each = [one * HOUR // 60 for one in used]
        said = Used(budget, Instants.of(each))
    else:
        calendar = CALENDARS[name]
        each = [one * HOUR // 60 + calendar.counted(at(9), now) // TICK for one in used]
        said = Used(budget, Instants.of(since(calendar, one) for one in used), calendar)
    shares = [one / budget if budget else math.inf if one else 0.0 for one in each]
    assert largest_share([said], now) == max(shares)
    for percent in PERCENT:
        enough = [one for one in each if one * 100 >= budget * percent and (budget or one or not percent)]
        assert used_at_least([said], percent, now) == len(enough)


def test_nothing_is_said_of_a_group_while_the_calendar_of_one_that_is_used_now_is_not_known() -> None:
    rested, used_now = {Allowed(False, HOUR, "gone"): Instants.of([1])}, {Allowed(True, HOUR, "gone"): Instants.of([1])}
    assert used_of(rested, CALENDARS.get) == (Used(HOUR, Instants.of([1])),)
    assert used_of({**rested, **used_now}, CALENDARS.get) == ()


def test_a_share_that_no_calendar_ever_had_is_used_of_none() -> None:
    for calendar in CALENDARS.values():
        seldom = Used(2**60, Instants.of([0]), calendar)
        assert [used_at_least([seldom], percent, at(9)) for percent in (0, 100)] == [1, 0]


def test_of_no_allowance_nothing_is_said() -> None:
    assert largest_share([], at(9)) is None
    assert used_at_least([], 0, at(9)) == 0


def test_the_largest_of_several_budgets_is_that_of_the_greatest_share() -> None:
    rested, used_now = Used(10 * HOUR, Instants.of([2 * HOUR])), Used(HOUR, Instants.of([0]), CALENDARS["always"])
    assert largest_share([rested], at(9)) == pytest.approx(0.2)
    assert largest_share([rested, used_now], at(9)) == largest_share([used_now], at(9))
    assert used_at_least([rested, used_now], 25, at(9)) == 1
