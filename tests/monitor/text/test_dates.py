from __future__ import annotations

from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text import instead, no_day, no_instant

SPAN = r"\d\d:\d\d-\d\d:\d\d"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("9:00-17:00", "09:00-17:00"), ("08:00-9:30", "08:00-09:30"), ("9:00 - 17:00", "09:00-17:00"),
        ("09：00－17：00", "09:00-17:00"), ("9.00-17.30", "09:00-17:30"), ("9:00–17:00", "09:00-17:00"),
        ("０９:００-１７:００", "09:00-17:00"), ("nine to five", "08:00-12:00"), ("8-12", "08:00-12:00"),
    ],
)  # fmt: skip
def test_a_span_is_rewritten_as_it_is_meant_else_an_example_is_given(written: str, meant: str) -> None:
    assert instead(written, SPAN, "08:00-12:00") == meant


@given(st.dates(), st.times().map(lambda at: at.replace(second=0, microsecond=0, tzinfo=None)))
def test_without_leading_zeros_every_date_and_time_is_rewritten_with_them(day: date, at: time) -> None:
    right = f"{day.isoformat()}T{at:%H:%M}"
    short = f"{day.year:04}-{day.month}-{day.day}T{at.hour}:{at:%M}"
    assert instead(short, r"\d{4}-\d\d-\d\dT\d\d:\d\d", right) == right
    assert not no_day(short)
    if short != right:
        assert no_instant(short, "a time", "2026-10-01T09:00") == f"is not a time; write {right}"


@given(st.integers(0, 9999), st.integers(0, 99), st.integers(0, 99))
def test_a_day_exists_or_is_said_to_be_one_that_no_year_has(year: int, month: int, day: int) -> None:
    text = f"{year:04}-{month:02}-{day:02}"
    try:
        datetime.fromisoformat(text)
    except ValueError:
        assert no_day(text)
        assert no_instant(f"{text}T09:00", "a time", "2026-10-01T09:00") == (
            "is a day that no year has; write one that exists"
        )
    else:
        assert not no_day(text)


@given(st.text(max_size=200))
def test_of_whatever_text_a_sentence_can_be_made(text: str) -> None:
    assert no_instant(text, "a time", "2026-10-01T09:00")
