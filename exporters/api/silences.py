"""Silences and maintenance windows: listed, added, ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import Body, Query
from fastapi import Path as InPath
from pydantic import BaseModel, Field, StringConstraints, model_validator
from starlette.exceptions import HTTPException

from exporters.api.answers import Answer
from exporters.api.deeds import Asked, At, DeedViews, NothingMore, Reason
from exporters.api.names import Instant
from exporters.api.paging import Cursor, Limit, Page, cursor_of, place_of
from exporters.api.section import Section
from exporters.web import API_PATH
from monitor.access import Principal, Right, may
from monitor.alert import SilenceRow
from monitor.deeds import MOST_MATCHERS, NewSilence, SilenceState, state_of
from monitor.explain import text
from monitor.listing import SilencePlace

LONGEST_MATCHER = 500
LONGEST = 30 * 24 * 3600

UNKNOWN = "There is no such silence."

Id = Annotated[str, InPath(max_length=64, description="The silence's id.")]
AMatcher = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_MATCHER)]

EXAMPLE = {"matchers": ["tier=gold", 'customer=~"Harbour .*"'], "lasts": 7200, "reason": "line cards are replaced"}


class AskedSilence(Asked):
    """A silence to add. It has one end: `ends_at` or `lasts`."""

    matchers: list[AMatcher] = Field(
        min_length=1, max_length=MOST_MATCHERS,
        description="What an alert must fit, each of them: `tier=gold`, `customer=~\"Bank .*\"`, `team!=core`.",
    )  # fmt: skip
    reason: Reason
    starts_at: At | None = Field(default=None, description="When it begins; now where it is left out.")
    ends_at: At | None = Field(default=None, description="When it ends, at most 30 days after its beginning.")
    lasts: Annotated[int, Field(ge=1, le=LONGEST, strict=True)] | None = Field(
        default=None, description="Its length in seconds."
    )
    maintenance: bool = Field(default=False, strict=True, description="Whether it is a window of planned work.")

    @model_validator(mode="after")
    def _one_end(self) -> AskedSilence:
        if (self.ends_at is None) == (self.lasts is None):
            raise ValueError("write one of `ends_at` and `lasts`")
        return self


class SilenceOut(BaseModel):
    """A silence."""

    id: str = Field(description="Its id.")
    state: SilenceState = Field(description="Where it stands.")
    matchers: list[str] = Field(description="What an alert must fit, each of them.")
    starts_at: Instant = Field(description="When it begins.")
    ends_at: Instant = Field(description="When it ends.")
    author: str = Field(description="Who added it; empty without `read_people`.")
    reason: str = Field(description="Why; empty without `read_people`, for it may name somebody.")
    maintenance: bool = Field(description="Whether it is a window of planned work.")


def silences(views: DeedViews) -> Section:
    """The section."""
    section = Section("silences", "Silences and maintenance windows: they withhold pages, never clocks.")

    @section.get("/silences", answers=Page[SilenceOut], summary="List silences", refusals=(400,))
    def list_silences(
        principal: Principal,
        over: Annotated[bool, Query(description="Also those that ended or never began.")] = False,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Answer:
        """The first to end first."""
        asked = {"list": "silences", "over": over}
        place = place_of(asked, cursor, (int, str))
        page = views.silences(over, limit, None if place is None else SilencePlace(*place))  # type: ignore[arg-type]
        items = [_said(views, one, principal) for one in page.rows]
        return Answer({"items": items, "next": cursor_of(asked, page.next)})

    @section.get("/silences/{silence}", answers=SilenceOut, summary="Show a silence")
    def show_silence(silence: Id, principal: Principal) -> Answer:
        """One silence, whatever has become of it."""
        return Answer(_said(views, _found(views, silence), principal))

    @section.change(
        "POST", "/silences", answers=SilenceOut, status=201, right=Right.SILENCE, summary="Add a silence",
        example=EXAMPLE, also=(200,),
    )  # fmt: skip
    def add_silence(new: Annotated[AskedSilence, Body()], principal: Principal) -> Answer:
        """Withhold the pages of alerts that fit every matcher. The same of the same caller is added once."""
        until = timedelta(seconds=new.lasts) if new.lasts is not None else new.ends_at
        assert until is not None
        row, is_new = views.add_silence(
            NewSilence(new.matchers, until, principal.name, new.reason, new.starts_at, new.maintenance)
        )
        place = (("location", f"{API_PATH}/silences/{row.id}"),)
        return Answer(_said(views, row, principal), 201 if is_new else 200, place)

    @section.change(
        "POST", "/silences/{silence}/end", answers=SilenceOut, right=Right.SILENCE, summary="End a silence",
        refusals=(409,), example={},
    )  # fmt: skip
    def end_silence(silence: Id, asked: Annotated[NothingMore, Body()], principal: Principal) -> Answer:
        """Alerts that it withheld and that still fire are sent at once."""
        views.end_silence(silence, principal.name)
        return Answer(_said(views, _found(views, silence), principal))

    return section


def _found(views: DeedViews, silence: str) -> SilenceRow:
    row = views.silence(silence)
    if row is None:
        raise HTTPException(404, UNKNOWN)
    return row


def _said(views: DeedViews, row: SilenceRow, principal: Principal) -> dict[str, Any]:
    people = may(principal, Right.READ_PEOPLE) or row.author == principal.name
    return {
        "id": row.id,
        "state": state_of(row, views.now()).value,
        "matchers": list(row.matchers),
        "starts_at": text(row.starts_at),
        "ends_at": text(row.ends_at),
        "author": row.author if people else "",
        "reason": row.reason if people else "",
        "maintenance": row.maintenance,
    }
