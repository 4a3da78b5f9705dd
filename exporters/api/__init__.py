"""The API under `/api/v1`: what the pages show, for programs, and what programs may change.

It judges nothing and opens no store: each section is given what it shows as callables.
"""

from __future__ import annotations

from exporters.api.app import build_api
from exporters.api.sections import sections
from exporters.api.views import ApiViews

__all__ = [
    "ApiViews",
    "build_api",
    "sections",
]
