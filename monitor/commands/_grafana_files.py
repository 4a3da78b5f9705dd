"""Find the dashboards and alert rules that belong to this version, and read them."""

from __future__ import annotations

import json
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any

from monitor.errors import ConfigError

DATA_SOURCE = "tierwatch-prometheus"
"""The uid of the data source that the rules ask; the one of grafana/provisioning/datasources."""


class Influx(StrEnum):
    """The languages in which an InfluxDB is asked."""

    INFLUXQL = "influxql"
    """InfluxDB 1.8."""
    FLUX = "flux"
    """InfluxDB 2."""


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard as Grafana takes it."""

    model: Mapping[str, Any]

    @property
    def uid(self) -> str:
        return str(self.model["uid"])

    @property
    def title(self) -> str:
        return str(self.model["title"])

    @property
    def digest(self) -> str:
        """What tells this state of the dashboard from every other."""
        return sha256(json.dumps(self.model, sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """The alert rules, as Grafana's API takes a group; `interval` is in seconds."""

    name: str
    interval: int
    rules: Sequence[Mapping[str, Any]]


def folder(chosen: Path | None) -> Path:
    """Where the files are: as somebody says, beside the code of a clone, or in the environment. Raises ConfigError."""
    for place in _places(chosen):
        if (place / "dashboards").is_dir():
            return place
    looked = ", ".join(map(str, _places(chosen)))
    raise ConfigError(f"no folder dashboards is in {looked}; name the folder that has it with --files")


def _places(chosen: Path | None) -> Iterator[Path]:
    if chosen is not None:
        yield chosen
        return
    yield Path(__file__).parents[2] / "grafana"
    for scheme in (None, sysconfig.get_preferred_scheme("user")):
        data = sysconfig.get_path("data") if scheme is None else sysconfig.get_path("data", scheme)
        yield Path(data) / "share/tierwatch/grafana"


def boards(place: Path, influx: Influx | None) -> list[Board]:
    """The dashboards in the order of their names, with that for an InfluxDB. Raises ConfigError."""
    files = sorted((place / "dashboards").glob("*.json"))
    if influx is not None:
        files.append(place / f"dashboards/influxdb/promises-{influx}.json")
    found = [Board(_json(file)) for file in files]
    if not found:
        raise ConfigError(f"{place / 'dashboards'} holds no dashboard; name the folder that does with --files")
    return found


def _json(file: Path) -> Mapping[str, Any]:
    try:
        model = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{file} cannot be read as JSON; build it anew with `make dashboards`") from error
    if not isinstance(model, dict) or not all(
        isinstance(model.get(key), str) and model[key] for key in ("uid", "title")
    ):
        raise ConfigError(
            f"{file} is no dashboard, for it has no uid or no title; build it anew with `make dashboards`"
        )
    return model


def rules(place: Path, data_source: str) -> RuleGroup:
    """The alert rules, each asking that data source. Raises ConfigError."""
    import yaml

    file = place / "provisioning/alerting/tierwatch.yml"
    try:
        (group,) = yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]
        asking = [_of_source(rule, data_source) for rule in group["rules"]]
        return RuleGroup(group["name"], _seconds(group["interval"]), asking)
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError) as error:
        raise ConfigError(f"{file} cannot be read as alert rules; build it anew with `make dashboards`") from error


def _of_source(rule: Mapping[str, Any], uid: str) -> dict[str, Any]:
    asked = [
        query | {"datasourceUid": uid} if query["datasourceUid"] == DATA_SOURCE else query for query in rule["data"]
    ]
    return {**rule, "data": asked}


def _seconds(written: str) -> int:
    return int(written.removesuffix("m")) * 60
