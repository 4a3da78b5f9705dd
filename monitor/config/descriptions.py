"""Read what is written below the fields of a class: one sentence for each, in the source file itself.

The JSON Schema of `tierwatch schema` shows these sentences, and so do the pages in `docs/reference`. The one surprise:
they are read from the source when somebody asks, so that a start does not parse the files.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_type_hints


def descriptions(described: type) -> dict[str, str]:
    """Each field of a dataclass or member of an enum → the text below it, on one line; the class's own come last."""
    found: dict[str, str] = {}
    for one in reversed(described.__mro__):
        if one.__module__ not in ("builtins", "enum"):
            found |= _below(one)
    return found


def _below(described: type) -> dict[str, str]:
    try:
        source = inspect.getsource(described)
    except (OSError, TypeError):  # no source is installed; a schema without descriptions is one all the same
        return {}
    (tree,) = ast.parse(textwrap.dedent(source)).body
    assert isinstance(tree, ast.ClassDef)
    pairs = zip(tree.body, tree.body[1:], strict=False)
    return {name: text for first, second in pairs if (name := _name(first)) and (text := _text(second))}


def _name(statement: ast.stmt) -> str:
    """The name that a statement gives a value or a type."""
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return statement.target.id
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        return statement.targets[0].id
    return ""


def _text(statement: ast.stmt) -> str:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return " ".join(str(statement.value.value).split())
    return ""


def dataclasses_in(kind: Any, found: Mapping[str, type] | None = None) -> dict[str, type]:
    """The dataclasses that a type is made of, itself included, by their names."""
    known = dict(found or {})
    for one in _reached(kind):
        if one.__name__ not in known:
            known[one.__name__] = one
            for hint in get_type_hints(one, include_extras=True).values():
                known = dataclasses_in(hint, known)
    return known


def _reached(kind: Any) -> Iterator[type]:
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        yield kind
    for part in get_args(kind):
        yield from _reached(part)


def written(kind: type, name: str) -> str:
    """How people write the key of a field: by its alias, where its name would be a word of Python."""
    field = getattr(kind, "__pydantic_fields__", {}).get(name)
    return str(getattr(field, "alias", None) or name)


def _by_key(kind: type) -> dict[str, str]:
    texts = descriptions(kind)
    return {written(kind, one.name): texts[one.name] for one in dataclasses.fields(kind) if one.name in texts}


def described(schema: dict[str, Any], kind: type) -> dict[str, Any]:
    """The JSON Schema of *kind* with the sentence of every key."""
    known = dataclasses_in(kind)
    parts = {kind.__name__: schema, **schema.get("$defs", {})}
    for name, part in parts.items():
        texts = _by_key(known[name]) if name in known else {}
        for key, value in part.get("properties", {}).items():
            if key in texts:
                value["description"] = texts[key]
    return schema
