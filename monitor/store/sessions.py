"""Keep who is logged in: a session is found by the hash of its cookie, and ends by itself.

A session of an account has the roles that the account has now; one that an identity provider vouched for keeps those
that it was given. That somebody was seen is written every few minutes at most.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from monitor.access import LoggedInBy, Principal, hashed
from monitor.store.accounts import roles_of, words
from monitor.store.actions import Action, note
from monitor.store.database import Database
from monitor.store.schema import accounts, sessions

SEEN_EVERY = timedelta(minutes=5)
"""How exactly it is known when somebody was seen last."""


@dataclass(frozen=True, slots=True)
class SessionTerms:
    """How long a session lasts: without a request, and at the longest."""

    idle: timedelta
    longest: timedelta


class Sessions:
    """The sessions of one installation."""

    def __init__(self, database: Database, terms: SessionTerms) -> None:
        self._database, self._terms = database, terms

    def begin(self, word: str, principal: Principal, now: datetime, via: str = "") -> None:
        """Remember a login; *word* is what the cookie holds. Sessions that are over are deleted. *via* is noted."""
        row = {
            "digest": hashed(word),
            "name": principal.name,
            "logged_in_by": principal.by.value,
            "roles": words(principal.roles),
            "customer": principal.customer,
            "began_at": now,
            "seen_at": now,
            "ends_at": now + self._terms.longest,
        }
        with self._database.aside() as (connection, _):
            connection.execute(sa.delete(sessions).where(sessions.c.ends_at <= now))
            connection.execute(sa.insert(sessions).values(**row))
            by = principal.by.value
            note(connection, Action.LOGGED_IN, now, principal.name, by, roles=words(principal.roles), address=via)

    def principal(self, word: str, now: datetime) -> Principal | None:
        """Whose session this is; None where it is not known or is over."""
        query = (
            sa.select(sessions, accounts.c.name.label("account"), accounts.c.roles.label("account_roles"),
                      accounts.c.customer.label("account_customer"), accounts.c.disabled_at)
            .select_from(sessions)
            .outerjoin(accounts, accounts.c.name == sessions.c.name)
            .where(sessions.c.digest == hashed(word))
        )  # fmt: skip
        with self._database.read() as connection:
            row = connection.execute(query).first()
        if row is None or now >= row.ends_at or now - row.seen_at >= self._terms.idle or now < row.began_at:
            return None
        by, roles, customer = LoggedInBy(row.logged_in_by), row.roles, row.customer
        if by is LoggedInBy.PASSWORD:
            if row.account is None or row.disabled_at is not None:
                return None
            roles, customer = row.account_roles, row.account_customer
        if now - row.seen_at >= min(SEEN_EVERY, self._terms.idle / 2):
            with self._database.aside() as (connection, _):
                connection.execute(sa.update(sessions).where(sessions.c.digest == row.digest).values(seen_at=now))
        return Principal(row.name, roles_of(roles), None, customer, by)

    def refuse(self, by: str, address: str, why: str, now: datetime, name: str = "") -> None:
        """Note that a login was refused; *name* is that of an account, empty where there is none."""
        with self._database.aside() as (connection, _):
            note(connection, Action.LOGIN_FAILED, now, name, by, address=address, why=why)

    def end(self, word: str, now: datetime) -> None:
        """Forget a session; harmless where it is over."""
        mine = sessions.c.digest == hashed(word)
        with self._database.aside() as (connection, _):
            name = connection.scalar(sa.select(sessions.c.name).where(mine))
            if name is not None:
                connection.execute(sa.delete(sessions).where(mine))
                note(connection, Action.LOGGED_OUT, now, name)
