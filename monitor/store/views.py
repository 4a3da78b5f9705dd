"""Read what is published: aggregates, the nearest clocks, circuits that are not available, one subject's story."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, TypeVar

import sqlalchemy as sa

from monitor.aggregates import UNBROKEN, Counted
from monitor.alert import RECORDED_ONLY, Withheld
from monitor.clock import Subject
from monitor.explain import AlertRecord
from monitor.history import Event, GroupRecord
from monitor.model import CircuitState, Life, Measure, State, SubjectKey, SubjectKind
from monitor.policy import GROUPS
from monitor.snapshot import (
    LATE,
    NEAREST,
    OPEN_WORDS,
    OTHER,
    ChannelHealth,
    CircuitRow,
    Count,
    InForce,
    NearClock,
)
from monitor.store import grouping, statements
from monitor.store.alert_records import alert_records
from monitor.store.database import Database
from monitor.store.in_force import in_force
from monitor.store.ingest import to_event
from monitor.store.schema import (
    OF_A_DRILL,
    SET_ASIDE,
    alert_log,
    alerts,
    counters,
    decisions,
    events,
    groups,
    meta,
    outbox,
    quarantine,
    readings,
    sources,
    subjects,
)
from monitor.store.unchanged import Unchanged
from monitor.store.waiting import HELD, UNACCEPTED, held_by_what, waits_since
from monitor.worktime import EPOCH

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SourceRow:
    """What the store knows of a source's polls."""

    up: bool | None
    last_success: datetime | None
    watermark: datetime | None
    next_poll: datetime | None
    error: str


