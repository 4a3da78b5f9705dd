"""Cut a long text where it matters least: in the middle, for paths and ids often differ at their ends. Pure."""

from __future__ import annotations

import unicodedata

HIDDEN = "\N{REPLACEMENT CHARACTER}"
_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that reverse the text behind them; marks of direction and joiners, which some scripts need, stay."""
_BREAKS = frozenset("\n\t\u2028\u2029")


def shortened(text: str, most: int) -> str:
    """The text with at most *most* characters: its first two thirds, `…`, and its end."""
    if len(text) <= most:
        return text
    end = (most - 1) // 3
    return f"{text[: most - 1 - end]}…{text[len(text) - end :]}"


def visible(text: str) -> str:
    """The text with U+FFFD for each control character, override of direction and unpaired surrogate in it."""
    if text.isprintable():
        return text
    return "".join(HIDDEN if _acts(one) else one for one in text)


def inert(text: str) -> str:
    """The text on one line: as `visible`, and U+FFFD for each tab and each break of a line, of whichever kind."""
    if text.isprintable():
        return text
    return "".join(HIDDEN if one in _BREAKS or _acts(one) else one for one in text)


def _acts(character: str) -> bool:
    return character in _OVERRIDES or (unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t")
