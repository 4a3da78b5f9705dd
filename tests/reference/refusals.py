"""Run the program with wrong inputs and keep what it says, and where in the code it was said.

A wrong configuration, policy or rota is a text with one piece exchanged; a wrong command is a line of words. Nothing
here writes a sentence: each is the one that the program gives.
"""

from __future__ import annotations

import ast
import re
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any

import pydantic

ROOT = Path(__file__).parents[2]

SCOPE = (
    "monitor/config", "monitor/commands", "monitor/deeds", "monitor/text/durations.py", "monitor/net/credentials.py",
    "monitor/report/months.py", "monitor/collectors", "alerts/delivery/templates.py", "alerts/notifiers",
    "exporters/push",
    "alerts/oncall/roster_file.py", "alerts/oncall/roster_schema.py", "alerts/oncall/roster_calendars.py",
    "alerts/decide/silences.py",
    "alerts/delivery/ways_out.py", "alerts/oncall/configured_rota.py", "monitor/worktime/working_time.py",
)  # fmt: skip
"""Where configurations and commands are refused."""

_REFUSALS = ("ConfigError", "Refused", "ValueError", "document.error", "self.document.error", "self.error")


@dataclass(frozen=True, slots=True)
class Site:
    """A statement that raises a sentence of its own: file, function, the lines, and the code of the sentence."""

    file: str
    function: str
    first: int
    last: int
    code: str

    def __str__(self) -> str:
        return f"{self.file} {self.function}: {self.code}"


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was refused: the wrong input as it was written, the sentence, and the sites that it came through."""

    wrong: str
    sentence: str
    sites: tuple[Site, ...]


@cache
def sites() -> tuple[Site, ...]:
    """Every site in scope that words a sentence; those that only pass one on are left out."""
    return tuple(sorted((site for place in SCOPE for site in _sites(ROOT / place)), key=str))


def _sites(place: Path) -> Iterator[Site]:
    for file in [place] if place.suffix else sorted(place.rglob("*.py")):
        name = file.relative_to(ROOT).as_posix()
        for function, statement in _raises(ast.parse(file.read_text(encoding="utf-8"))):
            call = statement.exc
            if isinstance(call, ast.Call) and ast.unparse(call.func) in _REFUSALS and _worded(call.args[-1]):
                yield Site(name, function, statement.lineno, statement.end_lineno or 0, ast.unparse(call.args[-1]))


def _raises(tree: ast.AST, function: str = "") -> Iterator[tuple[str, ast.Raise]]:
    for node in ast.iter_child_nodes(tree):
        inner = node.name if isinstance(node, ast.FunctionDef) else function
        if isinstance(node, ast.Raise):
            yield inner, node
        yield from _raises(node, inner)


def _worded(message: ast.expr) -> bool:
    """Whether the message has words of its own, or a variable that was made here; `str(error)` is another's."""
    if isinstance(message, ast.Name):
        return message.id != "error"
    if isinstance(message, ast.Call) and ast.unparse(message.func) == "message":
        return True  # a sentence of the catalogue
    return any(
        isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value.strip()
        for node in ast.walk(message)
    )


_FOREIGN = (
    r"(is not YAML here \().+?(\);)", r"(is not YAML \().+(\);)", r"(is no Jinja2: ).+?(; correct it)",
    r"(is not a JSONPath \().+?(\);)", r"(is not an iCalendar file \().+?(\);)", r"(with a wrong \w+ \().+?(\);)",
    r"(is not an iCalendar that can be read \().+?(\))", r"(is not a regular expression \().+?(\);)",
)  # fmt: skip
"""What other packages say, in words that change with their versions; the page leaves it out."""


def refusal(wrong: str, error: BaseException, *folders: Path) -> Refusal:
    """What an error says, without the folders that a test runs in."""
    sentence = str(error)
    for folder in folders:
        sentence = sentence.replace(f"{folder}/", "").replace(str(folder), ".")
    for pattern in _FOREIGN:
        sentence = re.sub(pattern, r"\1…\2", sentence)
    wrong = wrong.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return Refusal(" ".join(wrong.split()), sentence, tuple(dict.fromkeys(_passed(error))))


def _passed(error: BaseException) -> Iterator[Site]:
    """The sites that an error, its causes, and what pydantic has collected came from."""
    seen: set[int] = set()

    def passed(one: BaseException) -> Iterator[Site]:
        if id(one) in seen:  # a cause is mostly the context too
            return
        seen.add(id(one))
        yield from _at(one.__traceback__)
        inner = [item.get("ctx", {}).get("error") for item in _collected(one)]
        for other in (*inner, one.__cause__, one.__context__):
            if isinstance(other, BaseException):
                yield from passed(other)

    return passed(error)


def _collected(error: BaseException) -> list[Any]:
    return error.errors(include_url=False, include_input=False) if isinstance(error, pydantic.ValidationError) else []


def _at(trace: TracebackType | None) -> Iterator[Site]:
    for frame, line in traceback.walk_tb(trace):
        for site in _by_file().get(frame.f_code.co_filename, ()):
            if site.first <= line <= site.last:
                yield site


@cache
def _by_file() -> dict[str, Sequence[Site]]:
    found: dict[str, list[Site]] = {}
    for site in sites():
        found.setdefault(str(ROOT / site.file), []).append(site)
    return dict(found)


def one_of_each(found: Sequence[Refusal]) -> list[Refusal]:
    """The refusals with the first of those that differ only in what was written wrong."""
    kept: dict[tuple[tuple[str, ...], str], Refusal] = {}
    for one in found:
        kept.setdefault((tuple(map(str, one.sites)), skeleton(one.sentence)), replace(one))
    return list(kept.values())


def skeleton(sentence: str) -> str:
    """A sentence without its place, words between quotes, figures and lists of what there is."""
    _, _, said = sentence.partition(": ") if re.match(r"[^ ]+:\d+ ", sentence) else ("", "", sentence)
    said = re.sub(r"'[^']*'", "…", said.partition("; did you mean")[0])
    said = re.sub(r"\d+", "0", re.sub(r"\([^)]*\)", "(…)", said))
    return re.sub(r"(write one of|use one of|use some of|it has|shipped are|should be)[: ].*", r"\1 …", said)
