"""Look after the database of a configuration: name, size, backups, soundness, and what to erase."""

from __future__ import annotations

from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.commands.a_reader import ZoneOption, a_zone
from monitor.commands.console import ConfigOption, JsonOption, configured, print_line, progress, to_read
from monitor.errors import ConfigError
from monitor.explain import text
from monitor.text import json_line, length, shown, shown_time

if TYPE_CHECKING:
    from monitor.store import Copy, Restored

app = typer.Typer(
    help="Look after the database of a configuration: back it up, check, restore, erase; print its name and size."
)


@app.command()
def show(config: ConfigOption = Path("tierwatch.yml")) -> None:
    """Print the database of the configuration, and the one with which it has run."""
    from monitor.store import file_of, marker

    path = file_of(configured(config).database)
    if path is None:
        print("the database is no file of its own; no marker is kept")
        return
    known = marker.read(config, path)
    print_line(f"configured: {path}{'' if path.exists() else ', which does not exist'}")
    print_line("has run with: none yet" if known is None else f"has run with: {known.database} (id {known.id})")


@app.command()
def size(config: ConfigOption = Path("tierwatch.yml")) -> None:
    """Print the rows and the size of each kind, and how many rows `keep` would delete now. Reads the whole database."""
    from monitor.service import Retention
    from monitor.store import in_bytes, sizes
    from monitor.wallclock import now

    checked = configured(config)
    keep, path = checked.keep, Path(checked.database.removeprefix("sqlite:///"))
    with to_read(checked) as database:
        found = sizes(database)
        sources = [source.name for source in checked.sources]
        freed = Retention(keep, checked.rules, checked.zone, sources, database).would_free(now())
    print_line(f"{path}: {in_bytes(path.stat().st_size)}")
    for one in found:
        line = f"{one.kind:<14} {one.rows:>12,} rows"
        if one.size is not None:
            line += f" {in_bytes(one.size):>10}"
        length = getattr(keep, one.kind, None)
        if one.kind in freed or length is not None:
            kept = f"kept {shown(length)}" if length is not None else "kept as long as events"
            line += f"   {kept}, {freed.get(one.kind, 0):,} rows would go now"
        print_line(line)
    if not keep.anything:
        print("nothing is ever deleted; write `keep` into the configuration to change that")


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The file to make, in a folder that exists.")],
    config: ConfigOption = Path("tierwatch.yml"),
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an older backup of that name.")] = False,
    zone: ZoneOption = None,
    as_json: JsonOption = False,
) -> None:
    """Copy the database to a file, beside the running program too, check the copy, and then give it its name."""
    from monitor.store import back_up, file_of, in_bytes

    checked = configured(config)
    path, there = file_of(checked.database), a_zone(zone, checked.zone)
    assert path is not None
    began = monotonic()
    with progress() as show:
        made = back_up(path, file, overwrite, show)
    took = round(monotonic() - began, 1)
    if as_json:
        print(json_line(_plain(made) | {"seconds": took}))
        return
    print_line(f"{file}: {in_bytes(made.size)}, copied and checked in {took} s; {_about(made, there)}")


