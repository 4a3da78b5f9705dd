"""Say who of a team is on duty: rotations in layers, the later over the earlier, and overrides over all of them.

Pure: `at` comes in, nothing is remembered. A hand-over is a time on the wall of the layer's zone: 09:00 stays 09:00
when the clocks change, and that turn is an hour longer or shorter. The one surprise: a time that the change skips is
the instant of the change; of a time that comes twice it is the first.
"""

from __future__ import annotations

import heapq
import itertools
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from alerts.oncall import turns
from alerts.oncall.turns import Window
from monitor.model import Name
from monitor.text import folded

CALENDAR, OVERRIDE = "calendar", "override"
"""What stands in the place of a layer's name for duties from a calendar, and for overrides."""

FARTHEST = timedelta(days=731)
"""Nobody looks farther than this for the end of a duty or of a gap; beyond it, it has none."""

_DAY = timedelta(days=1)
_EARLIEST, _LATEST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be on duty. `receivers` are names of the configuration's receivers.

    `zone` is the one in which this person reads times; empty for the installation's.
    """

    id: str
    name: Name
    zone: str
    receivers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layer:
    """People in turn. `begins`, `every` and `until` are wall-clock time of `zone`.

    With `windows`, only in those, and a turn that lies wholly outside them is nobody's: the next one is the next
    person's. A layer of the guarded period `period` is there from `since` to `over`, wherever its turns begin and end.
    """

    name: str
    people: tuple[str, ...]
    begins: datetime
    every: timedelta
    zone: str
    until: datetime | None = None
    windows: tuple[Window, ...] = ()
    period: str = ""
    since: datetime | None = None
    over: datetime | None = None

    @property
    def first(self) -> datetime:
        """The instant from which on it is there."""
        return self.since or instant(self.begins, self.zone)

    @property
    def last(self) -> datetime | None:
        """The instant at which it is over; None where it has no end."""
        return self.over or (None if self.until is None else instant(self.until, self.zone))

    def turn(self, number: int) -> str:
        """Whose turn that is, counted from the first hand-over on."""
        taken = turns.before(number, self.pattern) if self.windows else number
        return self.people[taken % len(self.people)]

    @property
    def pattern(self) -> tuple[int, ...]:
        """The minutes of each turn that lie in the windows, until turns and weeks begin together again."""
        return turns.pattern(self.begins, self.every, self.windows)


@dataclass(frozen=True, slots=True)
class Spell:
    """One person from an instant to another: an override, or an entry of a calendar."""

    since: datetime
    until: datetime
    person: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """A team and its rota: the calendar at the bottom, then the layers, then the overrides; the later covers.

    `contact` are the receivers that are told where nobody is on duty.
    """

    team: str
    name: Name
    zone: str
    contact: tuple[str, ...]
    layers: tuple[Layer, ...] = ()
    overrides: tuple[Spell, ...] = ()
    calendar: tuple[Spell, ...] = ()


@dataclass(frozen=True, slots=True)
class Duty:
    """Who is on duty from when to when, and by which layer. Without a person it is the team that is to be told.

    `since` and `until` are None where they are farther away than anybody looks.
    """

    person: str | None
    layer: str
    since: datetime | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Gap:
    """A time without anybody on duty."""

    since: datetime
    until: datetime


class Role(StrEnum):
    """What kind of recipient it is."""

    ON_CALL = "on_call"
    """Who of the team is on duty at that instant."""
    CONTACT = "contact"
    """The team's own receivers."""
    PERSON = "person"
    """One person by id."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who is to be notified; `id` is that of a team or of a person."""

    role: Role
    id: str


@dataclass(frozen=True, slots=True)
class ReachedReceivers:
    """The receivers that stand for somebody. `empty` says that nobody is on duty: they are the team's contact."""

    receivers: tuple[str, ...]
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Roster:
    """Everybody, by id."""

    people: Mapping[str, Person] = field(default_factory=dict)
    teams: Mapping[str, Schedule] = field(default_factory=dict)

    def receivers_of(self, whom: Recipient, at: datetime) -> ReachedReceivers:
        """The receivers of *whom* at an instant; never none, for a team has a contact."""
        if whom.role is Role.PERSON:
            return ReachedReceivers(self.people[whom.id].receivers)
        team = self.teams[whom.id]
        if whom.role is Role.CONTACT:
            return ReachedReceivers(team.contact)
        person = on_duty(team, at).person
        return (
            ReachedReceivers(team.contact, empty=True)
            if person is None
            else ReachedReceivers(self.people[person].receivers)
        )

    def anybody_on_duty(self, whom: Iterable[Recipient], at: datetime) -> bool:
        """Whether one of them is there; where not, the team's contact is all there is."""
        return any(not self.receivers_of(one, at).empty for one in whom)

    def is_only(self, whom: Iterable[Recipient], person: str, at: datetime) -> bool:
        """Whether that person, and nobody else, is who they are at an instant."""
        return all(
            one.id == person
            if one.role is Role.PERSON
            else one.role is Role.ON_CALL and on_duty(self.teams[one.id], at).person == person
            for one in whom
        )

    def person_named(self, word: str) -> str:
        """The id of the person whom *word* names, by id or by name; empty where there is none."""
        said = folded(word)
        names = ((person.id, person.name.en, person.name.zh) for person in self.people.values())
        return next((ids[0] for ids in names if said in {folded(name) for name in ids}), "")


