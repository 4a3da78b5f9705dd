"""Word what the author of a silence is told: what it hides, until when, and how to end it.

Pure. As with every page, the same clock under the same silence gives the same words however often it is asked.
"""

from __future__ import annotations

import shlex
from datetime import datetime
from typing import Protocol

from alerts.wording import endings
from alerts.wording.clocks import clock, filled, local, plain, ticket, why
from monitor.alert import Alert, Settings
from monitor.messages import SENTENCES, Argument, as_annotations, joined, lines, message
from monitor.policy import NAMED


class Silence(Protocol):
    """What is said of a silence; `foreign` is one of Alertmanager's own."""

    @property
    def id(self) -> str: ...
    @property
    def author(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def ends_at(self) -> datetime: ...
    @property
    def maintenance(self) -> bool: ...
    @property
    def foreign(self) -> bool: ...


def hidden(
    silence: Silence, alert: Alert, deadline: datetime, breached: bool, explain: str, settings: Settings
) -> dict[str, str]:
    """The annotations with which an author hears that *silence* withholds *alert*, whose clock is due at *deadline*."""
    what, due = clock(alert, settings), local(deadline, settings.zone)
    ends, author, reason = local(silence.ends_at, settings.zone), plain(silence.author), plain(silence.reason)
    kind = message("alert-maintenance") if silence.maintenance else message("alert-silence")
    state = (
        message("alert-state-breached", due=due)
        if breached
        else message("alert-silence-due-before-its-end", due=due, kind=kind)
    )
    kept = (*NAMED, *settings.said, "ticket_url")
    named = {name: alert.annotations.get(name, "") for name in kept}
    description = lines(
        _which(silence, author, ends, reason),
        message("alert-silence-nobody", what=what, state=state),
        message("alert-silence-end-it", command=ending(silence.id, silence.foreign, settings)),
        why(explain),
        ticket(named["ticket_url"]),
    )
    return filled(
        {
            **as_annotations(
                "summary", message("alert-silence-hides", author=author, kind=kind, what=what, state=state)
            ),
            **as_annotations("description", description),
            "author": author,
            "silence_reason": reason,
            "silence_until": ends,
            "silence_of": "alertmanager" if silence.foreign else "tierwatch",
            "due": due,
            "explain_url": explain,
            **named,
        }
    )


def _which(silence: Silence, author: str, ends: str, reason: str) -> Argument:
    """Which silence it is: of whom, until when, and why."""
    id_ = plain(silence.id)
    if silence.foreign:
        return message("alert-silence-of-alertmanager", id=id_, author=author, ends=ends, reason=reason)
    if silence.maintenance:
        return message("alert-silence-for-maintenance", id=id_, author=author, ends=ends, reason=reason)
    return message("alert-silence-of", id=id_, author=author, ends=ends, reason=reason)


def still_open(
    breached: bool, due: datetime | None, until: datetime | None, settings: Settings
) -> tuple[Argument, Argument]:
    """How a clock stands that a silence hides no more and that goes on, and what holds besides."""
    parts = [message("alert-stands-own-alert"), lasting(until, settings)]
    stands = joined([part for part in parts if part], SENTENCES)
    at = "" if due is None else local(due, settings.zone)
    if breached:
        return message("alert-end-still-broken", due=at) if at else message("alert-end-still-broken-undated"), stands
    return message("alert-end-still-due", due=at) if at else message("alert-end-still-open"), stands


def late(due: datetime | None, settings: Settings) -> Argument:
    """How a clock ended whose promise was broken at *due*; nothing where it was not."""
    return "" if due is None else endings.late(local(due, settings.zone))


def lasting(until: datetime | None, settings: Settings) -> Argument:
    """That the silence itself is still in force."""
    return "" if until is None else message("alert-stands-silence", until=local(until, settings.zone))


def ending(silence: str, foreign: bool, settings: Settings) -> str:
    """The command that ends a silence."""
    if foreign:
        return shlex.join(("amtool", "silence", "expire", plain(silence)))
    return settings.commands.says("silence", "end", about=plain(silence))
