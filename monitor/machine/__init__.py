"""This machine: whether its clock can be trusted, how often something may be done by it, when its memory is swept.

Pure. The clock is read in `monitor/wallclock.py`; the running program's watch is in `monitor.service`.
"""

from __future__ import annotations

from monitor.machine.at_most_every import AtMostEvery
from monitor.machine.clock_witnesses import Peers, Seen
from monitor.machine.gc_pause import gc_paused
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
    "AtMostEvery",
    "Look",
    "MachineClock",
    "Peers",
    "Remembered",
    "Seen",
    "Trust",
    "Witness",
    "begin",
    "doubted",
    "gc_paused",
]
