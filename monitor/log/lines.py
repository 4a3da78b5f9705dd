"""Keep each log entry on one line, whatever text it holds.

A ticket's id may hold a line break and a forged line behind it, or commands for the terminal that shows the log.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from io import StringIO
from typing import Any, TextIO

from monitor.text import one_line

_LONGEST = 2000


def harmless(_: Any, __: str, said: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """A structlog processor: every text on one line, without control characters, and cut where it is very long."""
    return {name: _plain(word) if isinstance(word, str) else word for name, word in said.items()}


def _plain(word: str) -> str:
    if word.isascii() and word.isprintable() and len(word) <= _LONGEST:
        return word
    return one_line(word[:_LONGEST]) + ("…" if len(word) > _LONGEST else "")


def plain_traceback(out: TextIO, exc_info: Any) -> None:
    """Write a traceback without the values of variables, and without control characters in its messages."""
    import structlog  # not before there is a traceback

    text = StringIO()
    structlog.dev.plain_traceback(text, exc_info)
    lines = (
        "".join(one if one.isprintable() else " " for one in line[:_LONGEST]) for line in text.getvalue().split("\n")
    )
    out.write("\n".join(lines))
