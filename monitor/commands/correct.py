"""Correct a subject's past with an event. Nothing is erased, and a correction can be revoked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from monitor import config as configuration
from monitor.clock import Contribution, Reading, Rulebook, engine
from monitor.commands.console import ConfigOption
from monitor.commands.console import instant as an_instant
from monitor.errors import ConfigError
from monitor.history import Correction, Event, content_id, correction_to_json
from monitor.model import CorrectionKind, Measure, SubjectKey
from monitor.policy import GROUPS, ONE
from monitor.report import Pair, policy_changes
from monitor.text import local_time

_ONE_OF = "--exclude FROM TO, --count FROM TO, --stopped AT or --revoke ID"
_PREFIX = "correction-"
_MILLISECOND = timedelta(milliseconds=1)


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
) -> None:
    """Correct what is known of a subject's past: show what changes, then write the correction."""
    from monitor.store import Ingest, Views, beside, operator, readonly
    from monitor.wallclock import now

    checked = configuration.load(config)
    at, rules = now(), checked.rules
    written = {"exclude": exclude, "count": count, "stopped": stopped, "revoke": revoke}
    correction = _correction(
        {name: value for name, value in written.items() if value is not None}, reason, target, author
    )
    correction = replace(correction, author=operator() if author is None else author.strip())
    database = readonly(checked.database)
    try:
        events = _events(Views(database), subject, rules, at)
    finally:
        database.close()
    key = events[0].key
    _refuse_impossible(correction, key, events, rules, at)
    if correction.kind is CorrectionKind.REVOKE:
        correction = replace(correction, revokes=_revocable(correction.revokes, key, events))
    event = Event(key.source, _identity(correction, key, at), events[0].kind, key.subject, at, correction=correction)
    before = engine.advance(events, (), rules, at)
    after = engine.advance((*events, event), (), rules, at)
    changed = [pair for pair in policy_changes.pairs(key, before.readings, after.readings) if not pair.same]
    counts = list(_counted(before.contributions, after.contributions, ZoneInfo(checked.zone)))
    for line in (*_as_lines(changed, ZoneInfo(checked.zone)), *counts):
        print(line)
    if not changed and not counts and not even_so:
        raise ConfigError(
            f"{key}: this correction changes no clock, so it was not written; look at the times with"
            f" `tierwatch explain {subject}`, or write it all the same with --even-so"
        )
    if dry_run:
        print(f"{key}: nothing was written (--dry-run)")
        return
    database = beside(checked.database)
    try:
        Ingest(database).correct(event, at)
    finally:
        database.close()
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


def _events(views: Any, subject: str, rules: Rulebook, at: datetime) -> list[Event]:
    """The events of the one subject with this name. Raises ConfigError."""
    keys = views.find(subject)
    if not keys:
        raise ConfigError(f"{subject}: no source has named it; look for its id on the page, or in the source itself")
    if len(keys) > 1:
        raise ConfigError(f"{subject}: several sources know it; name one: {', '.join(str(key) for key in keys)}")
    if keys[0].source == GROUPS:
        raise ConfigError(f"{subject}: is counted of several, and has no past of its own; correct those that it counts")
    if keys[0].source not in rules.mappings:
        raise ConfigError(
            f"{keys[0]}: source {keys[0].source} is not in the configuration any more, so its clocks stand still;"
            " put it back first"
        )
    events = [event for event in views.events_of(keys[0]) if event.at <= at]
    if not events:
        raise ConfigError(f"{subject}: what is known of it lies in the future; correct it when its time has come")
    return events


def _refuse_impossible(
    correction: Correction, key: SubjectKey, events: Sequence[Event], rules: Rulebook, now: datetime
) -> None:
    """Refuse a correction that cannot be right. Raises ConfigError."""
    known = [rule.name for rule in rules.rules]
    if correction.target and correction.target not in known:
        label = rules.policy.label
        raise ConfigError(f"target {correction.target!r} is not in policy {label}; it has {', '.join(known)}")
    for at in (correction.start, correction.end):
        if at is not None and at > now:
            raise ConfigError(f"{_utc(at)} is in the future; only what has happened can be corrected")
    first = min(event.opened_at or event.at for event in events if event.correction is None)
    last = correction.end or correction.start
    if last is not None and last <= first:
        raise ConfigError(f"{key}: nothing is known of it before {_utc(first)}, so there is nothing to correct")


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
    found = [name for name in made if name == named or (len(begin) > len(_PREFIX) and name.startswith(begin))]
    if not found:
        raise ConfigError(f"{named!r} is not a correction of {key}; {has}")
    if len(found) > 1:
        raise ConfigError(f"{named!r} is how several corrections begin; name one: {', '.join(found)}")
    if made[found[0]].kind is CorrectionKind.REVOKE:
        raise ConfigError(f"{found[0]} is itself a revocation; write the correction once more instead")
    if found[0] in revoked:
        raise ConfigError(f"{found[0]} has been revoked already; {has}")
    return found[0]


def _identity(correction: Correction, key: SubjectKey, at: datetime) -> str:
    return f"{_PREFIX}{content_id(str(key), correction_to_json(correction), at.isoformat())}"


def _as_lines(changed: Sequence[Pair], zone: ZoneInfo) -> Iterator[str]:
    for pair in changed:
        yield f"{pair.shown.target.name} cycle {pair.shown.cycle} (tier {pair.shown.tier})"
        if pair.old is None or pair.new is None:
            yield f"  {'there is such a clock only with it' if pair.old is None else 'there is no such clock any more'}"
        for name in ("state", "life", "counted", "deadline", "breached_at", "stopped_at", "missed_periods"):
            old, new = (_cell(reading, name, zone) for reading in (pair.old, pair.new))
            if old != new:
                yield f"  {name.replace('_', ' '):<15}{old} → {new}"


def _counted(before: Sequence[Contribution], after: Sequence[Contribution], zone: ZoneInfo) -> Iterator[str]:
    """What the subject adds to groups only with the correction, and only without."""
    named = {(one.group, one.at, one.what): one for one in (*before, *after)}
    old, new = ({(one.group, one.at, one.what) for one in some} for some in (before, after))
    for group, at, what in sorted(old ^ new):
        counts = "counts" if (group, at, what) in new else "does not count any more"
        yield f"{named[group, at, what].group}: {what} at {local_time(at, zone)} {counts}"


def _cell(reading: Reading | None, name: str, zone: ZoneInfo) -> str:
    value = None if reading is None else getattr(reading, name)
    if isinstance(value, datetime):
        return local_time(value, zone)
    if isinstance(value, timedelta) and reading is not None:
        return str(value // ONE) if reading.target.measure is not Measure.TIME else str(value - value % _MILLISECOND)
    return "none" if value is None else str(value)


def _utc(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
