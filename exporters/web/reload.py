"""Let a program on this machine, or one with the reload_token, have the configuration read again.

`POST /-/reload` changes what runs, so a page of another site must not send it from a browser on this machine: whatever
a browser adds to a request (`Origin`, `Sec-Fetch-*`, `Referer`) is refused, and so is a name of another host, which a
site may give to this address. What came through a proxy is not of this machine. Who may and what is done is decided by
the app.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from exporters.web.peers import of_this_machine
from exporters.web.request_limit import RequestLimit

RELOADS_AT_ONCE = 2
"""Requests that are answered at the same time; two that wait for one reload are one reload."""

OF_A_BROWSER = ("origin", "referer", "sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest")

BROWSER = "This address does not answer a browser; send the request from a program, such as curl."


@dataclass(frozen=True, slots=True)
class ReloadAsked:
    """Who asks: a program on this machine (`local`), and the token that it sent."""

    local: bool
    token: str = ""


@dataclass(frozen=True, slots=True)
class ReloadAnswer:
    """The status of the answer and its sentence; `retry_after` are seconds, where it is to be asked again."""

    status: int
    sentence: str
    retry_after: int = 0


@dataclass(frozen=True, slots=True)
class ReloadEndpoint:
    """The endpoint. `answer` is the app's; it may take as long as a configuration is read."""

    answer: Callable[[ReloadAsked], ReloadAnswer]
    limit: RequestLimit

    async def reload(self, request: Request) -> Response:
        """Have the configuration read again; the answer says whether it was taken."""
        if any(name in request.headers for name in OF_A_BROWSER):
            return _plain(ReloadAnswer(403, BROWSER))
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        asked = ReloadAsked(of_this_machine(request), token.strip() if kind.casefold() == "bearer" else "")
        return _plain(await self.limit.run(self.answer, asked))


def _plain(answer: ReloadAnswer) -> Response:
    headers = {"cache-control": "no-store"}
    if answer.status == 401:
        headers["www-authenticate"] = "Bearer"
    if answer.retry_after:
        headers["retry-after"] = str(answer.retry_after)
    return Response(f"{answer.sentence}\n".encode("utf-8", "replace"), answer.status, headers, "text/plain")
