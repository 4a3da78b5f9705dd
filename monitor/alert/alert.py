"""Hold alerts, the pages made of them, and how a receiver answered.

Pure values. The store keeps them, `alerts/` decides and delivers them. The one surprise: an alert can be stored without
any page (`Alert.notifies`), so that a page which was not sent has a reason on record too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from monitor.alert.reasons import RECORDED_ONLY, Reason, Verdict, Withheld
from monitor.memory import remembered
from monitor.messages import DEFAULT
from monitor.model import Name, SubjectKey, SubjectKind
from monitor.text import AS_INSTALLED, CommandLine


@remembered("alert_fingerprints", 4096)
def _fingerprint(labels: tuple[tuple[str, str], ...]) -> str:
    return hashlib.sha256(json.dumps(labels).encode()).hexdigest()[:32]


DRILL = "drill"
"""The label that every alert of a drill has, with the value `true`."""


class Delivery(StrEnum):
    """How a receiver is sent alerts (semantics 23)."""

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
    ahead: tuple[tuple[str, datetime], ...] = ()
    """The stages that page and are still ahead of its clock, each with its instant; only where hours are covered."""
    key: str = field(init=False, compare=False, repr=False)
    """The fingerprint: a hash of the labels, empty values left out as Alertmanager does."""

    def __post_init__(self) -> None:
        key = _fingerprint(tuple(sorted(item for item in self.labels.items() if item[1])))
        object.__setattr__(self, "key", key)

    @property
    def of_one_subject(self) -> bool:
        """Whether it is of a clock of one ticket, circuit or change; one of a group is of several."""
        one = self.subject is not None and bool(self.target) and SubjectKind.GROUP.value not in self.labels
        return one and not self.drill

    @property
    def drill(self) -> bool:
        """Whether it is a drill: nothing is wrong, and somebody practises."""
        return self.labels.get(DRILL) == "true"

    @property
    def firing(self) -> bool:
        return self.resolved_at is None

    @property
    def notifies(self) -> bool:
        """Whether receivers are sent it at all; otherwise it is stored for the record and never queued."""
        return self.reason not in RECORDED_ONLY

    def goes_by(self, delivery: Delivery) -> bool:
        """Whether this change of the alert is handed to a receiver of that kind.

        A queue holds what happened; new words for what was sent already are not news to it.
        """
        return self.notifies and not (delivery is Delivery.QUEUE and self.reason is Reason.REWORDED)

    @property
    def incident(self) -> str:
        """Under which key a receiver keeps what it was sent: the same for all waves of one root cause."""
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
        """Its times and words while it fires, without the reason."""
        words = {name: text for name, text in self.annotations.items() if name != "reason"}
        return self.starts_at, self.link, words

    def resolve(self, at: datetime, reason: Reason) -> Alert:
        return replace(self, resolved_at=max(at, self.starts_at), reason=reason)

    def because(self, reason: Reason) -> Alert:
        """The same alert, with another reason."""
        return replace(self, reason=reason, annotations={**self.annotations, "reason": reason.value})

    def after(self, before: Alert | None, moved: bool = False) -> Alert | None:
        """This alert, which holds now, with the reason to send it; None where *before*, its stored state, is the same.

        *moved* says that the same fires under other labels, in whose place it comes.
        """
        if before is not None and before.firing:
            return None if before.content == self.content else self.because(Reason.REWORDED)
        if moved:
            return self.because(Reason.WORSENED)
        return self.because(Reason.FIRST if before is None else Reason.REOPENED)


@dataclass(frozen=True, slots=True)
class Channel:
    """One way out: a receiver, or one peer of it. Each has its own pages, so that none hides another's failure."""

    name: str
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class Cause:
    """What several subjects' alerts have in common, `circuit/C1`; minted once and never merged with another.

    `deadline` is the earliest and `tier` the highest that was sent; a member with an earlier or a higher one, and the
    first that is broken, open the next `wave`. Older waves go on firing beside it until the cause is over.
    """

    id: str
    key: str
    opened_at: datetime
    deadline: datetime | None
    tier: str
    wave: int = 1
    broken: bool = False  # a member's promise was broken, and that was sent
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """One open clock that alerts for a cause."""

    key: SubjectKey
    target: str
    tier: str
    deadline: datetime | None
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a channel is sent a change of an alert: at once where `withheld` is None.

    What is `held` waits in the outbox, `until` an instant where one is known, and is sent after that if it still holds;
    `detail` names what holds it. `until` of a change that is not queued is that of a page that waits already.
    """

    channel: Channel
    withheld: Withheld | None
    held: bool = False
    until: datetime | None = None
    detail: str = ""

    @property
    def queued(self) -> bool:
        """Whether the change gets a row in the outbox, to be sent now or later."""
        return self.withheld is None or self.held

    @property
    def held_by(self) -> str:
        """What holds it back, `silenced/ID` or `grouped/ID`; empty where nothing does."""
        return f"{self.withheld}/{self.detail}" if self.held else ""

    @property
    def on_record(self) -> bool:
        """Whether the reason is kept beside the alert; for these two the alert's own reason says it."""
        return self.withheld not in (None, Withheld.RECORDED, Withheld.NOTHING_NEW)


@dataclass(frozen=True, slots=True)
class Missed:
    """Alerts that began and ended before a channel could be sent them: `number` of them, each as it ended.

    `alerts` are the most urgent. `doubtful` are the keys of those which the receiver may have received all the same.
    """

    number: int
    alerts: tuple[Alert, ...]
    doubtful: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """An alert on its way through one channel. `id` and `version` name the outbox row that it stands for.

    `attempts` counts its failures in a row. A digest has `missed`; it is worded when it is sent. `zone` is that of its
    readers; it is known when the page is sent.
    """

    id: int
    version: int
    channel: str
    alert: Alert
    attempts: int = 0
    missed: Missed | None = None
    zone: str = "UTC"


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
    ladders: Mapping[str, Mapping[str, Name]] = field(default_factory=dict)
    """The rungs of each ladder beside tier and assurance."""
    said: tuple[str, ...] = ()
    """The attributes that are said of an alert of a clock, beside its customer, circuit and team."""
    causes: tuple[str, ...] = ("cause", "circuit")
    """The attributes by which alerts roll up to one cause; the first that a subject has counts."""
    covered: bool = False
    """Whether pages may wait for covered hours, so that alerts have to know the stages `ahead` of their clocks."""
    commands: CommandLine = AS_INSTALLED
    """What makes the commands that a page gives, so that they can be pasted."""


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
