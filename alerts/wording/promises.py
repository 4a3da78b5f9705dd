"""Say in words what a target promises, and amounts of its budget: time, working days, times.

Pure, in English and Chinese. Every kind of budget has its own sentence; `clocks.py` puts the sentences into pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from monitor.model import Measure, Name, Period
from monitor.policy import ONE, Target

_TIME, _AT_LEAST = Measure.TIME, Measure.AT_LEAST
_NOTHING = timedelta(0)

_PERIODS = {
    Period.DAY: Name("a day", "每天"),
    Period.WEEK: Name("a week", "每周"),
    Period.MONTH: Name("a month", "每月"),
    Period.QUARTER: Name("a quarter", "每季度"),
    Period.YEAR: Name("a year", "每年"),
}


@dataclass(frozen=True, slots=True)
class Left:
    """What is left: of the budget, in the calendar's time; and until the deadline on the wall, None where unsaid."""

    counted: timedelta
    wall: timedelta | None = None


def promised(target: Target, title: Name, moment: str = "") -> Name:
    """The promise in a clause; *moment* is the instant before which it must be kept, in words, where it has one."""
    allowed = budget(target)
    if target.ahead_of is not None:
        return Name(
            f"{title.en} at least {allowed.en} before {moment}", f"{title.zh}，须在 {moment} 之前至少{allowed.zh}"
        )
    if target.measure is _AT_LEAST:
        return Name(f"{title.en} at least {allowed.en}", f"{title.zh}，至少{allowed.zh}")
    if target.period is not None:
        often = _PERIODS[target.period]
        return Name(f"{title.en} at most {allowed.en} {often.en}", f"{title.zh}，{often.zh}不超过{allowed.zh}")
    return Name(f"{title.en} within {allowed.en}", f"{title.zh}，时限{allowed.zh}")


def budget(target: Target) -> Name:
    """The whole budget as it is promised: working days as days, a share as a share."""
    if target.days:
        return Name(f"{target.days} working day{'s' if target.days > 1 else ''}", f"{target.days}个工作日")
    if target.share:
        share = f"{target.share * 100:.6f}".rstrip("0").rstrip(".")
        long = length(target.budget, target.budget < timedelta(hours=1))
        return Name(f"{share} % ({long.en})", f"{share}%（{long.zh}）")
    return amount(target, target.budget)


def amount(target: Target, part: timedelta, fine: bool = True) -> Name:
    """A part of the budget: so many times, or a length."""
    if target.measure is _TIME:
        return length(part, fine)
    times = part // ONE
    return Name(f"{times} time{'s' if times != 1 else ''}", f"{times}次")


def remaining(target: Target, left: Left, fine: bool = True) -> Name:
    """What is left, in both kinds of time where they differ and both are to be said."""
    counted = amount(target, left.counted, fine) if left.counted > _NOTHING else Name("nothing", "零")
    if left.wall is None or left.wall == left.counted or left.wall <= _NOTHING:
        return counted
    wall = length(left.wall, fine)
    return Name(f"{wall.en} of wall time, {counted.en} of working time", f"自然时间{wall.zh}、工作时间{counted.zh}")


@lru_cache(maxsize=4096)
def length(part: timedelta, fine: bool = True) -> Name:
    """A length in hours, minutes and seconds; no days, which would be of 24 hours to some and of 8 to others."""
    seconds = int(part.total_seconds())
    if not fine and seconds >= 60:
        seconds -= seconds % 60
    amounts = (seconds // 3600, seconds // 60 % 60, seconds % 60)
    english = " ".join(f"{n} {u}" for n, u in zip(amounts, ("h", "min", "s"), strict=True) if n)
    chinese = "".join(f"{n}{u}" for n, u in zip(amounts, ("小时", "分钟", "秒"), strict=True) if n)
    return Name(english or "0 s", chinese or "0秒")