class Views:
    """The readers' side of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def takes_writes(self) -> bool:
        """Whether the database took the last write."""
        return self._database.takes_writes

    def while_unchanged(self, read: Callable[[], T]) -> Unchanged[T]:
        """What *read* reads, read again only once something was committed; not for what polls alone change."""
        return Unchanged(self._database, read)

    def counted(self) -> Counted | None:
        """The aggregates of open clocks, and the circuits by state; None while they are being counted. Reads no row."""
        return self._database.kept.counted()

    def nearest(self, limit: int = NEAREST) -> tuple[NearClock, ...]:
        """The running clocks nearest to their deadline, not breached yet."""
        ahead = readings.c.deadline.is_not(None)
        found: list[tuple[datetime, NearClock]] = []
        with self._database.read() as connection:
            for state in UNBROKEN:  # one by one, so that each is a search in the index
                query = _listed(ahead & (readings.c.state == state.value), readings.c.deadline.asc(), limit)
                found += [(row.deadline, _near(row)) for row in connection.execute(query)]
        return tuple(clock for _, clock in sorted(found, key=itemgetter(0))[:limit])

    def late(self, limit: int = LATE) -> tuple[NearClock, ...]:
        """The open breached clocks, the latest breach first."""
        state = sa.func.coalesce(readings.c.state, "")  # by the instant of the breach, not by the state
        breached = (state == State.BREACHED.value) & readings.c.breached_at.is_not(None)
        with self._database.read() as connection:
            query = _listed(breached, readings.c.breached_at.desc(), limit)
            return tuple(_near(row) for row in connection.execute(query))

    def circuits_down(self, limit: int = 200) -> tuple[CircuitRow, ...]:
        """Circuits that are not available, the longest first."""
        away = subjects.c.circuit_state.in_([state.value for state in CircuitState if state != CircuitState.AVAILABLE])
        query = sa.select(subjects).where(away).order_by(subjects.c.since).limit(limit)
        with self._database.read() as connection:
            return tuple(_circuit(row) for row in connection.execute(query))

    def circuits_not_known_up(self) -> tuple[Subject, ...]:
        """Circuits that are unavailable, or of which nobody knows."""
        away = subjects.c.circuit_state.in_([CircuitState.UNAVAILABLE.value, CircuitState.UNKNOWN.value])
        with self._database.read() as connection:
            return tuple(
                Subject(
                    SubjectKey(row.source, row.subject), SubjectKind.CIRCUIT, row.attributes,
                    circuit_state=CircuitState(row.circuit_state), since=row.since,
                )
                for row in connection.execute(sa.select(subjects).where(away))
            )  # fmt: skip

    def sources(self) -> dict[str, SourceRow]:
        with self._database.read() as connection:
            return {
                row.source: SourceRow(row.up, row.last_success, row.watermark, row.next_poll, row.error)
                for row in connection.execute(sa.select(sources))
            }

    def counts(self) -> tuple[Count, ...]:
        with self._database.read() as connection:
            rows = connection.execute(sa.select(counters).order_by(counters.c.name, counters.c.labels))
            return tuple(Count(row.name, row.labels, row.value) for row in rows)

    def firing(self) -> dict[tuple[str, str], int]:
        """Firing alerts by (tier, stage)."""
        fires = alerts.c.resolved_at.is_(None) & ~OF_A_DRILL
        query = sa.select(alerts.c.tier, alerts.c.stage, sa.func.count()).where(fires)
        with self._database.read() as connection:
            rows = connection.execute(query.group_by(alerts.c.tier, alerts.c.stage))
            return {(tier, stage): number for tier, stage, number in rows}

    def in_force(self, now: datetime) -> InForce:
        """The silences in force, and the acknowledgements in force of alerts that fire."""
        with self._database.read() as connection:
            return in_force(connection, now)

    def channels(self, now: datetime, named: Collection[str] = ()) -> tuple[ChannelHealth, ...]:
        """What waits for each channel and what is held back, by the definition in `waiting.py`.

        Every channel that is *named* is listed, whether anything waits for it or not.
        """
        what = held_by_what(now).label("what")
        since = sa.func.min(sa.type_coerce(waits_since(), sa.BigInteger))
        query = (
            sa.select(outbox.c.channel, what, sa.func.count(), since).where(UNACCEPTED).group_by(outbox.c.channel, what)
        )
        pending: dict[str, tuple[int, datetime | None]] = dict.fromkeys(sorted(named), (0, None))
        held: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(HELD, 0))
        with self._database.read() as connection:
            for channel, word, number, oldest in connection.execute(query):
                pending.setdefault(channel, (0, None))
                if word:
                    held[channel][word] = number
                else:
                    pending[channel] = (number, _instant(oldest))
        return tuple(
            ChannelHealth(channel, number, oldest, held[channel]) for channel, (number, oldest) in pending.items()
        )

    def quarantined(self) -> dict[tuple[str, str], int]:
        """Records in quarantine by (source, reason)."""
        query = (
            sa.select(quarantine.c.source, quarantine.c.reason, sa.func.count())
            .where(SET_ASIDE)
            .group_by(quarantine.c.source, quarantine.c.reason)
        )
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(quarantine.c.source, sa.func.min(quarantine.c.id))).all()
        found: dict[str, Counter[str]] = defaultdict(Counter)
        for source, reason, number in rows:
            words = found[source]
            words[reason if len(words.keys() - {OTHER}) < OPEN_WORDS else OTHER] += number
        return {(source, reason): number for source, words in found.items() for reason, number in words.items()}

    def find(self, subject: str) -> tuple[SubjectKey, ...]:
        """The subjects that a person may mean: `source/subject`, or the subject's id alone in any source."""
        source, _, rest = subject.partition("/")
        exact = (events.c.source == source) & (events.c.subject == rest)
        query = sa.select(events.c.source, events.c.subject).distinct()
        with self._database.read() as connection:
            found = connection.execute(query.where(exact)).all()
            if not found:
                known = connection.scalars(sa.select(sources.c.source)).all()
                named = events.c.source.in_(known) & (events.c.subject == subject)
                found = connection.execute(query.where(named)).all()
            if not found:
                found = connection.execute(_groups_named(source, rest, subject)).all()
        return tuple(SubjectKey(row.source, row.subject) for row in found)

    def events_of(self, key: SubjectKey) -> tuple[Event, ...]:
        mine = (events.c.source == key.source) & (events.c.subject == key.subject)
        with self._database.read() as connection:
            return tuple(to_event(row) for row in connection.execute(sa.select(events).where(mine)))

    def group(self, key: SubjectKey, since: Callable[[str], datetime | None], now: datetime) -> GroupRecord | None:
        """One group, from the instant that *since* says for its value (None: all of it); None where there is none."""
        with self._database.read() as connection:
            return grouping.load_group(connection, key, since, _installed_at(connection) or now)

    def installed_at(self) -> datetime | None:
        """When this installation first ran; None if it never did."""
        with self._database.read() as connection:
            return _installed_at(connection)

    def subjects_with_events(
        self, configured: Sequence[str], page: int = 500
    ) -> Iterator[tuple[SubjectKey, tuple[Event, ...]]]:
        """Every subject of the *configured* sources with all its events, by source and then in order of its id.

        Holds *page* subjects at a time; each page is a transaction of its own, so that a writer never waits for it.
        """
        for source in configured:
            mine = sa.select(events.c.subject).distinct().where(events.c.source == source).order_by(events.c.subject)
            found: dict[str, list[Event]] = {}
            while True:
                here = mine.where(events.c.subject > next(reversed(found))) if found else mine
                with self._database.read() as connection:
                    found = {name: [] for name in connection.scalars(here.limit(page))}
                    for row in statements.of_subjects(connection, events, [SubjectKey(source, name) for name in found]):
                        found[row.subject].append(to_event(row))
                for name, of_one in found.items():
                    yield SubjectKey(source, name), tuple(of_one)
                if len(found) < page:
                    break

    def alerts_of(self, key: SubjectKey) -> list[AlertRecord]:
        """The alerts about a subject, with what was sent to whom and how it was answered."""
        mine = (alerts.c.source == key.source) & (alerts.c.subject == key.subject)
        return alert_records(self._database, mine | (alerts.c.cause_key == f"#silenced/{key}"))

    def alerts(self, over: bool = False) -> list[AlertRecord]:
        """The alerts that fire, and where *over* those that have ended, with what was sent to whom."""
        notifies = alerts.c.reason.not_in([reason.value for reason in RECORDED_ONLY])
        return alert_records(self._database, notifies if over else notifies & alerts.c.resolved_at.is_(None))

    def practised(self, since: datetime, channel: str | None = None) -> list[dict[str, Any]]:
        """Every page that a receiver in shadow would have had since then, the oldest first; ends are left out."""
        shadow = (decisions.c.reason == Withheld.SHADOW.value) & (decisions.c.at >= since)
        if channel is not None:
            named = decisions.c.channel == channel
            shadow &= named | decisions.c.channel.startswith(f"{channel}/", autoescape=True)
        query = (
            sa.select(decisions.c.id, decisions.c.at, decisions.c.channel, alerts.c.labels, alerts.c.annotations,
                      alerts.c.target, alert_log.c.reason, decisions.c.detail)
            .join(alerts, alerts.c.key == decisions.c.alert_key)
            .join(alert_log, (alert_log.c.key == decisions.c.alert_key) & (alert_log.c.at == decisions.c.at))
            .where(shadow & alert_log.c.firing & ~OF_A_DRILL)
            .order_by(decisions.c.at, decisions.c.id, alert_log.c.id)
        )  # fmt: skip
        with self._database.read() as connection:
            return list({row.id: dict(row._mapping) for row in connection.execute(query)}.values())


