"""Say which major faults there are: several circuits down at once (docs/domain.md, "Major faults").

Pure. A major fault begins when the last of the circuits that make it has been down for the time of the rule, and ends
when so few are left that somebody has said to be back; a circuit whose state is not known any more is not back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from alerts import wording
from alerts.decide import root_causes
from alerts.wording import endings, length, links
from monitor.alert import Alert, Reason, Settings
from monitor.clock import Subject
from monitor.messages import SENTENCES, Argument, as_annotations, joined, lines, message
from monitor.model import CircuitState
from monitor.policy import MajorFault, fits

MAJOR = "TierwatchMajorFault"
_LISTED = 10


@dataclass(frozen=True, slots=True)
class _Found:
    """The circuits of one group under one rule."""

    down: list[Subject] = field(default_factory=list)
    unclear: list[Subject] = field(default_factory=list)


def decide(
    circuits: Sequence[Subject],
    rules: Sequence[MajorFault],
    previous: Sequence[Alert],
    settings: Settings,
    now: datetime,
) -> tuple[Alert, ...]:
    """The alerts of major faults that changed; *circuits* are those that are unavailable or unknown."""
    known = {alert.key: alert for alert in previous if alert.labels.get("alertname") == MAJOR}
    changed: list[Alert] = []
    holding: set[str] = set()
    for rule in rules:
        for group, found in _groups(rule, circuits, settings).items():
            alert = _alert(rule, group, found, settings, now)
            before = known.get(alert.key)
            firing = before is not None and before.firing
            if firing and len(found.down) + len(found.unclear) >= rule.circuits:
                holding.add(alert.key)
            elif not firing and (since := _since(rule, found.down, now)) is not None:
                holding.add(alert.key)
                reason = Reason.FIRST if before is None else Reason.REOPENED
                changed.append(replace(alert, starts_at=since).because(reason))
    for key, alert in known.items():
        if alert.firing and key not in holding:
            changed.append(_over(alert, rules, circuits, settings, now))
    return tuple(changed)


def _groups(rule: MajorFault, circuits: Sequence[Subject], settings: Settings) -> dict[str, _Found]:
    found: dict[str, _Found] = {}
    shared = [name for name in settings.causes if name != "circuit"]
    for circuit in circuits:
        if not fits(rule.when, circuit.attributes):
            continue
        group = root_causes.key_of(circuit, shared) if rule.one_cause else "all"
        if not group:
            continue
        of_group = found.setdefault(group, _Found())
        (of_group.down if circuit.circuit_state is CircuitState.UNAVAILABLE else of_group.unclear).append(circuit)
    return found


def _since(rule: MajorFault, down: Sequence[Subject], now: datetime) -> datetime | None:
    """When as many circuits as the rule asks for had been down for its time; None while they have not."""
    reached = sorted(circuit.since + rule.lasting for circuit in down if circuit.since is not None)
    if len(reached) < rule.circuits or reached[rule.circuits - 1] > now:
        return None
    return reached[rule.circuits - 1]


def _alert(rule: MajorFault, group: str, found: _Found, settings: Settings, now: datetime) -> Alert:
    labels = {
        "alertname": MAJOR,
        "instance": settings.instance,
        "rule": rule.name,
        "shared": group,
        "severity": "critical",
    }
    return Alert(labels, _words(rule, group, found, settings), now, link=links.home(settings.page_url))


def _words(rule: MajorFault, group: str, found: _Found, settings: Settings) -> dict[str, str]:
    circuits, home = [*found.down, *found.unclear], links.home(settings.page_url)
    number, shared = len(circuits), wording.plain(group.partition("/")[2])
    summary = message("alert-major-fault", title=rule.title, circuits=number)
    if rule.one_cause:
        summary = message("alert-major-fault-shared", title=rule.title, circuits=number, shared=shared)
    description = lines(
        message("alert-major-fault-why", circuits=rule.circuits, length=length(rule.lasting)),
        message("alert-major-fault-circuits", circuits=_listed(circuits)),
        message("alert-major-fault-figure", figure=wording.plain(rule.figure)),
    )
    return wording.filled(
        {
            **as_annotations("summary", summary),
            **as_annotations("description", description),
            "explain_url": home,
        }
    )


def _listed(circuits: Sequence[Subject]) -> Argument:
    names = [wording.plain(circuit.key.subject) for circuit in circuits[:_LISTED]]
    return wording.and_more(names, len(circuits))


def _over(
    alert: Alert, rules: Sequence[MajorFault], circuits: Sequence[Subject], settings: Settings, now: datetime
) -> Alert:
    """The end of a major fault, with what is down of it all the same."""
    name, group = alert.labels.get("rule", ""), alert.labels.get("shared", "")
    rule = next((rule for rule in rules if rule.name == name), None)
    title = rule.title if rule is not None else wording.plain(name)
    shared = wording.plain(group.partition("/")[2])
    what = message("alert-major-fault-of", title=title, shared=shared) if shared else title
    if rule is None:
        return endings.end(alert, now, Reason.WITHDRAWN, what, settings)
    left = _groups(rule, circuits, settings).get(group, _Found())
    return endings.end(alert, now, Reason.FEWER_DOWN, what, settings, stands=_left(left))


def _left(found: _Found) -> Argument:
    """Which circuits of it are not back."""
    if not (found.down or found.unclear):
        return message("alert-major-fault-none-down")
    down = [message("alert-major-fault-still-down", circuits=_listed(found.down))] if found.down else []
    unclear = [message("alert-major-fault-unclear", circuits=_listed(found.unclear))] if found.unclear else []
    return joined([*down, *unclear], SENTENCES)
