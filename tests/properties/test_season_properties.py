"""Seasons, dates of every year and half days of a feed against a walk by the minute, where clocks change and shifts."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.config import calendar_file, calendar_schema, yaml_file
from monitor.model import DayEnd
from monitor.worktime.day_layout import stretches
from monitor.worktime.working_time import WorkingTime
from tests.support.oracle_calendar import DAY, MINUTE, Hours, Season, Written

TICK = timedelta(microseconds=1)
CHANGES = {
    "Asia/Shanghai": (date(2025, 12, 31), date(2026, 2, 28)),
    "Europe/Berlin": (date(2025, 10, 26), date(2025, 3, 30)),
    "Africa/Cairo": (date(2024, 10, 31), date(2024, 4, 26)),
    "Australia/Lord_Howe": (date(2025, 4, 6), date(2025, 10, 5)),
}
"""Dates around which a zone changes its clocks, or a year or a February ends."""


def counting(written: Written) -> WorkingTime:
    """What the loader makes of it."""
    document = yaml_file.parse(f"c:\n{''.join(f'  {line}' for line in written.text().splitlines(True))}", "case.yml")
    text = yaml_file.validate(dict[str, calendar_schema.CalendarText], document)["c"]
    with TemporaryDirectory() as folder:
        (Path(folder) / "half.ics").write_text(written.feed(), encoding="utf-8")
        return WorkingTime(calendar_file.build(document, "c", text, "UTC", Path(folder)))


@st.composite
def hours(draw: st.DrawFn) -> Hours:
    """Days with a span or two, or shifts across midnight."""
    week = draw(st.sets(st.integers(0, 6), min_size=4))
    if draw(st.booleans()):
        shift = draw(st.integers(18 * 60, 1439)), draw(st.integers(1, 10 * 60))
        return {day: [shift] for day in week}
    found = sorted(draw(st.sets(st.integers(0, 1439), min_size=4, max_size=4)))
    return {day: [(found[0], found[1]), (found[2], found[3])] for day in week}


@st.composite
def cases(draw: st.DrawFn) -> tuple[Written, datetime]:
    """A calendar whose seasons begin or end near a change of its zone's clocks, and a minute near there."""
    zone = draw(st.sampled_from(sorted(CHANGES)))
    around = draw(st.sampled_from(CHANGES[zone]))
    near = st.integers(-3, 3).map(lambda n: around + n * DAY)
    edge, lasts = draw(near), draw(st.integers(0, 120))
    first, last = (edge, edge + lasts * DAY) if draw(st.booleans()) else (edge - lasts * DAY, edge)
    seasons = [Season(f"{first:%m-%d}", f"{last:%m-%d}", draw(hours()))]
    if draw(st.booleans()):
        begin = draw(near)
        seasons.append(Season(str(begin), str(begin + draw(st.integers(0, 2)) * DAY), draw(hours())))
    midnight = datetime.combine(around, time(0), UTC)
    half_days = []
    for _ in range(draw(st.integers(0, 3))):
        start = midnight + draw(st.integers(-3 * 1440, 3 * 1440)) * MINUTE
        half_days.append((start, start + draw(st.integers(1, 2000)) * MINUTE))
    every_year = {f"{day:%m-%d}": draw(st.sampled_from([(), ((720, 840),)])) for day in draw(st.sets(near, max_size=2))}
    written = Written(
        zone, draw(hours()), frozenset(draw(st.sets(near, max_size=1))), draw(st.booleans()), tuple(seasons),
        every_year, tuple(half_days),
    )  # fmt: skip
    return written, midnight + draw(st.integers(-3 * 1440, 3 * 1440)) * MINUTE


@settings(max_examples=40)
@given(cases(), st.integers(0, 2 * 1440))
def test_time_counts_as_a_walk_by_the_minute_counts_it(case: tuple[Written, datetime], length: int) -> None:
    written, start = case
    end = start + length * MINUTE
    assert counting(written).counted(start, end) == written.minutes(start, end) * MINUTE


@settings(max_examples=10)
@given(cases(), st.sampled_from((-2, -1, 1, 2)), st.sampled_from(DayEnd))
def test_working_days_are_those_of_a_walk_by_the_minute(
    case: tuple[Written, datetime], days: int, ending: DayEnd
) -> None:
    written, start = case
    assert counting(written).add_days(start, days, ending) == written.days_on(start, days, ending.value)


@settings(max_examples=40)
@given(cases(), st.integers(1, 3000), st.integers(1, 3 * 1440), st.sampled_from(DayEnd))
def test_deadlines_agree_with_what_counts_and_never_move_back_as_the_start_moves_on(
    case: tuple[Written, datetime], minutes: int, later: int, ending: DayEnd
) -> None:
    written, start = case
    working, length, after = counting(written), minutes * MINUTE, start + later * MINUTE
    due, last, first = working.add(start, length), working.last(start, length), working.subtract(start, length)
    assert working.counted(start, due) == working.counted(start, last) == working.counted(first, start) == length
    assert working.counted(start, due - TICK) < length < working.counted(start, last + TICK)
    assert working.counted(first + TICK, start) < length
    assert due <= working.add(after, length)
    assert last <= working.last(after, length)
    assert first <= working.subtract(after, length)
    for days in (-2, -1, 1, 2):
        assert working.add_days(start, days, ending) <= working.add_days(after, days, ending)


@settings(max_examples=25)
@given(cases())
def test_the_layout_adds_up_to_what_counts(case: tuple[Written, datetime]) -> None:
    written, start = case
    working, end = counting(written), start + 5 * DAY
    for one in (working, working.dates):
        assert sum((part.counted for part in stretches(one, start, end)), timedelta(0)) == one.counted(start, end)
