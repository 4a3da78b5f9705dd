"""Working time: calendars, the time that counts up to an instant and back, periods, local time.

Pure. It imports only `monitor.model` and `monitor.errors`; promises are in `monitor.policy`.
`Calendar` and `WorkingTime` are also a library for other programs: docs/library.md.
"""

from __future__ import annotations

from monitor.compiled import let_copy
from monitor.worktime.calendars import (
    ALL_DAY,
    MIDNIGHT,
    Because,
    Calendar,
    Closing,
    DayKind,
    Season,
    Span,
    Week,
    Yearly,
    entries_left_out,
    notices,
)
from monitor.worktime.day_layout import Stretch, StretchKind, hours, stretches
from monitor.worktime.due_dates import DueDate, due
from monitor.worktime.local_time import EPOCH, TICK
from monitor.worktime.periods import Bounds
from monitor.worktime.working_time import WorkingTime

__all__ = [
    "ALL_DAY",
    "EPOCH",
    "MIDNIGHT",
    "TICK",
    "Because",
    "Bounds",
    "Calendar",
    "Closing",
    "DayKind",
    "DueDate",
    "Season",
    "Span",
    "Stretch",
    "StretchKind",
    "Week",
    "WorkingTime",
    "Yearly",
    "due",
    "entries_left_out",
    "hours",
    "notices",
    "stretches",
]

let_copy(__name__)
