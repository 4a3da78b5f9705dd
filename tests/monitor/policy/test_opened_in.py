"""Rows by the time of opening: nights, weekends, cut-off hours, and the same working day."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.clock.engine import advance
from monitor.model import DayEnd
from monitor.worktime import Calendar, WorkingTime
from tests.support.dated import H, at, book, events, one
from tests.support.kind_cases import calendars

NIGHT = (
    "restore: {start: [opened, accepted], stop: [restored], budgets:"
    " [{opened_in: office, budget: 2h, source: t}, {budget: 4h, source: t}]}"
)
OUTSIDE = NIGHT.replace("opened_in", "opened_outside")
SAME = (
    "restore: {start: [opened], stop: [restored], calendar: office, last_day: close_of_business, budgets:"
    " [{opened_in: early, budget: 0wd, source: t}, {budget: 1wd, source: t}]}"
)


@pytest.mark.parametrize(
    ("opened", "inside"),
    [("09:00", True), ("08:59", False), ("16:59", True), ("17:00", False), ("+5 10:00", False), ("+7 10:00", True)],
)
def test_a_row_holds_by_the_instant_of_the_opening(opened: str, inside: bool) -> None:
    now = "+8 00:00"
    assert one(NIGHT, f"{opened} opened", now).target.budget == (2 * H if inside else 4 * H)
    assert one(OUTSIDE, f"{opened} opened", now).target.budget == (4 * H if inside else 2 * H)


def test_an_opening_that_the_source_corrects_changes_the_terms() -> None:
    (first, second) = events("10:00 opened · 11:00 accepted")
    said = [replace(first, opened_at=at("09:30")), second]
    assert advance(said, (), book(NIGHT), at("11:30")).readings[0].target.budget == 2 * H
    corrected = [*said[:1], replace(second, opened_at=at("08:30"))]
    reading = advance(corrected, (), book(NIGHT), at("11:30")).readings[0]
    assert (reading.target.budget, reading.started_at, reading.changes) == (4 * H, at("08:30"), ())


def test_an_opening_that_begins_earlier_is_the_one_that_counts() -> None:
    target = NIGHT.replace("budgets", "begins: [phoned], budgets")
    assert one(target, "09:30 opened phoned=08:30", "10:00").target.budget == 4 * H


def test_the_opening_of_a_reopened_ticket_is_its_first() -> None:
    reading = one(NIGHT, "10:00 opened · 11:00 restored · +1 03:00 accepted", "+1 03:30")
    assert reading.target.budget == 2 * H


@pytest.mark.parametrize(
    ("opened", "due"),
    [
        ("14:59", "17:00"), ("15:00", "+1 17:00"), ("05:00", "17:00"), ("18:00", "+1 17:00"),
        ("+4 14:59", "+4 17:00"), ("+4 15:00", "+7 17:00"), ("+5 10:00", "+7 17:00"), ("+5 20:00", "+7 17:00"),
    ],
)  # fmt: skip
def test_reported_before_three_the_same_working_day(opened: str, due: str) -> None:
    assert one(SAME, f"{opened} opened", f"{opened}").deadline == at(due)


@pytest.mark.parametrize(("opened", "due"), [("10:00", "+1 00:00"), ("18:00", "+1 00:00"), ("+5 10:00", "+8 00:00")])
def test_the_same_day_to_its_end(opened: str, due: str) -> None:
    target = SAME.replace("close_of_business", "end_of_day").replace("opened_in: early, ", "")
    assert one(target, f"{opened} opened", opened).deadline == at(due)


def test_at_the_close_and_after_it_the_next_working_date_is_meant() -> None:
    office = book(SAME).working_times["office"]
    assert office.same_day(at("17:00") - timedelta(microseconds=1), DayEnd.CLOSE_OF_BUSINESS) == at("17:00")
    assert office.same_day(at("17:00"), DayEnd.CLOSE_OF_BUSINESS) == at("+1 17:00")
    always = WorkingTime(Calendar("always", zone="Asia/Shanghai", always=True))
    midnight = datetime(2026, 3, 3, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert always.same_day(at("08:00"), DayEnd.CLOSE_OF_BUSINESS) == midnight


@given(st.data(), st.sampled_from([DayEnd.CLOSE_OF_BUSINESS, DayEnd.END_OF_DAY]), st.integers(0, 400))
def test_the_same_day_lies_ahead_never_moves_back_and_is_no_later_than_the_next(
    data: st.DataObject, ending: DayEnd, minutes: int
) -> None:
    start = at("00:00") + data.draw(st.integers(0, 60 * 24 * 20)) * timedelta(minutes=1)
    hours = WorkingTime(data.draw(calendars(start.date())))
    due, later = hours.same_day(start, ending), hours.same_day(start + minutes * timedelta(minutes=1), ending)
    assert start < due <= later
    assert hours.calendar.always or due <= hours.add_days(start, 2, ending)
