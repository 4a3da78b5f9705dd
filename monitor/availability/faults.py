"""Make faults of a circuit's outages: merge those that follow each other closely, hold flapping ones, count repeats.

Pure. A fault goes on through unknown time that follows an outage. A ticket gives it two of its four stamps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from monitor.availability.figures import ZERO, Window, unexcused
from monitor.availability.micros import Micros, instant, length, micros, span
from monitor.availability.rules import FaultRule
from monitor.availability.timeline import UNAVAILABLE, Timeline


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of one circuit."""

    onset: datetime
    """The beginning of its first outage."""
    detected: datetime
    """When that outage was decided: the last of its first n severely errored bins was closed, or it was stated."""
    ended: datetime | None
    """The end of its last outage; None while the circuit is down, or was when it was last known."""
    outages: int
    unavailable: timedelta
    """Unavailable time in it, without what planned work excuses."""
    excused: timedelta
    """Unavailable time in it that planned work excuses."""
    flapping: bool
    held_until: datetime | None
    """Until when nothing may come that would belong to it; None while it lasts. Before that it is open."""
    counts_from: datetime | None
    """The first instant that no planned work excuses: it is a fault of that year. None: it counts in none."""
    accepted: datetime | None = None
    restored: datetime | None = None
    cause: str = ""

    @property
    def to_restore(self) -> timedelta | None:
        """Time to restore, from the detection to the end of the last outage; None while it lasts."""
        return None if self.ended is None else max(self.ended - self.detected, ZERO)

    @property
    def contested(self) -> timedelta:
        """How long the circuit was still down, by its measurements, when its ticket said restored."""
        if self.restored is None or self.ended is None:
            return ZERO
        return max(self.ended - max(self.restored, self.onset), ZERO)

    def is_open(self, now: datetime) -> bool:
        """Whether a further outage would belong to it."""
        return self.held_until is None or now < self.held_until


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a ticket says of a fault: when it was opened, accepted and restored, and why it was."""

    opened: datetime
    accepted: datetime | None = None
    restored: datetime | None = None
    cause: str = ""


def faults(timeline: Timeline, rule: FaultRule, excused: Iterable[Window] = ()) -> list[Fault]:
    """The faults of a circuit, oldest first."""
    begins, ends = _outages(timeline)
    pieces, ends_of = unexcused(timeline, excused)
    so_far = np.concatenate(([0], np.cumsum(ends_of - pieces)))
    found = []
    for first, after, flapping in _together(begins.tolist(), ends.tolist(), timeline.end, rule):
        onset, end = int(begins[first]), int(ends[after - 1])
        lasts = end == timeline.end
        open_for = max(span(rule.merge), span(rule.flap_window) if flapping else 0)
        unavailable = _unavailable(timeline, onset, end)
        piece, beyond = (int(place) for place in np.searchsorted(pieces, (onset, end)))
        not_excused = int(so_far[beyond] - so_far[piece])
        found.append(
            Fault(
                instant(onset), instant(_decided(timeline, onset)), None if lasts else instant(end), after - first,
                length(not_excused), length(unavailable - not_excused), flapping,
                None if lasts else instant(end + open_for),
                instant(int(pieces[piece])) if piece < beyond else None,
            )
        )  # fmt: skip
    return found


def _outages(timeline: Timeline) -> tuple[Micros, Micros]:
    """The beginnings and ends of outages, unknown time that follows unavailable time among them."""
    down = np.concatenate(([False], timeline.down, [False]))
    edges = np.append(timeline.begins, timeline.end)
    turns = np.flatnonzero(down[1:] != down[:-1])
    return edges[turns[::2]], edges[turns[1::2]]


def _together(
    begins: Sequence[int], ends: Sequence[int], until: int, rule: FaultRule
) -> Iterator[tuple[int, int, bool]]:
    """Which outages are one fault: the first of them, the one after the last, and whether the circuit flaps in it.

    What is still down at *until* has not changed back.
    """
    merge, window = span(rule.merge), span(rule.flap_window)
    first, flapping, changes = 0, False, list[int]()
    for place, (begin, end) in enumerate(zip(begins, ends, strict=True)):
        changes = [at for at in changes if begin - at < window]
        if place and begin - ends[place - 1] >= merge:
            flaps = flapping or len(changes) + 1 >= rule.flaps
            if not (flaps and begin - ends[place - 1] < window):
                yield first, place, flapping
                first, flapping, changes = place, False, []
        changes.append(begin)
        flapping = flapping or len(changes) >= rule.flaps
        if end < until:
            changes = [*(at for at in changes if end - at < window), end]
        flapping = flapping or len(changes) >= rule.flaps
    if begins:
        yield first, len(begins), flapping


def _unavailable(timeline: Timeline, start: int, end: int) -> int:
    first, after = np.searchsorted(timeline.begins, (start, end))
    part = slice(int(first), int(after))
    lengths = timeline.ends[part] - timeline.begins[part]
    return int(lengths[timeline.states[part] == UNAVAILABLE].sum())


def _decided(timeline: Timeline, onset: int) -> int:
    """When the outage was decided that begins at *onset*; at once where nothing says otherwise."""
    place = int(np.searchsorted(timeline.onsets, onset))
    known = place < timeline.onsets.size and int(timeline.onsets[place]) == onset
    return int(timeline.decided[place]) if known else onset


def with_tickets(of: Sequence[Fault], tickets: Iterable[Ticket], until: datetime) -> list[Fault]:
    """The faults with what their tickets say: each ticket goes to the fault during which it was opened.

    One that was opened between two faults goes to the latest before it, where that could still go on. Of several
    tickets of a fault the first acceptance and the last restoration hold.
    """
    found = list(of)
    for ticket in sorted(tickets, key=lambda one: one.opened):
        for place in range(len(found) - 1, -1, -1):
            fault = found[place]
            last = until if fault.held_until is None else fault.held_until
            if fault.onset <= ticket.opened <= last:
                found[place] = replace(
                    fault, accepted=fault.accepted or ticket.accepted, restored=ticket.restored or fault.restored,
                    cause=fault.cause or ticket.cause,
                )  # fmt: skip
                break
    return found


def repeats(of: Iterable[Fault], window: Window, cause: str | None = None) -> int:
    """How many faults count in a time, such as a calendar year or the year up to now; of one cause, if one is given."""
    begin, end = (micros(at) for at in window)
    return sum(
        1
        for fault in of
        if fault.counts_from is not None and begin <= micros(fault.counts_from) < end and cause in (None, fault.cause)
    )
