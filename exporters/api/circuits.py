"""The list of circuits with their states."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field

from exporters.api.answers import Answer
from exporters.api.names import MOST_WORDS, Instant, Words, in_list
from exporters.api.paging import Cursor, Limit, Page, cursor_of, place_of
from exporters.api.section import Section
from exporters.api.views import ApiViews
from monitor.explain import text
from monitor.listing import CircuitPlace, CircuitQuery, ListedCircuit
from monitor.model import CircuitState

PLACE = (str, str, str, str, str)
"""The kinds of the parts of a `CircuitPlace`."""


class Circuit(BaseModel):
    """One circuit. Its availability over a year is in the explanation of the subject of the same name."""

    source: str = Field(description="The source that names the circuit.")
    subject: str = Field(description="The circuit's name in its source.")
    state: CircuitState = Field(description="The state that was last said of it.")
    stale: bool = Field(description="Whether its source's data is too old: then nobody knows whether the state holds.")
    since: Instant | None = Field(description="When the state began; null where nobody knows.")
    tier: str = Field(description="Its tier.")
    assurance: str = Field(description="Its assurance.")
    customer: str = Field(description="The customer; empty where the source says none.")
    title: str = Field(description="The title, as the source has it.")
    url: str = Field(description="The circuit's page in its source; empty where there is none.")


def circuits(views: ApiViews) -> Section:
    """The section."""
    section = Section("circuits", "Circuits and whether they are available.")

    @section.get("/circuits", answers=Page[Circuit], summary="List circuits", refusals=(400,))
    def list_circuits(
        state: Annotated[
            list[CircuitState],
            Query(max_length=MOST_WORDS, description="Only these; without it all but those that are gone for good."),
        ] = [],  # noqa: B006 - FastAPI copies it
        source: Words = [],  # noqa: B006
        tier: Words = [],  # noqa: B006
        assurance: Words = [],  # noqa: B006
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Answer:
        """Ordered by state, source, tier, assurance and name. A page may have few rows or none and a `next`."""
        asked = {
            "list": "circuits", "state": sorted(state), "source": sorted(source), "tier": sorted(tier),
            "assurance": sorted(assurance),
        }  # fmt: skip
        place = place_of(asked, cursor, PLACE)
        query = CircuitQuery(frozenset(state), frozenset(source), frozenset(tier), frozenset(assurance))
        page = views.circuits(query, limit, None if place is None else CircuitPlace(*place))  # type: ignore[arg-type]
        stale = {one.source for one in views.snapshot().sources if one.stale}
        rows = [_circuit(row, row.key.source in stale) for row in page.rows]
        return Answer({"items": rows, "next": cursor_of(asked, page.next)})

    return section


def _circuit(row: ListedCircuit, stale: bool) -> dict[str, Any]:
    return {
        "source": row.key.source,
        "subject": row.key.subject,
        "state": row.state,
        "stale": stale,
        "since": text(row.since),
        "tier": row.tier,
        "assurance": row.assurance,
        "customer": in_list(row.customer),
        "title": in_list(row.title),
        "url": in_list(row.url),
    }
