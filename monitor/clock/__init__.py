"""History and terms in; intervals, readings and transitions out. All moves are in one table.

Pure: no clock of the machine, no store, no words for people. Start at `ticket_clock.py` and `state_machine.py`.
`read`, `Rulebook` and `Reading` are also a library for other programs: docs/library.md.
"""

from __future__ import annotations

from monitor.clock.ahead import stages_ahead
from monitor.clock.all_groups import AllGroups
from monitor.clock.checkpoint import Checkpoint, checkpoint
from monitor.clock.condensing import Condensed, condensed, may_be_condensed
from monitor.clock.contributions import BROKEN, KEPT, Contribution
from monitor.clock.engine import Outcome, Rulebook, Subject, Transition
from monitor.clock.group_clock import advance_group, group_outcome, rule_of, standing_groups, window
from monitor.clock.group_lives import LIVES_OF_GROUPS, gone
from monitor.clock.not_understood import KINDS, Counted, NotUnderstood, line, quoted, sentence, shown
from monitor.clock.reading import RETIRED, ZERO, Interval, Leg, PaceSpell, Reading
from monitor.clock.state_machine import OPEN_LIVES
from monitor.clock.subject_readings import read
from monitor.clock.why_not import NotApplied, in_force, why_not, why_not_due
from monitor.compiled import let_copy

__all__ = [
    "BROKEN",
    "KEPT",
    "KINDS",
    "LIVES_OF_GROUPS",
    "OPEN_LIVES",
    "RETIRED",
    "ZERO",
    "AllGroups",
    "Checkpoint",
    "Condensed",
    "Contribution",
    "Counted",
    "Interval",
    "Leg",
    "NotApplied",
    "NotUnderstood",
    "Outcome",
    "PaceSpell",
    "Reading",
    "Rulebook",
    "Subject",
    "Transition",
    "advance_group",
    "checkpoint",
    "condensed",
    "gone",
    "group_outcome",
    "in_force",
    "line",
    "may_be_condensed",
    "quoted",
    "read",
    "rule_of",
    "sentence",
    "shown",
    "stages_ahead",
    "standing_groups",
    "why_not",
    "why_not_due",
    "window",
]

let_copy(__name__)
