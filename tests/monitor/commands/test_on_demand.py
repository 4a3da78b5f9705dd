"""A command imports what it needs, and nothing of the running program's: it starts the sooner."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
import typer

from monitor import cli, commands
from monitor.commands import on_demand
from monitor.store.database import Database
from tests.support.command_line import CONFIG

PROGRAM = ("monitor.service", "exporters.web", "uvicorn", "starlette", "apscheduler", "monitor.simulator")
STORE = ("monitor.store", "sqlalchemy", "alembic")
TERMINAL = ("structlog", "rich", "pygments", "markdown_it")
CALENDARS = ("holidays", "icalendar", "recurring_ical_events", "chinese_calendar")
METRICS = ("prometheus_client",)
HTTP = ("requests", "urllib3")

NEEDLESS = {
    "check-config": (*PROGRAM, *STORE, *TERMINAL, *CALENDARS[:3], *METRICS, *HTTP),
    "schema": (*PROGRAM, *STORE, *TERMINAL, *CALENDARS, *METRICS, *HTTP),
    "explain": (*PROGRAM, "alembic", *TERMINAL, *CALENDARS[:3], *METRICS, *HTTP),
    "alerts list": (*PROGRAM, "alembic", *TERMINAL, *CALENDARS[:3], *METRICS, *HTTP),
    "silence list": (*PROGRAM, "alembic", *TERMINAL, *CALENDARS[:3], *METRICS, *HTTP),
    "--help": (*PROGRAM, *STORE, "structlog", *CALENDARS, *METRICS, *HTTP),
}
"""What each command must not import, be it that nobody asked for it or that another command needs it."""

RUNS_WITH = frozenset({
    "alerts", "annotated_doc", "annotated_types", "anyio", "apscheduler", "click",
    "exporters", "fluent", "h11", "idna", "jinja2", "markupsafe", "monitor", "prometheus_client", "pydantic",
    "pydantic_core", "python_multipart", "shellingham", "sqlalchemy", "starlette", "structlog", "typer",
    "typing_extensions",
    "typing_inspection", "tzlocal", "uvicorn", "yaml",
})  # fmt: skip
"""The packages that the running program imports until its page is served: it watches one file, and logs its pages.

`python_multipart` is imported by starlette where another package has brought it, as the extra `assistants` does.
"""

WHERE_IT_IS = frozenset({"greenlet"})
"""What SQLAlchemy imports where it is installed: not with the program, but Playwright brings it to the tests."""

NOT_TO_RUN = ("fluent.runtime", "sqlalchemy.dialects.postgresql", "monitor.store.upgrading", "monitor.simulator")
"""Modules of these, and of the program, that it needs at times only."""

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
    words = [*name.split(), *WORDS.get(name, ())]
    if name not in ("--help", "schema"):
        words += ["--config", str(config)]
    imported, _ = _imported_by(words, tmp_path)
    assert [each for each in NEEDLESS[name] if each in imported] == []


def test_the_running_program_imports_what_its_configuration_needs(tmp_path: Path) -> None:
    """Its page cannot begin, for the port is in use: by then everything has been imported."""
    config = tmp_path / "tierwatch.yml"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        config.write_text(f"{CONFIG}listen: 127.0.0.1:{port}\n", encoding="utf-8")
        imported, said = _imported_by(["run", "--config", str(config)], tmp_path)
    assert str(port) in said
    distributed = {name for name in packages_distributions() if not name.startswith("_")}
    assert imported & distributed <= RUNS_WITH | WHERE_IT_IS
    assert {"monitor.service", "uvicorn"} <= imported
    assert [each for each in NOT_TO_RUN if each in imported] == []


def _imported_by(words: Sequence[str], folder: Path) -> tuple[set[str], str]:
    """The modules that a command has imported at its end, and what it said on standard error."""
    Database(f"sqlite:///{folder / 'tierwatch.db'}").close()
    listed = folder / "modules.txt"
    done = subprocess.run(
        [sys.executable, "-c", LISTING, *words], env={"PATH": os.environ["PATH"], "LISTED": str(listed)},
        cwd=Path(cli.__file__).parents[1], capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    imported = set(listed.read_text(encoding="utf-8").split())
    assert "monitor.cli" in imported
    return imported, done.stderr


def test_the_commands_are_the_modules_of_the_room_and_those_of_the_command_line() -> None:
    """A file that somebody adds to the room is a command, or is used by one; it is not forgotten."""
    made: Any = typer.main.get_command(cli.app)
    shared = {
        "__init__",
        "_access",
        "_correcting",
        "_erasing",
        "_grafana_api",
        "_grafana_files",
        "a_circuit_account",
        "a_drill",
        "a_forecast",
        "a_log",
        "a_measurement",
        "a_reader",
        "an_answer",
        "assistant_tools",
        "console",
        "demo_setup",
        "in_parallel",
        "log_output",
        "on_demand",
    }
    files = {path.stem for path in Path(commands.__file__).parent.glob("*.py")} - shared
    named = {on_demand.module_of(name) for name in made.commands}
    assert named == files | {"run", "demo", "schema"}


def test_a_command_has_its_name_and_its_help() -> None:
    made: Any = typer.main.get_command(cli.app)
    assert [name for name, command in made.commands.items() if command.name != name or not command.help] == []
    assert set(made.commands["silence"].commands) >= {"add", "list", "end"}
    assert "explain" in made.commands
    assert "frobnicate" not in made.commands
