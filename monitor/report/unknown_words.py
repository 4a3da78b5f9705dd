"""Count the words of stored subjects that the rules do not understand: how often, since when, of which subjects.

Pure. The subjects are read anew by the rules that are given: a word that they understand is not listed, whatever was
set aside when other rules were in force.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from monitor.clock import Rulebook, line
from monitor.history import Event, interpret
from monitor.model import SubjectKey, SubjectKind
from monitor.text import folded

Subjects = Iterable[tuple[SubjectKey, tuple[Event, ...], Mapping[tuple[str, str], datetime]]]
"""Subjects with their events, and since when a word is known not to be understood, by event and `unknown_` + kind."""


@dataclass(slots=True)
class UnknownWord:
    """A word of one source: its first spelling, what it stands for, how often it came, since when, and of whom.

    `example` is the subject that said it last, `event` where it did. `mapping` is the YAML to write, empty where
    no line would help.
    """

    source: str
    what: str
    word: str
    kind: SubjectKind
    since: datetime
    last: datetime
    example: str
    event: str
    mapping: str
    times: int = 0
    subjects: set[str] = field(default_factory=set)


def unknown_words(found: Subjects, rules: Rulebook) -> tuple[UnknownWord, ...]:
    """The words of those subjects that are not understood, the most frequent first."""
    words: dict[tuple[str, str, str], UnknownWord] = {}
    for key, events, known_since in found:
        at = {event.event_id: event.at for event in events}
        kind = events[0].kind
        for doubt in interpret(events, rules.mapping(key.source), rules.words).doubts:
            said = at[doubt.event_id]
            since = known_since.get((doubt.event_id, f"unknown_{doubt.what}"), said)
            one = words.get(identity := (key.source, doubt.what, folded(doubt.value)))
            if one is None:
                mapping = line(key.source, doubt.what, doubt.value, rules, kind)
                one = UnknownWord(
                    key.source, doubt.what, doubt.value, kind, since, said, key.subject, doubt.event_id, mapping
                )
                words[identity] = one
            if said >= one.last:
                one.last, one.example, one.event = said, key.subject, doubt.event_id
            one.since = min(one.since, since)
            one.times += 1
            one.subjects.add(key.subject)
    return tuple(sorted(words.values(), key=lambda one: (-one.times, one.source, one.what, one.word)))


def together(mappings: Iterable[str]) -> str:
    """Several pieces of YAML, each as `line` gives it, as one: every key is written once, the first of two counts."""
    tree: Tree = {}
    for mapping in mappings:
        path: list[tuple[int, Tree]] = [(-1, tree)]
        for written in mapping.splitlines():
            depth = len(written) - len(written.lstrip(" "))
            while path[-1][0] >= depth:
                path.pop()
            path.append((depth, path[-1][1].setdefault(written.strip(), {})))
    return "\n".join(_written(tree, 0))


Tree: TypeAlias = "dict[str, Tree]"


def _written(tree: Tree, depth: int) -> Iterator[str]:
    for written, below in tree.items():
        yield f"{'  ' * depth}{written}"
        yield from _written(below, depth + 1)
