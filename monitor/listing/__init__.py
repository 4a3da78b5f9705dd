"""Long lists that people and programs look through page by page: what is asked for, and the rows that are found.

Pure. The store finds the rows (`monitor/store/listing.py` and its kin); pages and the API show them.
"""

from __future__ import annotations

from monitor.listing.clocks import (
    LISTED_STATES,
    STORED_STATES,
    ClockPage,
    ClockPlace,
    ClockQuery,
    ClockRow,
    ClockSort,
)
from monitor.listing.records import (
    CircuitPage,
    CircuitPlace,
    CircuitQuery,
    EventPage,
    EventPlace,
    ListedCircuit,
    MonthPage,
    PublicationPage,
    PublishedRules,
    ReportedMonth,
)

__all__ = [
    "LISTED_STATES",
    "STORED_STATES",
    "CircuitPage",
    "CircuitPlace",
    "CircuitQuery",
    "ClockPage",
    "ClockPlace",
    "ClockQuery",
    "ClockRow",
    "ClockSort",
    "EventPage",
    "EventPlace",
    "ListedCircuit",
    "MonthPage",
    "PublicationPage",
    "PublishedRules",
    "ReportedMonth",
]
