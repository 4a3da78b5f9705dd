"""Answer with JSON that is built once, and with a tag by which an unchanged answer is not sent twice.

The models of an endpoint say what an answer looks like and are not run over it: that would take longer than to read
the rows. Tests hold every answer against the document.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from monitor.text import json_body

CACHED = "private, no-cache"
"""Whoever asked may keep the answer, and asks each time whether it still holds (RFC 9111, 5.2.2.4)."""

MOST_TAGS = 64
"""So many tags of `If-None-Match` are looked at."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint found: a value of JSON, and headers beyond those of every answer."""

    value: Any
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


def respond(request: Request, answer: Answer) -> Response:
    """The answer as HTTP; a 304 without it where the caller has it."""
    body = json_body(answer.value, nan=False)
    headers = {"cache-control": CACHED, "vary": "Authorization, Cookie", **dict(answer.headers)}
    if request.method == "GET" and answer.status == 200:
        headers["etag"] = tag = f'W/"{blake2b(body, digest_size=12).hexdigest()}"'
        if _has(request.headers.get("if-none-match", ""), tag):
            return Response(status_code=304, headers=headers)
    else:
        headers["cache-control"] = "no-store"
    return Response(body, answer.status, headers, "application/json")


def _has(tags: str, tag: str) -> bool:
    """Whether a list of tags names this one; compared weakly, as RFC 9110, 13.1.2 says."""
    bare = tag.removeprefix("W/")
    some = (one.strip() for one in tags.split(",", MOST_TAGS)[:MOST_TAGS])
    return any(one == "*" or one.removeprefix("W/") == bare for one in some)
