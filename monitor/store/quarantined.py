"""Read what is set aside now: the subjects with words that are not understood, and the records by reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from monitor.history import Event
from monitor.model import SubjectKey
from monitor.store import statements
from monitor.store.database import Database
from monitor.store.ingest import to_event
from monitor.store.quarantining import OURS
from monitor.store.schema import events, quarantine

_WAITS = quarantine.c.resolved_at.is_(None)
_WORDS = quarantine.c.reason.like(OURS) & (quarantine.c.subject != "")
"""What the engine sets aside. A collector's own `unknown_word` is of a record that became no event."""
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class SetAside:
    """The records of a source that are set aside for one reason; `detail` is what is said of the newest."""

    source: str
    reason: str
    records: int
    since: datetime
    detail: str


class Quarantined:
    """What is set aside and not mended yet."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def subjects(
        self, sources: Sequence[str]
    ) -> Iterator[tuple[SubjectKey, tuple[Event, ...], Mapping[tuple[str, str], datetime]]]:
        """Each subject with words that were not understood, its events, and since when by (record, reason).

        Holds some hundred subjects at a time; each page is a transaction of its own, so that a writer never waits.
        """
        for source in sources:
            mine = (quarantine.c.source == source) & _WAITS & _WORDS
            named = sa.select(quarantine.c.subject).distinct().where(mine).order_by(quarantine.c.subject)
            last = ""
            while True:
                with self._database.read() as connection:
                    names = list(connection.scalars(named.where(quarantine.c.subject > last).limit(_AT_ONCE)))
                    keys = [SubjectKey(source, name) for name in names]
                    found: dict[str, list[Event]] = {name: [] for name in names}
                    since: dict[str, dict[tuple[str, str], datetime]] = {name: {} for name in names}
                    for row in statements.of_subjects(connection, events, keys):
                        found[row.subject].append(to_event(row))
                    for row in statements.of_subjects(connection, quarantine, keys, mine):
                        since[row.subject][row.record_id, row.reason] = row.first_seen
                for key in keys:
                    if found[key.subject]:
                        yield key, tuple(found[key.subject]), since[key.subject]
                if len(names) < _AT_ONCE:
                    break
                last = names[-1]

    def others(self, sources: Sequence[str]) -> tuple[SetAside, ...]:
        """The records that are set aside for another reason than a word of a subject, by source and reason."""
        table = quarantine.c
        mine = table.source.in_(list(sources)) & _WAITS & ~_WORDS
        kinds = (table.source, table.reason)
        since = sa.func.min(table.first_seen, type_=table.first_seen.type)
        numbers = sa.select(*kinds, sa.func.count(), since, sa.func.max(table.id))
        counted = numbers.where(mine).group_by(*kinds).order_by(*kinds)
        with self._database.read() as connection:
            rows = connection.execute(counted).all()
            newest = sa.select(table.id, table.detail).where(statements.one_of(table.id, [row[4] for row in rows]))
            said = {row.id: row.detail for row in connection.execute(newest)} if rows else {}
        return tuple(
            SetAside(source, reason, number, since, said[last]) for source, reason, number, since, last in rows
        )
