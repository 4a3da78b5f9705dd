"""Acknowledge alerts from the command line, beside a running program: their escalation stops."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from monitor.alert import Alert
from monitor.commands.a_reader import Reader, ZoneOption, alert_line, reader
from monitor.commands.console import ConfigOption, beside_program, configured, print_line
from monitor.errors import ConfigError

VIA = "command line"

PATIENCE = timedelta(seconds=5)
"""How long a rota that is kept in a calendar is waited for where a copy of it was kept."""

_ALERT_HELP = "A ticket or circuit, SOURCE/ID, a root cause, a drill, or an alert's fingerprint."


def acknowledge(
    alert: Annotated[str, typer.Argument(metavar="ALERT|SUBJECT", help=_ALERT_HELP)],
    config: ConfigOption = Path("tierwatch.yml"),
    author: Annotated[str | None, typer.Option(help="Who works on it. Default: the user of this machine.")] = None,
    note: Annotated[str, typer.Option(help="A note; it is stored and shown.")] = "",
    end: Annotated[bool, typer.Option("--end", help="Take back what is in force, whoever gave it.")] = False,
    zone: ZoneOption = None,
) -> None:
    """Acknowledge every firing alert of a subject, or one alert: tierwatch then calls nobody else for it."""
    from alerts.oncall import ending, read_rota
    from monitor.deeds import AcknowledgingDeeds
    from monitor.store import operator
    from monitor.wallclock import now

    checked = configured(config)
    reads = reader(checked, zone)
    if author is not None and not author.strip():
        raise ConfigError("--author is empty; write a name, or leave it out")
    if end and note:
        raise ConfigError("--end takes no --note: the note of the acknowledgement stays; leave one of them out")
    who = operator() if author is None else author.strip()
    with beside_program(checked) as database:
        deeds = AcknowledgingDeeds(database)
        if end:
            done = deeds.take_back(alert, who, now())
        else:
            oncall = None if checked.oncall is None else read_rota(checked, now(), PATIENCE)[0]
            done = deeds.acknowledge(alert, who, VIA, note, now(), ending(checked, oncall))
    for told in done.alerts:
        said = _named(told.alert, reads)
        print_line(f"{told.alert.key}: {said}{'; a worse stage was told since' if told.passed else ''}")
        ends = [one.ends_at for one in told.acknowledged if one.author == who and one.ended_at is None]
        if not end and ends and ends[-1] is not None:
            print_line(f"  holds until {reads.time(ends[-1])}, unless it gets worse before")
    if end:
        print_line(f"taken back by {who}: {done.news}; whoever is to be called is called again")
    else:
        print_line(f"acknowledged by {who}" if done.news else f"was acknowledged by {who} before")


def _named(alert: Alert, reads: Reader) -> str:
    """A clock's alert by its names, for its summary has the times of the page; others by their summary."""
    if alert.target:
        return reads.say(alert_line(alert.labels, alert.target, reads))
    return alert.annotations.get("summary", "") or alert.labels.get("alertname", "")
