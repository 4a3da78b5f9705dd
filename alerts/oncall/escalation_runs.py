"""Say when the steps of a clock begin, and when they begin anew: its runs.

Pure. The first stage of which somebody is notified begins a run, and an acknowledgement ends it. A worse stage after
that begins another one, with whoever had acknowledged; so does the end of the acknowledgement, with the first step at
once. The one surprise: acknowledgements that overlap hold as one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class NotifiedStage:
    """A stage of the clock, and when somebody was first notified of it."""

    stage: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AcknowledgedStage:
    """The stage that somebody acknowledged, and when. It holds for no later stage. `person` is who, if known.

    It is over from `until` on; None while it is not.
    """

    stage: str
    at: datetime
    person: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """A run, until it was acknowledged; `holder` had acknowledged the one before it.

    With a `round` it began because the acknowledgement of its stage ended.
    """

    stage: str
    since: datetime
    ends: datetime | None
    holder: str = ""
    round: int = 0


def runs(all_notified: Sequence[NotifiedStage], all_acknowledged: Sequence[AcknowledgedStage]) -> Iterator[Run]:
    """The runs of a clock's steps, in order; only the last one may be on."""
    notified = _first_of_each(all_notified)
    counting = (item for item in all_acknowledged if _counts(item, notified))
    acknowledged = sorted(counting, key=lambda item: item.at)
    begins: NotifiedStage | None = notified[0] if notified else None
    holder, rounds, round_ = "", 0, 0
    while begins is not None:
        since = begins.at
        ends = next((item for item in acknowledged if item.at >= since), None)
        yield Run(begins.stage, since, None if ends is None else ends.at, holder, round_)
        if ends is None:
            return
        begins = next((stage for stage in notified if stage.at > ends.at), None)
        over = held_until(acknowledged, ends.at, None if begins is None else begins.at)
        if over is not None:
            rounds += 1
            begins, holder, round_ = NotifiedStage(ends.stage, over), "", rounds
        elif begins is not None:
            holder, round_ = _last_holder(acknowledged, begins.at), 0


def held_until(acknowledged: Sequence[AcknowledgedStage], first: datetime, worse: datetime | None) -> datetime | None:
    """Until when somebody held a stage that was acknowledged at *first*; None where somebody still does, or did so
    until a *worse* stage.

    One acknowledgement goes on where another was given before it ended.
    """
    until: datetime | None = None
    for one in sorted(acknowledged, key=lambda item: item.at):
        if one.at < first or (worse is not None and one.at >= worse):
            continue
        if until is not None and one.at > until:
            break
        if one.until is None:
            return None
        until = one.until if until is None else max(until, one.until)
    return None if until is None or (worse is not None and until >= worse) else until


def _last_holder(acknowledged: Sequence[AcknowledgedStage], before: datetime) -> str:
    return next((item.person for item in reversed(acknowledged) if item.at <= before and item.person), "")


def _first_of_each(notified: Sequence[NotifiedStage]) -> list[NotifiedStage]:
    """Each stage when somebody was first notified of it; one that fires again after a pause counts once."""
    firsts: dict[str, NotifiedStage] = {}
    for item in sorted(notified, key=lambda item: item.at):
        firsts.setdefault(item.stage, item)
    return list(firsts.values())


def _counts(item: AcknowledgedStage, notified: Sequence[NotifiedStage]) -> bool:
    """Whether the acknowledged stage was the worst of which somebody had been notified by then, and was held at all."""
    if item.until is not None and item.until <= item.at:
        return False
    known = [stage.stage for stage in notified if stage.at <= item.at]
    return bool(known) and known[-1] == item.stage
