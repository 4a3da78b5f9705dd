"""Read a YAML file so that every error can name file, line and key.

Times such as 17:00 and dates stay text (YAML 1.1 would make numbers of them); a key written twice is an error, and
so is an unknown key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import PydanticUserError, TypeAdapter, ValidationError

from monitor.config import yaml_bounds
from monitor.config.yaml_mistakes import place_and_sentence
from monitor.errors import ConfigError
from monitor.memory import remembered
from monitor.net import MISSING as SECRET_MISSING
from monitor.net import Secrets, Unfit, text_of
from monitor.text import did_you_mean, folded, nearest, wide, wide_hint

T = TypeVar("T")
Loc = tuple[str | int, ...]

_PLAIN = (
    ("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|)$"), ["~", "n", ""]),
    ("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf")),
    ("tag:yaml.org,2002:int", re.compile(r"^-?(?:0|[1-9][0-9]*)$"), list("-0123456789")),
    ("tag:yaml.org,2002:float", re.compile(r"^-?[0-9]+\.[0-9]+$"), list("-0123456789")),
)


class _Loader(yaml.SafeLoader):
    """Resolves only null, true, false and decimal numbers; everything else is text."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 (PyYAML's own class attribute)


for _tag, _pattern, _first in _PLAIN:
    _Loader.add_implicit_resolver(_tag, _pattern, _first)


