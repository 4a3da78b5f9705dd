"""Read line protocol as its specification says, independently of what writes it.

Quotes are signs of their own in the fields alone; in a measurement and its tags they are letters.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from tests.support.time_series import Found

_SPECIAL = ", ="


def lines(text: str) -> list[str]:
    """The lines of a batch; a break inside the quotes of a field is none."""
    found = []
    while text:
        end = next(_bare(text, "\n", _end_of(text, " ")), len(text))
        found.append(text[:end])
        text = text[end + 1 :]
    return found


def parsed(line: str) -> tuple[str, Found]:
    """The measurement of a line, and its point."""
    begin = _end_of(line, " ")
    end = next(_bare(line, " ", begin + 1))
    measurement, *tags = _split(line[:begin])
    pairs = [(tag[: _end_of(tag, "=")], tag[_end_of(tag, "=") + 1 :]) for tag in tags]
    of_tags = frozenset((_plain(name), _plain(value)) for name, value in pairs)
    cuts = [begin, *_bare(line, ",", begin + 1, end), end]
    fields = [line[one + 1 : other] for one, other in pairwise(cuts)]
    of_fields = frozenset(
        (_plain(name), _value(value)) for name, _, value in (field.partition("=") for field in fields)
    )
    return _plain(measurement), Found(of_tags, of_fields, int(line[end + 1 :]))


def _end_of(text: str, sign: str) -> int:
    """Where the first such sign without a backslash before it stands, in a measurement or a tag."""
    return next(place for place, one in enumerate(text) if one == sign and text[place - 1 : place] != "\\")


def _split(key: str) -> list[str]:
    cuts = [-1, *(at for at, one in enumerate(key) if one == "," and key[at - 1 : at] != "\\"), len(key)]
    return [key[one + 1 : other] for one, other in pairwise(cuts)]


def _bare(text: str, sign: str, begin: int, end: int | None = None) -> Iterator[int]:
    """Where such signs stand outside quotes, from *begin* on, which is in the fields."""
    quoted = escaped = False
    for place in range(begin, len(text) if end is None else end):
        one = text[place]
        if escaped:
            escaped = False
        elif one == "\\" and quoted:
            escaped = True
        elif one == '"':
            quoted = not quoted
        elif one == sign and not quoted:
            yield place


def _plain(text: str) -> str:
    """A measurement, key or tag: a backslash that is before nothing special stands for itself."""
    out, place = "", 0
    while place < len(text):
        if text[place] == "\\" and text[place + 1 : place + 2] and text[place + 1] in _SPECIAL:
            place += 1
        out += text[place]
        place += 1
    return out


def _value(text: str) -> float | str:
    if not text.startswith('"'):
        return float(text)
    out, place = "", 1
    while place < len(text) - 1:
        if text[place] == "\\" and text[place + 1] in '"\\':
            place += 1
        out += text[place]
        place += 1
    return out
