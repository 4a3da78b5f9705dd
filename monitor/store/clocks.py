"""Keep what the engine says: readings, transitions, counters and outbox rows of a subject in one transaction.

Due subjects are found by the index on `next_threshold_at`, never by a scan.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from monitor.alert import Alert, Router
from monitor.clock import Checkpoint, Transition
from monitor.history import Event, Reject
from monitor.model import State, SubjectKey, TransitionKind
from monitor.store import grouping, statements
from monitor.store.changed_alerts import store_changes
from monitor.store.database import Database
from monitor.store.first_sight import unseen
from monitor.store.grouping import Window
from monitor.store.ingest import events_of
from monitor.store.outcomes import Loaded, Step
from monitor.store.quarantining import set_aside
from monitor.store.remembering import remember
from monitor.store.schema import NOBODYS, alerts, events, groups, meta, readings, subjects, touched, transitions
from monitor.store.stored_alerts import to_alert
from monitor.store.unchanged import Unchanged

Checkpoints = Mapping[SubjectKey, Checkpoint]

_RUNNING = (State.RUNNING.value, State.AT_RISK.value)


class OpenClocks(NamedTuple):
    """Open clocks of one source that are alike; `deadline` is the earliest of those that run and are not breached."""

    source: str
    tier: str
    assurance: str
    policy_version: str
    clocks: int
    deadline: datetime | None


class Clocks:
    """The engine's side of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._nobodys = Unchanged(database, self._read_nobodys)
        self.revision = 0
        """Goes up with every commit of readings, so that a reader can tell whether there is anything new."""

    def installed_at(self, now: datetime) -> datetime:
        """When this installation first ran; set to *now* the first time (semantics 19)."""
        with self._database.write() as connection:
            statements.put_new(connection, meta, [{"key": "installed_at", "value": now.isoformat()}])
            found = connection.scalar(sa.select(meta.c.value).where(meta.c.key == "installed_at"))
        return datetime.fromisoformat(str(found))

    def waiting(
        self, now: datetime, limit: int, configured: Sequence[str], due_limit: int = 0
    ) -> tuple[SubjectKey, ...]:
        """Subjects to look at: those whose next threshold has come, then those with news, then mass recomputation.

        At most *limit*, and of the first kind alone at most *due_limit*. Only of the sources that are *configured*: no
        time passes for clocks whose source was taken out.
        """
        return self.crowd(now, limit, configured, due_limit)[0]

    def crowd(
        self, now: datetime, limit: int, configured: Sequence[str], due_limit: int = 0
    ) -> tuple[tuple[SubjectKey, ...], tuple[SubjectKey, ...]]:
        """The subjects to look at as `waiting` names them, and more that are due as well, in the order of their turn.

        There are more only where more are due than are looked at; of very many the oldest.
        """
        due: list[Any] = []
        more: list[Any] = []
        most = due_limit or limit
        with self._database.read() as connection:
            for source in configured:  # one by one, so that each is a search in the index
                some = connection.execute(_due(source, now, most + 1)).all()
                if len(some) > most:
                    many = _alike(connection, _due(source, now, most * _AHEAD), some[0])
                    some, more = many[:most], more + many[most:]
                due += some
            due.sort(key=lambda row: row.next_threshold_at)
            found = dict.fromkeys([statements.key_of(row) for row in due])
            if len(found) < min(limit, most):
                found |= dict.fromkeys(_in_turn(connection, now, limit, configured))
                return tuple(found)[:limit], ()
        first, then = tuple(found)[:most], tuple(found)[most:]
        return first, (*then, *dict.fromkeys([key for row in more if (key := statements.key_of(row)) not in found]))

    def with_news(self, now: datetime, limit: int, configured: Sequence[str]) -> tuple[SubjectKey, ...]:
        """Subjects of which there is news, the most urgent first; not those that are only due."""
        with self._database.read() as connection:
            return _in_turn(connection, now, limit, configured)[:limit]

    def next_due(self, configured: Sequence[str]) -> datetime | None:
        """The next instant at which something will change without news; None if there is none."""
        instants: list[datetime | None] = []
        with self._database.read() as connection:
            for source in configured:
                mine = (touched.c.source == source) & touched.c.not_before.is_not(None)
                instants.append(connection.scalar(sa.select(sa.func.min(touched.c.not_before)).where(mine)))
                due = (readings.c.source == source) & readings.c.next_threshold_at.is_not(None)
                soonest = sa.select(readings.c.next_threshold_at).where(due).order_by(readings.c.next_threshold_at)
                instants.append(connection.scalar(soonest.limit(1)))
        return min((at for at in instants if at is not None), default=None)

    def due_soon(
        self, now: datetime, until: datetime, configured: Sequence[str], limit: int
    ) -> dict[SubjectKey, datetime]:
        """The first threshold after *now*, but not after *until*, of each subject that has one; the nearest first."""
        found: dict[SubjectKey, datetime] = {}
        with self._database.read() as connection:
            for source in configured:
                coming = _due(source, until, limit).where(readings.c.next_threshold_at > now)
                for row in connection.execute(coming):
                    key, at = statements.key_of(row), row.next_threshold_at
                    found[key] = min(at, found.get(key, at))
        return dict(sorted(found.items(), key=lambda item: item[1]))

    def marked(self, keys: Iterable[SubjectKey]) -> frozenset[SubjectKey]:
        """Those of the subjects of which there is news that nobody has looked at."""
        with self._database.read() as connection:
            return frozenset(statements.key_of(row) for row in statements.of_subjects(connection, touched, keys))

    def load(self, keys: Sequence[SubjectKey], since: Checkpoints | None = None) -> tuple[Loaded, ...]:
        """Each subject's events, transitions and alerts, in one consistent read.

        Of one that has a checkpoint in *since* only what is after that, unless there is news from before it.
        """
        with self._database.read() as connection:
            marks = {statements.key_of(row): row for row in statements.of_subjects(connection, touched, keys)}
            later = _still_hold(connection, keys, since or {}, marks)
            whole = [key for key in keys if key not in later]
            history = events_of(connection, whole)
            happened = _by_key(statements.of_subjects(connection, transitions, whole))
            stored = _by_key(statements.of_subjects(connection, alerts, whole))
            for key, checkpoint in later.items():
                name, one = (key.source, key.subject), [key]
                history |= events_of(connection, one, events.c.at >= checkpoint.at)
                after = transitions.c.at >= checkpoint.at
                happened[name] = list(statements.of_subjects(connection, transitions, one, after))
                stored[name] = list(statements.of_subjects(connection, alerts, one, _of_cycles(checkpoint)))
        return tuple(
            Loaded(
                key,
                None if mark is None else mark.revision,
                tuple(history.get(key, ())),
                tuple([_to_transition(row) for row in sorted(happened.get(name, ()), key=lambda row: row[0])]),
                tuple([to_alert(row) for row in stored.get(name, ())]),
                since=later.get(key),
                earliest=None if mark is None else mark.earliest,
            )
            for key in keys
            for name, mark in (((key.source, key.subject), marks.get(key)),)
        )

    def unseen(self, source: str, given: Sequence[Event], most: int, longest: int) -> tuple[Loaded, ...]:
        """As `unseen` (`first_sight.py`)."""
        return unseen(self._database, source, given, most, longest)

    def has_groups(self) -> bool:
        """Whether anything was ever counted of several subjects."""
        with self._database.read() as connection:
            return connection.scalar(sa.select(groups.c.subject).limit(1)) is not None

    def ensure_groups(self, names: Mapping[str, str]) -> None:
        """Make the groups that there are whether or not anything names them: id → value."""
        with self._database.write() as connection:
            grouping.ensure(connection, names)

    def recomputing(self, sources: Sequence[str]) -> bool:
        """Whether a subject of these sources is still to be judged by other rules than those it was judged by last."""
        with self._database.read() as connection:
            for source in sources:
                old = (touched.c.source == source) & (touched.c.priority > 0) & touched.c.not_before.is_(None)
                if connection.scalar(sa.select(touched.c.subject).where(old).limit(1)) is not None:
                    return True
        return False

    def load_groups(
        self, keys: Sequence[SubjectKey], window: Window, recorded_from: datetime, now: datetime
    ) -> tuple[Loaded, ...]:
        """What is to be judged of each group, with what is stored of the periods that are judged."""
        with self._database.read() as connection:
            marked = {row.subject: row.revision for row in statements.of_subjects(connection, touched, keys)}
            found = grouping.load_groups(connection, keys, window, recorded_from, now)
            loaded = []
            for key, (record, changed_from) in found.items():
                happened, stored = grouping.on_record(connection, record)
                loaded.append(
                    Loaded(
                        key,
                        marked.get(key.subject),
                        (),
                        tuple([_to_transition(row) for row in happened]),
                        tuple([to_alert(row) for row in stored]),
                        record,
                        changed_from,
                    )
                )
        return tuple(loaded)

    def commit(
        self,
        steps: Sequence[Step],
        router: Router,
        rules_version: str,
        installed_at: datetime,
        now: datetime,
        counting: bool = False,
    ) -> None:
        """Remember the steps: readings, transitions, counters, alerts and outbox rows, all or nothing.

        A subject that was touched again since it was loaded stays marked and will be looked at again. With *counting*
        what subjects add to groups is remembered as well.
        """
        with self._database.changing() as (connection, changes):
            remember(connection, steps, router, rules_version, installed_at, now, changes, counting)
        self.revision += 1

    def set_aside(self, loaded: Loaded, now: datetime, until: datetime) -> None:
        """Leave a subject alone until *until* because our own code failed on it; shown in quarantine."""
        key = loaded.key
        detail = f"{key}: tierwatch failed on this subject's history (see the log); it is tried again at {until}"
        with self._database.write() as connection:
            mine = (touched.c.source == key.source) & (touched.c.subject == key.subject)
            row = {"source": key.source, "subject": key.subject, "revision": 1, "priority": 0, "not_before": until}
            if not connection.execute(sa.update(touched).where(mine).values(not_before=until)).rowcount:
                connection.execute(sa.insert(touched).values(**row))
            due = (readings.c.source == key.source) & (readings.c.subject == key.subject)
            later = sa.update(readings).where(due & (readings.c.next_threshold_at < until))
            connection.execute(later.values(next_threshold_at=until))
            set_aside(connection, [Reject(key.source, key.subject, "defect", detail, subject=key.subject)], now)

    def commit_alerts(self, changed: Sequence[Alert], router: Router, now: datetime) -> None:
        """Remember alerts that belong to no subject (the digest of the backlog)."""
        with self._database.write() as connection:
            store_changes(connection, changed, router, now)

    def backlog(self, installed_at: datetime) -> tuple[tuple[str, str, int], ...]:
        """(tier, target, clocks) of open clocks whose breach is older than this installation."""
        old = readings.c.open & (readings.c.breached_at < installed_at)
        query = (
            sa.select(readings.c.tier, readings.c.target, sa.func.count())
            .where(old)
            .group_by(readings.c.tier, readings.c.target)
            .order_by(readings.c.tier, readings.c.target)
        )
        with self._database.read() as connection:
            return tuple((row[0], row[1], row[2]) for row in connection.execute(query))

    def open_clocks(self, groups: Collection[tuple[str, str, str]]) -> tuple[OpenClocks, ...]:
        """The open clocks of these sources, tiers and assurances, by the policy that judges them. Reads each one."""
        labels = (readings.c.source, readings.c.tier, readings.c.assurance, readings.c.policy_version)
        running = readings.c.state.in_(_RUNNING)
        soonest = sa.func.min(sa.case((running, sa.type_coerce(readings.c.deadline, sa.BigInteger))))
        query = (
            sa.select(*labels, sa.func.count(), sa.type_coerce(soonest, readings.c.deadline.type))
            .where(readings.c.open)
            .group_by(*labels)
            .order_by(*labels)
        )
        found: list[OpenClocks] = []
        with self._database.read() as connection:
            for group in sorted(groups):
                here = [column == value for column, value in zip(labels, group, strict=False)]
                found += [OpenClocks(*row) for row in connection.execute(query.where(*here))]
        return tuple(found)

    def alerts_without_subject(self) -> tuple[Alert, ...]:
        """What is about no single subject and no cause: the digest of the backlog, major faults, ourselves."""
        return self._nobodys()

    def _read_nobodys(self) -> tuple[Alert, ...]:
        with self._database.read() as connection:
            rows = connection.execute(sa.select(alerts).where(NOBODYS)).all()
        return tuple(to_alert(row) for row in rows)


