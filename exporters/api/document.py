"""Describe the API as an OpenAPI 3.1 document, from the declared endpoints and their models."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.responses import JSONResponse, Response

from exporters.api.problem import PROBLEM_TYPE, Fault, Problem, title
from exporters.api.section import ALWAYS, JSON, Endpoint, Section
from exporters.web import API_PATH

TITLE = "tierwatch"
VERSION = "1"
"""Of the API: it is another one when something is taken away, and the same when something is added."""

ABOUT = """\
Everything that the pages show, for programs.

Instants are ISO 8601 in UTC, lengths are seconds. A list is read by pages: ask again with `cursor` set to `next` until
`next` is null. An answer has a weak `ETag`; send it back in `If-None-Match`, and an unchanged answer is a 304. Wherever
GET is answered, HEAD is too. Every refusal is `application/problem+json` (RFC 9457) with a sentence in `detail`. A
later version of tierwatch may add fields to an answer; it takes none away from `/api/v1`.
"""

TOKEN = "token"
RIGHT = "x-tierwatch-right"
"""Under this name an operation says which right it needs."""

STREAM = "text/event-stream"
EVENT: dict[str, Any] = {
    "type": "object",
    "description": "One event of the stream. What `data` holds is in docs/live.md.",
    "properties": {
        "event": {"type": "string", "enum": ["begin", "transition", "changed", "reset"]},
        "id": {"type": "string", "description": "Send it back as `Last-Event-ID`."},
        "data": {"type": "string", "contentMediaType": "application/json"},
    },
    "required": ["event", "data"],
}
"""Until OpenAPI 3.2 the schema of a stream is that of each of its events."""

TAG_HEADER = {"description": "A weak tag of the answer, for `If-None-Match`.", "schema": {"type": "string"}}


def add(app: FastAPI, section: Section, endpoint: Endpoint, call: Callable[..., Awaitable[Response]]) -> None:
    """Have the app answer an endpoint by *call*."""
    statuses = sorted({*ALWAYS, *endpoint.refusals, *((404,) if "{" in endpoint.path else ())})
    responses: dict[int | str, dict[str, Any]] = {status: _refusal(status) for status in statuses}
    answer: dict[str, Any] = {"description": title(endpoint.status)}
    if endpoint.answers is not None:
        answer["model"] = endpoint.answers
    else:
        answer["content"] = {endpoint.media: {"schema": EVENT if endpoint.media == STREAM else {"type": "string"}}}
    if endpoint.method == "GET" and endpoint.answers is not None:
        answer["headers"] = {"ETag": TAG_HEADER}
        responses[304] = {"description": "The answer is the one whose tag was sent."}
    responses[endpoint.status] = answer
    for status in endpoint.also:
        responses[status] = {**answer, "description": title(status)}
    app.add_api_route(
        endpoint.path, call, methods=[endpoint.method], response_model=None, status_code=endpoint.status,
        response_class=JSONResponse if endpoint.answers is not None else Response, responses=responses,
        tags=[section.name], summary=endpoint.summary, description=endpoint.about,
        operation_id=endpoint.handler.__name__,
        openapi_extra={"security": [{TOKEN: []}], RIGHT: endpoint.right.value, **_example(endpoint)},
    )  # fmt: skip


def of(app: FastAPI, sections: Sequence[Section]) -> dict[str, Any]:
    """The document of an app whose endpoints have been added."""
    described = get_openapi(
        title=TITLE, version=VERSION, description=ABOUT, routes=app.routes, servers=[{"url": API_PATH}],
        tags=[{"name": section.name, "description": section.about} for section in sections],
    )  # fmt: skip
    parts = described.setdefault("components", {})
    schemas = parts.setdefault("schemas", {})
    for model in (Problem, Fault):
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schema.pop("$defs", None)
        schemas[model.__name__] = schema
    parts["securitySchemes"] = {
        TOKEN: {"type": "http", "scheme": "bearer", "description": "A token that `token create` has made."}
    }
    return described


def _example(endpoint: Endpoint) -> dict[str, Any]:
    """A body that may be sent, where one is declared."""
    return {} if endpoint.example is None else {"requestBody": {"content": {JSON: {"example": endpoint.example}}}}


def _refusal(status: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "description": title(status),
        "content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in (429, 503):
        found["headers"] = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}
    return found
