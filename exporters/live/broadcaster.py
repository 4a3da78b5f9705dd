"""Send what is committed to all viewers at once.

Whoever reads the store hands in each batch once, from a thread of its own; the loop of the server puts it before every
viewer. There are at most `limit` viewers: beyond them one more is let in only in the place of one whose address has
more, so that nobody locks others out. Streams end by themselves after a while, and their viewers come again where they
were: so whoever lost the right to look does not look for ever.
"""

from __future__ import annotations

import asyncio
import random
import threading
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from exporters.live import events
from exporters.live.events import HEARTBEAT, EventId, Reset, Told
from exporters.live.viewer import Batch, Filter, Gone, Viewer
from monitor.errors import TierwatchError
from monitor.machine import AtMostEvery

LONG_ANSWER = "tierwatch.long_answer"
"""Under this name the scope of a request has its viewer, by which the guard of connections knows a stream."""

MOST_VIEWERS = 500

MOST_FILTERS = 64
"""Different filters at the same time: what each takes is put together once for each batch, and may wait."""

MOST_PARTS = 8
"""Different parts of pages at the same time, each in one language and zone: each is made anew with every change."""

OPENED_AT_ONCE = 4
"""Viewers for which the store is read at the same time: after a restart all of them come at once."""

LASTS = timedelta(minutes=15)
"""How long a stream lasts at most; some end a little earlier, so that not all come again at once."""

LOG_EVERY = timedelta(minutes=1)

log = structlog.get_logger()

MakePart = Callable[[Request], Response]
"""Makes a part of a page, for the language and the zone of a request."""


@dataclass(frozen=True, slots=True)
class Opening:
    """How a stream begins: everything up to *since* is sent in it or not at all.

    `missed` is what a viewer that was here before has not seen, oldest first; `reset` says why it is not sent instead.
    """

    since: EventId
    missed: tuple[Told, ...] = ()
    reset: Reset | None = None


