"""Find the mentions of a name in a text, in the spellings in which one name can be written.

Pure. Case, width, the way in which an accent is encoded, the kind and amount of space, JSON's `\\u` escapes and the
percent signs of links do not count. A name in letters that have cases is found as a word of its own (`Ann` is not in
`Annual`); Chinese has no spaces between words, so 王芳 is found wherever it stands. A name that a text was cut in is
found by its beginning and the `…` behind it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

_SPACE = r"(?:\s|%20|\+|\\u0020|\\u3000)+"
_NO_CASE = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_LETTER = rf"[^\W_{_NO_CASE}]"
_BEFORE = rf"(?:(?<!{_LETTER})|(?<=\\[nrtbf])|(?<=\\u[0-9a-fA-F]{{4}})|(?<=%[0-9a-fA-F]{{2}}))"
_AFTER = rf"(?!{_LETTER})"
_WIDE = re.compile(r"[\uff01-\uff5e]")
_SHORTEST_CUT = 4
"""Letters of a cut name at least, of those that have cases; of others two."""


@dataclass(frozen=True, slots=True)
class Mentions:
    """The names that are looked for. Raises ValueError, with the rest of a sentence, for one that is too short."""

    names: tuple[str, ...]
    _pattern: re.Pattern[str] = field(init=False, repr=False)
    _starts: tuple[str, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        for name in self.names:
            if len("".join(name.split())) < 2:
                raise ValueError("has fewer than two characters, and would be found everywhere; write the whole name")
        ways = dict.fromkeys(way for name in self.names for way in _ways(name))
        starts = dict.fromkeys(_start(form) for name in self.names for form in _forms(name))
        object.__setattr__(self, "_pattern", re.compile("|".join(ways), re.IGNORECASE))
        object.__setattr__(self, "_starts", tuple(starts))

    def found(self, text: str) -> bool:
        return self._may_be_in(text) and self._pattern.search(text) is not None

    def _may_be_in(self, text: str) -> bool:
        """False where the beginning of no name is in the text in any spelling: a quick look, for texts are many."""
        if "\\u" in text or "%" in text or (not text.isascii() and _WIDE.search(text)):
            return True
        plain = text.casefold()
        return any(start in plain for start in self._starts)

    def replaced(self, text: str, marker: str) -> str:
        """The text with the marker for each mention; the same object where there is none."""
        return self._pattern.sub(lambda _: marker, text) if self.found(text) else text

    def in_bytes(self) -> frozenset[bytes]:
        """What a file that holds one of the names has among its bytes, ASCII letters as small ones."""
        forms = {form for name in self.names for form in _forms(name)}
        cased = {way for form in forms for way in (form, form.lower(), form.upper(), form.title())}
        return frozenset(way.encode().lower() for way in cased)


def _forms(name: str) -> Iterator[str]:
    trimmed = " ".join(name.split())
    yield from (unicodedata.normalize(form, trimmed) for form in ("NFC", "NFD", "NFKC"))


def _start(form: str) -> str:
    """What every plain spelling of a name begins with, a cut one too."""
    return form.split(" ")[0][: 3 if _cased(form[0]) else 2].casefold()


def _ways(name: str) -> Iterator[str]:
    """The patterns of a name: whole, and cut."""
    for form in _forms(name):
        first, last = (_BEFORE if _cased(form[0]) else ""), (_AFTER if _cased(form[-1]) else "")
        yield first + _letters(form) + last
        least = _SHORTEST_CUT if _cased(form[0]) else 2
        cuts = [_letters(form[:length].rstrip()) for length in range(len(form) - 1, least - 1, -1)]
        if cuts:
            yield rf"{first}(?:{'|'.join(cuts)})(?=…)"


def _cased(character: str) -> bool:
    """Whether it stands in words that spaces divide."""
    return re.fullmatch(_LETTER, character) is not None


def _letters(text: str) -> str:
    return "".join(_letter(one) for one in text)


def _letter(one: str) -> str:
    """One character of a name, as a text, JSON, a link and the full width write it."""
    if one == " ":
        return _SPACE
    units = one.encode("utf-16-be")
    escaped = "".join(rf"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
    ways = [re.escape(one), escaped]
    if "!" <= one <= "~":
        ways.append(chr(ord(one) + 0xFEE0))
    if not (one.isascii() and one.isalnum()):
        ways.append("".join(f"%{byte:02x}" for byte in one.encode()))
    return f"(?:{'|'.join(ways)})"
