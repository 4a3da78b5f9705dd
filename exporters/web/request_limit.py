"""Bound how many requests of one kind are worked on at once, so that slow ones take neither all threads nor the store.

One that finds no room within `PATIENCE`, or `MOST_WAITING` others before it, is refused with 503. Only the work is
counted, not the sending of the answer or the reading of a body: a slow client holds no place.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

PATIENCE = 5.0
"""Seconds for which a request waits for room."""

MOST_WAITING = 32
"""Requests that wait for room at the same time."""

P = ParamSpec("P")
T = TypeVar("T")


class RequestLimit:
    """Places for requests of one kind."""

    def __init__(self, places: int, patience: float = PATIENCE) -> None:
        self._places, self._patience = asyncio.Semaphore(places), patience
        self._waiting = 0

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do the work in a thread, once there is a place. Raises HTTPException, 503, where there is none in time."""
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
            return await run_in_threadpool(work, *args, **kwargs)
        finally:
            self._places.release()

    def endpoint(self, work: Callable[[Request], Response]) -> Callable[[Request], Awaitable[Response]]:
        """A plain function as an endpoint that keeps to this limit."""

        async def answer(request: Request) -> Response:
            return await self.run(work, request)

        return answer


def _no_room() -> HTTPException:
    return HTTPException(503, headers={"Retry-After": "1"})
