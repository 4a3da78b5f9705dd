"""The picture of a clock covers exactly the intervals of its explanation, and stays small however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporters.web import bands, timeline
from exporters.web.bands import Segment
from exporters.web.timeline import Drawn, MarkKind, picture, segments
from monitor.explain import ClockExplanation, Explanation, IntervalKind
from tests.exporters.web.explained import explained
from tests.exporters.web.test_hostile_text import ATTACKS, assert_harmless, hostile

BEGIN = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)
WHOLE = explained()
RESTORE = next(clock for clock in WHOLE.clocks if clock.target.name == "restore")


def clock_of(parts: Sequence[tuple[IntervalKind, int]], breached: int | None = None) -> ClockExplanation:
    """A clock with these intervals, each so many seconds long."""
    laid, at = [], BEGIN
    for kind, length in parts:
        end = at + timedelta(seconds=length)
        laid.append(RESTORE.intervals[0]._replace(start=at, end=end, kind=kind, stretches=()))
        at = end
    broken = None if breached is None else BEGIN + timedelta(seconds=breached)
    reading = replace(RESTORE.reading, breached_at=broken, crossings=(), deadline=None)
    return replace(RESTORE, intervals=laid, reading=reading)


KINDS = st.sampled_from(IntervalKind)
PARTS = st.lists(st.tuples(KINDS, st.integers(0, 100_000)), min_size=1, max_size=30)


@given(PARTS, st.none() | st.integers(0, 1_000_000))
@settings(max_examples=200, deadline=None)
def test_the_bands_cover_exactly_the_intervals(parts: list[tuple[IntervalKind, int]], breached: int | None) -> None:
    clock = clock_of(parts, breached)
    drawn = picture(clock, WHOLE)
    if drawn is None:
        assert sum(length for _, length in parts) == 0
        return
    laid = sorted(drawn.bands, key=lambda band: band.start)
    assert (laid[0].start, laid[-1].end) == (clock.intervals[0].start, clock.intervals[-1].end)
    assert [one.end for one in laid[:-1]] == [one.start for one in laid[1:]]
    for part in clock.intervals:
        for at in {part.start, part.start + (part.end - part.start) / 2} if part.end > part.start else set():
            (band,) = [one for one in laid if one.start <= at < one.end]
            late = part.kind is IntervalKind.RUNNING and clock.reading.breached_at and at >= clock.reading.breached_at
            assert band.kind == (Drawn.LATE if late else part.kind.value)
    assert sum(dict(drawn.totals).values(), timedelta(0)) == laid[-1].end - laid[0].start
    assert all(0 <= one.x <= 100 and one.x + one.drawn <= 100.001 for one in laid)


@pytest.mark.parametrize("now", [timedelta(0), timedelta(days=3), timedelta(days=30)])
def test_hours_and_days_of_the_calendar_leave_no_gap(now: timedelta) -> None:
    for clock in explained(WHOLE.at + now).clocks:
        laid = list(segments(clock))
        assert (laid[0].start, laid[-1].end) == (clock.intervals[0].start, clock.intervals[-1].end)
        assert all(before.end == after.start for before, after in pairwise(laid))
        counting = {Drawn.RUNNING, Drawn.LATE}
        exact = sum((one.end - one.start for one in laid if one.kind in counting), timedelta(0))
        days = [laid_out for part in clock.intervals for laid_out in part.stretches if laid_out.stretch.days]
        if not days and isinstance(clock.counted, timedelta):
            assert abs(exact - clock.counted) < timedelta(seconds=1)


def test_a_hundred_thousand_intervals_stay_small_and_no_outage_is_lost() -> None:
    parts = [(IntervalKind.RUNNING if number % 2 else IntervalKind.IDLE, 60) for number in range(100_000)]
    parts[70_001] = (IntervalKind.PAUSED, 60)
    drawn = picture(clock_of(parts), WHOLE)
    assert drawn is not None
    assert len(drawn.bands) <= bands.MOST
    at = BEGIN + timedelta(seconds=60 * 70_001 + 30)
    (band,) = [one for one in drawn.bands if one.start <= at < one.end]
    assert band.kind == Drawn.PAUSED
    assert band.drawn >= bands.LEAST


def test_ten_years_have_a_few_ticks_and_one_band() -> None:
    drawn = picture(clock_of([(IntervalKind.RUNNING, 10 * 365 * 86400)]), WHOLE)
    assert drawn is not None
    assert 2 <= len(drawn.ticks) <= bands.MOST_TICKS + 1
    assert len(drawn.bands) == 1


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 5000)), min_size=1, max_size=80),
    st.integers(1, 40),
)
@settings(max_examples=200, deadline=None)
def test_a_cell_shows_the_heaviest_that_is_in_it(parts: list[tuple[str, int]], most: int) -> None:
    laid, at = [], BEGIN
    for kind, length in parts:
        laid.append(Segment(at, at + timedelta(seconds=length), kind))
        at = laid[-1].end
    weight = {"a": 0, "b": 1, "c": 2}
    found = sorted(bands.bands(laid, BEGIN, at, weight, most))
    assert len(found) <= max(most, 1)
    assert (found[0].start, found[-1].end) == (BEGIN, at)
    for one in laid:
        worst = max(weight[band.kind] for band in found if band.start < one.end and band.end > one.start)
        assert worst >= weight[one.kind], "what matters is never hidden by what matters less"


def test_stages_and_pages_of_this_clock_are_on_the_picture() -> None:
    drawn = picture(RESTORE, WHOLE)
    assert drawn is not None
    kinds = [mark.kind for mark in drawn.marks]
    assert kinds.count(MarkKind.STAGE) == len(RESTORE.crossings)
    assert kinds.count(MarkKind.PAGE) == 2, "what was accepted, and not what timed out"
    assert [mark.number for mark in drawn.marks] == list(range(1, len(drawn.marks) + 1))
    assert [mark.at for mark in drawn.marks] == sorted(mark.at for mark in drawn.marks)


@given(st.lists(st.floats(0, 100), max_size=24))
def test_numbers_of_marks_never_lie_over_one_another_and_none_is_lost(places: list[float]) -> None:
    marks = [timeline.Mark(number, WHOLE.at, x, MarkKind.STAGE, "") for number, x in enumerate(sorted(places), 1)]
    found = list(timeline.numbers(marks))
    spans = [[int(part) for part in one.text.split("–")] for one in found]
    assert [number for span in spans for number in range(span[0], span[-1] + 1)] == [mark.number for mark in marks]
    assert all(marks[span[-1] - 1].x - marks[span[0] - 1].x < timeline.NEAR for span in spans)


def test_marks_are_bounded_and_the_others_counted() -> None:
    alert = (WHOLE.alerts or ())[0]
    answer = replace(alert.answers[0], accepted_at=RESTORE.intervals[0].start)
    many = replace(alert, answers=[answer] * 1000)
    drawn = picture(RESTORE, replace(WHOLE, alerts=[many]))
    assert drawn is not None
    assert len(drawn.marks) == timeline.MOST_MARKS
    assert drawn.marks_left_out > 900


def test_a_picture_says_in_words_what_it_shows(site: Any) -> None:
    site.said = WHOLE
    page = site.get("/subjects/corp/TT1?language=en").text
    assert page.replace("subjects%2F", "explain%2F") == site.get("/explain/corp/TT1?language=en").text
    assert 'role="img" aria-label="From ' in page
    assert "paused 1:27:54" in page
    assert page.index('class="picture"') < page.index('<details class="sums">') < page.index('class="intervals cards"')


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_text_stays_text_on_the_picture(site: Any, attack: str) -> None:
    site.said = hostile(attack)
    answer = site.get("/subjects/corp/x")
    assert answer.status_code == 200
    assert_harmless(answer.text)


def test_the_page_of_a_long_history_is_small(site: Any) -> None:
    parts = [(IntervalKind.RUNNING if number % 2 else IntervalKind.PAUSED, 60) for number in range(100_000)]
    long: Explanation = replace(WHOLE, clocks=[clock_of(parts)])
    site.said = long
    page = site.get("/explain/corp/TT1?language=en")
    assert int(page.headers["content-length"]) <= 100_000, "what is sent"
    assert len(page.content) <= 400_000
    assert "99900 more rows" in page.text.replace(",", "").replace("\xa0", "")
