"""What is promised to whom, as of when: policies, targets, the terms that hold, the words they understand.

Pure. How a policy is written in YAML is in `monitor.config`.
"""

from __future__ import annotations

from monitor.compiled import let_copy
from monitor.policy.assumed import assumed
from monitor.policy.counting import GROUPS, Counting, form_of, group_key, needed, periods_of, target_of
from monitor.policy.guarded import GUARDED, GuardedPeriod, guarded_at, guarded_because, guarded_over_time
from monitor.policy.labels import ALERTS, ANNOTATIONS, FORMER, LABELS, NAMED, SAID, SEVERITIES, Label, is_word
from monitor.policy.pace import Pace, Window
from monitor.policy.policy import (
    NO_RUNG,
    Agreement,
    BudgetRow,
    Declared,
    Inheritance,
    MajorFault,
    Place,
    Policy,
    Provenance,
    StartedBy,
    TargetRule,
    fits,
)
from monitor.policy.refusal import Circumstances, Refusal, Why
from monitor.policy.target import AT_RISK_STAGE, BREACHED_STAGE, ONE, PACE_STAGE, Stage, Target
from monitor.policy.terms import (
    Choices,
    KnownSubject,
    Term,
    age_from,
    known_over_time,
    known_since,
    opened_in,
    opening,
    terms,
    unlimited,
)
from monitor.policy.vocabulary import matters, vocabulary

__all__ = [
    "ALERTS",
    "ANNOTATIONS",
    "AT_RISK_STAGE",
    "BREACHED_STAGE",
    "FORMER",
    "GROUPS",
    "GUARDED",
    "LABELS",
    "NAMED",
    "NO_RUNG",
    "ONE",
    "PACE_STAGE",
    "SAID",
    "SEVERITIES",
    "Agreement",
    "BudgetRow",
    "Choices",
    "Circumstances",
    "Counting",
    "Declared",
    "GuardedPeriod",
    "Inheritance",
    "KnownSubject",
    "Label",
    "MajorFault",
    "Pace",
    "Place",
    "Policy",
    "Provenance",
    "Refusal",
    "Stage",
    "StartedBy",
    "Target",
    "TargetRule",
    "Term",
    "Why",
    "Window",
    "age_from",
    "assumed",
    "fits",
    "form_of",
    "group_key",
    "guarded_at",
    "guarded_because",
    "guarded_over_time",
    "is_word",
    "known_over_time",
    "known_since",
    "matters",
    "needed",
    "opened_in",
    "opening",
    "periods_of",
    "target_of",
    "terms",
    "unlimited",
    "vocabulary",
]

let_copy(__name__)
