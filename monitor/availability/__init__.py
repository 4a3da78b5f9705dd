"""Samples and statements in; available, degraded, unavailable and unknown time, figures and faults of circuits out.

Pure: no clock of the machine, no store, no words for people. It needs numpy (extra `batch`). Start at `counting.py`.
"""

from __future__ import annotations

from monitor.availability.counting import counted
from monitor.availability.faults import Fault, Ticket, faults, repeats, with_tickets
from monitor.availability.figures import Figures, Window, figures, periods_of
from monitor.availability.micros import instant, micros
from monitor.availability.rules import FaultRule, Rule, Rules
from monitor.availability.samples import Samples, binned, grid
from monitor.availability.statements import Statement, for_clocks, stated
from monitor.availability.timeline import Timeline, either

__all__ = [
    "Fault",
    "FaultRule",
    "Figures",
    "Rule",
    "Rules",
    "Samples",
    "Statement",
    "Ticket",
    "Timeline",
    "Window",
    "binned",
    "counted",
    "either",
    "faults",
    "figures",
    "for_clocks",
    "grid",
    "instant",
    "micros",
    "periods_of",
    "repeats",
    "stated",
    "with_tickets",
]
