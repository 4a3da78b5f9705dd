"""Say whether a page waits for covered hours, until when, and why it does not.

Pure: an alert, the hours that speak of it and an instant come in; one value comes out. A page waits only if the next
covered instant comes before the deadline and before the next stage of the same clock that would ring on the same
channel. So holding breaks no promise: whoever was to act before the deadline is still paged before it. The one
surprise: hours that are closed hold nothing that has no deadline ahead; such a page rings at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from alerts.wording import hours as wording
from monitor.alert import Alert, CoveredHours, RangOutside, Reason, Rings, Settings, next_covered
from monitor.messages import as_annotations, from_annotations, lines
from monitor.policy import BREACHED_STAGE, SEVERITIES

_NEAR = "TierwatchDeadlineNear"
_AT_ONCE = frozenset({Reason.ESCALATED, Reason.ACK_ENDED, Reason.DIGEST})
"""Pages of which somebody is called by name, and news of the program itself."""


class Waits(StrEnum):
    """Why a page waits for covered hours, or why it does not."""

    WAITS = "waits"
    """The next covered instant comes in time, so it waits."""
    COVERED = "covered"
    """Somebody is there now, or no hours speak of it."""
    DEADLINE = "deadline"
    """The deadline comes before the next covered instant."""
    STAGE = "stage"
    """The next stage that rings comes before the next covered instant."""
    NO_DEADLINE = "no_deadline"
    """It has breached, or there is no deadline ahead by which it could be known to come in time."""
    NEVER = "never"
    """The hours that speak of it have none in common."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Whether a page waits: `until` is when it rings, None where it rings now.

    `opens` is the next covered instant, `before` what comes earlier than that: the deadline, or the stage of that name.
    """

    why: Waits
    until: datetime | None = None
    opens: datetime | None = None
    before: datetime | None = None
    stage: str = ""


_NOW = Waiting(Waits.COVERED)
_OUTSIDE = {Waits.DEADLINE: Rings.DEADLINE, Waits.STAGE: Rings.STAGE, Waits.NEVER: Rings.NEVER}


def waiting(alert: Alert, hours: CoveredHours, rings: Callable[[Alert], bool], now: datetime) -> Waiting:
    """Whether a page of *alert* waits at *now*; *rings* says whether the channel takes an alert of that clock.

    A page that rings before its time (`Waits.DEADLINE`, `Waits.STAGE`) names what it could not wait for.
    """
    mine = hours.of(alert) if hours and alert.firing and not rings_at_once(alert) else ()
    if not mine:
        return _NOW
    opens = next_covered(mine, now)
    if opens == now:
        return _NOW
    if not is_of_a_deadline(alert) or alert.deadline is None or alert.deadline <= now:
        return Waiting(Waits.NO_DEADLINE, opens=opens)
    if opens is None:
        return Waiting(Waits.NEVER)
    for stage, at in alert.ahead:
        if at <= opens and at < alert.deadline and rings(_of_stage(alert, stage)):
            return Waiting(Waits.STAGE, opens=opens, before=at, stage=stage)
    if alert.deadline <= opens:
        return Waiting(Waits.DEADLINE, opens=opens, before=alert.deadline)
    return Waiting(Waits.WAITS, until=opens, opens=opens)


def rings_outside(
    alert: Alert, hours: CoveredHours, rings: Callable[[Alert], bool], now: datetime
) -> RangOutside | None:
    """Why a page that is sent at *now* rings outside covered hours; None where it does not, or can never wait."""
    if not (hours and is_of_a_deadline(alert)) or alert.deadline is None:
        return None
    found = waiting(alert, hours, rings, now)
    why = _OUTSIDE.get(found.why)
    return None if why is None else RangOutside(why, found.before, found.opens, found.stage)


def rings_at_once(alert: Alert) -> bool:
    """Whether it is a page with which somebody is called by name, or news of the program itself."""
    return alert.reason in _AT_ONCE


def is_of_a_deadline(alert: Alert) -> bool:
    """Whether it is a stage ahead of a clock's breach: nothing else ever waits."""
    return alert.subject is not None and alert.labels.get("alertname") == _NEAR and alert.stage != BREACHED_STAGE


def _of_stage(alert: Alert, stage: str) -> Alert:
    """The alert of another stage ahead of the same clock's breach."""
    labels = {**alert.labels, "stage": stage, "severity": SEVERITIES[_NEAR][0]}
    return replace(alert, labels=labels, stage=stage)


def marked(
    alert: Alert, hours: CoveredHours, rings: Callable[[Alert], bool], settings: Settings, now: datetime
) -> Alert:
    """A page as it is sent at *now*: it says why it rings outside covered hours, or that it waited for them."""
    if not (hours and is_of_a_deadline(alert)) or alert.deadline is None:
        return alert
    found, outside = waiting(alert, hours, rings, now), rings_outside(alert, hours, rings, now)
    if outside is not None:
        line = wording.rings_now(outside.before, outside.opens, outside.stage, settings)
    elif found.why is Waits.COVERED and alert.firing and _waited(alert, hours, now):
        line = wording.waited(alert.starts_at, alert.deadline, settings, now)
    else:
        return alert
    said = alert.annotations
    description = lines(line, from_annotations("description", said))
    return replace(alert, annotations={**said, **as_annotations("description", description)})


def _waited(alert: Alert, hours: CoveredHours, now: datetime) -> bool:
    """Whether it became true while nobody was there."""
    mine = hours.of(alert) if alert.reason not in (*_AT_ONCE, Reason.REPEAT_DUE) else ()
    opens = next_covered(mine, alert.starts_at) if mine else None
    return opens is not None and alert.starts_at < opens <= now
