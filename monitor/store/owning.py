"""Let one process at a time own the file of a database: a lock on a file beside it."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO

from monitor.errors import StoreError


def own(path: Path, name: str) -> IO[str]:
    """The lock, kept until it is closed. Raises StoreError when another process has it; *name* is the database's."""
    lock_path = Path(f"{path}.lock")
    try:
        lock = lock_path.open("w")
    except OSError as error:
        raise StoreError(
            f"{name}: {lock_path} cannot be written ({error.strerror}); check the folder's permissions",
            retryable=False,
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise StoreError(
            f"{name}: another tierwatch runs on it; stop that one, or give this one its own database",
            retryable=False,
        ) from error
    return lock
