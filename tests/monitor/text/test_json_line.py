"""JSON that is shown acts on nothing, and whoever reads it gets every character back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from monitor.text import json_body, json_line
from tests.support.hostile_texts import TEXTS, acting

BY_NAME = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())


def said_of(text: str) -> dict[str, Any]:
    return {"title": text, text: {"notes": [text, 1.5, None, True]}}


@BY_NAME
@pytest.mark.parametrize("indent", [None, 1, 2])
def test_a_text_acts_on_nothing_and_comes_back_whole(text: str, indent: int | None) -> None:
    written = json_line(said_of(text), indent)
    assert not acting(written, but="\n" if indent else "")
    assert json.loads(written) == said_of(text)


@BY_NAME
def test_the_body_of_an_answer_is_unicode_and_whole_but_for_halves_of_pairs(text: str) -> None:
    written = json_body(said_of(text), indent=1)
    assert not acting(written.decode())
    assert "\\ud8" not in written.decode()
    assert json.loads(written) == said_of(text.encode("utf-8", "replace").decode())


def test_every_character_that_acts_is_escaped() -> None:
    """All of Unicode, not those alone that somebody thought of."""
    everything = "".join(map(chr, range(0x110000)))
    assert not acting(json_line(everything), but="")
    assert json.loads(json_line(everything[:0xD800] + everything[0xE000:])) == everything[:0xD800] + everything[0xE000:]


def test_it_is_written_as_people_read_it() -> None:
    assert json_line({"客户": "新街口"}) == '{"客户":"新街口"}'
    assert json_line({"a": [1]}, indent=2) == '{\n  "a": [\n    1\n  ]\n}'
    assert json_body(["新"]) == '["新"]'.encode()


def test_a_number_that_is_none_is_refused_where_it_is_asked() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_body([float("nan")], nan=False)


def test_what_json_has_no_form_for_is_written_as_is_said() -> None:
    assert json_line({"at": complex(1, 2)}, default=str) == '{"at":"(1+2j)"}'
