"""Say in words what a target promises, and amounts of its budget: time, working days, times.

Pure. Every kind of budget has its own sentence; `clocks.py` puts the sentences into pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from monitor.memory import remembered
from monitor.messages import Argument, Joined, joined, message
from monitor.model import Measure
from monitor.policy import ONE, Target

_TIME, _AT_LEAST, _GOAL = Measure.TIME, Measure.AT_LEAST, Measure.GOAL
_NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True)
class Left:
    """What is left: of the budget, in the calendar's time; and until the deadline on the wall, None where unsaid."""

    counted: timedelta
    wall: timedelta | None = None


def promised(target: Target, title: Argument, moment: str = "") -> Argument:
    """The promise in a clause; *moment* is the instant before which it must be kept, in words, where it has one."""
    allowed = budget(target)
    if target.ahead_of is not None:
        return message("alert-promise-ahead", target=title, budget=allowed, moment=moment)
    if target.measure is _GOAL:
        return message(f"alert-promise-at-least-a-{target.period}", target=title, budget=goal(target))
    if target.measure is _AT_LEAST and target.period is not None:
        return message(f"alert-promise-at-least-a-{target.period}", target=title, budget=allowed)
    if target.until is not None:
        return message("alert-promise-until", target=title, moment=moment)
    if target.measure is _AT_LEAST:
        return message("alert-promise-at-least", target=title, budget=allowed)
    if target.period is not None:
        return message(f"alert-promise-at-most-a-{target.period}", target=title, budget=allowed)
    return message("alert-promise-within", target=title, budget=allowed)


def goal(target: Target) -> Argument:
    """The share that must be good."""
    return message("alert-goal", share=percent(target.share))


def percent(share: float) -> str:
    """A share in per cent, without zeros at its end."""
    return f"{share * 100:.6f}".rstrip("0").rstrip(".")


def budget(target: Target) -> Argument:
    """The whole budget as it is promised: working days as days, a share as a share."""
    return worded_budget(target.budget, target.measure is _TIME, target.days, target.share)


def worded_budget(whole: timedelta, timed: bool, days: int, share: float) -> Argument:
    """A budget of these four, as a target has them."""
    if days:
        return message("alert-working-days", days=days)
    if share:
        return message("alert-share", share=percent(share), length=length(whole, whole < timedelta(hours=1)))
    return amount(timed, whole)


def amount(timed: bool, part: timedelta, fine: bool = True) -> Argument:
    """A part of the budget: a length where it is *timed*, or so many times."""
    return length(part, fine) if timed else message("alert-times", times=part // ONE)


def remaining(timed: bool, left: Left, fine: bool = True) -> Argument:
    """What is left, in both kinds of time where they differ and both are to be said."""
    counted = amount(timed, left.counted, fine) if left.counted > _NOTHING else message("alert-nothing")
    if left.wall is None or left.wall == left.counted or left.wall <= _NOTHING:
        return counted
    return message("alert-remaining-both", wall=length(left.wall, fine), counted=counted)


def days(window: timedelta) -> Argument:
    """A time on the wall, of which days are always of 24 hours: in days, from two of them on."""
    if window < timedelta(days=2):
        return length(window, window < timedelta(hours=1))
    return message("alert-length-days", n=round(window / timedelta(days=1)))


@remembered("page_lengths", 4096)
def length(part: timedelta, fine: bool = True) -> Joined:
    """A length in hours, minutes and seconds; no days, which would be of 24 hours to some and of 8 to others."""
    total = int(part.total_seconds())
    if not fine and total >= 60:
        total -= total % 60
    hours, minutes, seconds = total // 3600, total // 60 % 60, total % 60
    units = (
        hours and message("alert-length-hours", n=hours),
        minutes and message("alert-length-minutes", n=minutes),
        (seconds or not total) and message("alert-length-seconds", n=seconds),
    )
    return joined([unit for unit in units if unit], message("alert-length-between"))
