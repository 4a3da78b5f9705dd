"""Rooms: every package says what lives there, hands out its names, and nobody imports past it from another."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PRODUCT = ("monitor", "alerts", "exporters")
FOLDERS = {"collectors", "notifiers", "push", "commands", "simulator"}
"""Rooms whose modules are found by the names of their files, or are the commands: they hand out files, not names."""

ROOMS = sorted(
    ".".join(path.parent.relative_to(ROOT).parts) for top in PRODUCT for path in (ROOT / top).glob("*/__init__.py")
)
NOUNS = {"__init__.py", "model.py", "snapshot.py", "errors.py", "wallclock.py", "cli.py"}


def room_of(module: str) -> str | None:
    """The room that a module lives in; None where it stands in a top folder itself."""
    room = ".".join(module.split(".")[:2])
    return room if room in ROOMS else None


def imports(path: Path) -> Iterator[tuple[int, str, str]]:
    """(line, module, name) of every name that a file takes from one of our packages."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in PRODUCT:
            yield from ((node.lineno, node.module, alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name, "") for alias in node.names if alias.name.split(".")[0] in PRODUCT)


def files() -> Iterator[tuple[str, Path]]:
    for top in PRODUCT:
        for path in sorted((ROOT / top).rglob("*.py")):
            yield ".".join(path.relative_to(ROOT).with_suffix("").parts), path


def init(room: str) -> Path:
    return ROOT.joinpath(*room.split(".")) / "__init__.py"


def handed_out(room: str) -> list[str]:
    """The names in a room's `__all__`."""
    for node in ast.parse(init(room).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
            return [str(name) for name in ast.literal_eval(node.value)]
    return []


def test_nobody_imports_past_a_room() -> None:
    past = []
    for module, path in files():
        mine = room_of(module)
        for line, source, name in imports(path):
            room = room_of(source)
            if room is None or room == mine or room.split(".")[1] in FOLDERS:
                continue
            if source != room:
                past.append(f"{path.relative_to(ROOT)}:{line}: {source}; import {name} from {room}")
    assert past == []


def promised(room: str) -> set[str]:
    """The names of a room that `docs/library.md` has in its tables: other programs ask for them."""
    page = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
    found: set[str] = set()
    for table in re.findall(r"(?m)(?:^\|.*\n)+", page):
        head, _, *rows = table.splitlines()
        for row in rows:
            if f"`{room}`" in head or f"| `{room}` |" in row:
                found |= set(re.findall(r"`(\w+)`", row.split("|")[1]))
    return found


def test_every_name_that_is_handed_out_is_asked_for_or_promised() -> None:
    asked: dict[str, set[str]] = {room: set() for room in ROOMS}
    for module, path in files():
        text = path.read_text(encoding="utf-8")
        for _, source, name in imports(path):
            if source in asked and room_of(module) != source:
                asked[source].add(name)
            below = f"{source}.{name}"  # the room itself, whose names are asked of it
            if below in asked and room_of(module) != below:
                asked[below] |= {out for out in handed_out(below) if f".{out}" in text}
    for room in ROOMS:
        asked[room] |= promised(room)
    unasked = [f"{room}.{name}" for room in ROOMS for name in handed_out(room) if name not in asked[room]]
    assert unasked == []


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_says_what_lives_there_and_what_may_not(room: str) -> None:
    tree = ast.parse(init(room).read_text(encoding="utf-8"))
    said = ast.get_docstring(tree)
    assert said, f"{room} says nothing"
    lines = [line for line in said.splitlines() if line.strip()]
    assert 1 <= len(lines) <= 4


def test_the_root_holds_the_nouns_and_the_rooms() -> None:
    assert {path.name for path in (ROOT / "monitor").glob("*.py")} == NOUNS
    assert {path.name for path in (ROOT / "alerts").glob("*.py")} == {"__init__.py"}


def test_files_that_are_named_in_the_code_exist() -> None:
    """`cycle.py` beside the file that names it or below its top folder, `alerts/oncall/escalation.py` by its path."""
    gone = []
    for module, path in files():
        for name in re.findall(r"`([a-z_/]+\.py)`", path.read_text(encoding="utf-8")):
            near = [ROOT / name, path.parent / name, *(ROOT / module.split(".")[0]).rglob(name)]
            if not any(each.is_file() for each in near):
                gone.append(f"{path.relative_to(ROOT)}: {name}")
    assert gone == []
