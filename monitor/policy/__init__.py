"""What is promised to whom, as of when: policies, targets, the terms that hold, the words they understand.

Pure. How a policy is written in YAML is in `monitor.config`.
"""

from __future__ import annotations

from monitor.policy.labels import ALERTS, LABELS, SAID, SEVERITIES, WORDS
from monitor.policy.pace import Pace, Window
from monitor.policy.policy import (
    NO_RUNG,
    Agreement,
    BudgetRow,
    Declared,
    Inheritance,
    MajorFault,
    Policy,
    StartedBy,
    TargetRule,
    fits,
)
from monitor.policy.target import AT_RISK_STAGE, BREACHED_STAGE, ONE, PACE_STAGE, Stage, Target
from monitor.policy.terms import Choices, KnownSubject, Term, known_over_time, terms, unlimited
from monitor.policy.vocabulary import matters, vocabulary

__all__ = [
    "ALERTS",
    "AT_RISK_STAGE",
    "BREACHED_STAGE",
    "LABELS",
    "NO_RUNG",
    "ONE",
    "PACE_STAGE",
    "SAID",
    "SEVERITIES",
    "WORDS",
    "Agreement",
    "BudgetRow",
    "Choices",
    "Declared",
    "Inheritance",
    "KnownSubject",
    "MajorFault",
    "Pace",
    "Policy",
    "Stage",
    "StartedBy",
    "Target",
    "TargetRule",
    "Term",
    "Window",
    "fits",
    "known_over_time",
    "matters",
    "terms",
    "unlimited",
    "vocabulary",
]
