"""Read an iCalendar: a list of entries with their times, and of those that cannot be used and why.

A shell: imports packages when they are first needed, and starts a process. The one surprise: a rule such as every
second, or a file of a million events, would be worked on for hours. So a file that is large or has rules is read by
`_expand.py` in a process of its own, which is given few seconds and little memory.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from monitor.ical import _expand
from monitor.text import one_line

PROGRAM = Path(_expand.__file__)
LARGEST = 5_000_000
"""Bytes; a larger file is not read at all."""
_SMALL = 200_000
_PATIENCE = 60.0  # seconds on the wall; the limit that counts is that of the processor's time, `_expand.SECONDS`
_RULE = re.compile(rb"R(?:\r?\n[ \t])?U(?:\r?\n[ \t])?L(?:\r?\n[ \t])?E", re.IGNORECASE)  # RRULE, folded or not
_LONGEST = 100
_BEGIN_OR_END = re.compile(rb"^(?:(BEGIN)|END):[ \t]*([A-Z0-9-]{1,64})", re.IGNORECASE | re.MULTILINE)
_DEEPEST = 16


class Why(StrEnum):
    """Why an iCalendar cannot be read."""

    NO_PACKAGE = "no_package"
    """A package that reads it is not installed; the detail is its name."""
    NOT_ONE = "not_one"
    """It is no iCalendar."""
    TOO_MUCH = "too_much"
    """It is too large, or its rules are too much work."""


class WrongFeed(ValueError):
    """An iCalendar that cannot be read; `detail` is part of a sentence."""

    def __init__(self, why: Why, detail: str) -> None:
        super().__init__(detail)
        self.why, self.detail = why, detail


@dataclass(frozen=True, slots=True)
class Entry:
    """One event, or one repetition of it.

    `start` and `end` are dates of whole days (`end` is not included), or times; a time without a zone is a floating
    one. `all_day` says that the program that wrote the times means whole days by them.
    """

    uid: str
    name: str
    start: date
    end: date
    cancelled: bool = False
    free: bool = False
    all_day: bool = False


@dataclass(frozen=True, slots=True)
class Unusable:
    """An event that cannot be used: its name, its date as far as it is known, and why: `with a wrong DTSTART (…)`."""

    name: str
    day: str
    why: str


@dataclass(frozen=True, slots=True)
class Feed:
    """What an iCalendar holds between two dates."""

    entries: tuple[Entry, ...]
    unusable: tuple[Unusable, ...]


def read(content: bytes, since: date, until: date) -> Feed:
    """The entries from *since* up to *until*. Raises WrongFeed."""
    for package in ("icalendar", "recurring_ical_events"):
        if find_spec(package) is None:
            raise WrongFeed(Why.NO_PACKAGE, package.replace("_", "-"))
    if len(content) > LARGEST:
        raise WrongFeed(Why.TOO_MUCH, f"it has more than {LARGEST:,} bytes")
    _bounded(content)
    if len(content) <= _SMALL and not _RULE.search(content):
        found = _expand.expanded(content, since, until)
    else:
        found = _in_a_process(content, since, until)
    if "wrong" in found:
        raise WrongFeed(Why.NOT_ONE, _short(found["wrong"]))
    if "many" in found:
        raise WrongFeed(Why.TOO_MUCH, f"it has more than {_expand.MOST:,} entries, repetitions included")
    return Feed(
        tuple(
            Entry(uid, _short(name), _moment(start), _moment(end), *marks)
            for uid, name, start, end, *marks in found["entries"]
        ),
        tuple(Unusable(_short(name), day, _short(why)) for name, day, why in found["unusable"]),
    )


def _bounded(content: bytes) -> None:
    """Refuse what is nested too deeply or has too many events, before it is parsed. Raises WrongFeed."""
    depth = events = 0
    for found in _BEGIN_OR_END.finditer(content):
        depth += 1 if found[1] else -1
        events += bool(found[1]) and found[2].upper() == b"VEVENT"
        if depth > _DEEPEST:
            raise WrongFeed(Why.TOO_MUCH, f"its parts are nested more than {_DEEPEST} levels deep")
    if events > _expand.MOST:
        raise WrongFeed(Why.TOO_MUCH, f"it has more than {_expand.MOST:,} entries")


def _in_a_process(content: bytes, since: date, until: date) -> dict[str, Any]:
    try:
        # -P: the folder of the program is no place to import from
        done = subprocess.run(
            [sys.executable, "-P", str(PROGRAM), since.isoformat(), until.isoformat()],
            input=content, capture_output=True, timeout=_PATIENCE, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise WrongFeed(Why.TOO_MUCH, "its dates take too long to work out") from error
    except OSError as error:
        raise WrongFeed(Why.TOO_MUCH, f"no process can be started that reads it ({error.strerror})") from error
    try:
        found = json.loads(done.stdout)
    except ValueError as error:
        raise WrongFeed(Why.TOO_MUCH, "its dates take too long, or too much memory, to work out") from error
    assert isinstance(found, dict)
    return found


def _moment(text: str) -> date:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def _short(text: Any) -> str:
    line = one_line(str(text))
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
