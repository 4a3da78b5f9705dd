"""The API under `/api/v1`: what the pages show, for programs, and what programs may change.

It judges nothing and opens no store: each section is given what it shows as callables.
"""

from __future__ import annotations

from exporters.api.app import build_api
from exporters.api.deeds import DeedViews
from exporters.api.hub import HubViews, hub
from exporters.api.list_views import ApiLists
from exporters.api.live_events import live_events
from exporters.api.marks import marks
from exporters.api.section import Section
from exporters.api.sections import deed_sections, list_sections, sections
from exporters.api.views import ApiViews

__all__ = [
    "ApiLists",
    "ApiViews",
    "DeedViews",
    "HubViews",
    "Section",
    "build_api",
    "deed_sections",
    "hub",
    "list_sections",
    "live_events",
    "marks",
    "sections",
]
