"""A file that is not YAML: the line where the mistake began, and what to write."""

from __future__ import annotations

import re

import pytest

from monitor.config import yaml_file
from monitor.config.schema import ConfigText
from monitor.errors import ConfigError
from tests.support.configurations import TEXT

LINES = TEXT.splitlines()
KEYS = [number for number, line in enumerate(LINES) if re.match(r"\s*[\w.-]+:", line)]
VALUES = [number for number, line in enumerate(LINES) if re.match(r"\s*[\w.-]+: [^{\[\"'\s]", line)]
BRACKETS = [number for number, line in enumerate(LINES) if line.endswith("}")]


def read(text: str) -> None:
    document = yaml_file.parse(text, "x.yml")
    document.check_mapping("docs/configuration.md")
    yaml_file.validate(ConfigText, document)


def refused(text: str) -> str:
    with pytest.raises(ConfigError) as error:
        read(text)
    return str(error.value)


def exchanged(number: int, old: str, new: str) -> str:
    """The text with *old* exchanged once in one line, from the right."""
    line = new.join(LINES[number].rsplit(old, 1))
    assert line != LINES[number]
    return "\n".join((*LINES[:number], line, *LINES[number + 1 :], ""))


@pytest.mark.parametrize("number", KEYS)
def test_a_full_width_colon_after_any_key_is_named_with_its_line(number: int) -> None:
    line = LINES[number].replace(":", "：", 1)
    said = refused("\n".join((*LINES[:number], line, *LINES[number + 1 :], "")))
    assert "'：' is full-width; write :" in said
    around = number if said.startswith(f"x.yml:{number} ") and "is not a mapping" in said else number + 1
    assert said.startswith(f"x.yml:{around}")


@pytest.mark.parametrize("number", VALUES)
def test_a_quote_that_the_next_one_closes_is_named_by_the_line_where_it_opens(number: int) -> None:
    said = refused(exchanged(number, ": ", ': "'))
    assert said.startswith(f"x.yml:{number + 1}: a quote opens here, and what it quotes goes on to line ")


@pytest.mark.parametrize("number", VALUES)
def test_a_quote_that_is_never_closed_is_named_by_the_line_where_it_opens(number: int) -> None:
    said = refused(exchanged(number, ": ", ": '"))
    assert said.startswith(
        f"x.yml:{number + 1}: a quote opens here, and what it quotes goes on to line {len(LINES) + 1};"
    )


@pytest.mark.parametrize("number", BRACKETS)
def test_a_bracket_that_is_never_closed_is_named_by_the_line_where_it_opens(number: int) -> None:
    said = refused(exchanged(number, "}", ""))
    assert re.match(rf"x\.yml:{number + 1}: the {{ that opens here is not closed", said)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: [1,\n", "x.yml:1: the [ that opens here is not closed, or a comma or quote is missing, in line 2;"),
        ("a: 'x\nb: 1\n", "x.yml:1: a quote opens here, and what it quotes goes on to line 3;"),
        ("a:\n  b: 1\n\tc: 2\n", "x.yml:3: a tab stands here; write spaces"),
        ("\tb: 1\n", "x.yml:1: a tab stands here; write spaces"),
        ("a: {b: 1，c: 2}\n", "x.yml:1: is not YAML here: '，' is full-width; write ,"),
        ("a: ｛b: 1｝\n", "x.yml:1: is not YAML here: '｛' is full-width; write {"),
        ("a: “x: y”\n", "x.yml:1: is not YAML here: '“' is a typographic quote; write \""),
        ("name: 客户，上海\nb: c: d\n", "x.yml:2: is not YAML here (mapping values are not allowed here);"),
        ("name: '客户：上海'\nb\n", "x.yml:3: is not YAML here (could not find expected ':');"),
        ("a: 1\nb： 2\n# 说明：no key\nc: 3\n", "x.yml:2: is not YAML here: '：' is full-width; write :"),
    ],
)
def test_the_mistake_is_named_where_it_began(text: str, sentence: str) -> None:
    assert refused(text).startswith(sentence)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x: &o {a: 1}\ny: {<<: *o, b: 2}\n", "x.yml:2 y.<<: merge keys (<<) are not supported; write the keys out"),
        ("a: 1\n<<: {b: 1}\n", "x.yml:2 <<: merge keys (<<) are not supported"),
    ],
)
def test_a_merge_key_is_said_not_to_be_supported(text: str, sentence: str) -> None:
    assert refused(text).startswith(sentence)


def test_in_quotes_it_is_a_key_like_any_other() -> None:
    assert yaml_file.parse("'<<': 1\n", "x.yml").data == {"<<": 1}


GOOD = "policy: demo\nsources: {a: {type: jsonl_file}}\nreceivers: {log: {type: log}}\n"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("policy： demo\n", "see docs/configuration.md for an example; '：' is full-width; write :"),
        (GOOD + "“zone”: UTC\n", "x.yml:4 “zone”: is not a key here; remove it or correct its spelling; '“' is a"),
        (GOOD + "\u3000zone: UTC\n", "; a full-width space (U+3000) stands here; write a plain space"),
        (GOOD + "shadow: ｔrue\n", "x.yml:4 shadow: is not a key here"),
        (GOOD.replace("type: log}", "type: log, shadow: ｔrue}"), "'ｔ' is full-width; write t"),
        (
            GOOD + "root_causes: ［circuit］\n",
            "is not a list; write [a, b] or one item a line with a dash; '［' is full",
        ),
        (
            "policy: demo\nsources:\na: {type: jsonl_file}\nreceivers: {log: {type: log}}\n",
            "x.yml:3 a: is not a key here; remove it or correct its spelling; if it is a part of sources, indent it by",
        ),
        (GOOD.replace("{log: {type: log}}", ""), "x.yml:3 receivers: is empty; write its keys indented below it"),
        (GOOD + "listen: 8080\n", "x.yml:4 listen: 8080 is a port without its address; write 127.0.0.1:8080"),
        (GOOD + "listen: 80.5\n", "x.yml:4 listen: 80.5 is not an address; write 127.0.0.1:8321"),
    ],
)
def test_what_is_yaml_and_no_configuration_gets_the_hint_of_its_kind(text: str, sentence: str) -> None:
    assert sentence in refused(text)


@pytest.mark.parametrize(("sign", "kind"), [("*", "an alias"), ("!", "a tag")])
def test_a_text_that_begins_with_a_sign_of_yaml_is_not_repeated_for_it_may_be_a_password(sign: str, kind: str) -> None:
    said = refused(f"instance: noc\nzone: {sign}hunter2\n")
    assert said.startswith(
        f"x.yml:2: a text that begins with {sign} stands here, and {kind} of that name is not known;"
    )
    assert "hunter2" not in said
