"""Write `docs/reference/errors.md`: what a configuration or a command is refused for.

Each sentence is the one that the program gives for the wrong input beside it; what to do is its last part, and the
meaning of the key comes from the configuration's own description.
"""

from __future__ import annotations

import dataclasses
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from monitor.config.descriptions import written
from tests.reference import config_page, wrong_commands, wrong_databases, wrong_files, wrong_questions
from tests.reference.config_page import Section
from tests.reference.markdown import code, link, page, table
from tests.reference.refusals import Refusal, one_of_each, sites
from tests.reference.sentences import descriptions

INTRODUCTION = """
What tierwatch says when it refuses a configuration, a policy, a rota or a command, and what it finds wrong with a
database. A sentence about a file begins with file, line and key; that place is left out here. Exit code 1, and nothing
was changed. The same mistake in another place
reads the same, so look for words of the sentence that are not yours. `tierwatch check-config` finds all of these
mistakes of files without a start.
"""
NOT_SHOWN: Mapping[str, str] = {
    "_package": "needs an installation without the packages for calendars",
    "build: 'notifier apprise needs": "needs an installation without Apprise",
    "load: f'type {kind!r} needs the Python package": "needs a plug-in of another package that lacks a package",
    "_entries: f'a calendar needs the package": "needs an installation without the packages for calendars",
    "_content: said": "passes on what the request said",
    "_revocable: message('deed-several-corrections'": "needs two corrections whose ids, which are hashes, begin alike",
    "mcp: 'the package mcp is not installed": "needs an installation without the package of the protocol",
    'availability: "availability needs numpy': "needs an installation without numpy",
    'patience: f"month': "needs a database that takes longer to read than the reader of this page would wait",
    "take_back: message('deed-not-acknowledged'": "needs an alert that fires, which only a running program makes",
    "working_time.py": "comes after 2200 or before 1970, while the program runs",
}
"""Refusals that no wrong input shows, by a piece of their name, and why."""


@cache
def found() -> Mapping[str, Sequence[Refusal]]:
    """Every refusal, by the kind of input that was wrong."""
    with tempfile.TemporaryDirectory() as folder:
        groups = {kind.heading: list(kind.refusals(Path(folder) / kind.heading)) for kind in wrong_files.KINDS}
        groups["Commands"] = list(wrong_commands.refusals(Path(folder) / "commands"))
        groups["Questions"] = list(wrong_questions.refusals(Path(folder) / "questions"))
    return groups


def not_shown() -> Iterator[str]:
    """The sites that no wrong input came through and that nothing excuses."""
    shown = {str(site) for group in found().values() for one in group for site in one.sites}
    for site in sites():
        if str(site) not in shown and not any(piece in str(site) for piece in NOT_SHOWN):
            yield str(site)


def write() -> str:
    parts = [INTRODUCTION]
    for kind in wrong_files.KINDS:
        parts += [f"## {kind.heading}", f"Why: {kind.why}", _of_files(found()[kind.heading], SECTIONS_OF[kind.name])]
    parts += ["## Commands", f"Why: {wrong_commands.WHY}", _of_commands(found()["Commands"])]
    parts += ["## Questions", f"Why: {wrong_questions.WHY}", _of_commands(found()["Questions"])]
    parts += ["## A database", f"Why: {wrong_databases.WHY}", _of_databases()]
    return page("Refusals", *parts)


SECTIONS_OF = {
    "tierwatch.yml": (*config_page.CONFIGURATION, *config_page.COLLECTORS, *config_page.NOTIFIERS),
    "policy.yml": config_page.POLICY,
    "oncall.yml": (*config_page.ROTA, *config_page.CONFIGURATION),
}
"""The sections of the reference whose keys a file has."""


def _of_files(refusals: Sequence[Refusal], sections: Sequence[Section]) -> str:
    rows = []
    for one in one_of_each(refusals):
        place, said = _split(one.sentence.splitlines()[0])
        section, key = _key(place, one.wrong, sections)
        says, todo = _what_to_do(said)
        meaning = descriptions(section.kind).get(_field(section, key), "") if section else ""
        related = config_page.related(section).get(key, []) if section else []
        linked = link(code(key), section.heading, "config.md") if section else code(place)
        rows.append((says, todo, code(_shortened(one.wrong)), linked, meaning, ", ".join(map(code, related))))
    return table(("it says", "what to do", "wrong", "key", "what the key is", "related"), rows)


def _of_commands(refusals: Sequence[Refusal]) -> str:
    rows = [(*_what_to_do(one.sentence), code(one.wrong)) for one in one_of_each(refusals)]
    return table(("it says", "what to do", "wrong"), rows)


def _of_databases() -> str:
    with tempfile.TemporaryDirectory() as folder:
        rows = [(code(word), says, todo) for word, says, todo in wrong_databases.rows(Path(folder) / "backups")]
    return table(("word", "it says", "what to do"), rows)


def _split(sentence: str) -> tuple[str, str]:
    """The key that a sentence names, and the rest. A mistake in a further file has two places; the inner one counts."""
    place = ""
    while matched := re.match(r"[\w./-]+\.(?:yml|ics):\d+ ?(?P<key>\S*): ", sentence):
        place, sentence = matched["key"] or place, sentence[matched.end() :]
    return place, sentence


def _what_to_do(sentence: str) -> tuple[str, str]:
    """What a sentence states, and its last part, which says what to do; of one without it, the whole."""
    says, mark, todo = sentence.rpartition("; ")
    if todo.startswith("did you mean"):
        says, mark, todo = says.rpartition("; ")
    return (says, todo) if mark else (sentence, "")


_READ_BY = {"tickets": "tmf621", "circuits": "jsonl_file"}
"""The collectors of the configuration that is made wrong, by source."""


def _key(place: str, wrong: str, sections: Sequence[Section]) -> tuple[Section | None, str]:
    """The section and key that a path names, the innermost that the reference has.

    Of plug-ins whose options have one name it is the one that the wrong input names, or that reads the source.
    """
    parts = [part for part in place.split(".") if part]
    for length in range(len(parts), 0, -1):
        fitting = [one for one in sections if _fits(one.place, parts[: length - 1])]
        having = [one for one in fitting if parts[length - 1] in _keys(one)]
        if having:
            read_by = _READ_BY.get(parts[1], "") if len(parts) > 1 else ""
            plug_in = [one for one in having if f"type: {one.heading.split()[-1]}" in wrong]
            reader = [one for one in having if one.heading.endswith(f" {read_by}") and read_by]
            return (plug_in or reader or having)[0], parts[length - 1]
    return None, ""


def _fits(place: str, parts: Sequence[str]) -> bool:
    """Whether a path fits a place, in which words in capitals stand for any name."""
    pattern = [part for part in re.split(r"\.|\[\]\.?", place) if part]
    if pattern and pattern[0] == "…":
        pattern, parts = pattern[1:], parts[-1:]
    named = [part for part in parts if not part.isdigit()]
    return len(named) == len(pattern) and all(
        want.isupper() or want == have for want, have in zip(pattern, named, strict=True)
    )


def _keys(section: Section) -> Mapping[str, str]:
    return {written(section.kind, item.name): item.name for item in dataclasses.fields(section.kind)}


def _field(section: Section, key: str) -> str:
    return _keys(section)[key]


def _shortened(wrong: str) -> str:
    return wrong if len(wrong) <= 100 else f"{wrong[:99]}…"
