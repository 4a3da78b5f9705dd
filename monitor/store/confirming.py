"""Say what a receiver of states has accepted, and make due again what it does not list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from monitor.alert import Delivery
from monitor.store.database import Database
from monitor.store.schema import alerts, outbox


@dataclass(frozen=True, slots=True)
class Accepted:
    """An outbox row whose present version was accepted."""

    id: int
    version: int


class Confirmations:
    """The outbox, as far as receivers can be asked what they hold."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def accepted(self, channel: str) -> dict[str, Accepted]:
        """The firing alerts that a channel has accepted as they are now, by key."""
        query = (
            sa.select(outbox.c.alert_key, outbox.c.id, outbox.c.version)
            .join(alerts, alerts.c.key == outbox.c.alert_key)
            .where(
                (outbox.c.channel == channel)
                & (outbox.c.delivery == Delivery.STATE.value)
                & outbox.c.closed_at.is_(None)
                & outbox.c.next_at.is_not(None)  # so is every open page that was accepted: it is sent again then
                & outbox.c.accepted_at.is_not(None)
                & alerts.c.resolved_at.is_(None)
            )
        )
        with self._database.read() as connection:
            return {row.alert_key: Accepted(row.id, row.version) for row in connection.execute(query)}

    def tell_again(self, rows: Sequence[Accepted], now: datetime) -> None:
        """Make rows due at once; one whose alert changed meanwhile is left as it is."""
        if not rows:
            return
        same = (outbox.c.id == sa.bindparam("of")) & (outbox.c.version == sa.bindparam("known"))
        again = sa.update(outbox).where(same & outbox.c.closed_at.is_(None) & outbox.c.accepted_at.is_not(None))
        with self._database.write() as connection:
            connection.execute(again.values(next_at=now), [{"of": row.id, "known": row.version} for row in rows])
