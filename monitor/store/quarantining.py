"""Set records aside with their reason. Nothing is dropped.

A source that is polled every minute brings the same rejects every minute: what stands in quarantine already is read in
one statement and not written again, so that it takes nothing of the time in which nobody else may write.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from monitor.history import Reject, event_to_json
from monitor.model import SubjectKey
from monitor.store import statements
from monitor.store.schema import SET_ASIDE, quarantine

NOT_WHOLE = ("page_ended_early", "list_not_whole", "sudden_loss")
"""The reasons of records that stand for a whole list; a poll that has no such doubt ends them."""

SEEN_EVERY = timedelta(days=1)
"""How exactly it is known when a record was seen last; of those that stand for a whole list it is known exactly."""


def set_aside(connection: sa.Connection, rejects: Iterable[Reject], now: datetime) -> tuple[Reject, ...]:
    """Put records into quarantine, or note that they were seen there again. Gives the new ones; they are counted."""
    given: dict[tuple[str, str, str], Reject] = {}
    for reject in rejects:
        given.setdefault((reject.source, reject.record_id, str(reject.reason)), reject)
    rows = ((row.source, row.record_id, row.reason, row) for row in _known(connection, given))
    known = {tuple(name): row for *name, row in rows if tuple(name) in given}  # a record may stand for other reasons
    again = [row.id for name, row in known.items() if row.dropped_at is None and _is_news(row, now)]
    if again:
        seen = sa.update(quarantine).where(statements.one_of(quarantine.c.id, again))
        connection.execute(seen.values(last_seen=now, resolved_at=None))
    dropped = [(row, given[name]) for name, row in known.items() if row.dropped_at is not None]
    if dropped:
        _see_dropped(connection, dropped, now)
    new = tuple(reject for name, reject in given.items() if name not in known)
    statements.add(connection, quarantine, [_row(reject, now) for reject in new])
    counts = Counter(
        statements.counted("tierwatch_quarantined_total", source=reject.source, reason=str(reject.reason))
        for reject in new
    )
    statements.count_all(connection, counts)
    return new


def _known(connection: sa.Connection, given: Iterable[tuple[str, str, str]]) -> Iterator[Any]:
    by_source: dict[str, dict[str, None]] = defaultdict(dict)
    for source, record_id, _ in given:
        by_source[source][record_id] = None
    its_body = sa.case((quarantine.c.dropped_at.is_not(None), quarantine.c.body), else_="").label("body")
    columns = (quarantine.c.id, quarantine.c.source, quarantine.c.record_id, quarantine.c.reason,
               quarantine.c.last_seen, quarantine.c.resolved_at, quarantine.c.dropped_at, its_body)  # fmt: skip
    for source, ids in by_source.items():
        mine = (quarantine.c.source == source) & statements.one_of(quarantine.c.record_id, ids)
        yield from connection.execute(sa.select(*columns).where(mine))


def _see_dropped(connection: sa.Connection, seen: Sequence[tuple[Any, Reject]], now: datetime) -> None:
    """Records that an operator has dropped stay dropped, but for one of the same name that says something else now."""
    for row, reject in seen:
        mine = sa.update(quarantine).where(quarantine.c.id == row.id)
        if reject.body != row.body:
            connection.execute(mine.values(**_row(reject, now), resolved_at=None, dropped_at=None))
        elif abs(now - row.last_seen) >= SEEN_EVERY:
            connection.execute(mine.values(last_seen=now))


def _is_news(row: Any, now: datetime) -> bool:
    """Whether that a record is seen again says more than is stored."""
    return row.resolved_at is not None or row.reason in NOT_WHOLE or abs(now - row.last_seen) >= SEEN_EVERY


def _row(reject: Reject, now: datetime) -> dict[str, Any]:
    return {
        "source": reject.source,
        "record_id": reject.record_id,
        "reason": str(reject.reason),
        "subject": reject.subject,
        "detail": reject.detail,
        "body": reject.body,
        "event": None if reject.event is None else event_to_json(reject.event),
        "first_seen": now,
        "last_seen": now,
        "rejudge_at": reject.rejudge_at,
    }


OURS = "unknown_%"
"""The reasons that the engine gives; all others are the collectors'."""


def close_mended(
    connection: sa.Connection, standing: Mapping[SubjectKey, Set[tuple[str, str]]], now: datetime, *, ours: bool
) -> None:
    """Close what was set aside of these subjects and is not any more; *standing* is what still is, as (record, reason).

    *ours* looks at what the engine could not read, otherwise at what a collector could not.
    """
    by_engine = quarantine.c.reason.like(OURS) | (quarantine.c.reason == "defect")
    waiting = SET_ASIDE & quarantine.c.rejudge_at.is_(None)
    gone = [
        row.id
        for row in statements.of_subjects(
            connection, quarantine, standing, waiting & (by_engine if ours else ~by_engine)
        )
        if (row.record_id, row.reason) not in standing[statements.key_of(row)]
    ]
    if gone:
        connection.execute(
            sa.update(quarantine).where(statements.one_of(quarantine.c.id, gone)).values(resolved_at=now)
        )


def seen_still(connection: sa.Connection, keys: Iterable[SubjectKey], now: datetime) -> None:
    """Note that what the engine could not read of these subjects is still so, where that was not noted for a day."""
    day = sa.or_(quarantine.c.last_seen <= now - SEEN_EVERY, quarantine.c.last_seen >= now + SEEN_EVERY)
    ours = SET_ASIDE & quarantine.c.reason.like(OURS) & day
    again = [row.id for row in statements.of_subjects(connection, quarantine, keys, ours)]
    if again:
        seen = sa.update(quarantine).where(statements.one_of(quarantine.c.id, again))
        connection.execute(seen.values(last_seen=now))
