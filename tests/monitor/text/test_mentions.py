from __future__ import annotations

import json
import unicodedata
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text import Mentions

NAMES = ("Wang Fang", "王芳", "José Núñez", "O'Brien", "Łukasz", "김 민수", "𠮷田 太郎", "ab")


def found(name: str, text: str) -> bool:
    return Mentions((name,)).found(text)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_found_however_it_is_written(name: str) -> None:
    for written in (
        name, name.upper(), name.lower(), name.title(), f"  {name}\n", f"({name}).", f"“{name}”",
        name.replace(" ", "  "), name.replace(" ", "\u3000"), unicodedata.normalize("NFD", name),
        unicodedata.normalize("NFC", name), quote(name), quote_plus(name), json.dumps({"caller": f"x\n{name}"}),
        json.dumps(f"\u4e00{name}\u4e00"), f"https://desk/?q={quote(name)}&x=1",
        "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in name),
    ):  # fmt: skip
        mentions = Mentions((name,))
        assert mentions.found(written), written
        assert not mentions.found(mentions.replaced(written, "[erased 1]"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Ann", "the Annual report"),
        ("Ann", "Joann"),
        ("Wang", "Wangfujing"),
        ("ab", "abc"),
        ("Wang Fang", "Wang said that Fang is away"),
        ("王芳", "王 先生"),
        ("7711", "ticket 177110"),
    ],
)
def test_another_word_is_no_mention(name: str, text: str) -> None:
    assert not found(name, text)


@pytest.mark.parametrize("text", ["请联系王芳处理", "王芳：139", "Wang王芳Fang", "联系Wang Fang电话"])
def test_a_name_between_chinese_characters_is_found(text: str) -> None:
    assert Mentions(("王芳", "Wang Fang")).found(text)


def test_a_name_that_a_text_was_cut_in_is_found_by_its_beginning() -> None:
    mentions = Mentions(("Wang Fang", "欧阳小芳"))
    assert mentions.replaced("fault at Wang Fa…", "[erased 1]") == "fault at [erased 1]…"
    assert mentions.replaced("fault at Wang…", "[erased 1]") == "fault at [erased 1]…"
    assert mentions.replaced("客户欧阳…", "[erased 1]") == "客户[erased 1]…"
    assert not mentions.found("fault at Wa…")
    assert not mentions.found("Wang Fa")


@pytest.mark.parametrize("name", ["", " ", "a", " x ", "芳"])
def test_a_name_of_one_character_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="fewer than two"):
        Mentions((name,))


@given(st.sampled_from(NAMES), st.text(max_size=30), st.text(max_size=30))
def test_what_was_replaced_is_found_no_more_and_the_rest_stays(name: str, before: str, after: str) -> None:
    mentions, marker = Mentions((name,)), "[erased 1]"
    text = f"{before} {name} {after}"
    left = mentions.replaced(text, marker)
    assert not mentions.found(left)
    assert marker in left
    if not mentions.found(f"{before} ") and not mentions.found(f" {after}"):
        assert left == f"{before} {marker} {after}"


@pytest.mark.parametrize("name", NAMES)
def test_the_bytes_of_a_name_are_those_of_its_usual_spellings(name: str) -> None:
    known = Mentions((name,)).in_bytes()
    for written in (name, name.upper(), name.title(), unicodedata.normalize("NFD", name)):
        assert any(one in written.encode().lower() for one in known), written
