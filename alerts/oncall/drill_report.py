"""Say of a drill who got it, by which channel and when, and who acknowledged it.

Pure. One row stands for one call of one person on one channel. The one surprise: a channel counts as reached only by
the receiver's own yes; a channel in shadow is sent nothing and counts for nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from alerts.oncall import drills
from monitor.alert import DrillOnRecord, Verdict, step_shown
from monitor.model import Name


class Reached(StrEnum):
    """Whether somebody got a page of a drill on a channel."""

    ACCEPTED = "accepted"
    """The receiver took the page."""
    WAITING = "waiting"
    """The receiver has not taken the page yet; it is tried again while the drill lasts."""
    REFUSED = "refused"
    """The receiver refused the page for good."""
    NOT_ACCEPTED = "not_accepted"
    """The drill ended before the receiver took the page."""
    SHADOW = "shadow"
    """The receiver has `shadow`, so nothing was sent."""


@dataclass(frozen=True, slots=True)
class DrillRow:
    """One call on one channel. `attempts` counts all tries, `errors` are what the failed ones said, each once."""

    who: str
    name: Name
    step: int
    reason: str
    channel: str
    queued_at: datetime
    reached: Reached
    accepted_at: datetime | None = None
    attempts: int = 0
    errors: tuple[str, ...] = ()


def rows(known: DrillOnRecord) -> tuple[DrillRow, ...]:
    """Every call on every channel, in the order in which people were called."""
    return tuple(_rows(known))


def _rows(known: DrillOnRecord) -> Iterator[DrillRow]:
    for call in known.drill.calls:
        for way in call.ways:
            tries = drills.tries_of(call, way, known.tries)
            accepted = drills.accepted_at(call, way, known.tries)
            before = [one for one in tries if accepted is None or one.at <= accepted]
            failed = [one for one in before if one.verdict is not Verdict.ACCEPTED]
            if way.shadow:
                reached = Reached.SHADOW
            elif accepted is not None:
                reached = Reached.ACCEPTED
            elif any(one.verdict is Verdict.REFUSED for one in tries):
                reached = Reached.REFUSED
            else:
                reached = Reached.NOT_ACCEPTED if known.drill.over else Reached.WAITING
            yield DrillRow(
                who=call.who,
                name=call.name,
                step=step_shown(call.step),
                reason=call.reason,
                channel=way.channel,
                queued_at=call.at,
                reached=reached,
                accepted_at=accepted,
                attempts=len(failed) + (accepted is not None),
                errors=tuple(dict.fromkeys(one.detail or one.reason for one in failed)),
            )


def everybody_got_it(known: DrillOnRecord) -> bool:
    """Whether somebody was called, and each who was got every page on every channel of theirs that is no shadow."""
    sent = [row for row in rows(known) if row.reached is not Reached.SHADOW]
    people = {row.who for row in sent}
    called = {call.who for call in known.drill.calls}
    return bool(called) and people == called and all(row.reached is Reached.ACCEPTED for row in sent)
