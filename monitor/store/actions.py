"""Keep what operators and the program did that leaves no row of its own elsewhere: who, when, about what.

Rows are only ever added, in the transaction of the deed itself. What has rows of its own (acknowledgements, silences,
corrections, publications, pages) has none here; `trail.py` reads all of them. A further kind of deed is a member of
`Action` and a call of `note`.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from monitor.store.database import Database
from monitor.store.schema import actions


class Action(StrEnum):
    """What was done."""

    SILENCE_ENDED = "silence_ended"
    """An operator ended a silence before its time."""
    ACKNOWLEDGEMENT_WITHDRAWN = "acknowledgement_withdrawn"
    """Somebody took an acknowledgement back before its end."""
    CLOCK_ACCEPTED = "clock_accepted"
    """An operator accepted the time of this machine after a jump."""
    LOSS_ACCEPTED = "loss_accepted"
    """An operator accepted that a source lost many subjects at once."""
    JUDGED_ANEW = "judged_anew"
    """An upgrade of the code or a corrected policy began to judge open clocks anew."""
    RESTORED = "restored"
    """The program found at its start that its database is a restored backup."""
    STARTED = "started"
    """The program was started."""
    RELOADED = "reloaded"
    """Somebody had the configuration read again, and it was taken."""
    RELOAD_REFUSED = "reload_refused"
    """Somebody had the configuration read again, and it was refused."""
    SUBSCRIBED = "subscribed"
    """Somebody subscribed to notifications of violations, or resumed that."""
    UNSUBSCRIBED = "unsubscribed"
    """Somebody ended a subscription."""
    RECORD_RETRIED = "record_retried"
    """An operator had a record that is set aside read or judged again."""
    RECORD_DROPPED = "record_dropped"
    """An operator dropped a record that is set aside."""
    ERASED = "erased"
    """An operator erased a name or the texts of a subject."""
    LOGGED_IN = "logged_in"
    """Somebody logged in to the page."""
    LOGIN_FAILED = "login_failed"
    """Somebody tried to log in and was refused."""
    LOGGED_OUT = "logged_out"
    """Somebody logged out."""
    ACCESS_CHANGED = "access_changed"
    """Somebody made, changed or ended an account or a token."""


def note(
    connection: sa.Connection, what: Action, now: datetime, author: str = "", about: str = "", **detail: Any
) -> None:
    """Add a row in the transaction of the deed; without an *author* the program itself did it."""
    row = {"at": now, "kind": what.value, "author": author, "about": about, "detail": detail}
    connection.execute(sa.insert(actions).values(**row))


class Actions:
    """The side of the store for deeds that change nothing else in it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, what: Action, now: datetime, author: str = "", about: str = "", **detail: Any) -> None:
        """Remember what the program did or found; *author* is who had it do that."""
        with self._database.write() as connection:
            note(connection, what, now, author, about, **detail)
