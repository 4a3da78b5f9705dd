from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from monitor.clock import read
from monitor.clock.engine import advance
from tests.support.cases import at, rules, ticket

HISTORY = [
    ticket("T", at(8), "new", tier="gold"),
    ticket("T", at(9), "waiting", reason="customer"),
    ticket("T", at(10), "working"),
    ticket("T", at(15), "resolved"),
]


def test_a_subject_is_read_as_the_engine_reads_it() -> None:
    for hour in (8, 9, 12, 16):
        assert read(HISTORY, rules(), at(hour)) == advance(HISTORY, (), rules(), at(hour)).readings


def test_order_and_repetition_change_nothing() -> None:
    assert read([*HISTORY[::-1], HISTORY[0]], rules(), at(12)) == read(HISTORY, rules(), at(12))


def test_now_may_be_of_any_zone() -> None:
    later = at(12).astimezone(ZoneInfo("Asia/Shanghai"))
    found = read(HISTORY, rules(), later)
    assert found == read(HISTORY, rules(), at(12))
    assert {str(part.end.tzinfo) for reading in found for part in reading.intervals} == {"UTC"}


def test_without_events_there_are_no_readings() -> None:
    assert read([], rules(), at(12)) == ()
    assert read(HISTORY, rules(), at(7)) == ()


def test_events_of_two_subjects_are_refused() -> None:
    with pytest.raises(ValueError, match="events of tickets/T and of tickets/U were given; read each"):
        read([*HISTORY, ticket("U", at(9), "new")], rules(), at(12))


def test_times_that_are_not_utc_are_refused() -> None:
    berlin = datetime(2026, 1, 5, 9, tzinfo=ZoneInfo("Europe/Berlin"))
    with pytest.raises(ValueError, match=r"2026-01-05T09:00:00\+01:00 is not UTC; convert it"):
        read([replace(HISTORY[0], at=berlin)], rules(), at(12))
    with pytest.raises(ValueError, match="is not UTC"):
        read([replace(HISTORY[0], opened_at=berlin)], rules(), at(12))
    with pytest.raises(ValueError, match="now has no zone"):
        read(HISTORY, rules(), at(9).replace(tzinfo=None))
