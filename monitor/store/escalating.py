"""Read which clocks alert and who was called for them so far; store the steps that are taken, with their pages.

Two kinds of rows stand in `escalations` under an alert: that it was first sent (step BEGUN; `over_at` says since when
there is nothing more to send of it), and the steps of the run that began with it (one row per person, named
`team/person`; HOLDER is one of them). When a clock that had ended begins another life, its rows are taken away, for its
steps begin anew; what was sent to whom stays in the outbox and in the alert's log.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from alerts.decide import lives
from monitor.alert import (
    RECORDED_ONLY,
    Acknowledged,
    Alert,
    Begun,
    Channel,
    ClockKey,
    Delivery,
    EndsFor,
    EscalatingClock,
    EscalationState,
    Followed,
    Judged,
    SilenceRow,
    Taken,
)
from monitor.model import Life, SubjectKey
from monitor.snapshot import OWN_SOURCE
from monitor.store import escalation_steps, statements
from monitor.store.changed_alerts import active_silences
from monitor.store.database import Database
from monitor.store.escalation_steps import BEGUN
from monitor.store.schema import (
    FOLLOWED,
    LASTS,
    acknowledgements,
    alerts,
    causes,
    escalations,
    outbox,
    readings,
    subjects,
    transitions,
)
from monitor.store.stored_alerts import log_of, to_alert
from monitor.store.unchanged import Unchanged


class Escalating:
    """The escalation's side of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._soonest = Unchanged(database, self._read_next_end)

    def look(self, now: datetime) -> EscalationState:
        """Every clock and root cause that alerts, and every alert whose people were not sent what became of it."""
        with self._database.read() as connection:
            return _Look(connection, now).state()

    def next_end(self) -> datetime | None:
        """When the next acknowledgement in force ends, or should have; None while none has an end."""
        return self._soonest()

    def _read_next_end(self) -> datetime | None:
        soonest = sa.select(acknowledgements.c.ends_at).where(
            acknowledgements.c.ended_at.is_(None) & acknowledgements.c.ends_at.is_not(None)
        )
        with self._database.read() as connection:
            found: datetime | None = connection.scalar(soonest.order_by(acknowledgements.c.ends_at).limit(1))
        return found

    def commit(self, state: EscalationState, judged: Judged, channels: Mapping[str, Channel], now: datetime) -> bool:
        """Remember what was judged with the pages it makes, all or nothing; true if there is something to send."""
        news = judged.begun or judged.calls or judged.ended or state.followed or state.anew or state.again
        if not news:
            return False
        queued = False
        with self._database.write() as connection:
            escalation_steps.forget(connection, state)
            escalation_steps.end(connection, judged.ended, now)
            queued |= escalation_steps.send_again(connection, judged.returned, channels, now)
            begun = [escalation_steps.row(item.alert, BEGUN, "", now, "begun") for item in judged.begun]
            statements.put_new(connection, escalations, begun)
            followed: dict[str, list[Alert]] = defaultdict(list)
            for item in state.followed:
                for name in item.channels:
                    if name in channels:
                        followed[name].append(item.alert)
            queued |= escalation_steps.queue(connection, followed, channels, now)
            escalation_steps.over(connection, [item.alert.key for item in state.followed if item.over], now)
            steps = [
                escalation_steps.row(call.run, call.step, f"{call.team}/{who}", now, call.reason)
                for call in judged.calls
                for who in call.whom
            ]
            statements.put_new(connection, escalations, steps)
            queued |= escalation_steps.send(connection, [page for call in judged.calls for page in call.pages], now)
        return queued


