"""The page: overview, explanations, acknowledgement, and the limits that keep it from taking what alerting needs.

It judges nothing and opens no store.
"""

from __future__ import annotations

from exporters.web.acknowledgement import AcknowledgementActions, AlertToAcknowledge, FormEntry, Refused
from exporters.web.app import Views, build_app
from exporters.web.guard import Limits
from exporters.web.reload import ReloadAnswer, ReloadAsked
from exporters.web.retirement import RetirementActions, RetirementAsked, RetirementEntry
from exporters.web.scraped import ListedSource, Scraped
from exporters.web.serve import Server

__all__ = [
    "AcknowledgementActions",
    "AlertToAcknowledge",
    "FormEntry",
    "Limits",
    "ListedSource",
    "Refused",
    "ReloadAnswer",
    "ReloadAsked",
    "RetirementActions",
    "RetirementAsked",
    "RetirementEntry",
    "Scraped",
    "Server",
    "Views",
    "build_app",
]
