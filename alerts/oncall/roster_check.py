"""Say what of a rota may not be meant: times without anybody, people who never come on duty, uneven shares.

Pure. A kind of gap that comes every week is one sentence, however often it comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from alerts.oncall import turns
from alerts.oncall.roster import FARTHEST, Gap, Layer, Roster, Schedule, gaps, shifts
from monitor.text import shown, shown_time

YEAR = timedelta(days=365)

UNEVEN = 1.1
"""How many times the smallest share the largest may be before it is said."""

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LISTED = 20
_MINUTE = timedelta(minutes=1)


def roster_notices(roster: Roster, now: datetime) -> tuple[str, ...]:
    """A sentence for everything of the next year that is no mistake and may not be meant."""
    return tuple(
        sentence
        for team in roster.teams.values()
        for sentence in (*_uncovered(team, now), *_never(team, now), *_uneven(team, now))
    )


def guarded_layers(roster: Roster, now: datetime, zone: str) -> Iterator[str]:
    """A line for each layer of a guarded period that is not over: from when to when other people are on duty.

    Instants are shown in *zone*.
    """
    for team in roster.teams.values():
        for layer in _standing(team, now):
            if layer.since is not None and layer.over is not None:
                since, until = (shown_time(at, zone) for at in (layer.since, layer.over))
                people = ", ".join(dict.fromkeys(layer.people))
                yield f"team {team.team}: {people} from {since} to {until}, in the guarded period {layer.period}"


def in_words(team: Schedule, found: Sequence[Gap], reads: str) -> Iterator[str]:
    """A line for each kind of gap: those of the same hours, on whatever weekdays, are one kind.

    A gap that comes once is shown in the zone that its reader *reads*; hours that come again are those of the team's.
    """
    zone = ZoneInfo(team.zone)
    kinds: dict[_Kind, list[Gap]] = {}
    for gap in found:
        since, until = gap.since.astimezone(zone), gap.until.astimezone(zone)
        kinds.setdefault(_Kind(since.time(), until.time(), (until.date() - since.date()).days), []).append(gap)
    lines = [line for kind, alike in kinds.items() for line in _lines(team, zone, kind, alike, reads)]
    yield from lines[:_LISTED]
    if len(lines) > _LISTED:
        yield f"{team.team}: and {len(lines) - _LISTED} more kinds of gaps; --json lists every gap"


@dataclass(frozen=True, slots=True)
class _Kind:
    """What gaps have in common: their hours on the wall, and how many days the end is after the beginning."""

    since: time
    until: time
    days: int


def _lines(team: Schedule, zone: ZoneInfo, kind: _Kind, alike: Sequence[Gap], reads: str) -> Iterator[str]:
    if len(alike) == 1:
        since, until = (shown_time(at, reads) for at in (alike[0].since, alike[0].until))
        yield f"{team.team}: nobody from {since} to {until}"
        return
    begins = [gap.since.astimezone(zone) for gap in alike]
    weekdays = sorted({at.weekday() for at in begins})
    if kind.days > 1 and len(weekdays) == 1:
        end = f"{_DAYS[(weekdays[0] + kind.days) % 7]} {kind.until:%H:%M}"
    else:
        after = "" if not kind.days else " the next day" if kind.days == 1 else f" {kind.days} days later"
        end = f"{kind.until:%H:%M}{after}"
    yield (
        f"{team.team}: nobody {_ranges(weekdays)} {kind.since:%H:%M} to {end} ({team.zone}): {len(alike)} times from"
        f" {begins[0]:%Y-%m-%d} to {begins[-1]:%Y-%m-%d}"
    )


def _ranges(weekdays: Sequence[int]) -> str:
    """Weekdays in words, those that follow each other as a span."""
    spans: list[list[int]] = []
    for day in weekdays:
        if spans and day == spans[-1][-1] + 1:
            spans[-1].append(day)
        else:
            spans.append([day])
    words = (_DAYS[span[0]] if len(span) == 1 else f"{_DAYS[span[0]]}–{_DAYS[span[-1]]}" for span in spans)
    return ", ".join(words)


def _uncovered(team: Schedule, now: datetime) -> Iterator[str]:
    found = gaps(team, now, now + YEAR)
    if found:
        zone = ZoneInfo(team.zone)
        since, until = (f"{at.astimezone(zone):%Y-%m-%d %H:%M}" for at in (found[0].since, found[0].until))
        times = "once" if len(found) == 1 else f"{len(found)} times"
        yield (
            f"team {team.team}: nobody is on duty {times} in the next year, first from {since} to {until}"
            f" ({team.zone}); {', '.join(team.contact)} is told then"
        )


def _standing(team: Schedule, now: datetime) -> Iterable[Layer]:
    """The layers that are not over."""
    return (layer for layer in team.layers if layer.last is None or layer.last > now)


def _cycle(layer: Layer) -> timedelta:
    minutes = layer.pattern if layer.windows else (1,)
    return turns.cycle(len(layer.people), layer.every, minutes)


def _never(team: Schedule, now: datetime) -> Iterator[str]:
    """People of a layer who are not on duty once in a full cycle of every layer."""
    layers = tuple(_standing(team, now))
    listed = dict.fromkeys(person for layer in layers for person in layer.people)
    starts = max((layer.first for layer in layers), default=now)
    whole = max((_cycle(layer) for layer in layers), default=timedelta(0))
    looked = min(max(starts - now, timedelta(0)) + whole, FARTHEST)
    there = {duty.person for duty in shifts(team, now, now + looked)}
    idle = [person for person in listed if person not in there]
    if idle:
        what = "a full cycle" if looked < FARTHEST else "as far as anybody looks"
        verb = "never comes" if len(idle) == 1 else "never come"
        yield (
            f"team {team.team}: {', '.join(idle)} {verb} on duty in the next {shown(_days(looked))} ({what}): another"
            " layer, an override or an end covers every turn; mend the layers, or take the name out"
        )


def _days(length: timedelta) -> timedelta:
    return timedelta(days=-(-length // timedelta(days=1)))


def _uneven(team: Schedule, now: datetime) -> Iterator[str]:
    """Layers whose people are on duty for unlike times, each by how often he is listed."""
    for layer in _standing(team, now):
        if not layer.windows:
            continue
        per_turn = turns.shares(len(layer.people), layer.pattern)
        by_person: dict[str, list[int]] = {}
        for person, minutes in zip(layer.people, per_turn, strict=True):
            by_person.setdefault(person, []).append(minutes)
        share = {person: sum(listed) / len(listed) for person, listed in by_person.items()}
        least, most = min(share.values()), max(share.values())
        if most > UNEVEN * least:
            names = (f"{person} {shown(round(minutes) * _MINUTE)}" for person, minutes in share.items())
            more = f"{most / least:.1f} times as much as the least" if least else "and some nothing"
            yield (
                f"team {team.team}, {layer.name}: in a full cycle of {shown(_cycle(layer))} the shares are uneven,"
                f" {', '.join(names)}: the most is {more}{_sliver(layer)}"
            )


def _sliver(layer: Layer) -> str:
    """What to write where the hand-over lies inside the hours, so that some turns are a rest of another's day."""
    at = layer.begins.time()
    inside = next((w for w in layer.windows if w.start < at and (at < w.end or w.end <= w.start)), None)
    if inside is None or layer.every % timedelta(days=1):
        return ""
    return f"; the hand-over at {at:%H:%M} lies inside the hours, write handover: {inside.start:%H:%M}"
