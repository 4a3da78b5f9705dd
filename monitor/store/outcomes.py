"""Write the outcomes of a chunk of subjects, table by table, inside one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from monitor.aggregates import Changes
from monitor.alert import Alert
from monitor.clock import Checkpoint, Outcome, Reading, Transition, sentence
from monitor.errors import ConfigError
from monitor.history import INSTANT, INSTANTS, TIME, Doubt, Event, GroupRecord, Reject
from monitor.messages import DEFAULT, text
from monitor.model import Life, Measure, SubjectKey, TransitionKind
from monitor.snapshot import BY_DATES
from monitor.store import statements
from monitor.store.aggregating import Periods, note_clock, note_moved
from monitor.store.consumption import Moved, count_consumed, count_parties, legs_of, note_legs
from monitor.store.quarantining import close_mended, seen_still, set_aside
from monitor.store.schema import micros, readings, subjects, ticks, touched, transitions
from monitor.store.statements import Counted, Counts


@dataclass(frozen=True, slots=True)
class Loaded:
    """All that the engine needs of one subject, as it was at one instant of the database."""

    key: SubjectKey
    revision: int | None
    events: tuple[Event, ...]
    transitions: tuple[Transition, ...]
    alerts: tuple[Alert, ...]
    group: GroupRecord | None = None
    """What is counted, where it is a group; transitions and alerts are those of the periods from `group.since` on."""
    changed_from: datetime | None = None
    """Since when the group has changed."""
    since: Checkpoint | None = None
    """The checkpoint from which on events, transitions and alerts were read; None where all were."""
    earliest: datetime | None = None
    """The instant of the oldest event that nobody has looked at, None where there is none."""


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be remembered of one subject: the outcome at an instant, and the alerts that changed because of it."""

    loaded: Loaded
    outcome: Outcome
    alerts: tuple[Alert, ...]
    at: datetime


def subject_row(outcome: Outcome, rules_version: str) -> dict[str, Any]:
    subject = outcome.subject
    return {
        "source": subject.key.source,
        "subject": subject.key.subject,
        "kind": subject.kind.value,
        "tier": subject.tier,
        "assurance": subject.assurance,
        "attributes": dict(subject.attributes),
        "status": subject.status,
        "circuit_state": None if subject.circuit_state is None else subject.circuit_state.value,
        "since": subject.since,
        "rules_version": rules_version,
        "retired_at": None if subject.retired is None else subject.retired.at,
        "retired_by": "" if subject.retired is None else subject.retired.by.value,
        "customer": subject.attributes.get("customer") or None,
    }


def count_retired(connection: sa.Connection, outcomes: Iterable[Outcome], counts: Counts) -> None:
    """Count the subjects that are gone for good and were not when they were last written; call it before that."""
    gone = {one.subject.key: one.subject.retired.by for one in outcomes if one.subject.retired is not None}
    if not gone:
        return
    known = {
        statements.key_of(row)
        for row in statements.of_subjects(connection, subjects, list(gone))
        if row.retired_at is not None
    }
    for key, by in gone.items():
        if key not in known:
            counts[statements.counted("tierwatch_retired_total", source=key.source, by=by.value)] += 1


def unmark(connection: sa.Connection, steps: Iterable[Step]) -> None:
    """Take away the marks of what was looked at; a subject with events just ahead of us is marked until their time."""
    seen = [
        {"of": step.loaded.key.source, "named": step.loaded.key.subject, "seen": step.loaded.revision}
        for step in steps
        if step.loaded.revision is not None
    ]
    if seen:
        same = (
            (touched.c.source == sa.bindparam("of"))
            & (touched.c.subject == sa.bindparam("named"))
            & (touched.c.revision == sa.bindparam("seen"))
        )
        connection.execute(sa.delete(touched).where(same), seen)
    later = [(step.loaded.key, step.outcome.look_again_at) for step in steps if step.outcome.look_again_at is not None]
    rows = [
        {"source": key.source, "subject": key.subject, "revision": 1, "priority": 0, "not_before": at}
        for key, at in later
    ]
    statements.put_new(connection, touched, rows)


