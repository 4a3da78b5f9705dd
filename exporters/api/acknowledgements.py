"""Acknowledge alerts, so that nobody else is called for them, and take that back."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Body
from pydantic import BaseModel, Field

from exporters.api.answers import Answer
from exporters.api.deeds import Asked, DeedViews
from exporters.api.names import Instant
from exporters.api.paging import LONGEST_NAME
from exporters.api.section import Section
from monitor.access import Principal, Right, may
from monitor.deeds import AcknowledgedAlerts
from monitor.explain import text

LONGEST_NOTE = 500

Of = Annotated[
    str,
    Field(
        min_length=1, max_length=2 * LONGEST_NAME, pattern=r"^[^\x00]+$",
        description="A ticket or circuit, `source/ID`, a root cause, a drill, or an alert's fingerprint.",
    ),
]  # fmt: skip


class AskedAcknowledgement(Asked):
    """What is acknowledged."""

    of: Of
    note: str = Field(default="", max_length=LONGEST_NOTE, description="A note; it is stored and shown.")


class AskedEnd(Asked):
    """What is not acknowledged any more."""

    of: Of


class Given(BaseModel):
    """One acknowledgement of an alert."""

    at: Instant = Field(description="When.")
    author: str = Field(description="Who; empty without `read_people`, unless it was the caller.")
    via: str = Field(description="By which way: `link`, `api` or `command line`.")
    ends_at: Instant | None = Field(description="When it ends; null where it has no end.")
    ended_at: Instant | None = Field(description="When it ended; null while it is in force.")
    ends_for: str = Field(description="Why it ends then.")


class OfAlert(BaseModel):
    """One alert and its acknowledgements."""

    alert: str = Field(description="The alert's fingerprint.")
    firing: bool = Field(description="Whether it fires.")
    passed: bool = Field(description="Whether a worse stage was told since: then this one stops nothing.")
    acknowledged: list[Given] = Field(description="Who acknowledged it, the oldest first.")


class Acknowledged(BaseModel):
    """The alerts that were meant."""

    news: int = Field(description="For how many of them this changed something.")
    items: list[OfAlert] = Field(description="Each of them, as it stands now.")


def acknowledgements(views: DeedViews) -> Section:
    """The section."""
    section = Section("acknowledgements", "Who works on what: nobody else is called for it.")

    @section.change(
        "POST", "/acknowledgements", answers=Acknowledged, right=Right.ACKNOWLEDGE, summary="Acknowledge alerts",
        refusals=(404, 409), example={"of": "tickets/INC42", "note": "on my way"},
    )  # fmt: skip
    def acknowledge_alerts(asked: Annotated[AskedAcknowledgement, Body()], principal: Principal) -> Answer:
        """Every alert of it that fires. The same once more by the same caller changes nothing."""
        return _answer(views.acknowledge(asked.of, principal.name, asked.note), principal)

    @section.change(
        "POST", "/acknowledgements/end", answers=Acknowledged, right=Right.ACKNOWLEDGE,
        summary="Take acknowledgements back", refusals=(404, 409), example={"of": "tickets/INC42"},
    )  # fmt: skip
    def end_acknowledgement(asked: Annotated[AskedEnd, Body()], principal: Principal) -> Answer:
        """What is in force ends within seconds, whoever gave it: the next steps are taken again."""
        return _answer(views.take_back(asked.of, principal.name), principal)

    return section


def _answer(done: AcknowledgedAlerts, principal: Principal) -> Answer:
    people = may(principal, Right.READ_PEOPLE)
    items: list[dict[str, Any]] = [
        {
            "alert": told.alert.key,
            "firing": told.alert.firing,
            "passed": told.passed,
            "acknowledged": [
                {
                    "at": text(one.at),
                    "author": one.author if people or one.author == principal.name else "",
                    "via": one.via,
                    "ends_at": text(one.ends_at),
                    "ended_at": text(one.ended_at),
                    "ends_for": one.ends_for.value if one.ends_for else "",
                }
                for one in told.acknowledged
            ],
        }
        for told in done.alerts
    ]
    return Answer({"news": done.news, "items": items})
