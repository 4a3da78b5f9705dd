from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from monitor.config import yaml_file
from monitor.errors import ConfigError
from monitor.text.durations import Length

ROOT = Path(__file__).parents[3]


@dataclass(config=ConfigDict(extra="forbid"))
class Inner:
    every: Length
    count: int = 1


@dataclass(config=ConfigDict(extra="forbid"))
class Outer:
    name: str
    parts: dict[str, Inner]
    many: list[Inner] | None = None


def data(text: str) -> Any:
    return yaml_file.parse(text, "x.yml").data


def refused(text: str) -> str:
    with pytest.raises(ConfigError) as error:
        yaml_file.validate(Outer, yaml_file.parse(text, "x.yml"))
    return str(error.value)


@pytest.mark.parametrize(
    "text",
    ["17:00", "08:00-12:00", "2026-01-05", "yes", "no", "on", "off", "0x10", "1_000", "010", "1e3", "=", "<<", ".inf"],
)
def test_what_yaml_would_turn_into_something_else_stays_text(text: str) -> None:
    assert data(f"a: {text}") == {"a": text}


def test_numbers_truth_and_nothing_are_what_they_are() -> None:
    assert data("[5, -5, 0, 1.5, true, false, null, ~]") == [5, -5, 0, 1.5, True, False, None, None]
    assert data("a:") == {"a": None}
    assert data("") is None


def test_text_in_chinese_is_read() -> None:
    assert data("zh: 金牌") == {"zh": "金牌"}


def test_every_key_and_item_knows_its_line() -> None:
    document = yaml_file.parse("a:\n  b: 1\n  c:\n    - x\n    - d: 2\n", "x.yml")
    assert {loc: line for loc, line in document.lines.items() if loc} == {
        ("a",): 1, ("a", "b"): 2, ("a", "c"): 3, ("a", "c", 0): 4, ("a", "c", 1): 5, ("a", "c", 1, "d"): 5,
    }  # fmt: skip
    assert document.where(("a", "c", 1, "d")) == "x.yml:5 a.c.1.d"


def test_a_key_that_is_not_there_is_placed_at_what_is_around_it() -> None:
    document = yaml_file.parse("a:\n  b: 1\n", "x.yml")
    assert document.where(("a", "z", "y")) == "x.yml:1 a.z.y"
    assert document.where(("q",)) == "x.yml:1 q"
    assert document.where(()) == "x.yml:1"
    assert str(document.error(("a", "b"), "is odd")) == "x.yml:2 a.b: is odd"


def test_a_key_written_twice_is_an_error_with_both_lines() -> None:
    with pytest.raises(ConfigError) as error:
        yaml_file.parse("a:\n  b: 1\n  c: 2\n  b: 3\n", "x.yml")
    assert str(error.value) == "x.yml:4 a.b: is written twice (first in line 2); keep one of them"


def test_the_same_key_in_two_items_of_a_list_is_none_twice() -> None:
    assert data("- {a: 1}\n- {a: 2}\n") == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(("text", "line"), [("a: 1\n b: 2\n", 2), ("a: 1\n---\nb: 2\n", 2), ("? [a]\n: b\n", 1)])
def test_what_is_not_yaml_names_the_line(text: str, line: int) -> None:
    with pytest.raises(ConfigError, match=rf"^x\.yml:{line}: is not YAML here \(.*\); check indentation and quotes$"):
        yaml_file.parse(text, "x.yml")


@pytest.mark.parametrize(("text", "sign"), [("a: *nowhere\n", "*"), ("a: !!python/object:os.system x\n", "!")])
def test_what_stands_behind_a_sign_of_yaml_may_be_a_secret_and_is_not_told(text: str, sign: str) -> None:
    with pytest.raises(ConfigError) as error:
        yaml_file.parse(text, "x.yml")
    assert str(error.value).startswith(f"x.yml:1: a text that begins with {sign} stands here, and ")
    assert "nowhere" not in str(error.value)
    assert "system" not in str(error.value)


@pytest.mark.parametrize("text", ["a: \x00b", "a: !!int abc", "a: &x [*x]"])
def test_any_other_broken_yaml_is_a_sentence_too(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^x\.yml"):
        yaml_file.parse(text, "x.yml")


def test_a_file_that_is_not_there_or_not_text_is_said_so(tmp_path: Path) -> None:
    gone = tmp_path / "gone.yml"
    with pytest.raises(ConfigError) as error:
        yaml_file.read(gone)
    assert str(error.value) == f"{gone}: cannot be read (No such file or directory); check the path and its permissions"
    with pytest.raises(ConfigError, match="Is a directory"):
        yaml_file.read(tmp_path)
    latin = tmp_path / "latin.yml"
    latin.write_bytes("a: é".encode("latin-1"))
    with pytest.raises(ConfigError) as error:
        yaml_file.read(latin)
    assert str(error.value) == f"{latin}: is not UTF-8 text; save it as UTF-8"


def test_good_data_becomes_the_value() -> None:
    good = yaml_file.validate(Outer, yaml_file.parse("name: n\nparts: {a: {every: 4h, count: 2}}\n", "x.yml"))
    assert (good.name, good.parts["a"].count, good.parts["a"].every.total_seconds()) == ("n", 2, 14400)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("parts: {}\n", "x.yml:1 name: is missing; write it"),
        ("name: n\nparts:\n  a: {}\n", "x.yml:3 parts.a.every: is missing; write it"),
        (
            "name: n\nparts: {}\nprats: 1\n",
            "x.yml:3 prats: is not a key here; remove it or correct its spelling; did you mean 'parts'?",
        ),
        (
            "name: n\nparts:\n  a:\n    every: 4h\n    evry: 4h\n",
            "x.yml:5 parts.a.evry: is not a key here; remove it or correct its spelling; did you mean 'every'?",
        ),
        (
            "name: n\nparts:\n  a:\n    every: 4 hrs\n",
            "x.yml:4 parts.a.every: '4 hrs' is not a length; write 4h, 90m, 45s or 1d12h",
        ),
        ("name: 5\nparts: {}\n", "x.yml:1 name: 5 is not text; put it in quotes"),
        ("name: n\nparts: 7\n", "x.yml:2 parts: 7 is not a mapping; write its keys indented below it"),
        ("name: [n]\nparts: {}\n", "x.yml:1 name: is not text; put it in quotes"),
    ],
)
def test_a_mistake_is_a_sentence_with_file_line_and_key(text: str, sentence: str) -> None:
    assert refused(text) == sentence


