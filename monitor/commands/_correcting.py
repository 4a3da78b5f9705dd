"""What `correct` and `retire` have in common: find the subject, show what would change, write it beside the program."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from monitor.clock import Contribution, Reading
from monitor.commands.a_reader import Reader
from monitor.commands.console import beside_program, print_line, to_read
from monitor.config import Config
from monitor.errors import ConfigError
from monitor.explain import sentences
from monitor.history import Event
from monitor.messages import message
from monitor.model import Measure
from monitor.policy import ONE
from monitor.report import Pair
from monitor.text import exact_length

if TYPE_CHECKING:
    from monitor.deeds import Planned

_SECOND = timedelta(seconds=1)
_ALIKE = " (less than a second)"


def known(config: Config, subject: str, at: datetime) -> list[Event]:
    """The events of the one subject with this name, up to *at*. Raises ConfigError."""
    from monitor.deeds import known_events
    from monitor.store import Views

    with to_read(config) as database:
        return known_events(Views(database), subject, config.rules, at)


def said_of(author: str | None, reason: str) -> tuple[str, str]:
    """Author and reason as they are stored. Raises ConfigError where one is empty."""
    from monitor.store import operator

    if not reason.strip():
        raise ConfigError("--reason is empty; say why, for a person who looks at this clock in a year")
    if author is not None and not author.strip():
        raise ConfigError("--author is empty; write a name, or leave it out")
    return (operator() if author is None else author.strip()), reason.strip()


def show_changes(plan: Planned, reads: Reader) -> None:
    """Print what an event changes of the clocks of its subject and of what it adds to groups."""
    for line in (*_as_lines(plan.pairs, reads), *_counted(plan.before, plan.after, reads)):
        print_line(line)


def write_beside(config: Config, plan: Planned, at: datetime) -> None:
    """Store the event, beside the running program."""
    from monitor.deeds import write

    with beside_program(config) as database:
        write(database, plan, at)


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
