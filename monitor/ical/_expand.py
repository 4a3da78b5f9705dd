"""Work out the entries of an iCalendar: also a program by itself, which `entries.py` runs with few seconds to live.

As a program it reads the file from standard input, takes two dates as arguments and writes JSON. It imports nothing of
tierwatch. One event that is wrong leaves the others alone.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

SECONDS = 6
"""Of the processor's time."""
MEMORY = 1_500_000_000
MOST = 30_000
"""Entries, each repetition by itself."""
_FOLLOWED = 300_000
"""Repetitions from the first one on, which are worked out one after another also before the dates that count."""
_STEP = {"HOURLY": timedelta(hours=1), "DAILY": timedelta(days=1)}
_FEWER = ("BYDAY", "BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS")
_LONGEST = 200


def expanded(content: bytes, since: date, until: date) -> dict[str, Any]:
    """`entries` and `unusable`; or `wrong` or `many` where the file cannot be read at all.

    An entry is [uid, name, start, end, cancelled, free, all day], an unusable one [name, day, why]; times are ISO 8601.
    """
    package, recurring = (importlib.import_module(name) for name in ("icalendar", "recurring_ical_events"))
    try:
        calendar = package.Calendar.from_ical(content)
        events = calendar.walk("VEVENT")
    except MemoryError:
        raise
    except Exception as error:  # the package has no common error for malformed input
        return {"wrong": _said(error)}
    problems = [(event, _problem(event) or _too_many(event, since, until)) for event in events]
    unusable = [_unusable(event, why) for event, why in problems if why]
    entries, failed = _followed(calendar, [event for event, why in problems if not why], recurring, (since, until))
    if len(entries) > MOST:
        return {"many": True}
    return {"entries": entries, "unusable": [*unusable, *failed]}


def _followed(
    calendar: Any, events: list[Any], recurring: Any, between: tuple[date, date]
) -> tuple[list[list[Any]], list[list[str]]]:
    """The entries of events, and the events whose rules cannot be followed."""
    others = [part for part in calendar.subcomponents if part.name != "VEVENT"]

    def follow(some: list[Any]) -> list[list[Any]]:
        calendar.subcomponents = [*others, *some]
        return [list(_entry(event)) for event in recurring.of(calendar).between(*between)]

    try:
        return follow(events), []
    except MemoryError:
        raise
    except Exception:  # of whichever event (the package has no common error here either): now each by itself
        by_uid: defaultdict[str, list[Any]] = defaultdict(list)
        for event in events:
            by_uid[_text(event, "UID")].append(event)
    entries: list[list[Any]] = []
    failed: list[list[str]] = []
    for some in by_uid.values():
        try:
            entries += follow(some)
        except MemoryError:
            raise
        except Exception as error:
            failed.append(_unusable(some[0], f"whose dates cannot be worked out ({_said(error)})"))
    return entries, failed


def _unusable(event: Any, why: str) -> list[str]:
    return [_text(event, "SUMMARY"), _day(event), why]


def _entry(event: Any) -> Iterator[Any]:
    yield _text(event, "UID")
    yield _text(event, "SUMMARY")
    yield event.start.isoformat()
    yield event.end.isoformat()
    yield _text(event, "STATUS").upper() == "CANCELLED"
    yield _text(event, "TRANSP").upper() == "TRANSPARENT"
    yield _text(event, "X-MICROSOFT-CDO-ALLDAYEVENT").upper() == "TRUE"


def _problem(event: Any) -> str:
    """Why an event cannot be used; nothing where it can."""
    if event.errors:
        key, what = event.errors[0]
        return f"with a wrong {key} ({_said(what)})"
    try:
        if "DTSTART" not in event:
            return f"without DTSTART ({_text(event, 'SUMMARY') or 'no summary'})"
        first = event["DTSTART"].dt
        end = event["DTEND"].dt if "DTEND" in event else first
        for key, at in (("DTSTART", first), ("DTEND", end)):
            zone = event[key].params.get("TZID") if key in event else None
            if zone and isinstance(at, datetime) and at.tzinfo is None:
                return f"in a zone that nobody knows ({_said(zone)})"
        if isinstance(first, datetime) is not isinstance(end, datetime):
            return "of which one end is a date and the other one a time"
        if isinstance(first, datetime) and (first.tzinfo is None) is not (end.tzinfo is None):
            return "of which only one end has a zone"
        if end < first:
            return f"that ends on {end} and begins on {first}"
        return _too_often(event)
    except Exception as error:  # a key that stands twice, or has a value of another kind
        return f"that cannot be read ({_said(error)})"


def _too_often(event: Any) -> str:
    rules = event.get("RRULE", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        often = str((rule.get("FREQ") or [""])[0]).upper()
        times = [len(rule.get(key) or [""]) for key in ("BYHOUR", "BYMINUTE", "BYSECOND")]
        if often in ("SECONDLY", "MINUTELY") or times[0] * times[1] * times[2] > 24:
            return "that repeats more often than every hour"
    return ""


def _too_many(event: Any, since: date, until: date) -> str:
    """Why a rule is not followed that nothing but COUNT and UNTIL ends: it comes too often, or began too long ago."""
    try:
        rules = event.get("RRULE", [])
        for rule in rules if isinstance(rules, list) else [rules]:
            length = _STEP.get(str((rule.get("FREQ") or [""])[0]).upper())
            if length is None or any(key in rule for key in _FEWER):
                continue
            times = len(rule.get("BYHOUR") or [""]) * len(rule.get("BYMINUTE") or [""])
            step = length * int((rule.get("INTERVAL") or [1])[0]) / times
            first, last = _date(event["DTSTART"].dt), min([until, *map(_date, rule.get("UNTIL") or [])])
            most = min(map(int, rule.get("COUNT") or [_FOLLOWED + 1]))
            if min(most, (last - max(first, since)) / step) > MOST:
                return f"that repeats more than {MOST:,} times"
            if min(most, (last - first) / step) > _FOLLOWED:
                return f"that repeats more than {_FOLLOWED:,} times since {first}"
        return ""
    except Exception as error:  # a part of the rule that has another kind of value
        return f"whose rule cannot be read ({_said(error)})"


def _date(at: date) -> date:
    return at.date() if isinstance(at, datetime) else at


def _day(event: Any) -> str:
    try:
        return str(event["DTSTART"].dt)[:10]
    except Exception:  # no date, or one that is wrong: that is what is being said
        return ""


def _text(event: Any, key: str) -> str:
    value = event.get(key, "")
    return str(value[0] if isinstance(value, list) and value else value).strip()[:_LONGEST]


def _said(error: object) -> str:
    return " ".join(str(error).split())[:_LONGEST] or type(error).__name__


def main(arguments: list[str]) -> None:
    """Read standard input and write what it holds."""
    import resource  # only here: not every system has it

    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    since, until = (date.fromisoformat(text) for text in arguments)
    json.dump(expanded(sys.stdin.buffer.read(), since, until), sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
