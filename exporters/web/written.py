"""Read what an explanation says in JSON: names in both languages, and instants in the local time of a zone. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from exporters.web import wording
from monitor.model import Name


def both(said: Mapping[str, str]) -> Name:
    return Name(said["en"], said["zh"])


def local(at: str | None, zone: str) -> str:
    return "–" if at is None else wording.local(instant(at), zone)


def instant(at: str) -> datetime:
    return datetime.fromisoformat(at).astimezone(UTC)
