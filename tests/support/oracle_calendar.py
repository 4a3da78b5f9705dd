"""Say by looking at every minute what a calendar's text means: when time counts, and when N working days are over.

Shares no code with the calendar: it reads the hours as a policy file writes them, and looks at the wall clock of every
minute. Semantics 31 (working days), 43 (shifts) and 45 (local time).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Written:
    """A calendar as somebody writes it: `hours` by weekday, each span in minutes of the day (the end may be less)."""

    zone: str
    hours: Mapping[int, Sequence[tuple[int, int]]]
    closed: frozenset[date] = frozenset()
    by_end: bool = False
    begins: int = field(init=False)
    """When working dates begin, in minutes from midnight."""

    def __post_init__(self) -> None:
        across = [(a, b) for spans in self.hours.values() for a, b in spans if b < a and b != 0]
        begins = 0
        if across:
            begins = min(a for a, _ in across) - 1440 if self.by_end else max(b for _, b in across)
        object.__setattr__(self, "begins", begins)

    def text(self) -> str:
        hours = {
            WEEKDAYS[day]: "[" + ", ".join(f"{_clock(a)}-{_clock(b or 1440)}" for a, b in spans) + "]"
            for day, spans in self.hours.items()
        }
        lines = [f"zone: {self.zone}", "hours:", *(f"  {day}: {spans}" for day, spans in hours.items())]
        if self.by_end:
            lines.append("shift_belongs_to: end")
        if self.closed:
            lines.append(f"holidays: [{', '.join(str(day) for day in sorted(self.closed))}]")
        return "\n".join(lines) + "\n"

    def counts(self, at: datetime) -> bool:
        """Whether the minute that begins at *at* counts."""
        return self._shift(_wall(self.zone, at)) is not None

    def _shift(self, wall: datetime) -> date | None:
        """The working date of the shift in which the wall clock stands."""
        today = wall.date()
        for day in (today - DAY, today, today + DAY):
            if day in self.closed:
                continue
            for a, b in self.hours.get(day.weekday(), ()):
                first = day - DAY if self.by_end and b < a and b != 0 else day
                begin = datetime.combine(first, time(a // 60, a % 60))
                end = datetime.combine(first, time(b // 60, b % 60))
                if begin <= wall < (end + DAY if b <= a else end):
                    return day
        return None

    def date_of(self, at: datetime) -> date:
        """The working date to which an instant belongs."""
        return (_wall(self.zone, at) - timedelta(minutes=self.begins)).date()

    def worked(self, day: date) -> bool:
        """Whether any minute of a working date counts."""
        at = _utc_noon(day) - 2 * DAY
        return any(self._shift(_wall(self.zone, at + n * MINUTE)) == day for n in range(4 * 1440))

    def minutes(self, start: datetime, end: datetime) -> int:
        return sum(self.counts(start + n * MINUTE) for n in range((end - start) // MINUTE))

    def days_on(self, start: datetime, days: int, ending: str) -> datetime:
        """When so many working days from *start* are over; minute by minute."""
        today, step = self.date_of(start), 1 if days > 0 else -1
        day = today
        for _ in range(abs(days)):
            day += step * DAY
            while not self.worked(day):
                day += step * DAY
        if ending == "close_of_business":
            of_day = [at for at in self._around(day) if self._shift(_wall(self.zone, at)) == day]
            return max(of_day) + MINUTE if step > 0 else min(of_day)
        if ending == "end_of_day" or not self.worked(today):
            edge = day + DAY if step > 0 else day
            return self._reached(datetime.combine(edge, time(0)) + timedelta(minutes=self.begins), edge)
        wall = _wall(self.zone, start)
        if step > 0 and start.astimezone(ZoneInfo(self.zone)).fold:  # shown before: the end of what comes twice
            before = start
            while _wall(self.zone, before - MINUTE) < _wall(self.zone, before):
                before -= MINUTE
            wall = _wall(self.zone, before - MINUTE) + MINUTE
        if step < 0 and (twice := self._shown_again(start)) is not None:
            wall = twice
        return self._reached(wall + (day - today), day)

    def _shown_again(self, at: datetime) -> datetime | None:
        """The beginning of what comes twice, if the wall will show this minute again."""
        wall = _wall(self.zone, at)
        for n in range(1, 200):
            later = _wall(self.zone, at + n * MINUTE)
            if later < _wall(self.zone, at + (n - 1) * MINUTE):
                return later if later <= wall else None
        return None

    def _around(self, day: date) -> list[datetime]:
        noon = _utc_noon(day)
        return [noon - 2 * DAY + n * MINUTE for n in range(4 * 1440)]

    def _reached(self, wall: datetime, day: date) -> datetime:
        """The first minute at which the wall clock shows *wall*, or has gone past it."""
        return next(at for at in self._around(day) if _wall(self.zone, at) >= wall)


def _utc_noon(day: date) -> datetime:
    return datetime.combine(day, time(12), ZoneInfo("UTC"))


@lru_cache(maxsize=200_000)
def _wall(zone: str, at: datetime) -> datetime:
    """What the wall clock shows."""
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
