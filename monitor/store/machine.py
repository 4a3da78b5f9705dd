"""Keep what is known of the machine's clock over a restart, and find what was judged by a time that was wrong."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from monitor.machine import MachineClock, Remembered
from monitor.model import SubjectKey
from monitor.store import statements
from monitor.store.actions import Action, note
from monitor.store.database import Database
from monitor.store.ingest import touch
from monitor.store.schema import alerts, meta, outbox, readings, sources, transitions
from monitor.worktime import EPOCH

_CLOCK, _ACCEPTED = "machine_clock", "machine_clock_accepted"


class Machine:
    """The store's side of the watch over the machine's clock."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def remembered(self) -> Remembered:
        """What an earlier run left: its judgement, and the newest instant on record."""
        with self._database.read() as connection:
            row = _read(connection, _CLOCK)
            stated = row.get("at")
            newest = connection.scalar(_LAST_READ) if stated is None else datetime.fromisoformat(stated)
        return Remembered(
            boot_id=row.get("boot_id", ""),
            steady_boot=_seconds(row.get("steady_boot")),
            held_since=_seconds(row.get("held_since")),
            jump=row.get("jump", 0),
            newest=None if newest is None else newest - EPOCH,
            judged=_since_epoch(row.get("judged")),
            wrong_until=_since_epoch(row.get("wrong_until")),
        )

    def remember(
        self, clock: MachineClock, boot_id: str, now: datetime, judged: datetime = EPOCH, wrong_until: datetime = EPOCH
    ) -> None:
        """Keep the judgement for the next start, and for `tierwatch clock`.

        *judged* and *wrong_until* say what is still to be taken back, should the program end before that is done.
        """
        held = None if clock.trusted else clock.held_since + clock.looked.boot - clock.looked.monotonic
        row = {
            "boot_id": boot_id,
            "steady_boot": clock.steady_boot.total_seconds(),
            "held_since": None if held is None else held.total_seconds(),
            "jump": clock.jump,
            "trust": clock.trust.value,
            "size": clock.size.total_seconds(),
            "at": now.isoformat(),
            "judged": judged.isoformat(),
            "wrong_until": wrong_until.isoformat(),
        }
        with self._database.aside() as (connection, _):
            statements.put(connection, meta, [{"key": _CLOCK, "value": json.dumps(row)}])

    def shown(self) -> dict[str, Any]:
        """The judgement as it was last kept; empty before the first start."""
        with self._database.read() as connection:
            return _read(connection, _CLOCK)

    def accept(self, jump: int, author: str, now: datetime) -> None:
        """Let an operator accept the time after a jump."""
        row = {"jump": jump, "author": author, "at": now.isoformat()}
        with self._database.write() as connection:
            statements.put(connection, meta, [{"key": _ACCEPTED, "value": json.dumps(row)}])
            note(connection, Action.CLOCK_ACCEPTED, now, author, "", jump=jump)

    def accepted(self) -> tuple[int, str]:
        """The jump that an operator has accepted, and who that was; 0 for none."""
        with self._database.read() as connection:
            row = _read(connection, _ACCEPTED)
        return row.get("jump", 0), row.get("author", "")

    def judged_beyond(self, now: datetime, configured: Sequence[str]) -> int:
        """Mark every subject of which something was judged that lies after *now*; gives how many.

        Pages that wait for an instant after it are due at once, for they were put off by the time that was wrong.
        """
        ahead = (
            sa.select(transitions.c.source, transitions.c.subject).where(transitions.c.at > now),
            sa.select(readings.c.source, readings.c.subject).where(readings.c.open & (readings.c.read_at > now)),
            sa.select(alerts.c.source, alerts.c.subject).where(
                alerts.c.resolved_at.is_(None) & (alerts.c.starts_at > now) & alerts.c.subject.is_not(None)
            ),
        )
        with self._database.write() as connection:
            found = {SubjectKey(*row) for query in ahead for row in connection.execute(query)}
            keys = [key for key in found if key.source in configured]
            touch(connection, dict.fromkeys(keys, 0))
            waits = outbox.c.closed_at.is_(None) & (outbox.c.held_by == "") & (outbox.c.next_at > now)
            connection.execute(sa.update(outbox).where(waits).values(next_at=now))
        return len(keys)


_LAST_READ = sa.select(sa.func.max(sources.c.last_success))


def _read(connection: sa.Connection, key: str) -> dict[str, Any]:
    found = connection.scalar(sa.select(meta.c.value).where(meta.c.key == key))
    row: dict[str, Any] = json.loads(found) if found else {}
    return row


def _since_epoch(at: str | None) -> timedelta | None:
    return None if at is None else datetime.fromisoformat(at) - EPOCH


def _seconds(value: float | None) -> timedelta | None:
    return None if value is None else timedelta(seconds=value)
