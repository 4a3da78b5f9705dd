"""What is wrong, as values: alerts, causes, pages, urgency, the state of escalations and repeats.

Pure. What becomes of an alert is decided in `alerts`, remembered in `monitor.store`.
"""

from __future__ import annotations

from monitor.alert.alert import (
    Alert,
    Cause,
    Channel,
    Decision,
    Delivery,
    Member,
    Missed,
    Notifier,
    Page,
    Result,
    Settings,
    Settlement,
    SilenceRow,
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
from monitor.alert.routed import CauseOnRecord, Change, ClockKey, FiringAlert, OnRecord, Routed, Router
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
    "Call",
    "Cause",
    "CauseOnRecord",
    "Change",
    "Channel",
    "ClockKey",
    "Decision",
    "Delivery",
    "Due",
    "EscalationState",
    "FiringAlert",
    "Followed",
    "Judged",
    "Member",
    "Missed",
    "Notifier",
    "OnRecord",
    "Page",
    "Paged",
    "Reason",
    "Repeat",
    "RepeatState",
    "Repeatable",
    "Result",
    "Routed",
    "Router",
    "Settings",
    "Settlement",
    "SilenceRow",
    "Standing",
    "Suspect",
    "Taken",
    "Verdict",
    "Withheld",
    "is_breach",
    "urgency",
]
