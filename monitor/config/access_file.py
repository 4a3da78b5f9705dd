"""Read who is let in: how long a session lasts, who reads without a login, and what vouches for people."""

from __future__ import annotations

import ipaddress
from dataclasses import field
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BeforeValidator, ConfigDict, WithJsonSchema
from pydantic.dataclasses import dataclass

from monitor.access import Role
from monitor.config.yaml_file import Document
from monitor.net import SecretOption
from monitor.text import Length, did_you_mean

_STRICT = ConfigDict(extra="forbid", frozen=True, defer_build=True)

SHORTEST_SESSION = timedelta(minutes=1)

_HEADER = r"^[A-Za-z0-9-]+$"


class Reading(StrEnum):
    """Who reads pages, the API and metrics without a login."""

    THIS_MACHINE = "this_machine"
    """Programs and people on the machine on which tierwatch runs, unless a proxy asks for somebody else."""
    LOGIN = "login"
    """Nobody."""
    EVERYBODY = "everybody"
    """Whoever reaches the address of the page."""


def _roles(written: Any) -> tuple[Role, ...]:
    known = [role.value for role in Role]
    found = [written] if isinstance(written, str) else written
    if not isinstance(found, list | tuple) or not found:
        raise ValueError(f"{written!r} is no role and no list of roles; write one of {', '.join(known)}")
    for one in found:
        if one not in known:
            hint = did_you_mean(str(one), known)
            raise ValueError(f"{one!r} is not a role; write one of {', '.join(known)}{hint}")
    return tuple(Role(one) for one in found)


def _peer(written: Any) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(str(written))
    except ValueError:
        raise ValueError(f"{written!r} is not an address or a network; write 10.0.0.5 or 10.0.0.0/29") from None


def _header(written: Any) -> str:
    name = str(written)
    if not name.isascii() or not name.replace("-", "").isalnum():
        raise ValueError(f"{written!r} is not the name of a header; write one such as X-Remote-User")
    return name.lower()


def _issuer(written: Any) -> str:
    parts = urlsplit(str(written))
    loopback = parts.hostname in ("127.0.0.1", "::1", "localhost")
    if parts.scheme != "https" and not (parts.scheme == "http" and loopback):
        raise ValueError(f"{written!r} is not the issuer's https:// address, as it stands in its tokens")
    if parts.query or parts.fragment or parts.username is not None or not parts.hostname:
        raise ValueError(
            "is an address with a user, a query or a fragment; write the issuer as it stands in its tokens"
        )
    return str(written)


_ROLE_SCHEMA = {"enum": [role.value for role in Role]}
RolesText = Annotated[
    tuple[Role, ...],
    BeforeValidator(_roles),
    WithJsonSchema({"anyOf": [_ROLE_SCHEMA, {"type": "array", "items": _ROLE_SCHEMA, "minItems": 1}]}),
]
PeerText = Annotated[Any, BeforeValidator(_peer), WithJsonSchema({"type": "string", "examples": ["10.0.0.5"]})]
HeaderText = Annotated[str, BeforeValidator(_header), WithJsonSchema({"type": "string", "pattern": _HEADER})]
IssuerText = Annotated[str, BeforeValidator(_issuer), WithJsonSchema({"type": "string", "format": "uri"})]


@dataclass(config=_STRICT)
class OidcText:
    issuer: IssuerText
    """The address of the identity provider, exactly as it stands in its tokens (`iss`)."""
    client_id: str
    """The name under which the provider knows this installation."""
    client_secret: SecretOption | None = None
    """A secret: what the provider knows this installation by; without it, only PKCE proves who asks."""
    roles: dict[str, RolesText] = field(default_factory=dict)
    """A group of the provider → the role or roles of its members. Who is in none of them may not log in."""
    groups_claim: str = "groups"
    """The claim of the ID token that lists the groups."""
    name_claim: str = "preferred_username"
    """The claim whose text is the person's name here and in the audit trail; without that claim `sub` is."""
    customer_claim: str = ""
    """The claim that names the one customer whom somebody belongs to; for people with the role `customer`."""
    scopes: list[str] = field(default_factory=lambda: ["profile"])
    """What is asked for beside `openid`; some providers give groups only for a scope of their own."""


@dataclass(config=_STRICT)
class ProxyText:
    peers: list[PeerText]
    """The addresses or networks of the proxies whose word counts. From all others the headers are ignored."""
    roles: dict[str, RolesText] = field(default_factory=dict)
    """A group that the proxy names → the role or roles of its members."""
    user_header: HeaderText = "x-remote-user"
    """The header that names the person; the proxy must remove it from what people send."""
    groups_header: HeaderText = "x-remote-groups"
    """The header that lists the person's groups, with commas between them; the proxy must remove it, too."""


@dataclass(config=_STRICT)
class AccessText:
    reading: Reading = Reading.THIS_MACHINE
    """Who reads without a login: `this_machine`, `login` for nobody, or `everybody`."""
    session_idle: Length = timedelta(hours=8)
    """After how long without a request somebody has to log in again."""
    session_longest: Length = timedelta(hours=24)
    """After how long somebody has to log in again in any case."""
    oidc: OidcText | None = None
    """The identity provider at which people log in (OpenID Connect); needs `page_url`."""
    proxy: ProxyText | None = None
    """A reverse proxy that has logged people in and says in headers who they are."""


def check(document: Document, text: AccessText, page_url: str) -> None:
    """Raises ConfigError for what cannot be meant."""
    for key, length in (("session_idle", text.session_idle), ("session_longest", text.session_longest)):
        if length < SHORTEST_SESSION:
            raise document.error(("access", key), "is shorter than a minute; write a longer one, such as 8h")
    for key, one in (("oidc", text.oidc), ("proxy", text.proxy)):
        if one is not None and not one.roles:
            raise document.error(("access", key), "gives no group a role, so nobody could log in; add roles")
    if text.proxy is not None and not text.proxy.peers:
        raise document.error(("access", "proxy", "peers"), "trusts no address; write that of the proxy")
    if text.oidc is not None and not page_url:
        raise document.error(("access", "oidc"), "sends people back to page_url, and there is none; add page_url")


def notice(text: AccessText | None, host: str) -> str:
    """What is worth saying of a page that is open to more than this machine; empty where nothing is."""
    try:
        inside = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        inside = False
    if inside or (text is not None and text.reading is not Reading.EVERYBODY):
        return ""
    how = "add access: {} and accounts" if text is None else "write reading: this_machine or login"
    return f"listen: everybody who reaches {host} reads everything without a login; {how} (docs/access.md) to end that"
