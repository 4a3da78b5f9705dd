"""Keep which sources hold back a sudden loss, and which losses an operator has accepted."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from monitor.store import statements
from monitor.store.actions import Action, note
from monitor.store.database import Database
from monitor.store.schema import HELD_LOSS, meta, quarantine

_ACCEPTED = "accepted_loss/"


@dataclass(frozen=True, slots=True)
class HeldLoss:
    """A source that lost more at once than is believed, and the collector's sentence."""

    source: str
    detail: str


class Losses:
    """The losses' side of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def held(self, configured: Collection[str]) -> tuple[HeldLoss, ...]:
        """The losses that are held back in the *configured* sources, by source."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(quarantine).where(HELD_LOSS).order_by(quarantine.c.source)).all()
        return tuple(HeldLoss(row.source, row.detail) for row in rows if row.source in configured)

    def accept(self, source: str, author: str, reason: str, now: datetime) -> None:
        """Let an operator accept the loss that *source* holds back."""
        row = {"at": now.isoformat(), "author": author, "reason": reason}
        value = json.dumps(row, ensure_ascii=False)
        with self._database.write() as connection:
            statements.put(connection, meta, [{"key": f"{_ACCEPTED}{source}", "value": value}])
            note(connection, Action.LOSS_ACCEPTED, now, author, source, reason=reason)

    def accepted_at(self, source: str) -> datetime | None:
        """When an operator last accepted a loss of *source*."""
        with self._database.read() as connection:
            found = connection.scalar(sa.select(meta.c.value).where(meta.c.key == f"{_ACCEPTED}{source}"))
        return datetime.fromisoformat(json.loads(found)["at"]) if found else None
