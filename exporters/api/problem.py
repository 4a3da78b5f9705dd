"""Refuse as RFC 9457 says: every answer that is no success is `application/problem+json` with a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from monitor.text import json_body

PROBLEM_TYPE = "application/problem+json"

MOST_NAMED = 20
"""Of so many faults of one request each is named."""

LONGEST = 300
"""Characters of what is said about one fault: what was sent is not sent back at length."""

SENTENCES = {
    400: "This request is not understood.",
    401: "This address wants to know who asks: send a token in the header Authorization: Bearer.",
    403: "Whoever asks may not do this.",
    404: "There is nothing at this address.",
    409: "This does not fit what is stored by now; read it again.",
    413: "This request is too long.",
    415: "This address takes application/json.",
    422: "A part of this request is not understood; `errors` names each.",
    429: "This is more than one caller may ask in a second; ask again after the seconds in Retry-After.",
    500: "This answer could not be made: a defect of tierwatch, written to its log. Clocks and alerts go on.",
    503: "tierwatch is busy with other requests of this kind; ask again after the seconds in Retry-After.",
}
"""What is said where nothing better is known."""


class Fault(BaseModel):
    """One part of a request that is not understood."""

    where: str = Field(description="The part, such as `query.limit` or `body.ends_at`.")
    what: str = Field(description="What is wrong with it.")


class Problem(BaseModel):
    """Why a request was refused (RFC 9457)."""

    type: str = Field(description="Always `about:blank`: the status says what kind of problem this is.")
    title: str = Field(description="The name of the status.")
    status: int = Field(description="The status of the answer.", ge=400, le=599)
    detail: str = Field(description="A sentence for the person who asked.")
    errors: list[Fault] | None = Field(
        default=None, description="Of a 422, the parts that are not understood; not there otherwise."
    )


def problem(
    status: int, detail: str = "", faults: Sequence[Fault] = (), headers: Mapping[str, str] | None = None
) -> Response:
    """The answer. Without a *detail* it says what its status means."""
    said: dict[str, Any] = {
        "type": "about:blank",
        "title": title(status),
        "status": status,
        "detail": detail or SENTENCES.get(status, SENTENCES[400 if status < 500 else 500]),
    }
    if faults:
        said["errors"] = [{"where": fault.where, "what": fault.what} for fault in faults]
    body = json_body(said, indent=1) + b"\n"
    given = {"cache-control": "no-store", **{name.lower(): value for name, value in (headers or {}).items()}}
    return Response(body, status, given, PROBLEM_TYPE)


def not_understood(error: RequestValidationError) -> Response:
    """The refusal of a request whose parts are not what the document says of them."""
    found = error.errors()
    faults = [
        Fault(where=".".join(map(str, one["loc"]))[:LONGEST], what=str(one["msg"])[:LONGEST])
        for one in found[:MOST_NAMED]
    ]
    return problem(422, faults=faults)


def title(status: int) -> str:
    """The name of a status (RFC 9110, 15)."""
    try:
        return HTTPException(status).detail
    except ValueError:
        return "Refused" if status < 500 else "Failed"
