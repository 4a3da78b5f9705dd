"""Keep which code and which corrected policies have judged, and find what an upgrade judges anew (semantics 46).

An upgrade is another version of the judging code, or a version of a policy that corrects one by which the database was
judged (`corrects`). Any other change of rules is none.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from monitor.alert import Reason
from monitor.config import same_rules
from monitor.model import SubjectKey
from monitor.policy import BREACHED_STAGE
from monitor.store import statements
from monitor.store.actions import Action, note
from monitor.store.database import Database
from monitor.store.recomputation import judged_by_others
from monitor.store.schema import alerts, meta, readings, subjects

_JUDGING = "judging"

FLAG = "judged_anew"
"""The annotation of an alert that an upgrade ended; it names the upgrade."""


@dataclass(frozen=True, slots=True)
class Upgrade:
    """An upgrade of the code or of a policy. What was crossed before *cutoff* the former one has seen and judged."""

    version: int
    cutoff: datetime
    at: datetime
    done: bool = False

    def finished(self) -> Upgrade:
        return replace(self, done=True)

    @property
    def name(self) -> str:
        return f"{self.version}/{self.at.isoformat()}"


def unreported_since(now: datetime) -> datetime:
    """The beginning of the month that is not reported yet, in whatever zone it begins first."""
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0) - timedelta(hours=14)


class Anew:
    """The store's side of an upgrade."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(
        self,
        version: int,
        rules: str,
        ended: datetime | None,
        month: datetime,
        now: datetime,
        corrected: Mapping[str, str] | None = None,
    ) -> Upgrade | None:
        """The upgrade that is to be worked off, or was the last; None if everything was always judged so.

        Closed subjects that ended before *month* keep their judgement: their months are reported. *ended* is when the
        former program ran last, *corrected* the label of each policy that is corrected and of the one in its place.
        """
        corrected = corrected or {}
        with self._database.write() as connection:
            row = _row(connection)
            if row is None and connection.scalar(sa.select(subjects.c.subject).limit(1)) is None:
                _write(connection, {"version": version, "corrected": sorted(corrected)})
                return None
            known = [] if row is None else row.get("corrected", [])
            fresh = [label for label in corrected if label not in known]
            if row is None or row["version"] != version or _judged_under(connection, fresh):
                cutoff = ended or now
                row = {"version": version, "cutoff": cutoff.isoformat(), "at": now.isoformat(), "done": False}
                _keep_reported(connection, rules, month, fresh)
                note(connection, Action.JUDGED_ANEW, now, "", rules, code=version, corrected=sorted(fresh))
            if "corrected" not in row or fresh:
                row = {**row, "corrected": sorted({*known, *corrected})}
                _write(connection, row)
        return _upgrade(row)

    def finish(self, upgrade: Upgrade) -> None:
        """Note that everything has been judged anew."""
        with self._database.write() as connection:
            row = _row(connection) or {}
            row |= {
                "version": upgrade.version,
                "cutoff": upgrade.cutoff.isoformat(),
                "at": upgrade.at.isoformat(),
                "done": True,
            }
            _write(connection, row)

    def of(self, keys: Collection[SubjectKey], rules: str) -> frozenset[SubjectKey]:
        """Those of the subjects that were judged last by other code or other rules."""
        with self._database.read() as connection:
            rows = list(statements.of_subjects(connection, subjects, keys))
        return frozenset(statements.key_of(row) for row in rows if row.rules_version != rules)

    def left(self, rules: str, configured: Sequence[str]) -> bool:
        """Whether a subject of a configured source is still to be judged anew."""
        with self._database.read() as connection:
            return any(
                connection.scalar(sa.select(subjects.c.subject).where(others).limit(1)) is not None
                for others in judged_by_others(rules, configured)
            )

    def breached(self) -> tuple[tuple[str, str, int], ...]:
        """(tier, target, clocks) of open clocks whose breach only an upgrade has found."""
        its_alerts = (  # from the clocks that are late to their alerts, and not the other way
            (alerts.c.source == sa.func.coalesce(readings.c.source, ""))
            & (alerts.c.subject == sa.func.coalesce(readings.c.subject, ""))
            & (alerts.c.target == readings.c.target)
            & (alerts.c.cycle == readings.c.cycle)
        )
        found = (alerts.c.reason == Reason.JUDGED_ANEW.value) & (alerts.c.stage == BREACHED_STAGE) & readings.c.open
        query = (
            sa.select(readings.c.tier, readings.c.target, sa.func.count())
            .select_from(readings.join(alerts, its_alerts))
            .where(found & readings.c.breached_at.is_not(None))
            .group_by(readings.c.tier, readings.c.target)
            .order_by(readings.c.tier, readings.c.target)
        )
        with self._database.read() as connection:
            return tuple((row[0], row[1], row[2]) for row in connection.execute(query))

    def withdrawn(self, upgrade: Upgrade) -> int:
        """How many alerts the upgrade has ended, because what they said does not hold any more."""
        flag = sa.type_coerce(alerts.c.annotations, sa.Text).like(f'%"{FLAG}":"{upgrade.name}"%')
        ended = (alerts.c.resolved_at >= upgrade.at) & (alerts.c.reason == Reason.WITHDRAWN.value) & flag
        with self._database.read() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(alerts).where(ended)) or 0


def _judged_under(connection: sa.Connection, labels: Sequence[str]) -> bool:
    """Whether any clock was judged by one of these versions of a policy."""
    query = sa.select(readings.c.subject).where(readings.c.policy_version.in_(labels)).limit(1)
    return bool(labels) and connection.scalar(query) is not None


def _keep_reported(connection: sa.Connection, rules: str, month: datetime, corrected: Sequence[str]) -> None:
    """Leave closed subjects of reported months as they are, where only the code or a corrected policy has changed."""
    mine = (readings.c.source == subjects.c.source) & (readings.c.subject == subjects.c.subject)
    lives = sa.exists().where(mine & (readings.c.open | (readings.c.stopped_at >= month)))
    alike = same_rules(rules)
    of_these_rules = (subjects.c.rules_version == alike) | subjects.c.rules_version.like(f"{alike}-%")
    read, of_corrected = sa.exists().where(mine), sa.exists().where(mine & readings.c.policy_version.in_(corrected))
    unchanged = (of_these_rules & read) | of_corrected
    connection.execute(sa.update(subjects).where(unchanged & ~lives).values(rules_version=rules))


def _row(connection: sa.Connection) -> dict[str, Any] | None:
    found = connection.scalar(sa.select(meta.c.value).where(meta.c.key == _JUDGING))
    return None if found is None else json.loads(found)


def _write(connection: sa.Connection, row: dict[str, Any]) -> None:
    statements.put(connection, meta, [{"key": _JUDGING, "value": json.dumps(row)}])


def _upgrade(row: dict[str, Any]) -> Upgrade | None:
    if "at" not in row:
        return None
    cutoff, at = datetime.fromisoformat(row["cutoff"]), datetime.fromisoformat(row["at"])
    return Upgrade(row["version"], cutoff, at, row["done"])
