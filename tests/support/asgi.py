"""Ask an ASGI app one request in this process, byte for byte as a server would hand it on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from starlette.types import ASGIApp, Message


@dataclass(frozen=True)
class Reply:
    """What came back; names of headers are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    app: ASGIApp,
    target: str,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    state: Mapping[str, Any] | None = None,
    client: str = "127.0.0.1",
) -> Reply:
    """One request; *target* is written as in its first line, *state* is what a middleware before the app has put there.

    An error that the app raises after its answer is swallowed, as a server does that logs it.
    """
    path, _, query = target.partition("?")
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": unquote(path), "raw_path": path.encode("latin-1"), "query_string": query.encode("latin-1"),
        "root_path": "", "client": (client, 50000), "server": ("127.0.0.1", 80), "state": dict(state or {}),
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in (headers or {}).items()],
    }  # fmt: skip
    sent: list[Message] = []

    given = [body]

    async def receive() -> Message:
        if not given:
            await asyncio.Event().wait()  # whoever asked stays, and says nothing more
        return {"type": "http.request", "body": given.pop(), "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    async def run() -> None:
        try:
            await app(scope, receive, send)
        except Exception:
            if not sent:
                raise

    asyncio.run(run())
    start = sent[0]
    found = {name.decode("latin-1"): value.decode("latin-1") for name, value in start["headers"]}
    return Reply(start["status"], found, b"".join(one.get("body", b"") for one in sent[1:]))
