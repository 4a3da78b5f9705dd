"""The rules as they came into force, and what one version changes in another."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from exporters.api.answers import Answer
from exporters.api.names import Instant
from exporters.api.paging import LARGEST, Cursor, Limit, Page, cursor_of, place_of
from exporters.api.section import Section
from exporters.api.views import ApiViews
from monitor.access import Principal, Right, may
from monitor.explain import text
from monitor.listing import PublishedRules

Number = Annotated[int, Path(ge=1, le=LARGEST, description="The number of a publication.")]

NO_SUCH = "No rules were published under this number."


class Publication(BaseModel):
    """Rules that came into force: policies with their versions, and the mappings of the sources."""

    number: int = Field(description="Its number: a later publication has a greater one.")
    at: Instant = Field(description="When it came into force.")
    version: str = Field(description="The hash of the rules.")
    policies: list[str] = Field(description="The versions of policies in it, the earliest first.")
    author: str = Field(
        description="The user of the machine who started or reloaded the program; empty without `read_people`."
    )
    changes: list[str] = Field(description="What it changed in the rules before it, as sentences.")


class WholePublication(Publication):
    """A publication with its rules."""

    rules: dict[str, Any] = Field(description="The policies and mappings, as plain values.")


class Changes(BaseModel):
    """What the rules of one publication change in those of another."""

    before: int = Field(description="The number of the one.")
    after: int = Field(description="The number of the other.")
    changes: list[str] = Field(description="Each change as a sentence; none where they are the same.")


def policies(views: ApiViews) -> Section:
    """The section."""
    section = Section("policies", "Which rules hold, since when, who published them, and what they changed.")

    @section.get("/policies", answers=Page[Publication], summary="List what was published", refusals=(400,))
    def list_policies(principal: Principal, limit: Limit = 50, cursor: Cursor = None) -> Answer:
        """The newest first, which are the rules in force."""
        asked = {"list": "policies"}
        place = place_of(asked, cursor, (int,))
        page = views.publications(limit, None if place is None else int(place[0] or 0))
        rest = None if page.next is None else (page.next,)
        return Answer({"items": [_publication(one, principal) for one in page.rows], "next": cursor_of(asked, rest)})

    @section.get("/policies/diff", answers=Changes, summary="Compare two publications", refusals=(404,))
    def compare_policies(
        before: Annotated[int, Query(ge=1, le=LARGEST, description="The number of the one.")],
        after: Annotated[int, Query(ge=1, le=LARGEST, description="The number of the other.")],
    ) -> Answer:
        found = views.changes(before, after)
        if found is None:
            raise HTTPException(404, NO_SUCH)
        return Answer({"before": before, "after": after, "changes": list(found)})

    @section.get("/policies/{number}", answers=WholePublication, summary="Show what was published")
    def show_policy(number: Number, principal: Principal) -> Answer:
        found = views.publication(number)
        if found is None:
            raise HTTPException(404, NO_SUCH)
        return Answer(_publication(found, principal) | {"rules": found.rules})

    return section


def _publication(one: PublishedRules, principal: Principal) -> dict[str, Any]:
    return {
        "number": one.number,
        "at": text(one.at),
        "version": one.version,
        "policies": list(one.policies),
        "author": one.author if may(principal, Right.READ_PEOPLE) else "",
        "changes": list(one.changes),
    }