class _FastLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The same by libyaml, where PyYAML was built with it: eight times as fast."""

    yaml_implicit_resolvers = _Loader.yaml_implicit_resolvers


_READ_OTHERWISE = re.compile(r"[\t\ufeff?!]|---|[|>]#")
"""What libyaml may read, or number the lines of, otherwise than PyYAML."""

_COMMENT = re.compile(r"^ *#[^\r\x85\u2028\u2029\t\ufeff\n]*$", re.MULTILINE)
"""A whole line that both read alike. Of the characters at which YAML breaks lines it holds none."""


LARGEST = 1_000_000
"""Bytes; a larger file is not read."""

_LONG = 200_000
"""Characters; libyaml alone says what is wrong with a longer text."""

_MOST = 50
"""Mistakes that are told at once."""

_LONGEST = 1200


@dataclass(frozen=True, slots=True)
class Document:
    """The data of a file and where each key stands."""

    file: str
    data: Any
    lines: Mapping[Loc, int]

    def where(self, loc: Sequence[str | int]) -> str:
        """`file:line key.path` of a place, or of the nearest place around it that is in the file."""
        at = tuple(loc)
        while at and at not in self.lines:
            at = at[:-1]
        path = ".".join(str(part) for part in loc)
        return f"{self.file}:{self.lines.get(at, 1)} {path}".rstrip()

    def value(self, loc: Sequence[str | int]) -> Any:
        """What the file has at a place; None where it has nothing there."""
        at = self.data
        for part in loc:
            try:
                at = at[part]
            except (KeyError, IndexError, TypeError):
                return None
        return at

    def error(self, loc: Sequence[str | int], message: str) -> ConfigError:
        return ConfigError(f"{self.where(loc)}: {message}")

    def check_mapping(self, example: str) -> None:
        """Raises ConfigError where the file is no mapping; *example* is the document that shows one."""
        if not isinstance(self.data, dict):
            found = _wide(self.data) if isinstance(self.data, str) else ""
            raise ConfigError(f"{self.file}:1: is empty or not a mapping; see {example} for an example{found}")

    def distinct(self, places: Iterable[tuple[Loc, str]]) -> None:
        """Refuse two of the words at *places* that are one word in two spellings. Raises ConfigError with both."""
        seen: dict[str, tuple[Loc, str]] = {}
        for loc, word in places:
            first, other = seen.setdefault(folded(word), (loc, word))
            if first != loc:
                raise self.error(
                    loc,
                    f"{word!r} is the same word as {other!r} in line {self.lines.get(first, 1)}, for case, width and"
                    " space do not count; keep one of them",
                )

    def distinct_keys(self, loc: Loc, table: Iterable[str]) -> None:
        """Refuse two keys of the table at *loc* that are one word in two spellings. Raises ConfigError with both."""
        self.distinct(((*loc, key), key) for key in table)


def read(path: Path) -> Document:
    """Raises ConfigError for a file that is missing, unreadable or not YAML."""
    try:
        return parse(text_of(path, LARGEST), str(path))
    except Unfit as error:
        raise ConfigError(f"{path}: {error}") from error


def parse(text: str, file: str, quick: type[Any] = _FastLoader) -> Document:
    """Raises ConfigError for text that is not YAML, or has a key twice. *quick* is the loader that is tried first."""
    exact: type[Any] = _Loader
    if not _READ_OTHERWISE.search(_COMMENT.sub("", text)):
        try:
            return _parsed(text, file, quick)
        except (yaml.YAMLError, ValueError):  # PyYAML's own loader says better what is wrong, and where
            exact = quick if len(text) > _LONG else exact
    try:
        return _parsed(text, file, exact)
    except yaml.MarkedYAMLError as error:
        line, said = place_and_sentence(text, error, exact)
        raise ConfigError(f"{file}:{line}: {said}") from error
    except (yaml.YAMLError, ValueError) as error:
        said = " ".join(str(error).split())
        raise ConfigError(f"{file}: is not YAML ({said}); remove what does not belong there") from error


def _parsed(text: str, file: str, kind: type[Any]) -> Document:
    yaml_bounds.check(kind(text), file)
    loader = kind(text)
    try:
        node = loader.get_single_node()
        lines: dict[Loc, int] = {}
        if node is not None:
            _mark(node, (), lines, file)
        return Document(file, None if node is None else loader.construct_document(node), lines)
    finally:
        loader.dispose()


def _mark(node: yaml.Node, loc: Loc, lines: dict[Loc, int], file: str, above: tuple[yaml.Node, ...] = ()) -> None:
    line = node.start_mark.line + 1
    if any(node is outer for outer in above):
        raise ConfigError(f"{file}:{line}: an alias names what it stands in; write the value out")
    lines.setdefault(loc, line)
    above = (*above, node)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*loc, str(key.value))
            if key.value == "<<" and not key.style:
                raise ConfigError(
                    f"{_place(file, key, here)}: merge keys (<<) are not supported; write the keys out, or an"
                    " alias (*name) as the whole value"
                )
            if here in lines:
                raise ConfigError(
                    f"{_place(file, key, here)}: is written twice (first in line {lines[here]}); keep one of them"
                )
            lines[here] = key.start_mark.line + 1
            _mark(value, here, lines, file, above)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _mark(item, (*loc, index), lines, file, above)


def _place(file: str, node: yaml.Node, loc: Loc) -> str:
    return f"{file}:{node.start_mark.line + 1} {'.'.join(str(part) for part in loc)}"


@remembered("file_adapters", 64)
def _adapter(kind: Any) -> TypeAdapter[Any]:
    """How a kind of file is read; worked out once in a process."""
    return TypeAdapter(kind)


def validate(kind: type[T], document: Document, loc: Loc = (), data: Any = None) -> T:
    """Make a *kind* of the document's data (or of *data*, which stands at *loc*).

    Raises ConfigError with one sentence per mistake, each with file, line and key.
    """
    return validate_with(Secrets.NEEDED, kind, document, loc, data)[0]


def validate_with(
    secrets: Secrets, kind: type[T], document: Document, loc: Loc = (), data: Any = None
) -> tuple[T, tuple[str, ...]]:
    """The same with the *secrets* read or not, and a sentence for each that was wanted and is missing."""
    given, adapter = document.data if data is None else data, _adapter(kind)
    first = Secrets.NEEDED if secrets is Secrets.IF_THERE else secrets
    try:
        made: T = adapter.validate_python(given, context={Secrets: first})
        return made, ()
    except ValidationError as error:
        missing = _mistakes(error, kind, document, loc)
        if secrets is not Secrets.IF_THERE or any(item["type"] != SECRET_MISSING for item in error.errors()):
            raise ConfigError("\n".join(missing)) from error
    try:
        return adapter.validate_python(given, context={Secrets: secrets}), missing
    except ValidationError as error:
        raise ConfigError("\n".join((*_mistakes(error, kind, document, loc), *missing))) from error


def _mistakes(error: ValidationError, kind: type[Any], document: Document, loc: Loc) -> tuple[str, ...]:
    """One sentence per mistake, each with file, line and key."""
    found = error.errors(include_url=False)
    items = [(_path(item["loc"]), item) for item in found[:_MOST]]
    keys = _Keys(kind)
    meant = {(*path[:-1], keys.meant(path)) for path, item in items if item["type"] in _NO_KEY}
    said = [
        f"{document.where((*loc, *path))}: {_sentence(item)}{_hint(document, keys, (*loc, *path), path, item)}"
        for path, item in items
        if not (item["type"] in _ALTERNATIVES and _explained_better(path, item, items))
        and not (item["type"] in _MISSING and path in meant)
    ]
    if len(found) > _MOST:
        said.append(f"{document.file}: has {len(found) - _MOST:,} more mistakes; mend these first")
    return tuple(dict.fromkeys(map(_cut, said)))


def _cut(sentence: str) -> str:
    """A sentence without the middle of a text of thousands of characters that it repeats."""
    half = _LONGEST // 2
    return sentence if len(sentence) <= _LONGEST else f"{sentence[:half]} […] {sentence[-half:]}"


_NO_KEY = ("unexpected_keyword_argument", "extra_forbidden")
_MISSING = ("missing", "missing_argument")


def _hint(document: Document, keys: _Keys, place: Loc, path: Loc, item: Any) -> str:
    """The end of a sentence: the key that was meant, the empty key above it, a full-width character."""
    given = item.get("input")
    if found := _wide(str(path[-1]) if path else "") or _wide(given if isinstance(given, str) else ""):
        return found
    if item["type"] not in _NO_KEY:
        return ""
    return keys.hint(path) or _below_an_empty_one(document, place)


def _wide(text: str) -> str:
    found = wide(text)
    return f"; {wide_hint(found)}" if found else ""


def _below_an_empty_one(document: Document, place: Loc) -> str:
    """A hint where the key directly above in the same mapping is empty: this one is perhaps a part of it."""
    around = document.value(place[:-1])
    keys = list(around) if isinstance(around, dict) else []
    at = keys.index(place[-1]) if place[-1] in keys else 0
    if at == 0 or around[keys[at - 1]] is not None:
        return ""
    return f"; if it is a part of {keys[at - 1]}, indent it by two spaces more"


@remembered("file_schemas", 64)
def _schema(kind: Any) -> Mapping[str, Any]:
    """The JSON Schema of a kind of file; empty where some type of it has none, so that its keys cannot be listed."""
    try:
        return _adapter(kind).json_schema()
    except PydanticUserError:
        return {}


class _Keys:
    """The known keys at each place of a kind of file, so that the most similar one can be named."""

    def __init__(self, kind: Any) -> None:
        self._kind = kind
        self._schema: Mapping[str, Any] | None = None

    def hint(self, path: Loc) -> str:
        return did_you_mean(str(path[-1]), self._known(path)) if path else ""

    def meant(self, path: Loc) -> str | None:
        return nearest(str(path[-1]), self._known(path)) if path else None

    def _known(self, path: Loc) -> Sequence[str]:
        if self._schema is None:
            self._schema = _schema(self._kind)
        at: list[Any] = [self._schema]
        for part in path[:-1]:
            at = [found for one in at for found in self._below(one, part)]
        return [key for one in at for way in self._ways(one) for key in way.get("properties", {})]

    def _below(self, schema: Any, part: str | int) -> Iterator[Any]:
        for way in self._ways(schema):
            if isinstance(part, int):
                found = way.get("items")
            else:
                found = way.get("properties", {}).get(part, way.get("additionalProperties"))
            if isinstance(found, dict):
                yield found

    def _ways(self, schema: Any) -> Iterator[Any]:
        """A schema and its alternatives, references followed."""
        if "$ref" in schema:
            schema = self._schema["$defs"][schema["$ref"].rsplit("/", 1)[1]] if self._schema else {}
        yield schema
        for name in ("anyOf", "oneOf", "allOf"):
            for one in schema.get(name, ()):
                yield from self._ways(one)


_ALTERNATIVES = ("literal_error", "enum", "dict_type")


def _explained_better(path: Loc, item: Any, items: Sequence[tuple[Loc, Any]]) -> bool:
    """Whether another mistake at or below the same place explains more than "it is not the other kind of value"."""
    return any(
        other is not item and where[: len(path)] == path and (other["type"] != "dict_type" or len(where) > len(path))
        for where, other in items
    )


_TYPE = re.compile(r"(?:function-(?:before|after|plain|wrap)|literal|dict|list|tuple|set|union|nullable)\[.*\]")


def _path(loc: Sequence[str | int]) -> Loc:
    """pydantic's place without the names of types and validators that it puts between the keys."""
    return tuple(part for part in loc if not (isinstance(part, str) and _TYPE.fullmatch(part)))


