"""Ask a TMF621 server by id for open tickets that its list does not show any more, and judge what it answers.

A ticket that is missing from a list proves nothing: servers hide old tickets, and logins lose rights. So it is asked
for by its id. Only 404 and 410 say that there is no such ticket, and only while the server answers for a ticket that
it has just listed: one that says 404 to every id retires nothing. 403, failures and time-outs say nothing at all. What
is there after all counts as read. Few are asked at each poll; those that were not found once come first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from monitor.collectors._gone import Gone
from monitor.collectors._json_body import document
from monitor.collectors._tmf621_tickets import ticket_id
from monitor.errors import SourceError
from monitor.history import Event, content_id
from monitor.model import SubjectKind
from monitor.net import Answer

NONE = frozenset({404, 410})
ACCEPT = NONE | {200}

MOST_ASKED = 5
"""So many tickets are asked for at one poll, and one more that is there."""

MOST_SUSPECTS = 1000
_JUST_AFTER = timedelta(microseconds=1)

Ask = Callable[[str], Answer]
"""Asks for one ticket by its id. Raises SourceError for any answer but those in ACCEPT."""


@dataclass(slots=True)
class Answered:
    """What the server said: there is *none* of these, these are *there* with the ticket itself, these said nothing."""

    none: list[str] = field(default_factory=list)
    there: list[str] = field(default_factory=list)
    tickets: list[Any] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)


def suspects(open_subjects: Iterable[str], listed: Collection[str], gone: Gone) -> tuple[str, ...]:
    """The open tickets that a whole reading of the list did not show."""
    missing = [name for name in open_subjects if name not in listed and name not in gone.retired]
    return tuple(sorted(missing)[:MOST_SUSPECTS])


def in_turn(names: Sequence[str], gone: Gone) -> Sequence[str]:
    """Those to ask for at this poll: first those that were not found once."""
    return sorted(names, key=lambda name: name not in gone.missing)[:MOST_ASKED]


def ask_for(names: Sequence[str], listed: str, ask: Ask) -> Answered:
    """Ask for each of the tickets, after one that is *listed*; nothing where the server does not answer for that."""
    found = Answered()
    try:
        if not _is(ask(listed), listed):
            return found
    except SourceError:
        return found
    for name in names:
        try:
            answer = ask(name)
            if answer.status in NONE:
                found.none.append(name)
            elif _is(answer, name):
                found.there.append(name)
                found.tickets.append(document(answer))
            else:
                found.silent.append(name)
        except SourceError:
            found.silent.append(name)
            break
    return found


def _is(answer: Answer, name: str) -> bool:
    """Whether an answer is the ticket with this id. Raises SourceError where it cannot be read."""
    return answer.status == 200 and ticket_id(document(answer)) == name


def shown_again(source: str, item: Any, name: str, since: datetime, now: datetime) -> Event | None:
    """What says that a ticket that was retired *since* is there again: its present status, dated after that."""
    status = item.get("status") if isinstance(item, dict) else None
    if not isinstance(status, str) or not status.strip():
        return None
    return Event(
        source=source,
        event_id=content_id("shown again", name, status, now),
        kind=SubjectKind.TICKET,
        subject=name,
        at=max(now, since + _JUST_AFTER),
        sequence=int(now.timestamp()),
        status=status[:500],
    )
