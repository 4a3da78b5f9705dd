"""`docs/library.md` is what other programs rely on: its examples run and print what it says, its names are there."""

from __future__ import annotations

import ast
import importlib
import io
import re
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from tests.support.markdown import fenced

PAGE = (Path(__file__).parents[1] / "docs" / "library.md").read_text(encoding="utf-8")
ROOMS = ("monitor.worktime", "monitor.clock")


def examples(page: str) -> list[tuple[str, str]]:
    """Each example with what it prints: the block of text that follows it."""
    blocks = [(info, text) for info, text in fenced(page) if not info.startswith("yaml")]
    infos = [info for info, _ in blocks]
    assert infos == ["python", "text"] * (len(blocks) // 2), f"what an example prints must follow it: {infos}"
    return [(code, printed) for (_, code), (_, printed) in zip(blocks[::2], blocks[1::2], strict=True)]


def ran(code: str) -> str:
    """What a program prints."""
    said = io.StringIO()
    with redirect_stdout(said):
        exec(compile(code, "docs/library.md", "exec"), {"__name__": "__main__"})
    return said.getvalue()


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with the files that the page asks for."""
    for info, text in fenced(PAGE):
        if info.startswith("yaml "):
            (tmp_path / info.removeprefix("yaml ")).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize("number", range(len(examples(PAGE))))
def test_an_example_prints_what_the_page_says(number: int) -> None:
    code, printed = examples(PAGE)[number]
    assert ran(code) == printed


def test_every_room_of_the_library_has_an_example_that_prints() -> None:
    shown = examples(PAGE)
    for room in ROOMS:
        assert any(f"from {room} import" in code and printed.strip() for code, printed in shown), room


def test_an_example_without_its_output_is_refused() -> None:
    with pytest.raises(AssertionError, match="must follow it"):
        examples("```python\nprint(1)\n```\n")
    with pytest.raises(AssertionError, match="must follow it"):
        examples("```text\n1\n```\n\n```python\nprint(1)\n```\n")


def names() -> list[tuple[str, str]]:
    """(room, name) of every row of the tables of names."""
    found = []
    for room, rows in re.findall(r"\| name of `([\w.]+)` \|[^\n]*\n\|[-|]+\n((?:\|[^\n]*\n)+)", PAGE):
        found += [(room, name) for row in rows.splitlines() for name in re.findall(r"`(\w+)`", row.split("|")[1])]
    ((others),) = re.findall(r"\| name \| of \|[^\n]*\n\|[-|]+\n((?:\|[^\n]*\n)+)", PAGE)
    for row in others.splitlines():
        _, listed, of, *_ = row.split("|")
        found += [(of.strip(" `"), name) for name in re.findall(r"`(\w+)`", listed)]
    return found


def defined(thing: Any) -> ast.ClassDef | ast.FunctionDef:
    """Its definition in the source: what is compiled has no docstring and no names of parameters."""
    path = Path(str(importlib.import_module(thing.__module__).__file__))
    tree = ast.parse((path.parent / f"{path.name.partition('.')[0]}.py").read_text(encoding="utf-8"))
    found = [node for node in tree.body if getattr(node, "name", None) == thing.__name__]
    (node,) = (node for node in found if isinstance(node, ast.ClassDef | ast.FunctionDef))
    return node


def test_every_name_of_the_page_is_handed_out_and_says_what_it_is() -> None:
    assert {room for room, _ in names()} >= set(ROOMS)
    for room, name in names():
        module = importlib.import_module(room)
        assert hasattr(module, name), f"{room}.{name}"
        assert name in getattr(module, "__all__", dir(module)), f"{room} does not hand out {name}"
        found = getattr(module, name)
        if isinstance(found, type) or callable(found):
            assert found.__doc__ or ast.get_docstring(defined(found)), f"{room}.{name} has no docstring"


def test_every_method_of_the_page_is_there() -> None:
    from monitor.worktime import WorkingTime

    listed = re.findall(r"(?m)^\| `(\w+)\(([\w, ]+)\)` \|", PAGE)
    assert len(listed) >= 5
    methods = {node.name: node for node in defined(WorkingTime).body if isinstance(node, ast.FunctionDef)}
    for name, arguments in listed:
        assert callable(getattr(WorkingTime, name))
        assert ast.get_docstring(methods[name])
        assert [each.arg for each in methods[name].args.args[1:]] == arguments.split(", "), name
