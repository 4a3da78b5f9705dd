"""Read what a forecast of one subject's alerts needs: its history, who shares its root cause, silences, what waits.

Only reads. The forecast itself is in `alerts/decide/foretold.py` and `alerts/oncall/foretold.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from alerts.decide import Answered, HeldPage, Stored, StoredSubject, repeats, root_causes
from monitor.alert import Alert, Cause, Channel, Decision, Delivery, Withheld
from monitor.clock import Subject
from monitor.model import SubjectKey, SubjectKind
from monitor.policy import GROUPS
from monitor.store import statements
from monitor.store.changed_alerts import to_silence
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from monitor.store.grouping import Window
from monitor.store.queue_rows import load_pages
from monitor.store.schema import LASTS, alerts, causes, encoded, meta, outbox, silences, subjects
from monitor.store.stored_alerts import from_json, to_alert, to_cause

_HOLDS = (Withheld.SILENCED, Withheld.GROUPED, Withheld.WAITS_FOR_HOURS)


class Foretelling:
    """The forecast's side of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def installed_at(self, otherwise: datetime) -> datetime:
        """When this installation first ran; *otherwise* where it never has."""
        with self._database.read() as connection:
            found = connection.scalar(sa.select(meta.c.value).where(meta.c.key == "installed_at"))
        return otherwise if found is None else datetime.fromisoformat(str(found))

    def stored(
        self, key: SubjectKey, names: Sequence[str], counted_in: Mapping[SubjectKey, str], window: Window, now: datetime
    ) -> Stored:
        """What is stored of *key*, of the subjects that share a root cause with it by the attributes *names*, and of
        the groups *counted_in* (with the value that makes each), from the instant on that *window* says.
        """
        with self._database.read() as connection:
            together = tuple(dict.fromkeys((key, *_sharing(connection, key, names))))
        clocks, members = Clocks(self._database), [one for one in together if one.source != GROUPS]
        loaded = clocks.load(members) if members else ()
        known = {one.key: StoredSubject(one.events, one.transitions, one.alerts) for one in loaded}
        for one in clocks.load_groups(list(counted_in), window, self.installed_at(now), now):
            assert one.group is not None
            group = replace(one.group, value=one.group.value or counted_in[one.key])  # it may not exist yet
            known[one.key] = StoredSubject((), one.transitions, one.alerts, group)
        by_key = {alert.key: alert for one in known.values() for alert in one.alerts}
        with self._database.read() as connection:
            coming = sa.select(silences).where(silences.c.ends_at > now).order_by(silences.c.starts_at, silences.c.id)
            not_over = tuple(to_silence(row) for row in connection.execute(coming))
            of_causes = _causes(connection, {alert.cause_key for alert in by_key.values()})
            by_key |= {alert.key: alert for _, own in of_causes.values() for alert in own}
            made = sa.select(outbox.c.alert_key, outbox.c.channel).where(statements.one_of(outbox.c.alert_key, by_key))
            queued = frozenset((row.alert_key, row.channel) for row in connection.execute(made.distinct()))
            answered = dict(_answered(connection, {name for _, name in queued}, by_key))
            return Stored(known, not_over, of_causes, tuple(_held(connection, by_key)), queued, answered)


def _answered(
    connection: sa.Connection, channels: Collection[str], keys: Collection[str]
) -> Iterator[tuple[tuple[str, str], Answered]]:
    """What each channel has of the alerts that it was sent as pages."""
    pages = (outbox.c.delivery == Delivery.QUEUE.value) & outbox.c.alert.is_not(None)
    for channel in sorted(channels):
        for key, rows in load_pages(connection, channel, keys, pages).items():
            at, waiting = repeats.last_answer(rows)
            if at is not None:
                yield (key, channel), Answered(at, waiting, repeats.holds_as_firing(rows))


def _causes(connection: sa.Connection, keys: Collection[str]) -> dict[str, tuple[Cause, tuple[Alert, ...]]]:
    """The open causes with their own alerts, by key."""
    found = {}
    for row in connection.execute(sa.select(causes).where(LASTS)):
        if row.key in keys:
            own = sa.select(alerts).where(alerts.c.cause_key == f"#{row.id}")
            found[row.key] = (to_cause(row), tuple(map(to_alert, connection.execute(own))))
    return found


def _sharing(connection: sa.Connection, key: SubjectKey, names: Sequence[str]) -> Iterator[SubjectKey]:
    mine = (subjects.c.source == key.source) & (subjects.c.subject == key.subject)
    row = connection.execute(sa.select(subjects).where(mine)).first()
    cause_key = "" if row is None else root_causes.key_of(_subject(row), names)
    if not cause_key:
        return
    value = cause_key.partition("/")[2]
    text = sa.type_coerce(subjects.c.attributes, sa.Text)
    may = text.contains(encoded(value) or "", autoescape=True) | (subjects.c.subject == value)
    for other in connection.execute(sa.select(subjects).where(may).order_by(subjects.c.source, subjects.c.subject)):
        if root_causes.key_of(_subject(other), names) == cause_key:
            yield statements.key_of(other)
    named = sa.select(alerts.c.source, alerts.c.subject).where(
        (alerts.c.cause_key == cause_key) & alerts.c.resolved_at.is_(None) & alerts.c.subject.is_not(None)
    )
    for other in connection.execute(named.distinct()):
        yield statements.key_of(other)


def _subject(row: Any) -> Subject:
    return Subject(statements.key_of(row), SubjectKind(row.kind), row.attributes)


def _held(connection: sa.Connection, by_key: Mapping[str, Alert]) -> Iterator[HeldPage]:
    """The pages of these alerts that were held back and not sent yet."""
    waiting = statements.one_of(outbox.c.alert_key, by_key) & outbox.c.closed_at.is_(None) & (outbox.c.held_by != "")
    for row in connection.execute(sa.select(outbox).where(waiting).order_by(outbox.c.id)):
        word, _, detail = row.held_by.partition("/")
        if word in _HOLDS:
            channel = Channel(row.channel, Delivery(row.delivery))
            alert = by_key[row.alert_key] if row.alert is None else from_json(row.alert)
            yield HeldPage(alert, Decision(channel, Withheld(word), True, row.next_at, detail))
