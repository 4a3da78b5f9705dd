"""What a round of sending does, when a receiver that takes nothing is tried again, digests, budgets.

The judgement is pure; threads are in `monitor.service`, receivers in `alerts.notifiers`.
"""

from __future__ import annotations

from alerts.delivery.outage import Outage
from alerts.delivery.outbox import Linking
from alerts.delivery.rate_limit import Budget, Limit
from alerts.delivery.templates import Template, TemplateOption
from alerts.delivery.ways_out import all_heard, routes_of, ways_out

__all__ = [
    "Budget",
    "Limit",
    "Linking",
    "Outage",
    "Template",
    "TemplateOption",
    "all_heard",
    "routes_of",
    "ways_out",
]
