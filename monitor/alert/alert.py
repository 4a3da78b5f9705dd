"""Hold what somebody is told: an alert, the page made of it, and how a receiver answered.

Pure values. The store keeps them, `alerts/` decides and delivers them. The one surprise: an alert can be stored without
anybody being told of it (`Alert.told`), so that a page which was not sent has a reason on record too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Protocol

from monitor.messages import DEFAULT
from monitor.model import Name, SubjectKey


@lru_cache(maxsize=4096)
def _fingerprint(labels: tuple[tuple[str, str], ...]) -> str:
    return hashlib.sha256(json.dumps(labels).encode()).hexdigest()[:32]


class Reason(StrEnum):
    """Why an alert changed, or did not become one: log word, metric label and audit row alike."""

    FIRST = "first"  # the clock's first stage
    WORSENED = "worsened"  # a further stage of the same clock
    RESUMED = "resumed"  # fires again after a pause
    REOPENED = "reopened"  # fires again because the clock runs again after it had ended
    TIER_CHANGED = "tier_changed"
    JUDGED_ANEW = "judged_anew"  # only an upgrade has found it, afterwards: told in one digest (semantics 46)
    BACKLOG = "backlog"  # breached before this installation existed: told in one digest (semantics 19)
    SUPERSEDED = "superseded"  # passed together with a worse stage of the same clock, which was told
    PASSED = "passed"  # reached and over before anybody looked: recorded, not paged (semantics 19)
    PAUSED = "paused"
    RESTORED = "restored"  # the clock stopped
    CANCELLED = "cancelled"
    IDLE = "idle"  # nothing uses the allowance any more
    RENEWED = "renewed"  # the period ended, and the allowance with it
    WITHDRAWN = "withdrawn"  # a later statement of the source says that it never was
    CAUSE_OVER = "cause_over"  # nothing of the root cause alerts any more, for more than one reason
    SILENCE_ENDED = "silence_ended"  # the silence is over, and what it hid is not
    NOT_HIDDEN = "not_hidden"  # the silence lasts, and hides no breach of this clock any more
    READ_AGAIN = "read_again"  # the source was read again
    UNDERSTOOD = "understood"  # the mapping reads the word now
    NONE_LEFT = "none_left"  # nothing that it spoke of is open any more
    FEWER_DOWN = "fewer_down"  # fewer circuits are down than make a major fault
    AUDIT_CLEAN = "audit_clean"  # the last audit found nothing
    STORE_BACK = "store_back"  # the database is at its place again and takes writes
    CLOCK_TRUSTED = "clock_trusted"  # this machine's clock is borne out, or shows the right time again
    REWORDED = "reworded"  # only volatile text changed
    ESCALATED = "escalated"  # nobody has acknowledged it, so the next one is told
    REPEAT_DUE = "repeat_due"  # it goes on firing: a queue is told again
    DIGEST = "digest"  # alerts that began and ended before the receiver could be told, in one page (semantics 39)


RECORDED_ONLY = frozenset({Reason.BACKLOG, Reason.SUPERSEDED, Reason.PASSED, Reason.JUDGED_ANEW})
"""Reasons with which an alert is stored for the record and never put into an outbox."""

OVER_FOR_GOOD = frozenset(
    {
        Reason.RESTORED, Reason.CANCELLED, Reason.RENEWED, Reason.WITHDRAWN, Reason.CAUSE_OVER, Reason.SILENCE_ENDED,
        Reason.NOT_HIDDEN, Reason.READ_AGAIN, Reason.NONE_LEFT, Reason.FEWER_DOWN, Reason.AUDIT_CLEAN,
        Reason.CLOCK_TRUSTED, Reason.UNDERSTOOD, Reason.STORE_BACK,
    }
)  # fmt: skip
"""After these an alert that fires again is of another life; after a pause it goes on."""


class Delivery(StrEnum):
    """How a receiver wants to be told (semantics 23)."""

    STATE = "state"  # the current state, again and again
    QUEUE = "queue"  # every change once, in order per alert


@dataclass(frozen=True, slots=True)
class Alert:
    """One stage of one cycle of one clock, or something the program says of itself.

    `labels` are the identity and never change during its life (semantics 21); everything volatile is an annotation.
    `starts_at` is the instant the condition became true. `resolved_at` is None while it fires. Times are aware UTC.
    One that is only recorded is born resolved.
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
    cause_key: str = ""
    """What it shares with other subjects' alerts, `circuit/C1`; empty where nothing is known that it could share."""
    deadline: datetime | None = None
    """The deadline of its clock, as far as there is one."""
    key: str = field(init=False, compare=False, repr=False)
    """The fingerprint: a hash of the labels, empty values left out as Alertmanager does."""

    def __post_init__(self) -> None:
        key = _fingerprint(tuple(sorted(item for item in self.labels.items() if item[1])))
        object.__setattr__(self, "key", key)

    @property
    def firing(self) -> bool:
        return self.resolved_at is None

    @property
    def told(self) -> bool:
        """Whether receivers hear of it at all; otherwise it is stored for the record and never queued."""
        return self.reason not in RECORDED_ONLY

    def goes_by(self, delivery: Delivery) -> bool:
        """Whether this change of the alert is handed to a receiver that is told in that way.

        A queue holds what happened; new words for what was told already are not news to it.
        """
        return self.told and not (delivery is Delivery.QUEUE and self.reason is Reason.REWORDED)

    @property
    def incident(self) -> str:
        """Under which key a receiver keeps what it was told: the same for all waves of one root cause."""
        cause = self.labels.get("root_cause", "")
        if not cause or "wave" not in self.labels:
            return self.key
        named = {"alertname": self.labels.get("alertname", ""), "instance": self.labels.get("instance", "")}
        return _fingerprint(tuple(sorted({**named, "root_cause": cause}.items())))

    @property
    def wave(self) -> int:
        """Which wave of a root cause it is; 0 where it is none."""
        number = self.labels.get("wave", "") if "root_cause" in self.labels else ""
        return int(number) if number.isdecimal() else 0

    @property
    def content(self) -> tuple[datetime, str, dict[str, str]]:
        """What is said of it while it fires, without why it is said."""
        said = {name: text for name, text in self.annotations.items() if name != "reason"}
        return self.starts_at, self.link, said

    def resolve(self, at: datetime, reason: Reason) -> Alert:
        return replace(self, resolved_at=max(at, self.starts_at), reason=reason)

    def because(self, reason: Reason) -> Alert:
        """The same, told for another reason."""
        return replace(self, reason=reason, annotations={**self.annotations, "reason": reason.value})

    def after(self, before: Alert | None, moved: bool = False) -> Alert | None:
        """This alert, which holds now, with why it is told; None where *before*, its stored state, says the same.

        *moved* says that the same fires under other labels, in whose place it comes.
        """
        if before is not None and before.firing:
            return None if before.content == self.content else self.because(Reason.REWORDED)
        if moved:
            return self.because(Reason.WORSENED)
        return self.because(Reason.FIRST if before is None else Reason.REOPENED)


