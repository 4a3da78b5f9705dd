"""A machine whose clock a test sets: the time passes only when the test says so."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.machine.machine_clock import Look
from monitor.service.machine_time import MachineTime
from monitor.worktime.local_time import EPOCH


@dataclass
class SetClock:
    """`at` is the true time; `wrong` is by how much the wall clock differs from it."""

    at: datetime
    wrong: timedelta = timedelta(0)
    time: MachineTime = field(init=False)

    def __post_init__(self) -> None:
        begun = self.at
        self.time = MachineTime(read=lambda: Look(self.at - EPOCH + self.wrong, self.at - begun, self.at - begun))

    def passes(self, until: datetime) -> datetime:
        """Let the time pass; gives the time by which a program goes then."""
        self.at = max(self.at, until)
        return self.time.now()
