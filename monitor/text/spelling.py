"""Find the known name that is most similar to a word: another case, swapped letters, one letter too many or too few.

Pure. Every check that refuses a name uses it, so that a mistake can be corrected without the manual.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

from monitor.text.words import LONGEST, folded

_ALIKE = 0.6


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name that is most like *word*; None where none is like it."""
    if len(word) > LONGEST:
        return None
    given = folded(word)
    best: tuple[float, int, str] | None = None
    for index, name in enumerate(known):
        found = folded(name)
        if found == given:
            return name
        score = SequenceMatcher(None, given, found, autojunk=False).ratio()
        if sorted(given) == sorted(found):  # letters that changed places: of short names the ratio says little
            score = max(score, 0.95)
        elif _one_letter(given, found):
            score = max(score, 0.9)
        if score >= _ALIKE and (best is None or (score, -index) > (best[0], -best[1])):
            best = (score, index, name)
    return None if best is None else best[2]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a sentence that refuses *word*: the name that is most like it, or nothing."""
    found = nearest(word, known)
    return "" if found is None else f"; did you mean {found!r}?"


def _one_letter(one: str, other: str) -> bool:
    """Whether one letter was added, left out or replaced; of one-letter names that says nothing."""
    if abs(len(one) - len(other)) > 1 or min(len(one), len(other)) < 2:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    if len(one) == len(other):
        return one[start + 1 :] == other[start + 1 :]
    longer, shorter = (one, other) if len(one) > len(other) else (other, one)
    return longer[start + 1 :] == shorter[start:]
