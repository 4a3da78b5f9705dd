"""Draw who is on duty in a week as bars. Pure: a function of the rota's week and of now.

Each bar is a piece of the week in thousandths of it. The same person has the same hue in every team; a legend says
whose it is, and the list below the picture says the same in words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.listing import DutySpell, DutyWeek, NobodyOnDuty, TeamWeek
from monitor.messages import Message, message
from monitor.model import Name

WIDTH = 1000
"""Units of the picture's width."""

HUES = 8
"""Hues that bars are told apart by; more people share them."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: where it begins, how long it is, whose it is. Without a `person` nobody is on duty."""

    x: float
    width: float
    person: str
    name: Name
    layer: str
    since: datetime
    until: datetime
    hue: int = 0


@dataclass(frozen=True, slots=True)
class Lane:
    """One line of bars: a layer by itself, or with an empty `layer` all of them laid over each other."""

    layer: str
    bars: Sequence[Bar]


@dataclass(frozen=True, slots=True)
class TeamPicture:
    """The lanes of a team: the rota as it holds first, its layers below it, the topmost first."""

    team: TeamWeek
    lanes: Sequence[Lane]

    @property
    def legend(self) -> Sequence[Bar]:
        """A bar of each person in the picture, in the order of the lanes."""
        return list({bar.person: bar for lane in self.lanes for bar in reversed(lane.bars) if bar.person}.values())


@dataclass(frozen=True, slots=True)
class Day:
    """Where a day begins, its date on the wall of the week's zone, and what it is called."""

    x: float
    date: str
    name: Message


@dataclass(frozen=True, slots=True)
class WeekPicture:
    """The week: its days, where now is (None: in another week), and the teams."""

    days: Sequence[Day]
    now: float | None
    teams: Sequence[TeamPicture]


def picture(week: DutyWeek, now: datetime) -> WeekPicture:
    """The picture of a week."""
    hues, zone = _hues(week), ZoneInfo(week.zone)
    return WeekPicture(
        days=[
            Day(_place(week, day), day.astimezone(zone).date().isoformat(), message(f"page-oncall-day-{number}"))
            for number, day in enumerate(week.days, start=1)
        ],
        now=_place(week, now) if week.since <= now < week.until else None,
        teams=[_team(week, team, hues) for team in week.teams],
    )


def _team(week: DutyWeek, team: TeamWeek, hues: Mapping[str, int]) -> TeamPicture:
    holds = [*(_bar(week, spell, hues) for spell in team.duty), *(_gap(week, gap) for gap in team.gaps)]
    lanes = [Lane("", sorted(holds, key=lambda bar: bar.x))]
    if len(team.layers) > 1:
        lanes += [Lane(one.layer, [_bar(week, spell, hues) for spell in one.spells]) for one in reversed(team.layers)]
    return TeamPicture(team, lanes)


def _bar(week: DutyWeek, spell: DutySpell, hues: Mapping[str, int]) -> Bar:
    x = _place(week, spell.since)
    width = round(_place(week, spell.until) - x, 2)
    return Bar(x, width, spell.person, spell.name, spell.layer, spell.since, spell.until, hues[spell.person])


def _gap(week: DutyWeek, gap: NobodyOnDuty) -> Bar:
    x = _place(week, gap.since)
    return Bar(x, round(_place(week, gap.until) - x, 2), "", Name("", ""), "", gap.since, gap.until)


def _place(week: DutyWeek, at: datetime) -> float:
    """Where an instant is, in units of the picture's width; one outside the week is at its edge."""
    share = (at - week.since) / max(week.until - week.since, timedelta(microseconds=1))
    return round(WIDTH * min(max(share, 0.0), 1.0), 2)


def _hues(week: DutyWeek) -> Mapping[str, int]:
    """A hue for each person, by the order of first being on duty."""
    people = dict.fromkeys(
        spell.person for team in week.teams for layer in (team.duty, *(one.spells for one in team.layers))
        for spell in layer
    )  # fmt: skip
    return {person: number % HUES for number, person in enumerate(people)}
