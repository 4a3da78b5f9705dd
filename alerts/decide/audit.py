"""Judge whether every crossing that pages has been told, or has a reason on record for not having been.

Pure but for what the store is asked. It does not ask the rules that made the alerts: which stages are owed an alert is
worked out here once more, from the engine's readings alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from alerts import wording
from alerts.wording import endings, links
from monitor.alert import Alert, Reason, Settings, Suspect
from monitor.clock import Reading, Rulebook, engine
from monitor.model import Life, Measure, Name
from monitor.policy import BREACHED_STAGE
from monitor.snapshot import Finding, FindingKind

UNDELIVERED = "TierwatchUndelivered"

WINDOW = timedelta(hours=24)
"""How far back the running program looks, each minute."""

LONGEST_UNSENT = timedelta(minutes=5)
_LISTED = 10
_NAME = Name("tierwatch", "tierwatch")

_ADVICE = {
    FindingKind.NO_ALERT: "tell whoever is concerned by hand, and report this as a defect of tierwatch",
    FindingKind.NO_DECISION: "tell whoever is concerned by hand, and report this as a defect of tierwatch",
    FindingKind.UNSENT: "repair the receiver; it is tried again until then",
    FindingKind.REFUSED: "tell whoever is concerned by hand, then mend what the receiver does not accept",
}


class Store(Protocol):
    """What an audit asks of the store."""

    def suspects(
        self, installed_at: datetime, since: datetime, rules_version: str, configured: Sequence[str]
    ) -> tuple[Suspect, ...]: ...

    def without_decision(self, channels: Mapping[str, datetime], since: datetime) -> tuple[Finding, ...]: ...

    def unsent(self, longest: timedelta, now: datetime) -> tuple[Finding, ...]: ...

    def refused(self, since: datetime) -> tuple[Finding, ...]: ...


def audit(
    store: Store,
    rules: Rulebook,
    channels: Mapping[str, datetime],
    installed_at: datetime,
    since: datetime,
    now: datetime,
) -> tuple[Finding, ...]:
    """Everything that was crossed or told since *since* and did not get through, as far as nothing excuses it."""
    suspects = store.suspects(installed_at, since, rules.version, tuple(rules.mappings))
    return (
        *(finding for suspect in suspects for finding in _missing(suspect, rules, installed_at, now)),
        *store.without_decision(channels, since),
        *store.unsent(LONGEST_UNSENT, now),
        *store.refused(since),
    )


def _missing(suspect: Suspect, rules: Rulebook, installed_at: datetime, now: datetime) -> Iterator[Finding]:
    known = [event for event in suspect.events if event.at <= now]
    readings = engine.advance(known, (), rules, now).readings if known else ()
    clocks = {(reading.target.name, reading.cycle): reading for reading in readings}
    named = set()
    for target, cycle, stage, at in suspect.crossings:
        reading = clocks.get((target, cycle))
        if reading is not None and owed(reading, stage, installed_at) and (target, cycle, stage) not in named:
            named.add((target, cycle, stage))
            yield Finding(FindingKind.NO_ALERT, f"{suspect.key} {target} cycle {cycle}, stage {stage}", at)


def owed(reading: Reading, stage: str, installed_at: datetime) -> bool:
    """Whether there must be an alert of a stage, told or recorded.

    A paused clock owes none for a stage ahead of its breach: it fires when the clock resumes.
    """
    if stage not in reading.reached or stage not in {paging.name for paging in reading.target.stages}:
        return False
    if reading.open:
        return stage == BREACHED_STAGE or reading.life is Life.RUNNING or reading.target.measure is not Measure.TIME
    return reading.stopped_at is None or reading.stopped_at >= installed_at


def by_kind(findings: Sequence[Finding]) -> dict[FindingKind, int]:
    """How many there are of each kind, those of which there is none included."""
    counted = Counter(finding.kind for finding in findings)
    return {kind: counted[kind] for kind in FindingKind}


def sentence(finding: Finding) -> str:
    """A finding for the person on call: what, since when, what to do."""
    since = finding.since.isoformat(timespec="seconds").replace("+00:00", "Z")
    return f"{_said(finding, since)}; {_ADVICE[finding.kind]}"


def _said(finding: Finding, since: str) -> str:
    what, channel = finding.what, finding.channel
    detail = f" ({finding.detail})" if finding.detail else ""
    match finding.kind:
        case FindingKind.NO_ALERT:
            return f"{what}: crossed, recorded {since}, and there is no alert of it"
        case FindingKind.NO_DECISION:
            return f"{what}: told {since}, but channel {channel} has no page of it and no reason for none"
        case FindingKind.UNSENT:
            return f"{what}: has waited for channel {channel} since {since}{detail}"
        case FindingKind.REFUSED:
            return f"{what}: refused for good by channel {channel}{detail}, made {since}, and taken by no other"


def _said_zh(finding: Finding, since: str) -> str:
    what, channel = finding.what, finding.channel
    match finding.kind:
        case FindingKind.NO_ALERT:
            return f"{what}：已跨越阈值（{since} 记录），但没有告警"
        case FindingKind.NO_DECISION:
            return f"{what}：{since} 已发出，但通道 {channel} 既无告警也无原因记录"
        case FindingKind.UNSENT:
            return f"{what}：自 {since} 起等待通道 {channel}"
        case FindingKind.REFUSED:
            return f"{what}：{since} 被通道 {channel} 永久拒绝，且没有其他通道接受"


def undelivered(
    findings: Sequence[Finding], previous: Sequence[Alert], settings: Settings, now: datetime
) -> tuple[Alert, ...]:
    """The one alert that stands for all findings, if it changed; it ends when an audit finds nothing."""
    labels = {"alertname": UNDELIVERED, "instance": settings.instance, "severity": "critical"}
    stored = next((alert for alert in previous if alert.labels == labels), None)
    fires = stored is not None and stored.firing
    if not findings:
        if stored is None or not fires:
            return ()
        return (endings.end(stored, now, Reason.AUDIT_CLEAN, _NAME, settings),)
    words = {name: text for name, text in _words(findings, settings).items() if text}
    starts_at = stored.starts_at if stored is not None and fires else now
    told = Alert(labels, words, starts_at, link=links.home(settings.page_url)).after(stored)
    return () if told is None else (told,)


def _words(findings: Sequence[Finding], settings: Settings) -> dict[str, str]:
    count, home = len(findings), links.home(settings.page_url)
    first = findings[:_LISTED]
    since = [wording.local(finding.since, settings.zone) for finding in first]
    rest = count - len(first)
    english = [wording.plain(_said(finding, at)) for finding, at in zip(first, since, strict=True)]
    chinese = [wording.plain(_said_zh(finding, at)) for finding, at in zip(first, since, strict=True)]
    advice = [f"{kind.value}: {text}." for kind, text in _ADVICE.items() if any(f.kind is kind for f in findings)]
    return {
        "summary": f"tierwatch: {count} crossing(s) or page(s) were not delivered",
        "summary_zh": f"tierwatch：有{count}项阈值跨越或告警未送达",
        "description": "\n".join([*english, *([f"And {rest} more."] if rest else []), *advice]),
        "description_zh": "\n".join(
            [*chinese, *([f"另有{rest}项。"] if rest else []), "请人工通知相关人员，并检查接收方。"]
        ),
        "explain_url": home,
    }
