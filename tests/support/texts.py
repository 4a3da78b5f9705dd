"""Exchange pieces of a text that a test is made of."""

from __future__ import annotations


def exchanged(text: str, *changes: tuple[str, str], count: int = -1) -> str:
    """The text with each old piece replaced by the new one, everywhere or *count* times.

    Fails where a piece is not there: what the test is about would not be in its text any more, and it would pass.
    """
    for old, new in changes:
        assert old in text, f"{old!r} is not in the text"
        text = text.replace(old, new, count)
    return text
