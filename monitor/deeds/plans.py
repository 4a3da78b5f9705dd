"""Find the subject that is meant, and say what an event that somebody writes would change before it is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.clock import Contribution, Rulebook, engine
from monitor.deeds.refused import Refused, WhyRefused
from monitor.history import Correction, Event, correction_event
from monitor.messages import message
from monitor.model import SubjectKey
from monitor.policy import GROUPS
from monitor.report import Pair, policy_changes
from monitor.store import Database, Ingest, Views


@dataclass(frozen=True, slots=True)
class Planned:
    """An event that may be written, and what it changes: pairs of readings, and what the subject adds to groups.

    `standing` says that the same is written already, by the same person: then there is nothing to write.
    """

    event: Event
    correction: Correction
    pairs: Sequence[Pair] = ()
    before: Sequence[Contribution] = ()
    after: Sequence[Contribution] = ()
    standing: bool = False

    @property
    def counts(self) -> bool:
        """Whether something changes that is counted of several."""
        return _counted(self.before) != _counted(self.after)

    @property
    def changes(self) -> bool:
        """Whether a clock or a count changes."""
        return bool(self.pairs) or self.counts


def _counted(some: Sequence[Contribution]) -> set[tuple[SubjectKey, datetime, str]]:
    """What tells contributions apart: the group, when, and what is counted."""
    return {(one.group, one.at, one.what) for one in some}


def known_events(views: Views, subject: str | SubjectKey, rules: Rulebook, now: datetime) -> list[Event]:
    """The events of the one subject of this name, up to *now*. Raises Refused."""
    keys = views.find(subject) if isinstance(subject, str) else (subject,)
    name = str(subject)
    if len(keys) > 1:
        several = ", ".join(map(str, keys))
        raise Refused(WhyRefused.WRONG, message("deed-several-subjects", subject=name, several=several))
    if keys and keys[0].source == GROUPS:
        raise Refused(WhyRefused.CONFLICT, message("deed-of-a-group", subject=name))
    events = list(views.events_of(keys[0])) if keys else []
    if not events:
        raise Refused(WhyRefused.UNKNOWN, message("deed-no-such-subject", subject=name))
    key = keys[0]
    if key.source not in rules.mappings:
        said = message("deed-source-not-configured", subject=str(key), source=key.source)
        raise Refused(WhyRefused.CONFLICT, said)
    known = [event for event in events if event.at <= now]
    if not known:
        raise Refused(WhyRefused.CONFLICT, message("deed-of-the-future", subject=name))
    return known


def planned(events: Sequence[Event], made: Correction, rules: Rulebook, now: datetime) -> Planned:
    """What the event of a correction changes of the clocks of its subject, and of what it adds to groups."""
    event = correction_event(events[0].key, events[0].kind, made, now)
    before, after = engine.advance(events, (), rules, now), engine.advance((*events, event), (), rules, now)
    pairs = [pair for pair in policy_changes.pairs(event.key, before.readings, after.readings) if not pair.same]
    return Planned(event, made, pairs, before.contributions, after.contributions)


def write(database: Database, plan: Planned, now: datetime) -> None:
    """Store the event, unless the same stands already. The subject is judged anew at once."""
    if not plan.standing:
        Ingest(database).correct(plan.event, now)
