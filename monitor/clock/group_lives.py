"""Say in which time a group is gone: since the last circuit that lived with its value was retired.

Pure. Circuits alone say so, for only of them is it said that they are gone for good: a customer or site whose tickets
are all closed is still there. A circuit that went to another customer has left, and is not gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from monitor.history import GoneSpell, History, retires, shows_life
from monitor.policy import form_of

LIVES, LEFT, RETIRED = "life/begins", "life/leaves", "life/retired"
"""What a circuit adds to a group beside what counts: it lives with the group's value, has another value, is retired."""

LIVES_OF_GROUPS = frozenset((LIVES, LEFT, RETIRED))


def lives(
    history: History, value: Callable[[Mapping[str, str]], str | None]
) -> Iterator[tuple[str, datetime, str, str]]:
    """(value, instant, what, event) of each time that a circuit begins or ceases to live with a value that makes a
    group.

    What is said first also held before it was said, as everywhere.
    """
    said: dict[str, str] = {}
    for fact in reversed(history.facts):
        said.update(fact.attributes)
    named, held, retired = value(said), None, False
    for fact in history.facts:
        if fact.attributes:
            said = {**said, **fact.attributes}
            named = value(said)
        retired = retires(fact.phase) or (retired and not shows_life(fact.phase))
        if held is not None and (retired or named is None or form_of(named) != form_of(held)):
            yield held, fact.at, RETIRED if retired else LEFT, fact.event_id
            held = None
        if not retired and held is None and named is not None:
            yield named, fact.at, LIVES, fact.event_id
            held = named


def gone(rows: Iterable[tuple[datetime, str, str, str]]) -> tuple[GoneSpell, ...]:
    """When the group of these rows was gone: (instant, source, subject, what), those of one subject in their order.

    It is gone from the instant on after which none lives with its value and one that did is retired. All that happens
    at one instant has happened before that is judged.
    """
    living, retired = set[tuple[str, str]](), set[tuple[str, str]]()
    found: list[GoneSpell] = []
    ordered = sorted(rows, key=lambda row: row[0])
    for place, (at, source, subject, what) in enumerate(ordered):
        who = (source, subject)
        living.discard(who)
        retired.discard(who)
        if what != LEFT:
            (living if what == LIVES else retired).add(who)
        if place + 1 < len(ordered) and ordered[place + 1][0] == at:
            continue
        over = bool(retired) and not living
        open_ = bool(found) and found[-1].until is None
        if over and not open_:
            found.append(GoneSpell(at, None))
        elif living and open_:
            found[-1] = found[-1]._replace(until=at)
    return tuple(found)


def known_by(now: datetime, spells: Sequence[GoneSpell]) -> tuple[GoneSpell, ...]:
    """What is known at *now* of when the group was gone."""
    begun = [one for one in spells if one.since <= now]
    return tuple(one if one.until is None or one.until <= now else one._replace(until=None) for one in begun)


def absent(at: datetime, spells: Sequence[GoneSpell]) -> bool:
    """Whether what happens at *at* counts no more: what happens at the very instant of the retirement still does."""
    return any(one.since < at and (one.until is None or at < one.until) for one in spells)


def ends(start: datetime, end: datetime, floor: bool, spells: Sequence[GoneSpell]) -> datetime | None:
    """When a period ended because the group was gone.

    A *floor*, what must happen, is not owed again before the next whole period. What may happen at most counts on where
    the group lives again in the same period.
    """
    for one in spells:
        again = not floor and one.until is not None and one.until < end
        if one.since >= start and not again:
            return one.since
    return None
