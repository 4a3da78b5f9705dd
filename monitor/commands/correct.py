"""Correct a subject's past with an event. Nothing is erased, and a correction can be revoked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from monitor.commands._correcting import known, said_of, show_changes, write_beside
from monitor.commands.a_reader import ZoneOption, reader
from monitor.commands.console import ConfigOption, configured, print_line
from monitor.commands.console import instant as an_instant
from monitor.errors import ConfigError
from monitor.history import Correction
from monitor.model import CorrectionKind

_ONE_OF = "--exclude FROM TO, --count FROM TO, --stopped AT or --revoke ID"


def correct(
    subject: Annotated[str, typer.Argument(help="The ticket's or circuit's id, or SOURCE/ID.")],
    reason: Annotated[str, typer.Option(help="Why. The reason is stored and shown.")],
    config: ConfigOption = Path("tierwatch.yml"),
    exclude: Annotated[tuple[str, str] | None, typer.Option(metavar="FROM TO", help="Do not count this time.")] = None,
    count: Annotated[
        tuple[str, str] | None, typer.Option(metavar="FROM TO", help="Count this time: the ticket did not wait.")
    ] = None,
    stopped: Annotated[str | None, typer.Option(metavar="AT", help="The work ended at this instant.")] = None,
    revoke: Annotated[str | None, typer.Option(metavar="ID", help="Take back an earlier correction.")] = None,
    target: Annotated[str | None, typer.Option(help="Correct only this target. Default: all targets.")] = None,
    author: Annotated[str | None, typer.Option(help="Who states it. Default: the user of this machine.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change and store nothing.")] = False,
    even_so: Annotated[bool, typer.Option("--even-so", help="Store it although it changes no clock.")] = False,
    zone: ZoneOption = None,
) -> None:
    """Correct what is known of a subject's past: show what changes, then write the correction."""
    from monitor.deeds import Way, plan_correction
    from monitor.wallclock import now

    checked = configured(config)
    at, rules, reads = now(), checked.rules, reader(checked, zone)
    written = {"exclude": exclude, "count": count, "stopped": stopped, "revoke": revoke}
    correction = _correction(
        {name: value for name, value in written.items() if value is not None}, reason, target, author
    )
    correction = replace(correction, author=said_of(author, reason)[0])
    events = known(checked, subject, at)
    explain = checked.commands.says("explain", about=subject)
    plan = plan_correction(events, correction, rules, at, Way(reads.time, explain, even_so))
    key, event = plan.event.key, plan.event.event_id
    show_changes(plan, reads)
    if dry_run:
        print_line(f"{key}: nothing was written (--dry-run)")
        return
    write_beside(checked, plan, at)
    print_line(f"{key}: written as {event} by {plan.correction.author}; take it back with --revoke {event}")


def _correction(written: dict[str, Any], reason: str, target: str | None, author: str | None) -> Correction:
    """The one correction that the options name. Raises ConfigError."""
    if len(written) != 1:
        asked = "nothing" if not written else " and ".join(f"--{name}" for name in written)
        raise ConfigError(f"one correction at a time, and {asked} was given; write one of {_ONE_OF}")
    if not reason.strip():
        raise ConfigError("--reason is empty; say why, for a person who looks at this clock in a year")
    if author is not None and not author.strip():
        raise ConfigError("--author is empty; write a name, or leave it out")
    ((name, value),) = written.items()
    if name == "revoke":
        if target is not None:
            raise ConfigError("--revoke takes back the whole correction; leave --target out")
        return Correction(CorrectionKind.REVOKE, reason.strip(), "", revokes=value)
    if name == "stopped":
        start = an_instant(value, "--stopped")
        return Correction(CorrectionKind.STOP, reason.strip(), "", start, target=target or "")
    start, end = (an_instant(item, f"--{name}") for item in value)
    return Correction(CorrectionKind(name), reason.strip(), "", start, end, target or "")