_AHEAD = 10


def _still_hold(
    connection: sa.Connection, keys: Sequence[SubjectKey], since: Checkpoints, marks: Mapping[SubjectKey, Any]
) -> dict[SubjectKey, Checkpoint]:
    """The checkpoints of subjects that have no news from before them, and were judged last by the same rules.

    A subject whose events were deleted has no row any more.
    """
    perhaps = {key: since[key] for key in keys if key in since}
    if not perhaps:
        return {}
    judged = {statements.key_of(row): row for row in statements.of_subjects(connection, subjects, perhaps)}
    found = {}
    for key, checkpoint in perhaps.items():
        late = key in marks and marks[key].earliest is not None and marks[key].earliest < checkpoint.at
        if not late and key in judged and judged[key].rules_version == checkpoint.rules_version:
            found[key] = checkpoint
    return found


def _of_cycles(checkpoint: Checkpoint) -> sa.ColumnElement[bool]:
    """The alerts of cycles that can still change."""
    over = [(alerts.c.target == target) & (alerts.c.cycle < first) for target, first in checkpoint.cycles.items()]
    return sa.not_(sa.or_(sa.false(), *over))


def _due(source: str, now: datetime, limit: int) -> sa.Select[Any]:
    """The clocks of a source whose next threshold has come, the oldest first."""
    mine = (readings.c.source == source) & (readings.c.next_threshold_at <= now)
    query = sa.select(readings.c.next_threshold_at, readings.c.source, readings.c.subject).where(mine)
    return query.order_by(readings.c.next_threshold_at).limit(limit)


