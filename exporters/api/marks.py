"""What is marked on graphs, for Grafana."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field, RootModel
from starlette.exceptions import HTTPException

from exporters.annotations import LONGEST_RANGE, MOST, as_annotations
from exporters.api.answers import Answer
from exporters.api.names import MOST_WORDS, Words
from exporters.api.section import Section
from monitor.store import AskedMarks, Happening, Mark
from monitor.text import shown
from monitor.worktime import EPOCH

USUAL_RANGE = timedelta(days=1)

WHEN = r"^(\d{1,15}|\d{4}-\d\d-\d\d.{0,40})$"
MEANING = "Milliseconds since 1970, as Grafana's `${__from}` is, or an instant in ISO 8601 with its zone."

Marks = Callable[[AskedMarks, int], tuple[list[Happening], bool]]


class Annotation(BaseModel):
    """One mark, in the names that Grafana's data sources for JSON know."""

    time: int = Field(description="When it happened or began, in milliseconds since 1970.")
    timeEnd: int | None = Field(default=None, description="When it ended; not there for an instant.")
    title: str = Field(description="What it is.")
    text: str = Field(description="What else there is to say; escaped, for Grafana shows it as HTML.")
    tags: str = Field(description="The kind, and of a breach source, tier, assurance and promise, joined by commas.")
    url: str = Field(description="The page about it.")


class Annotations(RootModel[list[Annotation]]):
    """The oldest first; where there are more than are given, the first one says so."""


def marks(found: Marks, now: Callable[[], datetime], page_url: Callable[[], str]) -> Section:
    """The section."""
    section = Section("annotations", "What is marked on graphs: breaches, starts, outages, changes of the policy.")

    @section.get("/annotations", answers=Annotations, summary="List marks for graphs", refusals=(400,))
    def list_annotations(
        since: Annotated[str, Query(alias="from", pattern=WHEN, description=f"{MEANING} Else a day before `to`.")] = "",
        until: Annotated[str, Query(alias="to", pattern=WHEN, description=f"{MEANING} Else now.")] = "",
        kind: Annotated[list[Mark], Query(max_length=MOST_WORDS, description="Only marks of these kinds.")] = [],  # noqa: B006
        tier: Words = [],  # noqa: B006
        source: Words = [],  # noqa: B006
        limit: Annotated[int, Query(ge=1, le=MOST, description="So many at most, the newest.")] = 500,
    ) -> Answer:
        """A breach that was withdrawn is none. Of `tier` and `source` only breaches are chosen."""
        end = _instant(until) if until else now()
        begin = _instant(since) if since else end - USUAL_RANGE
        if not timedelta(0) <= end - begin <= LONGEST_RANGE:
            raise HTTPException(400, f"`from` must be before `to`, and by {shown(LONGEST_RANGE)} at most.")
        kinds = frozenset(kind) or frozenset(Mark)
        asked = AskedMarks(begin, end, kinds, frozenset(tier), frozenset(source))
        rows, more = found(asked, limit)
        return Answer(list(as_annotations(rows, more, asked, page_url())))

    return section


def _instant(text: str) -> datetime:
    try:
        if text.isdigit():
            return EPOCH + timedelta(milliseconds=int(text))
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo is not None else _refuse()
    except (ValueError, OverflowError):
        return _refuse()


def _refuse() -> datetime:
    raise HTTPException(400, "An instant is not understood; write milliseconds since 1970, or 2026-03-02T08:00:00Z.")
