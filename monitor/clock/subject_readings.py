"""Read every clock of one subject from its events: the room's face for other programs (docs/library.md).

Pure. It refuses what the program itself never gives the engine: events of several subjects, times that are not UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from monitor.clock import engine
from monitor.clock.engine import Rulebook
from monitor.clock.reading import Reading
from monitor.history import Event, interpret


def read(events: Sequence[Event], rules: Rulebook, now: datetime) -> tuple[Reading, ...]:
    """Say where every clock of one subject stands at *now*: a reading per target and cycle, each target's in order.

    *events* are all events of the subject, in any order and however often repeated; those dated after *now* are left
    out. Their times are UTC; *now* is any aware instant. The instants of a reading are aware UTC, its lengths are
    timedeltas of the target's calendar. Without events there are no readings.

    Raises ValueError for events of several subjects and for times that are not UTC, and ConfigError for an instant or
    a deadline outside the years 1971 to 2200. How time is counted, and by which rule, is in docs/concepts.md.
    """
    if now.tzinfo is None:
        raise ValueError("now has no zone; give an aware datetime")
    if not events:
        return ()
    first, at = events[0], now.astimezone(UTC)
    for event in events:
        if event.key != first.key:
            raise ValueError(f"events of {first.key} and of {event.key} were given; read each subject by itself")
        for stated in (event.at, event.opened_at, event.or_at):
            if stated is not None and stated.tzinfo is not UTC:
                raise ValueError(
                    f"event {event.event_id}: {stated.isoformat()} is not UTC; convert it, astimezone(UTC)"
                )
    history = interpret([event for event in events if event.at <= at], rules.mapping(first.source), rules.words)
    return tuple(engine.read_all(history, rules, at, first.kind))
