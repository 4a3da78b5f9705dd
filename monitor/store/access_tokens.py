"""Keep the tokens of programs: the hash of each, what it may do, until when, and roughly when it was used last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from monitor.access import SHOWN, LoggedInBy, Principal, Right, Role, hashed
from monitor.errors import ConfigError
from monitor.store.accounts import roles_of, words
from monitor.store.actions import Action, note
from monitor.store.database import Database
from monitor.store.schema import tokens

USED_EVERY = timedelta(minutes=10)
"""How exactly it is known when a token was used last, so that reading writes nothing most of the time."""


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token, without the word itself. `shown` are its first characters."""

    id: str
    shown: str
    name: str
    roles: frozenset[Role]
    scopes: frozenset[Right] | None
    customer: str | None
    created_at: datetime
    created_by: str
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    used_at: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it lets a program in."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class AccessTokens:
    """The tokens of one installation, past ones too."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, token: AccessToken, word: str) -> None:
        """Remember a token of which the word is handed out now, and never again."""
        row: dict[str, Any] = {
            "id": token.id,
            "digest": hashed(word),
            "shown": word[:SHOWN],
            "name": token.name,
            "roles": words(token.roles),
            "scopes": None if token.scopes is None else words(token.scopes),
            "customer": token.customer,
            "created_at": token.created_at,
            "created_by": token.created_by,
            "expires_at": token.expires_at,
        }
        said = {name: row[name] for name in ("name", "roles", "scopes", "customer")}
        with self._database.aside() as (connection, _):
            connection.execute(sa.insert(tokens).values(**row))
            note(
                connection, Action.ACCESS_CHANGED, token.created_at, token.created_by, token.id,
                done="token created", expires_at=token.expires_at and token.expires_at.isoformat(), **said,
            )  # fmt: skip

    def all(self) -> tuple[AccessToken, ...]:
        """Every token that there ever was, the newest first."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(tokens).order_by(tokens.c.created_at.desc(), tokens.c.id))
            return tuple(map(_token, rows))

    def revoke(self, name: str, now: datetime, author: str) -> AccessToken:
        """Let a token let nobody in any more, from now on. Raises ConfigError where there is none of that id."""
        with self._database.aside() as (connection, _):
            row = connection.execute(sa.select(tokens).where(tokens.c.id == name)).first()
            if row is None:
                raise ConfigError(f"there is no token {name}; `token list` shows the ids")
            if row.revoked_at is None:
                connection.execute(sa.update(tokens).where(tokens.c.id == name).values(revoked_at=now))
                note(connection, Action.ACCESS_CHANGED, now, author, name, done="token revoked", name=row.name)
        return _token(row)

    def principal(self, word: str, now: datetime) -> Principal | None:
        """Who shows this word; None where it is not known, or holds no more. Notes roughly that it was used."""
        digest = hashed(word)
        with self._database.read() as connection:
            row = connection.execute(sa.select(tokens).where(tokens.c.digest == digest)).first()
        if row is None or not _token(row).holds(now):
            return None
        if row.used_at is None or not -USED_EVERY < now - row.used_at < USED_EVERY:
            with self._database.aside() as (connection, _):
                connection.execute(sa.update(tokens).where(tokens.c.id == row.id).values(used_at=now))
        found = _token(row)
        return Principal(found.name, found.roles, found.scopes, found.customer, LoggedInBy.TOKEN)


def _token(row: Any) -> AccessToken:
    known = set(Right)
    scopes = None if row.scopes is None else frozenset(Right(one) for one in row.scopes if one in known)
    return AccessToken(
        row.id, row.shown, row.name, roles_of(row.roles), scopes, row.customer, row.created_at, row.created_by,
        row.expires_at, row.revoked_at, row.used_at,
    )  # fmt: skip
