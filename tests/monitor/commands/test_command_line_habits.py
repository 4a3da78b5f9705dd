"""What people expect of any program: its version, help in the order of use, completion, a log for programs."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer

from monitor import CORE, __version__, cli
from monitor.commands.completion import VARIABLE, Shell
from tests.support.command_line import Command, console_script, in_process
from tests.support.program import command

ROOT = Path(cli.__file__).parents[1]


@pytest.fixture
def tierwatch(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("COLUMNS", "200")
    return in_process(capsys, monkeypatch)


def test_the_version_is_printed(tierwatch: Command) -> None:
    assert tierwatch("--version") == (0, f"tierwatch {__version__} (core: {CORE.name})\n", "")


def test_the_help_lists_the_commands_in_the_order_of_use(tierwatch: Command) -> None:
    out = tierwatch("--help").out
    made: Any = typer.main.get_command(cli.app)
    found = [line.split()[1] for line in out.partition("Commands")[2].splitlines() if line.startswith("│ ")]
    assert [name for name in found if name in made.commands] == list(made.commands)
    assert list(made.commands)[:5] == ["run", "check-config", "explain", "would-tell", "unknown"]


def asked(environment: dict[str, str]) -> str:
    """What the program answers to a shell."""
    done = command(env={"PATH": os.environ["PATH"], **environment})
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize(
    ("line", "expected", "other"),
    [
        ("tierwatch ex", "explain", "run"),
        ("tierwatch run --log-format ", "json", "info"),
        ("tierwatch silence e", "end", "add"),
    ],
)
def test_a_shell_is_told_what_may_come_next(line: str, expected: str, other: str) -> None:
    words = line.split(" ")
    typed = {"_TYPER_COMPLETE_ARGS": line}
    answers = [
        asked({VARIABLE: "complete_bash", "COMP_WORDS": "\n".join(words), "COMP_CWORD": str(len(words) - 1)}),
        asked({VARIABLE: "complete_zsh", **typed}),
        asked({VARIABLE: "complete_fish", "_TYPER_COMPLETE_FISH_ACTION": "get-args", **typed}),
    ]
    first = [re.findall(r"[a-z-]+", answer) for answer in answers]
    assert [expected in found for found in first] == [True, True, True]
    assert [other in found for found in first] == [False, False, False]


@pytest.mark.parametrize("shell", Shell)
def test_the_script_of_a_shell_asks_by_the_variable_that_is_answered(shell: Shell, tierwatch: Command) -> None:
    said = tierwatch("completion", shell.value)
    assert said.code == 0
    assert f"{VARIABLE}=complete_{shell.value}" in said.out


def test_bash_completes_with_the_script(tmp_path: Path, tierwatch: Command) -> None:
    bash = shutil.which("bash")
    assert bash is not None
    console_script(tmp_path)
    script = tierwatch("completion", "bash").out
    ask = 'COMP_WORDS=(tierwatch sil); COMP_CWORD=1; _tierwatch_completion tierwatch; echo "${COMPREPLY[@]}"'
    done = subprocess.run(
        [bash, "-c", f"{script}\n{ask}"], capture_output=True, text=True, check=True,
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.stdout == "silence\n"


def logged(form: str, level: str) -> list[str]:
    done = command(form, level, module="tests.support.logging_sample")
    assert (done.returncode, done.stdout) == (0, "")
    assert "hidden" not in done.stderr.replace('secret = "hidden"', "")
    return done.stderr.splitlines()


def test_each_line_of_the_log_is_a_json_object_whoever_wrote_it() -> None:
    lines = [json.loads(line) for line in logged("json", "info")]
    assert [(line["event"], line["level"]) for line in lines] == [
        ("poll_done", "info"), ("poll_failed", "warning"), ("it broke", "warning"), ("defect", "error"),
        ("defect", "error"),
    ]  # fmt: skip
    assert (lines[0]["source"], lines[0]["number"]) == ("desk", 3)
    assert lines[0]["customer"].startswith("北京")
    assert lines[0]["customer"].isprintable()
    assert all(line["timestamp"].endswith("Z") for line in lines)
    for line in lines[3:]:
        assert "ValueError: no" in line["exception"]
        assert "\x1b" not in line["exception"]
    assert lines[2]["logger"] == lines[4]["logger"] == "somebody"


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_level_is_the_least_that_is_written(form: str) -> None:
    events = ("poll_done", "poll_failed", "it broke", "defect")
    found = {level: [event for event in events if event in "\n".join(logged(form, level))]
             for level in ("info", "warning", "error")}  # fmt: skip
    assert found == {"info": list(events), "warning": list(events[1:]), "error": ["defect"]}
