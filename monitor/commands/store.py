"""Print which database belongs to a configuration and how large it is, and release the configuration from it."""

from __future__ import annotations

from pathlib import Path

import typer

from monitor.commands.console import ConfigOption, configured
from monitor.text import shown

app = typer.Typer(
    help="Print which database belongs to a configuration and how large it is; release the configuration from it."
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
