"""What is wrong, as values: alerts, causes, pages, urgency, the state of escalations and repeats.

Pure. What becomes of an alert is decided in `alerts`, remembered in `monitor.store`.
"""

from __future__ import annotations

from monitor.alert.acknowledgement import USUAL_TERMS, AckEnd, AckTerms, Covered, EndsFor
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
    ROUND,
    Acknowledged,
    Begun,
    Call,
    EscalatingClock,
    EscalationState,
    Followed,
    Judged,
    Paged,
    Taken,
    step_shown,
)
from monitor.alert.hours import ALWAYS, CoveredHours, RangOutside, Rings, next_covered
from monitor.alert.reasons import OVER_FOR_GOOD, RECORDED_ONLY, Reason, Verdict, Withheld
from monitor.alert.repeat import Beside, Due, Repeat, Repeatable, RepeatState
from monitor.alert.routed import AlertChange, CauseOnRecord, ClockKey, FiringAlert, OnRecord, Routed, Router
from monitor.alert.suspect import Suspect
from monitor.alert.urgency import NO_BREACH, is_breach, urgency

__all__ = [
    "ALWAYS",
    "HOLDER",
    "NO_BREACH",
    "OVER_FOR_GOOD",
    "RECORDED_ONLY",
    "ROUND",
    "USUAL_TERMS",
    "AckEnd",
    "AckTerms",
    "Acknowledged",
    "Alert",
    "AlertChange",
    "Begun",
    "Beside",
    "Call",
    "Cause",
    "CauseOnRecord",
    "Channel",
    "ClockKey",
    "Covered",
    "CoveredHours",
    "Decision",
    "Delivery",
    "Due",
    "EndsFor",
    "EscalatingClock",
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
    "RangOutside",
    "Reason",
    "Repeat",
    "RepeatState",
    "Repeatable",
    "Result",
    "Rings",
    "Routed",
    "Router",
    "Settings",
    "Settlement",
    "SilenceRow",
    "Suspect",
    "Taken",
    "Verdict",
    "Withheld",
    "is_breach",
    "next_covered",
    "step_shown",
    "urgency",
]
