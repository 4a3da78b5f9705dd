"""Count readings by month: promises begun, kept, broken and cancelled, and the lateness of the broken ones.

Pure, linear in the number of readings; a reading is not kept once it has been added. A row is a month of the site's
zone, a source, a tier, an assurance (those of the clock's last term) and a target.

**The rule of months** (decision 0021). A clock is in one of four conditions, and in a month's row

    carried + started = met + breached + cancelled + open

`started` counts by `started_at`. A clock leaves the account once, in the month in which its outcome became true: kept
and cancelled ones by `stopped_at`, late ones when the budget was first exceeded, whether or not they run on. `open` is
what is neither kept, late nor cancelled by the month's end, and the next month's `carried`. What begins at the very
instant between two months belongs to the later one, what ends at it to the earlier.

The one surprise: a deadline at closing time on the last day of a month is exceeded, and so counts, when time counts
again, in the next month. Counted by its deadline it would be in neither report: at the month's end nobody could know.

**Excluded** is wall time, not the calendar's, in which clocks were paused, by reason, in the month in which it lies.
**Lateness** is the counted time beyond the budget in force last, when the clock stopped, or for one that runs on at the
instant of the reading; in the month of the breach. A budget that counts times has no lateness. Percentiles are exact:
the nearest rank of the whole list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from monitor.clock import Reading
from monitor.model import Life, Measure, State
from monitor.worktime import TICK

ZERO = timedelta(0)
SHARES = (50, 90, 95, 99)
"""The percentiles of lateness that are shown."""


class Month(NamedTuple):
    """A month of some zone's calendar; in order."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"

    @property
    def after(self) -> Month:
        return Month(self.year + 1, 1) if self.number == 12 else Month(self.year, self.number + 1)

    def begins(self, zone: ZoneInfo) -> datetime:
        """The first instant of the month in *zone*, in UTC."""
        return datetime(self.year, self.number, 1, tzinfo=zone).astimezone(UTC)


def month_of(at: datetime, zone: ZoneInfo) -> Month:
    """The month in which *at* lies in *zone*; the instant at which one begins belongs to it."""
    local = at.astimezone(zone)
    return Month(local.year, local.month)


class Group(NamedTuple):
    """What a row is about, beside its month."""

    source: str
    tier: str
    assurance: str
    target: str


@dataclass(frozen=True, slots=True)
class Row:
    """One month of one group. `lateness` is sorted; `first_sight` are those of the month's outcomes whose clock nobody
    said the beginning of; `by_supplier` counts, per supplier, the breaches that its contract (UC) caused, `from_uc`
    counts each such breach once."""

    month: Month
    group: Group
    carried: int
    started: int
    met: int
    breached: int
    cancelled: int
    open: int
    excluded: Mapping[str, timedelta]
    lateness: Sequence[timedelta]
    from_uc: int
    by_supplier: Mapping[str, int]
    first_sight: int

    @property
    def excluded_in_all(self) -> timedelta:
        return sum(self.excluded.values(), ZERO)

    @property
    def latest(self) -> timedelta | None:
        return self.lateness[-1] if self.lateness else None

    def late(self, share: int) -> timedelta | None:
        """The lateness that *share* percent of the late clocks did not exceed; None where none is known."""
        return nearest_rank(self.lateness, share)


