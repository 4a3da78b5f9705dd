"""Make text of sources harmless for a log, a header or a page: one line without control characters. Pure."""

from __future__ import annotations

import unicodedata


def one_line(text: str) -> str:
    """The text on one line, without control, formatting or unpaired characters."""
    cleaned = "".join(" " if unicodedata.category(one)[0] in "CZ" else one for one in text)
    return " ".join(cleaned.split())
