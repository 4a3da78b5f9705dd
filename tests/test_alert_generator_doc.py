"""Every test that docs/alert-generator.md names exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/alert-generator.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/.]+\.py)::(\w+)`", PAGE)))


def test_it_names_tests() -> None:
    assert len(NAMED) > 15
    assert PAGE.count(".py::") == len(re.findall(r"`tests/[\w/.]+\.py::\w+`", PAGE)), "each in the same form"


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_a_named_test_exists(path: str, name: str) -> None:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_row_of_its_tables_names_a_test() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| the receiver")]
    assert rows
    assert [row for row in rows if "::test_" not in row] == []
