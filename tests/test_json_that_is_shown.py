"""JSON with its characters as they are is written in one place, which escapes those that act; the others say why."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

KEPT = "kept in the database, and shown by what escapes it"
HASHED = "hashed, and shown to nobody"
OTHERWISE: Mapping[str, str] = {
    "alerts/notifiers/alertmanager.py": "a matcher of Alertmanager, percent-encoded in an address",
    "exporters/api/paging.py": "a cursor, in base64",
    "exporters/points.py": "points that wait to be sent, compressed",
    "grafana/frame.py": "a dashboard, which has our own words alone",
    "monitor/access/signing.py": "a signed payload, in base64",
    "monitor/collectors/_records.py": KEPT,
    "monitor/config/build_rulebook.py": HASHED,
    "monitor/history/events.py": HASHED,
    "monitor/history/sound_batch.py": "looked at, whether it can be kept",
    "monitor/simulator/answers.py": "what a source says; the simulator is one",
    "monitor/store/consumption.py": KEPT,
    "monitor/store/losses.py": KEPT,
    "monitor/store/schema.py": KEPT,
    "monitor/store/what_is_erased.py": KEPT,
    "monitor/text/json_line.py": "the place",
}
"""The modules that write such JSON themselves."""

WRITERS = frozenset({"JSONResponse", "ORJSONResponse", "UJSONResponse", "model_dump_json", "dump_json"})
"""What writes characters as they are without being told to."""


def written_in(tree: ast.AST) -> Iterator[int]:
    """The lines of the calls that write JSON with characters as they are."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            given = {one.arg: one.value for one in node.keywords}
            ascii_only = given.get("ensure_ascii")
            if name in WRITERS or not (
                ascii_only is None or (isinstance(ascii_only, ast.Constant) and ascii_only.value is True)
            ):
                yield node.lineno


def found() -> dict[str, list[int]]:
    files = (file for room in ("alerts", "exporters", "grafana", "monitor") for file in (ROOT / room).rglob("*.py"))
    lines = {str(file.relative_to(ROOT)): [*written_in(ast.parse(file.read_text("utf-8")))] for file in files}
    return {name: where for name, where in lines.items() if where}


def test_json_that_is_shown_is_written_in_one_place() -> None:
    """Whoever prints or answers JSON uses `json_line` or `json_body` of `monitor.text`."""
    assert set(found()) == set(OTHERWISE)


@pytest.mark.parametrize(
    "code",
    [
        "json.dumps(x, ensure_ascii=False)", "dumps(x, ensure_ascii=False)", "json.dump(x, f, ensure_ascii=0)",
        "JSONRenderer(ensure_ascii=False)", "json.JSONEncoder(ensure_ascii=shown).encode", "JSONResponse(x)",
        "found.model_dump_json()",
    ],
)  # fmt: skip
def test_the_ways_to_write_it_are_seen(code: str) -> None:
    assert [*written_in(ast.parse(code))] == [1]


@pytest.mark.parametrize("code", ["json.dumps(x)", "json.dumps(x, ensure_ascii=True)", "json_line(x, indent=2)"])
def test_what_writes_no_such_character_is_not_taken_for_it(code: str) -> None:
    assert not [*written_in(ast.parse(code))]
