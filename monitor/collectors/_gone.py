"""Decide when what a source no longer shows is gone for good: the one rule for every collector (semantics 37).

Pure. Silence retires nothing: a collector asks only about a reading that is proven whole, or about an answer that says
in so many words that there is no such subject. Even then once is not enough: what is missing twice in a row is gone,
since the first of the two. A reading that failed, or that is not proven whole, neither counts nor begins anew.

A list that loses more than a tenth of what is known at once, and more than a few, is more likely broken than true:
nothing of it is acted on until the list is whole again, or an operator accepts the loss. What went one by one within a
day counts with it, so that a list that crumbles is held as well.

What was retired here is remembered: when the source shows it again, its collector says so with a statement dated after
the retirement, for the source's own old one would be known already.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from monitor.history import Correction, Event, correction_event, stamp
from monitor.model import CorrectionKind, RetiredBy, SubjectKey, SubjectKind

TIMES = 2
"""How often in a row a subject must be missing."""

FEW = 5
"""So many may go at once, however short the list is."""

SHARE = 0.1
"""Of a longer list, the share that may go at once."""

WITHIN = timedelta(days=1)
"""What went within so long counts as one loss."""

MOST_REMEMBERED = 5000
"""So many retired subjects are remembered, those that went last."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Since when a subject is missing, and how often in a row."""

    since: datetime
    times: int


@dataclass(frozen=True, slots=True)
class Gone:
    """What a collector remembers between polls; it is a part of its position.

    `held_since` is when a loss was held back first, `lately` when subjects went that nobody had to accept.
    """

    missing: Mapping[str, Missing] = field(default_factory=dict)
    retired: Mapping[str, datetime] = field(default_factory=dict)
    held_since: datetime | None = None
    lately: tuple[datetime, ...] = ()

    @classmethod
    def of(cls, position: Mapping[str, Any]) -> Gone:
        """What a position has under `gone`; nothing where it is of an earlier version."""
        said = position.get("gone", {})
        held = said.get("held")
        return cls(
            {name: Missing(datetime.fromisoformat(at), times) for name, (at, times) in said.get("missing", {}).items()},
            {name: datetime.fromisoformat(at) for name, at in said.get("retired", {}).items()},
            None if held is None else datetime.fromisoformat(held),
            tuple(datetime.fromisoformat(at) for at in said.get("lately", ())),
        )

    @property
    def position(self) -> dict[str, Any]:
        """The part of a position under `gone`; empty where there is nothing to remember."""
        latest = sorted(self.retired.items(), key=lambda item: item[1], reverse=True)
        said = {
            "missing": {name: [stamp(one.since), one.times] for name, one in self.missing.items()},
            "retired": {name: stamp(at) for name, at in islice(latest, MOST_REMEMBERED)},
            "held": None if self.held_since is None else stamp(self.held_since),
            "lately": [stamp(at) for at in self.lately],
        }
        kept = {name: value for name, value in said.items() if value}
        return {"gone": kept} if kept else {}


@dataclass(frozen=True, slots=True)
class Judged:
    """What follows: what to remember, what is gone and since when, how many are held back (0 for none)."""

    gone: Gone
    retired: Mapping[str, datetime]
    held: int = 0


def after_list(
    gone: Gone, known: Collection[str], listed: Collection[str], now: datetime, accepted_at: datetime | None
) -> Judged:
    """What follows from an inventory's list that is proven whole: who of the *known* is not *listed* in it.

    *accepted_at* is when an operator last accepted a loss of this source; it is good for the loss that was held then.
    """
    alive = [name for name in known if name not in gone.retired]
    lost = {name: _once_more(gone.missing.get(name), now) for name in alive if name not in listed}
    lately = tuple(at for at in gone.lately if now - at < WITHIN)
    sudden = len(lost) + len(lately) > max(FEW, SHARE * (len(alive) + len(lately)))
    accepted = gone.held_since is not None and accepted_at is not None and accepted_at >= gone.held_since
    if lost and sudden and not accepted:
        return Judged(Gone(lost, gone.retired, gone.held_since or now, lately), {}, len(lost))
    over = {name: one.since for name, one in lost.items() if one.times >= TIMES}
    left = {name: one for name, one in lost.items() if name not in over}
    if not accepted:
        lately = (*lately, *(now for _ in over))
    return Judged(Gone(left, {**gone.retired, **over}, gone.held_since if accepted and left else None, lately), over)


def after_answers(gone: Gone, none: Iterable[str], there: Iterable[str], now: datetime) -> Judged:
    """What follows from answers about single subjects: that there is *none* of the name, or that it is *there*."""
    missing = {name: one for name, one in gone.missing.items() if name not in set(there)}
    asked = {name: _once_more(missing.get(name), now) for name in none if name not in gone.retired}
    missing |= asked
    over = {name: one.since for name, one in asked.items() if one.times >= TIMES}
    left = {name: one for name, one in missing.items() if name not in over}
    return Judged(Gone(left, {**gone.retired, **over}, gone.held_since, gone.lately), over)


def seen_again(gone: Gone, shown: Iterable[str]) -> tuple[Gone, Mapping[str, datetime]]:
    """What to remember when the source shows these again, and those of them that were retired, with since when."""
    back = {name: gone.retired[name] for name in shown if name in gone.retired}
    if not back:
        return gone, {}
    left = {name: at for name, at in gone.retired.items() if name not in back}
    return Gone(gone.missing, left, gone.held_since, gone.lately), back


def retirement_of(
    key: SubjectKey, kind: SubjectKind, since: datetime, by: RetiredBy, reason: str, now: datetime
) -> Event:
    """The event that says that a subject is gone for good, found at *now*."""
    made = Correction(CorrectionKind.RETIRE, reason, key.source, since, by=by)
    return correction_event(key, kind, made, now)


def _once_more(before: Missing | None, now: datetime) -> Missing:
    return Missing(now, 1) if before is None else Missing(before.since, before.times + 1)
