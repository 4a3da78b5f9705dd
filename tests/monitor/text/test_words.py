"""One function says which spellings are one word; these are the spellings that people and systems use."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text import words
from monitor.text.words import among, by_word, coinciding, folded, laid_over, look_up
from tests.support.spellings import respelled

ONE_WORD = [
    ("Resolved", "RESOLVED"),
    ("resolved", " resolved\t"),
    ("Awaiting User Info", "awaiting  user\u00a0info"),
    ("gold", "\uff27\uff4f\uff4c\uff44"),  # full width
    ("已解决", "\u3000已解决\u3000"),
    ("gold", "go\u200bld"),  # zero width space
    ("gold", "\ufeffgold"),
    ("gold", "go\u00adld"),  # soft hyphen
    ("closed", "\u200eclosed\u200f"),  # marks of direction
    ("résolu", "re\u0301solu"),  # an accent of its own
    ("RÉSOLU", "résolu"),
    ("STRASSE", "straße"),
    ("ΛΎΘΗΚΕ ΤΈΛΟΣ", "λύθηκε τέλος"),  # the sigma at a word's end
    ("KAPALI", "kapalı"),
    ("İPTAL", "iptal"),
    ("iptal", "IPTAL"),
    ("ﬁxed", "fixed"),  # a ligature
    ("ЗАКРЫТ", "закрыт"),
    ("ガイド", "ｶﾞｲﾄﾞ"),  # half-width katakana
]


@pytest.mark.parametrize(("one", "other"), ONE_WORD)
def test_spellings_of_one_word_are_the_same(one: str, other: str) -> None:
    assert folded(one) == folded(other)
    assert among(one, ["else", other])
    assert look_up(by_word({other: 1}), one) == 1
    assert list(coinciding([one, "else", other])) == [(one, other)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("resume", "résumé"),
        ("gold", "golds"),
        ("A", "AA"),
        ("已解决", "未解决"),
        ("on site", "onsite"),
        ("a-b", "a b"),
        ("", "a"),
    ],
)
def test_other_words_are_not_the_same(one: str, other: str) -> None:
    assert folded(one) != folded(other)
    assert look_up(by_word({other: 1}), one) is None


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing_more(word: str) -> None:
    assert folded(folded(word)) == folded(word)


@given(st.data(), st.text(max_size=20))
def test_another_spelling_folds_to_the_same(data: st.DataObject, word: str) -> None:
    assert folded(data.draw(respelled(word))) == folded(word)


@given(st.text(max_size=30))
def test_normal_forms_are_one_word(word: str) -> None:
    forms = {folded(unicodedata.normalize(form, word)) for form in ("NFC", "NFD", "NFKC", "NFKD")}
    assert len(forms) == 1


def test_a_long_text_is_compared_without_normalising_it_and_is_not_kept() -> None:
    hostile = "a" + "\u0315\u0300" * 400_000  # to put the marks in order takes the square of their number
    before = words._folded.cache_info().currsize
    assert folded(hostile) == hostile
    assert folded("B" * 1000 + " ") == "b" * 1000
    assert words._folded.cache_info().currsize == before
    assert words._folded.cache_info().maxsize is not None


def test_the_table_of_a_user_replaces_every_spelling_of_a_word() -> None:
    assert laid_over({"Resolved": 1, "Closed": 2}, {"RESOLVED ": 3}) == {"Closed": 2, "RESOLVED ": 3}
