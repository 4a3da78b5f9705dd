"""Print which database belongs to a configuration, and release the configuration from it."""

from __future__ import annotations

from pathlib import Path

import typer

from monitor.commands.console import ConfigOption, configured

app = typer.Typer(help="Print which database belongs to a configuration, and release the configuration from it.")


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