def on_duty(schedule: Schedule, at: datetime) -> Duty:
    """Who is on duty at an instant: from `since` on, no longer at `until`."""
    first, last = _extent(schedule)
    reach = max((layer.every for layer in schedule.layers), default=_DAY) + _DAY
    while True:
        start, end = at - reach, at + reach
        duty = _at(_laid(schedule, start, end), at, start, end)
        known = (duty.since is not None or start < first) and (duty.until is not None or end > last)
        if known or reach >= FARTHEST:
            return duty
        reach = min(reach * 2, FARTHEST)


def layers_of(schedule: Schedule) -> tuple[str, ...]:
    """The layers by which somebody of a team can be on duty, a calendar and overrides among them."""
    return tuple(dict.fromkeys((*(layer.name for layer in schedule.layers), CALENDAR, OVERRIDE)))


def shifts(schedule: Schedule, start: datetime, end: datetime) -> tuple[Duty, ...]:
    """Every duty between two instants, in order; the first and the last are cut there. Gaps are left out."""
    return tuple(
        Duty(piece.person, piece.layer, max(piece.start, start), min(piece.end, end))
        for piece in _laid(schedule, start, end)
        if piece.end > start and piece.start < end
    )


def gaps(schedule: Schedule, start: datetime, end: datetime) -> tuple[Gap, ...]:
    """The times between two instants when nobody is on duty, in order."""
    found, covered = [], start
    for piece in _laid(schedule, start, end):
        if piece.start > covered:
            found.append(Gap(covered, min(piece.start, end)))
        covered = max(covered, piece.end)
        if covered >= end:
            return tuple(found)
    return (*found, Gap(covered, end)) if covered < end else tuple(found)


def first_handover(start: date, at: time, weekday: int | None = None) -> datetime:
    """The first hand-over on or after a date, on that weekday if there is one; wall-clock time."""
    days = 0 if weekday is None else (weekday - start.weekday()) % 7
    return datetime.combine(start + timedelta(days=days), at)


def turn_around(since: datetime, zone: str, every: timedelta, handover: tuple[int | None, time] | None) -> datetime:
    """When the turn begins in which an instant lies, by the time and weekday of hand-overs; wall-clock time of *zone*.

    Without a hand-over it begins at the instant itself.
    """
    local = since.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    if handover is None:
        return local
    weekday, at = handover
    days = 0 if weekday is None else (local.weekday() - weekday) % 7
    found = datetime.combine(local.date() - timedelta(days=days), at)
    if found > local:
        found -= timedelta(days=1 if weekday is None else 7)
    return found + (local - found) // every * every


def instant(local: datetime, zone: str) -> datetime:
    """The instant of a time on the wall of a zone. Later on the wall is never earlier in time."""
    there = ZoneInfo(zone)
    after = local.replace(tzinfo=there, fold=0).astimezone(UTC)
    if after.astimezone(there).replace(tzinfo=None) == local:
        return after
    before = local.replace(tzinfo=there, fold=1).astimezone(UTC)  # skipped: the change lies between these two
    old = before.astimezone(there).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle.astimezone(there).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


class _Piece(NamedTuple):
    """A stretch of one turn of a layer."""

    start: datetime
    end: datetime
    person: str
    layer: str
    turn: int


def _at(laid: Iterable[_Piece], at: datetime, start: datetime, end: datetime) -> Duty:
    """The duty, or the gap, around an instant; its ends only where they lie between *start* and *end*."""
    since: datetime | None = None
    for piece in laid:
        if piece.start <= at < piece.end:
            return Duty(
                piece.person,
                piece.layer,
                piece.start if piece.start > start else None,
                piece.end if piece.end < end else None,
            )
        if piece.start > at:
            return Duty(None, "", since, piece.start if piece.start < end else None)
        since = piece.end if piece.end > start else None
    return Duty(None, "", since, None)


