"""Find the characters that a Chinese keyboard or a text processor writes in the place of ASCII ones: `：` for `:`.

Pure. A file's grammar has ASCII signs only; a text for people may have these characters, so finding one is a hint for
a sentence that refuses something, and never a reason to refuse it.
"""

from __future__ import annotations

_SIGNS = dict(zip("：，［］｛｝＃－％．＿／＂＇", ":,[]{}#-%._/\"'", strict=True))
_QUOTES = dict.fromkeys("“”„", '"') | dict.fromkeys("‘’", "'")
_SPACES = {"\u3000": "a full-width space", "\u00a0": "a no-break space"}
_OFFSET = ord("０") - ord("0")

WIDE = "".join((*_SIGNS, *_QUOTES, *_SPACES))
"""The characters that stand for a sign of the grammar."""


def wide(text: str) -> str:
    """The first character of *text* that stands in the place of an ASCII one; nothing where there is none."""
    return next((c for c in text if c in WIDE or "０" <= c <= "９" or "Ａ" <= c <= "ｚ"), "")


def wide_hint(character: str) -> str:
    """What such a character is, and what to write: `'：' is a full-width sign; write ':'`."""
    if character in _SPACES:
        return f"{_SPACES[character]} (U+{ord(character):04X}) stands here; write a plain space"
    if character in _QUOTES:
        return f"{character!r} is a typographic quote; write {_QUOTES[character]}"
    plain = _SIGNS.get(character) or chr(ord(character) - _OFFSET)
    return f"{character!r} is full-width; write {plain}"
