"""Say in which keys two policy files differ, by the names that the grammar gives them.

Pure: two documents as plain data come in. What the files have for names of their own (targets, calendars, attributes)
are steps of the path; `key` is always a key of the grammar, so that whoever reads a difference finds it in the manual.
The one surprise: a value that is left out and the same value as its default differ, for they are written differently.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

from monitor.config.descriptions import written
from monitor.config.policy_schema import PolicyText
from monitor.memory import remembered


class Difference(NamedTuple):
    """A value that two policies have otherwise: where, under which key of the grammar, and both as they are written.

    A side that does not have it is None. With `order` only the order of the rows is another.
    """

    path: str
    key: str
    old: str | None
    new: str | None
    order: bool = False

    @property
    def sides(self) -> tuple[tuple[str, str | None], ...]:
        return ("old", self.old), ("new", self.new)


def differences(old: Any, new: Any) -> tuple[Difference, ...]:
    """Every key in which two policies differ, in the order of the grammar."""
    return tuple(_differ(PolicyText, "", "policy", old, new))


_ABSENT = None


def _differ(hint: Any, path: str, key: str, old: Any, new: Any) -> Iterator[Difference]:
    if _as_list(old) == _as_list(new) and (old is _ABSENT) == (new is _ABSENT):
        return
    either = [value for value in (old, new) if value is not _ABSENT]
    kind = next((one for one in _kinds(hint) if all(_is_of(one, value) for value in either)), None)
    if kind is not None:
        hints = _hints(kind)
        for item in dataclasses.fields(kind):
            name = written(kind, item.name)
            below = [value.get(name) if isinstance(value, Mapping) else _ABSENT for value in (old, new)]
            yield from _differ(hints[item.name], f"{path}.{name}" if path else name, name, *below)
    elif all(isinstance(value, Mapping) for value in either):
        inner = _inside(hint, dict)
        before, after = (value if isinstance(value, Mapping) else {} for value in (old, new))
        for name in {**before, **after}:
            yield from _differ(inner, f"{path}.{name}", key, before.get(name), after.get(name))
    elif all(isinstance(value, list) and any(isinstance(one, Mapping) for one in value) for value in either):
        yield from _differ_in_rows(_inside(hint, list), path, key, old or [], new or [])
    else:
        yield Difference(path, key, _shown(old), _shown(new))


def _differ_in_rows(hint: Any, path: str, key: str, old: Sequence[Any], new: Sequence[Any]) -> Iterator[Difference]:
    before, after = _by_name(old), _by_name(new)
    for name in {**before, **after}:
        yield from _differ(hint, f"{path}[{name}]", key, before.get(name), after.get(name))
    kept = [name for name in before if name in after]
    if kept != [name for name in after if name in before]:
        yield Difference(path, key, " ".join(before), " ".join(after), order=True)


def _as_list(value: Any) -> Any:
    """One value stands for a list of it alone."""
    return value if isinstance(value, list | Mapping) else [value]


@remembered("policy_hints", 64)
def _hints(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind, include_extras=True)


def _kinds(hint: Any) -> Iterator[Any]:
    """The mappings of the grammar that may stand at a place."""
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        if hint.__module__.startswith("monitor.config"):
            yield hint
    elif get_origin(hint) not in (list, dict):
        for part in get_args(hint):
            yield from _kinds(part)


def _is_of(kind: Any, value: Any) -> bool:
    names = {written(kind, item.name) for item in dataclasses.fields(kind)}
    return isinstance(value, Mapping) and value.keys() <= names


def _inside(hint: Any, of: type) -> Any:
    """What stands in the lists, or under the names, of a place."""
    if get_origin(hint) is of:
        return get_args(hint)[-1]
    found = (_inside(part, of) for part in get_args(hint))
    return next((one for one in found if one is not None), None)


def _by_name(rows: Sequence[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for number, row in enumerate(rows):
        name, again = _name(row, number), 2
        while name in found:
            name, again = f"{_name(row, number)}#{again}", again + 1
        found[name] = row
    return found


def _name(row: Any, number: int) -> str:
    """What people call a row: what it is for, else its own name, else its place."""
    if not isinstance(row, Mapping):
        return str(row)
    if "budget" in row or "when" in row or "at_least" in row or "goal" in row:
        when = row.get("when")
        said = [f"{name}={_shown(value)}" for name, value in sorted(when.items())] if isinstance(when, Mapping) else []
        return " ".join([*said, *(f"{name} {row[name]}" for name in ("after", "after_start") if name in row)]) or "any"
    if "party" in row:
        return f"{row.get('kind')}/{row['party']}/{row.get('supports')}"
    names = ("id", "instant", "date", "from", "country", "ics")
    return next((str(row[name]) for name in names if name in row), str(number))


def _shown(value: Any) -> str | None:
    if value is _ABSENT:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ", ".join(_shown(one) or "" for one in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_shown(one)}" for name, one in value.items())
    return str(value)
