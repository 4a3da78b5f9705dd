"""The words of pages, in English and Chinese. A page is worded here and nowhere else.

Pure. Whether anybody is told is decided in `alerts.decide`.
"""

from __future__ import annotations

from alerts.wording.clocks import BACKLOG, backlog, clock, counted, local, near_or_breached, plain
from alerts.wording.promises import Left, length
from alerts.wording.root_causes import LATEST, Change

__all__ = [
    "BACKLOG",
    "LATEST",
    "Change",
    "Left",
    "backlog",
    "clock",
    "counted",
    "length",
    "local",
    "near_or_breached",
    "plain",
]
