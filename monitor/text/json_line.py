"""Write JSON that is safe to show: as people read it, but for characters that act, which are escaped. Pure."""

from __future__ import annotations

import json
import re
from typing import Any

_ACTS = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters that JSON lets stand, breaks of lines, overrides of direction, halves of surrogate pairs."""


def json_line(value: Any, indent: int | None = None) -> str:
    """The value as JSON, whole: whoever reads it gets every character back. With *indent* on lines for people."""
    separators = (",", ":") if indent is None else (",", ": ")
    written = json.dumps(value, ensure_ascii=False, indent=indent, separators=separators)
    return _ACTS.sub(lambda found: f"\\u{ord(found[0]):04x}", written)  # they stand in strings alone
