"""Put together the sections that read what the program knows, and those that change it."""

from __future__ import annotations

from exporters.api.acknowledgements import acknowledgements
from exporters.api.causes import causes
from exporters.api.circuits import circuits
from exporters.api.clocks import clocks
from exporters.api.corrections import corrections
from exporters.api.deeds import DeedViews
from exporters.api.list_views import ApiLists
from exporters.api.oncall import oncall
from exporters.api.policies import policies
from exporters.api.quarantine import quarantine
from exporters.api.reload import reload
from exporters.api.reports import reports
from exporters.api.section import Section
from exporters.api.silences import silences
from exporters.api.sources import sources
from exporters.api.subjects import subjects
from exporters.api.tiers import tiers
from exporters.api.told import told
from exporters.api.views import ApiViews


def list_sections(views: ApiLists) -> tuple[Section, ...]:
    """The sections of causes, pages, duties and records that are set aside."""
    return causes(views), told(views), oncall(views), quarantine(views)


def deed_sections(views: DeedViews) -> tuple[Section, ...]:
    """The sections of what people change: silences, acknowledgements, corrections, the configuration that runs."""
    return silences(views), acknowledgements(views), corrections(views), reload(views)


def sections(views: ApiViews) -> tuple[Section, ...]:
    """The sections, in the order in which the document has them."""
    makers = (tiers, clocks, subjects, circuits, policies, sources, reports)
    return tuple(make(views) for make in makers)
