"""Hold what is asked of a drill, who was called in it, and how each receiver answered.

Pure values. A drill is one alert that tierwatch makes itself, so that a team can practise. Its plan is in the store,
with its end: a command that ends, or a program that is started again, changes nothing of it. The one surprise: a drill
belongs to no ticket and no circuit; its alert is of tierwatch's own source, and nothing is counted of that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.alert.alert import Alert
from monitor.alert.escalation_state import Acknowledged, Paged
from monitor.alert.reasons import Verdict
from monitor.model import Name


class DrillFor(StrEnum):
    """Who a drill is for."""

    PERSON = "person"
    """One person of the rota."""
    TEAM = "team"
    """Whoever is on duty in a team when it begins."""
    LAYER = "layer"
    """Whose turn it is in one layer of a team when it begins, whatever covers that layer."""


class DrillEnd(StrEnum):
    """Why a drill is over."""

    ACKNOWLEDGED = "acknowledged"
    """Somebody acknowledged it."""
    TIME_OVER = "time_over"
    """Its time is over, and nobody has acknowledged it."""
    ENDED_EARLY = "ended_early"
    """An operator ended it."""
    NOT_POSSIBLE = "not_possible"
    """The running program could call nobody: it knows no such person or team, or nobody is on duty."""
    NOT_TAKEN_UP = "not_taken_up"
    """No running program took it up in time, so nobody was called."""


@dataclass(frozen=True, slots=True)
class DrillWay:
    """A channel by which somebody is called; one in shadow is sent nothing."""

    channel: str
    shadow: bool = False


@dataclass(frozen=True, slots=True)
class DrillCall:
    """One person, or the contact of a team (`contact/TEAM`), who was called at an instant, as which step and why.

    `step` is the number under which the escalation knows it, from 0 on.
    """

    at: datetime
    step: int
    reason: str
    who: str
    name: Name
    ways: tuple[DrillWay, ...]


@dataclass(frozen=True, slots=True)
class DrillTry:
    """One try to deliver a page of a drill: the page was queued at `queued_at`, the receiver answered at `at`.

    `firing` tells the page of a call from the one that says that the drill is over.
    """

    channel: str
    queued_at: datetime
    at: datetime
    firing: bool
    verdict: Verdict
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Drill:
    """What was asked, and how far it has come.

    `named` is the person, the team, or `TEAM/LAYER`. With `escalate` the steps of the team are taken; without, the same
    people are called again where nobody has acknowledged for `again`. It ends at `ends_by` at the latest. `people` are
    those who were found when it began, and `key` is its alert's. `ended_for` without `ended_at` is what was asked of
    the program. `silence` is the silence that withheld it, empty where none did.
    """

    id: str
    asked_at: datetime
    author: str
    whom: DrillFor
    named: str
    tier: str
    ends_by: datetime
    again: timedelta
    escalate: bool = False
    key: str = ""
    begun_at: datetime | None = None
    ended_at: datetime | None = None
    ended_for: DrillEnd | None = None
    detail: str = ""
    silence: str = ""
    people: tuple[str, ...] = ()
    calls: tuple[DrillCall, ...] = ()

    @property
    def over(self) -> bool:
        return self.ended_at is not None

    @property
    def team(self) -> str:
        """The team whose steps may be taken; empty of a drill for one person."""
        return "" if self.whom is DrillFor.PERSON else self.named.partition("/")[0]


@dataclass(frozen=True, slots=True)
class DrillOnRecord:
    """A drill with all that is known of it. `alert` is None until it has begun."""

    drill: Drill
    alert: Alert | None = None
    acknowledged: tuple[Acknowledged, ...] = ()
    tries: tuple[DrillTry, ...] = ()


@dataclass(frozen=True, slots=True)
class DrillStep:
    """What becomes of a drill: its new state, its alert where that begins or ends, and the pages of those called."""

    drill: Drill
    alert: Alert | None = None
    pages: Sequence[Paged] = ()
