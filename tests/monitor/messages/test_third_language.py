"""A third language is one file: a copy of the product with one catalogue more says everything in that language."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fluent.syntax import FluentParser, FluentSerializer, ast
from fluent.syntax.visitor import Transformer

from monitor.messages import message
from monitor.messages import text as in_language

REPO = Path(__file__).parents[3]
LANGUAGE = "xx"

FACTS = (
    "line cards are replaced", "operator examination bank, major faults, option A", "no answer",
    "circuits cut by one fault",
    "tierwatch silence end", "tierwatch clock accept", "tierwatch retire", "tierwatch alerts test-page",
    "tierwatch drill",
)  # fmt: skip
"""What others wrote, and commands: such words stay as they are in every language."""

SENTENCE = re.compile(r"(?<![\w/.#-])[a-z]{2,}(?:[ ,;]+[a-z]{2,})+(?![\w/#-])")
"""Two words in small letters, one after the other. The catalogue of the third language has capitals alone."""


class _Capitals(Transformer):
    def visit_TextElement(self, node: ast.TextElement) -> ast.TextElement:
        node.value = node.value.upper()
        return node

    def visit_StringLiteral(self, node: ast.StringLiteral) -> ast.StringLiteral:
        node.value = node.value.upper()
        return node


def in_capitals(catalogue: str) -> str:
    """A catalogue with all of its texts in capitals: what is left of English shows."""
    return FluentSerializer().serialize(_Capitals().visit(FluentParser().parse(catalogue)))


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a product with a third catalogue says in that language: what it is, and the text."""
    folder = tmp_path_factory.mktemp("three")
    for package in ("monitor", "alerts", "exporters"):
        shutil.copytree(REPO / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    messages = folder / "monitor" / "messages"
    english = messages.joinpath("en.ftl").read_text("utf-8")
    messages.joinpath(f"{LANGUAGE}.ftl").write_text(in_capitals(english), "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.third_language", LANGUAGE],
        cwd=folder,
        env={"PYTHONPATH": f"{folder}:{REPO}", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_near_pages_breaches_ends_digests_and_chats_are_all_there(said: dict[str, str]) -> None:
    kinds = {what.split(":")[0] for what in said}
    assert kinds >= {"beginnings", "ends", "repeated", "digests", "chats"}
    assert "LEFT, DUE" in said["beginnings: TierwatchDeadlineNear summary"]
    assert "BREACHED, WAS DUE" in said["beginnings: TierwatchDeadlineBreached summary"]


def test_no_english_sentence_is_left_in_a_third_language(said: dict[str, str]) -> None:
    left = {}
    for what, text in said.items():
        for fact in FACTS:
            text = text.replace(fact, "")
        if found := SENTENCE.findall(text):
            left[what] = found
    assert left == {}


def test_no_chinese_is_left_in_a_third_language(said: dict[str, str]) -> None:
    of_all = in_language(message("drill-word"), "zh")  # the mark of a drill has the word of every language
    left = {what: said_of.replace(of_all, "") for what, said_of in said.items()}
    assert {what: rest for what, rest in left.items() if re.search("[\u4e00-\u9fff]", rest)} == {}
