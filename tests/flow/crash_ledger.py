"""What became of every row of the queue, held against what its receiver accepted.

A row is *told* if the receiver accepted it, if it is `digested` and the receiver accepted the digest it is in, or if it
is `replaced` and what replaced it is told. What replaced it: the worse stage that was queued in the same transaction,
where the decision names one; else a later row of its own alert, or the beginning that it belongs to, in a digest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from monitor.store.schema import alerts, decisions, outbox
from tests.flow.crash_stories import SOURCE, Digest, Heard
from tests.support.killable import QUEUE


@dataclass(frozen=True, slots=True)
class Ledger:
    """The rows of the queue by their id, which of them and which digests arrived, and the stages that replaced."""

    rows: Mapping[int, Any]
    heard: AbstractSet[int]
    digests: Sequence[Digest]
    worse: Mapping[tuple[str, Any], str]
    """By alert and instant: the stage in favour of which its row was closed."""

    @staticmethod
    def read(connection: sa.Connection, heard: Sequence[Heard], digests: Sequence[Digest]) -> Ledger:
        of_alert = (alerts.c.source, alerts.c.subject, alerts.c.target, alerts.c.cycle, alerts.c.stage)
        query = sa.select(outbox, *of_alert).join(alerts, alerts.c.key == outbox.c.alert_key)
        rows = connection.execute(query.where(outbox.c.channel == QUEUE).order_by(outbox.c.id)).all()
        said = connection.execute(sa.select(decisions).where(decisions.c.channel == QUEUE)).all()
        worse = {(one.alert_key, one.at): one.detail for one in said if one.reason == "replaced" and one.detail}
        arrived = {item.row for item in heard if item.row} | {digest.row for digest in digests}
        return Ledger({row.id: row for row in rows}, arrived, digests, worse)

    @property
    def of_tickets(self) -> list[Any]:
        return [row for row in self.rows.values() if row.source == SOURCE]

    def number(self, reason: str) -> int:
        return sum(row.reason == reason for row in self.of_tickets)

    def may_have_arrived_before(self, id_: int) -> bool:
        """Whether an earlier row of the same alert was tried and let go: its end is told all the same (0102)."""
        mine = self.rows.get(id_)
        return mine is not None and any(
            row.alert_key == mine.alert_key and row.id < id_ and row.attempts and row.reason in ("replaced", "digested")
            for row in self.rows.values()
        )

    def untold(self) -> list[str]:
        """The rows that are open, or closed and not told."""
        return [
            f"row {row.id} of {row.subject} {row.stage}: {row.reason}"
            for row in self.of_tickets
            if row.closed_at is None or not self._told(row)
        ]

    def _told(self, row: Any) -> bool:
        if row.reason == "replaced":
            return any(self._told(other) for other in self._instead(row))
        if row.reason == "digested":
            return row.accepted_at is not None and self._in_digest(row)
        return row.accepted_at is not None and row.id in self.heard

    def _in_digest(self, row: Any) -> bool:
        """The receiver accepted the digest, and it calls the alert over, unless that has fired again."""
        digest = self.rows[row.folded_into]
        named = any(one.row == digest.id and (row.alert_key in one.over or one.more) for one in self.digests)
        later = (other for other in self.rows.values() if other.alert_key == row.alert_key and other.id > row.id)
        return digest.accepted_at is not None and digest.id in self.heard and (named or any(map(self._told, later)))

    def _instead(self, row: Any) -> Iterator[Any]:
        stage = self.worse.get((row.alert_key, row.closed_at))
        for other in self.rows.values():
            if stage is not None:
                same = (other.source, other.subject, other.target, other.cycle)
                made_then = other.id != row.id and other.created_at == row.closed_at
                if same == (row.source, row.subject, row.target, row.cycle) and other.stage == stage and made_then:
                    yield other
            elif other.alert_key == row.alert_key and (other.id > row.id or other.reason == "digested"):
                yield other