def put_readings(
    connection: sa.Connection,
    steps: Sequence[Step],
    changes: Changes,
    periods: Periods,
    installed_at: datetime,
    counts: Counts,
    unseen: bool = False,
) -> None:
    """Write the readings that changed, and take away those of cycles that the history no longer has.

    With *unseen* the subjects have none yet.
    """
    whole = [step for step in steps if step.outcome.from_cycles is None and not unseen]
    keys = {step.loaded.key for step in whole if step.loaded.group is None}
    stored = {tuple(row[:4]): tuple(row) for row in statements.bound_of_subjects(connection, readings, _NAMES, keys)}
    for step in steps:
        if step.loaded.group is not None:
            since = step.loaded.group.since
            judged = None if since is None else readings.c.started_at >= since
            rows = statements.bound_of_subjects(connection, readings, _NAMES, [step.loaded.key], judged)
            stored |= {tuple(row[:4]): tuple(row) for row in rows}
        for target, first in (step.outcome.from_cycles or {}).items():
            live = (readings.c.target == target) & (readings.c.cycle >= first)
            rows = statements.bound_of_subjects(connection, readings, _NAMES, [step.loaded.key], live)
            stored |= {tuple(row[:4]): tuple(row) for row in rows}
    read = {
        (*step.loaded.key, reading.target.name, reading.cycle): (step, reading)
        for step in steps
        for reading in step.outcome.readings
    }
    outside = () if unseen else [name for name in read if name not in stored and SubjectKey(*name[:2]) not in keys]
    before = stored | {name: row for name in outside if (row := _stored(connection, name)) is not None}
    wanted = {}
    for name, (step, reading) in read.items():
        legs = legs_of(reading, before.get(name), installed_at)
        row = _reading_row(step.loaded.key, reading, step.at)
        wanted[name] = (*row, legs, *_whose(step.outcome, reading), _used(reading, step.at))
    changed = [row for name, row in wanted.items() if before.get(name) != row]
    over = stored.keys() - wanted.keys()
    moved: Moved = Counter()
    for name in (*(row[:4] for row in changed), *over):
        note_clock(changes, periods, before.get(name), wanted.get(name))
        note_legs(moved, before.get(name), wanted.get(name))
    count_parties(connection, moved, counts)
    statements.put_bound(connection, readings, _NAMES, changed)
    for name in over:
        connection.execute(sa.delete(readings).where(_is(name)))
    note_moved(connection, periods, changes)


def _is(name: tuple[Any, ...]) -> sa.ColumnElement[bool]:
    """Whether a reading is that of this clock."""
    source, subject, target, cycle = name
    of_subject = (readings.c.source == source) & (readings.c.subject == subject)
    return sa.and_(of_subject, readings.c.target == target, readings.c.cycle == cycle)


