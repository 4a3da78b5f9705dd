"""Print which database belongs to a configuration and how large it is, erase from it, and release it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor.commands.console import ConfigOption, configured
from monitor.errors import ConfigError
from monitor.text import shown

app = typer.Typer(
    help="Print which database belongs to a configuration and how large it is; erase a name or texts from it."
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
    print(f"configured: {path}{'' if path.exists() else ', which does not exist'}")
    print("has run with: none yet" if known is None else f"has run with: {known.database} (id {known.id})")


@app.command()
def size(config: ConfigOption = Path("tierwatch.yml")) -> None:
    """Print the rows and the size of each kind, and how many rows `keep` would delete now. Reads the whole database."""
    from monitor.service import Retention
    from monitor.store import readonly, sizes
    from monitor.wallclock import now

    checked = configured(config)
    keep, path = checked.keep, Path(checked.database.removeprefix("sqlite:///"))
    database = readonly(checked.database, checked.commands)
    try:
        found = sizes(database)
        sources = [source.name for source in checked.sources]
        freed = Retention(keep, checked.rules, checked.zone, sources, database).would_free(now())
    finally:
        database.close()
    print(f"{path}: {_bytes(path.stat().st_size)}")
    for one in found:
        line = f"{one.kind:<14} {one.rows:>12,} rows"
        if one.size is not None:
            line += f" {_bytes(one.size):>10}"
        length = getattr(keep, one.kind, None)
        if one.kind in freed or length is not None:
            kept = f"kept {shown(length)}" if length is not None else "kept as long as events"
            line += f"   {kept}, {freed.get(one.kind, 0):,} rows would go now"
        print(line)
    if not keep.anything:
        print("nothing is ever deleted; write `keep` into the configuration to change that")


def _bytes(number: int) -> str:
    size = float(number)
    for unit in ("B", "KB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.2f} GB"


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
    print(f"forgotten; the next `{checked.commands.says('run')}` {what}")
