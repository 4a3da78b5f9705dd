"""Say when an acknowledgement ends, and which of those in force are over.

Pure. One holds for a share of the time that is left to the nearest deadline that it covers, and never past the shift in
which it was given: that of the person who gave it, where this person is on duty, else the shift that is on. The one
surprise: a rota that changes later ends it sooner, for nobody holds what he is not on duty for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from alerts.oncall import roster as oncall
from alerts.oncall.roster import Roster, Schedule
from monitor.alert import AckEnd, Acknowledged, AckTerms, Covered, EndsFor


def end_of(
    covers: Sequence[Covered], author: str, roster: Roster, teams: Sequence[str], terms: AckTerms, now: datetime
) -> AckEnd:
    """When an acknowledgement that *author* gives *now* ends.

    *covers* are the clocks that it covers, at least one; *teams* those that are called for them: where the author is
    not on duty, or nobody of the roster, it lasts no longer than the first of their shifts that are on. An end of a gap
    in which nobody is on duty is one as well: then somebody is there who can be told.
    """
    at, why = min((_length(one, terms, now) for one in covers), key=lambda pair: pair[0])
    holder = roster.person_named(author)
    if not is_on_duty(roster, holder, now):
        holder = ""
        ends = [end for team in teams if (end := oncall.on_duty(roster.teams[team], now).until) is not None]
        shift = min(ends, default=None)
    else:
        shift = end_of_duty(roster, holder, now, at)
    if shift is not None and shift < at:
        return AckEnd(shift, EndsFor.SHIFT, holder)
    return AckEnd(at, why, holder)


def _length(one: Covered, terms: AckTerms, now: datetime) -> tuple[datetime, EndsFor]:
    if one.broken or one.deadline is None or one.deadline <= now:
        return now + terms.otherwise, EndsFor.LENGTH
    return now + (one.deadline - now) * terms.share, EndsFor.SHARE


def is_on_duty(roster: Roster, person: str, at: datetime) -> bool:
    """Whether that person is on duty in some team at an instant."""
    return bool(person) and any(True for _ in _duties(roster, person, at))


def end_of_duty(roster: Roster, person: str, now: datetime, limit: datetime) -> datetime | None:
    """When somebody who is on duty *now* is not any more, in whatever team; None where that is not before *limit*."""
    at = now
    while at < limit:
        ends = [duty.until for duty in _duties(roster, person, at)]
        if not ends:
            return at
        if any(end is None for end in ends):
            return None
        at = max(end for end in ends if end is not None)
    return None


def _duties(roster: Roster, person: str, at: datetime) -> Iterator[oncall.Duty]:
    for schedule in roster.teams.values():
        if _may_have(schedule, person):
            duty = oncall.on_duty(schedule, at)
            if duty.person == person:
                yield duty


def _may_have(schedule: Schedule, person: str) -> bool:
    spells = (*schedule.overrides, *schedule.calendar)
    return any(person in layer.people for layer in schedule.layers) or any(one.person == person for one in spells)


def over(acknowledged: Sequence[Acknowledged], roster: Roster, now: datetime) -> dict[int, EndsFor]:
    """Of the acknowledgements in force, those that are over now, each with the reason; by their ids."""
    found: dict[int, EndsFor] = {}
    for one in acknowledged:
        if one.ended_at is not None or one.ends_at is None:
            continue
        if one.ends_at <= now:
            found[one.id] = one.ends_for or EndsFor.SHARE
        elif one.holder and not is_on_duty(roster, one.holder, now):
            found[one.id] = EndsFor.SHIFT
    return found
