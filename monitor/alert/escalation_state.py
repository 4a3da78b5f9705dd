"""Hold what is known of a clock that alerts while one person after another is paged.

Pure values: the store fills them in, `alerts/oncall/escalation.py` judges, the store keeps the judgement. The one
surprise: a clock's alerts are sent one by one, but people are called for the clock, so that a step is never taken
twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from monitor.alert.acknowledgement import EndsFor
from monitor.alert.alert import Alert, Channel, SilenceRow

HOLDER = -3
"""The step before the first: whoever had acknowledged the stage before is paged when it gets worse."""

ROUND = 1000
"""Steps of a chain that begins once more because an acknowledgement ended are numbered from here on, then from twice
this, and so on: they are stored beside those that were taken before."""


def step_shown(number: int) -> int:
    """A stored step as people count: from one on, zero for what comes before the first."""
    return max(number % ROUND + 1, 0) if number >= 0 else 0


@dataclass(frozen=True, slots=True)
class Begun:
    """When an alert was first sent, and no silence and no root cause stood before it."""

    alert: str
    stage: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A person acknowledged an alert; `via` is how: link, api or command line.

    It is in force until `ends_at`, None where it has no end, and over from `ended_at` on, None while it is not.
    `holder` is the person who gave it and was on duty then; whoever else gave it is its author alone.
    """

    alert: str
    stage: str
    at: datetime
    author: str
    via: str = ""
    note: str = ""
    id: int = 0
    ends_at: datetime | None = None
    ends_for: EndsFor | None = None
    holder: str = ""
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that was taken, and when the first receiver accepted its page; None while none has."""

    at: datetime
    accepted: datetime | None = None


@dataclass(frozen=True, slots=True)
class EscalatingClock:
    """One clock, or one root cause, for which an alert fires.

    `firing` are those of its alerts that do. `acknowledged` is what people did in its present life, some of it perhaps
    before the alert had `begun`. `pauses` are its times without an end or with one. `broken` says that the promise was.
    `team` is what the source says of it. `done` are the steps that were taken, by (alert, step, team).
    With `stands_for` another alert stands for it, that of its root cause.
    """

    firing: tuple[Alert, ...]
    begun: tuple[Begun, ...] = ()
    acknowledged: tuple[Acknowledged, ...] = ()
    deadline: datetime | None = None
    pauses: tuple[tuple[datetime, datetime | None], ...] = ()
    broken: bool = False
    team: str = ""
    done: Mapping[tuple[str, int, str], Taken] = field(default_factory=dict)
    stands_for: str = ""


@dataclass(frozen=True, slots=True)
class Followed:
    """An alert that changed after people had been called for it: these channels must be sent the change.

    `over` says that it does not fire any more, so that there is nothing more to follow.
    """

    alert: Alert
    channels: tuple[str, ...]
    over: bool


@dataclass(frozen=True, slots=True)
class EscalationState:
    """What the store knows at an instant. `anew` are alerts whose clock began another life, `again` fire again.

    `stray` are the ids of acknowledgements whose time is over and of which nobody needs to be told.
    """

    standing: tuple[EscalatingClock, ...] = ()
    followed: tuple[Followed, ...] = ()
    silences: tuple[SilenceRow, ...] = ()
    anew: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    stray: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Paged:
    """The page of a step for one channel; with `unless_sent` only where it was not sent this alert anyway."""

    channel: Channel
    alert: Alert
    unless_sent: bool = False
    shadow: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A step that is taken now. `run` is the alert with which the steps began; `whom` are people, or `contact/TEAM`.

    `step` is the number under which it is stored, see `ROUND`.
    """

    run: str
    step: int
    team: str
    reason: str
    whom: tuple[str, ...]
    pages: tuple[Paged, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """What is to be stored and sent at `at`, and when to look again; None if there is nothing to wait for.

    `ended` are the acknowledgements that are over, by their ids. `returned` are alerts that go once to every channel
    that was sent them before, because nobody is called for them by name. `ahead` is how many clocks and root causes
    have a step ahead, of which the next is taken at `next_step_at`.
    """

    begun: tuple[Begun, ...] = ()
    calls: tuple[Call, ...] = ()
    next_at: datetime | None = None
    at: datetime | None = None
    ended: Mapping[int, EndsFor] = field(default_factory=dict)
    returned: tuple[Alert, ...] = ()
    foreseen_at: datetime | None = None
    ahead: int = 0
    next_step_at: datetime | None = None
