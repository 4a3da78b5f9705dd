"""Hold what a change of alerts is judged by, and the judgement: which channel is sent what, which causes changed.

Pure values. The store reads an `OnRecord` in the transaction that stores the alerts, a `Router` judges, and the store
writes what is `Routed`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from monitor.alert.alert import Alert, Cause, Decision, SilenceRow

AlertChange = tuple[Alert, Sequence[Decision]]
"""An alert that changed, and the decision for each channel."""


class ClockKey(NamedTuple):
    """Which cycle of which clock."""

    source: str
    subject: str
    target: str
    cycle: int


class FiringAlert(NamedTuple):
    """What a cause needs to know of a stored alert that fires. `reason` is the word of a `Reason`."""

    key: str
    reason: str
    source: str
    subject: str
    target: str
    tier: str
    deadline: datetime | None
    stage: str


@dataclass(frozen=True, slots=True)
class CauseOnRecord:
    """What is stored under one `cause_key`: the open cause, if there is one, its own alerts, and the firing members."""

    cause: Cause | None = None
    alerts: Sequence[Alert] = ()
    firing: Sequence[FiringAlert] = ()


def _none_pause(cause_key: str) -> Sequence[ClockKey]:
    return ()


@dataclass(frozen=True, slots=True)
class OnRecord:
    """What the store knows beside the alerts that changed; of those it has the state before the change.

    `causes` holds an entry for each `cause_key` that may have changed, in the order in which they are judged. `pausing`
    gives the clocks whose alerts of a cause ended because they pause or idle, as they still do; it is asked only for a
    cause that is over.
    """

    silences: Sequence[SilenceRow] = ()
    causes: Mapping[str, CauseOnRecord] = field(default_factory=dict)
    pausing: Callable[[str], Sequence[ClockKey]] = _none_pause


@dataclass(frozen=True, slots=True)
class Routed:
    """Alerts that changed, in the order in which they are sent, and causes as they are now.

    A cause with `closed_at` lets go what was withheld because of it.
    """

    changes: Sequence[AlertChange] = ()
    causes: Sequence[Cause] = ()


class Router(Protocol):
    """Decides which channel is sent what of a change of alerts."""

    def route(self, changed: Sequence[Alert], record: OnRecord, now: datetime) -> Routed:
        """Every alert that changed, those of causes included, with a decision per channel."""
        ...