def _stored(connection: sa.Connection, name: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """The row of one clock, of a subject of which not all rows were read."""
    of_clock = (readings.c.target == name[2]) & (readings.c.cycle == name[3])
    rows = statements.bound_of_subjects(connection, readings, _NAMES, [SubjectKey(name[0], name[1])], of_clock)
    return next((tuple(row) for row in rows), None)


_NAMES = tuple(column.name for column in readings.columns)
"""The columns as `_reading_row` names them, `legs`, those of `_whose`, and `used`; the first four are the key."""


def _reading_row(key: SubjectKey, reading: Reading, at: datetime) -> tuple[Any, ...]:
    """The row of a reading as the database has it, in the order of `_NAMES`, but for the last four."""
    target, pace, is_open = reading.target, reading.pace, reading.open
    return (
        key.source,
        key.subject,
        target.name,
        reading.cycle,
        is_open,
        reading.state.value,
        reading.life.value,
        reading.tier,
        reading.assurance,
        ticks(reading.counted),
        micros(at if is_open else reading.stopped_at or at),
        ticks(target.budget),
        micros(reading.started_at),
        micros(reading.deadline),
        micros(reading.breached_at),
        micros(reading.stopped_at),
        reading.missed_periods,
        micros(reading.next_at),
        target.policy_version,
        target.calendar + (BY_DATES if target.days or target.same_day else ""),
        target.calendar_version,
        target.measure.value,
        micros(None if pace is None or pace.since is None else pace.exhausted_at),
    )


def _whose(outcome: Outcome, reading: Reading) -> tuple[str | None, str | None]:
    """The kind and the customer of an open clock's subject, by which such clocks are found; of others nothing."""
    subject = outcome.subject
    return (subject.kind.value, subject.attributes.get("customer") or None) if reading.open else (None, None)


def _used(reading: Reading, at: datetime) -> int | None:
    """How much of an open allowance is used, or, while it is being used, since when without a break; else None."""
    if not reading.open or reading.target.period is None or reading.target.measure not in _ALLOWED:
        return None
    if reading.life is not Life.RUNNING:
        return ticks(reading.counted)
    assert reading.calendar is not None
    try:
        return micros(reading.calendar.subtract(at, reading.counted))
    except ConfigError:  # more than the calendar has had since then: it counted under another one
        return 0


_ALLOWED = (Measure.TIME, Measure.COUNT)


STOPPED = frozenset({TransitionKind.MET, TransitionKind.ENDED_LATE})
"""A clock that stopped, in time or late."""


def stopped(step: Step, item: Transition) -> Reading | None:
    """The reading of the clock that a transition stopped; None where its budget is no amount of time."""
    of_cycle = (one for one in step.outcome.readings if one.target.name == item.target and one.cycle == item.cycle)
    return next((one for one in of_cycle if one.of_time), None)


_COUNTED = {
    TransitionKind.STARTED: "started",
    TransitionKind.MET: "completed",
    TransitionKind.ENDED_LATE: "completed",
    TransitionKind.BREACHED: "breached",
}
_WITHDRAWN = TransitionKind.WITHDRAWN
_COUNTED_BEFORE = subjects.c.counted_until.is_not(None)


def add_transitions(
    connection: sa.Connection,
    steps: Iterable[Step],
    installed_at: datetime,
    now: datetime,
    counts: Counts,
    unseen: bool = False,
) -> None:
    """Add the transitions of the steps, and count them. With *unseen* none of the subjects was counted before."""
    rows = []
    moved: Counter[tuple[str, str, str, str, TransitionKind, str, bool]] = Counter()
    news = [step for step in steps if step.outcome.transitions]
    counted_before = [] if unseen else [step.loaded.key for step in news]
    known = {
        statements.key_of(row): row.counted_until
        for row in statements.of_subjects(connection, subjects, counted_before, _COUNTED_BEFORE)
    }
    for step in news:
        before = known.get(step.loaded.key)
        for item in step.outcome.transitions:
            if before is not None and item.at <= before:
                continue  # it was counted, and its row was deleted
            rows.append(_transition_row(step.loaded.key, item, now))
            if item.at >= installed_at and item.kind in STOPPED and (reading := stopped(step, item)) is not None:
                count_consumed(counts, item.tier, item.target, reading)
            named = (step.loaded.key.source, item.tier, item.assurance, item.target)
            moved[*named, item.kind, item.stage, item.at < installed_at] += 1
    for alike, number in moved.items():
        counted = _counted(*alike)
        if counted is not None:
            counts[counted] += number
    statements.add(connection, transitions, rows)


def _transition_row(key: SubjectKey, item: Transition, now: datetime) -> dict[str, Any]:
    return {
        "source": key.source,
        "subject": key.subject,
        "target": item.target,
        "cycle": item.cycle,
        "kind": item.kind.value,
        "stage": item.stage,
        "at": item.at,
        "because": item.because,
        "tier": item.tier,
        "assurance": item.assurance,
        "recorded_at": now,
    }


def _counted(
    source: str, tier: str, assurance: str, target: str, kind: TransitionKind, stage: str, before: bool
) -> Counted | None:
    """The counter that transitions move that are alike; what was *before* the installation is counted apart
    (semantics 19).
    """
    word = _COUNTED.get(kind)
    if word is None and kind is not _WITHDRAWN:
        return None
    labels = {"source": source, "tier": tier, "assurance": assurance, "sla_target": target}
    if word is None:
        return statements.counted("tierwatch_sla_corrections_total", **labels, kind=stage.partition(":")[0])
    if before:
        return statements.counted("tierwatch_sla_clocks_backfilled_total", **labels, kind=word)
    return statements.counted(f"tierwatch_sla_clocks_{word}_total", **labels)


def note_doubts(
    connection: sa.Connection, steps: Sequence[Step], now: datetime, counts: Counts, unseen: bool = False
) -> None:
    """Put what could not be read into quarantine, and close what can be read now.

    Of a subject that was judged from a checkpoint on, what could not be read before still cannot. With *unseen* nothing
    of the subjects is in quarantine.
    """
    standing: dict[SubjectKey, set[tuple[str, str]]] = {}
    doubted: dict[Reject, str] = {}
    for step in steps:
        key = step.loaded.key
        if step.outcome.from_cycles is None:
            standing[key] = set()
        for doubt in step.outcome.doubts:
            reject = _reject(key, doubt)
            standing.get(key, set()).add((reject.record_id, reject.reason))
            doubted.setdefault(reject, doubt.what)
    for reject in set_aside(connection, doubted, now):
        what = doubted[reject]
        counts[statements.counted("tierwatch_unknown_values_total", source=reject.source, what=what)] += 1
    if unseen:
        return
    close_mended(connection, standing, now, ours=True)
    seen_still(connection, [step.loaded.key for step in steps if step.outcome.from_cycles is not None], now)


def _reject(key: SubjectKey, doubt: Doubt) -> Reject:
    said, mending = text(sentence(doubt.what, doubt.value), DEFAULT), f"add it to sources.{key.source}.mapping"
    if doubt.what in (*INSTANTS, INSTANT):
        mending = f"the source must write 2026-03-02T08:30:00+08:00, or needs sources.{key.source}.options.zone"
    detail = f"{key}: {said} is not understood; the clock goes on without it; {mending} and restart"
    if doubt.what == TIME:
        detail = f"{key}: it is not known {said}; the first counts; let the source write times with their zone"
    return Reject(key.source, doubt.event_id, f"unknown_{doubt.what}", detail, subject=key.subject)
