"""One vocabulary: every alert and every label that the program makes is in it, and the document lists the same."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from monitor.policy.labels import ALERTS, LABELS, SEVERITIES

ROOT = Path(__file__).parents[1]
FILES = [path for folder in ("alerts", "monitor") for path in (ROOT / folder).rglob("*.py")]


def test_every_alert_of_the_program_is_in_the_vocabulary() -> None:
    named: set[str] = set()
    for path in FILES:
        named |= set(re.findall(r'"(Tierwatch[A-Z][A-Za-z]*)"', path.read_text(encoding="utf-8")))
    assert named - ALERTS.keys() == set(), "write the new alert and its labels into monitor/policy/labels.py"
    assert SEVERITIES.keys() <= ALERTS.keys()


def labels_made(tree: ast.AST) -> Iterator[str]:
    """The keys of every dict that is called `labels`."""
    for node in ast.walk(tree):
        value = None
        if (
            isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "labels" for t in node.targets)
        ) or (isinstance(node, ast.keyword) and node.arg == "labels"):
            value = node.value
        if isinstance(value, ast.Dict):
            yield from (key.value for key in value.keys if isinstance(key, ast.Constant) and isinstance(key.value, str))


def test_every_label_of_an_alert_is_in_the_vocabulary() -> None:
    made = {label for path in (ROOT / "alerts").rglob("*.py") for label in labels_made(ast.parse(path.read_text()))}
    assert {"alertname", "severity", "tier"} <= made
    assert made - LABELS.keys() == set(), "write the new label into monitor/policy/labels.py and docs/silences.md"
    assert {label for labels in ALERTS.values() for label in labels} <= LABELS.keys()


def test_the_labels_of_the_document_are_those_of_the_program() -> None:
    page = (ROOT / "docs" / "silences.md").read_text(encoding="utf-8")
    rows = re.findall(r"(?m)^\| `(\w+)` \| ([^|]*) \| (any|listed) \|$", page)
    assert {name: (what, free == "any") for name, what, free in rows} == {
        name: (label.what, label.free) for name, label in LABELS.items()
    }
