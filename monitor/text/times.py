"""Write lengths and instants exactly, so that a reader can add them up on paper. For terminal, page and log alike."""

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
    offset = there.strftime("%z")
    finer = _fraction(there.microsecond) if fraction else ""
    return f"{there:%Y-%m-%d %H:%M:%S}{finer}{offset[:3]}:{offset[3:5]}"


def shown_time(at: datetime, zone: str | tzinfo) -> str:
    """Local time as people read it: cut to the second, and so never later than it is."""
    return local_time(at, zone, fraction=False)


def _fraction(micros: int) -> str:
    return f".{micros:06}".rstrip("0") if micros else ""


def _zone(zone: str | tzinfo) -> tzinfo:
    if isinstance(zone, tzinfo):
        return zone
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC
