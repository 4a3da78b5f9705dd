"""A message is said in a language: plural forms, names, parts that are joined, and what is missing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.messages import (
    LANGUAGES,
    Argument,
    as_annotations,
    from_annotations,
    in_every_language,
    joined,
    lines,
    message,
    speaker,
    spoken,
    text,
)
from monitor.messages.catalogue import Catalogue
from monitor.model import Name

SOURCE = """
due = { $ticket } is due at { $at } (100 % sure)
days = { $n ->
    [one] { $n } working day
   *[other] { $n } working days
 }
nested = { overdue } { -name }
overdue = overdue { $n ->
    [one] once
   *[other] { $n } times
 }
-name = by tierwatch
comma = { ", " }
"""


@pytest.fixture(scope="module")
def english() -> Catalogue:
    return Catalogue("en", SOURCE)


def test_variables_are_filled_in_and_a_per_cent_sign_is_kept(english: Catalogue) -> None:
    assert english.format("due", {"ticket": "T 1 %s", "at": "12:00"}) == "T 1 %s is due at 12:00 (100 % sure)"


def test_a_number_chooses_the_plural_form_and_is_not_grouped(english: Catalogue) -> None:
    assert [english.format("days", {"n": n}) for n in (1, 2, 12345)] == [
        "1 working day",
        "2 working days",
        "12345 working days",
    ]


def test_a_message_may_refer_to_others(english: Catalogue) -> None:
    assert english.format("nested", {"n": 2}) == "overdue 2 times by tierwatch"
    assert english.ids == {"due", "days", "nested", "overdue", "comma"}


def test_a_missing_argument_is_shown_by_name(english: Catalogue) -> None:
    assert english.format("due", {"ticket": "T1"}) == "T1 is due at at (100 % sure)"


def test_a_blank_at_the_end_can_be_said(english: Catalogue) -> None:
    assert english.format("comma", {}) == ", "


def test_what_no_catalogue_has_is_an_error_there_and_its_id_to_a_reader(english: Catalogue) -> None:
    with pytest.raises(KeyError):
        english.format("nothing", {})
    assert text(message("no-such-message"), "zh") == "no-such-message"


@given(st.text(max_size=20), st.integers(0, 10**9))
def test_the_quick_way_and_the_library_give_the_same(word: str, number: int) -> None:
    catalogue = Catalogue("en", 'all = a { $word } b{ $number } 5 %s { "{" }\n    second line')
    arguments: dict[str, str | int] = {"word": word, "number": number}
    assert catalogue.format("all", arguments) == catalogue._by_fluent("all", arguments)


def test_parts_are_joined_in_the_manner_of_the_language() -> None:
    listed = joined(["a", Name("gold", "金牌"), 3], message("list-comma"))
    assert (text(listed, "en"), text(listed, "zh")) == ("a, gold, 3", "a，金牌，3")
    assert text(lines("one", "", None, Name("two", "二")), "zh") == "one\n二"


def test_annotations_carry_the_language_in_their_names() -> None:
    assert as_annotations("summary", Name("x", "y")) == {"summary": "x", "summary_zh": "y"}
    assert in_every_language(Name("x", "y")) == {"en": "x", "zh": "y"}


def test_both_is_english_and_chinese() -> None:
    assert spoken("both") == ("en", "zh")
    assert [spoken(language) for language in LANGUAGES] == [(language,) for language in LANGUAGES]


def test_whatever_is_no_message_stays_as_it_is() -> None:
    said: list[Argument] = ["T-1", 7]
    assert [text(one, "zh") for one in said] == ["T-1", "7"]


def test_what_was_worded_before_is_said_again_and_english_stands_for_a_language_that_it_lacks() -> None:
    assert text(from_annotations("summary", {"summary": "x", "summary_zh": "y"}), "zh") == "y"
    assert text(from_annotations("summary", {"summary": "x"}), "zh") == "x"
    assert from_annotations("summary", {"description": "x"}) == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_speaker_says_the_same_as_text(language: str) -> None:
    say = speaker(language)
    whole = {"subject": "T 1", "target": "Restoration", "state": "5 % {left}"}
    assert say("alert-page", **whole) == text(message("alert-page", **whole), language)
    assert say("alert-times", times=2) == text(message("alert-times", times=2), language)
    assert say("alert-page", subject="T 1") == text(message("alert-page", subject="T 1"), language)
    assert say("no-such-message") == "no-such-message"
