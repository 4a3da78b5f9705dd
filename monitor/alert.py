"""Hold what somebody is told: an alert, the page made of it, and how a receiver answered.

Pure values. The store keeps them, `alerts/` decides and delivers them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from monitor.model import SubjectKey


class Reason(StrEnum):
    """Why an alert changed, or did not become one: log word, metric label and audit row alike."""

    FIRST = "first"  # the clock's first stage
    WORSENED = "worsened"  # a further stage of the same clock
    RESUMED = "resumed"  # fires again after a pause
    TIER_CHANGED = "tier_changed"
    BACKLOG = "backlog"  # breached before this installation existed: told in one digest (semantics 19)
    SUPERSEDED = "superseded"  # passed together with a worse stage of the same clock, which was told
    REPEAT_DUE = "repeat_due"  # current state sent again
    PAUSED = "paused"
    RESTORED = "restored"  # the clock stopped
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"  # a later statement of the source says that it never was
    REWORDED = "reworded"  # only volatile text changed


class Delivery(StrEnum):
    """How a receiver wants to be told (semantics 23)."""

    STATE = "state"  # the current state, again and again
    QUEUE = "queue"  # every change once, in order per alert


@dataclass(frozen=True, slots=True)
class Alert:
    """One stage of one cycle of one clock, or something the program says of itself.

    `labels` are the identity and never change during its life (semantics 21); everything volatile is an annotation.
    `starts_at` is the instant the condition became true. `resolved_at` is None while it fires. Times are aware UTC.
    """

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts_at: datetime
    resolved_at: datetime | None = None
    reason: Reason = Reason.FIRST
    subject: SubjectKey | None = None
    target: str = ""
    cycle: int = 0
    stage: str = ""
    link: str = ""

    @property
    def key(self) -> str:
        """The fingerprint: a hash of the labels, empty values left out as Alertmanager does."""
        text = json.dumps(sorted((name, value) for name, value in self.labels.items() if value))
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    @property
    def firing(self) -> bool:
        return self.resolved_at is None

    def resolve(self, at: datetime, reason: Reason) -> Alert:
        return replace(self, resolved_at=max(at, self.starts_at), reason=reason)


@dataclass(frozen=True, slots=True)
class Channel:
    """One way out: a receiver, or one peer of it. Each is told on its own, so that none hides another's failure."""

    name: str
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class Page:
    """An alert on its way through one channel. `id` and `version` name the outbox row that it stands for."""

    id: int
    version: int
    channel: str
    alert: Alert
    attempts: int = 0


class Verdict(StrEnum):
    """What a receiver made of a page."""

    ACCEPTED = "accepted"
    REFUSED = "refused"  # for good: sending the same again would be refused again
    RETRY = "retry"


@dataclass(frozen=True, slots=True)
class Result:
    """One receiver's answer to one page. `reason` is a metric label, `detail` a sentence without secrets."""

    page: Page
    verdict: Verdict
    reason: str = ""
    detail: str = ""
    retry_at: datetime | None = None


class Notifier(Protocol):
    """Sends pages. One result per page, in any order; never raises for what a receiver answered."""

    def send(self, pages: Sequence[Page], now: datetime) -> Sequence[Result]: ...
