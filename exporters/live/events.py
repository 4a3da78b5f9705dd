"""Write what was committed as Server-sent events.

Pure. The id of a transition is the number of its row and the instant at which it was recorded, in microseconds: so an
id stands for one transition for ever, also after a restart, and where a database gave a number twice. An event is
written once, whoever gets it. Everything is ASCII and on one line, so no text of a source can end an event.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from monitor.store import StoredTransition
from monitor.worktime import EPOCH, TICK

_ID = re.compile(r"(\d{1,18})-(\d{1,16})(?:-(\d{1,16}))?", re.ASCII)  # until the year 2286

_LINES = re.compile(r"\r\n|\r|\n")

HEARTBEAT = b":\n\n"
"""A comment: it keeps proxies from ending a stream on which nothing happens."""


class Reset(StrEnum):
    """Why a viewer is told to fetch everything anew instead of what it missed."""

    UNKNOWN = "unknown"
    """Its `Last-Event-ID` is none of this database, or that transition was deleted."""
    TOO_OLD = "too_old"
    """It was away for longer than what it missed is sent again."""
    TOO_MANY = "too_many"
    """More was committed since its `Last-Event-ID`, or at once, than is sent one by one."""


class EventId(NamedTuple):
    """Where in the transitions a viewer is: the number of a row, and when that was recorded in microseconds.

    `seen` is when the viewer was there, where that was later. The id of a transition never has it.
    """

    number: int
    recorded: int
    seen: int = 0

    def __str__(self) -> str:
        return f"{self.number}-{self.recorded}-{self.seen}" if self.seen else f"{self.number}-{self.recorded}"

    def at(self, now: datetime) -> EventId:
        """The same place, at which the viewer is at *now*."""
        return self._replace(seen=_micros(now))


NOWHERE = EventId(0, 0)
"""Before the first transition."""


def event_id(number: int, recorded_at: datetime | None) -> EventId:
    """The id of a row; *recorded_at* is None before the first one."""
    return NOWHERE if recorded_at is None else EventId(number, _micros(recorded_at))


def read_id(text: str) -> EventId | None:
    """An id as a viewer sent it; None where it is none."""
    found = _ID.fullmatch(text.strip())
    return None if found is None else EventId(int(found[1]), int(found[2]), int(found[3] or 0))


def _micros(at: datetime) -> int:
    return (at - EPOCH) // TICK


@dataclass(frozen=True, slots=True)
class Told:
    """A transition that was committed, as it is sent, and what a viewer may choose by. `customer` may be empty."""

    id: EventId
    tier: str
    source: str
    kind: str
    customer: str
    wire: bytes


@dataclass(frozen=True, slots=True)
class Changed:
    """That there is something new to see: the time of what is shown, and how old the sources' data is.

    `data_from` is the last good poll of the source that was read longest ago; None where one was never read. `stale`
    names the sources whose data is too old to judge by.
    """

    at: datetime
    data_from: datetime | None = None
    stale: Sequence[str] = ()


def told(row: StoredTransition, customer: str = "") -> Told:
    """The event of a transition."""
    place = event_id(row.id, row.recorded_at)
    data = {
        "source": row.source, "subject": row.subject, "target": row.target, "cycle": row.cycle, "kind": row.kind,
        "stage": row.stage, "tier": row.tier, "assurance": row.assurance, "at": written(row.at),
        "recorded_at": written(row.recorded_at), "because": row.because,
    }  # fmt: skip
    return Told(place, row.tier, row.source, row.kind, customer, _event("transition", data, place))


def changed(what: Changed, place: EventId, *, sources: bool = True) -> bytes:
    """The event that something is new. It carries *place*, up to which everything was sent before it, and the time.

    Without *sources* it names none: whoever may see one customer only is told nothing of the others' sources.
    """
    data: dict[str, Any] = {"at": written(what.at)}
    if sources:
        data |= {"data_from": None if what.data_from is None else written(what.data_from), "stale": list(what.stale)}
    return _event("changed", data, place.at(what.at))


def begin(at: datetime, retry: float, place: EventId | None) -> bytes:
    """The first event. A viewer that goes on where it was gets no *place* with it, for what it missed follows."""
    head = f"retry: {int(retry * 1000)}\n".encode()
    return head + _event(
        "begin", {"at": written(at), "resumed": place is None}, None if place is None else place.at(at)
    )


def reset(why: Reset, place: EventId) -> bytes:
    """That what was missed is not sent: fetch all anew."""
    return _event("reset", {"because": why.value}, place)


def part(html: str) -> bytes:
    """A part of a page, line by line as the protocol wants it."""
    lines = "".join(f"data: {line}\n" for line in _LINES.split(html))
    return f"event: part\n{lines}\n".encode("utf-8", "replace")


def joined(events: Iterable[Told]) -> bytes:
    return b"".join(event.wire for event in events)


def written(at: datetime) -> str:
    """An instant in UTC, as the API writes it."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _event(name: str, data: dict[str, Any], place: EventId | None) -> bytes:
    where = "" if place is None else f"id: {place}\n"
    return f"event: {name}\n{where}data: {json.dumps(data, separators=(',', ':'))}\n\n".encode("ascii")
