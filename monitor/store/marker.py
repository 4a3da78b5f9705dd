"""Keep beside the configuration which database belongs to it, so that a deleted or another one is noticed at a start.

The marker is `tierwatch.yml.store` beside `tierwatch.yml`; where that folder cannot be written, it lies beside the
database. Written whole or not at all. It holds no secret.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from monitor.errors import StoreError

_NOTE = "tierwatch wrote this: the database that belongs to this configuration; see docs/runbook.md, TierwatchStoreLost"


@dataclass(frozen=True, slots=True)
class Marker:
    """The database's id, its name without a password, and until when the program is known to have written to it."""

    id: str
    database: str
    seen: datetime | None = None


def places(config: Path, database: Path) -> tuple[Path, Path]:
    """Where a marker may lie, the better place first."""
    name = f"{config.name}.store"
    return config.parent / name, database.parent / name


def read(config: Path, database: Path) -> Marker | None:
    """The marker of a configuration; None if there is none. Raises StoreError where it cannot be read."""
    for path in _existing(config, database):
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
            seen = said.get("seen")
            return Marker(said["id"], said["database"], None if seen is None else datetime.fromisoformat(seen))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise StoreError(
                f"{path}: cannot be read as the marker of a database ({type(error).__name__}); put it back from a"
                f" backup, or delete it, if {database} is the right database",
                retryable=False,
            ) from error
    return None


def write(config: Path, database: Path, marker: Marker) -> Path | None:
    """Write the marker; gives where it lies now, None if it could be written in neither place."""
    seen = None if marker.seen is None else marker.seen.isoformat()
    text = json.dumps({"note": _NOTE, "id": marker.id, "database": marker.database, "seen": seen}, indent=2) + "\n"
    for path in dict.fromkeys(places(config, database)):
        other = path.with_name(f"{path.name}.new")
        try:
            with other.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            other.replace(path)
            return path
        except OSError:
            continue
    return None


def remove(config: Path, database: Path) -> tuple[Path, ...]:
    """Forget which database belongs to a configuration; gives the files that were removed."""
    found = tuple(_existing(config, database))
    for path in found:
        try:
            path.unlink()
        except OSError as error:
            raise StoreError(f"{path}: cannot be removed ({error.strerror})", retryable=False) from error
    return found


def _existing(config: Path, database: Path) -> Iterator[Path]:
    return (path for path in dict.fromkeys(places(config, database)) if path.exists())
