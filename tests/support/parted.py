"""Random histories that are judged in two parts, by way of a checkpoint between them, and as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from monitor.clock import checkpoint
from monitor.clock.checkpoint import Checkpoint
from monitor.clock.engine import Outcome, Rulebook, Transition, advance
from monitor.history import PastChangesError
from monitor.history.events import Event
from tests.support.histories import history
from tests.support.laws import law

STEP = timedelta(minutes=30)


@dataclass(frozen=True)
class Case:
    """A subject's events, the instants at which it is looked at, and where checkpoints lie."""

    rules: Rulebook
    events: tuple[Event, ...]
    first_look: datetime
    looks: tuple[datetime, ...]
    places: tuple[datetime, ...]


def case(rng: Random, lives: int = 1) -> Case | None:
    """A random one, of so many histories after each other; None where there is no place for a checkpoint."""
    one = law(rng)
    told = history(rng, one, corrected=rng.random() < 0.5)
    rules = copy(one.rules)
    object.__setattr__(rules, "since", told.since)
    events = tuple(_made_earlier(event, told.now, rng) for event in told.events)
    end = told.now
    for number in range(1, lives):
        more = history(rng, one, corrected=rng.random() < 0.2)
        by = end - min(one.at for one in more.said)
        events += tuple(_later(_made_earlier(event, more.now, rng), by, number) for event in more.events)
        end = more.now + by
    begins, end = min(event.at for event in events), end + rng.randint(0, 40) * STEP
    places = {_place(rng, events, begins, end) for _ in range(rng.randint(1, 3))}
    found = tuple(sorted(at for at in places if begins < at <= end))
    if not found:
        return None
    first, second = sorted(found[-1] + (end - found[-1]) * rng.random() for _ in range(2))
    return Case(rules, events, first, (second, end), found)


def _place(rng: Random, events: Sequence[Event], begins: datetime, end: datetime) -> datetime:
    if rng.random() < 0.5:
        return begins + (end - begins) * rng.random()
    return rng.choice(events).at + rng.choice((0, 0, 1)) * STEP


def _later(event: Event, by: timedelta, life: int) -> Event:
    """The event in a later history of the same subject."""
    made = event.correction
    if made is not None:
        start, end = (at and at + by for at in (made.start, made.end))
        made = replace(made, start=start, end=end, revokes=made.revokes and f"{life}{made.revokes}")
    return replace(
        event, event_id=f"{life}{event.event_id}", at=event.at + by, sequence=100 * life + event.sequence,
        opened_at=None, correction=made,
    )  # fmt: skip


def _made_earlier(event: Event, now: datetime, rng: Random) -> Event:
    """A correction that was made soon after the time that it is about; any other event as it is."""
    made = event.correction
    if made is None or rng.random() < 0.4:
        return event
    over = min(max([at for at in (made.start, made.end) if at is not None], default=event.at), now)
    return replace(event, at=over + (now - over) * rng.random() ** 2)


def kept(case: Case) -> tuple[Checkpoint, tuple[Transition, ...]] | None:
    """The last checkpoint of a case, each made of the one before it, and what was recorded by then."""
    known = [event for event in case.events if event.at <= case.first_look]
    look = advance(known, (), case.rules, case.first_look)
    last: Checkpoint | None = None
    for at in case.places:
        after = known if last is None else [event for event in known if event.at >= last.at]
        last = checkpoint(after, look.readings, case.rules, at, last)
        if last is None:
            return None
    assert last is not None
    return last, look.transitions


def from_there(
    case: Case, at: Checkpoint, recorded: Sequence[Transition], now: datetime, events: Sequence[Event]
) -> Outcome | None:
    """The outcome by way of a checkpoint; None where what comes after it changes what was before."""
    after = [event for event in events if event.at >= at.at]
    happened = [one for one in recorded if one.at >= at.at]
    try:
        return advance(after, happened, case.rules, now, since=at)
    except PastChangesError:
        return None


def differences(part: Outcome, whole: Outcome) -> list[str]:
    """Everything in which an outcome from a checkpoint on is not that of the whole."""
    cycles = part.from_cycles
    assert cycles is not None
    live = tuple(one for one in whole.readings if one.cycle >= cycles[one.target.name])
    later = whole.doubts[len(whole.doubts) - len(part.doubts) :]
    pairs = {
        "subject": (part.subject, whole.subject),
        "readings": (part.readings, live),
        "transitions": (part.transitions, whole.transitions),
        "doubts": (part.doubts, later),
        "look again": (part.look_again_at, whole.look_again_at),
        "next": (part.next_at, whole.next_at),
        "unread": (part.unread, whole.unread),
        "contributions": (part.contributions, whole.contributions),
    }
    return [f"{name}: {one}, of the whole {other}" for name, (one, other) in pairs.items() if one != other]
