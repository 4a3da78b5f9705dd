"""The page: overview, explanations, acknowledgement, and the limits that keep it from taking what alerting needs.

It shows what it is given: it judges nothing and opens no store.
"""

from __future__ import annotations

from exporters.web.acknowledgement import Asked, Desk, Refused, Said
from exporters.web.app import Views, build_app
from exporters.web.guard import Limits
from exporters.web.serve import Server

__all__ = [
    "Asked",
    "Desk",
    "Limits",
    "Refused",
    "Said",
    "Server",
    "Views",
    "build_app",
]
