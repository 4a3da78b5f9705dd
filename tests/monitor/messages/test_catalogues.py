"""Every language says everything, with the same variables, and code asks for nothing that no catalogue has."""

from __future__ import annotations

import ast as python
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fluent.syntax import FluentParser, ast
from fluent.syntax.visitor import Visitor

from monitor.messages import LANGUAGES
from monitor.messages.catalogue import Catalogue

REPO = Path(__file__).parents[3]
FOLDER = REPO / "monitor" / "messages"
MAKERS = ("message", "say")
"""The functions whose first argument is the id of a message."""

IN_TEMPLATES = re.compile(r"\b(?:say|word)\(\s*\"([a-z][a-z0-9-]*)\"")
"""How a template asks for a message."""


class _Variables(Visitor):
    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_VariableReference(self, node: ast.VariableReference) -> None:
        self.names.add(node.id.name)


def _messages(language: str) -> dict[str, frozenset[str]]:
    """The messages of a catalogue, and the variables of each."""
    found = {}
    for entry in FluentParser().parse((FOLDER / f"{language}.ftl").read_text("utf-8")).body:
        if isinstance(entry, ast.Message):
            looked = _Variables()
            looked.visit(entry)
            assert entry.id.name not in found, f"{language}.ftl has {entry.id.name} twice"
            found[entry.id.name] = frozenset(looked.names)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_message_that_is_parsed_alone_is_what_it_is_in_the_whole_file(language: str) -> None:
    source = (FOLDER / f"{language}.ftl").read_text("utf-8")
    entries = [entry for entry in FluentParser().parse(source).body if isinstance(entry, ast.Message)]
    catalogue = Catalogue(language, source)
    assert catalogue.ids == {entry.id.name for entry in entries}
    assert [entry.id.name for entry in entries if not catalogue.pattern(entry.id.name).equals(entry.value)] == []


def _calls() -> Iterator[tuple[str, str, frozenset[str] | None]]:
    """Where code asks for a message: the place, the id, and the names of the arguments where they are written out."""
    for room in ("monitor", "alerts", "exporters", "grafana"):
        for file in sorted((REPO / room).rglob("*.py")):
            for node in python.walk(python.parse(file.read_text("utf-8"))):
                if not isinstance(node, python.Call) or not node.args:
                    continue
                name = node.func.id if isinstance(node.func, python.Name) else getattr(node.func, "attr", "")
                first = node.args[0]
                if name in MAKERS and isinstance(first, python.Constant) and isinstance(first.value, str):
                    names = [keyword.arg for keyword in node.keywords]
                    given = None if None in names else frozenset(name for name in names if name is not None)
                    yield f"{file.relative_to(REPO)}:{node.lineno}", first.value, given


def _asked_by_templates() -> Iterator[tuple[str, str]]:
    for file in sorted((REPO / "exporters" / "web" / "templates").glob("*.html")):
        for found in IN_TEMPLATES.finditer(file.read_text("utf-8")):
            yield file.name, found[1]


def test_every_file_is_without_junk() -> None:
    for language in LANGUAGES:
        body = FluentParser().parse((FOLDER / f"{language}.ftl").read_text("utf-8")).body
        assert [entry.content for entry in body if isinstance(entry, ast.Junk)] == [], language


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_language_has_every_message_with_the_same_variables(language: str) -> None:
    english, other = _messages("en"), _messages(language)
    assert sorted(english) == sorted(other)
    # a language may leave out the number of what is only one
    assert {id_: names for id_, names in other.items() if names != english[id_]} == {}


def test_code_asks_for_messages_that_exist_and_gives_all_their_variables() -> None:
    known = _messages("en")
    wrong = [
        f"{place}: {id_} is given {sorted(given)}, the catalogue needs {sorted(known[id_])}"
        if id_ in known and given is not None
        else f"{place}: no catalogue has {id_}"
        for place, id_, given in _calls()
        if id_ not in known or (given is not None and given != known[id_])
    ]
    wrong += [f"{place}: no catalogue has {id_}" for place, id_ in _asked_by_templates() if id_ not in known]
    assert wrong == []


CHINESE = re.compile("[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")

MAY_HOLD_CHINESE = {
    "monitor/config/yaml_mistakes.py": "signs of YAML in full width, to name the one that was typed",
    "monitor/report/months.py": "the signs with which a spreadsheet begins a formula, in both widths",
    "monitor/simulator/names.py": "the customers of the demo",
    "monitor/text/full_width.py": "characters in full width, to name the ones that were typed",
    "monitor/text/near_budgets.py": "how people write units, to guess what was meant",
    "alerts/notifiers/_words.py": "characters that look like those that a chat obeys",
}
"""Where Chinese may stand in code, and why; docstrings and comments may hold some anywhere."""


def _chinese_strings(file: Path) -> Iterator[str]:
    tree = python.parse(file.read_text("utf-8"))
    prose = {id(node.value) for node in python.walk(tree) if isinstance(node, python.Expr)}
    for node in python.walk(tree):
        said = node.value if isinstance(node, python.Constant) and id(node) not in prose else None
        if isinstance(said, str) and CHINESE.search(said):
            yield f"{file.relative_to(REPO)}:{node.lineno}: {said}"


def test_no_code_holds_chinese_but_where_it_is_said_why() -> None:
    """Words that people read stand in the catalogues; names of a policy stand in the policy."""
    found = [
        each
        for room in ("monitor", "alerts", "exporters", "grafana")
        for file in sorted((REPO / room).rglob("*.py"))
        if not any(file.is_relative_to(REPO / place) for place in MAY_HOLD_CHINESE)
        for each in _chinese_strings(file)
    ]
    assert found == []


@pytest.mark.parametrize("kind", ["*.html", "*.js", "*.css"])
def test_no_template_or_script_of_the_page_holds_words(kind: str) -> None:
    files = sorted((REPO / "exporters" / "web").rglob(kind))
    assert files
    assert [file.name for file in files if CHINESE.search(file.read_text("utf-8"))] == []


def test_every_message_is_used() -> None:
    """Ids that code puts together are written out as a family: a prefix with a star in a comment beside that code."""
    code = "\n".join(
        file.read_text("utf-8")
        for room in ("monitor", "alerts", "exporters", "grafana")
        for pattern in ("*.py", "*.html")
        for file in (REPO / room).rglob(pattern)
    )
    families = tuple(re.findall(r"\"([a-z][a-z0-9-]*-)\"|f\"([a-z][a-z0-9-]*-)\{", code))
    prefixes = tuple(one or other for one, other in families)
    unused = [id_ for id_ in _messages("en") if f'"{id_}"' not in code and not id_.startswith(prefixes)]
    assert unused == []
