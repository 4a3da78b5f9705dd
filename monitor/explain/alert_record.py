"""What is on record of one alert: its changes, how each channel answered, who was called and who acknowledged it.

Pure values; the store fills them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.alert import RangOutside


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Who acknowledged an alert: when, in which way (`link`, `api`, `command line`), and with which note.

    It holds until `ends_at`, None where it has no end; `ended_at` is when it ended, and `ends_for` why.
    """

    at: datetime
    author: str
    via: str
    note: str
    ends_at: datetime | None = None
    ended_at: datetime | None = None
    ends_for: str = ""


@dataclass(frozen=True, slots=True)
class AlertChange:
    """One change of an alert and its reason; an acknowledgement is a change, too."""

    at: datetime
    reason: str
    firing: bool
    acknowledgement: Acknowledgement | None = None


@dataclass(frozen=True, slots=True)
class ChannelAnswer:
    """How a channel answered. `attempts` are its failures in a row since the last acceptance."""

    channel: str
    accepted_at: datetime | None
    attempts: int
    error: str
    closed_at: datetime | None = None
    reason: str | None = None
    held_by: str | None = None
    rang: RangOutside | None = None
    """Why it rang outside covered hours, where it did."""


@dataclass(frozen=True, slots=True)
class WithheldPage:
    """A page that a channel did not get, and why; `detail` names what withheld it."""

    channel: str
    at: datetime
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class PersonCalled:
    """A person who was called by an escalation. Step 0 comes before the first."""

    at: datetime
    step: int
    team: str
    to: str
    reason: str


@dataclass(frozen=True, slots=True)
class AlertRecord:
    """One alert with everything that was sent about it, oldest first."""

    labels: Mapping[str, str]
    target: str
    cycle: int
    stage: str
    starts_at: datetime
    resolved_at: datetime | None
    reason: str
    answers: Sequence[ChannelAnswer] = ()
    withheld: Sequence[WithheldPage] = ()
    acknowledged: Sequence[Acknowledgement] = ()
    changes: Sequence[AlertChange] = ()
    called: Sequence[PersonCalled] = ()

    @property
    def state(self) -> str:
        return "firing" if self.resolved_at is None else "resolved"