def _extent(schedule: Schedule) -> tuple[datetime, datetime]:
    """Before the first of these instants and after the second, nobody is ever on duty."""
    spells = (*schedule.calendar, *schedule.overrides)
    layers = schedule.layers
    begins = [spell.since for spell in spells] + [layer.first for layer in layers]
    ends = [spell.until for spell in spells]
    ends += [layer.last or _LATEST for layer in layers]
    return min(begins, default=_LATEST), max(ends, default=_EARLIEST)


def _laid(schedule: Schedule, start: datetime, end: datetime) -> list[_Piece]:
    """All that touches a stretch of time, in order, each instant once. What reaches out of it is not to be relied on
    out there, for what covers it there is left out."""
    layers = [
        _spells(schedule.calendar, CALENDAR, start, end),
        *([_turns(layer, start, end)] for layer in schedule.layers),
        _spells(schedule.overrides, OVERRIDE, start, end),
    ]
    ranked = [(rank, piece) for rank, pieces in enumerate(itertools.chain.from_iterable(layers)) for piece in pieces]
    return _uppermost(sorted(ranked, key=lambda item: item[1].start))


def _spells(spells: Sequence[Spell], layer: str, start: datetime, end: datetime) -> Iterator[tuple[_Piece]]:
    for number, spell in enumerate(spells):
        if spell.since < end and spell.until > start:
            yield (_Piece(spell.since, spell.until, spell.person, layer, number),)


def _uppermost(pieces: Sequence[tuple[int, _Piece]]) -> list[_Piece]:
    """Of (rank, piece) by start: at each instant the one of the highest rank; a turn in one stretch is one piece."""
    cuts = sorted({edge for _, piece in pieces for edge in (piece.start, piece.end)})
    laid: list[_Piece] = []
    open_: list[tuple[int, int]] = []
    coming = 0
    for start, end in itertools.pairwise(cuts):
        while coming < len(pieces) and pieces[coming][1].start <= start:
            heapq.heappush(open_, (-pieces[coming][0], coming))
            coming += 1
        while open_ and pieces[open_[0][1]][1].end <= start:
            heapq.heappop(open_)
        if not open_:
            continue
        piece = pieces[open_[0][1]][1]._replace(start=start, end=end)
        if laid and laid[-1].end == start and laid[-1][2:] == piece[2:]:
            piece = piece._replace(start=laid.pop().start)
        laid.append(piece)
    return laid


def _turns(layer: Layer, start: datetime, end: datetime) -> list[_Piece]:
    """The turns of a layer that touch a stretch of time, cut to its windows."""
    there = ZoneInfo(layer.zone)
    number = max(0, (start.astimezone(there).replace(tzinfo=None) - layer.begins) // layer.every - 1)
    first, last = layer.first, layer.last
    open_ = None if not layer.windows else _open(layer, start - layer.every - 2 * _DAY, end + layer.every + 2 * _DAY)
    found: list[_Piece] = []
    since = instant(layer.begins + number * layer.every, layer.zone)
    while since < end and (last is None or since < last):
        until = instant(layer.begins + (number + 1) * layer.every, layer.zone)
        piece = _Piece(
            max(since, first),
            until if last is None else min(until, last),
            layer.turn(number),
            layer.name,
            number,
        )
        if piece.end > start and piece.end > piece.start:
            found.extend([piece] if open_ is None else _within(piece, open_))
        since, number = until, number + 1
    return found


def _open(layer: Layer, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """A layer's windows on every date between two instants, by their start."""
    there = ZoneInfo(layer.zone)
    found, day, last = [], start.astimezone(there).date(), end.astimezone(there).date()
    while day <= last:
        for window in layer.windows:
            if window.weekday == day.weekday():
                closes = day if window.end > window.start else day + _DAY
                opened = instant(datetime.combine(day, window.start), layer.zone)
                closed = instant(datetime.combine(closes, window.end), layer.zone)
                if closed > opened:
                    found.append((opened, closed))
        day += _DAY
    return sorted(found)


def _within(piece: _Piece, open_: Sequence[tuple[datetime, datetime]]) -> Iterator[_Piece]:
    first = bisect_left(open_, (piece.start - 2 * _DAY, piece.start))
    for opened, closed in itertools.islice(open_, first, None):
        if opened >= piece.end:
            return
        if closed > piece.start:
            yield piece._replace(start=max(piece.start, opened), end=min(piece.end, closed))
