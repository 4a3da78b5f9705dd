"""What the snapshot says of a source before its first poll of this life has ended."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.publishing import _of_an_earlier_life
from monitor.store.views import SourceRow
from tests.support.cases import at

STARTED = at(12)


@pytest.mark.parametrize(
    ("up", "read", "earlier"),
    [
        (True, STARTED - timedelta(hours=3), True),
        (True, STARTED + timedelta(seconds=1), False),
        (False, STARTED - timedelta(hours=3), False),
        (None, None, False),
    ],
)
def test_a_good_poll_of_an_earlier_life_says_nothing_of_this_one(up: bool | None, read: object, earlier: bool) -> None:
    row = SourceRow(up, read, None, None, "")  # type: ignore[arg-type]
    assert _of_an_earlier_life(row, STARTED) is earlier
