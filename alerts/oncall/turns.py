"""Count the turns of a rotation: one that lies wholly outside the hours of its layer is not used up.

Pure, and on the wall clock alone: whether a turn lies in the hours does not depend on a change of the clocks. Turns and
hours repeat, so the count of any turn is found without walking there. The one surprise: a turn counts as soon as one
minute of it lies in the hours, as with a hand-over at 09:00 in hours from 08:00.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from math import gcd
from typing import NamedTuple

from monitor.memory import remembered

_WEEK = timedelta(weeks=1) // timedelta(minutes=1)


class Window(NamedTuple):
    """Hours that begin on a weekday (Monday is 0). An end at or before the start is that of the next day."""

    weekday: int
    start: time
    end: time


@remembered("turn_patterns", 256)
def pattern(begins: datetime, every: timedelta, hours: tuple[Window, ...]) -> tuple[int, ...]:
    """The minutes of each turn that lie in the hours, until turns and weeks begin together again."""
    length = every // timedelta(minutes=1)
    turns = _WEEK // gcd(length, _WEEK)
    first = begins.weekday() * 1440 + begins.hour * 60 + begins.minute
    week = _united(hours)
    return tuple(_inside((first + turn * length) % _WEEK, length, week) for turn in range(turns))


@remembered("turn_counts", 256)
def _counts(minutes: tuple[int, ...]) -> tuple[int, ...]:
    counts = [0]
    for inside in minutes:
        counts.append(counts[-1] + (inside > 0))
    return tuple(counts)


def before(number: int, minutes: tuple[int, ...]) -> int:
    """How many of the turns before that number were taken; *minutes* is their `pattern`."""
    counts = _counts(minutes)
    whole, rest = divmod(number, len(minutes))
    return whole * counts[-1] + counts[rest]


def shares(people: int, minutes: Sequence[int]) -> tuple[int, ...]:
    """The minutes that each of so many people is on duty, in their order, over a full cycle of turns."""
    taken = [inside for inside in minutes if inside > 0]
    found = [0] * people
    for turn in range(len(taken) * people // gcd(len(taken), people) if taken else 0):
        found[turn % people] += taken[turn % len(taken)]
    return tuple(found)


def cycle(people: int, every: timedelta, minutes: Sequence[int]) -> timedelta:
    """After how long everybody has the same turns again."""
    taken = sum(1 for inside in minutes if inside > 0) or 1
    return every * len(minutes) * (people // gcd(taken, people))


def _united(hours: Sequence[Window]) -> list[tuple[int, int]]:
    """The hours of a week as stretches of minutes, none of which overlap; the last may reach into the next week."""
    spans = sorted(_spans(hours))
    found: list[tuple[int, int]] = []
    for start, end in spans:
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found


def _spans(hours: Sequence[Window]) -> Iterator[tuple[int, int]]:
    for item in hours:
        start = item.weekday * 1440 + item.start.hour * 60 + item.start.minute
        length = (item.end.hour * 60 + item.end.minute - item.start.hour * 60 - item.start.minute) % 1440 or 1440
        end = start + length
        yield start, min(end, _WEEK)
        if end > _WEEK:
            yield 0, end - _WEEK


def _inside(start: int, length: int, week: Sequence[tuple[int, int]]) -> int:
    """How many minutes from *start* of a week on, for so long, lie in the hours."""
    whole, rest = divmod(length, _WEEK)
    total = sum(end - begin for begin, end in week)
    end = start + rest
    part = sum(
        max(0, min(end, b + shift) - max(start, a + shift)) for shift in (0, _WEEK) for a, b in week
    )  # fmt: skip
    return whole * total + part
