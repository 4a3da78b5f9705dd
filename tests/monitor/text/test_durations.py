from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text.durations import length, shown


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("4h", 14400), ("90m", 5400), ("45s", 45), ("1d12h", 129600), ("2d", 172800), ("1h30m15s", 5415), (" 10m ", 600)],
)
def test_a_length_is_read_as_people_write_it(text: str, seconds: int) -> None:
    assert length(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "given", ["4 hrs", "4", "h", "", " ", "1.5h", "-4h", "30m1h", "4h4h", "4H", "PT4H", 4, 1.5, None, True, ["4h"]]
)
def test_what_is_not_a_length_is_a_sentence_with_the_way_to_write_it(given: object) -> None:
    with pytest.raises(ValueError, match="is not a length; write 4h, 90m, 45s or 1d12h") as refused:
        length(given)
    assert str(refused.value).startswith(repr(given))


@pytest.mark.parametrize("text", ["0s", "0h", "0d0h0m0s"])
def test_no_time_at_all_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"^'{text}' is no time at all; write a length above zero$"):
        length(text)


def test_a_length_beyond_all_time_is_a_sentence() -> None:
    with pytest.raises(ValueError, match="is not a length"):
        length("99999999999d")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (45, "45s"), (3600, "1h"), (5400, "1h30m"), (90061, "1d1h1m1s"), (86400 * 40, "40d")],
)
def test_a_length_is_shown_in_the_same_notation(seconds: int, text: str) -> None:
    assert shown(timedelta(seconds=seconds)) == text


@given(st.integers(1, 10**8))
def test_what_is_shown_can_be_written(seconds: int) -> None:
    assert length(shown(timedelta(seconds=seconds))) == timedelta(seconds=seconds)
