"""Read the two keys for watching tierwatch itself: the outgoing heartbeat and the synthetic clock.

The address of the heartbeat is a secret even if it is written in the file: with it, anybody can report that all is
well.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, ConfigDict, PlainValidator, WithJsonSchema
from pydantic.dataclasses import dataclass

from monitor.net import SECRET_SCHEMA, Secret, SecretOption
from monitor.text import Length, length, shown

SHORTEST = timedelta(seconds=10)
"""The least time between two heartbeats, and between two synthetic clocks."""


def _hidden(written: Any) -> Any:
    return Secret(written.strip(), "heartbeat.url") if isinstance(written, str) else written


def _address(secret: Secret) -> Secret:
    if secret.missing:
        return secret
    try:
        parts = urlsplit(secret.reveal())
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
    except ValueError:
        good = False
    if not good:
        raise ValueError(f"what {secret.origin} holds is not an address; write http://host/path or https://host/path")
    return secret


HiddenAddress = Annotated[
    SecretOption,
    BeforeValidator(_hidden),
    AfterValidator(_address),
    WithJsonSchema({"anyOf": [{"type": "string"}, SECRET_SCHEMA]}),
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


_EVERY_OR_OFF = {"type": ["string", "boolean"], "examples": ["5m", "off"]}

EveryOrOff = Annotated[timedelta | None, PlainValidator(_every_or_off), WithJsonSchema(_EVERY_OR_OFF)]


@dataclass(config=ConfigDict(extra="forbid", frozen=True, defer_build=True))
class HeartbeatText:
    url: HiddenAddress
    """The address that is asked with GET. It is a secret: whoever knows it can say that all is well."""
    every: Annotated[Length, AfterValidator(_often)] = timedelta(minutes=1)
    """How often the ping is sent, `10s` or more."""
