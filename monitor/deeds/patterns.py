"""Say whether a regular expression may take very long over a short text: whoever may silence must not stop the engine.

Pure. A pattern of a matcher is tried on every alert, and Python goes back over every way in which a text can be divided
among its repetitions. What is counted here is the number of these ways, at most, over a text of LENGTH characters.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import inf, prod
from re import _parser  # type: ignore[attr-defined]
from typing import Any

LENGTH = 200
"""Characters of a value: names of customers, circuits and teams are no longer."""

MOST_WAYS = 4 * (LENGTH + 1) ** 3
"""Three repetitions without an end, such as `.*(Bank|Insurance).*Ltd.*`, are enough for any name."""

_FEW = 20


def takes_long(pattern: str) -> bool:
    """Whether the ways in which a text of LENGTH characters can be tried are more than MOST_WAYS."""
    return _ways(_parser.parse(pattern)) > MOST_WAYS


def _ways(items: Iterable[Any]) -> float:
    """The ways of a sequence: those of its parts, each with each."""
    return prod((_ways_of(str(item[0]), item[1]) for item in items), start=1.0)


def _ways_of(what: str, held: Any) -> float:
    if what in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        least, most, body = held
        times = min(int(most), LENGTH) - min(int(least), LENGTH) + 1
        inner = _ways(body)
        if inner == 1:
            return times
        return inner ** int(most) if int(most) <= _FEW and inner <= MOST_WAYS else inf
    if what == "BRANCH":
        return sum(_ways(one) for one in held[1])
    if what == "SUBPATTERN":
        return _ways(held[-1])
    if what == "ATOMIC_GROUP":
        return _ways(held)
    if what in ("ASSERT", "ASSERT_NOT"):
        return _ways(held[1])
    if what in ("GROUPREF", "GROUPREF_EXISTS"):
        return inf
    return 1.0