class Broadcaster:
    """All viewers of one program. It outlives configurations, so a reload ends no stream."""

    def __init__(self, opening: Callable[[str], Opening], wake: Callable[[], None], limit: int = MOST_VIEWERS) -> None:
        """*opening* reads, by a `Last-Event-ID` or an empty text, how a stream begins; *wake* is called for a viewer.

        Both may be called before `make` is set: then no parts of pages are sent.
        """
        self.limit = limit
        self.make: Mapping[str, MakePart] = {}
        """What makes the parts of pages, by name: that of the site that is served at present."""
        self.ended = dict.fromkeys(Gone, 0)
        self.refused = 0
        self._opening, self._wake = opening, wake
        self._viewers: set[Viewer] = set()
        self._wanted: dict[Hashable, tuple[str, Request]] = {}
        self._made: dict[Hashable, bytes] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._places = asyncio.Semaphore(OPENED_AT_ONCE)
        self._lock = threading.Lock()
        self._logging: AtMostEvery[timedelta] = AtMostEvery(LOG_EVERY)
        self._stopped = False

    @property
    def viewers(self) -> int:
        return len(self._viewers)

    # -- in the thread that reads the store ----------------------------------------------------------------------------

    @property
    def lacks_parts(self) -> bool:
        """Whether somebody waits for a part of a page that was not made yet."""
        with self._lock:
            return not self._wanted.keys() <= self._made.keys()

    def parts(self) -> dict[Hashable, bytes]:
        """Make every part that somebody looks at anew. One that fails is left out, and said once a minute."""
        with self._lock:
            wanted = dict(self._wanted)
        made: dict[Hashable, bytes] = {}
        for key, (name, request) in wanted.items():
            try:
                made[key] = events.part(bytes(self.make[name](request).body).decode("utf-8", "replace"))
            except (TierwatchError, KeyError) as error:
                self._not_made(name, str(error))
            except Exception:
                self._not_made(name)
        return made

    def publish(self, batch: Batch) -> None:
        """Put a batch before every viewer. Returns at once."""
        self._call(self._deliver, batch)

    def beat(self) -> None:
        """Send a comment on every stream on which nothing waits, and end those that have lasted their time."""
        self._call(self._beat)

    def stop(self) -> None:
        """End every stream, and begin no other."""
        self._stopped = True
        self._call(self._end_all)

    # -- in the loop of the server -------------------------------------------------------------------------------------

    def join(self, address: str, wanted: Filter, part: tuple[str, Hashable, Request] | None = None) -> Viewer | None:
        """One more viewer, who takes batches from now on; None where there is no room.

        *part* names a part of a page, for whom it is made, and a request of such a viewer.
        """
        loop = self._loop = asyncio.get_running_loop()
        if self._stopped or not self._room(address, wanted):
            self.refused += 1
            return None
        key = None if part is None else self._want(*part)
        lasts = LASTS.total_seconds() * random.uniform(0.8, 1.0)
        viewer = Viewer(address, wanted, key, loop.time() + lasts)
        self._viewers.add(viewer)
        self._wake()
        return viewer

    async def open(self, viewer: Viewer, last: str) -> Opening | None:
        """How the stream of a viewer begins; None where the store cannot be read."""
        try:
            async with self._places:
                opening = await run_in_threadpool(self._opening, last)
        except TierwatchError as error:
            if self._logging.take(timedelta(seconds=asyncio.get_running_loop().time())):
                log.error("viewer_not_served", error=str(error), what="the viewer comes again by itself")
            viewer.end(Gone.FAILED)
            return None
        with self._lock:
            viewer.begin(opening.since, self._made.get(viewer.part, b""))
        return opening

    def leave(self, viewer: Viewer) -> None:
        """The stream is over; the viewer itself has ended it, where nothing else has."""
        if viewer in self._viewers:
            viewer.end(Gone.LEFT)
            self._viewers.discard(viewer)
            self.ended[viewer.gone or Gone.LEFT] += 1
            if viewer.part is not None and all(each.part != viewer.part for each in self._viewers):
                with self._lock:
                    self._wanted.pop(viewer.part, None)
                    self._made.pop(viewer.part, None)

    def _room(self, address: str, wanted: Filter) -> bool:
        filters = {each.wanted for each in self._viewers}
        if wanted not in filters and len(filters) >= MOST_FILTERS:
            return False
        here = [each for each in self._viewers if not each.over]
        if len(here) < self.limit:
            return True
        places = Counter(each.address for each in here)
        worst, most = places.most_common(1)[0]
        if most <= places[address] + 1:
            return False
        oldest = min((each for each in here if each.address == worst), key=lambda each: each.until)
        oldest.end(Gone.PLACE)
        return True

    def _want(self, name: str, variant: Hashable, request: Request) -> Hashable | None:
        key = (name, variant)
        with self._lock:
            if key not in self._wanted and len(self._wanted) >= MOST_PARTS:
                return None
            self._wanted.setdefault(key, (name, request))
        return key

    def _deliver(self, batch: Batch) -> None:
        with self._lock:
            self._made |= {key: made for key, made in batch.parts.items() if key in self._wanted}
        for viewer in self._viewers:
            viewer.take(batch)

    def _beat(self) -> None:
        now = asyncio.get_running_loop().time()
        for viewer in self._viewers:
            if now >= viewer.until:
                viewer.end(Gone.RENEWED)
            else:
                viewer.push(HEARTBEAT)

    def _end_all(self) -> None:
        for viewer in self._viewers:
            viewer.end(Gone.STOPPED)

    def _call(self, what: Callable[..., None], *given: Batch) -> None:
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # the server has ended
                loop.call_soon_threadsafe(what, *given)

    def _not_made(self, name: str, why: str = "") -> None:
        """Say that a part could not be made; without a reason that is known, where in the code it failed."""
        loop = self._loop
        if loop is None or not self._logging.take(timedelta(seconds=loop.time())):
            return
        what = "viewers see the age of what they have; it is made again with the next change"
        if why:
            log.error("part_not_made", part=name, error=why, what=what)
        else:
            log.exception("part_not_made", part=name, what=what)
