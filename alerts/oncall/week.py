"""Lay a rota out over one week: who is on duty in each team, what each layer says by itself, and when nobody is there.

Pure. A week begins on a Monday at midnight on the walls of a zone, and has seven days there; in a week in which the
clocks change it is an hour longer or shorter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from alerts.oncall.roster import (
    CALENDAR,
    OVERRIDE,
    Duty,
    Roster,
    Schedule,
    first_handover,
    gaps,
    instant,
    on_duty,
    shifts,
)
from monitor.listing import DutySpell, DutyWeek, LayerWeek, NobodyOnDuty, OnDutyNow, TeamWeek
from monitor.model import Name

NOBODY = Name("", "")
_DAYS = 7

AHEAD = timedelta(weeks=4)
"""How far ahead the next time without anybody on duty is looked for."""


def duty_week(roster: Roster, now: datetime, zone: str, offset: int = 0) -> DutyWeek:
    """The week of *now* in a zone, or with an *offset* that many weeks later (earlier: below zero)."""
    days = _days(now, zone, offset)
    since, until = days[0], days[-1]
    return DutyWeek(
        since=since,
        until=until,
        zone=zone,
        days=days[:-1],
        teams=[_team(roster, team, now, since, until) for team in roster.teams.values()],
    )


def _days(now: datetime, zone: str, offset: int) -> Sequence[datetime]:
    """The instants at which the days of the week begin, and that at which it ends."""
    today = now.astimezone(ZoneInfo(zone)).date()
    monday = today - timedelta(days=today.weekday()) + offset * timedelta(weeks=1)
    return [_midnight(monday + timedelta(days=number), zone) for number in range(_DAYS + 1)]


def _midnight(day: date, zone: str) -> datetime:
    return instant(first_handover(day, time()), zone)


def _team(roster: Roster, team: Schedule, now: datetime, since: datetime, until: datetime) -> TeamWeek:
    return TeamWeek(
        team=team.team,
        name=team.name,
        contact=team.contact,
        now=_now(roster, team, now),
        layers=_layers(roster, team, since, until),
        duty=_spells(roster, shifts(team, since, until)),
        gaps=[NobodyOnDuty(gap.since, gap.until) for gap in gaps(team, since, until)],
        next_gap=next((NobodyOnDuty(gap.since, gap.until) for gap in gaps(team, now, now + AHEAD)), None),
    )


def _layers(roster: Roster, team: Schedule, since: datetime, until: datetime) -> list[LayerWeek]:
    """Each layer by itself, from the lowest up; one that says nothing in the week is left out."""
    bare = replace(team, layers=(), overrides=(), calendar=())
    alone = [(CALENDAR, replace(bare, calendar=team.calendar))]
    alone += [(layer.name, replace(bare, layers=(layer,))) for layer in team.layers]
    alone.append((OVERRIDE, replace(bare, overrides=team.overrides)))
    found = ((name, _spells(roster, shifts(schedule, since, until))) for name, schedule in alone)
    return [LayerWeek(name, spells) for name, spells in found if spells]


def _spells(roster: Roster, duties: Sequence[Duty]) -> list[DutySpell]:
    return [
        DutySpell(duty.person, roster.people[duty.person].name, duty.layer, duty.since, duty.until)
        for duty in duties
        if duty.person is not None and duty.since is not None and duty.until is not None
    ]


def _now(roster: Roster, team: Schedule, now: datetime) -> OnDutyNow:
    duty = on_duty(team, now)
    following = None if duty.until is None else on_duty(team, duty.until).person
    return OnDutyNow(
        person=duty.person or "",
        name=_name(roster, duty.person),
        layer=duty.layer,
        since=duty.since,
        until=duty.until,
        next_person=following or "",
        next_name=_name(roster, following),
    )


def _name(roster: Roster, person: str | None) -> Name:
    return NOBODY if person is None else roster.people[person].name
