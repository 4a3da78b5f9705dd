from __future__ import annotations

import unicodedata

import pytest

from monitor.text import WIDE, wide, wide_hint


@pytest.mark.parametrize("character", [*WIDE, "０", "９", "Ａ", "ｚ"])
def test_every_such_character_is_found_and_said_with_what_to_write(character: str) -> None:
    assert wide(f"a {character} b") == character
    said = wide_hint(character)
    assert "write" in said
    assert said.isprintable()
    if unicodedata.east_asian_width(character) == "F" and not character.isspace():
        assert said.endswith(f"write {unicodedata.normalize('NFKC', character)}")


def test_chinese_text_without_such_a_sign_has_none() -> None:
    assert wide("金牌客户、上海。gold-1: ok") == ""