@app.command()
def check(
    file: Annotated[
        Path | None, typer.Argument(help="A backup. Default: the database of the configuration, while it is used too.")
    ] = None,
    config: ConfigOption = Path("tierwatch.yml"),
    at_most: Annotated[str, typer.Option(help="How long it may take: 10m, 2h.")] = "10m",
    zone: ZoneOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check a database: its pages, its schema, what must hold between its rows. Exit code 1 if something is wrong."""
    from monitor.store import check as checked_of
    from monitor.store import file_of, in_bytes, marker

    try:
        longest = length(at_most).total_seconds()
    except ValueError as error:
        raise ConfigError(f"--at-most: {error}") from error
    checked = configured(config) if file is None else None
    there = a_zone(zone, "UTC" if checked is None else checked.zone)
    path = file if checked is None else file_of(checked.database)
    assert path is not None
    known = None if checked is None else marker.read(config, path)
    began = monotonic()
    with progress() as show:
        found = checked_of(
            path, show, lambda: monotonic() - began > longest, running=checked is not None,
            id_=None if known is None else known.id,
        )  # fmt: skip
    took = round(monotonic() - began, 1)
    if as_json:
        faults = [{"what": one.what, "rows": one.rows, "sentence": one.sentence} for one in found.faults]
        said = {"answered": found.asked, "of": found.of, "seconds": took, "faults": faults}
        print(json_line(_plain(found.copy) | said))
    else:
        for one in found.faults:
            print_line(f"{path}: {one.sentence}")
        if not found.faults:
            print_line(
                f"{path}: sound; {in_bytes(found.copy.size)}, {found.of} questions in {took} s;"
                f" {_about(found.copy, there)}"
            )
    if found.faults:
        raise typer.Exit(1)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="The backup.")],
    config: ConfigOption = Path("tierwatch.yml"),
    another: Annotated[
        bool, typer.Option("--another", help="Take a backup of another database than the one of the configuration.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the backup and say what would be done.")] = False,
    zone: ZoneOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check a backup and put it in the place of the database, which is moved aside. The program must be stopped."""
    from monitor.store import file_of
    from monitor.store import restore as put_back
    from monitor.wallclock import now

    checked = configured(config)
    there = a_zone(zone, checked.zone)
    with progress() as show:
        done = put_back(config, checked.database, file, now(), show, another=another, dry_run=dry_run)
    path, would = file_of(checked.database), "would be " if dry_run else ""
    if as_json:
        aside = None if done.aside is None else str(done.aside)
        print(json_line(_plain(done.copy) | {"database": str(path), "aside": aside, "done": not dry_run}))
        return
    print_line(f"{path}: {would}restored from {file}; {_about(done.copy, there)}")
    if done.aside is not None:
        print_line(
            f"the database that was there {'would be' if dry_run else 'is'} {done.aside}; delete it when all is well"
        )
    for line in _next_start(done, there):
        print_line(line)
    if not dry_run:
        print_line(f"start the program: `{checked.commands.says('run')}`, or the service")


def _next_start(done: Restored, zone: str) -> list[str]:
    """What the program does at the next start because of a restored backup."""
    lines = ["the next start reads the sources on from where they stood in the backup, and sends some pages again"]
    if done.seen is not None and done.copy.last_event is not None and done.seen > done.copy.last_event:
        lines.append(
            "acknowledgements, silences and corrections since the backup are lost; the program had written until"
            f" {shown_time(done.seen, zone)}"
        )
    if done.copy.older:
        lines.append(f"the next start first brings the database from schema {done.copy.revision} to the present one")
    return lines


def _about(copy: Copy, zone: str) -> str:
    last = "no event yet" if copy.last_event is None else f"last event received {shown_time(copy.last_event, zone)}"
    return f"{last}; id {copy.id or 'none yet'}, schema {copy.revision}"


def _plain(copy: Copy) -> dict[str, Any]:
    last = None if copy.last_event is None else text(copy.last_event)
    return {"file": str(copy.path), "bytes": copy.size, "id": copy.id, "schema": copy.revision, "last_event": last}


@app.command()
def erase(
    reason: Annotated[str, typer.Option(help="Why, without the name: a number of the request. It is stored.")],
    config: ConfigOption = Path("tierwatch.yml"),
    name: Annotated[
        list[str] | None, typer.Option(help="A name of a person, repeatable for other spellings of it.")
    ] = None,
    subject: Annotated[
        list[str] | None, typer.Option(help="A ticket or circuit, or SOURCE/ID, of which the texts go; repeatable.")
    ] = None,
    author: Annotated[str | None, typer.Option(help="Who does it. Default: the user of this machine.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Erase it. Without this it is only shown.")] = False,
) -> None:
    """Erase a person's name wherever it stands, or the texts of a ticket. Clocks, times and counts stay as they are."""
    from monitor.commands._correcting import said_of
    from monitor.commands._erasing import erase_names, erase_subjects
    from monitor.wallclock import now

    if bool(name) == bool(subject):
        given = "both are given" if name else "neither is given"
        raise ConfigError(f"--name or --subject says what is erased, and {given}; write one of them")
    checked, said = configured(config), said_of(author, reason)
    done = (
        erase_names(checked, name, said, now(), yes)
        if name
        else erase_subjects(checked, subject or (), said, now(), yes)
    )
    if not yes:
        print("nothing was written; add --yes")
    elif not done:
        raise typer.Exit(1)


@app.command("begin-anew")
def begin_anew(config: ConfigOption = Path("tierwatch.yml")) -> None:
    """Forget with which database the configuration has run. The next start uses the one it finds, or makes one."""
    from monitor.store import file_of, marker

    checked = configured(config)
    path = file_of(checked.database)
    removed = () if path is None else marker.remove(config, path)
    if not removed:
        print("nothing to forget: this configuration has run with no database yet")
        return
    what = f"takes {path} as it is" if path is not None and path.exists() else f"makes {path} anew"
    print_line(f"forgotten; the next `{checked.commands.says('run')}` {what}")
