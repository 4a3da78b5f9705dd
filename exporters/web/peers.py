"""Say where a request comes from, by its connection and never by what it says of itself."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from starlette.requests import HTTPConnection

OF_A_PROXY = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")

Peers = tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
"""Addresses whose word counts."""


def of_this_machine(request: HTTPConnection) -> bool:
    """Whether a program on this machine asks, by the address of this machine, and no proxy for somebody else.

    The name counts, too: a site of another name may have been led to this address.
    """
    if any(name in request.headers for name in OF_A_PROXY):
        return False
    peer, here = request.client, request.scope.get("server")
    return peer is not None and _opened_here(peer.host, here) and _named_here(request.headers.get("host", ""), here)


def is_among(host: str, peers: Iterable[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    """Whether an address is one of *peers*."""
    address = _address(host)
    return address is not None and any(address.version == peer.version and address in peer for peer in peers)


def _opened_here(peer: str, here: tuple[str, int] | None) -> bool:
    """A connection whose two ends have one address was opened on this machine."""
    return _is_loopback(peer) or (here is not None and peer == here[0])


def _named_here(host: str, here: tuple[str, int] | None) -> bool:
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    name = name.strip("[]")
    return name == "localhost" or _is_loopback(name) or (here is not None and name == here[0])


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return address is not None and address.is_loopback


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found
