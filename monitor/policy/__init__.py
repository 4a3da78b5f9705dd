"""What is promised to whom, as of when: policies, targets, the terms that hold, the words they understand.

Pure. How a policy is written in YAML is in `monitor.config`.
"""

from __future__ import annotations

from monitor.policy.guarded import GUARDED, GuardedPeriod, guarded_at, guarded_because, guarded_over_time
from monitor.policy.labels import ALERTS, LABELS, SAID, SEVERITIES, WORDS
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
from monitor.policy.target import AT_RISK_STAGE, BREACHED_STAGE, ONE, Stage, Target
from monitor.policy.terms import Choices, KnownSubject, Term, known_over_time, terms, unlimited
from monitor.policy.vocabulary import matters, vocabulary

__all__ = [
    "ALERTS",
    "AT_RISK_STAGE",
    "BREACHED_STAGE",
    "GUARDED",
    "LABELS",
    "NO_RUNG",
    "ONE",
    "SAID",
    "SEVERITIES",
    "WORDS",
    "Agreement",
    "BudgetRow",
    "Choices",
    "Declared",
    "GuardedPeriod",
    "Inheritance",
    "KnownSubject",
    "MajorFault",
    "Policy",
    "Stage",
    "StartedBy",
    "Target",
    "TargetRule",
    "Term",
    "fits",
    "guarded_at",
    "guarded_because",
    "guarded_over_time",
    "known_over_time",
    "matters",
    "terms",
    "unlimited",
    "vocabulary",
]
