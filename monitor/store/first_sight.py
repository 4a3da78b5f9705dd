"""Keep subjects of which nothing is stored together with their judgement, in the transaction that keeps their events.

Such a subject needs no load, no mark, and no comparison with what is stored. Whether nothing is stored is asked twice:
before it is judged, and in the transaction that keeps it, where nobody else can write.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from monitor.aggregates import Changes
from monitor.alert import Router
from monitor.history import Batch, Event
from monitor.model import SubjectKey
from monitor.store.database import Database
from monitor.store.outcomes import Loaded, Step
from monitor.store.remembering import remember
from monitor.store.schema import alerts, erased, events, quarantine, subjects, touched

_TABLES = (events, subjects, touched, erased, quarantine, alerts)
"""A subject that has a row in none of these has none anywhere."""


@dataclass(frozen=True, slots=True)
class FirstSight:
    """A sound batch, and the judgement of subjects in it of which nothing was stored when they were judged.

    `at` is the instant of which they were judged. With `counting` what subjects add to groups is kept as well.
    """

    batch: Batch
    steps: Sequence[Step]
    router: Router
    rules_version: str
    installed_at: datetime
    at: datetime
    counting: bool = False

    def holds(self, connection: sa.Connection, new: Sequence[Event]) -> frozenset[SubjectKey]:
        """The subjects of which nothing is stored still, and of which *new* has every event that was judged."""
        number = Counter(event.key for event in new)
        whole = [step.loaded.key for step in self.steps if number[step.loaded.key] == len(step.loaded.events)]
        return _unseen(connection, whole)

    def remember(self, connection: sa.Connection, keys: Collection[SubjectKey], changes: Changes) -> None:
        """Write the judgement of these subjects: their rows, readings, transitions, alerts, outbox and counters."""
        steps = [step for step in self.steps if step.loaded.key in keys]
        if steps:
            rules, since = self.rules_version, self.installed_at
            remember(connection, steps, self.router, rules, since, self.at, changes, self.counting, unseen=True)


def unseen(database: Database, source: str, given: Sequence[Event], most: int, longest: int) -> tuple[Loaded, ...]:
    """What the events of a sound batch say of subjects of which nothing is stored.

    At most so many subjects, each with fewer than *longest* events.
    """
    said = {key: its for key, its in _by_subject(source, given) if len(its) < longest}
    keys = list(said)[:most]
    if not keys:
        return ()
    with database.read() as connection:
        found = _unseen(connection, keys)
    return tuple([Loaded(key, None, tuple(said[key]), (), ()) for key in keys if key in found])


def _by_subject(source: str, given: Sequence[Event]) -> Iterator[tuple[SubjectKey, list[Event]]]:
    """The events of each subject of the source in the order of the batch; of two with one id the first."""
    ids: set[str] = set()
    found: dict[str, list[Event]] = {}
    for event in given:
        if event.source == source and event.event_id not in ids:
            ids.add(event.event_id)
            found.setdefault(event.subject, []).append(event)
    for subject, its in found.items():
        yield SubjectKey(source, subject), its


def _unseen(connection: sa.Connection, keys: Sequence[SubjectKey]) -> frozenset[SubjectKey]:
    if not keys:
        return frozenset()
    source, names = keys[0].source, [key.subject for key in keys]
    given = {"one_source": source, "its_subjects": json.dumps(names)}
    seen = frozenset(connection.scalars(_SEEN, given))
    return frozenset([key for key in keys if key.subject not in seen])


def _asking() -> sa.Select[Any]:
    listed = sa.func.json_each(sa.bindparam("its_subjects", type_=sa.Text())).table_valued("value")
    name = sa.type_coerce(listed.c.value, sa.Text)
    source = sa.bindparam("one_source", type_=sa.Text())
    stored = [sa.exists().where((table.c.source == source) & (table.c.subject == name)) for table in _TABLES]
    return sa.select(name).where(sa.or_(*stored))


_SEEN = _asking()
"""Asks for those of which something is stored: at a first fill there are none, and no row is read."""
