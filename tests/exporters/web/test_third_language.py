"""A third language is one file: with a copy of the packages that has one more, no English is left on a page."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fluent.syntax import FluentParser, FluentSerializer, ast
from fluent.syntax.visitor import Transformer, Visitor

from tests.support.html_tree import Element, tree

REPO = Path(__file__).parents[3]
ENGLISH = (REPO / "monitor" / "messages" / "en.ftl").read_text("utf-8")

RENDER = """
import json
from starlette.requests import Request
from exporters.web.acknowledgement import RefusedForm, AlertToAcknowledge, Refused, FormEntry
from exporters.web.pages import Pages
from monitor.explain import as_lines
from monitor.messages import LANGUAGES, message
from monitor.model import Name
from tests.exporters.web.explained import explained
from tests.support import snapshots

assert "xx" in LANGUAGES, LANGUAGES
pages, request = Pages("xx"), Request({"type": "http", "path": "/", "query_string": b"", "headers": []})
asked = AlertToAcknowledge(Name("a", "b"), "k", firing=False, passed=True)
again = RefusedForm(FormEntry(""), Refused(400, message("page-too-long")))
shown = [
    pages.overview(request, snapshots.example(), snapshots.AT),
    pages.overview(request, snapshots.calm(), snapshots.AT),
    pages.overview(request, snapshots.empty(), snapshots.AT),
    pages.explanation(request, explained(corrected=True)),
    pages.acknowledgement(request, asked, False, snapshots.AT, again),
    pages.acknowledgement(request, asked, True, snapshots.AT),
    pages.sentence(request, 404, message("page-refused-404")),
]
lines = list(as_lines(explained(corrected=True), "xx"))
print(json.dumps([[bytes(one.body).decode() for one in shown], lines]))
"""


class _UpperCase(Transformer):
    """Every word of a catalogue in capitals: another language that is read by nobody."""

    def visit_TextElement(self, node: ast.TextElement) -> ast.TextElement:
        return ast.TextElement(node.value.upper())


class _Texts(Visitor):
    def __init__(self) -> None:
        self.found: set[str] = set()

    def visit_TextElement(self, node: ast.TextElement) -> None:
        self.found.add(node.value.strip())


@pytest.fixture(scope="module")
def english() -> set[str]:
    """Every text of the English catalogue in which capitals would show."""
    texts = _Texts()
    texts.visit(FluentParser().parse(ENGLISH))
    names = {"English", "tierwatch"}  # the link to a language is in that language
    return {text for text in texts.found - names if text != text.upper() and len(text) > 3}


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], list[str]]:
    """Pages, and the lines of a terminal, as a copy of the packages with `xx.ftl` makes them."""
    copy = tmp_path_factory.mktemp("third")
    for package in ("monitor", "exporters", "alerts", "tests"):
        shutil.copytree(REPO / package, copy / package, ignore=shutil.ignore_patterns("__pycache__", "histories"))
    capitals = _UpperCase().visit(FluentParser().parse(ENGLISH))
    assert isinstance(capitals, ast.Resource)
    (copy / "monitor" / "messages" / "xx.ftl").write_text(FluentSerializer().serialize(capitals), "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", RENDER],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    pages, lines = json.loads(done.stdout)
    return pages, lines


def texts(element: Element) -> list[str]:
    """Every text of a page by itself, and those of attributes that people read or hear."""
    found = [value for name in ("title", "aria-label", "data-label") if (value := element.attributes.get(name))]
    for child in element.children:
        found += [child] if isinstance(child, str) else texts(child)
    return [text.strip() for text in found]


def left(texts: list[str], english: set[str]) -> set[str]:
    """What English there is: single words as a whole text, for data may hold them; more than one anywhere."""
    shown = "\n".join(texts)
    return {text for text in english if (text in shown if " " in text else text in texts)}


def test_no_english_is_left_on_a_page(rendered: tuple[list[str], list[str]], english: set[str]) -> None:
    for page in rendered[0]:
        assert '<html lang="EN"' in page
        assert left(texts(tree(page)), english) == set()


def test_no_english_is_left_in_the_terminal(rendered: tuple[list[str], list[str]], english: set[str]) -> None:
    assert left(rendered[1], {text for text in english if " " in text}) == set()


def test_the_third_language_has_its_link(rendered: tuple[list[str], list[str]]) -> None:
    overview = tree(rendered[0][0])
    links = [link.attributes["href"] or "" for link in overview.first("nav", "languages").all("a")]
    assert [link.split("language=")[1].partition("&")[0] for link in links] == ["en", "zh", "both"]