def _in_turn(connection: sa.Connection, now: datetime, limit: int, configured: Sequence[str]) -> tuple[SubjectKey, ...]:
    """Subjects with news, the most urgent first; of equal urgency one of each source in turn.

    So a source that brings more than can be worked off delays its own news only.
    """
    news: list[tuple[int, int, SubjectKey]] = []
    for source in configured:
        rows = connection.execute(_news(source, now, limit))
        news += [(row.priority, turn, statements.key_of(row)) for turn, row in enumerate(rows)]
    return tuple(key for _, _, key in sorted(news, key=lambda one: one[:2]))


def _news(source: str, now: datetime, limit: int) -> sa.Select[Any]:
    """The subjects of a source with news, or to be recomputed, the most urgent first; not those that are put off."""
    ready = (touched.c.source == source) & (touched.c.not_before.is_(None) | (touched.c.not_before <= now))
    query = sa.select(touched.c.source, touched.c.subject, touched.c.priority).where(ready)
    return query.order_by(touched.c.priority).limit(limit)


def _alike(connection: sa.Connection, due: sa.Select[Any], oldest: Any) -> list[Any]:
    """Many that are due, those that are alike together, beginning with the oldest: so most of a cause come together.

    Attributes are stored with their names in order, so that `cause` and `circuit` stand before a ticket's own.
    """
    many = due.subquery()
    theirs = (subjects.c.source == many.c.source) & (subjects.c.subject == many.c.subject)
    attributes = sa.type_coerce(subjects.c.attributes, sa.Text)
    its = (subjects.c.source == oldest.source) & (subjects.c.subject == oldest.subject)
    before = attributes < sa.select(attributes).where(its).scalar_subquery()
    query = sa.select(many).select_from(many.join(subjects, theirs)).order_by(before, attributes)
    return list(connection.execute(query))


def _by_key(rows: Iterable[Any]) -> dict[tuple[str, str], list[Any]]:
    found: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in rows:
        found[row.source, row.subject].append(row)
    return found


def _to_transition(row: Any) -> Transition:
    _, _, _, target, cycle, kind, stage, at, because, tier, assurance, _ = row
    return Transition(target, cycle, TransitionKind(kind), stage, at, because, tier, assurance)
