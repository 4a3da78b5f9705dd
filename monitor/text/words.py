"""Compare words: one function says which spellings are one word, whoever wrote them.

Pure. Statuses, reasons, tiers and other values of sources, the keys of mappings and the values that a policy, a
receiver or a silence names are all compared by `folded`. It is for comparing only: people are shown a word as the
source wrote it. Names of fields, ids of tickets and names in our own files' grammar (phases, targets) are no words.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as default
from typing import TypeVar

from monitor.memory import remembered
from monitor.text.shortened import HIDDEN

T = TypeVar("T")

LONGEST = 256
"""A longer text is no word that anybody mapped; it is compared by letters and spaces alone."""

LONGEST_LABEL = 100

_DOTS = str.maketrans({"\u0131": "i", "\u0307": None})
"""The Turkish i without a dot, and the dot that lower-casing the one with a dot leaves: all four are one letter."""


def folded(word: str) -> str:
    """The form in which *word* is compared.

    Case, width, ligatures and the way in which an accent is encoded do not count, nor do invisible characters, space at
    both ends and how much space of which kind stands inside. Accents themselves do count: `resume` is not `résumé`.
    """
    if len(word) > LONGEST:  # normalising a hostile one takes time that grows with its square
        return " ".join(word.casefold().split())
    return _folded(word)


@remembered("words_folded", 8192)
def _folded(word: str) -> str:
    if word.isascii():
        return " ".join(word.lower().split())  # the same, faster
    before, text = "", word
    while text != before:  # twice as a rule; a third time for a handful of characters
        before = text
        text = unicodedata.normalize("NFKC", "".join(c for c in text if not _invisible(c)))
        text = unicodedata.normalize("NFKC", text.casefold().translate(_DOTS))
    return " ".join(text.split())


def _invisible(character: str) -> bool:
    """Joiners, marks of direction, soft hyphens, and selectors of a glyph's variant."""
    return unicodedata.category(character) == "Cf" or "\ufe00" <= character <= "\ufe0f"


def label(form: str) -> str:
    """A folded word as the value of a label: cut, without invisible characters. Words that begin alike share one."""
    return "".join(c if c.isprintable() else HIDDEN for c in form[:LONGEST_LABEL])


def among(word: str | None, words: Iterable[str]) -> bool:
    """Whether *word* is one of *words*, in whatever spelling."""
    if word is None:
        return False
    form = folded(word)
    return any(form == folded(other) for other in words)


def own_spelling(word: str, words: Iterable[str]) -> str | None:
    """How *word* is spelled among *words*; None where it is none of them."""
    form = folded(word)
    return next((other for other in words if folded(other) == form), None)


def coinciding(words: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(first, other) for each of *words* that is the same word as one before it."""
    seen: dict[str, str] = {}
    for word in words:
        first = seen.setdefault(folded(word), word)
        if first is not word:
            yield first, word


def by_word(table: Mapping[str, T]) -> dict[str, T]:
    """A table for looking words up as written, else by their folded form. The last spelling counts."""
    forms = {folded(word): value for word, value in table.items()}
    return {**forms, **{word: forms[folded(word)] for word in table}}


def laid_over(under: Mapping[str, T], over: Mapping[str, T]) -> dict[str, T]:
    """Both tables as one; a word of *over* replaces every spelling of it in *under*."""
    replaced = {folded(word) for word in over}
    return {**{word: value for word, value in under.items() if folded(word) not in replaced}, **over}


def look_up(table: Mapping[str, T], word: str) -> T | None:
    """What a table made by `by_word` has for *word*. Folds only what is not written as in the table."""
    found = table.get(word)
    return table.get(folded(word)) if found is None else found


def _never(kind: str, name: str, attributes: Mapping[str, str]) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words that a policy has for attributes: `known` gives its own spelling of each, by `by_word`.

    An attribute of `rungs` has no other words. For what `known` lists besides, another word is not understood only
    where the policy is `needed` to understand it: asked with a subject's kind, the attribute's name and the subject's
    other attributes. What `known` does not list may be any word, and so may what is `open`, in our own spelling where
    `known` has one.
    """

    known: Mapping[str, Mapping[str, str]] = default(default_factory=dict)
    rungs: frozenset[str] = frozenset()
    needed: Callable[[str, str, Mapping[str, str]], bool] = _never
    open: frozenset[str] = frozenset()

    def words(self, name: str) -> tuple[str, ...]:
        """The policy's words for an attribute, each once, in the policy's order."""
        return tuple(dict.fromkeys(self.known.get(name, {}).values()))
