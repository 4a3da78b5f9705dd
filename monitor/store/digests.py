"""Know the ids of deleted events again by their digests: sixteen bytes each, however long ids are (semantics 44)."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from monitor.store import statements
from monitor.store.schema import forgotten

_ANY = sa.select(forgotten.c.digest).where(forgotten.c.digest >= b"").limit(1)

_MOST = 500
"""Digests that one statement asks for: each is a parameter."""


def digest(source: str, event_id: str) -> bytes:
    """The digest of an event's identity; that two have one is less likely than that the disk loses a row."""
    return hashlib.sha256(f"{source}\0{event_id}".encode(errors="surrogatepass")).digest()[:16]


def teach(connection: Any) -> None:
    """Let a connection of SQLite know `event_digest(source, event_id)`."""
    if isinstance(connection, sqlite3.Connection):
        connection.create_function("event_digest", 2, digest, deterministic=True)


def forget(connection: sa.Connection, source: str, event_ids: Iterable[str]) -> None:
    """Keep the digests of events that are deleted."""
    statements.put_new(connection, forgotten, [{"digest": digest(source, event_id)} for event_id in event_ids])


def among_deleted(connection: sa.Connection, source: str, event_ids: Sequence[str]) -> set[str]:
    """Those of the ids whose events were deleted."""
    if connection.scalar(_ANY) is None:
        return set()
    by_digest = {digest(source, event_id): event_id for event_id in event_ids}
    asked, found = list(by_digest), set()
    for first in range(0, len(asked), _MOST):
        some = forgotten.c.digest.in_(asked[first : first + _MOST])
        found |= {by_digest[bytes(one)] for one in connection.scalars(sa.select(forgotten.c.digest).where(some))}
    return found
