"""Correct a subject's past with an event. Nothing is erased, and a correction can be revoked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from monitor.clock import Rulebook
from monitor.commands._correcting import known_events, said_of, show_changes, write
from monitor.commands.a_reader import Reader, ZoneOption, reader
from monitor.commands.console import ConfigOption, configured
from monitor.commands.console import instant as an_instant
from monitor.errors import ConfigError
from monitor.history import CORRECTION_ID, Correction, Event, correction_event
from monitor.model import CorrectionKind, SubjectKey

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
    from monitor.wallclock import now

    checked = configured(config)
    at, rules, reads = now(), checked.rules, reader(checked, zone)
    written = {"exclude": exclude, "count": count, "stopped": stopped, "revoke": revoke}
    correction = _correction(
        {name: value for name, value in written.items() if value is not None}, reason, target, author
    )
    correction = replace(correction, author=said_of(author, reason)[0])
    events = known_events(checked, subject, at)
    key = events[0].key
    _refuse_impossible(correction, key, events, rules, at, reads)
    if correction.kind is CorrectionKind.REVOKE:
        correction = replace(correction, revokes=_revocable(correction.revokes, key, events))
    event = correction_event(key, events[0].kind, correction, at)
    changed = show_changes(events, event, rules, reads, at)
    if not changed and not even_so:
        raise ConfigError(
            f"{key}: this correction changes no clock, so it was not written; look at the times with"
            f" `{checked.commands.says('explain', about=subject)}`, or write it all the same with --even-so"
        )
    if dry_run:
        print(f"{key}: nothing was written (--dry-run)")
        return
    write(checked, event, at)
    print(f"{key}: written as {event.event_id} by {correction.author}; take it back with --revoke {event.event_id}")


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
    if start >= end:
        raise ConfigError(f"--{name} {value[0]} {value[1]}: the first is not before the second; exchange or mend them")
    return Correction(CorrectionKind(name), reason.strip(), "", start, end, target or "")


def _refuse_impossible(
    correction: Correction, key: SubjectKey, events: Sequence[Event], rules: Rulebook, now: datetime, reads: Reader
) -> None:
    """Refuse a correction that cannot be right. Raises ConfigError."""
    known = [rule.name for rule in rules.rules]
    if correction.target and correction.target not in known:
        label = rules.policy.label
        raise ConfigError(f"target {correction.target!r} is not in policy {label}; it has {', '.join(known)}")
    for at in (correction.start, correction.end):
        if at is not None and at > now:
            raise ConfigError(f"{reads.time(at)} is in the future; only what has happened can be corrected")
    begins = max((event.baseline.at for event in events if event.baseline is not None), default=None)
    if begins is not None and correction.start is not None and correction.start < begins:
        raise ConfigError(
            f"{key}: what was before {reads.time(begins)} was deleted as `keep` says, and cannot be corrected;"
            " give a time after that"
        )
    first = min(event.opened_at or event.at for event in events if event.correction is None)
    last = correction.end or correction.start
    if last is not None and last <= first:
        raise ConfigError(f"{key}: nothing is known of it before {reads.time(first)}, so there is nothing to correct")


def _revocable(named: str, key: SubjectKey, events: Sequence[Event]) -> str:
    """The id of the correction to revoke; its beginning, as `explain` shows it, is enough. Raises ConfigError."""
    made = {event.event_id: event.correction for event in events if event.correction is not None}
    revoked = {correction.revokes for correction in made.values()}
    standing = [
        name
        for name, correction in made.items()
        if correction.kind is not CorrectionKind.REVOKE and name not in revoked
    ]
    has = f"those that can be revoked: {', '.join(standing)}" if standing else "it has none that can be revoked"
    begin = named.removesuffix("…")
    found = [name for name in made if name == named or (len(begin) > len(CORRECTION_ID) and name.startswith(begin))]
    if not found:
        raise ConfigError(f"{named!r} is not a correction of {key}; {has}")
    if len(found) > 1:
        raise ConfigError(f"{named!r} is how several corrections begin; name one: {', '.join(found)}")
    if made[found[0]].kind is CorrectionKind.REVOKE:
        raise ConfigError(f"{found[0]} is itself a revocation; write the correction once more instead")
    if found[0] in revoked:
        raise ConfigError(f"{found[0]} has been revoked already; {has}")
    return found[0]