@dataclass(slots=True)
class _Look:
    """One reading of everything, in one transaction; never leaves this file."""

    connection: sa.Connection
    now: datetime
    rows: dict[str, Any] = field(default_factory=dict)
    steps: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    calls: dict[str, list[tuple[datetime, datetime | None]]] = field(default_factory=lambda: defaultdict(list))
    """(made, accepted) of the pages that people were called with, by alert."""

    def state(self) -> EscalationState:
        firing = [row for row in self._firing() if _of_a_clock(row)]
        self._gather(firing)
        began = self._lives(firing)
        by_clock: dict[ClockKey, list[Any]] = defaultdict(list)
        for row in self.rows.values():
            by_clock[_clock(row)].append(row)
        live = {_clock(row) for row in firing}
        anew = [key for clock in live for key in self._former(by_clock[clock], began.get(clock))]
        for key in anew:
            self.steps.pop(key, None)
        again = [row.key for row in firing if self._is_over(row.key)]
        standing = tuple(self._standing(firing, by_clock, began))
        return EscalationState(
            standing,
            tuple(self._followed()),
            tuple(self._silences()),
            tuple(anew),
            tuple(again),
            tuple(self._stray(standing)),
        )

    # -- what is read ------------------------------------------------------------------------------------------------

    def _firing(self) -> list[Any]:
        notifies = alerts.c.reason.not_in([reason.value for reason in RECORDED_ONLY])
        own = sa.func.coalesce(alerts.c.source, "") == OWN_SOURCE  # proves that alerts arrive; nobody is called for it
        clock = ((alerts.c.target != "") & ~own) | alerts.c.cause_key.startswith("#")
        query = sa.select(alerts).where(alerts.c.resolved_at.is_(None) & notifies & clock)
        return list(self.connection.execute(query))

    def _gather(self, firing: Sequence[Any]) -> None:
        """Every alert of the clocks that fire, and those that are to be followed; with the rows of their steps."""
        live = sa.select(escalations.c.alert_key).where(FOLLOWED)
        for row in self.connection.execute(sa.select(alerts).where(alerts.c.key.in_(live))):
            self.rows[row.key] = row
        keys = {SubjectKey(row.source, row.subject) for row in firing if row.subject is not None}
        for row in self._of(alerts, keys):
            if _of_a_clock(row):
                self.rows[row.key] = row
        of_causes = statements.one_of(alerts.c.cause_key, {row.cause_key for row in firing if row.subject is None})
        for row in self.connection.execute(sa.select(alerts).where(of_causes)):
            self.rows[row.key] = row
        for row in self._by_alert(escalations, escalations.c.alert_key, escalations.c.id, self.rows):
            self.steps[row.alert_key].append(row)

    def _of(self, table: sa.Table, keys: Collection[SubjectKey]) -> Iterator[Any]:
        return statements.of_subjects(self.connection, table, sorted(keys))

    def _by_alert(
        self, table: sa.Table, key: sa.Column[Any], order: sa.Column[Any], keys: Iterable[str]
    ) -> Iterator[Any]:
        yield from self.connection.execute(sa.select(table).where(statements.one_of(key, keys)).order_by(order))

    def _silences(self) -> Iterator[SilenceRow]:
        yield from active_silences(self.connection, self.now)

    # -- lives of a clock --------------------------------------------------------------------------------------------

    def _lives(self, firing: Sequence[Any]) -> dict[ClockKey, datetime]:
        """When the present life of each clock that fires began, if it had ended before."""
        clocks = {_clock(row) for row in firing}
        clock_of = {key: clock for key, row in self.rows.items() if (clock := _clock(row)) in clocks}
        return lives.later_lives(log_of(self.connection, clock_of), clock_of)

    def _former(self, of_clock: Sequence[Any], life: datetime | None) -> Iterator[str]:
        """The alerts of a clock whose steps belong to a life of it that is over."""
        begun = [step.at for one in of_clock for step in self.steps.get(one.key, ()) if step.step == BEGUN]
        if lives.is_of_former_life(begun, life):
            yield from (one.key for one in of_clock if self.steps.get(one.key))

    # -- what stands -------------------------------------------------------------------------------------------------

    def _standing(
        self, firing: Sequence[Any], by_clock: Mapping[ClockKey, Sequence[Any]], began: Mapping[ClockKey, datetime]
    ) -> Iterator[EscalatingClock]:
        fires: dict[ClockKey, list[Any]] = defaultdict(list)
        for row in firing:
            fires[_clock(row)].append(row)
        keys = {SubjectKey(row.source, row.subject) for row in firing if row.subject is not None}
        attributes = {(row.source, row.subject): row.attributes for row in self._of(subjects, keys)}
        read = {_clock(row): row for row in self._of(readings, keys)}
        moved: dict[ClockKey, list[Any]] = defaultdict(list)
        for row in self._of(transitions, keys):
            moved[_clock(row)].append(row)
        open_ = {row.key: row for row in self.connection.execute(sa.select(causes).where(LASTS))}
        by_id = {f"#{row.id}": row for row in open_.values()}
        teams = self._teams({row.key for one, row in by_id.items() if one in {row.cause_key for row in firing}})
        keys_of = [row.key for clock in fires for row in by_clock[clock] if self.steps.get(row.key)]
        for row in self._by_alert(outbox, outbox.c.alert_key, outbox.c.id, keys_of):
            if row.alert is not None and row.alert["reason"] in lives.CALLS:
                self.calls[row.alert_key].append((row.created_at, row.accepted_at))
        acknowledged = self._acknowledged([row.key for clock in fires for row in by_clock[clock]])
        for clock, alive in fires.items():
            mine = by_clock[clock]
            stands_for, one = alive[0].cause_key, alive[0]
            cause, reading = by_id.get(one.cause_key), read.get(clock)
            known = tuple(self._begun(mine))
            of_clock = [item for row in mine for item in acknowledged.get(row.key, ())]
            yield EscalatingClock(
                firing=tuple(to_alert(row) for row in alive),
                begun=known,
                acknowledged=tuple(item for item in of_clock if clock not in began or item.at >= began[clock]),
                deadline=cause.deadline if cause is not None else (reading.deadline if reading is not None else None),
                pauses=() if cause is not None else self._pauses(moved[clock], reading),
                broken=cause.broken if cause is not None else (reading is not None and reading.breached_at is not None),
                team=teams.get(cause.key, "") if cause is not None else attributes.get(clock[:2], {}).get("team", ""),
                done=dict(self._done(mine)),
                stands_for=stands_for if cause is None and stands_for in open_ else "",
            )

    def _begun(self, mine: Sequence[Any]) -> Iterator[Begun]:
        """In the order in which they began, also where that was at one instant: the first of them names the run."""
        steps = ((step.id, row, step.at) for row in mine for step in self.steps.get(row.key, ()) if step.step == BEGUN)
        for _, row, at in sorted(steps, key=lambda item: item[0]):
            yield Begun(row.key, stage(row), at)

    def _done(self, mine: Sequence[Any]) -> Iterator[tuple[tuple[str, int, str], Taken]]:
        """The steps that were taken, each with when its page was first accepted."""
        calls = [call for row in mine for call in self.calls.get(row.key, ())]
        for row in mine:
            for step in self.steps.get(row.key, ()):
                if step.step != BEGUN:
                    yield (row.key, step.step, step.person.partition("/")[0]), lives.taken(step.at, calls)

    def _pauses(self, moved: Sequence[Any], reading: Any) -> tuple[tuple[datetime, datetime | None], ...]:
        runs = reading is None or reading.life == Life.RUNNING.value
        moves = [lives.Moved(row.id, row.kind, row.stage, row.at) for row in moved]
        return tuple(lives.pauses(moves, runs, self.now))

    def _acknowledged(self, keys: Sequence[str]) -> dict[str, list[Acknowledged]]:
        found: dict[str, list[Acknowledged]] = defaultdict(list)
        for row in self._by_alert(acknowledgements, acknowledgements.c.alert_key, acknowledgements.c.id, keys):
            word = stage(self.rows[row.alert_key])
            found[row.alert_key].append(to_acknowledged(row, word))
        return found

    def _stray(self, standing: Sequence[EscalatingClock]) -> Iterator[int]:
        """The acknowledgements whose time is over and that hold nothing which stands now."""
        known = {one.id for clock in standing for one in clock.acknowledged}
        overdue = acknowledgements.c.ended_at.is_(None) & (acknowledgements.c.ends_at <= self.now)
        due = sa.select(acknowledgements.c.id).where(overdue).order_by(acknowledgements.c.id)
        yield from (id_ for id_ in self.connection.scalars(due) if id_ not in known)

    def _teams(self, keys: Collection[str]) -> dict[str, str]:
        """Of each of these root causes, by its key, the team of the member that is due first."""
        if not keys:
            return {}
        mine = statements.one_of(alerts.c.cause_key, keys)
        mine &= alerts.c.resolved_at.is_(None) & alerts.c.subject.is_not(None)
        due_first = (alerts.c.deadline.is_(None), alerts.c.deadline, alerts.c.subject, alerts.c.source)
        place = sa.func.row_number().over(partition_by=alerts.c.cause_key, order_by=due_first).label("place")
        known = (alerts.c.source == subjects.c.source) & (alerts.c.subject == subjects.c.subject)
        members = (
            sa.select(alerts.c.cause_key, alerts.c.source, alerts.c.subject, place)
            .where(mine & sa.exists().where(known))
            .subquery()
        )
        its = (members.c.source == subjects.c.source) & (members.c.subject == subjects.c.subject)
        query = sa.select(members.c.cause_key, subjects.c.attributes).join(members, its).where(members.c.place == 1)
        return {key: str((attributes or {}).get("team", "")) for key, attributes in self.connection.execute(query)}

    # -- what became of it -------------------------------------------------------------------------------------------

    def _followed(self) -> Iterator[Followed]:
        """Alerts of which the channels that people were called on were not sent the present state."""
        watched = {
            key: step.at for key in self.rows for step in self.steps.get(key, ()) if step.step == BEGUN
        }  # fmt: skip
        sent: dict[str, dict[str, list[lives.SentPage]]] = defaultdict(lambda: defaultdict(list))
        for row in self._by_alert(outbox, outbox.c.alert_key, outbox.c.id, watched):
            if row.delivery == Delivery.QUEUE.value and row.alert is not None:
                page = lives.SentPage(row.created_at, row.alert["reason"], row.alert["resolved_at"] is not None)
                sent[row.alert_key][row.channel].append(page)
        for key, since in watched.items():
            row = self.rows[key]
            firing = row.resolved_at is None
            behind = tuple(name for name, pages in sent[key].items() if lives.is_behind(pages, firing, since))
            over = not firing and not self._is_over(key)
            if behind or over:
                yield Followed(to_alert(row), behind, over)

    def _is_over(self, key: str) -> bool:
        """Whether there was nothing more to send of an alert when it was last looked at."""
        return any(step.over_at is not None for step in self.steps.get(key, ()))


def to_acknowledged(row: Any, of_stage: str) -> Acknowledged:
    """An acknowledgements row as the acknowledgement that it is."""
    why = EndsFor(row.ends_for) if row.ends_for else None
    return Acknowledged(
        row.alert_key, of_stage, row.at, row.author, row.via, row.note, row.id, row.ends_at, why, row.holder,
        row.ended_at,
    )  # fmt: skip


def stage(row: Any) -> str:
    """What a clock's alerts differ by; those of a root cause have waves."""
    return row.stage or f"wave_{row.labels.get('wave', '')}"


def _of_a_clock(row: Any) -> bool:
    return bool(row.target) or "root_cause" in row.labels


def _clock(row: Any) -> ClockKey:
    """The clock of an alert; of a root cause its key, `#ID`, alone."""
    if row.subject is None:
        return ClockKey(row.cause_key, "", "", 0)
    return ClockKey(row.source, row.subject, row.target, row.cycle)
