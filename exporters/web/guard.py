"""Bound what the connections to the page can take: their number, their time and their memory.

The page may never take what alerting needs, so no connection lives without an end: the head of a request, its body and
the reading of its answer have a time each. Where all places are taken, the oldest connections of the address that has
the most make room, those whose request is being worked on last; so many silent connections lock nobody out, not even
somebody at their own address.

A stream of events (`exporters/live`) is an answer without an end of its own: it is being worked on as long as it is
read, and how many there are is bounded there. What it sends is taken in time, as every answer, or it is dropped.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

import structlog
from uvicorn.protocols.http.h11_impl import H11Protocol

from exporters.live import LONG_ANSWER, Gone, Viewer
from monitor.machine import AtMostEvery

log = structlog.get_logger()

SWEEP_EVERY = 0.5
"""Seconds between two looks at the time of every connection."""

LOG_EVERY = timedelta(minutes=1)
"""The time between two lines of the log about connections that were dropped."""

ONE_IN = 16
"""One in so many connections makes room when all places are taken, so that not every new one has to search."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What connections may take. Lengths of time are seconds, sizes bytes.

    `head` is for a whole request without its body, or for the next one to begin; `body` for the rest of it; `reading`
    for the client to take the answer. `waiting` is what all clients together have not taken yet.
    """

    connections: int = 512
    head: float = 10
    body: float = 15
    reading: float = 30
    most_head: int = 16 * 1024
    most_body: int = 64 * 1024
    pipelined: int = 16
    waiting: int = 64 * 1024 * 1024


class Ended(StrEnum):
    """Why the page ended a connection: the label of a metric."""

    PLACE = "place"
    """It made room for another connection."""
    FULL = "full"
    """There was no room for it."""
    TIME = "time"
    """Its request did not come, or its answer was not read, in time."""
    SIZE = "size"
    """Its request was too long, or too many were sent ahead."""


class Phase(StrEnum):
    """What a connection is about."""

    WAITING = "waiting"
    BODY = "body"
    WORKING = "working"
    READING = "reading"


class Connection(H11Protocol):
    """One connection, with the times at which its phases began."""

    def __init__(self, connections: Connections, address: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._all, self.address = connections, address
        self._received, self._pipelined = 0, 0
        self._idle_since = self._asked_at = self.loop.time()
        self._reading_since: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._idle_since = self.loop.time()

    def connection_lost(self, exc: Exception | None) -> None:
        self._all.discard(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        self._received += len(data)
        before, limits = self.cycle, self._all.limits
        super().data_received(data)
        if self.cycle is not before:
            self._asked_at, self._received = self.loop.time(), min(len(data), self._received)
        elif self._received > limits.most_head + limits.most_body:
            self._all.ended[Ended.SIZE] += 1
            if self.phase is Phase.BODY:
                self.refuse(b"413 Content Too Large", b"This request is too long.")
            else:
                self.drop()

    def on_response_complete(self) -> None:
        self._idle_since, self._received = self.loop.time(), 0
        self._pipelined = self._pipelined + 1 if self.conn.trailing_data[0] else 0
        if self._pipelined > self._all.limits.pipelined:
            self._all.ended[Ended.SIZE] += 1
            self.transport.close()
        before = self.cycle
        super().on_response_complete()
        if self.cycle is not before:
            self._asked_at = self.loop.time()

    @property
    def ready(self) -> bool:
        """Whether it can be read and dropped: not yet in the moment in which it is accepted."""
        return self.transport is not None

    @property
    def viewer(self) -> Viewer | None:
        """Who looks on, where the answer is a stream of events."""
        if self.cycle is None or self.cycle.response_complete:
            return None
        found = self.cycle.scope.get(LONG_ANSWER)
        return found if isinstance(found, Viewer) else None

    @property
    def phase(self) -> Phase:
        if self.cycle is None or self.cycle.response_complete:
            return Phase.READING if self.waiting else Phase.WAITING
        if self.cycle.more_body and not self.cycle.response_started:
            return Phase.BODY
        return Phase.READING if self.waiting else Phase.WORKING

    @property
    def waiting(self) -> int:
        """Bytes of an answer that the client has not taken."""
        return self.transport.get_write_buffer_size() if self.ready else 0

    @property
    def since(self) -> float:
        """When its phase began, by the clock of the loop; the reading of an answer is noticed by a sweep."""
        phase = self.phase
        if phase is Phase.READING:
            return self._reading_since if self._reading_since is not None else self.loop.time()
        return self._idle_since if phase is Phase.WAITING else self._asked_at

    def look(self, now: float) -> None:
        """End the connection if its time is over."""
        if not self.ready:
            return
        phase, limits = self.phase, self._all.limits
        if phase is not Phase.READING:
            self._reading_since = None
        elif self._reading_since is None:
            self._reading_since = now
        most = {Phase.READING: limits.reading, Phase.BODY: limits.body, Phase.WAITING: limits.head}
        if self.transport.is_closing() and phase is not Phase.READING:
            return
        viewer = self.viewer
        if viewer is not None and viewer.over and self.waiting:  # its end cannot be sent either
            self.drop()
            return
        if phase not in most or now - self.since <= most[phase]:
            return
        if phase is Phase.WAITING and not self._received:  # nobody asked anything
            self.drop()
            return
        self._all.ended[Ended.TIME] += 1
        if viewer is not None:
            viewer.end(Gone.SLOW)
        if phase is Phase.READING:
            self.drop()
        else:
            what = b"body" if phase is Phase.BODY else b"head"
            self.refuse(b"408 Request Timeout", b"The %s of this request did not come in time." % what)

    def refuse(self, status: bytes, sentence: bytes) -> None:
        """Answer in one piece, and close. What the app may still say is not sent."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.write(refusal(status, sentence))
        self.transport.close()

    def drop(self) -> None:
        """Close at once, whatever has not been sent."""
        if self.ready:
            self.transport.abort()


