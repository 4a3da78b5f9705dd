"""Write what an escalation comes to: the steps that are taken, their pages, and acknowledgements that end.

All pages of one channel are queued together, so that a step of many clocks takes no more statements than one of one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence, Set
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from monitor.alert import Alert, Channel, Decision, Delivery, EndsFor, EscalationState, Paged, Withheld
from monitor.store import statements
from monitor.store.alert_rows import queue_for
from monitor.store.schema import FOLLOWED, acknowledgements, alert_log, decisions, escalations, micros, outbox

BEGUN = -1


def row(key: str, step: int, person: str, at: datetime, reason: str) -> dict[str, Any]:
    return {"alert_key": key, "step": step, "person": person, "at": at, "reason": reason}


def end(connection: sa.Connection, ended: Mapping[int, EndsFor], now: datetime) -> None:
    """Let acknowledgements be over, each once."""
    counts: statements.Counts = Counter()
    for why in sorted(set(ended.values())):
        ids = [id_ for id_, of in ended.items() if of is why]
        mine = statements.one_of(acknowledgements.c.id, ids) & acknowledgements.c.ended_at.is_(None)
        given = sa.type_coerce(acknowledgements.c.at, sa.BigInteger)
        over_at = sa.case((given < micros(now), micros(now)), else_=given + 1)  # also where the clock was put back
        over = sa.update(acknowledgements).where(mine).values(ended_at=over_at, ends_for=why.value)
        if number := connection.execute(over).rowcount:
            counts[statements.counted("tierwatch_acknowledgements_ended_total", reason=why.value)] = number
    statements.count_all(connection, counts)


def send_again(
    connection: sa.Connection, returned: Sequence[Alert], channels: Mapping[str, Channel], now: datetime
) -> bool:
    """Queue an alert once more for every channel that accepted it and is sent each change once."""
    if not returned:
        return False
    by_key = {alert.key: alert for alert in returned}
    mine = statements.one_of(outbox.c.alert_key, by_key) & (outbox.c.delivery == Delivery.QUEUE.value)
    accepted = sa.select(outbox.c.channel, outbox.c.alert_key).where(mine & outbox.c.accepted_at.is_not(None))
    had = {(channel, key) for channel, key in connection.execute(accepted.distinct()) if channel in channels}
    again: dict[str, list[Alert]] = defaultdict(list)
    for channel, key in sorted(had):
        again[channel].append(by_key[key])
    queue(connection, again, channels, now)
    return _log(connection, [by_key[key] for key in sorted({key for _, key in had})], now)


def queue(
    connection: sa.Connection, alerts_of: Mapping[str, Sequence[Alert]], channels: Mapping[str, Channel], now: datetime
) -> bool:
    """Queue alerts for channels, by name; true if there are any."""
    for name, some in alerts_of.items():
        queue_for(connection, channels[name], [(alert, Decision(channels[name], None)) for alert in some], now)
    return bool(alerts_of)


def _log(connection: sa.Connection, sent: Sequence[Alert], now: datetime) -> bool:
    """Note in their logs that alerts were sent; true if there are any."""
    rows = [{"key": alert.key, "at": now, "reason": alert.reason.value, "firing": True} for alert in sent]
    statements.add(connection, alert_log, rows)
    return bool(rows)


def forget(connection: sa.Connection, state: EscalationState) -> None:
    if state.anew:
        connection.execute(sa.delete(escalations).where(statements.one_of(escalations.c.alert_key, state.anew)))
    if state.again:
        again = statements.one_of(escalations.c.alert_key, state.again) & (escalations.c.step == BEGUN)
        connection.execute(sa.update(escalations).where(again).values(over_at=None))


def over(connection: sa.Connection, keys: Sequence[str], now: datetime) -> None:
    if keys:
        mine = statements.one_of(escalations.c.alert_key, keys) & FOLLOWED
        connection.execute(sa.update(escalations).where(mine).values(over_at=now))


def send(connection: sa.Connection, pages: Sequence[Paged], now: datetime) -> bool:
    """Queue the pages, those of one channel together; what a receiver in shadow would have had is recorded."""
    shadow = [page for page in pages if page.shadow]
    row = {"at": now, "reason": Withheld.SHADOW.value, "detail": ""}
    rows = [{"alert_key": page.alert.key, "channel": page.channel.name, **row} for page in shadow]
    statements.add(connection, decisions, rows)
    known = _had(connection, {page.alert.key for page in pages if page.unless_sent})
    sent: dict[str, Alert] = {}
    for turn in _turns([page for page in pages if not page.shadow], known):
        by_channel: dict[str, list[Alert]] = defaultdict(list)
        for page in turn:
            by_channel[page.channel.name].append(page.alert)
            sent[page.alert.key] = page.alert
        queue(connection, by_channel, {page.channel.name: page.channel for page in turn}, now)
    return _log(connection, list(sent.values()), now)


def _had(connection: sa.Connection, keys: Collection[str]) -> set[tuple[str, str]]:
    """The channels that were sent these alerts, or are to be: (alert, channel)."""
    if not keys:
        return set()
    pages = sa.select(outbox.c.alert_key, outbox.c.channel).where(statements.one_of(outbox.c.alert_key, keys))
    return {(key, channel) for key, channel in connection.execute(pages.distinct())}


def _turns(pages: Sequence[Paged], known: Set[tuple[str, str]]) -> list[list[Paged]]:
    """The pages in turns, each alert once for a channel in each; left out what is sent only where nothing was."""
    turns: list[list[Paged]] = []
    times: Counter[tuple[str, str]] = Counter()
    for page in pages:
        name = page.alert.key, page.channel.name
        if page.unless_sent and (name in known or times[name]):
            continue
        if times[name] == len(turns):
            turns.append([])
        turns[times[name]].append(page)
        times[name] += 1
    return turns
