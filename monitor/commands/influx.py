"""Write the stored transitions to InfluxDB once more, and list the points that it refused."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from random import random
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.commands.a_reader import ZoneOption, reader
from monitor.commands.console import (
    ConfigOption,
    JsonOption,
    LanguageOption,
    configured,
    day_or_instant,
    print_line,
    progress,
    to_read,
)
from monitor.config import Config
from monitor.errors import ConfigError, ExportError
from monitor.explain import text
from monitor.messages import message
from monitor.net import Secrets
from monitor.text import json_line, one_line

if TYPE_CHECKING:
    from datetime import datetime

    from exporters.points import Exporter, Point, Refused
    from monitor.config import ExporterConfig
    from monitor.store import Exports

KIND = "influxdb"

PORTION = 5_000
"""Transitions that are in memory at once."""

MOST_FAILURES = 8
"""After so many failures in a row the command gives up; the waits between them are two minutes together."""

LONGEST_WAIT = timedelta(minutes=2)
"""A database that asks for a longer wait ends the command, which may be given again later."""

ExporterOption = Annotated[
    str | None,
    typer.Option(help="Which exporter, by its name. Default: every one of type influxdb; `backfill` wants one."),
]

app = typer.Typer(help="Write stored transitions to InfluxDB once more; list the points that it refused.")


@app.callback(invoke_without_command=True)
def influx(context: typer.Context) -> None:
    """Write stored transitions to InfluxDB once more; list the points that it refused."""
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command()
def backfill(
    since: Annotated[str, typer.Option(help="From when on: a day, or an instant (ISO 8601 with zone).")],
    config: ConfigOption = Path("tierwatch.yml"),
    exporter: ExporterOption = None,
    language: LanguageOption = None,
    zone: ZoneOption = None,
) -> None:
    """Write every stored transition from a day on. Done twice it changes nothing; it may be stopped at any time."""
    checked = configured(config, Secrets.IF_THERE)
    begin, reads = day_or_instant(since, checked.zone), reader(checked, zone, language)
    chosen, *more = _chosen(checked, exporter)
    if more:
        names = ", ".join(one.name for one in (chosen, *more))
        raise ConfigError(f"the configuration has several exporters of type influxdb: {names}; name it with --exporter")
    with _store(checked) as exports:
        written, rejected, reason = _write(exports, chosen, begin)
    print_line(reads.say(message("influx-written", number=written, since=reads.time(begin), exporter=chosen.name)))
    if rejected:
        typer.echo(reads.say(message("influx-rejected-now", number=rejected, reason=reason)), err=True)
        raise typer.Exit(1)


@app.command()
def rejected(
    config: ConfigOption = Path("tierwatch.yml"),
    exporter: ExporterOption = None,
    language: LanguageOption = None,
    zone: ZoneOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the points that the database refused for good, with its reasons, the newest first."""
    checked = configured(config)
    reads = reader(checked, zone, language)
    names = [one.name for one in _chosen(checked, exporter)]
    with _store(checked) as exports:
        found = exports.refused(names)
    if as_json:
        print(json_line([one._asdict() | {"at": text(one.at)} for one in found], indent=2))
        return
    if not found:
        print_line(reads.say(message("influx-none-rejected", exporters=", ".join(names))))
    for one in found:
        print_line(f"{reads.time(one.at)} {one.exporter}: {one_line(one.reason)}")
        print_line(f"  {one_line(one.point)}")


def _chosen(checked: Config, name: str | None) -> Sequence[ExporterConfig]:
    """The exporters of type influxdb, or the one of that name. Raises ConfigError."""
    known = [one for one in checked.exporters if one.kind == KIND]
    if not known:
        raise ConfigError("the configuration has no exporter of type influxdb; add one, see docs/influxdb.md")
    names = ", ".join(one.name for one in known)
    found = [one for one in known if name in (None, one.name)]
    if not found:
        raise ConfigError(f"--exporter {name!r} is no exporter of type influxdb; the configuration has {names}")
    return found


@contextmanager
def _store(checked: Config) -> Iterator[Exports]:
    from monitor.store import Exports

    with to_read(checked) as database:
        yield Exports(database)


def _write(exports: Exports, chosen: ExporterConfig, begin: datetime) -> tuple[int, int, str]:
    """How many points were written, how many rejected, and the first reason. Raises ExportError."""
    from exporters.points import of_transition

    sender, written, rejected, reason = chosen.module.build(chosen.options), 0, 0, ""
    total = exports.number_since(begin)
    with progress() as show:
        for rows in exports.since(begin, PORTION):
            refused = _sent(sender, [of_transition(row) for row in rows])
            lost = sum(one.points for one in refused)
            written, rejected = written + len(rows) - lost, rejected + lost
            reason = reason or next((one.reason for one in refused), "")
            show("transitions", written + rejected, total)
    return written, rejected, reason


def _sent(sender: Exporter, points: Sequence[Point]) -> Sequence[Refused]:
    """Send points, and try again after what may pass. Raises ExportError."""
    from alerts.delivery import outbox
    from monitor.wallclock import now

    for failures in range(MOST_FAILURES):
        try:
            return sender.export(points, now())
        except ExportError as error:
            wait = outbox.wait_after(failures, random())
            wait = wait if error.retry_at is None else max(wait, error.retry_at - now())
            if not error.retryable or failures + 1 == MOST_FAILURES or wait > LONGEST_WAIT:
                raise
            typer.echo(str(error), err=True)
            time.sleep(wait.total_seconds())
    raise AssertionError("the last failure is raised")
