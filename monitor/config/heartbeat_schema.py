"""Read the two keys by which tierwatch is watched itself: the outgoing heartbeat, and the synthetic clock.

The address of the heartbeat is a secret even where it stands in the file: whoever knows it can say that all is well.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, ConfigDict, PlainValidator, WithJsonSchema
from pydantic.dataclasses import dataclass

from monitor.net import Secret, SecretOption
from monitor.text import Length, length, shown

SHORTEST = timedelta(seconds=10)
"""The least time between two heartbeats, and between two synthetic clocks."""


def _hidden(written: Any) -> Any:
    return Secret(written.strip(), "heartbeat.url") if isinstance(written, str) else written


def _address(secret: Secret) -> Secret:
    try:
        parts = urlsplit(secret.reveal())
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
    except ValueError:
        good = False
    if not good:
        raise ValueError(f"what {secret.origin} holds is not an address; write http://host/path or https://host/path")
    return secret


_PLACE = {"type": "object", "maxProperties": 1, "properties": {"env": {"type": "string"}, "file": {"type": "string"}}}

HiddenAddress = Annotated[
    SecretOption,
    BeforeValidator(_hidden),
    AfterValidator(_address),
    WithJsonSchema({"anyOf": [{"type": "string"}, _PLACE]}),
]


def _often(every: timedelta) -> timedelta:
    if every < SHORTEST:
        raise ValueError(f"{shown(every)} is too often; write {shown(SHORTEST)} or more")
    return every


def _every_or_off(written: Any) -> timedelta | None:
    if written is False or written == "off":  # YAML reads the bare word as a boolean
        return None
    try:
        every = length(written)
    except ValueError as error:
        raise ValueError(f"{error}, or off to do without a synthetic clock") from error
    return _often(every)


EveryOrOff = Annotated[timedelta | None, PlainValidator(_every_or_off), WithJsonSchema({"type": ["string", "boolean"]})]


@dataclass(config=ConfigDict(extra="forbid", frozen=True))
class HeartbeatText:
    url: HiddenAddress
    every: Annotated[Length, AfterValidator(_often)] = timedelta(minutes=1)
