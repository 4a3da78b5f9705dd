"""Read the section `hub`: to whom notifications of violations may be sent, and what signs them.

An address is allowed by its origin: scheme, host and port. Whoever may subscribe names an address, and this program
then sends there from inside the network; so where it may send is decided here, and by nobody over HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass as plain_dataclass
from dataclasses import field
from datetime import timedelta
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, ConfigDict
from pydantic.dataclasses import dataclass

from monitor.net import Secret, SecretOption
from monitor.text import Length, shown

SHORTEST_SECRET = 32
"""Bytes of the secret."""

SHORTEST_PATIENCE = timedelta(minutes=10)

_PORTS = {"http": 80, "https": 443}


def origin_of(address: str) -> str | None:
    """Scheme, host and port of an http or https address, always written alike; None where it is no such address."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname
    if parts.scheme not in _PORTS or not host or not address.isascii() or not address.isprintable() or " " in address:
        return None
    if "@" in parts.netloc or "\\" in address:
        return None
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}:{_PORTS[parts.scheme] if port is None else port}"


def _origin(written: str) -> str:
    found, parts = origin_of(written), urlsplit(written)
    if found is None or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("is not an origin; write https://tickets.example.net, or http://127.0.0.1:9000 with its port")
    return found


def _long_enough(secret: Secret) -> Secret:
    if not secret.missing and len(secret.reveal().encode()) < SHORTEST_SECRET:
        raise ValueError(f"what is in {secret.origin} is shorter than {SHORTEST_SECRET} bytes; make a longer one")
    return secret


def _patient(length: timedelta) -> timedelta:
    if length < SHORTEST_PATIENCE:
        raise ValueError(f"{shown(length)} is shorter than {shown(SHORTEST_PATIENCE)}; write a longer one, such as 1d")
    return length


@dataclass(config=ConfigDict(extra="forbid", frozen=True, defer_build=True))
class HubText:
    secret: Annotated[SecretOption, AfterValidator(_long_enough)]
    """A secret of at least 32 bytes, from which the key of each subscriber is made."""
    origins: list[Annotated[str, AfterValidator(_origin)]]
    """Where notifications may be sent: scheme, host and port, such as `https://tickets.example.net`."""
    timeout: Length = timedelta(seconds=10)
    """How long one notification may take as a whole."""
    suspend_after: Annotated[Length, AfterValidator(_patient)] = timedelta(days=1)
    """How long a subscriber may take nothing before it is sent nothing any more, `10m` or more."""
    ca_file: Path | None = None
    """The certificate authority to trust."""


@plain_dataclass(frozen=True, slots=True)
class HubConfig:
    """The hub: what signs, where it may send, and how long a subscriber may be dead."""

    secret: Secret
    origins: frozenset[str]
    timeout: timedelta = timedelta(seconds=10)
    suspend_after: timedelta = timedelta(days=1)
    ca_file: Path | None = field(default=None)


def hub_of(text: HubText | None, base: Path) -> HubConfig | None:
    """The hub of a configuration in the folder *base*, where it has one."""
    if text is None:
        return None
    ca_file = None if text.ca_file is None else base / text.ca_file
    return HubConfig(text.secret, frozenset(text.origins), text.timeout, text.suspend_after, ca_file)
