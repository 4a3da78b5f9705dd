"""What `correct` and `retire` have in common: find the subject, show what would change, write the event."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from monitor.clock import Contribution, Reading, Rulebook, engine
from monitor.commands.a_reader import Reader
from monitor.commands.console import beside_program, to_read
from monitor.config import Config
from monitor.errors import ConfigError
from monitor.explain import sentences
from monitor.history import Event
from monitor.messages import message
from monitor.model import Measure
from monitor.policy import GROUPS, ONE
from monitor.report import Pair, policy_changes
from monitor.text import exact_length

_SECOND = timedelta(seconds=1)
_ALIKE = " (less than a second)"


def known_events(config: Config, subject: str, at: datetime) -> list[Event]:
    """The events of the one subject with this name, up to *at*. Raises ConfigError."""
    from monitor.store import Views

    with to_read(config) as database:
        return _events(Views(database), subject, config.rules, at)


def said_of(author: str | None, reason: str) -> tuple[str, str]:
    """Author and reason as they are stored. Raises ConfigError where one is empty."""
    from monitor.store import operator

    if not reason.strip():
        raise ConfigError("--reason is empty; say why, for a person who looks at this clock in a year")
    if author is not None and not author.strip():
        raise ConfigError("--author is empty; write a name, or leave it out")
    return (operator() if author is None else author.strip()), reason.strip()


def show_changes(events: Sequence[Event], event: Event, rules: Rulebook, reads: Reader, at: datetime) -> bool:
    """Print what *event* changes of the clocks of its subject and of what it adds to groups; whether it changes any."""
    before, after = engine.advance(events, (), rules, at), engine.advance((*events, event), (), rules, at)
    changed = [pair for pair in policy_changes.pairs(event.key, before.readings, after.readings) if not pair.same]
    lines = [*_as_lines(changed, reads), *_counted(before.contributions, after.contributions, reads)]
    for line in lines:
        print(line)
    return bool(lines)


def write(config: Config, event: Event, at: datetime) -> None:
    """Store the event of a correction, beside the running program."""
    from monitor.store import Ingest

    with beside_program(config) as database:
        Ingest(database).correct(event, at)


def _events(views: Any, subject: str, rules: Rulebook, at: datetime) -> list[Event]:
    """The events of the one subject with this name. Raises ConfigError."""
    keys = views.find(subject)
    if not keys:
        raise ConfigError(f"{subject}: no source has named it; look for its id on the page, or in the source itself")
    if len(keys) > 1:
        raise ConfigError(f"{subject}: several sources know it; name one: {', '.join(str(key) for key in keys)}")
    if keys[0].source == GROUPS:
        raise ConfigError(
            f"{subject}: is counted of several, and has no past of its own; correct or retire those that it counts"
        )
    if keys[0].source not in rules.mappings:
        raise ConfigError(
            f"{keys[0]}: source {keys[0].source} is not in the configuration any more, so its clocks stand still;"
            " put it back first"
        )
    events = [event for event in views.events_of(keys[0]) if event.at <= at]
    if not events:
        raise ConfigError(f"{subject}: what is known of it lies in the future; correct it when its time has come")
    return events


def _as_lines(changed: Sequence[Pair], reads: Reader) -> Iterator[str]:
    for pair in changed:
        clock = pair.shown
        rungs = reads.rungs(clock.tier, clock.assurance)
        yield f"{reads.target(clock.target.name)} cycle {clock.cycle}{f' {rungs}' if rungs else ''}"
        if pair.old is None or pair.new is None:
            yield f"  {'there is such a clock only with it' if pair.old is None else 'there is no such clock any more'}"
        for name in ("state", "life", "counted", "deadline", "breached_at", "stopped_at", "missed_periods"):
            was, stands = (None if one is None else getattr(one, name) for one in (pair.old, pair.new))
            if was != stands:
                old, new = (_cell(reading, name, reads) for reading in (pair.old, pair.new))
                yield f"  {name.replace('_', ' '):<15}{old} → {new}{_ALIKE if old == new else ''}"


def _counted(before: Sequence[Contribution], after: Sequence[Contribution], reads: Reader) -> Iterator[str]:
    """What the subject adds to groups only with the event, and only without."""
    named = {(one.group, one.at, one.what): one for one in (*before, *after)}
    old, new = ({(one.group, one.at, one.what) for one in some} for some in (before, after))
    for group, at, what in sorted(old ^ new):
        counts = "counts" if (group, at, what) in new else "does not count any more"
        yield f"{named[group, at, what].group}: {what} at {reads.time(at)} {counts}"


def _cell(reading: Reading | None, name: str, reads: Reader) -> str:
    value = None if reading is None else getattr(reading, name)
    if isinstance(value, datetime):
        return reads.time(value)
    if isinstance(value, timedelta) and reading is not None:
        return (
            str(value // ONE) if reading.target.measure is not Measure.TIME else exact_length(value - value % _SECOND)
        )
    if name in ("state", "life") and value is not None:
        return reads.say(sentences.state(value) if name == "state" else message(f"explain-kind-{value}"))
    return "none" if value is None else str(value)
