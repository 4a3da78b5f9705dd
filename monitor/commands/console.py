"""Share what commands have in common: options, instants, files to write, a progress bar."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from shutil import which
from textwrap import indent
from time import monotonic
from typing import IO, TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from monitor.errors import ConfigError
from monitor.text import CommandLine, inert, no_day, no_instant

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.net import Secrets
    from monitor.policy import Policy
    from monitor.report import Progress
    from monitor.store import Database

ConfigOption = Annotated[
    Path, typer.Option("--config", "-c", envvar="TIERWATCH_CONFIG", help="The configuration file.")
]
LanguageOption = Annotated[
    str | None, typer.Option("--language", help="en, zh or both. Default: the configuration's `language`.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def configured(path: Path, secrets: Secrets | None = None) -> Config:
    """The configuration of a command, by default of one that sends nothing and reads no secret. Raises ConfigError."""
    from monitor.config import load
    from monitor.net import Secrets

    return load(path, secrets or Secrets.UNREAD, command_line(path))


def print_line(line: str, *, flush: bool = False, file: IO[str] | None = None) -> None:
    """Print a line for people: one line, and nothing of it acts on a terminal, whoever wrote the texts in it."""
    print(inert(line), flush=flush, file=file)


@contextmanager
def to_read(config: Path | Config) -> Iterator[Database]:
    """The database of a configuration, for looking only, in one state. Raises ConfigError or StoreError."""
    from monitor.store import readonly

    checked = configured(config) if isinstance(config, Path) else config
    with closing(readonly(checked.database, checked.commands)) as database:
        yield database


@contextmanager
def beside_program(config: Path | Config) -> Iterator[Database]:
    """The same for short writes, beside a running program. Raises ConfigError or StoreError."""
    from monitor.store import beside

    checked = configured(config) if isinstance(config, Path) else config
    with closing(beside(checked.database, checked.commands)) as database:
        yield database


def command_line(config: Path, *, anywhere: bool = False) -> CommandLine:
    """How this program was called, with that configuration; *anywhere* is for readers who stand in another folder."""
    path = config.absolute() if anywhere else config
    return CommandLine(_program(anywhere), str(path))


def _program(anywhere: bool) -> tuple[str, ...]:
    python = sys.executable if anywhere else sys.orig_argv[0]
    module = getattr(sys.modules["__main__"], "__spec__", None)
    if module is not None and module.name == "monitor.cli":  # python -m monitor.cli
        return python, "-m", module.name
    called = Path(sys.argv[0])
    found = which(called.name)
    if not anywhere and found is not None and called.exists() and Path(found).samefile(called):
        return (called.name,)  # the shell found it by its name
    if anywhere and called.exists():
        called = called.absolute()
    return (python, str(called)) if called.suffix == ".py" else (str(called),)


def language(given: str | None, otherwise: str) -> str:
    """The language that was asked for with `--language`. Raises ConfigError where there is no such language."""
    from monitor.messages import language as known

    try:
        return otherwise if given is None else known(given)
    except ValueError as error:
        raise ConfigError(f"--language: {error}") from error


def instant(text: str, option: str = "--at") -> datetime:
    """An aware instant in UTC from what was written for *option*. Raises ConfigError."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"{option} {text!r} {no_instant(text, 'an instant', '2026-11-21T12:00:00+08:00')}") from error
    if found.tzinfo is None:
        raise ConfigError(f"{option} {text!r} has no zone; write {text}+08:00 or {text}Z")
    return found.astimezone(UTC)


def day_or_instant(text: str, zone: str, option: str = "--since") -> datetime:
    """The beginning of a day in the zone, or an aware instant, in UTC. Raises ConfigError."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text) and not no_day(text):
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return instant(text, option)


def output(path: Path | None) -> Any:
    """A file to write, or None where no path was given. Raises ConfigError when it cannot be written."""
    return nullcontext(None) if path is None else _opened(path)


@contextmanager
def _opened(path: Path) -> Iterator[IO[str]]:
    try:
        with path.open("w", encoding="utf-8") as file:
            yield file
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be written ({error.strerror}); check the folder and its permissions"
        ) from error


_BETWEEN = 0.1  # seconds, from one drawing of the progress bar to the next


@contextmanager
def progress() -> Iterator[Progress]:
    """A progress bar on standard error, gone when the work is done."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    # without a thread that draws it: a process with threads cannot be forked safely
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal, auto_refresh=False) as bar:
        tasks: dict[str, Any] = {}
        drawn_at = 0.0

        def show(what: str, done: int, total: int | None) -> None:
            nonlocal drawn_at
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            at = monotonic()
            if done == total or at - drawn_at >= _BETWEEN:
                drawn_at = at
                bar.update(tasks[what], completed=done, refresh=True)

        yield show


def say_what_calendars_lack(policies: Iterable[Policy]) -> None:
    """Name on standard error the entries of lists that no calendar could use."""
    from monitor.worktime import entries_left_out

    said = (line for policy in policies for line in entries_left_out(policy.calendars.values()))
    for line in dict.fromkeys(said):
        typer.echo(line, err=True)


_MOST_WORDS = 20


def print_words(words: Sequence[Mapping[str, Any]], by: str = "", *, err: bool = False) -> None:
    """Print which words of a log were not understood, how often each came, an example, and the mapping to write."""
    if not words:
        return
    from monitor.clock import quoted, sentence
    from monitor.messages import DEFAULT, text

    typer.echo(f"not understood{by}: {len(words)} word{'' if len(words) == 1 else 's'}", err=err)
    for one in words[:_MOST_WORDS]:
        said = text(sentence(one["what"], one["word"]), DEFAULT)
        times = f"{one['times']:,} time{'' if one['times'] == 1 else 's'}"
        event, subject = (quoted(one[name])[1:-1] for name in ("event", "subject"))
        typer.echo(f"  {said}: {times}, first in event {event} of {subject}", err=err)
        if one["mapping"]:
            typer.echo(indent(one["mapping"], "      "), err=err)
    if len(words) > _MOST_WORDS:
        typer.echo(f"  and {len(words) - _MOST_WORDS:,} more; --json, or --format json, lists them all", err=err)
