"""Run a clock for every promise, and page people before one breaks.

Commands print for people, or JSON with --json. A failure is a sentence on standard error and exit code 1; bad usage: 2.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from enum import StrEnum
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from monitor import CORE, __version__
from monitor.commands import completion
from monitor.commands.console import ConfigOption, command_line
from monitor.commands.log_output import FormatOption, LevelOption, LogFormat, LogLevel, log_to_stderr
from monitor.commands.on_demand import CommandsOnDemand
from monitor.errors import TierwatchError
from monitor.machine import gc_paused
from monitor.text import inert, json_line

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.service import Stopping

SWITCH_EVERY = 0.0005
"""Seconds after which a thread that computes lets another go on that waits, instead of Python's 0.005.

A page to a receiver needs the interpreter ten times or so, after each wait for the disk or the network; beside requests
that compute it would wait the whole time for each. Switching oftener costs no processor time that can be measured.
"""

SETTLED = 2.0
"""Seconds after a start for which garbage is not collected yet: what was due meanwhile is told first.

To go through all that a start has made takes a tenth as long as the start.
"""

app = typer.Typer(cls=CommandsOnDemand, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


def main() -> None:
    """Run the command line; a failure of ours that was foreseen is one sentence, never a traceback."""
    if completion.VARIABLE in os.environ:
        completion.prepare()
    elif CORE.differs:
        typer.echo(CORE.sentence, err=True)
    try:
        app()
    except TierwatchError as error:
        typer.echo("\n".join(map(inert, str(error).split("\n"))), err=True)
        sys.exit(1)


def _print_version(asked: bool) -> None:
    if asked:
        print(f"tierwatch {__version__} (core: {CORE.name})")
        raise typer.Exit


@app.callback(help=__doc__)
def tierwatch(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """The options that come before the name of a command."""


@app.command()
def run(
    config: ConfigOption = Path("tierwatch.yml"),
    log_format: FormatOption = LogFormat.TEXT,
    log_level: LevelOption = LogLevel.INFO,
) -> None:
    """Watch the configured sources until stopped."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end_at_once)
    with ExitStack() as starting:
        starting.enter_context(gc_paused())
        log_to_stderr(log_format, log_level)
        asked, stopping = _remember_reloads(), _stopping()
        _run(_loaded(config), stopping, None, starting, asked)


def _remember_reloads() -> list[int]:
    """Let SIGHUP end nothing from now on: who asks for a reload before there is a program asks for one all the same.

    The closing of a terminal is such a signal, too.
    """
    asked: list[int] = []
    signal.signal(signal.SIGHUP, lambda number, _frame: asked.append(number))
    return asked


def _stopping() -> Stopping:
    """Takes signals from now on, in a thread of its own.

    So a signal is taken also when it comes just before the configuration is opened, and the file is a pipe that nobody
    writes or lies on a disk that does not answer: the main thread would look at it once the file is open.
    """
    from monitor.service import Stopping

    return Stopping()


def _end_at_once(_number: int, _frame: FrameType | None) -> None:
    """Nothing runs yet. The first process of a container gets no signal that it has no handler for."""
    raise SystemExit(0)


def _loaded(config: Path) -> Config:
    """The configuration of the running program. Its hints are read in any folder: in a log, in a page."""
    from monitor.config import load

    return load(config, commands=command_line(config, anywhere=True))


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Port of the page, on loopback.")] = 8321,
    speed: Annotated[float, typer.Option(help="How much faster than life; budgets shrink alike.")] = 60,
    duration: Annotated[
        float, typer.Option(help="Stop after so many seconds; 0: run until stopped, an hour at most.")
    ] = 0,
    folder: Annotated[Path, typer.Option(help="Where the demo's configuration and database are put.")] = Path(".demo"),
    log_format: FormatOption = LogFormat.TEXT,
    log_level: LevelOption = LogLevel.INFO,
) -> None:
    """Watch a simulated operator: 300 customers, 2,000 circuits, faults that open, wait, are restored and come back."""
    from monitor.commands import demo_setup as demonstration

    demonstration.check_speed(speed)
    log_to_stderr(log_format, log_level)
    longest = duration or 3600.0
    with demonstration.operator(speed, longest + 60) as simulator:
        path = demonstration.write_config(folder, port, speed, simulator)
        explain = command_line(path).says("explain", about="TICKET")
        with ExitStack() as starting:
            starting.enter_context(gc_paused())
            stopping = _stopping()
            _run(_loaded(path), stopping, longest, starting, hints=partial(demonstration.hints, explain))


def _run(
    config: Config,
    stopping: Stopping,
    seconds: float | None,
    starting: ExitStack,
    asked: Sequence[int] | None = None,
    hints: Callable[[str], Sequence[str]] = lambda _address: (),
) -> None:
    """Run until stopped, or for so many *seconds*; *asked* are the reloads that were asked for until now,
    *hints* the lines to show once its address is known.

    What *starting* holds is left when the start is over.

    Where that is None nothing is read again: the end of its terminal is that of the program, as of a demo.
    """
    from monitor.errors import TierwatchError
    from monitor.net import descriptors
    from monitor.service import Program, Systemd

    descriptors.raise_limit()
    sys.setswitchinterval(SWITCH_EVERY)
    systemd = Systemd()
    if asked is None:
        signal.signal(signal.SIGHUP, lambda _number, _frame: signal.raise_signal(signal.SIGTERM))
    try:
        systemd.starting()
        program = Program(config)
    except SystemExit:  # a signal, while the database was opened or brought to the present schema
        stopping.leave()
        raise

    def stop() -> None:
        systemd.stopping()
        program.ask_to_stop()

    stopping.of(stop)
    if asked is not None:
        signal.signal(signal.SIGHUP, lambda _number, _frame: program.ask_to_reload())
    try:
        if asked:
            program.ask_to_reload()
        program.start()
        if stopping.course is None:  # else it stops already
            systemd.ready(program.address, lambda: program.rounds)
        _say(f"tierwatch is at {program.address}  (metrics: {program.address}/metrics)")
        for line in hints(program.address):
            _say(line)
        program.wait(SETTLED if seconds is None else min(SETTLED, seconds))
        starting.close()
        program.wait(None if seconds is None else seconds - SETTLED)
        if program.failed:
            stopping.failed(TierwatchError("the parts of a configuration could not begin"))
    except BaseException as error:
        stopping.failed(error)
        raise
    finally:
        program.stop(stopping.begin())
    stopping.leave()  # the interpreter would wait for threads that are left, and take seconds to clear its memory


def _say(line: str) -> None:
    """Print a line of the running program; a reader or a terminal that is gone must not end it."""
    try:
        print(line, flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left is written there at the end


class Schema(StrEnum):
    """Which file's schema is asked for."""

    POLICY = "policy"
    CONFIG = "config"


@app.command()
def schema(kind: Annotated[Schema, typer.Argument(help="Which file is to be checked.")] = Schema.POLICY) -> None:
    """Print the JSON Schema of a policy or a configuration, so that an editor completes and checks it."""
    from monitor.config import policy_file
    from monitor.config import schema as config_text

    found = policy_file.json_schema() if kind is Schema.POLICY else config_text.json_schema()
    print(json_line(found, indent=2))


if __name__ == "__main__":
    main()
