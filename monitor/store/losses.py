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
from monitor.store.unchanged import Unchanged

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
        self._held, self._accepted = Unchanged(database, self._read_held), Unchanged(database, self._read_accepted)

    def held(self, configured: Collection[str]) -> tuple[HeldLoss, ...]:
        """The losses that are held back in the *configured* sources, by source."""
        return tuple(one for one in self._held() if one.source in configured)

    def _read_held(self) -> tuple[HeldLoss, ...]:
        with self._database.read() as connection:
            rows = connection.execute(sa.select(quarantine).where(HELD_LOSS).order_by(quarantine.c.source)).all()
        return tuple(HeldLoss(row.source, row.detail) for row in rows)

    def accept(self, source: str, author: str, reason: str, now: datetime) -> None:
        """Let an operator accept the loss that *source* holds back."""
        row = {"at": now.isoformat(), "author": author, "reason": reason}
        value = json.dumps(row, ensure_ascii=False)
        with self._database.write() as connection:
            statements.put(connection, meta, [{"key": f"{_ACCEPTED}{source}", "value": value}])
            note(connection, Action.LOSS_ACCEPTED, now, author, source, reason=reason)

    def accepted_at(self, source: str) -> datetime | None:
        """When an operator last accepted a loss of *source*."""
        found = self._accepted().get(f"{_ACCEPTED}{source}")
        return datetime.fromisoformat(json.loads(found)["at"]) if found else None

    def _read_accepted(self) -> dict[str, str]:
        query = sa.select(meta.c.key, meta.c.value).where(meta.c.key.startswith(_ACCEPTED, autoescape=True))
        with self._database.read() as connection:
            return {row.key: row.value for row in connection.execute(query)}
