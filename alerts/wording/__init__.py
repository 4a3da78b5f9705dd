"""The words of pages, as messages of the catalogues (`monitor/messages`). A page is worded here and nowhere else.

Pure. Whether anybody is told is decided in `alerts.decide`.
"""

from __future__ import annotations

from alerts.wording.clock_pages import near_or_breached
from alerts.wording.clocks import (
    BACKLOG,
    LONGEST_SENTENCE,
    and_more,
    backlog,
    clock,
    counted,
    filled,
    local,
    plain,
    said_of,
    see,
)
from alerts.wording.drills import DRILL_UNTIL
from alerts.wording.promises import Left, length
from alerts.wording.root_causes import LATEST, CauseChange

__all__ = [
    "BACKLOG",
    "DRILL_UNTIL",
    "LATEST",
    "LONGEST_SENTENCE",
    "CauseChange",
    "Left",
    "and_more",
    "backlog",
    "clock",
    "counted",
    "filled",
    "length",
    "local",
    "near_or_breached",
    "plain",
    "said_of",
    "see",
]
