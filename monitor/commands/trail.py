"""Export the audit trail, who did what and when, and check that an exported file is as it was written."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from monitor.commands.console import ConfigOption, configured, output, print_line, to_read
from monitor.commands.console import instant as an_instant
from monitor.errors import ConfigError
from monitor.report import TrailForm, TrailScope, TrailWriter, checked_trail
from monitor.text import length

app = typer.Typer(help="Export who did what and when; check that an exported file is as it was written.")


@app.callback(invoke_without_command=True)
def trail(context: typer.Context) -> None:
    """Export who did what and when; check that an exported file is as it was written."""
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command()
def export(
    config: ConfigOption = Path("tierwatch.yml"),
    since: Annotated[
        str | None, typer.Option(help="From when: an instant with zone, or how far back (30d). Default: everything.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="Until when, that instant not included; as --since. Default: now.")
    ] = None,
    form: Annotated[TrailForm, typer.Option("--format", help="jsonl or csv.")] = TrailForm.JSONL,
    file: Annotated[Path | None, typer.Option("--output", help="The file to write. Default: standard output.")] = None,
) -> None:
    """Write who acknowledged, silenced, corrected, published, accepted or erased what, and which pages went to whom."""
    from monitor.store import Trail
    from monitor.wallclock import now

    checked, at = configured(config), now()
    begins, ends = (_when(said, option, at) for said, option in ((since, "--since"), (until, "--until")))
    ends = ends or at
    if begins is not None and begins >= ends:
        raise ConfigError("--since is not before --until; exchange or mend them")
    writer = TrailWriter(form, TrailScope(checked.instance, begins, ends, checked.zone))
    with to_read(checked) as database, output(file) as opened:
        target = sys.stdout if opened is None else opened
        for line in writer.lines(Trail(database).entries(begins, ends)):
            target.write(line)
    print_line(f"{writer.entries:,} entries; SHA-256 of the last line: {writer.digest}", file=sys.stderr)


@app.command()
def verify(file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `trail export` wrote.")]) -> None:
    """Check that no line of an exported file was changed, added, left out or moved. Exit code 1 if one was."""
    try:
        with file.open("rb") as lines:
            entries, digest = checked_trail(lines, str(file))
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read ({error.strerror}); check the path and its permissions") from error
    print_line(f"{file}: every line follows from the one before it; {entries:,} entries")
    print_line(f"SHA-256 of the last line: {digest}; compare it with the one that was noted at the export")


def _when(said: str | None, option: str, now: datetime) -> datetime | None:
    """The instant that an option names, as such or as a length before now. Raises ConfigError."""
    if said is None:
        return None
    if said[:1].isdigit() and "-" not in said and ":" not in said:
        try:
            return now - length(said)
        except (ValueError, OverflowError) as error:
            raise ConfigError(f"{option}: {error}") from error
    return an_instant(said, option)
