"""Remember which rules were in force since when, who put them there, and what they changed.

A publication is a row that is only ever added. The program that starts writes it; there is no other way to publish.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from monitor.report import changes_of_rules
from monitor.store.database import Database
from monitor.store.schema import publications


@dataclass(frozen=True, slots=True)
class Publication:
    """Rules as they came into force; `rules` are plain JSON values, `policies` the labels of the versions in them."""

    at: datetime
    rules_version: str
    policies: tuple[str, ...]
    author: str
    changes: tuple[str, ...]
    rules: Mapping[str, Any]


class Publications:
    """The history of the rules."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(
        self, rules_version: str, policies: Sequence[str], rules: Mapping[str, Any], author: str, now: datetime
    ) -> Publication | None:
        """Remember these rules with what they change; None, and nothing done, if they are the ones recorded last."""
        with self._database.write() as connection:
            last = _latest(connection)
            if last is not None and last.rules_version == rules_version:
                return None
            said = changes_of_rules(None if last is None else last.rules, rules)
            new = Publication(now, rules_version, tuple(policies), author, said, rules)
            row = {
                "at": now,
                "rules_version": rules_version,
                "policies": list(policies),
                "author": author,
                "changes": list(said),
                "rules": rules,
            }
            connection.execute(sa.insert(publications).values(**row))
        return new

    def latest(self) -> Publication | None:
        with self._database.read() as connection:
            return _latest(connection)

    def all(self) -> tuple[Publication, ...]:
        """Every publication, the oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(publications).order_by(publications.c.id)).all()
        return tuple(_publication(row) for row in rows)


def _latest(connection: sa.Connection) -> Publication | None:
    row = connection.execute(sa.select(publications).order_by(publications.c.id.desc()).limit(1)).first()
    return None if row is None else _publication(row)


def _publication(row: Any) -> Publication:
    return Publication(row.at, row.rules_version, tuple(row.policies), row.author, tuple(row.changes), row.rules)


def operator() -> str:
    """The name of the user of this machine who runs this process; its number where it has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return f"uid {os.getuid()}" if hasattr(os, "getuid") else "unknown"
