from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text.times import exact_length, local_time

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("length", "written"),
    [
        (timedelta(0), "0:00:00"),
        (timedelta(hours=4, minutes=5, seconds=6), "4:05:06"),
        (timedelta(days=2, hours=3), "51:00:00"),
        (timedelta(seconds=1, milliseconds=500), "0:00:01.5"),
        (timedelta(microseconds=1), "0:00:00.000001"),
        (-timedelta(minutes=90), "-1:30:00"),
        (-timedelta(milliseconds=1), "-0:00:00.001"),
    ],
)
def test_a_length_can_be_added_up(length: timedelta, written: str) -> None:
    assert exact_length(length) == written


def test_a_local_time_has_the_offset_that_held_then() -> None:
    assert local_time(NOON, "Asia/Shanghai") == "2026-03-02 12:00:00+08:00"
    assert local_time(NOON, ZoneInfo("Europe/Berlin")) == "2026-03-02 05:00:00+01:00"
    assert local_time(NOON.replace(month=7), "Europe/Berlin") == "2026-07-02 06:00:00+02:00"


def test_a_fraction_is_written_unless_it_is_cut() -> None:
    late = NOON + timedelta(milliseconds=250)
    assert local_time(late, "Asia/Shanghai") == "2026-03-02 12:00:00.25+08:00"
    assert local_time(late, "Asia/Shanghai", fraction=False) == "2026-03-02 12:00:00+08:00"


def test_an_unknown_zone_is_utc() -> None:
    for name in ("", "Mars/Base", "../etc"):
        assert local_time(NOON, name) == "2026-03-02 04:00:00+00:00"


@given(st.lists(st.integers(0, 10**7), min_size=1))
def test_lengths_that_are_read_back_add_up(seconds: list[int]) -> None:
    def read(text: str) -> int:
        hours, minutes, rest = text.split(":")
        return int(hours) * 3600 + int(minutes) * 60 + int(rest)

    assert sum(read(exact_length(timedelta(seconds=each))) for each in seconds) == read(
        exact_length(timedelta(seconds=sum(seconds)))
    )


def test_zones_with_half_hours_and_instants_that_are_read_again() -> None:
    assert local_time(NOON, "America/St_Johns") == "2026-03-02 00:30:00-03:30"
    assert datetime.fromisoformat(local_time(NOON, "Asia/Shanghai")) == NOON
