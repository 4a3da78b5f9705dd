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
from alerts.decide import clock_alerts
from alerts.wording import endings, links
from monitor.alert import Alert, Reason, Settings, Suspect
from monitor.clock import Reading, Rulebook, advance_group, engine
from monitor.explain import sentences
from monitor.messages import Argument, Message, as_annotations, lines, message
from monitor.model import Name
from monitor.policy import GROUPS
from monitor.snapshot import Finding, FindingKind, StageOfClock

UNDELIVERED = "TierwatchUndelivered"

WINDOW = timedelta(hours=24)
"""How far back the running program looks, each minute."""

LONGEST_UNSENT = timedelta(minutes=5)
_LISTED = 10
_NAME = "tierwatch"


class Store(Protocol):
    """What an audit asks of the store."""

    def suspects(
        self, installed_at: datetime, since: datetime, rules_version: str, configured: Sequence[str]
    ) -> tuple[Suspect, ...]: ...

    def without_decision(self, channels: Mapping[str, datetime], since: datetime) -> tuple[Finding, ...]: ...

    def unsent(self, longest: timedelta, now: datetime) -> tuple[Finding, ...]: ...

    def refused(self, since: datetime) -> tuple[Finding, ...]: ...

    def miscounted(self, now: datetime) -> tuple[Finding, ...]: ...


def audit(
    store: Store,
    rules: Rulebook,
    channels: Mapping[str, datetime],
    installed_at: datetime,
    since: datetime,
    now: datetime,
) -> tuple[Finding, ...]:
    """Everything that was crossed or told since *since* and did not get through, as far as nothing excuses it.

    And what the store has counted wrongly.
    """
    suspects = store.suspects(installed_at, since, rules.version, (*rules.mappings, GROUPS))
    return (
        *(finding for suspect in suspects for finding in _missing(suspect, rules, installed_at, now)),
        *store.without_decision(channels, since),
        *store.unsent(LONGEST_UNSENT, now),
        *store.refused(since),
        *store.miscounted(now),
    )


def not_delivered(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Those for which somebody must be called: what was counted wrongly is counted anew at once."""
    return tuple(finding for finding in findings if finding.kind is not FindingKind.MISCOUNTED)


def _missing(suspect: Suspect, rules: Rulebook, installed_at: datetime, now: datetime) -> Iterator[Finding]:
    known = [event for event in suspect.events if event.at <= now]
    readings = engine.advance(known, (), rules, now).readings if known else ()
    if suspect.group is not None:
        readings = advance_group(suspect.group, (), rules, now).readings
    clocks = {(reading.target.name, reading.cycle): reading for reading in readings}
    named = set()
    for target, cycle, stage, at in suspect.crossings:
        reading = clocks.get((target, cycle))
        if reading is not None and owed(reading, stage, installed_at) and (target, cycle, stage) not in named:
            named.add((target, cycle, stage))
            what, of = f"{suspect.key} {target} cycle {cycle}, stage {stage}", (target, cycle, stage)
            yield Finding(FindingKind.NO_ALERT, what, at, of=StageOfClock(str(suspect.key), *of))


def owed(reading: Reading, stage: str, installed_at: datetime) -> bool:
    """Whether there must be an alert of a stage, told or recorded.

    A paused clock owes none for a stage ahead of its breach: it fires when the clock resumes.
    """
    if stage not in reading.reached or stage not in {paging.name for paging in reading.target.stages}:
        return False
    if reading.open:
        return clock_alerts.holds(reading, stage)
    return reading.stopped_at is None or reading.stopped_at >= installed_at


def by_kind(findings: Sequence[Finding]) -> dict[FindingKind, int]:
    """How many there are of each kind, those of which there is none included."""
    counted = Counter(finding.kind for finding in findings)
    return {kind: counted[kind] for kind in FindingKind}


def sentence(finding: Finding, targets: Mapping[str, Name] | None = None, zone: str = "UTC") -> Message:
    """A finding for the person on call: what, since when, what to do. *targets* are names of targets, by id."""
    found = _found(finding, targets or {}, wording.local(finding.since, zone, fine=True))
    return message("alert-audit-sentence", found=found, advice=message(f"alert-audit-advice-{finding.kind}"))


def _found(finding: Finding, targets: Mapping[str, Name], since: str) -> Argument:
    """A finding in a sentence: what, and since when."""
    what, channel = _what(finding, targets), wording.plain(finding.channel)
    if finding.detail and finding.kind in (FindingKind.UNSENT, FindingKind.REFUSED):
        detail = wording.plain(finding.detail, wording.LONGEST_SENTENCE)
        return message(f"alert-audit-found-{finding.kind}-why", what=what, channel=channel, since=since, detail=detail)
    return message(f"alert-audit-found-{finding.kind}", what=what, channel=channel, since=since)


def _what(finding: Finding, targets: Mapping[str, Name]) -> Argument:
    """The clock's stage by its names, or the alert."""
    if finding.of is None:
        return wording.plain(finding.what)
    subject, target, cycle, name = finding.of
    known: dict[str, Argument] = {"subject": wording.plain(subject), "target": targets.get(target, target)}
    return message("alert-audit-what", cycle=cycle, stage=sentences.stage(name), **known)


def undelivered(
    findings: Sequence[Finding], previous: Sequence[Alert], settings: Settings, now: datetime
) -> tuple[Alert, ...]:
    """The one alert that stands for all findings, if it changed; it ends when an audit finds nothing."""
    findings = not_delivered(findings)
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
    rest = count - len(first)
    kinds = [kind for kind in FindingKind if any(finding.kind is kind for finding in findings)]
    description = lines(
        *(_found(finding, settings.targets, wording.local(finding.since, settings.zone)) for finding in first),
        message("alert-audit-more", count=rest) if rest else None,
        *(
            message("alert-audit-advice", kind=kind.value, advice=message(f"alert-audit-advice-{kind}"))
            for kind in kinds
        ),
    )
    return {
        **as_annotations("summary", message("alert-audit-summary", count=count)),
        **as_annotations("description", description),
        "explain_url": home,
    }
