"""Keep the links of customers: for whom each is, until when, and whether it was revoked. The signature is in no row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from monitor.errors import ConfigError
from monitor.store.actions import Action, note
from monitor.store.database import Database
from monitor.store.schema import customer_links


@dataclass(frozen=True, slots=True)
class CustomerLink:
    """A link with which one customer reads what is its own."""

    id: str
    customer: str
    created_at: datetime
    created_by: str
    expires_at: datetime
    revoked_at: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it shows anything."""
        return self.revoked_at is None and now < self.expires_at


class CustomerLinks:
    """The links of one installation, past ones too."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, link: CustomerLink) -> None:
        """Remember a link that is handed out now."""
        row: dict[str, Any] = {
            "id": link.id,
            "customer": link.customer,
            "created_at": link.created_at,
            "created_by": link.created_by,
            "expires_at": link.expires_at,
        }
        with self._database.aside() as (connection, _):
            connection.execute(sa.insert(customer_links).values(**row))
            note(
                connection, Action.ACCESS_CHANGED, link.created_at, link.created_by, link.id,
                done="customer link created", customer=link.customer, expires_at=link.expires_at.isoformat(),
            )  # fmt: skip

    def find(self, name: str) -> CustomerLink | None:
        """The link of that id, whether it holds or not."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(customer_links).where(customer_links.c.id == name)).first()
        return None if row is None else _link(row)

    def all(self) -> tuple[CustomerLink, ...]:
        """Every link that there ever was, the newest first."""
        query = sa.select(customer_links).order_by(customer_links.c.created_at.desc(), customer_links.c.id)
        with self._database.read() as connection:
            return tuple(map(_link, connection.execute(query)))

    def revoke(self, name: str, now: datetime, author: str) -> CustomerLink:
        """Let a link show nothing any more, from now on. Raises ConfigError where there is none of that id."""
        with self._database.aside() as (connection, _):
            row = connection.execute(sa.select(customer_links).where(customer_links.c.id == name)).first()
            if row is None:
                raise ConfigError(f"there is no link {name}; tierwatch customer list shows the ids")
            if row.revoked_at is None:
                change = sa.update(customer_links).where(customer_links.c.id == name).values(revoked_at=now)
                connection.execute(change)
                said = {"done": "customer link revoked", "customer": row.customer}
                note(connection, Action.ACCESS_CHANGED, now, author, name, **said)
        return _link(row)


def _link(row: Any) -> CustomerLink:
    return CustomerLink(row.id, row.customer, row.created_at, row.created_by, row.expires_at, row.revoked_at)
