"""Working time is held against libraries that others wrote.

One difference of convention is known, and there is none on the instants drawn here: a length that is used up exactly
at closing time ends there for tierwatch, timegrid and businesstimedelta; others name the next opening.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from monitor.worktime.working_time import WorkingTime
from tests.support.working_time_peers import FIRST_YEAR, LAST_YEAR, installed, peer, the_office

PEERS = installed()
CASES = {"timegrid": 20_000, "businesstimedelta": 400}


@pytest.mark.skipif(not PEERS, reason="neither timegrid nor businesstimedelta is installed (pip install '.[bench]')")
@pytest.mark.parametrize("name", PEERS)
def test_working_time_agrees_with_a_library_of_others(name: str) -> None:
    working, numbers = WorkingTime(the_office()), random.Random(7)
    first = datetime(FIRST_YEAR, 2, 1, tzinfo=UTC)
    minutes = (datetime(LAST_YEAR, 10, 1, tzinfo=UTC) - first) // timedelta(minutes=1)
    for _ in range(CASES[name]):
        start = first + timedelta(minutes=numbers.randrange(minutes))
        length = timedelta(minutes=numbers.randrange(1, 2400))
        deadline = working.add(start, length)
        assert peer(name).add(start, length) == deadline, (start, length)
        end = start + timedelta(minutes=numbers.randrange(1, 60_000))
        assert peer(name).counted(start, end) == working.counted(start, end), (start, end)


@pytest.mark.skipif(not PEERS, reason="neither timegrid nor businesstimedelta is installed (pip install '.[bench]')")
@pytest.mark.parametrize("name", PEERS)
def test_the_deadline_at_closing_time_is_theirs_too(name: str) -> None:
    monday = datetime(2026, 6, 1, 5, tzinfo=UTC)  # 13:00 in Shanghai; closing is four hours away
    length = timedelta(hours=4)
    assert peer(name).add(monday, length) == WorkingTime(the_office()).add(monday, length) == monday + length
