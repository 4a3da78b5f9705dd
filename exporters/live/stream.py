"""Answer a request with the stream of events, until either side ends it.

The head is sent at once, then what the viewer missed, then whatever is committed. A client that does not take what was
sent holds up nobody: its own task waits, and the guard of connections drops it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from contextlib import suppress
from datetime import datetime

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from exporters.live.broadcaster import LONG_ANSWER, Broadcaster
from exporters.live.events import begin, joined, reset
from exporters.live.viewer import Filter, Gone, Viewer

ALL = Filter()

RETRY = 2.0
"""Seconds after which a browser that lost the stream asks again."""

FULL_RETRY = 15
"""Seconds after which a viewer is to ask again for whom there is no room."""

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store, no-transform"),
    (b"x-accel-buffering", b"no"),
]
"""The last one has nginx pass on what it gets at once."""

_FULL = "All places of viewers are taken; try again later."


class LiveStream(Response):
    """One answer. `wanted` is what the viewer may see and wants, `part` a part of a page that is sent as well."""

    def __init__(
        self, broadcaster: Broadcaster, request: Request, now: datetime, wanted: Filter = ALL,
        part: tuple[str, Hashable] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(media_type="text/event-stream")
        self._broadcaster, self._request, self._now, self._wanted, self._part = broadcaster, request, now, wanted, part

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "HEAD":
            await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
            await send({"type": "http.response.body", "body": b""})
            return
        address = self._request.client.host if self._request.client is not None else ""
        part = None if self._part is None else (*self._part, self._request)
        viewer = self._broadcaster.join(address, self._wanted, part)
        if viewer is None:
            refusal = PlainTextResponse(f"{_FULL}\n", 503, {"retry-after": str(FULL_RETRY)})
            await refusal(scope, receive, send)
            return
        scope[LONG_ANSWER] = viewer
        listening = asyncio.create_task(_left(receive, viewer))
        try:
            await self._stream(viewer, send)
        finally:
            listening.cancel()
            self._broadcaster.leave(viewer)

    async def _stream(self, viewer: Viewer, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        last = self._request.headers.get("last-event-id", "") or self._request.query_params.get("last_event_id", "")
        opening = await self._broadcaster.open(viewer, last)
        if opening is not None:
            resumed = bool(last) and opening.reset is None
            head = begin(self._now, RETRY, None if resumed else opening.since)
            if opening.reset is not None:
                head += reset(opening.reset, opening.since)
            await _send(send, head + joined(filter(viewer.wanted.takes, opening.missed)))
            while chunk := await viewer.next():
                await _send(send, chunk)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _send(send: Send, chunk: bytes) -> None:
    await send({"type": "http.response.body", "body": chunk, "more_body": True})


async def _left(receive: Receive, viewer: Viewer) -> None:
    """End the viewer when the client has gone."""
    with suppress(asyncio.CancelledError):
        while (await receive())["type"] != "http.disconnect":
            pass
        viewer.end(Gone.LEFT)
