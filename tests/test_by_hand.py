"""No test makes an engine whose steps depend on the machine's speed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parent


def calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            yield node


def hurried(text: str) -> list[int]:
    """The lines of a file at which an engine is made that is neither worked by hand nor given a clock."""
    tree = ast.parse(text)
    given = {id(call.args[0]) for call in calls(tree, "by_hand")}
    return [
        made.lineno
        for made in calls(tree, "Worker")
        if id(made) not in given and "chunk" not in {named.arg for named in made.keywords}
    ]


def test_an_engine_that_a_test_makes_is_worked_by_hand_or_given_a_clock() -> None:
    found = {path: path.read_text(encoding="utf-8") for path in TESTS.rglob("*.py")}
    made = {path: text for path, text in found.items() if "Worker(" in text and path != Path(__file__)}
    assert len(made) > 20
    assert {str(path.relative_to(TESTS)): lines for path, text in made.items() if (lines := hurried(text))} == {}


def test_one_that_is_neither_is_found() -> None:
    assert hurried("a = by_hand(Worker(b))\nc = Worker(b, chunk=d)\ne = Worker(b)\nf = Worker(b).step(1)") == [3, 4]
