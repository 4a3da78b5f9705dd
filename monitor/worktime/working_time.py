"""Count working time, and find the instant at which a given amount of it has been used.

A calendar compiles to sorted working spans with a running total, so that working time is a monotone function W(t) with
an inverse: elapsed = W(b) - W(a), deadline = W^-1(W(start) + budget). Both are binary searches.

Pure. The one surprise: an amount that is used up exactly at closing time is used up *at closing time*; `add` leaves it
there and does not name the next opening (`docs/concepts.md`, Conventions). `last` names that opening.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate

from monitor.errors import ConfigError
from monitor.model import DayEnd
from monitor.worktime.calendars import Because, Calendar, DayKind, Week
from monitor.worktime.closings import Closings
from monitor.worktime.local_time import DAY, EPOCH, TICK, LocalTime, instant, local_time_of, micros

_FIRST_YEAR, _LAST_YEAR = 1971, 2200
_FLOOR, _CEILING = ((datetime(year, 1, 1, tzinfo=UTC) - EPOCH) // TICK for year in (_FIRST_YEAR, _LAST_YEAR + 1))
_FIRST_DAY, _LAST_DAY = date(_FIRST_YEAR, 1, 1).toordinal(), date(_LAST_YEAR, 12, 31).toordinal()
_NOTHING = timedelta(0)
_ORDINAL = EPOCH.toordinal()
_EIGHT_YEARS = 8 * 366  # with a 29 February among them, also around 2200


@dataclass(frozen=True, slots=True)
class Table:
    """The compiled spans of some years, in microseconds since 1970.

    `totals[i]` is what has counted before span i, and the last total is all of it. Starts from `low` up to `high` (not
    included) have a year of spans on either side. `dates` are the ordinals of the dates on which time counts.
    """

    first_year: int = 0
    last_year: int = 0
    low: int = 0
    high: int = 0
    starts: Sequence[int] = ()
    ends: Sequence[int] = ()
    totals: Sequence[int] = (0,)
    dates: Sequence[int] = ()

    @property
    def columns(self) -> tuple[int, int, Sequence[int], Sequence[int], Sequence[int]]:
        return self.low, self.high, self.starts, self.ends, self.totals


class WorkingTime:
    """A compiled calendar: W(t) and its inverse.

    Compiles years when they are first needed and keeps them; results do not depend on that.
    Instants are aware datetimes of any zone, and aware UTC where they are given back; lengths are timedeltas. Both are
    exact to the microsecond. An instant without a zone is a TypeError, one outside the years 1971 to 2200 a ConfigError
    (except of a calendar that is `always`).
    """

    __slots__ = ("_always", "_closings", "_columns", "_dates_only", "_hours", "_table", "calendar")

    def __init__(self, calendar: Calendar) -> None:
        """Raises ConfigError for a calendar in which no time ever counts."""
        self.calendar = calendar
        self._always = calendar.always
        # Both are replaced as a whole, never altered, so that threads may share this object.
        self._table = Table()
        self._columns = self._table.columns
        self._dates_only: WorkingTime | None = None
        self._hours = self  # whose dates are counted, and whose openings and closings are meant
        self._closings = Closings(calendar.closings)
        if not calendar.always and not _ever_counts(calendar):
            raise ConfigError(
                f"calendar {calendar.name!r} has no weekly working time, so no deadline could ever be reached;"
                " write hours, or 24x7"
            )

    def __reduce__(self) -> tuple[Callable[..., WorkingTime], tuple[Calendar | WorkingTime]]:
        """The calendar alone: a copy compiles its years again."""
        return (WorkingTime, (self.calendar,)) if self._hours is self else (_dates_of, (self._hours,))

    def counted(self, start: datetime, end: datetime) -> timedelta:
        """Working time between two instants; zero if *end* is not after *start*."""
        since, until = start - EPOCH, end - EPOCH
        if until <= since:  # of the lengths: two instants of one zone are compared by the wall clock
            return _NOTHING
        if self._always:
            return until - since
        a = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
        b = (until.days * 86_400 + until.seconds) * 1_000_000 + until.microseconds
        low, high, starts, ends, totals = self._columns
        if not (low <= a and b < high):
            _, _, starts, ends, totals = self.table(a, b).columns
        # W(b) - W(a), written out: a call costs as much as the search
        i, j = bisect_right(starts, a), bisect_right(starts, b)
        counted = 0
        if j:
            closing = ends[j - 1]
            counted = totals[j - 1] - starts[j - 1] + (b if b < closing else closing)
        if i:
            closing = ends[i - 1]
            counted -= totals[i - 1] - starts[i - 1] + (a if a < closing else closing)
        return TICK * counted

    def add(self, start: datetime, length: timedelta) -> datetime:
        """The earliest instant, not before *start*, by which *length* of working time has counted.

        For a length of zero that is *start* itself, open or not. An amount that is used up at closing time gives the
        closing. Raises ConfigError where the answer lies beyond 2200.
        """
        since = start - EPOCH
        if length <= _NOTHING:
            return EPOCH + since
        if self._always:
            return EPOCH + (since + length)
        origin = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
        low, high, starts, ends, totals = self._columns
        if not low <= origin < high:
            _, _, starts, ends, totals = self.table(origin, origin).columns
        i = bisect_right(starts, origin)
        goal = (length.days * 86_400 + length.seconds) * 1_000_000 + length.microseconds
        if i:
            closing = ends[i - 1]
            goal += totals[i - 1] - starts[i - 1] + (origin if origin < closing else closing)
        if goal > totals[-1]:
            table, goal = self._reach(start, length)
            _, _, starts, ends, totals = table.columns
        j = bisect_left(totals, goal)
        return EPOCH + TICK * (ends[j - 1] - totals[j] + goal)

    def last(self, start: datetime, length: timedelta) -> datetime:
        """The latest instant at which no more than *length* has counted: the next opening, where `add` is a closing."""
        length = max(length, _NOTHING)
        if self._always:
            return EPOCH + (start - EPOCH + length)
        table, goal = self._reach(start, length, strictly=True)
        index = bisect_right(table.totals, goal)
        return instant(max(micros(start), table.starts[index - 1] + (goal - table.totals[index - 1])))

    @property
    def dates(self) -> WorkingTime:
        """The time of whole working dates: in it, N working days are the same length wherever they begin."""
        if self._dates_only is None:
            dates = self if self._always else WorkingTime(self._by_dates())
            dates._hours = self
            self._dates_only = dates
        return self._dates_only

    def _by_dates(self) -> Calendar:
        """The calendar of whole dates, without those that closings close."""
        found = self.calendar.by_dates
        if not self._closings:
            return found
        closed = {day: Because(DayKind.HOLIDAY, names) for day, names in self._closed_dates()}
        return replace(found, days={**found.days, **dict.fromkeys(closed, ())}, because={**found.because, **closed})

    def _closed_dates(self) -> Iterator[tuple[date, str]]:
        """The working dates of which closings leave nothing, with the names of these."""
        for day in self._closings.dates(self.calendar.zone):
            names = self.closed(day)
            if names and not self.hours_left(day):
                yield day, names

    def closed(self, day: date) -> str:
        """The names of the closings that take something of a working date's hours; nothing where none does."""
        if not self._closings or self.calendar.by_hand(day):
            return ""
        uncut = self._uncut(day, local_time_of(self.calendar.zone, day.year))
        names = (one.name for start, end in uncut for one in self._closings.within(start, end))
        return ", ".join(dict.fromkeys(name or "–" for name in names))

    def lost(self, day: date, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """What closings take of a working date's hours between two instants, oldest first."""
        since, until = micros(start), micros(end)
        for opening, closing in self._uncut(day, local_time_of(self.calendar.zone, day.year)):
            at = opening
            for a, b in (*self._closings.cut([(opening, closing)]), (closing, closing)):
                if max(at, since) < min(a, until):
                    yield instant(max(at, since)), instant(min(a, until))
                at = b

    def hours_left(self, day: date) -> bool:
        """Whether any time counts on a working date, its closings considered."""
        return bool(self._shown(day, local_time_of(self.calendar.zone, day.year)))

    def subtract(self, end: datetime, length: timedelta) -> datetime:
        """The latest instant from which *length* of working time still counts until *end*: an opening, not a closing.

        For a length of zero that is *end* itself. Raises ConfigError where the answer lies before 1971.
        """
        if length <= _NOTHING or self._always:
            return EPOCH + (end - EPOCH - max(length, _NOTHING))
        until = micros(end)
        table = self.table(until, until)
        while (goal := _total(table, until) - length // TICK) < 0:
            if table.first_year < _FIRST_YEAR:
                raise ConfigError(
                    f"calendar {self.calendar.name!r}: {length} of working time before {end:%Y-%m-%d} is not reached"
                    f" after {_FIRST_YEAR}; give the calendar more hours or the target a smaller budget"
                )
            more = 1 + (table.last_year - table.first_year) // 2
            table = self._compile(max(_FIRST_YEAR - 1, table.first_year - more), table.last_year)
        index = bisect_right(table.totals, goal)
        return instant(table.starts[index - 1] + (goal - table.totals[index - 1]))

    def spans_between(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The stretches from *start* to *end* in which time counts, oldest first."""
        since, until = micros(start), micros(end)
        if until <= since:
            return
        if self._always:
            yield instant(since), instant(until)
            return
        table = self.table(since, until)
        for index in range(max(0, bisect_right(table.starts, since) - 1), len(table.starts)):
            if table.starts[index] >= until:
                return
            a, b = max(since, table.starts[index]), min(until, table.ends[index])
            if a < b:
                yield instant(a), instant(b)

    def add_days(self, start: datetime, days: int, ending: DayEnd = DayEnd.SAME_TIME) -> datetime:
        """The end of the *days*-th working date after the one of *start* (before it, if below zero; semantics 31).

        A working date is one on which time counts. From a date that is not worked, whole dates are counted, and the end
        of the last one is found; from one that is worked, *ending* says where the last one ends: at the local time of
        day of *start*, at its close, or at its end. Backwards these are the mirror images: its opening, its beginning.
        A later *start* never gives an earlier instant: a time that the zone skips is the instant that skips it, one
        that comes twice is the first (and of a start in its second pass, the end of both).
        """
        if not days:
            return EPOCH + (start - EPOCH)
        calendar, at, step = self.calendar, micros(start), 1 if days > 0 else -1
        wall = local_time_of(calendar.zone, start.year)
        local = wall.local(at)
        today, worked = self._date_of(local), True
        if self._always:
            found = today + days
        else:
            dates = self._hours._dates(start, days, today)
            place = bisect_left(dates, today)
            worked = place < len(dates) and dates[place] == today
            found = dates[place - 1 + worked + days if days > 0 else place + days]
        if not _FIRST_DAY <= found <= _LAST_DAY:
            raise self._too_many(start, days)
        day = date.fromordinal(found)
        there = wall if start.year == day.year else local_time_of(calendar.zone, day.year)
        if ending is DayEnd.CLOSE_OF_BUSINESS and not self._always:
            hours = self._hours._shown(day, there)
            return instant(hours[-1][1] if step > 0 else hours[0][0])
        if worked and ending is DayEnd.SAME_TIME:
            twice = wall.twice(at, step > 0)
            wanted = (local if twice is None else twice) + (found - today) * DAY
            if calendar.seasons:  # dates of two seasons may begin at two times of day: no further than the date goes
                wanted = min(max(wanted, self._begins(day)), self._begins(day + timedelta(days=1)))
            return instant(there.first(wanted))
        edge = day if step < 0 else day + timedelta(days=1)
        return instant(there.first(self._begins(edge)))

    def _begins(self, day: date) -> int:
        """When a working date begins, by the wall clock."""
        return (day.toordinal() - _ORDINAL) * DAY + self.calendar.begins(day) // TICK

    def same_day(self, start: datetime, ending: DayEnd) -> datetime:
        """The end of the working date of *start*: its close, or its end where *ending* says so.

        Where that date is not worked, or has closed by *start*, it is the end of the next working date. A later *start*
        never gives an earlier instant.
        """
        today = self._date_of(local_time_of(self.calendar.zone, start.year).local(micros(start)))
        dates: Sequence[int] = (today, today + 1)
        if not self._always:
            dates = self._hours._dates(start, 2, today)
            place = bisect_left(dates, today)
            dates = dates[place : place + 2]
        ends = (self._end_of(found, ending, start) for found in dates)
        return next(end for end in ends if end > start)

    def _end_of(self, found: int, ending: DayEnd, start: datetime) -> datetime:
        """The close of a working date, or its end."""
        if not _FIRST_DAY <= found <= _LAST_DAY:
            raise self._too_many(start, 0)
        day = date.fromordinal(found)
        there = local_time_of(self.calendar.zone, day.year)
        if ending is DayEnd.CLOSE_OF_BUSINESS and not self._always:
            return instant(self._hours._shown(day, there)[-1][1])
        edge = day + timedelta(days=1)
        return instant(there.first((edge.toordinal() - _ORDINAL) * DAY + self.calendar.hours_of(edge)[1] // TICK))

    def _date_of(self, local: int) -> int:
        """The ordinal of the working date to which a local time belongs."""
        day, of_day = divmod(local, DAY)
        calendar = self.calendar
        if not calendar.day_begins and not calendar.later and not calendar.seasons:
            return day + _ORDINAL
        today = date.fromordinal(day + _ORDINAL)
        if of_day < calendar.begins(today) // TICK:
            return today.toordinal() - 1
        begins = calendar.begins(today + timedelta(days=1)) // TICK
        return today.toordinal() + (of_day >= DAY + begins)

    def _dates(self, start: datetime, days: int, today: int) -> Sequence[int]:
        """The ordinals of working dates, with at least *days* of them after (or before) *today*."""
        at = micros(start)
        table = self.table(at, at)
        while True:
            after, before = len(table.dates) - bisect_right(table.dates, today), bisect_left(table.dates, today)
            if (days > 0 and after >= days) or (days < 0 and before >= -days):
                return table.dates
            first, last = table.first_year, table.last_year
            if (last >= _LAST_YEAR) if days > 0 else (first <= _FIRST_YEAR - 1):
                raise self._too_many(start, days)
            more = 1 + (last - first) // 2
            if days > 0:
                table = self._compile(first, min(_LAST_YEAR, last + more))
            else:
                table = self._compile(max(_FIRST_YEAR - 1, first - more), last)

    def _too_many(self, start: datetime, days: int) -> ConfigError:
        return ConfigError(
            f"calendar {self.calendar.name!r}: {abs(days)} working days {'after' if days > 0 else 'before'}"
            f" {start:%Y-%m-%d} are not between {_FIRST_YEAR} and {_LAST_YEAR}; write fewer days"
        )

    def table(self, first: int, last: int) -> Table:
        """The compiled spans around two instants (microseconds since 1970) and at least a year on either side."""
        known = self._table
        if known.low <= first and last < known.high:
            return known
        if first < _FLOOR or last >= _CEILING:
            raise ConfigError(
                f"calendar {self.calendar.name!r} counts from {_FIRST_YEAR} to {_LAST_YEAR}, and was asked about an"
                " instant outside; correct that date"
            )
        low, high = instant(first).year - 1, instant(last).year + 1
        if known.last_year:
            low, high = min(low, known.first_year), max(high, known.last_year)
        return self._compile(low, high)

    def _reach(self, start: datetime, length: timedelta, strictly: bool = False) -> tuple[Table, int]:
        """W(start) + length, and a table with enough years that its total reaches it (or, strictly, passes it)."""
        origin = micros(start)
        table = self.table(origin, origin)
        while True:
            goal = _total(table, origin) + length // TICK
            if table.totals[-1] >= goal + strictly:
                return table, goal
            if table.last_year >= _LAST_YEAR:
                raise ConfigError(
                    f"calendar {self.calendar.name!r}: {length} of working time after {start:%Y-%m-%d} is not reached"
                    f" before {_LAST_YEAR}; give the calendar more hours or the target a smaller budget"
                )
            more = 1 + (table.last_year - table.first_year) // 2
            table = self._compile(table.first_year, min(_LAST_YEAR, table.last_year + more))

    def _compile(self, first_year: int, last_year: int) -> Table:
        """Lay out every working date of the years by the wall clock, and the whole by real time (semantics 45)."""
        wall = LocalTime(self.calendar.zone, first_year - 1, last_year + 1)
        found: list[tuple[int, int]] = []
        dates: list[int] = []
        day = date(first_year, 1, 1)
        while day.year <= last_year:
            spans = self._shown(day, wall)
            if spans:
                dates.append(day.toordinal())
                found += spans
            day += timedelta(days=1)
        found.sort()  # where the clocks are put back, two dates may overlap
        starts: list[int] = []
        ends: list[int] = []
        for start, end in found:
            if starts and start <= ends[-1]:
                ends[-1] = max(end, ends[-1])
            else:
                starts.append(start)
                ends.append(end)
        totals = [0, *accumulate(b - a for a, b in zip(starts, ends, strict=True))]
        low, high = (micros(datetime(year, 1, 1, tzinfo=UTC)) for year in (first_year + 1, last_year))
        table = Table(first_year, last_year, low, high, starts, ends, totals, dates)
        self._table, self._columns = table, table.columns
        return table

    def _shown(self, day: date, wall: LocalTime) -> list[tuple[int, int]]:
        """The stretches of real time that count for a working date, oldest first."""
        found = self._uncut(day, wall)
        return self._closings.cut(found) if self._closings and found and not self.calendar.by_hand(day) else found

    def _uncut(self, day: date, wall: LocalTime) -> list[tuple[int, int]]:
        """The same without closings."""
        midnight = (day.toordinal() - _ORDINAL) * DAY
        return sorted(
            part for start, end in self.calendar.layout(day) for part in wall.shown(midnight + start, midnight + end)
        )


def _ever_counts(calendar: Calendar) -> bool:
    """Whether there is time that counts again and again: by the usual hours, or by seasons of every year."""
    if not any(any(week.values()) for week in _weeks(calendar)):
        return False
    if not calendar.seasons and not calendar.yearly:
        return True
    last = date.fromordinal(_LAST_DAY)  # no season with years and no list reaches so far
    return any(calendar.spans(last - timedelta(days=n)) for n in range(_EIGHT_YEARS))


def _weeks(calendar: Calendar) -> Iterator[Week]:
    yield calendar.weekly
    yield from (hours for _, hours, _ in calendar.later)
    yield from (season.hours for season in calendar.seasons)


def _total(table: Table, at: int) -> int:
    """W(at): microseconds counted from the first compiled span until *at*."""
    index = bisect_right(table.starts, at)
    if index == 0:
        return 0
    return table.totals[index - 1] + min(at, table.ends[index - 1]) - table.starts[index - 1]


def _dates_of(hours: WorkingTime) -> WorkingTime:
    return hours.dates