def _installed_at(connection: sa.Connection) -> datetime | None:
    said = connection.scalar(sa.select(meta.c.value).where(meta.c.key == "installed_at"))
    return None if said is None else datetime.fromisoformat(said)


def _groups_named(source: str, rest: str, subject: str) -> sa.Select[Any]:
    """The group of that name, with or without its source before it."""
    named = rest if source == GROUPS else subject
    query = sa.select(sa.literal(GROUPS).label("source"), groups.c.subject)
    return query.where(groups.c.subject == named)


def _listed(which: sa.ColumnElement[bool], order: Any, limit: int) -> sa.Select[Any]:
    """Open clocks that are listed one by one."""
    return (
        sa.select(readings, subjects.c.attributes)
        .join(subjects, (subjects.c.source == readings.c.source) & (subjects.c.subject == readings.c.subject))
        .where(readings.c.open & which)
        .order_by(order)
        .limit(limit)
    )


def _near(row: Any) -> NearClock:
    known: Mapping[str, str] = row.attributes
    return NearClock(
        key=SubjectKey(row.source, row.subject),
        target=row.target,
        cycle=row.cycle,
        tier=row.tier,
        assurance=row.assurance,
        state=State(row.state),
        deadline=row.deadline,
        counted=row.counted,
        budget=row.budget,
        missed_periods=row.missed_periods,
        calendar=row.calendar,
        running=row.life == Life.RUNNING.value,
        read_at=row.read_at,
        customer=known.get("customer", ""),
        circuit=known.get("circuit", ""),
        team=known.get("team", ""),
        title=known.get("title", ""),
        url=known.get("url", ""),
        measure=Measure(row.measure),
    )


def _circuit(row: Any) -> CircuitRow:
    return CircuitRow(
        key=SubjectKey(row.source, row.subject),
        state=CircuitState(row.circuit_state),
        since=row.since,
        tier=row.tier,
        assurance=row.assurance,
        customer=row.attributes.get("customer", ""),
        title=row.attributes.get("title", ""),
        url=row.attributes.get("url", ""),
    )


def _instant(micros: int | None) -> datetime | None:
    return None if micros is None else EPOCH + timedelta(microseconds=micros)
