"""A command imports what it needs, and nothing of the running program's: it starts the sooner."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from monitor import cli, commands
from monitor.store.database import Database
from tests.support.command_line import CONFIG

PROGRAM = ("monitor.service", "exporters.web", "uvicorn", "starlette", "apscheduler", "monitor.simulator")
STORE = ("monitor.store", "sqlalchemy", "alembic")
TERMINAL = ("structlog", "rich", "pygments", "markdown_it")
CALENDARS = ("holidays", "icalendar", "recurring_ical_events", "chinese_calendar")
METRICS = ("prometheus_client",)

NEEDLESS = {
    "check-config": (*PROGRAM, *STORE, *TERMINAL, *CALENDARS[:3], *METRICS),
    "schema": (*PROGRAM, *STORE, *TERMINAL, *CALENDARS, *METRICS),
    "explain": (*PROGRAM, "alembic", *TERMINAL, *CALENDARS[:3], *METRICS),
    "alerts list": (*PROGRAM, "alembic", *TERMINAL, *CALENDARS[:3], *METRICS),
    "silence list": (*PROGRAM, "alembic", *TERMINAL, *CALENDARS[:3], *METRICS),
    "--help": (*PROGRAM, *STORE, "structlog", *CALENDARS, *METRICS),
}
"""What each command must not import, be it that nobody asked for it or that another command needs it."""

WORDS = {"explain": ("NOBODY",)}

LISTING = """
import os, sys
from monitor import cli
try:
    cli.main()
finally:
    print(*sys.modules, sep="\\n", file=open(os.environ["LISTED"], "w"))
"""


@pytest.mark.parametrize("name", NEEDLESS)
def test_a_command_does_not_import_what_only_others_need(name: str, tmp_path: Path) -> None:
    config = tmp_path / "tierwatch.yml"
    config.write_text(CONFIG, encoding="utf-8")
    Database(f"sqlite:///{tmp_path / 'tierwatch.db'}").close()
    words = [*name.split(), *WORDS.get(name, ())]
    if name not in ("--help", "schema"):
        words += ["--config", str(config)]
    listed = tmp_path / "modules.txt"
    done = subprocess.run(
        [sys.executable, "-c", LISTING, *words], env={"PATH": os.environ["PATH"], "LISTED": str(listed)},
        cwd=Path(cli.__file__).parents[1], capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    imported = set(listed.read_text(encoding="utf-8").split())
    assert "monitor.cli" in imported
    assert [each for each in NEEDLESS[name] if each in imported] == []


def test_the_commands_are_the_modules_of_the_room_and_those_of_the_command_line() -> None:
    """A file that somebody adds to the room is a command, or is used by one; it is not forgotten."""
    made: Any = typer.main.get_command(cli.app)
    shared = {
        "__init__",
        "_correcting",
        "_erasing",
        "a_drill",
        "a_forecast",
        "a_log",
        "a_reader",
        "console",
        "demo_setup",
        "in_parallel",
        "log_output",
        "on_demand",
    }
    files = {path.stem for path in Path(commands.__file__).parent.glob("*.py")} - shared
    assert {name.replace("-", "_") for name in made.commands} == files | {"run", "demo", "schema"}


def test_a_command_has_its_name_and_its_help() -> None:
    made: Any = typer.main.get_command(cli.app)
    assert [name for name, command in made.commands.items() if command.name != name or not command.help] == []
    assert set(made.commands["silence"].commands) >= {"add", "list", "end"}
    assert "explain" in made.commands
    assert "frobnicate" not in made.commands
