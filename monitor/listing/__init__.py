"""Long lists that people and programs look through page by page: what is asked for, and the rows that are found.

Pure. The store finds the rows (`monitor/store/listing.py` and its kin); pages and the API show them.
"""

from __future__ import annotations

from monitor.listing.causes import CauseMember, CausePage, CausePageSent, CausePlace, ListedCause
from monitor.listing.clocks import (
    LISTED_STATES,
    STORED_STATES,
    ClockPage,
    ClockPlace,
    ClockQuery,
    ClockRow,
    ClockSort,
)
from monitor.listing.customers import CustomerCircuits, CustomerMonth, KnownCustomer
from monitor.listing.duty import DutySpell, DutyWeek, LayerWeek, NobodyOnDuty, OnDutyNow, TeamWeek
from monitor.listing.pages import (
    AboutAlert,
    CalledRow,
    Delivered,
    Telling,
    TellingPage,
    TellingQuery,
    ToldRow,
    WithheldRow,
)
from monitor.listing.quarantine import (
    NotDone,
    QuarantinedRecord,
    RecordDeed,
    RecordPage,
    RecordPlace,
    RecordQuery,
    Retried,
    RetryDone,
    Standing,
    WholeRecord,
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
from monitor.listing.silences import SilencePage, SilencePlace
from monitor.listing.words import WordToMap

__all__ = [
    "LISTED_STATES",
    "STORED_STATES",
    "AboutAlert",
    "CalledRow",
    "CauseMember",
    "CausePage",
    "CausePageSent",
    "CausePlace",
    "CircuitPage",
    "CircuitPlace",
    "CircuitQuery",
    "ClockPage",
    "ClockPlace",
    "ClockQuery",
    "ClockRow",
    "ClockSort",
    "CustomerCircuits",
    "CustomerMonth",
    "Delivered",
    "DutySpell",
    "DutyWeek",
    "EventPage",
    "EventPlace",
    "KnownCustomer",
    "LayerWeek",
    "ListedCause",
    "ListedCircuit",
    "MonthPage",
    "NobodyOnDuty",
    "NotDone",
    "OnDutyNow",
    "PublicationPage",
    "PublishedRules",
    "QuarantinedRecord",
    "RecordDeed",
    "RecordPage",
    "RecordPlace",
    "RecordQuery",
    "ReportedMonth",
    "Retried",
    "RetryDone",
    "SilencePage",
    "SilencePlace",
    "Standing",
    "TeamWeek",
    "Telling",
    "TellingPage",
    "TellingQuery",
    "ToldRow",
    "WholeRecord",
    "WithheldRow",
    "WordToMap",
]
