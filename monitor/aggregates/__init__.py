"""Keep what is counted of all open clocks up to date, change by change, and recount nothing.

Pure. The store feeds it with what each transaction changed (`monitor/store/kept.py`).
"""

from __future__ import annotations

from monitor.aggregates.aggregates import (
    UNBROKEN,
    Aggregates,
    Allowed,
    Changes,
    Clock,
    Counted,
    Labels,
    OfGroup,
    Recount,
)
from monitor.aggregates.allowances import Used, largest_share, used_at_least, used_of
from monitor.aggregates.instants import Instants

__all__ = [
    "UNBROKEN",
    "Aggregates",
    "Allowed",
    "Changes",
    "Clock",
    "Counted",
    "Instants",
    "Labels",
    "OfGroup",
    "Recount",
    "Used",
    "largest_share",
    "used_at_least",
    "used_of",
]
