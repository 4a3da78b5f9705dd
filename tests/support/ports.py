"""Give ports of loopback to servers that must be told their port, and to tests in which nobody listens.

A port that the system gave for 0 and that was closed again is given to the next who asks for any: to another worker's
server, or to a connection, before the one for whom it was meant has begun. On a busy machine that takes seconds. So
these ports lie below those that the system gives (`ip_local_port_range`), and each worker has its own.
"""

from __future__ import annotations

import itertools
import os
import re
import socket
from pathlib import Path

FIRST = 10_000
"""Below it are the usual ports of servers that may run on the machine."""

WORKERS = 64
"""Workers that have ports of their own; the next one shares those of the first."""

_given = itertools.count(os.getpid())
"""Begins elsewhere in each process, for two runs on one machine."""


def free_port() -> int:
    """A port of loopback that nobody listens on, and that nobody gets who asks the system for any port."""
    ours = _ports(os.environ.get("PYTEST_XDIST_WORKER", ""), _given_by_the_system())
    for number in itertools.islice(_given, len(ours)):
        port = ours[number % len(ours)]
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError(f"no port from {ours[0]} to {ours[-1]} of 127.0.0.1 is free")


def _ports(worker: str, given: int) -> range:
    """The ports of a worker, where the system gives those from *given* on."""
    found = re.search(r"\d+", worker)
    share = (given - FIRST) // WORKERS
    first = FIRST + share * (int(found[0]) % WORKERS if found else 0)
    return range(first, first + share)


def _given_by_the_system() -> int:
    """The lowest port that the system gives to whoever asks for any."""
    try:
        return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split()[0])
    except OSError:
        return 49_152  # IANA, RFC 6335, 6
