"""Say what is to be said, before a language is chosen: the message's id in the catalogues and its arguments.

Pure values: two messages with the same id and arguments are equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from monitor.model import Name

Argument: TypeAlias = "str | int | Name | Message | Joined | Worded"
"""A source's own word, a number (which chooses the plural form), a policy's name of something, or a message."""


@dataclass(frozen=True, slots=True)
class Message:
    """One sentence or part of one. `id` is its name in every catalogue; `arguments` fill its variables by name."""

    id: str
    arguments: Mapping[str, Argument]


@dataclass(frozen=True, slots=True)
class Joined:
    """Several messages in a row; `between` is the message that separates them, or text that every language shares."""

    parts: tuple[Argument, ...]
    between: str | Message


@dataclass(frozen=True, slots=True)
class Worded:
    """What was worded before, by the code of each language; where one is missing, English stands for it."""

    by_language: Mapping[str, str]


def message(id_: str, /, **arguments: Argument) -> Message:
    """The message *id_*. A variable `$due_at` of the catalogue is the argument `due_at`."""
    return Message(id_, arguments)


def joined(parts: Iterable[Argument], between: str | Message) -> Joined:
    """The *parts* one after the other with *between* in the middle."""
    return Joined(tuple(parts), between)


def lines(*parts: Argument | None) -> Joined:
    """One line for each of *parts* that there is."""
    return Joined(tuple(part for part in parts if part), "\n")


COMMA = message("list-comma")
SENTENCES = message("list-sentences")
"""What stands between the parts of a list, and between two sentences."""
