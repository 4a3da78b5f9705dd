"""Hold what is known of an alert that a receiver was sent, and that may have to be sent again.

Pure values: the store fills them in, `alerts/decide/repeats.py` judges, the store keeps the judgement.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.alert.alert import Alert, SilenceRow
from monitor.alert.reasons import Reason, Withheld


@dataclass(frozen=True, slots=True)
class Beside:
    """An alert of one clock, or of one root cause, among the others of it.

    `first_logged` is its place in the order in which they were first on record. `ended_at` is when it last ended for
    good: what was acknowledged before that was of another life. `acknowledged` is when somebody last acknowledged it.
    """

    alert: Alert
    first_logged: int = 0
    ended_at: datetime | None = None
    acknowledged: datetime | None = None


@dataclass(frozen=True, slots=True)
class Repeatable:
    """An alert that a channel was sent.

    `answered_at` is when the channel last answered a page of it, `waiting` says that another page has not been answered
    yet. `deadline` is that of its clock, its breach where it has breached; `timed` says that its budget is a length.
    `beside` are the alerts of its clock, itself among them. `cause` is the id of the root cause whose alert stands for
    it. `recorded` are the reasons, each with its detail, for which it was withheld from this channel before.
    """

    alert: Alert
    channel: str
    answered_at: datetime
    waiting: bool = False
    deadline: datetime | None = None
    timed: bool = True
    beside: tuple[Beside, ...] = ()
    cause: str = ""
    recorded: frozenset[tuple[Withheld, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Due:
    """What has fallen due, as (channel, fingerprint of the alert), and when the next will; None if nothing will."""

    repeats: tuple[tuple[str, str], ...] = ()
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RepeatState:
    """What the store knows of what has fallen due, and the silences in force."""

    due: tuple[Repeatable, ...] = ()
    silences: tuple[SilenceRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Repeat:
    """What becomes of an alert that may be sent again, and why.

    With `REPEAT_DUE` there is a `page`, otherwise there is none. `detail` names what withholds it, and `news` says that
    this is to go on record. What may be different soon, without any news, is looked at again at `look_at`.
    """

    of: Repeatable
    reason: Reason | Withheld
    page: Alert | None = None
    detail: str = ""
    news: bool = False
    look_at: datetime | None = None
