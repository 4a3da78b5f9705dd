"""Say how `tierwatch.yml` is written: each key with its type and its default, and the schema for editors.

What a configuration means beyond that is checked in `config_file.py`.
"""

from __future__ import annotations

import dataclasses
from dataclasses import field
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, TypeAdapter, WithJsonSchema
from pydantic.dataclasses import dataclass

from monitor.config.heartbeat_schema import EveryOrOff, HeartbeatText
from monitor.config.policy_schema import Some
from monitor.history import StatusRule
from monitor.messages import DEFAULT, Language
from monitor.model import CircuitState, Phase
from monitor.net import SecretOption
from monitor.policy import LABELS
from monitor.text import Length, did_you_mean

_STRICT = ConfigDict(extra="forbid", frozen=True)


def _status(text: Any) -> StatusRule:
    word, _, reason = str(text).partition("/")
    known = {item.value: item for item in Phase if item is not Phase.UNKNOWN}
    if word not in known:
        raise ValueError(
            f"{text!r} is not a phase; write one of {', '.join(known)}, or held/REASON{did_you_mean(word, known)}"
        )
    if reason and known[word] is not Phase.HELD:
        raise ValueError(f"{text!r}: only a wait has a reason; write {word} or held/{reason}")
    return StatusRule(known[word], reason or None)


_STATUS = {
    "type": "string",
    "pattern": "^(" + "|".join(item.value for item in Phase if item is not Phase.UNKNOWN) + "|held/.+)$",
}


def _state(text: Any) -> CircuitState:
    known = {item.value: item for item in CircuitState}
    if text not in known:
        raise ValueError(
            f"{text!r} is not a circuit's state; write one of {', '.join(known)}{did_you_mean(str(text), known)}"
        )
    return known[text]


CircuitStateText = Annotated[
    CircuitState, BeforeValidator(_state), WithJsonSchema({"enum": [item.value for item in CircuitState]})
]

StatusText = Annotated[Any, BeforeValidator(_status), WithJsonSchema(_STATUS)]


_ONLY = {
    "type": "object",
    "propertyNames": {"enum": list(LABELS)},
    "additionalProperties": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
}

OnlyText = Annotated[dict[str, Some], WithJsonSchema(_ONLY)]


_PLACE = {"type": "object", "maxProperties": 1, "properties": {"env": {"type": "string"}, "file": {"type": "string"}}}

SecretText = Annotated[SecretOption, WithJsonSchema(_PLACE)]


@dataclass(config=_STRICT)
class AttributeText:
    field: str
    values: dict[str, str] = dataclasses.field(default_factory=dict)


@dataclass(config=_STRICT)
class MappingText:
    version: str = "1"
    statuses: dict[str, StatusText] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, AttributeText] = field(default_factory=dict)
    circuit_states: dict[str, CircuitStateText] = field(default_factory=dict)
    instants: dict[str, str] = field(default_factory=dict)


@dataclass(config=_STRICT)
class SourceText:
    type: str
    every: Length = timedelta(seconds=30)
    at_most: Length = timedelta(minutes=5)
    stale_after: Length = timedelta(minutes=15)
    options: dict[str, Any] = field(default_factory=dict)
    mapping: MappingText = field(default_factory=MappingText)


@dataclass(config=_STRICT)
class ReceiverText:
    type: str
    options: dict[str, Any] = field(default_factory=dict)
    only: OnlyText = field(default_factory=dict)
    shadow: bool = False
    personal: bool = False
    repeat: Length | None = None


@dataclass(config=_STRICT)
class ConfigText:
    sources: dict[str, SourceText]
    policy: Some
    receivers: dict[str, ReceiverText]
    instance: str = "tierwatch"
    zone: str = "UTC"
    language: Language = DEFAULT
    database: str = "tierwatch.db"
    listen: str = "127.0.0.1:8321"
    page_url: str = ""
    speed: float = 1.0
    catch_up: Length = timedelta(seconds=60)
    root_causes: list[str] = field(default_factory=lambda: ["cause", "circuit"])
    oncall: str = ""
    wake_through_silence: list[str] | None = None
    tell_nobody: list[str] = field(default_factory=list)
    heartbeat: HeartbeatText | None = None
    synthetic_every: EveryOrOff = timedelta(minutes=5)
    link_secret: SecretText | None = None
    link_secret_previous: SecretText | None = None
    api_token: SecretText | None = None


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a configuration, for editors (2020-12). What stands under `options` is each plug-in's own."""
    schema = TypeAdapter(ConfigText).json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "tierwatch configuration"}
