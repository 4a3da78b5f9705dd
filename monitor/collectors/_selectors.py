"""Find values in a JSON document by JSONPath (RFC 9535).

The two shapes that nearly every selector has, `$.a.b` and `$.list[?@.key=='word'].a.b`, are walked by hand: a ticket
list has tens of thousands of them to answer. Everything else, and every odd document, goes through the library.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from jsonpath import JSONPathEnvironment, JSONPathError
from pydantic import PlainValidator, WithJsonSchema

Find = Callable[[Any], list[Any]]

_LONGEST_TEXT = 500
_NAME = r"(?:\.[A-Za-z_][A-Za-z0-9_]*|\['[^'\\]*'\])"
_PLAIN = re.compile(rf"\$({_NAME}*)")
_CHOICE = re.compile(rf"\$({_NAME}+)\[\?@({_NAME})\s*==\s*'([^'\\]*)'\]({_NAME}*)")
_PART = re.compile(r"\.([A-Za-z0-9_]+)|\['([^']*)'\]")


@dataclass(frozen=True, slots=True)
class Selector:
    """One or more paths; the first that finds anything counts."""

    paths: tuple[str, ...]
    _finds: tuple[Find, ...] = field(repr=False, compare=False)

    def nodes(self, document: Any) -> list[Any]:
        """Everything that the first fitting path finds."""
        for find in self._finds:
            found = find(document)
            if found:
                return found
        return []

    def text(self, document: Any) -> str | None:
        """The first value that is a text, number or truth value, as text; None where there is none."""
        for find in self._finds:
            for value in find(document):
                text = as_word(value)
                if text is not None:
                    return text
        return None


def as_word(value: Any) -> str | None:
    """A JSON scalar as text, at most 500 characters; None for nothing, blanks, lists and objects."""
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    if isinstance(value, str) and value.strip():
        return value[:_LONGEST_TEXT]
    return None


def selector(*paths: str) -> Selector:
    """Compile paths. Raises ValueError with a sentence for one that is not JSONPath."""
    return Selector(paths, tuple(_compile(path) for path in paths))


def _compile(path: str) -> Find:
    try:
        compiled = JSONPathEnvironment(strict=True).compile(path)
    except (JSONPathError, RecursionError) as error:
        said = error.args[0] if error.args else "it is not understood"  # str() of the library's errors may fail itself
        raise ValueError(f"{path!r} is not a JSONPath ({said}); write one such as $.relatedParty[0].name") from None
    plain = _PLAIN.fullmatch(path)
    if plain:
        names = _names(plain[1])
        return lambda document: _walk([document], names)
    choice = _CHOICE.fullmatch(path)
    if choice:
        return _choose(_names(choice[1]), _names(choice[2])[0], choice[3], _names(choice[4]), compiled.findall)
    return compiled.findall


def _choose(to_list: Sequence[str], key: str, word: str, rest: Sequence[str], otherwise: Find) -> Find:
    def find(document: Any) -> list[Any]:
        for items in _walk([document], to_list):
            if not isinstance(items, list):
                return otherwise(document)
            return _walk([item for item in items if isinstance(item, dict) and item.get(key) == word], rest)
        return []

    return find


def _names(text: str) -> tuple[str, ...]:
    return tuple(dotted or quoted for dotted, quoted in _PART.findall(text))


def _walk(nodes: list[Any], names: Sequence[str]) -> list[Any]:
    for name in names:
        nodes = [node[name] for node in nodes if isinstance(node, dict) and name in node]
    return nodes


def _option(written: Any) -> Selector:
    if isinstance(written, Selector):
        return written
    paths = [written] if isinstance(written, str) else written
    if not isinstance(paths, list | tuple) or not paths or not all(isinstance(path, str) for path in paths):
        raise ValueError("write a JSONPath such as $.name, or a list of them of which the first that fits counts")
    return selector(*paths)


_PATH = {"type": "string", "examples": ["$.status"]}

SelectorOption = Annotated[
    Selector, PlainValidator(_option), WithJsonSchema({"anyOf": [_PATH, {"type": "array", "items": _PATH}]})
]
"""A JSONPath, or a list of alternatives, as an option of a plug-in."""
