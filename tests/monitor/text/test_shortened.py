from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.text import shortened, visible


def test_the_beginning_and_the_end_of_a_path_stay() -> None:
    assert shortened("/etc/tierwatch/policies/operator/2026.yml", 22) == "/etc/tierwatch…026.yml"
    assert shortened("INC42", 22) == "INC42"


@given(st.text(max_size=200), st.integers(1, 100))
def test_no_text_is_longer_than_asked_and_a_short_one_stays(text: str, most: int) -> None:
    found = shortened(text, most)
    assert len(found) == min(len(text), most)
    assert (found == text) == (len(text) <= most or text == found)
    assert shortened(found, most) == found


@given(st.text(st.characters(exclude_categories=())))
def test_what_acts_is_shown_and_nothing_else_changes(text: str) -> None:
    found = visible(text)
    assert len(found) == len(text)
    found.encode()
    for before, after in zip(text, found, strict=True):
        assert after in (before, "\ufffd")
    assert not set(found) & set("\x00\x1b\u202e\u2066\x9b")


def test_line_breaks_joiners_and_marks_of_direction_stay() -> None:
    kept = "a\tb\nc \u200f\u05d0 \U0001f468\u200d\U0001f527 \u00e9\u4e2d"
    assert visible(kept) == kept
