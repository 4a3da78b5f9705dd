"""History and terms in; intervals, readings and transitions out. All moves are in one table.

Pure: no clock of the machine, no store, no words for people. Start at `ticket_clock.py` and `state_machine.py`.
`read`, `Rulebook` and `Reading` are also a library for other programs: docs/library.md.
"""

from __future__ import annotations

from monitor.clock.all_groups import AllGroups
from monitor.clock.contributions import BROKEN, KEPT, Contribution
from monitor.clock.engine import Outcome, Rulebook, Subject, Transition
from monitor.clock.group_clock import advance_group, group_outcome, standing_groups, window
from monitor.clock.not_understood import KINDS, Counted, NotUnderstood, line, quoted, sentence, shown
from monitor.clock.reading import ZERO, Interval, Leg, Reading
from monitor.clock.state_machine import OPEN_LIVES
from monitor.clock.subject_readings import read

__all__ = [
    "BROKEN",
    "KEPT",
    "KINDS",
    "OPEN_LIVES",
    "ZERO",
    "AllGroups",
    "Contribution",
    "Counted",
    "Interval",
    "Leg",
    "NotUnderstood",
    "Outcome",
    "Reading",
    "Rulebook",
    "Subject",
    "Transition",
    "advance_group",
    "group_outcome",
    "line",
    "quoted",
    "read",
    "sentence",
    "shown",
    "standing_groups",
    "window",
]