def refusal(status: bytes, sentence: bytes) -> bytes:
    """A whole answer that ends a connection."""
    return (
        b"HTTP/1.1 %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\nConnection: close\r\n"
        b"Retry-After: 1\r\n\r\n%s\n" % (status, len(sentence) + 1, sentence)
    )


class Connections:
    """All connections of one server, from when they are accepted. Belongs to the thread of the loop."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._open: set[Connection] = set()
        self.ended = dict.fromkeys(Ended, 0)
        self._dropped = 0
        self._logging: AtMostEvery[timedelta] = AtMostEvery(LOG_EVERY)

    def __len__(self) -> int:
        return len(self._open)

    def add(self, connection: Connection) -> None:
        self._open.add(connection)

    def discard(self, connection: Connection) -> None:
        self._open.discard(connection)

    def room(self, address: str, now: float) -> bool:
        """Whether one more may come in from there; where all places are taken, after others were dropped for it.

        Nobody is dropped for an address that has more connections than his.
        """
        if len(self._open) < self.limits.connections:
            return True
        places = Counter(each.address for each in self._open)
        there = [each for each in self._open if each.ready and places[each.address] >= places[address]]
        idle = [each for each in there if each.phase is not Phase.WORKING]
        oldest = sorted(idle or there, key=lambda each: (-places[each.address], each.since))
        self._drop(oldest[: max(1, self.limits.connections // ONE_IN)], now)
        return len(self._open) < self.limits.connections

    def sweep(self, now: float) -> None:
        """End every connection whose time is over, and those that let too much of their answers wait."""
        for each in tuple(self._open):
            each.look(now)
        waiting = sum(each.waiting for each in self._open)
        for each in sorted(self._open, key=lambda each: each.since):
            if waiting <= self.limits.waiting:
                break
            if each.waiting:
                waiting -= each.waiting
                self._drop([each], now)

    def end_unfinished(self) -> None:
        """Drop the connections whose request is not whole, for nobody waits for them, and let streams of events end."""
        for each in tuple(self._open):
            viewer = each.viewer
            if viewer is not None:
                viewer.end(Gone.STOPPED)
            if each.phase is Phase.BODY or (viewer is not None and each.waiting):
                each.drop()

    def _drop(self, some: Iterable[Connection], now: float) -> None:
        for each in some:
            self._open.discard(each)
            if each.viewer is not None:
                each.viewer.end(Gone.PLACE)
            each.drop()
            self.ended[Ended.PLACE] += 1
            self._dropped += 1
        if self._dropped and self._logging.take(timedelta(seconds=now)):
            log.warning(
                "connections_dropped", dropped=self._dropped, limit=self.limits.connections,
                what="all places were taken, so the oldest idle connections made room; see who opens so many",
            )  # fmt: skip
            self._dropped = 0
