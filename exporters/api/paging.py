"""Walk long lists by pages: a page says where the next one begins, in words of its own (`cursor`).

A cursor holds the place of the last row that was looked at, never a number of rows: rows that come and go meanwhile
neither hide a row nor show one twice. It fits the list, filter and order that gave it and no other. It gives no right
and hides nothing, so it is not signed: whatever is not exactly of its form is refused.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

T = TypeVar("T")

MOST_ROWS = 500
"""Rows of one page."""

LONGEST_CURSOR = 8192
"""Characters: a place holds at most a few names of a thousand characters."""

LONGEST_NAME = 1000
LARGEST = 2**63 - 1

Place = tuple[str | int | None, ...]
"""Where a page ended: the values by which its list is ordered."""

WRONG = "This cursor was not given by this list with this filter and order; begin without a cursor."


class Page(BaseModel, Generic[T]):
    """One page of a list."""

    items: list[T] = Field(description="The rows of this page. There may be few or none although `next` is given.")
    next: str | None = Field(
        description="The `cursor` of the next page; null where the list has been seen whole. Only null ends a list: "
        "where a filter finds few rows among many, a page ends when enough rows were looked at.",
    )


Limit = Annotated[int, Query(ge=1, le=MOST_ROWS, description="How many rows a page has at most.")]
Cursor = Annotated[str | None, Query(max_length=LONGEST_CURSOR, description="`next` of the page before this one.")]


def cursor_of(query: Mapping[str, Any], place: Place | None) -> str | None:
    """The cursor for a place in the list of this *query* (its name, filter and order, as values of JSON)."""
    if place is None:
        return None
    written = json.dumps([_mark(query), *place], ensure_ascii=False, separators=(",", ":"))
    return urlsafe_b64encode(written.encode("utf-8", "surrogatepass")).decode().rstrip("=")


def place_of(query: Mapping[str, Any], cursor: str | None, kinds: Sequence[type]) -> Place | None:
    """The place that a cursor holds, a value of each of the *kinds*; None without a cursor. Raises a 400."""
    if cursor is None:
        return None
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        held = json.loads(urlsafe_b64decode(padded).decode("utf-8"))
    except (Error, ValueError, RecursionError):
        raise HTTPException(400, WRONG) from None
    if not isinstance(held, list) or len(held) != len(kinds) + 1 or held[0] != _mark(query):
        raise HTTPException(400, WRONG)
    place = tuple(held[1:])
    if not all(_sound(value, kind) for value, kind in zip(place, kinds, strict=True)):
        raise HTTPException(400, WRONG)
    if cursor_of(query, place) != cursor:
        raise HTTPException(400, WRONG)
    return place


def _sound(value: object, kind: type) -> bool:
    if type(value) is not kind:
        return False
    return -LARGEST <= value <= LARGEST if isinstance(value, int) else len(str(value)) <= LONGEST_NAME


def _mark(query: Mapping[str, Any]) -> str:
    """A short word for a list with its filter and order."""
    written = json.dumps(query, sort_keys=True, separators=(",", ":")).encode()
    return blake2b(written, digest_size=6).hexdigest()
