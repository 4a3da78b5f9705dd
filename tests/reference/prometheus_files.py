"""Read the rules for Prometheus and the dashboards, and find which metrics each of them uses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
RULES = ROOT / "alerts/prometheus/tierwatch.rules.yml"
DASHBOARDS = ROOT / "grafana/dashboards"
_NAME = re.compile(r"[a-z][a-z0-9_]*(?::[a-z0-9_]+)*")


@dataclass(frozen=True, slots=True)
class AlertRule:
    """One alert that Prometheus makes."""

    name: str
    expression: str
    lasting: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]


@cache
def _rules() -> tuple[Mapping[str, Any], ...]:
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return tuple(rule for group in groups for rule in group["rules"])


@cache
def alert_rules() -> tuple[AlertRule, ...]:
    return tuple(
        AlertRule(rule["alert"], rule["expr"], rule.get("for", ""), rule["labels"], rule["annotations"])
        for rule in _rules()
        if "alert" in rule
    )


@cache
def _recorded() -> dict[str, frozenset[str]]:
    """Each recorded series and the names in its expression."""
    return {rule["record"]: frozenset(_NAME.findall(rule["expr"])) for rule in _rules() if "record" in rule}


def metrics_in(expression: str) -> frozenset[str]:
    """The names in an expression; those of recorded series with the names that they are made of."""
    found, waiting = set(), list(_NAME.findall(expression))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(_recorded().get(name, ()))
    return frozenset(found)


@cache
def panels() -> tuple[tuple[str, frozenset[str]], ...]:
    """Each panel that has queries: its dashboard and its title in English, and the names in its queries."""
    boards = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(DASHBOARDS.glob("*.json"))]
    of_each = [(_english(board), list(_panels(board["panels"]))) for board in boards]
    shared = [panel for panel in of_each[0][1] if all(panel in found for _, found in of_each)]
    own = [
        (f"{name}: {title}", names) for name, found in of_each for title, names in found if (title, names) not in shared
    ]
    return (*((f"all: {title}", names) for title, names in shared), *own)


def _english(named: Mapping[str, Any]) -> str:
    return str(named["title"]).partition(" · ")[0]


def _panels(found: list[Mapping[str, Any]]) -> Iterator[tuple[str, frozenset[str]]]:
    for panel in found:
        names = {name for target in panel.get("targets", ()) for name in _NAME.findall(target.get("expr", ""))}
        if names:
            yield _english(panel), frozenset(names)
        yield from _panels(panel.get("panels", []))
