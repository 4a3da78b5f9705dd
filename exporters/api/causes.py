"""Root causes: those that last, then those that are over, each with its members and its pages."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from exporters.api.answers import Answer
from exporters.api.list_views import ApiLists
from exporters.api.names import Instant
from exporters.api.paging import Cursor, Limit, Page, cursor_of, place_of
from exporters.api.section import Section
from monitor.access import Principal, Right, may
from monitor.explain import text
from monitor.listing import CausePlace, Delivered, ListedCause

PLACE = (int, str, int, str)
"""The kinds of the parts of a `CausePlace`."""


class Member(BaseModel):
    """One clock whose alerts belong to a cause."""

    source: str = Field(description="The source that names the subject.")
    subject: str = Field(description="The subject's name in its source.")
    target: str = Field(description="The promise, as the policy names it.")
    stage: str = Field(description="The last stage that it reached.")
    since: Instant = Field(description="When it reached that stage.")
    until: Instant | None = Field(description="When its alert ended; null while it fires.")
    deadline: Instant | None = Field(description="The deadline of its clock; null where there is none.")


class CausePageOut(BaseModel):
    """One page that stands for all members."""

    channel: str = Field(description="The receiver; empty without `read_people`.")
    wave: int = Field(description="Which page of the cause it is, from 1.")
    at: Instant = Field(description="When it was made.")
    state: Delivered = Field(description="What has become of it.")
    accepted_at: Instant | None = Field(description="When its receiver took it; null where it did not.")


class Cause(BaseModel):
    """What several subjects' alerts have in common."""

    id: str = Field(description="Its id, by which it can be acknowledged.")
    key: str = Field(description="What it is about, such as `circuit/C1`.")
    opened_at: Instant = Field(description="When it began.")
    closed_at: Instant | None = Field(description="When it was over; null while it lasts.")
    deadline: Instant | None = Field(description="The earliest deadline that was sent; null where there is none.")
    tier: str = Field(description="The highest tier that was sent.")
    broken: bool = Field(description="Whether it was sent that a member's promise is broken.")
    source: str | None = Field(description="The source of the circuit it is about; null where none knows it.")
    subject: str | None = Field(description="The circuit it is about; null where none knows it.")
    subjects: int = Field(description="How many subjects alert for it, or did.")
    more: bool = Field(description="Whether there are more subjects than were counted.")
    members: list[Member] = Field(description="The first of their clocks, the nearest deadline first.")
    pages: list[CausePageOut] = Field(description="What was sent in the place of the members' own pages.")


def causes(views: ApiLists) -> Section:
    """The section."""
    section = Section("causes", "What several subjects' alerts have in common, and the pages that stand for them.")

    @section.get("/causes", answers=Page[Cause], summary="List root causes", refusals=(400,))
    def list_causes(principal: Principal, limit: Limit = 50, cursor: Cursor = None) -> Answer:
        """Those that last, by what they are about; then those that are over, the last first."""
        asked = {"list": "causes"}
        place = place_of(asked, cursor, PLACE)
        page = views.causes(limit, None if place is None else CausePlace(*place))  # type: ignore[arg-type]
        people = may(principal, Right.READ_PEOPLE)
        return Answer({"items": [_cause(one, people) for one in page.rows], "next": cursor_of(asked, page.next)})

    return section


def _cause(one: ListedCause, people: bool) -> dict[str, Any]:
    return {
        "id": one.id,
        "key": one.key,
        "opened_at": text(one.opened_at),
        "closed_at": text(one.closed_at),
        "deadline": text(one.deadline),
        "tier": one.tier,
        "broken": one.broken,
        "source": None if one.subject is None else one.subject.source,
        "subject": None if one.subject is None else one.subject.subject,
        "subjects": one.subjects,
        "more": one.many,
        "members": [
            {
                "source": member.key.source,
                "subject": member.key.subject,
                "target": member.target,
                "stage": member.stage,
                "since": text(member.since),
                "until": text(member.until),
                "deadline": text(member.deadline),
            }
            for member in one.members
        ],
        "pages": [
            {
                "channel": page.channel if people else "",
                "wave": page.wave,
                "at": text(page.at),
                "state": page.state,
                "accepted_at": text(page.accepted_at),
            }
            for page in one.pages
        ],
    }
