"""Print whether the running program trusts this machine's clock, and accept the time after a jump."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from monitor.commands.a_reader import ZoneOption, reader
from monitor.commands.console import ConfigOption, beside_program, configured, print_line, to_read
from monitor.errors import ConfigError
from monitor.text import shown

app = typer.Typer(help="Print whether this machine's clock is trusted, and accept the time after a jump.")

_TRUST = {
    "proven": "this machine's clock is trusted",
    "resumed": "this machine has slept; its sources are read first, then its clock is gone by",
    "held": "this machine's clock jumped {how}; what only the new time asks for is held until somebody bears it out",
    "unproven": "this machine's clock jumped {how} and nobody has borne that out; pages go out and say so",
    "contradicted": "this machine's clock jumped {how}; most peers state another time, which is gone by",
}


@app.command()
def show(config: ConfigOption = Path("tierwatch.yml")) -> None:
    """Print whether the clock is trusted; if not, by how much it jumped."""
    from monitor.store import Machine

    checked = configured(config)
    with to_read(checked) as database:
        row = Machine(database).shown()
    if not row:
        raise ConfigError(f"no program has run with this database yet; start `{checked.commands.says('run')}`")
    print_line(_sentence(row["trust"], row["size"]))


@app.command()
def accept(
    config: ConfigOption = Path("tierwatch.yml"),
    author: Annotated[str | None, typer.Option(help="Who accepts it. Default: the user of this machine.")] = None,
    zone: ZoneOption = None,
) -> None:
    """Accept the time that this machine shows after a jump. Compare it with another clock first."""
    from monitor.store import Machine, operator
    from monitor.wallclock import now

    checked = configured(config)
    reads = reader(checked, zone)
    if author is not None and not author.strip():
        raise ConfigError("--author is empty; write a name, or leave it out")
    with beside_program(checked) as database:
        store = Machine(database)
        row = store.shown()
        if row.get("held_since") is None:
            print("nothing to accept: this machine's clock is trusted")
            return
        who = operator() if author is None else author.strip()
        store.accept(row["jump"], who, now())
    how = _how(row["size"])
    print_line(f"accepted by {who}: the clock jumped {how}, and {reads.time(now())} is right")


def _sentence(trust: str, size: float) -> str:
    return _TRUST[trust].format(how=_how(size))


def _how(size: float) -> str:
    length = shown(timedelta(seconds=round(abs(size))))
    return f"forward by {length}" if size > 0 else f"back by {length}"
