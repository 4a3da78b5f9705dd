"""Bound how many requests of one kind are worked on at once, so that slow ones take neither all threads nor the store.

One that finds no room within `PATIENCE`, or `MOST_WAITING` others before it, is refused with 503. Only the work is
counted, not the sending of the answer or the reading of a body: a slow client holds no place. Work that has time waits
for alerting (`let_pass`), and never longer than `LONGEST_YIELD`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import ParamSpec, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

PATIENCE = 5.0
"""Seconds for which a request waits for room."""

MOST_WAITING = 32
"""Requests that wait for room at the same time."""

LONGEST_YIELD = 0.05
"""Seconds for which a request lets alerting pass at most, however long that is at work."""

YIELD_STEP = 0.002
"""Seconds after which such a request looks again."""

P = ParamSpec("P")
T = TypeVar("T")


class RequestLimit:
    """Places for requests of one kind."""

    def __init__(self, places: int, patience: float = PATIENCE) -> None:
        self._places, self._patience = asyncio.Semaphore(places), patience
        self._waiting = 0

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do the work in a thread, once there is a place. Raises HTTPException, 503, where there is none in time."""
        async with self.place():
            return await run_in_threadpool(work, *args, **kwargs)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """A place for what the block does. Raises HTTPException, 503, where there is none in time."""
        if self._waiting >= MOST_WAITING:
            raise _no_room()
        self._waiting += 1
        try:
            await asyncio.wait_for(self._places.acquire(), self._patience)
        except TimeoutError:
            raise _no_room() from None
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._places.release()

    def endpoint(self, work: Callable[[Request], Response]) -> Callable[[Request], Awaitable[Response]]:
        """A plain function as an endpoint that keeps to this limit."""

        async def answer(request: Request) -> Response:
            return await self.run(work, request)

        return answer


async def let_pass(alerting: Callable[[], bool]) -> None:
    """Wait while *alerting* is at work, and not longer than `LONGEST_YIELD`."""
    loop = asyncio.get_running_loop()
    end = loop.time() + LONGEST_YIELD
    while alerting() and loop.time() < end:
        await asyncio.sleep(YIELD_STEP)


def _no_room() -> HTTPException:
    return HTTPException(503, headers={"Retry-After": "1"})