def nearest_rank(values: Sequence[timedelta], share: int) -> timedelta | None:
    """The smallest of the sorted *values* that at least *share* percent of them do not exceed; None of nothing."""
    return values[max(0, -(-share * len(values) // 100) - 1)] if values else None


def ended(reading: Reading) -> tuple[str, datetime] | None:
    """How a clock left the account, and the first instant at which that was true; None while it is open."""
    if reading.state is State.BREACHED:
        assert reading.breached_at is not None
        if reading.target.measure is not Measure.TIME or reading.calendar is None:
            return "breached", reading.breached_at
        return "breached", reading.calendar.last(reading.breached_at, ZERO) + TICK
    if reading.open:
        return None
    assert reading.stopped_at is not None
    return ("cancelled" if reading.state is State.CANCELLED else "met"), reading.stopped_at


@dataclass(slots=True)
class _Sums:
    """One month of one group while it is added up; never leaves this file."""

    started: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    excluded: dict[str, timedelta] = field(default_factory=dict)
    lateness: list[timedelta] = field(default_factory=list)
    from_uc: int = 0
    by_supplier: Counter[str] = field(default_factory=Counter)
    first_sight: int = 0

    def merge(self, other: _Sums) -> None:
        self.started += other.started
        self.outcomes.update(other.outcomes)
        for reason, length in other.excluded.items():
            self.excluded[reason] = self.excluded.get(reason, ZERO) + length
        self.lateness += other.lateness
        self.from_uc += other.from_uc
        self.by_supplier.update(other.by_supplier)
        self.first_sight += other.first_sight


class Tally:
    """Sums of readings. What it keeps grows with the rows and with the number of late clocks, by one length each."""

    __slots__ = ("_begins", "_ends", "_month", "_sums", "_zone")

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._sums: dict[Group, dict[Month, _Sums]] = {}
        self._month = Month(1970, 1)  # the month asked for last: the next instant mostly lies in the same one
        self._begins = self._ends = self._month.begins(zone)

    def _month_of(self, at: datetime) -> Month:
        if not self._begins <= at < self._ends:
            self._month = month_of(at, self._zone)
            self._begins, self._ends = self._month.begins(self._zone), self._month.after.begins(self._zone)
        return self._month

    def add(self, source: str, reading: Reading) -> None:
        """Count one cycle of a clock."""
        group = Group(source, reading.tier, reading.assurance, reading.target.name)
        months = self._sums.setdefault(group, {})
        began = self._month_of(reading.started_at)
        _of(months, began).started += 1
        outcome = ended(reading)
        if outcome is not None:
            what, at = outcome
            sums = _of(months, max(began, self._month_of(at - TICK)))
            sums.outcomes[what] += 1
            sums.first_sight += reading.first_sight
            if what == "breached":
                _add_breach(sums, reading)
        for part in reading.intervals:
            if part.life is Life.PAUSED:
                for month, length in self._pieces(part.start, part.end):
                    excluded, reason = _of(months, month).excluded, part.reason or "no reason"
                    excluded[reason] = excluded.get(reason, ZERO) + length

    def _pieces(self, start: datetime, end: datetime) -> Iterator[tuple[Month, timedelta]]:
        """The stretch from *start* to *end*, cut where months begin."""
        month, last = self._month_of(start), self._month_of(end)
        while month < last:
            cut = month.after.begins(self._zone)
            yield month, cut - start
            month, start = month.after, cut
        if start < end:
            yield month, end - start

    def merge(self, other: Tally) -> None:
        """Add what another tally of the same zone has counted."""
        for group, months in other._sums.items():
            mine = self._sums.setdefault(group, {})
            for month, sums in months.items():
                _of(mine, month).merge(sums)

    def rows(self) -> tuple[Row, ...]:
        """Every month of every group from its first one on, while it has anything to say; by month, then by group."""
        newest = max((month for months in self._sums.values() for month in months), default=None)
        found = [row for group, months in self._sums.items() for row in _rows(group, months, newest)]
        return tuple(sorted(found, key=lambda row: (row.month, row.group)))

    def month(self, month: Month) -> tuple[Row, ...]:
        """The rows of one month, by group."""
        found = (row for group, months in self._sums.items() for row in _rows(group, months, month))
        return tuple(sorted((row for row in found if row.month == month), key=lambda row: row.group))


def _of(months: dict[Month, _Sums], month: Month) -> _Sums:
    found = months.get(month)
    if found is None:
        found = months[month] = _Sums()
    return found


def _add_breach(sums: _Sums, reading: Reading) -> None:
    if reading.target.measure is Measure.TIME:
        sums.lateness.append(max(ZERO, reading.counted - reading.target.budget))
    causes = reading.caused_by
    sums.from_uc += bool(causes)
    sums.by_supplier.update(leg.party for leg in causes)


def _rows(group: Group, months: Mapping[Month, _Sums], until: Month | None) -> Iterator[Row]:
    month, carried = min(months), 0
    while until is not None and month <= until:
        sums = months.get(month)
        if sums is not None or carried:
            row = _row(month, group, carried, sums or _Sums())
            carried = row.open
            yield row
        month = month.after


def _row(month: Month, group: Group, carried: int, sums: _Sums) -> Row:
    outcomes = sums.outcomes
    return Row(
        month=month,
        group=group,
        carried=carried,
        started=sums.started,
        met=outcomes["met"],
        breached=outcomes["breached"],
        cancelled=outcomes["cancelled"],
        open=carried + sums.started - outcomes.total(),
        excluded=dict(sorted(sums.excluded.items())),
        lateness=sorted(sums.lateness),
        from_uc=sums.from_uc,
        by_supplier=dict(sorted(sums.by_supplier.items())),
        first_sight=sums.first_sight,
    )
