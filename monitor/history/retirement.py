"""Say when a subject is gone for good, who says so, and what shows that it lives again.

Pure. A retirement is dated. It ends by a later statement of the source that gives the subject a status or a state: from
then on it has another life. A word that is not understood, an unknown state and a delivery in writing show no life, and
silence ends no retirement as it makes none (semantics 37).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING

from monitor.history.event_json import correction_to_json
from monitor.history.events import Correction, Event, content_id
from monitor.model import CircuitState, Condition, CorrectionKind, Phase, RetiredBy, SubjectKey, SubjectKind

if TYPE_CHECKING:
    from monitor.history.mapping import Fact, History


# Bound once: in Python 3.11, looking a member up costs more than the rest of its line.
_GONE, _GONE_STATE = Phase.RETIRED, CircuitState.RETIRED

CORRECTION_ID = "correction-"
"""How the ids of events begin that are corrections."""


@dataclass(frozen=True, slots=True)
class Retirement:
    """That a subject is gone for good: since when, who says so, why, and the event that says it.

    `author` is who wrote a correction, or the collector that did; empty for the source's own word.
    """

    at: datetime
    by: RetiredBy
    reason: str
    author: str
    event_id: str


def retires(phase: Condition | None) -> bool:
    """Whether a phase or state says that the subject is gone for good."""
    return phase is _GONE or phase is _GONE_STATE


def shows_life(phase: Condition | None) -> bool:
    """Whether a phase or state shows that its source knows the subject."""
    return not (
        phase is None
        or phase is Phase.UNKNOWN
        or phase is Phase.DELIVERED
        or phase is CircuitState.UNKNOWN
        or retires(phase)
    )


def stated(corrections: Sequence[tuple[str, Correction]]) -> Iterator[tuple[datetime, str]]:
    """(instant, event id) of every retirement that was made by a correction and is not revoked."""
    revoked = {made.revokes for _, made in corrections if made.kind is CorrectionKind.REVOKE}
    for event_id, made in corrections:
        if made.kind is CorrectionKind.RETIRE and made.start is not None and event_id not in revoked:
            yield made.start, event_id


def no_longer_listed(corrections: Sequence[tuple[str, Correction]]) -> Iterator[tuple[datetime, str]]:
    """(instant, event id) of every retirement by an inventory that was revoked.

    That the inventory did not list the circuit is as true as before: from then on nobody says how it is.
    """
    revoked = {made.revokes for _, made in corrections if made.kind is CorrectionKind.REVOKE}
    for event_id, made in corrections:
        if event_id in revoked and made.by is RetiredBy.INVENTORY and made.start is not None:
            yield made.start, event_id


def retirement(history: History) -> Retirement | None:
    """The retirement that holds at the end of a history; the first one, where it was said again."""
    found: Fact | None = None
    for fact in chain(reversed(history.facts), reversed(history.before.landmarks)):
        if retires(fact.phase):
            found = fact
        elif shows_life(fact.phase):
            break
    if found is None:
        return None
    made = dict(history.corrections).get(found.event_id)
    if made is None:
        return Retirement(found.at, RetiredBy.SOURCE, found.status or "", "", found.event_id)
    return Retirement(found.at, made.by or RetiredBy.COMMAND, made.reason, made.author, found.event_id)


def correction_event(key: SubjectKey, kind: SubjectKind, made: Correction, now: datetime) -> Event:
    """A correction as the event that is stored, made at *now*."""
    name = content_id(str(key), correction_to_json(made), now.isoformat())
    return Event(key.source, f"{CORRECTION_ID}{name}", kind, key.subject, now, correction=made)


class WhyNot(StrEnum):
    """Why a subject cannot be retired from an instant on."""

    FUTURE = "future"
    """The instant has not come yet."""
    UNKNOWN = "unknown"
    """Nothing was known of the subject by then."""
    ALREADY = "already"
    """It is retired since an instant that is not later."""
    LIVES = "lives"
    """Its source has given it a status or a state after that, so it would not stay retired."""


def why_not(history: History, start: datetime, now: datetime) -> tuple[WhyNot, datetime] | None:
    """Why the subject of *history* cannot be retired from *start* on, and the instant that says so; None if it can."""
    if start > now:
        return WhyNot.FUTURE, start
    known = [fact.at for fact in history.facts if fact.phase is not None]
    if not known or known[0] > start:
        return WhyNot.UNKNOWN, known[0] if known else now
    lives = next((fact.at for fact in reversed(history.facts) if fact.at > start and shows_life(fact.phase)), None)
    if lives is not None:
        return WhyNot.LIVES, lives
    gone = retirement(history)
    return (WhyNot.ALREADY, gone.at) if gone is not None and gone.at <= start else None