_KINDS = {
    "string_type": "is not text; put it in quotes",
    "dataclass_type": "is not a mapping; write its keys indented below it",
    "dict_type": "is not a mapping; write its keys indented below it",
    "list_type": "is not a list; write [a, b] or one item a line with a dash",
    "tuple_type": "is not a list; write [a, b] or one item a line with a dash",
    "path_type": "is not a path; write the path of a file",
    "bool_type": "is neither true nor false; write one of them",
    "bool_parsing": "is neither true nor false; write one of them",
    "float_type": "is not a number; write one such as 1.5",
    "float_parsing": "is not a number; write one such as 1.5",
    "int_type": "is not a whole number; write one such as 3",
    "int_parsing": "is not a whole number; write one such as 3",
    "int_from_float": "is not a whole number; write one such as 3",
}


def _sentence(item: Any) -> str:
    kind, given = item["type"], item.get("input")
    if kind in _NO_KEY:
        return "is not a key here; remove it or correct its spelling"
    if kind in _MISSING:
        return "is missing; write it"
    if kind in ("value_error", SECRET_MISSING):
        said = str(item["ctx"]["error"])
        return f"is empty; {said.partition('; ')[2]}" if given is None and said.startswith("None") else said
    said = _KINDS.get(kind, f"{item['msg'][0].lower()}{item['msg'][1:]}")
    if kind in _ALTERNATIVES and "expected" in item.get("ctx", {}):
        said = f"is not known here; write {item['ctx']['expected']}"
    if given is None:
        return f"is empty; {said.partition('; ')[2] or 'write it'}"
    quiet = isinstance(given, dict | list) or "://" in str(given)  # an address may hold a password
    written = str(given).lower() if isinstance(given, bool) else repr(given)
    shown = "" if quiet else f"{written} " if said.startswith("is ") else f"{written}: "
    return shown + said
