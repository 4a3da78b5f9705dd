"""Say which pages wait for a receiver, which are held back and by what: one definition for everybody who counts them.

An open page that the receiver has not accepted *waits* if it could be sent now: no silence and no root cause holds it
back, it waits for no covered hours, and no other page must go first. Every other such page is *held*, and the word of
`held_by_what` says why.
Metrics, page, rules, health and audit count by these expressions, and deliveries are chosen by them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from monitor.alert import Withheld
from monitor.store.schema import OPEN, UNHELD, Instant, micros, outbox

ORDER = "order"
"""What holds a page back that waits for another page: an older one of its alert, or the new one of a linked pair."""

HELD = (Withheld.SILENCED.value, Withheld.GROUPED.value, Withheld.WAITS_FOR_HOURS.value, ORDER)
"""Every word of `held_by_what`."""

UNACCEPTED = OPEN & outbox.c.accepted_at.is_(None)
"""Not accepted in its present version, and neither refused nor given up."""


def let_go(now: datetime) -> sa.ColumnElement[bool]:
    """Held by nothing, or by a silence whose end has come, or for hours that have begun."""
    over = sa.type_coerce(outbox.c.next_at, sa.BigInteger) <= (micros(now) or 0)
    return UNHELD | sa.func.coalesce(over, sa.false())


def _goes_after() -> sa.ColumnElement[bool]:
    """Another page must be settled first: an older one of the same alert, or the first of a linked pair.

    The first of a pair is waited for only while it can be sent. A digest under way that says that the alert is over is
    an older page of it, too.
    """
    older, first = outbox.alias("older"), outbox.alias("first")
    of_its_alert = sa.exists().where(
        (older.c.alert_key == outbox.c.alert_key)
        & (older.c.channel == outbox.c.channel)
        & older.c.closed_at.is_(None)
        & (older.c.id < outbox.c.id)
    )
    of_its_pair = sa.exists().where(
        (first.c.alert_key == outbox.c.after_key)
        & (first.c.channel == outbox.c.channel)
        & first.c.closed_at.is_(None)
        & (first.c.held_by == sa.literal_column("''"))
        & (first.c.id < outbox.c.id)
    )
    folded, digest = outbox.alias("folded"), outbox.alias("digest")
    in_a_digest = sa.exists().where(
        (folded.c.alert_key == outbox.c.alert_key)
        & (folded.c.channel == outbox.c.channel)
        & (digest.c.id == folded.c.folded_into)
        & digest.c.taken_at.is_not(None)
    )
    return of_its_alert | in_a_digest | ((outbox.c.after_key != "") & of_its_pair)


GOES_AFTER = _goes_after()
"""Made once: it has four tables under other names, and every page that is sent asks for it."""


def waits(now: datetime) -> sa.ColumnElement[bool]:
    """The page waits for its receiver."""
    return UNACCEPTED & let_go(now) & ~GOES_AFTER


def waits_since() -> sa.ColumnElement[Any]:
    """Since when a page that waits has waited: from the moment in which nothing held it back any more."""
    since = sa.case((UNHELD, _micros(outbox.c.due_since)), else_=_micros(outbox.c.next_at))
    return sa.type_coerce(since, Instant)


def held_by_what(now: datetime) -> sa.ColumnElement[str]:
    """One of `HELD` for a page that was not accepted and is held back; empty for one that waits."""
    words = (Withheld.GROUPED.value, Withheld.WAITS_FOR_HOURS.value)
    reason = sa.case(
        *((outbox.c.held_by.startswith(f"{word}/", autoescape=True), word) for word in words),
        else_=Withheld.SILENCED.value,
    )
    return sa.case((~let_go(now), reason), (GOES_AFTER, ORDER), else_="")


def _micros(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    return sa.type_coerce(column, sa.BigInteger)
