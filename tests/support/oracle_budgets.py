"""Find how large a budget is by walking: dates one by one, time step by step, forwards or back.

Shares no code with `monitor.policy.target` or `monitor.worktime.working_time`: of those it reads plain values only.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from monitor.policy.target import Stage, Target
from monitor.worktime.calendars import Calendar

TICK = timedelta(microseconds=1)
HALF_HOUR = timedelta(minutes=30)
ONE_DAY = timedelta(days=1)


def is_open(calendar: Calendar, at: datetime) -> bool:
    """Whether time counts in the step that begins at *at*: look at the local clock on the wall."""
    if not isinstance(calendar, Calendar):  # one of the oracle's own (`oracle_law.Time`)
        return bool(calendar.is_open(at))
    if calendar.always:
        return True
    day, shown = _wall(calendar.zone, at)
    return _within(calendar, day, shown, 0) or _within(calendar, day - ONE_DAY, shown, 24 * 60)


def _within(calendar: Calendar, day: date, shown: time, later: int) -> bool:
    """Whether a span of a working date lies there; times before the date begins are those of the next morning."""
    begins, minute = _minute(calendar), later + shown.hour * 60 + shown.minute
    for opening, closing in _spans(calendar, day):
        a, b = (edge.hour * 60 + edge.minute for edge in (opening, closing))
        a += 24 * 60 if a < begins else 0
        if a <= minute < (b if b > a else b + 24 * 60):
            return True
    return False


def _minute(calendar: Calendar) -> int:
    return int(calendar.day_begins.total_seconds()) // 60


@lru_cache(maxsize=100_000)
def _wall(zone: str, at: datetime) -> tuple[date, time]:
    local = at.astimezone(ZoneInfo(zone))
    return local.date(), local.time()


@lru_cache(maxsize=10_000)
def amounts(budget: timedelta, stages: tuple[Stage, ...], at_risk: float) -> Mapping[str, timedelta]:
    """How much must have counted for each stage but the breach."""
    found = {"at_risk": budget * at_risk}
    for stage in stages:
        if stage.name == "breached" or stage.wall is not None:
            continue
        if stage.left is not None:
            if stage.left < budget:  # of a shorter budget there is never so much left
                found[stage.name] = budget - stage.left
        else:
            assert stage.share is not None
            found[stage.name] = budget * stage.share
    return found


def walls(budget: timedelta, stages: tuple[Stage, ...]) -> Mapping[str, timedelta]:
    """How long before the deadline each stage by wall time is; of a shorter budget there is never so much left."""
    return {stage.name: stage.wall for stage in stages if stage.wall is not None and stage.wall < budget}


def used_up_within(calendar: Calendar, at: datetime, left: timedelta, wall: timedelta, step: timedelta) -> bool:
    """Whether *left* has counted at the latest when so much time went by on the wall. *wall* is of whole steps."""
    end = at + wall
    while left > timedelta(0) and at < end:
        left -= step if is_open(calendar, at) else timedelta(0)
        at += step
    return left <= timedelta(0)


def used_up_at(calendar: Calendar, at: datetime, left: timedelta, step: timedelta) -> datetime:
    """When *left* has counted: a straight line within a step, and *at* itself where nothing is left."""
    while left > timedelta(0):
        if is_open(calendar, at):
            if left <= step:
                return at + left
            left -= step
        at += step
    return at


def _spans(calendar: Calendar, day: date) -> tuple[tuple[time, time], ...]:
    spans = calendar.days[day] if day in calendar.days else calendar.weekly.get(day.weekday(), ())
    if spans and calendar.whole_dates:  # every date on which time counts, from its beginning to the next one
        edge = time(*divmod(_minute(calendar) % (24 * 60), 60))
        return ((edge, edge),)
    return spans


def resolved(target: Target, calendar: Calendar, at: datetime, step: timedelta) -> timedelta:
    """The budget of a cycle that begins at *at*."""
    if target.ahead_of is not None:
        last = target.ahead_of
        if target.days:
            last = days_on(calendar, last, -target.days)
        else:
            left = target.budget
            while left > timedelta(0):
                last -= step
                left -= step if is_open(calendar, last) else timedelta(0)
        return between(calendar, at, last, step) if last >= at else -max(between(calendar, last, at, step), TICK)
    if target.days:
        return between(calendar, at, days_on(calendar, at, target.days), step)
    return target.budget


def between(calendar: Calendar, start: datetime, end: datetime, step: timedelta) -> timedelta:
    """What counts from *start* to *end*."""
    counted = timedelta(0)
    while start < end:
        counted += step if is_open(calendar, start) else timedelta(0)
        start += step
    return counted


def days_on(calendar: Calendar, at: datetime, days: int) -> datetime:
    """The same time on the wall, so many working dates on; from a date that is not worked, whole ones."""
    local, zone = at.astimezone(ZoneInfo(calendar.zone)), ZoneInfo(calendar.zone)
    early = local.hour * 60 + local.minute < _minute(calendar)  # it belongs to the date before
    today, one = local.date() - early * ONE_DAY, ONE_DAY if days > 0 else -ONE_DAY
    day = today
    for _ in range(abs(days)):
        day += one
        while not calendar.always and not _spans(calendar, day):
            day += one
    if calendar.always or _spans(calendar, today):
        return _on_the_wall(day + early * ONE_DAY, _kept(at, zone, days > 0), zone)
    edge = time(*divmod(_minute(calendar), 60))
    return _on_the_wall(day if days < 0 else day + ONE_DAY, edge, zone)


def _kept(at: datetime, zone: ZoneInfo, on: bool) -> time:
    """The time on the wall that is kept: where the clocks are put back, the end (or beginning) of what comes twice."""

    def shown(at: datetime) -> datetime:
        return at.astimezone(zone).replace(tzinfo=None, fold=0)

    for steps in range(4):  # half hours since the clocks were put back, or until they are
        before = at - (steps + 1) * HALF_HOUR if on else at + steps * HALF_HOUR
        first, second = shown(before), shown(before + HALF_HOUR)
        if second <= first:
            if on and shown(at) < first + HALF_HOUR:
                return (first + HALF_HOUR).time()
            if not on and shown(at) >= second:
                return second.time()
    return shown(at).time()


def _on_the_wall(day: date, wanted: time, zone: ZoneInfo) -> datetime:
    """The first instant of *day* at which the wall shows *wanted*; where that is skipped, the first after it."""
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) - ONE_DAY
    while (local := at.astimezone(zone)).date() <= day:
        if local.date() == day and local.time() == wanted:
            return at
        if local.date() == day and local.time() > wanted:
            return at
        at += HALF_HOUR
    return at
