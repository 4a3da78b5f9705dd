"""Add, list and end silences, beside a running program."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alerts.decide import silences
from alerts.wording import plain
from monitor import config as configuration
from monitor.alert import Alert, SilenceRow
from monitor.commands.a_reader import Reader, ZoneOption, reader
from monitor.commands.console import ConfigOption, JsonOption, beside_program, configured, print_line, to_read
from monitor.commands.console import instant as an_instant
from monitor.errors import ConfigError
from monitor.explain import text
from monitor.policy import BREACHED_STAGE
from monitor.text import json_line, length

if TYPE_CHECKING:
    from monitor.deeds import Fitting

app = typer.Typer(help="Withhold pages for a while: silences and maintenance windows.")

_NAMED = 10


@app.callback(invoke_without_command=True)
def silence(context: typer.Context) -> None:
    """Withhold pages for a while: silences and maintenance windows."""
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command()
def add(
    reason: Annotated[str, typer.Option(help="Why. The reason is stored and shown.")],
    match: Annotated[
        list[str] | None,
        typer.Option(help='A matcher, repeatable; an alert must fit all: tier=gold, customer=~"Bank .*".'),
    ] = None,
    until: Annotated[str | None, typer.Option(help="When it ends (ISO 8601 with zone).")] = None,
    lasting: Annotated[str | None, typer.Option("--for", help="Its length: 2h, 90m, 1d12h.")] = None,
    since: Annotated[str | None, typer.Option("--from", help="When it begins. Default: now.")] = None,
    author: Annotated[str | None, typer.Option(help="Who adds it. Default: the user of this machine.")] = None,
    maintenance: Annotated[bool, typer.Option("--maintenance", help="Mark it as a window of planned work.")] = False,
    zone: ZoneOption = None,
    config: ConfigOption = Path("tierwatch.yml"),
) -> None:
    """Withhold the pages of alerts that fit every --match. Clocks go on, and every alert stays on record."""
    from monitor.deeds import NewSilence, SilencingDeeds
    from monitor.store import operator
    from monitor.wallclock import now

    checked = configured(config)
    reads, at = reader(checked, zone), now()
    new = NewSilence(
        matchers=match or (),
        until=_end(until, lasting),
        author=operator() if author is None else _said(author, "author", "write a name, or leave it out"),
        reason=_said(reason, "reason", "say why, for the person who asks at night why nobody was paged"),
        starts_at=None if since is None else an_instant(since, "--from"),
        maintenance=maintenance,
    )
    with beside_program(checked) as database:
        deeds = SilencingDeeds(checked, database, reads.time)
        row, is_new = deeds.add(new, at)
        fitting = deeds.fitting(row)
    for line in _added(row, is_new, fitting, checked, at, reads):
        print_line(line)


@app.command("list")
def list_silences(
    config: ConfigOption = Path("tierwatch.yml"),
    everything: Annotated[bool, typer.Option("--all", help="Also list those that are over.")] = False,
    zone: ZoneOption = None,
    as_json: JsonOption = False,
) -> None:
    """List present and future silences, the first to end first."""
    from monitor.deeds import SilenceState, state_of
    from monitor.store import Silences
    from monitor.wallclock import now

    checked = configured(config)
    reads, at = reader(checked, zone), now()
    with to_read(checked) as database:
        rows = Silences(database).all()
    shown_rows = sorted(
        (row for row in rows if everything or state_of(row, at) != SilenceState.OVER), key=lambda row: row.ends_at
    )
    if as_json:
        print(json_line([_as_json(row, at) for row in shown_rows], indent=2))
        return
    for row in shown_rows:
        print_line(_line(row, at, reads))
    if not shown_rows:
        print("no silence is in force or to come; every alert is sent")


@app.command()
def end(
    name: Annotated[str, typer.Argument(metavar="ID", help="The silence's id, as `tierwatch silence list` shows it.")],
    author: Annotated[str | None, typer.Option(help="Who ends it. Default: the user of this machine.")] = None,
    config: ConfigOption = Path("tierwatch.yml"),
    zone: ZoneOption = None,
) -> None:
    """End a silence now. Alerts that it withheld and that still fire are sent at once."""
    from monitor.deeds import SilencingDeeds
    from monitor.store import operator
    from monitor.wallclock import now

    checked = configured(config)
    reads, at = reader(checked, zone), now()
    who = operator() if author is None else _said(author, "author", "write a name, or leave it out")
    with beside_program(checked) as database:
        row, freed = SilencingDeeds(checked, database, reads.time).end(name, who, at)
    what = "never begins" if row.starts_at > at else "is over"
    print_line(f"{name}: {what}; pages that it withheld and that are due now: {freed}")


def _end(until: str | None, lasting: str | None) -> datetime | timedelta:
    """The one end that the options name. Raises ConfigError."""
    if (until is None) == (lasting is None):
        said = "both are given" if until is not None else "neither is given"
        raise ConfigError(f"a silence has one end, --until or --for, and {said}; write one, such as --for 2h")
    if until is not None:
        return an_instant(until, "--until")
    try:
        return length(lasting)
    except ValueError as error:
        raise ConfigError(f"--for: {error}") from error


def _said(written: str, option: str, todo: str) -> str:
    if not written.strip():
        raise ConfigError(f"--{option} is empty; {todo}")
    return " ".join(written.split())


def _added(
    row: SilenceRow, is_new: bool, fitting: Fitting, checked: configuration.Config, now: datetime, reads: Reader
) -> Iterator[str]:
    author = plain(row.author)
    kind = "maintenance window" if row.maintenance else "silence"
    held = "" if is_new else " already"
    yield (
        f"{kind} {row.id}{held}: {', '.join(row.matchers)} from {reads.time(row.starts_at)} to"
        f" {reads.time(row.ends_at)}, by {author}"
    )
    yield f"alerts that fire now and fit it: {len(fitting.alerts)}"
    due = {silences.clock_of(alert): (alert, deadline) for alert, deadline in fitting.woken}
    broken = {silences.clock_of(alert) for alert, at in fitting.woken if alert.stage == BREACHED_STAGE or at < now}
    late = [found for clock, found in due.items() if clock in broken]
    ahead = [found for clock, found in due.items() if clock not in broken]
    if late:
        what = "has breached already, and pages" if len(late) == 1 else "have breached already, and page"
        yield f"of these, {len(late)} {what} {author} all the same:"
        yield from _listed(late, "was due", reads)
    if ahead:
        what = "breaches before it ends, and pages" if len(ahead) == 1 else "breach before it ends, and page"
        yield f"of these, {len(ahead)} {what} {author} all the same:"
        yield from _listed(ahead, "due", reads)
    yield f"end it with: {checked.commands.says('silence', 'end', about=row.id)}"


def _listed(clocks: Sequence[tuple[Alert, datetime]], was: str, reads: Reader) -> Iterator[str]:
    """The clocks that are due first, a line each."""
    nearest = sorted(clocks, key=lambda item: item[1])
    for alert, deadline in nearest[:_NAMED]:
        rungs = reads.rungs(alert.labels.get("tier", ""), "")
        what = " ".join(word for word in (plain(str(alert.subject)), reads.target(alert.target), rungs) if word)
        yield f"  {what}, {was} {reads.time(deadline)}"
    if len(nearest) > _NAMED:
        yield f"  and {len(nearest) - _NAMED} more"


def _line(row: SilenceRow, now: datetime, reads: Reader) -> str:
    from monitor.deeds import state_of

    kind = "maintenance window" if row.maintenance else "silence"
    when = f"{reads.time(row.starts_at)} to {reads.time(row.ends_at)}"
    return f"{row.id}  {state_of(row, now)}  {when}  {plain(row.author)}: {plain(row.reason)}  ({kind})  " + ", ".join(
        map(plain, row.matchers)
    )


def _as_json(row: SilenceRow, now: datetime) -> dict[str, Any]:
    from monitor.deeds import state_of

    return {
        "id": row.id,
        "state": state_of(row, now).value,
        "matchers": list(row.matchers),
        "starts_at": text(row.starts_at),
        "ends_at": text(row.ends_at),
        "author": row.author,
        "reason": row.reason,
        "maintenance": row.maintenance,
    }
