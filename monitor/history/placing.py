"""Put the events of a subject in their total order, and decide which of two instants a repeated local time means.

Pure. The order is (at, the source's sequence, the place in its answer, id), never the arrival (semantics 2). Where a
zone puts its clocks back, a local time names two instants; which one is meant follows the order that the source states,
and where both agree with it, it is the first (semantics 32). That is decided here and not when the record is read, for
the records that decide it may come in other polls.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from operator import attrgetter

from monitor.history.baseline import newest
from monitor.history.events import Correction, Event
from monitor.model import CorrectionKind

_EARLIEST = datetime.min.replace(tzinfo=UTC)
_LATEST = datetime.max.replace(tzinfo=UTC)
_PLACE = attrgetter("at", "sequence", "tie", "event_id")  # `Event.place`, for speed


def in_order(events: Iterable[Event]) -> tuple[Event, ...]:
    """Each event once, in the total order; of two with one id the first given stays.

    An event that keeps its `or_at` may mean that instant too: no order of the source decides it.
    """
    given = tuple(events)
    if len(given) == 1 and given[0].or_at is None:
        return given
    seen: dict[tuple[str, str], Event] = {}
    twice = False
    for event in given:
        seen.setdefault((event.source, event.event_id), event)
        twice = twice or event.or_at is not None
    found = _decided(list(seen.values())) if twice else seen.values()
    return tuple(sorted(found, key=_PLACE))


def _decided(events: Sequence[Event]) -> list[Event]:
    """The events, each at the instant that is meant."""
    numbered = any(event.sequence for event in events)
    stated = [event for event in events if numbered and (event.sequence or event.status is not None)]
    stated.sort(key=lambda event: event.sequence)
    earliest = _not_before(events, stated)
    latest = _not_after(stated)
    return [_meant(event, earliest.get(event.event_id), latest.get(event.event_id)) for event in events]


def _meant(event: Event, earliest: datetime | None, latest: datetime | None) -> Event:
    second = event.or_at
    if second is None:
        return event
    if earliest is not None and event.at < earliest <= second:
        return replace(event, at=second, or_at=None)
    if latest is not None and event.at <= latest < second:
        return replace(event, or_at=None)
    return event


def _not_before(events: Sequence[Event], stated: Sequence[Event]) -> dict[str, datetime]:
    """The earliest possible instant of each event: that of the event before it, and of the opening."""
    opened = [event.opened_at for event in events if event.opened_at is not None]
    opening = opened[-1] if opened else _EARLIEST
    found = {event.event_id: opening for event in events if event.or_at is not None}
    before, group = _EARLIEST, _EARLIEST
    sequence: int | None = None
    for event in stated:
        if event.sequence != sequence:  # events with one number have no order
            before, group, sequence = group, _EARLIEST, event.sequence
        at, second = event.at, event.or_at
        if second is not None:
            bound = max(before, opening if opening <= second else _EARLIEST)
            found[event.event_id] = bound
            at = second if at < bound <= second else at
        group = max(group, at)
    return found


def _not_after(stated: Sequence[Event]) -> dict[str, datetime]:
    """The latest possible instant of each event: that of the event after it."""
    found: dict[str, datetime] = {}
    after, group = _LATEST, _LATEST
    sequence: int | None = None
    for event in reversed(stated):
        if event.sequence != sequence:
            after, group, sequence = group, _LATEST, event.sequence
        found[event.event_id] = after
        latest = event.or_at if event.or_at is not None and event.or_at <= after else event.at
        group = min(group, latest)
    return found


def since_baseline(ordered: Sequence[Event]) -> Sequence[Event]:
    """The events that count: where some were deleted, what stands in their place and what is dated after that.

    What a correction says of the time before is left out, for nobody knows any more what was then.
    """
    baseline = newest([event.baseline for event in ordered])
    if baseline is None:
        return ordered
    found = []
    for event in ordered:
        if event.baseline is baseline:
            found.append(event)
        elif event.at >= baseline.at and event.baseline is None:
            made = None if event.correction is None else _since(event.correction, baseline.at)
            if event.correction is None or made is not None:
                found.append(replace(event, correction=made))
    return found


def _since(made: Correction, at: datetime) -> Correction | None:
    """What a correction says of the time from *at* on; None where it says nothing of that."""
    if made.start is None or made.start >= at:
        return made
    if made.end is None:
        return replace(made, start=at) if made.kind is CorrectionKind.RETIRE else None
    return replace(made, start=at) if made.end > at else None
