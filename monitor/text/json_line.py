"""Write JSON that is safe to show: as people read it, but for characters that act, which are escaped. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

_ACTS = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters that JSON lets stand, breaks of lines, overrides of direction, halves of surrogate pairs."""


def json_line(value: Any, indent: int | None = None, default: Callable[[Any], Any] | None = None) -> str:
    """The value as JSON, whole: whoever reads it gets every character back. With *indent* on lines for people.

    *default* says what to write for a value that JSON has no form for.
    """
    return _inert(_written(value, indent, default=default))


def json_body(value: Any, indent: int | None = None, nan: bool = True) -> bytes:
    """The same as the body of an answer. A half of a surrogate pair is `?`, for some programs refuse a text with one.

    Without *nan* a number that is none raises ValueError.
    """
    written = _written(value, indent, allow_nan=nan)
    return _inert(written.encode("utf-8", "replace").decode()).encode()


def _written(value: Any, indent: int | None, **options: Any) -> str:
    separators = (",", ":") if indent is None else (",", ": ")
    return json.dumps(value, ensure_ascii=False, indent=indent, separators=separators, **options)


def _inert(written: str) -> str:
    if written.isascii() and "\x7f" not in written:
        return written
    return _ACTS.sub(lambda found: f"\\u{ord(found[0]):04x}", written)  # they stand in strings alone
