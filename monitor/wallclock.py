"""Read the machine's clock: the only file that does, so that everything else can be asked about any instant."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """This instant, aware UTC."""
    return datetime.now(UTC)
