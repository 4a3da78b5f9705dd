"""The page: overview, explanations, acknowledgement, and the limits that keep it from taking what alerting needs.

It judges nothing and opens no store.
"""

from __future__ import annotations

from exporters.web.acknowledgement import AcknowledgementActions, AlertToAcknowledge, FormEntry, Refused
from exporters.web.app import API_PATH, Views, build_app
from exporters.web.customer_page import CustomerViews
from exporters.web.guard import Limits
from exporters.web.lists import ListViews
from exporters.web.login import Departure, LoginActions, LoginRefused
from exporters.web.reload import ReloadAnswer, ReloadAsked
from exporters.web.request_limit import RequestLimit, let_pass
from exporters.web.retirement import RetirementActions, RetirementAsked, RetirementEntry
from exporters.web.scraped import ListedSource, Scraped
from exporters.web.serve import Server
from exporters.web.who import Gate, Session, allowed

__all__ = [
    "API_PATH",
    "AcknowledgementActions",
    "AlertToAcknowledge",
    "CustomerViews",
    "Departure",
    "FormEntry",
    "Gate",
    "Limits",
    "ListViews",
    "ListedSource",
    "LoginActions",
    "LoginRefused",
    "Refused",
    "ReloadAnswer",
    "ReloadAsked",
    "RequestLimit",
    "RetirementActions",
    "RetirementAsked",
    "RetirementEntry",
    "Scraped",
    "Server",
    "Session",
    "Views",
    "allowed",
    "build_app",
    "let_pass",
]
