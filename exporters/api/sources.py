"""How fresh each source is."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from exporters.api.answers import Answer
from exporters.api.names import Instant
from exporters.api.names import Source as SourceName
from exporters.api.section import Section
from exporters.api.views import ApiViews
from monitor.explain import seconds, text
from monitor.snapshot import SourceHealth


class Source(BaseModel):
    """One configured source."""

    source: str = Field(description="Its name.")
    type: str = Field(description="Its `type` in the configuration.")
    up: bool | None = Field(description="Whether the last poll succeeded; null before the first one has ended.")
    stale: bool = Field(description="Whether its data is too old to judge by: then the state of its clocks is unknown.")
    last_success: Instant | None = Field(description="When a poll last succeeded; null where none has.")
    watermark: Instant | None = Field(description="The newest change of the source that was seen; null where none was.")
    next_poll: Instant | None = Field(description="When it is polled next; null where that is not known.")
    stale_after: float = Field(description="The age in seconds from which on its data is too old.")
    error: str = Field(description="Why the last poll failed; empty where it did not.")


class Sources(BaseModel):
    """All configured sources."""

    items: list[Source] = Field(description="In the order of the configuration.")


def sources(views: ApiViews) -> Section:
    """The section."""
    section = Section("sources", "Where events come from, and how old what they say is.")

    @section.get("/sources", answers=Sources, summary="List the sources")
    def list_sources() -> Answer:
        """Every source of the configuration; there are few, so they are one page."""
        return Answer({"items": [_source(one) for one in views.snapshot().sources]})

    @section.get("/sources/{source}", answers=Source, summary="Show a source")
    def show_source(source: SourceName) -> Answer:
        for one in views.snapshot().sources:
            if one.source == source:
                return Answer(_source(one))
        raise HTTPException(404, "The configuration has no such source.")

    return section


def _source(one: SourceHealth) -> dict[str, Any]:
    return {
        "source": one.source,
        "type": one.kind,
        "up": one.up,
        "stale": one.stale,
        "last_success": text(one.last_success),
        "watermark": text(one.watermark),
        "next_poll": text(one.next_poll),
        "stale_after": seconds(one.stale_after),
        "error": one.error,
    }
