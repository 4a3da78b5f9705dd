"""Find an example of each key in configurations, policies and rotas that load.

The files are those of `examples/`, the shipped policies, and `tests/reference/examples`, which has the keys that the
others lack.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import yaml

from alerts.oncall.roster_schema import FileText
from monitor.config import plugins, yaml_file
from monitor.config.descriptions import written
from monitor.config.policy_schema import PolicyText
from monitor.config.schema import ConfigText, ExporterText, ReceiverText, SourceText

ROOT = Path(__file__).parents[2]
OWN = Path(__file__).parent / "examples"

FILES: Mapping[type, tuple[Path, ...]] = {
    ConfigText: (ROOT / "examples/tierwatch.yml", *sorted(OWN.glob("tierwatch*.yml"))),
    PolicyText: (
        ROOT / "examples/policy.yml",
        *sorted((ROOT / "monitor/shipped").glob("*.yml")),
        *sorted(OWN.glob("policy*.yml")),
    ),
    FileText: (ROOT / "examples/oncall.yml", *sorted(OWN.glob("oncall*.yml"))),
}  # fmt: skip
LONGEST = 90
"""Longer examples are cut to their first item."""

_MORE = "more_of_it"
PACKAGES = {SourceText: "monitor.collectors", ReceiverText: "alerts.notifiers", ExporterText: "exporters.push"}


def of(kind: type, key: str) -> str:
    """The shortest example of a key, as a line of YAML; empty where no file has the key."""
    lines = {_line(key, value) for owner, name, value in _every_key() if (owner, name) == (kind, key)}
    return min(lines, key=lambda line: (len(line), line), default="")


def _line(key: str, value: Any) -> str:
    whole = _flow(key, value)
    return (
        whole if len(whole) <= LONGEST else _flow(key, _first(value)).replace(f"{_MORE}: null", "…").replace(_MORE, "…")
    )


def _flow(key: str, value: Any) -> str:
    text = yaml.safe_dump({key: value}, default_flow_style=True, allow_unicode=True, width=10_000, sort_keys=False)
    return text.strip()[1:-1]


def _first(value: Any) -> Any:
    """The first item of a long value, and a mark for the rest."""
    if isinstance(value, dict):
        name, one = next(iter(value.items()))
        return {name: one if len(_flow(name, one)) <= LONGEST else _MORE} | ({_MORE: None} if len(value) > 1 else {})
    if isinstance(value, list):
        return [value[0] if len(_flow("", value[0])) <= LONGEST else _MORE, *([_MORE] if len(value) > 1 else [])]
    return value


@cache
def _every_key() -> tuple[tuple[type, str, Any], ...]:
    return tuple(
        found for kind, files in FILES.items() for file in files for found in _keys(kind, yaml_file.read(file).data)
    )


def _keys(kind: type, data: Any) -> Iterator[tuple[type, str, Any]]:
    """Every key that stands in *data*, which is read as a *kind*, with its value."""
    if not isinstance(data, dict):
        return
    hints = get_type_hints(kind, include_extras=True)
    for item in dataclasses.fields(kind):
        key = written(kind, item.name)
        if key in data:
            yield kind, key, data[key]
            yield from _below(hints[item.name], data[key])
    if kind in PACKAGES and "." not in data["type"]:
        yield from _keys(plugins.load(PACKAGES[kind], data["type"]).Config, data.get("options", {}))


def _below(hint: Any, data: Any) -> Iterator[tuple[type, str, Any]]:
    """The keys below a value that is read as what *hint* says."""
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        names = {written(hint, item.name) for item in dataclasses.fields(hint)}
        if isinstance(data, dict) and data.keys() <= names:
            yield from _keys(hint, data)
        return
    origin, parts = get_origin(hint), get_args(hint)
    if origin is list and isinstance(data, list):
        for one in data:
            yield from _below(parts[0], one)
    elif origin is dict and isinstance(data, dict):
        for one in data.values():
            yield from _below(parts[1], one)
    elif origin in (Union, UnionType) or hasattr(hint, "__metadata__"):
        for part in parts[:1] if hasattr(hint, "__metadata__") else parts:
            yield from _below(part, data)
