"""What is wrong, as values: alerts, causes, pages, urgency, the state of escalations and repeats.

Pure. What becomes of an alert is decided in `alerts`, remembered in `monitor.store`.
"""

from __future__ import annotations

from monitor.alert.alert import (
    Alert,
    Book,
    Cause,
    Channel,
    Decision,
    Delivery,
    Member,
    Missed,
    Notifier,
    Page,
    Result,
    Routed,
    Settings,
    Settlement,
    SilenceRow,
    Telling,
)
from monitor.alert.escalation_state import (
    HOLDER,
    Acknowledged,
    Begun,
    Call,
    EscalationState,
    Followed,
    Judged,
    Paged,
    Standing,
    Taken,
)
from monitor.alert.reasons import OVER_FOR_GOOD, RECORDED_ONLY, Reason, Verdict, Withheld
from monitor.alert.repeat import Beside, Due, Repeat, Repeatable, RepeatState
from monitor.alert.suspect import Suspect
from monitor.alert.urgency import NO_BREACH, is_breach, urgency

__all__ = [
    "HOLDER",
    "NO_BREACH",
    "OVER_FOR_GOOD",
    "RECORDED_ONLY",
    "Acknowledged",
    "Alert",
    "Begun",
    "Beside",
    "Book",
    "Call",
    "Cause",
    "Channel",
    "Decision",
    "Delivery",
    "Due",
    "EscalationState",
    "Followed",
    "Judged",
    "Member",
    "Missed",
    "Notifier",
    "Page",
    "Paged",
    "Reason",
    "Repeat",
    "RepeatState",
    "Repeatable",
    "Result",
    "Routed",
    "Settings",
    "Settlement",
    "SilenceRow",
    "Standing",
    "Suspect",
    "Taken",
    "Telling",
    "Verdict",
    "Withheld",
    "is_breach",
    "urgency",
]
