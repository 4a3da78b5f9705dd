"""Who is on duty: the week of each team, its layers, who is there now, and when nobody is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from exporters.api.answers import Answer
from exporters.api.list_views import ApiLists
from exporters.api.names import Instant
from exporters.api.section import Section
from monitor.access import Right
from monitor.explain import text
from monitor.listing import DutySpell, NobodyOnDuty, TeamWeek
from monitor.model import Name

WEEKS_BACK, WEEKS_AHEAD = -8, 52


class Spell(BaseModel):
    """One person from an instant to another, as far as it lies in the week."""

    person: str = Field(description="The person, by the rota's id.")
    name: dict[str, str] = Field(description="The person's name, by the code of each language.")
    layer: str = Field(description="By which layer; `calendar` and `override` stand for these.")
    since: Instant = Field(description="From when.")
    until: Instant = Field(description="Until when.")


class Gap(BaseModel):
    """A time in which nobody is on duty."""

    since: Instant = Field(description="From when.")
    until: Instant = Field(description="Until when.")


class Layer(BaseModel):
    """What one layer says by itself."""

    layer: str = Field(description="Its name.")
    spells: list[Spell] = Field(description="Who, in order.")


class Now(BaseModel):
    """Who is on duty now."""

    person: str | None = Field(description="The person, by the rota's id; null for nobody.")
    name: dict[str, str] = Field(description="The person's name, by the code of each language.")
    layer: str = Field(description="By which layer.")
    since: Instant | None = Field(description="Since when; null where no beginning is known.")
    until: Instant | None = Field(description="Until when; null where no end is known.")
    next_person: str | None = Field(description="Who comes then; null for nobody.")


class Team(BaseModel):
    """One team."""

    team: str = Field(description="Its id.")
    name: dict[str, str] = Field(description="Its name, by the code of each language.")
    contact: list[str] = Field(description="The receivers that are told where nobody is on duty.")
    now: Now = Field(description="Who is on duty now.")
    duty: list[Spell] = Field(description="Who is on duty in the week, all layers laid over each other.")
    layers: list[Layer] = Field(description="What each layer says by itself, from the lowest up.")
    gaps: list[Gap] = Field(description="When nobody is on duty in the week.")
    next_gap: Gap | None = Field(description="When next nobody is, within four weeks from now; null where somebody is.")


class Week(BaseModel):
    """One week, from Monday on, by the walls of a zone."""

    since: Instant = Field(description="When it begins.")
    until: Instant = Field(description="When it ends.")
    zone: str = Field(description="The zone.")
    items: list[Team] = Field(description="The teams, in the order of the rota.")


def oncall(views: ApiLists) -> Section:
    """The section."""
    section = Section("oncall", "Who is on duty, and when nobody is.")

    @section.get("/oncall", answers=Week, summary="Show a week of the rota", right=Right.READ_PEOPLE, refusals=(404,))
    def show_week(
        week: Annotated[
            int, Query(ge=WEEKS_BACK, le=WEEKS_AHEAD, description="Which week: so many after this one, or before it.")
        ] = 0,
    ) -> Answer:
        """This week, or another one."""
        found = views.week(week)
        if found is None:
            raise HTTPException(404, "No rota is configured.")
        items = [_team(one) for one in found.teams]
        return Answer({"since": text(found.since), "until": text(found.until), "zone": found.zone, "items": items})

    return section


def _team(one: TeamWeek) -> dict[str, Any]:
    now = one.now
    return {
        "team": one.team,
        "name": _name(one.name),
        "contact": list(one.contact),
        "now": {
            "person": now.person or None,
            "name": _name(now.name),
            "layer": now.layer,
            "since": text(now.since),
            "until": text(now.until),
            "next_person": now.next_person or None,
        },
        "duty": _spells(one.duty),
        "layers": [{"layer": layer.layer, "spells": _spells(layer.spells)} for layer in one.layers],
        "gaps": [_gap(gap) for gap in one.gaps],
        "next_gap": None if one.next_gap is None else _gap(one.next_gap),
    }


def _spells(spells: Sequence[DutySpell]) -> list[dict[str, Any]]:
    return [
        {
            "person": one.person,
            "name": _name(one.name),
            "layer": one.layer,
            "since": text(one.since),
            "until": text(one.until),
        }
        for one in spells
    ]


def _gap(one: NobodyOnDuty) -> dict[str, Any]:
    return {"since": text(one.since), "until": text(one.until)}


def _name(one: Name) -> dict[str, str]:
    return {"en": one.en, "zh": one.zh}
