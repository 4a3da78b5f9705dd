"""Who is on duty in a week, team by team and layer by layer, and when nobody is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.model import Name


@dataclass(frozen=True, slots=True)
class DutySpell:
    """One person from an instant to another, as far as it lies in the week. `layer` is by what."""

    person: str
    name: Name
    layer: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class NobodyOnDuty:
    """A time in which nobody of a team is on duty."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class LayerWeek:
    """What one layer of a rota says by itself, whatever covers it."""

    layer: str
    spells: Sequence[DutySpell]


@dataclass(frozen=True, slots=True)
class OnDutyNow:
    """Who is on duty now, since when and until when (None: no end is known), and who comes then; empty for nobody."""

    person: str
    name: Name
    layer: str
    since: datetime | None
    until: datetime | None
    next_person: str = ""
    next_name: Name = Name("", "")  # noqa: RUF009 - a value that never changes


@dataclass(frozen=True, slots=True)
class TeamWeek:
    """One team. `duty` is who is on duty once all layers are laid over each other, `contact` who is told otherwise.

    `next_gap` is the first time of the next weeks in which nobody is on duty; it may have begun.
    """

    team: str
    name: Name
    contact: Sequence[str]
    now: OnDutyNow
    layers: Sequence[LayerWeek]
    duty: Sequence[DutySpell]
    gaps: Sequence[NobodyOnDuty]
    next_gap: NobodyOnDuty | None = None


@dataclass(frozen=True, slots=True)
class DutyWeek:
    """The week `[since, until)` of every team, by the walls of `zone`; `days` are when its days begin."""

    since: datetime
    until: datetime
    zone: str
    days: Sequence[datetime]
    teams: Sequence[TeamWeek]