def test_every_mistake_is_told_at_once_a_line_each() -> None:
    assert refused("nam: n\nparts:\n  a: {every: x}\n").splitlines() == [
        "x.yml:3 parts.a.every: 'x' is not a length; write 4h, 90m, 45s or 1d12h",
        "x.yml:1 nam: is not a key here; remove it or correct its spelling; did you mean 'name'?",
    ]


def misplaced(key: str) -> str:
    return refused(f"name: n\nparts:\n  good: {{every: 4h}}\n  {key!r}:\n    every: x\n")


@pytest.mark.parametrize("key", ["noc-north", "In Progress (L2)", "2026-01-10", "function-x", "Warten [Kunde]", "a.b"])
def test_a_key_is_named_whatever_its_letters(key: str) -> None:
    assert misplaced(key) == f"x.yml:5 parts.{key}.every: 'x' is not a length; write 4h, 90m, 45s or 1d12h"


def test_a_key_that_looks_like_a_type_is_named_too() -> None:
    assert misplaced("net[core]") == "x.yml:5 parts.net[core].every: 'x' is not a length; write 4h, 90m, 45s or 1d12h"


# -- libyaml ---------------------------------------------------------------------------------------------------------

SHIPPED = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "monitor" / "shipped").glob("*.yml"))]
TEXTS = SHIPPED + [path.read_text(encoding="utf-8") for path in sorted((ROOT / "examples").glob("*.yml"))]
ODD = [
    *" \n\t:-{}[],#&*!|>'\"%@`?~=abz019._/\\",
    "\u3000", "\ufeff", "\x85", "\u2028", "钻", "\r\n", "\r", "---\n", "...\n",
    "<<: ", "? ", "\x00", "\x7f", "\U0001f600",
]  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A piece of a real file with a few characters put in or exchanged."""
    text = draw(st.sampled_from(TEXTS))
    begin = draw(st.integers(0, len(text) - 1))
    text = text[begin : begin + draw(st.sampled_from([20, 60, 200]))]
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.sampled_from(ODD)) + text[at + draw(st.integers(0, 1)) :]
    return text


@st.composite
def commented(draw: st.DrawFn) -> str:
    """A piece of a real file between whose lines come lines that are comments, or are not for one character."""
    lines = draw(damaged()).split("\n")
    for _ in range(draw(st.integers(1, 3))):
        piece = st.sampled_from(
            ["---", "?", "!", "#", " ", "a: ", "'", '"', "\r", "\x85", "\u2028", "\t", "\ufeff", "|"]
        )
        rest = "".join(draw(st.lists(piece, max_size=5)))
        lines.insert(draw(st.integers(0, len(lines))), draw(st.sampled_from(["#", "  #", "x #", "- #"])) + rest)
    return "\n".join(lines)


def outcome(text: str, quick: type[Any] = yaml_file._FastLoader) -> str:
    try:
        return repr(yaml_file.parse(text, "x.yml", quick))
    except ConfigError as error:
        return f"refused: {error}"


@given(damaged() | commented())
def test_libyaml_changes_nothing_of_what_is_read_or_refused(text: str) -> None:
    assert outcome(text) == outcome(text, yaml_file._Loader)


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_a_whole_file_is_the_same_with_libyaml(text: str) -> None:
    assert yaml_file._parsed(text, "x.yml", yaml_file._FastLoader) == yaml_file._parsed(
        text, "x.yml", yaml_file._Loader
    )


@pytest.mark.parametrize(
    "text", ["a: \t5", "a\tb: 5", "{a: what? 5}", "a: !", "a: |# x", "---\n  # x\n", "# a\r---\n", "a: 1 # ?\n"]
)
def test_what_libyaml_reads_otherwise_is_left_to_pyyaml(text: str) -> None:
    class Asked(yaml_file._FastLoader):
        def __init__(self, stream: Any) -> None:
            raise AssertionError(stream)

    assert outcome(text, Asked) == outcome(text)


@pytest.mark.parametrize("text", SHIPPED, ids=range(len(SHIPPED)))
def test_what_comments_hold_leaves_no_policy_that_ships_to_pyyaml(text: str) -> None:
    class Unasked(yaml_file._Loader):
        def __init__(self, stream: Any) -> None:
            raise AssertionError(stream)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(yaml_file, "_Loader", Unasked)
        assert yaml_file.parse(text, "x.yml").data


def test_libyaml_is_used_where_it_is() -> None:
    assert issubclass(yaml_file._FastLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
