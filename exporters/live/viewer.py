"""Hold what waits for one viewer, within bounds, and say why a viewer is gone.

Belongs to the thread of the server's loop. Transitions wait in order; of what is shown anew as a whole (a part of a
page, that something changed) only the newest waits, so that a slow reader gets fewer of them and costs no more.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field
from enum import StrEnum

from exporters.live.events import NOWHERE, EventId, Told, joined

MOST_WAITING = 256 * 1024
"""Bytes of transitions that wait for one viewer; with more, it is too slow and its stream ends."""


MOST_BEFORE = 64
"""Batches that wait until it is known what goes before them."""


class Gone(StrEnum):
    """Why the stream of a viewer ended: the label of a metric."""

    LEFT = "left"
    """The viewer ended it."""
    SLOW = "slow"
    """The viewer did not take what was sent."""
    PLACE = "place"
    """It made room for a viewer of an address that had fewer."""
    RENEWED = "renewed"
    """It had lasted its time; the viewer comes again, and is asked again who it is."""
    FAILED = "failed"
    """What it missed could not be read from the store; the viewer comes again."""
    STOPPED = "stopped"
    """The program stopped."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What a viewer wants of the transitions, and may see. An empty set takes all; `customer` is None for all."""

    tiers: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    customer: str | None = None

    def takes(self, event: Told) -> bool:
        return (
            (self.customer is None or event.customer == self.customer)
            and (not self.tiers or event.tier in self.tiers)
            and (not self.sources or event.source in self.sources)
            and (not self.kinds or event.kind in self.kinds)
        )


@dataclass(slots=True)
class Batch:
    """What is told at once. What each filter takes of it is put together once.

    `changed` is what those who see all sources are told, `bare` what the others are; both empty where nothing is to be
    shown anew. `parts` are the parts of pages, by what they were made for.
    """

    events: tuple[Told, ...] = ()
    changed: bytes = b""
    bare: bytes = b""
    parts: dict[Hashable, bytes] = field(default_factory=dict)
    lost: bytes = b""
    """In the place of `events`: the event `reset`."""
    _chunks: dict[Filter, bytes] = field(default_factory=dict)

    def chunk(self, wanted: Filter, since: EventId) -> bytes:
        """What a filter takes of the transitions behind *since*."""
        if self.lost:
            return self.lost
        if not self.events or self.events[-1].id.number <= since.number:
            return b""
        if self.events[0].id.number <= since.number:
            return joined(event for event in self.events if event.id.number > since.number and wanted.takes(event))
        chunk = self._chunks.get(wanted)
        if chunk is None:
            chunk = self._chunks[wanted] = joined(filter(wanted.takes, self.events))
        return chunk

    def news(self, wanted: Filter) -> bytes:
        return self.changed if wanted.customer is None else self.bare


class Viewer:
    """One stream. It takes batches from when it is made; `begin` says what goes before them."""

    def __init__(self, address: str, wanted: Filter, part: Hashable | None, until: float) -> None:
        """*until* is when the stream has lasted its time, by the clock of the loop."""
        self.address, self.wanted, self.part, self.until = address, wanted, part, until
        self.gone: Gone | None = None
        self._since = NOWHERE
        self._begun = False
        self._before: list[Batch] = []
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._changed = self._part = b""
        self._woken = asyncio.Event()

    @property
    def over(self) -> bool:
        """Whether nothing more is to be sent; what the client has not taken then may be thrown away."""
        return self.gone is not None

    def end(self, why: Gone = Gone.STOPPED) -> None:
        """Let the stream end; the first reason counts."""
        if self.gone is None:
            self.gone = why
            self._before.clear()
            self._waiting.clear()
            self._changed = self._part = b""
        self._woken.set()

    def begin(self, since: EventId, part: bytes) -> None:
        """Everything up to *since* is sent by who calls; *part* is the part of the page as it is."""
        self._since, self._begun = since, True
        before, self._before = self._before, []
        self._part = part
        for batch in before:
            self.take(batch)
        self._wake()

    def take(self, batch: Batch) -> None:
        """Let a batch wait; a viewer that lets too much wait is ended."""
        if self.over:
            return
        if not self._begun:
            self._before.append(batch)
            if len(self._before) > MOST_BEFORE:
                self.end(Gone.FAILED)
            return
        chunk = batch.chunk(self.wanted, self._since)
        if chunk:
            self._size += len(chunk)
            self._waiting.append(chunk)
        if self._size > MOST_WAITING:
            self.end(Gone.SLOW)
            return
        self._changed = batch.news(self.wanted) or self._changed
        if self.part is not None:
            self._part = batch.parts.get(self.part) or self._part
        self._wake()

    def push(self, chunk: bytes) -> None:
        """Let something wait that is sent if nothing else is."""
        if self._begun and not self.over and not (self._waiting or self._changed or self._part):
            self._waiting.append(chunk)
            self._size += len(chunk)
            self._wake()

    async def next(self) -> bytes:
        """All that waits, as soon as anything does; empty when the stream is over."""
        while not self.over and not (self._waiting or self._changed or self._part):
            self._woken.clear()
            await self._woken.wait()
        waiting = b"".join((*self._waiting, self._changed, self._part))
        self._waiting.clear()
        self._size, self._changed, self._part = 0, b"", b""
        return waiting

    def _wake(self) -> None:
        if self._waiting or self._changed or self._part or self.over:
            self._woken.set()
