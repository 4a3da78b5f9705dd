"""Say how a peer is reached: the options of every plug-in that asks somebody over HTTP.

Pure values, checked when they are made.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, ConfigDict

from monitor.text import Length


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("is not an address; write http://host/path or https://host/path")
    if parts.username is not None or parts.password is not None:
        raise ValueError("has a user or password in it; write those under auth")
    return text


Address = Annotated[str, AfterValidator(_address)]
"""An http or https address as an option of a plug-in."""


@dataclass(frozen=True, slots=True)
class Network:
    """How a peer is reached. `total_timeout` bounds one request with everything in it.

    That is: finding the address, connecting, TLS, headers, body, redirects, all attempts and the waits between them.

    `ca_file` is the certificate authority to trust, `client_cert` a PEM file with our certificate and key.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    connect_timeout: Length = timedelta(seconds=5)
    """How long a connection may take."""
    read_timeout: Length = timedelta(seconds=30)
    """How long the peer may be silent."""
    total_timeout: Length = timedelta(minutes=2)
    """How long one request may take with everything in it, all `attempts` included."""
    attempts: int = 3
    """How often one request is tried."""
    max_bytes: int = 64 * 1024 * 1024
    """The largest answer that is read."""
    ca_file: Path | None = None
    """The certificate authority to trust."""
    client_cert: Path | None = None
    """A PEM file with our certificate and key."""
    proxy: Address | None = None
    """The address of a proxy; proxies of the environment are not used."""

    def __post_init__(self) -> None:
        if self.attempts < 1 or self.max_bytes < 1:
            raise ValueError("attempts and max_bytes are 1 or more")
