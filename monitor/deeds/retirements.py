"""Check that a subject is gone for good, and that this may be taken back (semantics 37)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from monitor.clock import Rulebook
from monitor.deeds.plans import Planned, planned
from monitor.deeds.refused import Refused, Times, WhyRefused, words
from monitor.history import Correction, Event, WhyNot, interpret, retirement, why_not
from monitor.messages import message
from monitor.model import CorrectionKind, RetiredBy

_KINDS = {WhyNot.FUTURE: WhyRefused.WRONG}


def plan_retirement(
    events: Sequence[Event], author: str, reason: str, by: RetiredBy, rules: Rulebook, now: datetime, times: Times,
    start: datetime | None = None,
) -> Planned:  # fmt: skip
    """What it changes that a subject is gone since *start*, or now, with the event to write. Raises Refused."""
    who, why = words(author, reason)
    key, since = events[0].key, now if start is None else start
    refused = why_not(interpret(events, rules.mapping(key.source), rules.words), since, now)
    if refused is not None:
        said = message(f"deed-retire-{refused[0].value}", subject=str(key), at=times(refused[1]))
        raise Refused(_KINDS.get(refused[0], WhyRefused.CONFLICT), said)
    return planned(events, Correction(CorrectionKind.RETIRE, why, who, since, by=by), rules, now)


def plan_return(events: Sequence[Event], author: str, reason: str, rules: Rulebook, now: datetime) -> Planned:
    """What it changes to take back that a subject is retired, with the event to write. Raises Refused."""
    who, why = words(author, reason)
    key = events[0].key
    gone = retirement(interpret(events, rules.mapping(key.source), rules.words))
    if gone is None:
        raise Refused(WhyRefused.CONFLICT, message("deed-not-retired", subject=str(key)))
    if gone.by is RetiredBy.SOURCE:
        said = message("deed-retired-by-source", subject=str(key), word=repr(gone.reason), source=key.source)
        raise Refused(WhyRefused.CONFLICT, said)
    return planned(events, Correction(CorrectionKind.REVOKE, why, who, revokes=gone.event_id), rules, now)
