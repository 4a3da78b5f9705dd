"""Read the machine's clocks: the only file that does, so that everything else can be asked about any instant."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.machine import Look
from monitor.worktime import EPOCH

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def now() -> datetime:
    """This instant, aware UTC."""
    return datetime.now(UTC)


def look() -> Look:
    """The wall clock, the monotonic one and boot time, read as nearly at once as can be."""
    wall, monotonic = now(), time.monotonic()
    boot = time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else monotonic
    return Look(wall - EPOCH, timedelta(seconds=monotonic), timedelta(seconds=boot))


def boot_id() -> str:
    """What names this start of the machine; empty where the system has no such name."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""
