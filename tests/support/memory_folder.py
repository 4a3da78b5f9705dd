"""Put what the tests write into memory, where there is enough of it.

A commit waits for the disk, and the suite commits some hundred thousand times. No test needs the disk itself: they kill
programs, not machines. With TMPDIR set everything goes there.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
NEEDED = 2 << 30
"""Bytes that have to be free; a run uses less than a tenth of it. Containers often have only 64 MiB there."""


def use(folder: Path = MEMORY, needed: int = NEEDED) -> None:
    """Let `tempfile`, pytest and every program that a test starts use *folder*; its workers inherit it."""
    if "TMPDIR" in os.environ or not os.access(folder, os.W_OK | os.X_OK):
        return
    if shutil.disk_usage(folder).free >= needed:
        os.environ["TMPDIR"] = str(folder)
        tempfile.tempdir = None
