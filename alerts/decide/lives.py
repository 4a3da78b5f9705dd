"""Say to which life of a clock its alerts and escalation steps belong, and which channels are behind.

Pure: rows of the log, of transitions, of steps and of queues come in. A clock that ended for good and fires again
begins another life: its steps begin anew, and what was acknowledged before counts no more. After a pause it goes on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from monitor.alert import OVER_FOR_GOOD, ClockKey, Reason, Taken
from monitor.model import TransitionKind

CALLS = frozenset({Reason.ESCALATED.value, Reason.ACK_ENDED.value})
"""The words of pages with which people are called by name."""

_ENDS = frozenset(reason.value for reason in OVER_FOR_GOOD)

_STOPS = frozenset(
    kind.value
    for kind in (TransitionKind.PAUSED, TransitionKind.MET, TransitionKind.ENDED_LATE, TransitionKind.CANCELLED)
)
_RUNS = frozenset(kind.value for kind in (TransitionKind.STARTED, TransitionKind.RESUMED, TransitionKind.REOPENED))


class LogEntry(NamedTuple):
    """A change of an alert, as the log has it. `reason` is the word of a `Reason`."""

    id: int
    key: str
    at: datetime
    reason: str
    firing: bool


class Moved(NamedTuple):
    """A recorded transition of a clock; `stage` of a withdrawal is `KIND:STAGE` of what it withdraws."""

    id: int
    kind: str
    stage: str
    at: datetime


class SentPage(NamedTuple):
    """A page of a queue: when it was made, for which reason, and whether it ends the alert."""

    made: datetime
    word: str
    ends: bool


def first_entries(log: Iterable[LogEntry]) -> dict[str, int]:
    """Where each alert first stands in the log."""
    found: dict[str, int] = {}
    for entry in log:
        found[entry.key] = min(entry.id, found.get(entry.key, entry.id))
    return found


def ended_for_good(log: Iterable[LogEntry]) -> dict[str, datetime]:
    """When each alert last ended for good."""
    found: dict[str, datetime] = {}
    for entry in log:
        if not entry.firing and entry.reason in _ENDS:
            found[entry.key] = max(entry.at, found.get(entry.key, entry.at))
    return found


def later_lives(log: Iterable[LogEntry], clock_of: Mapping[str, ClockKey]) -> dict[ClockKey, datetime]:
    """When the present life of each clock began, if the clock had ended before: it fired again after that."""
    found: dict[ClockKey, datetime] = {}
    alive: dict[ClockKey, set[str]] = defaultdict(set)
    ended: dict[ClockKey, str] = {}
    for entry in sorted(log):
        clock = clock_of[entry.key]
        if entry.firing:
            if not alive[clock] and ended.get(clock) in _ENDS:
                found[clock] = entry.at
            alive[clock].add(entry.key)
        elif entry.key in alive[clock]:
            alive[clock].discard(entry.key)
            ended[clock] = entry.reason
    return found


def is_of_former_life(begun: Collection[datetime], life: datetime | None) -> bool:
    """Whether the steps of a clock that were *begun* at these instants belong to a life before the present one."""
    return life is not None and bool(begun) and min(begun) < life


def pauses(moved: Iterable[Moved], runs: bool, now: datetime) -> Iterator[tuple[datetime, datetime | None]]:
    """The times in which a clock did not run, by the transitions that still hold; *runs* says whether it does now."""
    standing: dict[tuple[str, str, datetime], Moved] = {}
    for move in sorted(moved):
        if move.kind == TransitionKind.WITHDRAWN.value:
            kind, _, of_stage = move.stage.partition(":")
            standing.pop((kind, of_stage, move.at), None)
        else:
            standing[move.kind, move.stage, move.at] = move
    since: datetime | None = None
    for move in sorted(standing.values(), key=lambda move: (move.at, move.id)):
        if move.kind in _STOPS:
            since = move.at if since is None else since
        elif move.kind in _RUNS and since is not None:
            if move.at > since:
                yield since, move.at
            since = None
    if since is not None:
        yield since, (now if runs else None)
    elif not runs:
        yield now, None


def taken(at: datetime, calls: Iterable[tuple[datetime, datetime | None]]) -> Taken:
    """A step that was taken *at*, with when its page was first accepted; *calls* are (made, accepted) of its clock.

    Without a page of its own, its receivers had been sent the alert before.
    """
    since = [accepted for made, accepted in calls if made >= at]
    return Taken(at, min((one for one in since if one is not None), default=None) if since else at)


def is_behind(pages: Sequence[SentPage], firing: bool, since: datetime) -> bool:
    """Whether the last page of a channel that people were called on contradicts the alert's state.

    *since* is when the steps of this life began: of another life only the end is still owed.
    """
    present = [page for page in pages if page.made >= since] if firing else pages
    called = any(page.word in CALLS for page in present)
    return called and pages[-1].ends is firing
