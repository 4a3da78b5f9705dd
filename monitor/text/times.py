"""Write lengths and instants exactly, so that a reader can add them up on paper. For terminal and page alike.

Whoever writes an instant for people gives the zone of its reader, and writes it with one of these functions.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_SECOND = timedelta(seconds=1)


def exact_length(length: timedelta) -> str:
    """Hours:minutes:seconds, with a fraction where there is one; hours beyond 24 are not folded into days."""
    whole, rest = divmod(abs(length), _SECOND)
    sign = "-" if length < timedelta(0) else ""
    return f"{sign}{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}{_fraction(rest.microseconds)}"


def local_time(at: datetime, zone: str | tzinfo, *, fraction: bool = True) -> str:
    """Local time with the offset from UTC that held then: 2026-03-02 12:00:00+08:00. UTC where no zone has the name.

    To the second, or finer where the instant is not a whole one and *fraction* is set. Commands read this form again.
    """
    there = at.astimezone(_zone(zone))
    finer = _fraction(there.microsecond) if fraction else ""
    return f"{there:%Y-%m-%d %H:%M:%S}{finer}{_offset(there)}"


def shown_time(at: datetime, zone: str | tzinfo) -> str:
    """Local time as people read it: cut to the second, and so never later than it is."""
    return local_time(at, zone, fraction=False)


def whole_seconds(at: datetime, zone: str | tzinfo) -> datetime:
    """The instant as local time, cut to the second, for whoever formats it by themselves."""
    return at.astimezone(_zone(zone)).replace(microsecond=0)


def written_time(at: datetime, zone: str | tzinfo, now: datetime) -> str:
    """Local time beside a line that names the zone: the time alone on the day of *now*, to the minute on another day.

    The offset from UTC follows where it is not the one that holds at *now*, and where the local time comes twice.
    """
    there, present = at.astimezone(_zone(zone)), now.astimezone(_zone(zone))
    text = f"{there:%H:%M:%S}" if there.date() == present.date() else f"{there:%Y-%m-%d %H:%M}"
    plain = there.utcoffset() == present.utcoffset() and not comes_twice(at, zone)
    return text if plain else f"{text}{_offset(there)}"


def time_of_day(at: datetime, zone: str | tzinfo) -> str:
    """The local time of day, with its offset where that local time comes twice."""
    there = at.astimezone(_zone(zone))
    return f"{there:%H:%M:%S}{_offset(there) if comes_twice(at, zone) else ''}"


def shown_zone(zone: str, at: datetime) -> str:
    """A zone with its offset from UTC at *at*: Asia/Shanghai (UTC+08:00). UTC alone has none beside it."""
    offset = _offset(at.astimezone(_zone(zone)))
    return zone if zone == "UTC" else f"{zone} (UTC{offset})"


def comes_twice(at: datetime, zone: str | tzinfo) -> bool:
    """Whether another instant has the same local time, for the clocks are put back around it."""
    there = at.astimezone(_zone(zone))
    other = there.replace(fold=1 - there.fold)
    before, after = sorted((there, other), key=lambda one: one.fold)
    first, second = before.utcoffset(), after.utcoffset()
    return first is not None and second is not None and first > second


def _offset(there: datetime) -> str:
    offset = f"{there:%z}"
    return f"{offset[:3]}:{offset[3:5]}"


def _fraction(micros: int) -> str:
    return f".{micros:06}".rstrip("0") if micros else ""


def _zone(zone: str | tzinfo) -> tzinfo:
    if isinstance(zone, tzinfo):
        return zone
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC
