"""Count what is counted of several once more, from the whole list and by another way: the oracle of groups.

It knows no windows and no looks. It goes through local dates one by one to find periods, and plays what must happen as
a list of happenings in order of time. Calendars count around the clock here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from math import ceil
from zoneinfo import ZoneInfo

from monitor.history.group_record import Entry
from monitor.model import Period

TICK = timedelta(microseconds=1)
SHARES = (("used_50", Fraction(1, 2)), ("at_risk", Fraction(3, 4)), ("used_90", Fraction(9, 10)))


@dataclass(slots=True)
class Said:
    """What the oracle says of one period."""

    number: int
    start: datetime
    end: datetime
    counted: int = 0
    state: str = ""
    breached_at: datetime | None = None
    stopped_at: datetime | None = None
    crossed: dict[str, datetime] = field(default_factory=dict)
    total: int = 0


def _number(period: Period, day: date) -> int:
    if period is Period.DAY:
        return int(f"{day:%Y%m%d}")
    if period is Period.WEEK:
        return int(f"{day - timedelta(days=day.isoweekday() - 1):%Y%m%d}")
    if period is Period.MONTH:
        return int(f"{day:%Y%m}")
    return day.year * 10 + ceil(day.month / 3) if period is Period.QUARTER else day.year


def every_period(period: Period, zone: str, first: date, last: date) -> list[Said]:
    """The periods that touch the dates from *first* to *last*, found date by date, with a year and more around."""
    where, found = ZoneInfo(zone), list[Said]()
    day = date(first.year - 1, 1, 1)
    while day <= date(last.year + 2, 12, 31):
        begins = datetime.combine(day, time(0), where).astimezone(UTC)
        number = _number(period, day)
        if not found or found[-1].number != number:
            if found:
                found[-1].end = begins
            found.append(Said(number, begins, begins))
        day += timedelta(days=1)
    return found[1:-1]


def at_most(periods: Sequence[Said], entries: Sequence[Entry], allowed: int, once: bool, now: datetime) -> list[Said]:
    said = []
    for one in periods:
        mine = _within(entries, one.start, one.end, once, now)
        if not mine:
            continue
        one.counted = len(mine)
        for place, entry in enumerate(mine, 1):
            for name, share in SHARES:
                if allowed and place >= share * allowed:
                    one.crossed.setdefault(name, entry.at)
            if place > allowed and one.breached_at is None:
                one.breached_at = entry.at
        one.stopped_at = one.end if one.end <= now else None
        calm = "met" if one.stopped_at else "at_risk" if "at_risk" in one.crossed else "idle"
        one.state = "breached" if one.breached_at else calm
        said.append(one)
    return said


def _within(entries: Sequence[Entry], start: datetime, end: datetime, once: bool, now: datetime) -> list[Entry]:
    seen, found = set(), list[Entry]()
    for entry in sorted(entries, key=lambda one: (one.at, one.source, one.subject)):
        who = (entry.source, entry.subject)
        if start <= entry.at < end and entry.at <= now and not (once and who in seen):
            seen.add(who)
            found.append(entry)
    return found


def at_least(
    periods: Sequence[Said], entries: Sequence[Entry], wanted: int, begins: datetime, now: datetime,
    dues: Sequence[datetime] | None = None, made_up: bool = True,
) -> list[Said]:  # fmt: skip
    """What must happen *wanted* times in each period that begins at *begins* or later, or by the *dues* in them."""
    live = [(place, one) for place, one in enumerate(periods) if begins <= one.start <= now]
    given: dict[int, list[datetime]] = {place: [] for place, _ in live}
    used: dict[int, set[tuple[str, str]]] = {}
    for entry in sorted(entries, key=lambda one: (one.at, one.source, one.subject)):
        place = next((place for place, one in live if one.start <= entry.at < one.end), None)
        who = (entry.source, entry.subject)
        if place is None or entry.at > now or who in used.setdefault(place, set()):
            continue
        used[place].add(who)
        if dues is None:
            given[place].append(entry.at)
        else:
            mine = (place - 1, place) if made_up else (place,)
            owed = next((at for at in mine if at in given and len(given[at]) < wanted), None)
            if owed is not None:
                given[owed].append(entry.at)
    for place, one in live:
        due = one.end if dues is None else dues[place]
        late_from = one.end if due >= one.end else due + TICK
        mine = given[place]
        one.counted = len(mine)
        done = mine[wanted - 1] if len(mine) >= wanted else None
        if now >= late_from and (done is None or done >= late_from):
            one.breached_at = due
        over = periods[place + 1].end
        one.stopped_at = done if done is not None else over if one.breached_at and over <= now else None
        for name, share in SHARES:
            at = one.start + (due - one.start) * share.numerator / share.denominator
            if at <= now and at < due and (done is None or at < done):
                one.crossed[name] = at
        calm = "met" if one.stopped_at else "at_risk" if "at_risk" in one.crossed else "running"
        one.state = "breached" if one.breached_at else calm
    return [one for _, one in live]


def goal(periods: Sequence[Said], entries: Sequence[Entry], share: Fraction, once: bool, now: datetime) -> list[Said]:
    said = []
    for place, one in enumerate(periods):
        mine = _within(entries, one.start, one.end, once, now)
        if not mine:
            continue
        until = min(now, one.end - TICK)
        one.total = len(mine)
        one.counted = sum(entry.good_at is not None and entry.good_at <= until for entry in mine)
        for name, gone in SHARES:
            since = one.start + (one.end - one.start) * gone.numerator / gone.denominator
            for at in sorted({since, *_instants(mine, since)}):
                if since <= at <= until and _short(mine, at, share):
                    one.crossed[name] = at
                    break
        over, short = one.end <= now, _short(mine, until, share)
        one.breached_at = one.end if over and short else None
        stands = periods[place + 1].end
        one.stopped_at = (one.end if not short else stands if stands <= now else None) if over else None
        holds = short and "at_risk" in one.crossed
        calm = "met" if one.stopped_at else "at_risk" if holds else "running"
        one.state = "breached" if one.breached_at else calm
        said.append(one)
    return said


def _instants(entries: Sequence[Entry], since: datetime) -> Iterator[datetime]:
    for entry in entries:
        yield from (at for at in (entry.at, entry.good_at) if at is not None and at > since)


def _short(entries: Sequence[Entry], at: datetime, share: Fraction) -> bool:
    counted = [entry for entry in entries if entry.at <= at]
    good = sum(entry.good_at is not None and max(entry.good_at, entry.at) <= at for entry in counted)
    return bool(counted) and Fraction(good, len(counted)) < share
