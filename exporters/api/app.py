"""Put the sections together: `/api/v1`, its document, its refusals, and how often a caller may ask."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from urllib.parse import unquote

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Message, Receive, Scope, Send

from exporters.api import document
from exporters.api.answers import CACHED
from exporters.api.deeds import not_done
from exporters.api.names import SLASH
from exporters.api.problem import not_understood, problem
from exporters.api.rate import Buckets, Rate
from exporters.api.section import READS_IN_ALL, Allowed, Room, Section, callable_of
from exporters.web import RequestLimit
from monitor.access import LoggedInBy
from monitor.deeds import Refused
from monitor.errors import TierwatchError
from monitor.text import json_body


class Api:
    """The API as an ASGI app, which the site mounts."""

    def __init__(
        self,
        sections: Sequence[Section],
        allowed: Allowed,
        rate: Rate | None = None,
        clock: Callable[[], float] = time.monotonic,
        alerting: Callable[[], bool] = lambda: False,
    ) -> None:
        """*alerting* says whether alerting is at work at this instant: reads wait for it for a moment."""
        self._sections, self._allowed = tuple(sections), allowed
        self._buckets = Buckets(rate or Rate(), clock)
        self._all, self._alerting = RequestLimit(READS_IN_ALL), alerting
        self._document = b""
        self._known: dict[str, frozenset[str]] = {}
        self._app = self._built()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; HEAD as GET, without the body."""
        if scope["type"] != "http":
            raise RuntimeError(f"the API answers HTTP and no {scope['type']}")
        if (wait := self._buckets.take(_caller(scope))) > 0:
            await problem(429, headers={"retry-after": str(wait)})(scope, receive, send)
        elif not _keep_slashes(scope):
            await problem(404)(scope, receive, send)
        elif scope["method"] == "HEAD":
            await self._app({**scope, "method": "GET", "tierwatch_head": True}, receive, _without_body(send))
        else:
            await self._app(scope, receive, send)

    def _built(self) -> FastAPI:
        app = FastAPI(
            title=document.TITLE, version=document.VERSION, openapi_url=None, docs_url=None, redoc_url=None,
            redirect_slashes=False,  # a redirect would be built from the Host header
            exception_handlers={
                HTTPException: self._refused,
                RequestValidationError: _not_understood,
                Refused: not_done,
                TierwatchError: _unavailable,
                Exception: _failed,
            },
        )  # fmt: skip
        for section in self._sections:
            room = Room(section.limit, self._all, self._alerting)
            for endpoint in section.endpoints:
                document.add(app, section, endpoint, callable_of(endpoint, room, self._allowed, self._names))
        app.add_api_route("/openapi.json", self._openapi, methods=["GET"], include_in_schema=False)
        described = document.of(app, self._sections)
        self._document = json_body(described)
        self._known = {
            f"{method.upper()} {path}": frozenset(
                one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"
            )
            for path, operations in described["paths"].items()
            for method, operation in operations.items()
        }
        return app

    def _names(self, request: Request) -> frozenset[str]:
        """The names of the query that the endpoint of a request has."""
        return self._known[f"{request.method} {request.scope['route'].path_format}"]

    async def _openapi(self) -> Response:
        """The document: it says what there is and nothing of what is stored, so everybody may read it."""
        return Response(self._document, headers={"cache-control": CACHED}, media_type="application/json")

    async def _refused(self, request: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            return problem(500)
        headers = dict(error.headers or {})
        detail = error.detail if error.detail.endswith(".") else ""  # what a library says is no sentence
        if error.status_code == 405:
            methods = self._methods(request)
            headers["allow"], detail = ", ".join(methods), f"This address only answers {' and '.join(methods)}."
        return problem(error.status_code, detail, headers=headers)

    def _methods(self, request: Request) -> list[str]:
        """Every method that some endpoint of this address takes; the first that matched knows only its own."""
        found: set[str] = set()
        for route in self._app.routes:
            if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE:
                found |= route.methods or set()
        return sorted(found | ({"HEAD"} if "GET" in found else set()))


def _caller(scope: Scope) -> str:
    principal = scope.get("state", {}).get("principal")
    if principal is not None and principal.by is not LoggedInBy.NOBODY:
        return f"name {principal.name}"
    client = scope.get("client")
    return f"address {client[0] if client else ''}"


def _keep_slashes(scope: Scope) -> bool:
    """Have a slash that is part of a name end no part of the path; false where no name can be meant."""
    raw = scope.get("raw_path") or b""
    if b"%00" in raw:
        return False
    if b"%2f" in raw.lower():
        parts = raw.partition(b"?")[0].decode("latin-1").split("/")
        scope["path"] = "/".join(unquote(part).replace("/", SLASH) for part in parts)
    return True


def _without_body(send: Send) -> Send:
    async def sent(message: Message) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return sent


async def _not_understood(request: Request, error: Exception) -> Response:
    return not_understood(error) if isinstance(error, RequestValidationError) else problem(422)


async def _unavailable(request: Request, error: Exception) -> Response:
    return problem(503, str(error), headers={"retry-after": "1"})


async def _failed(request: Request, error: Exception) -> Response:
    """Outermost: the server logs the error after it."""
    return problem(500)


def build_api(
    sections: Sequence[Section], allowed: Allowed, rate: Rate | None = None,
    alerting: Callable[[], bool] = lambda: False,
) -> Api:  # fmt: skip
    """The API of these sections; *alerting* says whether alerting is at work at this instant."""
    return Api(sections, allowed, rate, alerting=alerting)
