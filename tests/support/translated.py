"""Pages in two languages, compared by what does not depend on a language: code, links, figures and the form.

A page is split into its sections. Of each the facts are taken: the words in code, where the links lead, the figures,
and how many paragraphs, entries of lists and rows of tables it has. So a change of the original that a reader of the
translation must know of shows in the facts of one section, and `differences` says which. The one surprise: a sentence
that changes without any of these shows in nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path

_FENCE = re.compile(r"(?ms:^```.*?^```$)")
_BLOCK = re.compile(r"(?m:(?:^    .*\n)(?:(?:^    .*\n|^\n)*^    .*\n)?)")
_FIGURE = re.compile(r"\d+(?:[.,:]\d+)*")


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one heading, up to the next."""

    level: int
    heading: str
    text: str

    @property
    def anchor(self) -> str:
        return re.sub(r"[^\w\- ]", "", self.heading.lower()).strip().replace(" ", "-")


def sections(text: str) -> list[Section]:
    """The sections of a page; what stands before the first heading is left out."""
    found: list[Section] = []
    fenced = False
    for line in text.splitlines():
        fenced ^= line.startswith("```")
        heading = None if fenced else re.fullmatch(r"(#+) (.+)", line)
        if heading:
            found.append(Section(len(heading[1]), heading[2], ""))
        elif found:
            last = found[-1]
            found[-1] = Section(last.level, last.heading, f"{last.text}{line}\n")
    return found


@dataclass(frozen=True, slots=True)
class Pair:
    """A page and its translation, by their paths in *root*.

    *alone* are the sections that only the translation has; from *beyond* on, the end of a section is its own too.
    """

    root: Path
    original: str
    translation: str
    alone: frozenset[str] = frozenset()
    beyond: str = ""

    def sides(self) -> Iterator[tuple[Section, Section]]:
        """The sections of both that belong together, in order. Raises AssertionError where one has no partner."""
        first = sections((self.root / self.original).read_text(encoding="utf-8"))
        second = [
            replace(part, text=part.text.partition(self.beyond)[0]) if self.beyond else part
            for part in sections((self.root / self.translation).read_text(encoding="utf-8"))
            if part.heading not in self.alone
        ]
        keys = [[(part.level, frozenset(code_words(part.text))) for part in side] for side in (first, second)]
        apart = [
            f"{[part.heading for part in first[i:k]]} and {[part.heading for part in second[j:m]]}"
            for _, i, k, j, m in SequenceMatcher(None, *keys, autojunk=False).get_opcodes()
            if k - i != m - j
        ]
        assert [part.level for part in first] == [part.level for part in second], (
            f"{self.original} and {self.translation} have not the same sections; they differ in {'; '.join(apart)}"
        )
        yield from zip(first, second, strict=True)


def prose(text: str) -> str:
    return _BLOCK.sub("", _FENCE.sub("", text))


def blocks(text: str) -> list[str]:
    """The blocks of code, in the order of the page."""
    return [found[0] for found in re.finditer(f"{_FENCE.pattern}|{_BLOCK.pattern}", text)]


def code_words(text: str) -> set[str]:
    """What stands in code within sentences and tables."""
    return {" ".join(word.split()) for word in re.findall(r"`([^`]+)`", prose(text))}


def figures(text: str) -> set[str]:
    """The figures of sentences and tables, without those in code and in the addresses of links."""
    bare = re.sub(r"`[^`]+`|\]\([^)]*\)", "", prose(text))
    return set(_FIGURE.findall(bare))


def form(text: str) -> Mapping[str, int]:
    """How many paragraphs, entries of lists and rows of tables there are."""
    lines = prose(text).splitlines()
    chunks = [chunk for chunk in re.split(r"\n\s*\n", prose(text)) if chunk.strip()]
    return {
        "paragraphs": sum(not re.match(r"[-|]|\d+\. ", chunk.strip()) for chunk in chunks),
        "entries of lists": sum(bool(re.match(r"(?:- |\d+\. )", line)) for line in lines),
        "rows of tables": sum(line.startswith("|") for line in lines),
    }


def links(root: Path, page: str, text: str, pairs: Sequence[Pair]) -> set[str]:
    """Where the links of a text lead, the same for both languages: page and anchor, of a pair the section's number."""
    return {
        place
        for target in re.findall(r"\]\(([^)\s]+)\)", prose(text))
        for place in [target if re.match(r"[a-z]+:", target) else _place(root, page, target, pairs)]
    }


def _place(root: Path, page: str, target: str, pairs: Sequence[Pair]) -> str:
    path, _, anchor = target.partition("#")
    to = str(((root / page).parent / path).resolve().relative_to(root)) if path else page
    for pair in pairs:
        if to not in (pair.original, pair.translation) or not anchor:
            continue
        side = to == pair.translation
        numbers = [number for number, both in enumerate(pair.sides()) if both[side].anchor == anchor]
        if numbers:
            return f"{pair.original}, section {numbers[0]}"
    originals = {pair.translation: pair.original for pair in pairs}
    return f"{originals.get(to, to)}#{anchor}"


def differences(pair: Pair, pairs: Sequence[Pair], left: Section, right: Section, *, strict: bool = True) -> list[str]:
    """What the translation of one section lacks, or has too much, each as a sentence.

    Where not *strict*, only the words in code are compared, and it may have more of them.
    """
    where = f"{pair.translation}, {right.heading!r}, against {pair.original}, {left.heading!r}"
    found = []
    lacks = code_words(left.text) - code_words(right.text)
    adds = code_words(right.text) - code_words(left.text)
    if lacks:
        found.append(f"{where}: lacks {', '.join(f'`{word}`' for word in sorted(lacks))}")
    if not strict:
        return found
    if adds:
        found.append(f"{where}: has {', '.join(f'`{word}`' for word in sorted(adds))}, which the other has not")
    numbers = figures(left.text) - figures(right.text)
    if numbers:
        found.append(f"{where}: lacks the figures {', '.join(sorted(numbers))}")
    led = [
        links(pair.root, page, part.text, pairs) for page, part in ((pair.original, left), (pair.translation, right))
    ]
    if led[0] - led[1]:
        found.append(f"{where}: does not lead to {', '.join(sorted(led[0] - led[1]))}")
    forms = form(left.text), form(right.text)
    found += [
        f"{where}: {forms[1][name]} {name}, not {number}"
        for name, number in forms[0].items()
        if forms[1][name] != number
    ]
    return found
