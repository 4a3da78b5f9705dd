"""Keep the accounts of people: a name, the hash of a password, roles, and whether it is disabled.

A change ends the sessions of the account, and is noted in the same transaction. The names of accounts are compared
without regard to case and width, as all names of people are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from monitor.access import Role
from monitor.errors import ConfigError
from monitor.store.actions import Action, note
from monitor.store.database import Database
from monitor.store.schema import accounts, sessions
from monitor.text import folded


@dataclass(frozen=True, slots=True)
class Account:
    """One person who may log in with a password. `password` is its hash."""

    name: str
    roles: frozenset[Role]
    created_at: datetime
    customer: str | None = None
    disabled_at: datetime | None = None
    password: str = field(default="", repr=False)


class Accounts:
    """The accounts of one installation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, name: str) -> Account | None:
        """The account of that name, disabled or not."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(accounts).where(accounts.c.name == folded(name))).first()
        return None if row is None else to_account(row)

    def all(self) -> tuple[Account, ...]:
        """Every account, by name."""
        with self._database.read() as connection:
            return tuple(map(to_account, connection.execute(sa.select(accounts).order_by(accounts.c.name))))

    def usable(self) -> bool:
        """Whether there is an account that is not disabled."""
        with self._database.read() as connection:
            found = sa.select(accounts.c.name).where(accounts.c.disabled_at.is_(None)).limit(1)
            return connection.execute(found).first() is not None

    def add(self, account: Account, author: str) -> Account:
        """Remember a new account. Raises ConfigError where there is one of that name."""
        name = folded(account.name)
        with self._database.aside() as (connection, _):
            if connection.execute(sa.select(accounts.c.name).where(accounts.c.name == name)).first() is not None:
                raise ConfigError(f"there is an account {name} already; change it by `user passwd` or `user roles`")
            row: dict[str, Any] = {
                "name": name,
                "password": account.password,
                "roles": words(account.roles),
                "customer": account.customer,
                "created_at": account.created_at,
            }
            connection.execute(sa.insert(accounts).values(**row))
            said = {"roles": words(account.roles), "customer": account.customer}
            note(connection, Action.ACCESS_CHANGED, account.created_at, author, name, done="account added", **said)
        return account

    def set_password(self, name: str, password: str, now: datetime, author: str) -> None:
        """Give an account another hash of a password, and end its sessions. Raises ConfigError without the account."""
        self._change(name, {"password": password}, now, author, done="password changed")

    def set_roles(self, name: str, roles: frozenset[Role], customer: str | None, now: datetime, author: str) -> None:
        """Give an account other roles, and end its sessions. Raises ConfigError where there is no such account."""
        said = {"roles": words(roles), "customer": customer}
        self._change(name, said, now, author, done="roles changed", **said)

    def disable(self, name: str, now: datetime, author: str) -> None:
        """Let an account log in no more, and end its sessions. Raises ConfigError where there is no such account."""
        self._change(name, {"disabled_at": now}, now, author, done="account disabled")

    def enable(self, name: str, now: datetime, author: str) -> None:
        """Let a disabled account log in again. Raises ConfigError where there is no such account."""
        self._change(name, {"disabled_at": None}, now, author, done="account enabled")

    def rehash(self, name: str, password: str) -> None:
        """Replace a hash by one of the same password with parameters of today."""
        with self._database.aside() as (connection, _):
            which = accounts.c.name == folded(name)
            connection.execute(sa.update(accounts).where(which).values(password=password))

    def _change(self, name: str, values: dict[str, Any], now: datetime, author: str, **said: Any) -> None:
        who = folded(name)
        with self._database.aside() as (connection, _):
            changed = connection.execute(sa.update(accounts).where(accounts.c.name == who).values(**values))
            if not changed.rowcount:
                raise ConfigError(f"there is no account {who}; `user list` shows those that there are")
            connection.execute(sa.delete(sessions).where(sessions.c.name == who))
            note(connection, Action.ACCESS_CHANGED, now, author, who, **said)


def to_account(row: Any) -> Account:
    return Account(row.name, roles_of(row.roles), row.created_at, row.customer, row.disabled_at, row.password)


def words(of: Iterable[str]) -> list[str]:
    """Roles or scopes as they are stored."""
    return sorted(str(one) for one in of)


def roles_of(stored: Iterable[str]) -> frozenset[Role]:
    """Roles as they were stored; one that this version does not have lets nobody do anything."""
    known = set(Role)
    return frozenset(Role(one) for one in stored if one in known)
