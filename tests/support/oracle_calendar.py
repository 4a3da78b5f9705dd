"""Say by looking at every minute what a calendar's text means: when time counts, and when N working days are over.

Shares no code with the calendar: it reads the hours as a policy file writes them, and looks at the wall clock of every
minute. Semantics 31 (working days), 43 (shifts) and 45 (local time); seasons, dates of every year and half days of a
feed by decisions 0066 and 0067.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


Hours = Mapping[int, Sequence[tuple[int, int]]]


@dataclass(frozen=True)
class Season:
    """Other hours from one date to another, both included: `10-20`, or `2025-10-20`."""

    first: str
    last: str
    hours: Hours

    def has(self, day: date) -> bool:
        if len(self.first) == 10:
            return date.fromisoformat(self.first) <= day <= date.fromisoformat(self.last)
        return f"{day:%m-%d}" in _every_day(self.first, self.last)


@lru_cache
def _every_day(first: str, last: str) -> frozenset[str]:
    """Every day of the year that is met on a walk from the first to the last."""
    walked = [date.fromisoformat(f"2000-{first}")]
    while f"{walked[-1]:%m-%d}" != last:
        walked.append(walked[-1] + DAY)
    return frozenset(f"{day:%m-%d}" for day in walked)


@dataclass(frozen=True)
class Written:
    """A calendar as somebody writes it: `hours` by weekday, each span in minutes of the day (the end may be less).

    `every_year` are dates such as `12-24` with their spans; without spans they are holidays, with spans set by hand.
    `half_days` are stretches of real time that a feed closes. With all edges on half hours, a `stride` of 30 minutes
    is enough.
    """

    zone: str
    hours: Hours
    closed: frozenset[date] = frozenset()
    by_end: bool = False
    seasons: tuple[Season, ...] = ()
    every_year: Mapping[str, Sequence[tuple[int, int]]] = field(default_factory=dict)
    half_days: tuple[tuple[datetime, datetime], ...] = ()
    stride: timedelta = MINUTE
    _known: dict[date, Sequence[tuple[int, int]]] = field(default_factory=dict, compare=False, repr=False)

    @property
    def always(self) -> bool:
        """Whether all time counts."""
        return not self.seasons and all(list(self.hours.get(day, ())) == [(0, 0)] for day in range(7))

    def hours_of(self, day: date) -> Hours:
        """The hours of the time of the year; a season with years holds over one of every year."""
        found = [season for season in self.seasons if season.has(day)]
        return max(found, key=lambda season: len(season.first)).hours if found else self.hours

    def begins(self, day: date) -> int:
        """When a working date begins, in minutes from midnight: no earlier than the last night shift before ends."""
        own, before = (self._begins(self.hours_of(one)) for one in (day, day - DAY))
        return own if self.by_end else max(own, before)

    def _begins(self, hours: Hours) -> int:
        across = [(a, b) for spans in hours.values() for a, b in spans if b < a and b != 0]
        if not across:
            return 0
        return min(a for a, _ in across) - 1440 if self.by_end else max(b for _, b in across)

    def spans(self, day: date) -> Sequence[tuple[int, int]]:
        if day not in self._known:
            by_hand = self.every_year.get(f"{day:%m-%d}")
            closed = day in self.closed or by_hand is not None
            self._known[day] = by_hand or (() if closed else self.hours_of(day).get(day.weekday(), ()))
        return self._known[day]

    def text(self) -> str:
        """The calendar in a policy file; `half.ics` holds the half days."""
        lines = [f"zone: {self.zone}"]
        lines += ["hours: 24x7"] if self.always else ["hours:", *(f"  {line}" for line in _lines(self.hours))]
        if self.by_end:
            lines.append("shift_belongs_to: end")
        if self.seasons:
            lines.append("seasons:")
        for season in self.seasons:
            lines += [f"  - from: {season.first}", f"    to: {season.last}", "    hours:"]
            lines += [f"      {line}" for line in _lines(season.hours)]
        yearly = sorted(self.every_year.items())
        holidays = [*(str(day) for day in sorted(self.closed)), *(day for day, spans in yearly if not spans)]
        if self.half_days:
            holidays.append("{ics: half.ics}")
        if holidays:
            lines.append(f"holidays: [{', '.join(holidays)}]")
        by_hand = [f"  - {{date: {day}, hours: {_list(spans)}, reason: so it is}}" for day, spans in yearly if spans]
        return "\n".join([*lines, *(["days:", *by_hand] if by_hand else [])]) + "\n"

    def feed(self) -> str:
        """What stands in `half.ics`."""
        events = "".join(
            f"BEGIN:VEVENT\r\nUID:{number}\r\nSUMMARY:half day\r\nDTSTART:{start:%Y%m%dT%H%M%SZ}\r\n"
            f"DTEND:{end:%Y%m%dT%H%M%SZ}\r\nEND:VEVENT\r\n"
            for number, (start, end) in enumerate(self.half_days)
        )
        return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{events}END:VCALENDAR\r\n"

    def counts(self, at: datetime) -> bool:
        """Whether the minute that begins at *at* counts."""
        return any(True for _ in self._dates(at))

    def _dates(self, at: datetime) -> Iterator[date]:
        """The working dates for whose shifts the minute that begins at *at* counts."""
        wall = _wall(self.zone, at)
        closed = any(start <= at < end for start, end in self.half_days)
        today = wall.date()
        for day in (today - DAY, today, today + DAY):
            if closed and not self.every_year.get(f"{day:%m-%d}"):
                continue
            for a, b in self.spans(day):
                first = day - DAY if self.by_end and b < a and b != 0 else day
                begin = datetime.combine(first, time(a // 60, a % 60))
                end = datetime.combine(first, time(b // 60, b % 60))
                if begin <= wall < (end + DAY if b <= a else end):
                    yield day

    def date_of(self, at: datetime) -> date:
        """The working date to which an instant belongs."""
        wall = _wall(self.zone, at)
        return max(
            day
            for day in (wall.date() + n * DAY for n in (-1, 0, 1))
            if datetime.combine(day, time(0)) + timedelta(minutes=self.begins(day)) <= wall
        )

    def worked(self, day: date) -> bool:
        """Whether any minute of a working date counts."""
        return bool(self.spans(day)) and any(day in self._dates(at) for at in self._around(day))

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
            of_day = [at for at in self._around(day) if day in self._dates(at)]
            return max(of_day) + self.stride if step > 0 else min(of_day)
        if ending == "end_of_day" or not self.worked(today):
            edge = day + DAY if step > 0 else day
            return self._reached(datetime.combine(edge, time(0)) + timedelta(minutes=self.begins(edge)), edge)
        wall = _wall(self.zone, start)
        if step > 0 and start.astimezone(ZoneInfo(self.zone)).fold:  # shown before: the end of what comes twice
            before = start
            while _wall(self.zone, before - self.stride) < _wall(self.zone, before):
                before -= self.stride
            wall = _wall(self.zone, before - self.stride) + self.stride
        if step < 0 and (twice := self._shown_again(start)) is not None:
            wall = twice
        begin, end = (datetime.combine(one, time(0)) + timedelta(minutes=self.begins(one)) for one in (day, day + DAY))
        return self._reached(min(max(wall + (day - today), begin), end), day)

    def same_day(self, start: datetime, ending: str) -> datetime:
        """When the same working day ends; the next one's where the date is not worked, or has closed."""
        day = self.date_of(start)
        while True:
            if self.worked(day):
                if ending == "close_of_business":
                    due = max(at for at in self._around(day) if day in self._dates(at)) + self.stride
                else:
                    edge = day + DAY
                    due = self._reached(datetime.combine(edge, time(0)) + timedelta(minutes=self.begins(edge)), edge)
                if due > start:
                    return due
            day += DAY

    def _shown_again(self, at: datetime) -> datetime | None:
        """The beginning of what comes twice, if the wall will show this minute again."""
        wall = _wall(self.zone, at)
        for n in range(1, 200):
            later = _wall(self.zone, at + n * self.stride)
            if later <= _wall(self.zone, at + (n - 1) * self.stride):
                return later if later <= wall else None
        return None

    def _around(self, day: date) -> list[datetime]:
        noon = _utc_noon(day)
        return [noon - 2 * DAY + n * self.stride for n in range(4 * DAY // self.stride)]

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


def _lines(hours: Hours) -> Iterator[str]:
    yield from (f"{WEEKDAYS[day]}: {_list(spans)}" for day, spans in hours.items())


def _list(spans: Sequence[tuple[int, int]]) -> str:
    return "[" + ", ".join(f"{_clock(a)}-{_clock(b or 1440)}" for a, b in spans) + "]"
