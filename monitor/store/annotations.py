"""Read what is marked on graphs: breaches, starts, outages, changes of the policy and reloads, of a span of time.

Each kind is one search in an index, the newest first, and no more rows than are asked for. A breach that was withdrawn
is none.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from alerts.decide import stale_sources
from monitor.model import TransitionKind
from monitor.policy import BREACHED_STAGE
from monitor.store.actions import Action
from monitor.store.database import Database
from monitor.store.schema import BREACHES, NOBODYS, actions, alerts, publications, transitions


class Mark(StrEnum):
    """What is marked on graphs."""

    BREACH = "breach"
    """A promise was broken; dated by the deadline."""
    START = "start"
    """tierwatch was started."""
    OUTAGE = "outage"
    """tierwatch did not run, or a source's data was too old to judge by."""
    POLICY = "policy"
    """Rules came into force."""
    RELOAD = "reload"
    """The configuration was read again, and taken or refused."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One mark. `until` is the end of what lasts, None for an instant and for what still lasts (`lasts`).

    `subject`, `target`, `tier` and `assurance` are those of a breach; `detail` is what else there is to say.
    """

    kind: Mark
    at: datetime
    until: datetime | None = None
    lasts: bool = False
    source: str = ""
    subject: str = ""
    target: str = ""
    tier: str = ""
    assurance: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class AskedMarks:
    """What is asked for: `[since, until)`, these kinds, and of breaches the tiers and sources; empty sets take all."""

    since: datetime
    until: datetime
    kinds: frozenset[Mark] = frozenset(Mark)
    tiers: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()


class Annotations:
    """The side of the store for what is marked on graphs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def between(self, asked: AskedMarks, most: int) -> tuple[list[Happening], bool]:
        """The newest *most* marks, the oldest of them first; true if there are more."""
        found: list[Happening] = []
        with self._database.read() as connection:
            for kind in asked.kinds:
                found += _READ[kind](connection, asked, most + 1)
        found.sort(key=lambda one: (one.at, one.kind, one.source, one.subject, one.target), reverse=True)
        return found[:most][::-1], len(found) > most


def _breaches(connection: sa.Connection, asked: AskedMarks, most: int) -> Iterator[Happening]:
    query = _BREACHES.where((transitions.c.at >= asked.since) & (transitions.c.at < asked.until))
    for column, values in ((transitions.c.tier, asked.tiers), (transitions.c.source, asked.sources)):
        if values:
            query = query.where(sa.func.coalesce(column, "").in_(sorted(values)))  # it is searched by its instant
    for row in connection.execute(query.order_by(transitions.c.at.desc(), transitions.c.id.desc()).limit(most)):
        yield Happening(
            Mark.BREACH, row.at, source=row.source, subject=row.subject, target=row.target, tier=row.tier,
            assurance=row.assurance,
        )  # fmt: skip


def _starts(connection: sa.Connection, asked: AskedMarks, most: int) -> Iterator[Happening]:
    for row in _actions(connection, asked, most, [Action.STARTED]):
        yield Happening(Mark.START, row.at, detail=str(row.detail.get("version", "")))


def _outages(connection: sa.Connection, asked: AskedMarks, most: int) -> Iterator[Happening]:
    for row in _actions(connection, asked, most, [Action.STARTED]):
        ended = row.detail.get("ended")
        if ended is not None:
            yield Happening(Mark.OUTAGE, datetime.fromisoformat(ended), row.at)
    mine = NOBODYS & (alerts.c.starts_at < asked.until)
    mine &= alerts.c.resolved_at.is_(None) | (alerts.c.resolved_at >= asked.since)
    for row in connection.execute(sa.select(alerts.c.labels, alerts.c.starts_at, alerts.c.resolved_at).where(mine)):
        if row.labels.get("alertname") == stale_sources.TOO_OLD:
            source, lasts = row.labels.get("source", ""), row.resolved_at is None
            yield Happening(Mark.OUTAGE, row.starts_at, row.resolved_at, lasts, source=source)


def _policies(connection: sa.Connection, asked: AskedMarks, most: int) -> Iterator[Happening]:
    query = sa.select(publications.c.at, publications.c.policies, publications.c.changes)
    mine = (publications.c.at >= asked.since) & (publications.c.at < asked.until)
    for row in connection.execute(query.where(mine).order_by(publications.c.id.desc()).limit(most)):
        yield Happening(Mark.POLICY, row.at, detail=", ".join(row.policies))


def _reloads(connection: sa.Connection, asked: AskedMarks, most: int) -> Iterator[Happening]:
    for row in _actions(connection, asked, most, [Action.RELOADED, Action.RELOAD_REFUSED]):
        yield Happening(Mark.RELOAD, row.at, detail=row.kind)


def _actions(connection: sa.Connection, asked: AskedMarks, most: int, kinds: Collection[Action]) -> Sequence[Any]:
    mine = (actions.c.at >= asked.since) & (actions.c.at < asked.until)
    mine &= actions.c.kind.in_([each.value for each in kinds])
    return connection.execute(sa.select(actions).where(mine).order_by(actions.c.at.desc()).limit(most)).all()


_READ: Mapping[Mark, Callable[[sa.Connection, AskedMarks, int], Iterator[Happening]]] = {
    Mark.BREACH: _breaches, Mark.START: _starts, Mark.OUTAGE: _outages, Mark.POLICY: _policies, Mark.RELOAD: _reloads,
}  # fmt: skip
_LATER = transitions.alias("later")
_WITHDRAWN = (
    sa.select(_LATER.c.id)
    .where(
        (_LATER.c.source == transitions.c.source)
        & (_LATER.c.subject == transitions.c.subject)
        & (_LATER.c.at == transitions.c.at)
        & (_LATER.c.target == transitions.c.target)
        & (_LATER.c.cycle == transitions.c.cycle)
        & (_LATER.c.kind == TransitionKind.WITHDRAWN.value)
        & (_LATER.c.stage == f"{TransitionKind.BREACHED}:{BREACHED_STAGE}")
        & (_LATER.c.id > transitions.c.id)
    )
    .correlate(transitions)
    .exists()
)
_BREACHES = sa.select(transitions).where(BREACHES & ~_WITHDRAWN)
