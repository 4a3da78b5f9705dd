"""Declare endpoints: each says which right it needs, what it answers, and how many of its kind are worked on at once.

A section is a group of endpoints with one subject; `app.py` puts the sections together. An endpoint is a plain function
that runs in a thread of its section's `RequestLimit` and gives an `Answer`, or an `async` one, which runs in the loop
and gives a Response of its own. What it takes are FastAPI's parameters; one named `principal` gets whoever asks, one
named `request` the request.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

from fastapi import Depends
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from exporters.api.answers import Answer, respond
from exporters.web import RequestLimit, let_pass
from monitor.access import Principal, Right

H = TypeVar("H", bound=Callable[..., Any])

Allowed = Callable[[Request, Right], Principal]
"""Gives whoever asks where he has the right, and raises the 401 or 403 where not."""

READS_AT_ONCE = 2
"""Requests of one section that are worked on at the same time."""

READS_IN_ALL = 4
"""Requests of all sections together: more would take the interpreter from the threads that alert, and be no faster."""

ALWAYS = (401, 403, 422, 429, 503)
"""Refusals that every endpoint may answer with."""

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint as it was declared. `answers` is the model of its answer; None where `media` is no JSON.

    `also` are other statuses than `status` that are no refusals; `example` is a body that may be sent.
    """

    method: str
    path: str
    right: Right
    handler: Callable[..., Any]
    answers: type[BaseModel] | None
    summary: str
    about: str
    status: int
    refusals: Sequence[int]
    media: str = JSON
    also: Sequence[int] = ()
    example: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """Endpoints with one subject. `about` is said of them all in the document."""

    name: str
    about: str
    limit: RequestLimit = field(default_factory=lambda: RequestLimit(READS_AT_ONCE))
    endpoints: list[Endpoint] = field(default_factory=list)

    def get(
        self, path: str, *, answers: type[BaseModel], summary: str, right: Right = Right.READ,
        refusals: Sequence[int] = (),
    ) -> Callable[[H], H]:  # fmt: skip
        """An endpoint that reads; HEAD is answered as well. *refusals* are those beside `ALWAYS`."""
        return self._declare("GET", path, right, answers, summary, 200, refusals)

    def change(
        self, method: str, path: str, *, answers: type[BaseModel], summary: str, right: Right, status: int = 200,
        refusals: Sequence[int] = (), also: Sequence[int] = (), example: Mapping[str, Any] | None = None,
    ) -> Callable[[H], H]:  # fmt: skip
        """An endpoint that changes something; a body is JSON and said to be."""
        said = (400, 415, *refusals)
        return self._declare(method, path, right, answers, summary, status, said, also=also, example=example)

    def stream(
        self, path: str, *, media: str, summary: str, right: Right = Right.READ, refusals: Sequence[int] = ()
    ) -> Callable[[H], H]:
        """An endpoint that reads and whose `async` function makes its own Response. See `is_head`."""
        return self._declare("GET", path, right, None, summary, 200, refusals, media)

    def _declare(
        self, method: str, path: str, right: Right, answers: type[BaseModel] | None, summary: str, status: int,
        refusals: Sequence[int], media: str = JSON, also: Sequence[int] = (),
        example: Mapping[str, Any] | None = None,
    ) -> Callable[[H], H]:  # fmt: skip
        def declared(handler: H) -> H:
            about = inspect.getdoc(handler) or ""
            self.endpoints.append(
                Endpoint(
                    method, path, right, handler, answers, summary, about, status, tuple(refusals), media, also, example
                )
            )
            return handler

        return declared


@dataclass(frozen=True, slots=True)
class Room:
    """Where the requests of a section are worked on: among its own, among all, and behind *alerting*."""

    own: RequestLimit
    all: RequestLimit
    alerting: Callable[[], bool]

    async def run(self, work: Callable[..., Any], **given: Any) -> Any:
        """Do the work in a thread. Raises HTTPException, 503, where there is no place in time."""
        async with self.own.place(), self.all.place():
            await let_pass(self.alerting)
            return await run_in_threadpool(work, **given)


def is_head(request: Request) -> bool:
    """Whether only the head of the answer was asked for: a stream then ends at once."""
    return bool(request.scope.get("tierwatch_head"))


def callable_of(
    endpoint: Endpoint, room: Room, allowed: Allowed, known: Callable[[Request], frozenset[str]]
) -> Callable[..., Awaitable[Response]]:
    """The function that FastAPI calls: whether it is allowed is asked before anything else of the request is read.

    *known* gives the names of the query that the endpoint has: any other is refused, for a filter that is misspelt
    would give rows that nobody asked for.
    """
    signature = inspect.signature(endpoint.handler, eval_str=True)
    takes = signature.parameters.keys()

    async def checked(request: Request) -> Principal:
        principal = allowed(request, endpoint.right)
        if endpoint.method != "GET" and not _says_json(request):
            raise HTTPException(415)
        strangers = request.query_params.keys() - known(request)
        if strangers:
            name = sorted(strangers)[0][:50]
            raise HTTPException(422, f"This address has no parameter {name!r}; its parameters are in openapi.json.")
        return principal

    async def call(request: Request, principal: Principal, **given: Any) -> Response:
        if "principal" in takes:
            given["principal"] = principal
        if "request" in takes:
            given["request"] = request
        if inspect.iscoroutinefunction(endpoint.handler):
            made = await endpoint.handler(**given)
        else:
            made = await room.run(endpoint.handler, **given)
        return respond(request, made) if isinstance(made, Answer) else made

    own = [one for name, one in signature.parameters.items() if name not in ("principal", "request")]
    keyword = inspect.Parameter.KEYWORD_ONLY
    call.__signature__ = inspect.Signature([  # type: ignore[attr-defined]
        inspect.Parameter("request", keyword, annotation=Request),
        inspect.Parameter("principal", keyword, annotation=Annotated[Principal, Depends(checked)]),
        *(one.replace(kind=keyword) for one in own),
    ])  # fmt: skip
    call.__name__ = endpoint.handler.__name__
    call.__annotations__ = {}
    return call


def _says_json(request: Request) -> bool:
    """A form of another site cannot say so without asking first, which nobody may (CORS is off)."""
    return request.headers.get("content-type", "").partition(";")[0].strip().casefold() == JSON
