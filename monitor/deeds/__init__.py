"""What people change while the program runs: silences, acknowledgements, corrections, retirements.

Commands, pages and the API ask the same functions: each checks what is asked and does it, or says why not.
"""

from __future__ import annotations

from monitor.deeds.acknowledgements import AcknowledgedAlerts, AcknowledgingDeeds
from monitor.deeds.corrections import Way, plan_correction
from monitor.deeds.plans import Planned, known_events, write
from monitor.deeds.refused import LONGEST_REASON, Refused, WhyRefused
from monitor.deeds.retirements import plan_retirement, plan_return
from monitor.deeds.silences import MOST_MATCHERS, Fitting, NewSilence, SilenceState, SilencingDeeds, state_of

__all__ = [
    "LONGEST_REASON",
    "MOST_MATCHERS",
    "AcknowledgedAlerts",
    "AcknowledgingDeeds",
    "Fitting",
    "NewSilence",
    "Planned",
    "Refused",
    "SilenceState",
    "SilencingDeeds",
    "Way",
    "WhyRefused",
    "known_events",
    "plan_correction",
    "plan_retirement",
    "plan_return",
    "state_of",
    "write",
]
