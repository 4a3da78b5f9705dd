"""The API under `/api/v1`: what the pages show, for programs, and what programs may change.

It judges nothing and opens no store: each section is given what it shows as callables.
"""

from __future__ import annotations

from exporters.api.app import build_api
from exporters.api.list_views import ApiLists
from exporters.api.sections import list_sections, sections
from exporters.api.views import ApiViews

__all__ = [
    "ApiLists",
    "ApiViews",
    "build_api",
    "list_sections",
    "sections",
]
