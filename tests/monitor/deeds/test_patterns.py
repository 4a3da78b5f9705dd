"""A pattern that Python could try for very long is refused before it is tried on an alert; what people write is not."""

from __future__ import annotations

import re
import string
import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from monitor.deeds.patterns import LENGTH, takes_long


@pytest.mark.parametrize(
    "pattern",
    [
        "gold|diamond", "Harbour .*", ".*(Bank|Insurance).*Ltd.*", r"INC\d+", r"(\d+)-(\d+)", "(ab)+", "[a-z]{2,40}",
        "(?i)bank.*", "|".join(f"C{number}" for number in range(90)), "x?y?z?", "(?:.*Bank|.*Insurance).*",
    ],
)  # fmt: skip
def test_what_people_write_is_taken(pattern: str) -> None:
    assert not takes_long(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+b", "(a*)*b", "(a|a)*b", "(a|ab)*c", ".*.*.*.*x", "a?" * 30 + "a" * 30, r"(.+)\1+x", "(a{1,9}){1,99}b",
        "((a|b)+c?)+d", "(?=(a+)+b)a", "(?:(?:a+)+|c)b", "(.*)*",
    ],
)  # fmt: skip
def test_what_would_be_tried_for_very_long_is_refused(pattern: str) -> None:
    re.compile(pattern)
    assert takes_long(pattern)


@given(st.from_regex(r"\A([ab.]|\[ab\]|a\*|b\+|\.\*|a\?|\((a|b\*|ab|a\|b)\)[*+?]?){1,6}\Z"))
def test_a_pattern_that_is_taken_is_tried_in_no_time_over_the_worst_of_texts(pattern: str) -> None:
    """By processor time: a pattern that is not refused takes at most the steps that were counted."""
    assume(set(pattern) <= set(string.printable))
    assume(not takes_long(pattern))
    began = time.process_time()
    for text in ("a" * LENGTH + "!", "ab" * (LENGTH // 2) + "!"):
        re.fullmatch(pattern, text)
    assert time.process_time() - began < 20
