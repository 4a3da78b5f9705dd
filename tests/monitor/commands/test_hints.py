"""Every sentence that tells a command says one that can be pasted: it is made by `CommandLine`, and it exists."""

from __future__ import annotations

import ast
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from fluent.syntax import FluentParser
from fluent.syntax import ast as fluent

from monitor import cli
from monitor.messages.catalogue import LANGUAGES, Catalogue
from monitor.text.command_line import CommandLine
from tests.support.command_line import CONFIG, console_script

ROOT = Path(cli.__file__).parents[1]
COMMANDS: Any = typer.main.get_command(cli.app)
HINT = re.compile(rf"tierwatch (?:{'|'.join(COMMANDS.commands)})\b")

NO_HINTS = {"alert-test-description", "drill-what"}
"""Messages that name a command and ask nobody to run it."""


def patterns(language: str) -> dict[str, fluent.Pattern]:
    source = (ROOT / "monitor" / "messages" / f"{language}.ftl").read_text(encoding="utf-8")
    catalogue = Catalogue(language, source)
    return {id_: catalogue.pattern(id_) for id_ in catalogue.ids}


def written(pattern: fluent.Pattern) -> str:
    return FluentText().serialize(pattern)


class FluentText:
    """The text of a message with its variables as `{ $name }`, of every variant."""

    def serialize(self, node: Any) -> str:
        if isinstance(node, fluent.TextElement):
            return str(node.value)
        if isinstance(node, fluent.VariableReference):
            return f"{{ ${node.id.name} }}"
        children = [getattr(node, name) for name in ("elements", "expression", "selector", "variants", "value")
                    if getattr(node, name, None) is not None]  # fmt: skip
        flat = [one for child in children for one in (child if isinstance(child, list) else [child])]
        return "".join(self.serialize(one) for one in flat if not isinstance(one, str))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_catalogue_spells_a_command_out(language: str) -> None:
    found = {id_ for id_, pattern in patterns(language).items() if HINT.search(written(pattern))}
    assert found == NO_HINTS


def test_a_message_with_a_command_has_it_in_every_language() -> None:
    with_command = {
        language: {id_ for id_, pattern in patterns(language).items() if "{ $command }" in written(pattern)}
        for language in LANGUAGES
    }
    assert {"page-warning-clock-unproven", "alert-sudden-loss-advice", "unknown-then"} <= with_command["en"]
    assert set(map(frozenset, with_command.values())) == {frozenset(with_command["en"])}


def test_the_suite_sees_a_command_inside_a_variant() -> None:
    (entry,) = FluentParser().parse("a = { $n ->\n    [one] run `tierwatch run`\n   *[other] x\n }\n").body
    assert isinstance(entry, fluent.Message)
    assert entry.value is not None
    assert HINT.search(written(entry.value))


def modules() -> Iterator[Path]:
    for room in ("monitor", "alerts", "exporters"):
        yield from (path for path in (ROOT / room).rglob("*.py") if "simulator" not in path.parts)


def sentences(tree: ast.Module) -> Iterator[str]:
    """The texts of a module that are no docstring and no help of an option."""
    silent = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    silent |= {id(word.value) for node in ast.walk(tree) if isinstance(node, ast.Call)
               for word in node.keywords if word.arg == "help"}  # fmt: skip
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent:
            yield node.value


REMARKS = {"demo_setup.py"}
"""What a written file says of itself."""


def test_no_sentence_in_the_code_spells_a_command_out() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {text.strip()[:80]}"
        for path in modules()
        if path.name not in REMARKS
        for text in sentences(ast.parse(path.read_text(encoding="utf-8")))
        if HINT.search(text)
    ]
    assert found == []


def said_commands() -> Iterator[tuple[str, list[str], bool]]:
    """Where, words and options, and whether it is about something, of every command that the code makes."""
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "says":
                words = [word.value for word in node.args if isinstance(word, ast.Constant)]
                assert len(words) == len(node.args), f"{path.name}:{node.lineno}"
                named = {word.arg: word.value for word in node.keywords}
                options = ast.literal_eval(named["options"]) if "options" in named else ()
                yield f"{path.name}:{node.lineno}", [str(word) for word in (*words, *options)], "about" in named


def test_every_command_that_a_sentence_tells_exists_and_takes_these_words() -> None:
    made = list(said_commands())
    assert len(made) >= 12
    for where, words, about in made:
        command, rest = COMMANDS, list(words)
        while hasattr(command, "commands"):
            command = command.commands[rest.pop(0)]
        told = CommandLine().says(*rest, about="INC42" if about else None)
        with command.make_context(command.name, shlex.split(told)[1:]) as context:
            assert context.params["config"] == Path("tierwatch.yml"), where


@pytest.mark.parametrize("config", ["tierwatch.yml", "of the bank.yml"])
@pytest.mark.parametrize("way", ["module", "script", "path"])
def test_a_hint_can_be_pasted_where_the_program_was_called(way: str, config: str, tmp_path: Path) -> None:
    (tmp_path / config).write_text(CONFIG, encoding="utf-8")
    folder = tmp_path / "bin"
    folder.mkdir()
    console_script(folder)
    path = f"{folder}:{os.environ['PATH']}" if way == "path" else os.environ["PATH"]
    environment = {"PATH": path, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    ways = {"module": (sys.executable, "-m", "monitor.cli"), "script": ("bin/tierwatch",), "path": ("tierwatch",)}
    called = ways[way]

    def run(line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", "-c", line], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
        )

    done = run(shlex.join((*called, "clock", "show", "--config", config)))
    (hint,) = re.findall(r"start `(.*)` first", done.stderr)
    assert hint == shlex.join((*called, "run", "--config", config))
    pasted = run(hint.replace(" run ", " check-config "))
    assert (pasted.returncode, pasted.stderr) == (0, "")