@dataclass(frozen=True, slots=True)
class Channel:
    """One way out: a receiver, or one peer of it. Each is told on its own, so that none hides another's failure."""

    name: str
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class Cause:
    """What several subjects' alerts have in common, `circuit/C1`; minted once and never merged with another.

    `deadline` is the earliest and `tier` the highest that was told; a member with an earlier or a higher one, and the
    first that is broken, open the next `wave`. Older waves go on firing beneath it until the cause is over.
    """

    id: str
    key: str
    opened_at: datetime
    deadline: datetime | None
    tier: str
    wave: int = 1
    broken: bool = False  # a member's promise was broken, and that was told
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """One open clock that alerts for a cause."""

    key: SubjectKey
    target: str
    tier: str
    deadline: datetime | None
    broken: bool = False


class Withheld(StrEnum):
    """Why a channel does not hear of a change now: metric label, log word and audit row alike."""

    RECORDED = "recorded"  # told to nobody, only on record
    NOTHING_NEW = "nothing_new"  # only words changed, or the beginning was never told
    NOT_ROUTED = "not_routed"  # this receiver does not take such alerts
    SHADOW = "shadow"  # the receiver only practises
    GROUPED = "grouped"  # the alert of the root cause stands for it
    SILENCED = "silenced"
    INHIBITED = "inhibited"  # a worse stage of the same clock fires: this one is not told again
    REPLACED = "replaced"  # a later page of the same clock goes out in its place, before this one was ever sent
    DIGESTED = "digested"  # it was over before the receiver could be told: a line of a digest


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a channel hears of a change of an alert: at once where `withheld` is None.

    What is `held` waits in the outbox, `until` an instant where one is known, and is sent after that if it still holds;
    `detail` names what holds it.
    """

    channel: Channel
    withheld: Withheld | None
    held: bool = False
    until: datetime | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Missed:
    """Alerts that began and ended before a channel could be told of them: `number` of them, each as it ended.

    `alerts` are the most urgent. `doubtful` are the keys of those of which the receiver may have heard all the same.
    """

    number: int
    alerts: tuple[Alert, ...]
    doubtful: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """An alert on its way through one channel. `id` and `version` name the outbox row that it stands for.

    `attempts` counts its failures in a row. A digest has `missed`; it is worded when it is sent.
    """

    id: int
    version: int
    channel: str
    alert: Alert
    attempts: int = 0
    missed: Missed | None = None


class Verdict(StrEnum):
    """What a receiver made of a page."""

    ACCEPTED = "accepted"
    REFUSED = "refused"  # for good: sending the same again would be refused again
    RETRY = "retry"


@dataclass(frozen=True, slots=True)
class Result:
    """One receiver's answer to one page. `reason` is a metric label, `detail` a sentence without secrets.

    A page that was not even `tried`, for our own budget of the receiver is used up, is no failure.
    """

    page: Page
    verdict: Verdict
    reason: str = ""
    detail: str = ""
    retry_at: datetime | None = None
    tried: bool = True


@dataclass(frozen=True, slots=True)
class Settlement:
    """What becomes of an outbox row: `next_at` None closes it, otherwise it is due again then.

    `reason` is a metric label: the alert's own for a page that was accepted, the failure's otherwise.
    """

    page: Page
    verdict: Verdict
    next_at: datetime | None
    detail: str = ""
    reason: str = ""
    tried: bool = True


@dataclass(frozen=True, slots=True)
class Settings:
    """What alerts need to know of this installation; holds no secret, for all of it may appear in a page.

    `installed_at` is the first start with this store. `page_url` is the address of our own page as people reach it.
    `zone` is the IANA zone in which pages give times, `language` the code of their language or `both`. The names are
    those of the policy, by id.
    """

    instance: str
    installed_at: datetime
    page_url: str = ""
    zone: str = "UTC"
    language: str = DEFAULT
    tiers: Mapping[str, Name] = field(default_factory=dict)
    assurances: Mapping[str, Name] = field(default_factory=dict)
    targets: Mapping[str, Name] = field(default_factory=dict)
    causes: tuple[str, ...] = ("cause", "circuit")
    """The attributes by which alerts roll up to one cause; the first that a subject has counts."""


class Notifier(Protocol):
    """A receiver of pages. Its channels may be served by one thread each, at the same time.

    A notifier may also have two numbers, `connections` (1 if it has none) and `batch`, which say on how many
    connections each of its channels is served, each by a notifier of its own, and how many pages one call is given.
    """

    def channels(self, receiver: str) -> tuple[Channel, ...]:
        """The ways out that the receiver configured as *receiver* has; the same ones every time."""
        ...

    def send(self, pages: Sequence[Page], now: datetime) -> Sequence[Result]:
        """One result per page, in any order. Never raises for what a receiver answered, or did not answer."""
        ...


Routed = Sequence[tuple[Alert, Sequence[Decision]]]
"""Alerts that changed, in the order in which they must be told, each with a decision per channel."""


class Book(Protocol):
    """What the store knows of alerts while a change of some of them is being remembered, in that transaction."""

    def silences(self, now: datetime) -> Sequence[SilenceRow]:
        """The silences that are in force at *now*."""
        ...

    def former_keys(self) -> Set[str]:
        """The `cause_key` that the changed alerts had before."""
        ...

    def look_up(self, keys: Collection[str]) -> None:
        """Ask the store about these causes at once; `cause` and `members` know of no others."""
        ...

    def cause(self, key: str) -> Cause | None:
        """The open cause of this key."""
        ...

    def members(self, key: str) -> Sequence[Member]:
        """The open clocks whose alerts of this cause fire now, the present change included."""
        ...

    def alerts_of(self, cause: Cause) -> Sequence[Alert]:
        """The cause's own alerts."""
        ...

    def resting(self, key: str) -> Sequence[str]:
        """The subjects whose alerts of this cause ended because their clock is paused or idle, as it still is."""
        ...

    def remember(self, cause: Cause) -> None:
        """Keep a cause as it is now."""
        ...

    def release(self, cause: Cause) -> None:
        """Let go what was withheld because of a cause."""
        ...


@dataclass(frozen=True, slots=True)
class SilenceRow:
    """A silence as it is stored; `alerts/decide/silences.py` knows what its matchers mean."""

    id: str
    matchers: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    author: str
    reason: str
    maintenance: bool = False


class Telling(Protocol):
    """Who hears of a change of an alert."""

    def route(self, changed: Sequence[Alert], book: Book, now: datetime) -> Routed:
        """Every alert that changed, those of causes included, with a decision per channel."""
        ...


@dataclass(frozen=True, slots=True)
class ToAll:
    """Everything to every channel, each in its own way: nothing is grouped, and no silence is looked at."""

    channels: tuple[Channel, ...] = ()

    def route(self, changed: Sequence[Alert], book: Book, now: datetime) -> Routed:
        return [(alert, tuple(self._decide(alert))) for alert in changed]

    def _decide(self, alert: Alert) -> Iterator[Decision]:
        for channel in self.channels:
            silent = Withheld.NOTHING_NEW if alert.told else Withheld.RECORDED
            yield Decision(channel, None if alert.goes_by(channel.delivery) else silent)
