"""Read the dashboards and rules for Grafana as Grafana does, as far as colours and words of values go."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parents[2] / "grafana"
GREY = "#808080"
ILL = frozenset({GREY, "red", "orange", "yellow", "purple"})
"""What says that something is wrong, in danger, or not known. Every other colour says that it is well."""


@dataclass(frozen=True, slots=True)
class Query:
    """One query of a panel."""

    board: str
    panel: Mapping[str, Any]
    target: Mapping[str, Any]

    @property
    def where(self) -> str:
        return f"{self.board} {self.panel['id']} {self.panel['title'].partition(' · ')[0]} {self.target['refId']}"

    @property
    def expr(self) -> str:
        return str(self.target["expr"])

    def colour(self, value: float | None) -> str:
        """The colour of a value, None for no value: by a mapping, else by the thresholds."""
        limits = self.panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
        for name, options in self._overrides():
            if name == "thresholds":
                limits = options["steps"]
            if name == "color" and options["mode"] == "fixed":
                return str(options["fixedColor"])
        mapped = [option["color"] for option in self._mapped(value) if option.get("color")]
        if mapped:
            return str(mapped[0])
        base, *steps = limits
        assert base["value"] is None
        return str([base, *(step for step in steps if value is not None and value >= step["value"])][-1]["color"])

    def _mapped(self, value: float | None) -> Iterator[Mapping[str, Any]]:
        for mapping in self.panel["fieldConfig"]["defaults"].get("mappings", ()):
            options = mapping["options"]
            if mapping["type"] == "special" and value is None:
                yield options["result"]
            elif mapping["type"] == "value" and value is not None and f"{value:g}" in options:
                yield options[f"{value:g}"]
            elif mapping["type"] == "range" and value is not None and options["from"] <= value <= options["to"]:
                yield options["result"]

    def _overrides(self) -> Iterator[tuple[str, Any]]:
        ref = self.target["refId"]
        for override in self.panel["fieldConfig"]["overrides"]:
            if override["matcher"]["options"] in (ref, f"Value #{ref}"):
                yield from ((each["id"], each["value"]) for each in override["properties"])


@cache
def boards(pattern: str = "dashboards/*.json") -> Mapping[str, Mapping[str, Any]]:
    """The dashboards by the names of their files."""
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in sorted(FOLDER.glob(pattern))}


def panels(board: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [panel for panel in board["panels"] if panel["type"] != "row"]


@cache
def queries() -> tuple[Query, ...]:
    """Every query of every dashboard that asks Prometheus."""
    return tuple(
        Query(name, panel, target)
        for name, board in boards().items()
        for panel in panels(board)
        for target in panel["targets"]
    )


def marks() -> list[tuple[str, str]]:
    """Where each annotation is, and its query."""
    return [
        (f"{name} {mark['name']}", mark["expr"])
        for name, board in boards().items()
        for mark in board["annotations"]["list"]
    ]


@cache
def alert_rules() -> tuple[Mapping[str, Any], ...]:
    """The rules as they are provisioned."""
    text = (FOLDER / "provisioning/alerting/tierwatch.yml").read_text(encoding="utf-8")
    return tuple(yaml.safe_load(text)["groups"][0]["rules"])
