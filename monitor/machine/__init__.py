"""Whether the clock of this machine can be believed: its looks, and the witnesses against it.

Pure. The clock is read in `monitor/wallclock.py`; the running program's watch is in `monitor.service`.
"""

from __future__ import annotations

from monitor.machine.clock_witnesses import Peers, Seen
from monitor.machine.machine_clock import (
    PATIENCE,
    TOLERANCE,
    Look,
    MachineClock,
    Remembered,
    Trust,
    Witness,
    begin,
    doubted,
)

__all__ = [
    "PATIENCE",
    "TOLERANCE",
    "Look",
    "MachineClock",
    "Peers",
    "Remembered",
    "Seen",
    "Trust",
    "Witness",
    "begin",
    "doubted",
]
