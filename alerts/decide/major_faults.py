"""Say which major faults there are: several circuits down at once (docs/domain.md, "Major faults").

Pure. A major fault begins when the last of the circuits that make it has been down for the time of the rule, and ends
when so few are left that somebody has said to be back; a circuit whose state is not known any more is not back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from alerts import wording
from alerts.decide import root_causes
from alerts.wording import endings, length, links
from monitor.alert import Alert, Reason, Settings
from monitor.clock import Subject
from monitor.model import CircuitState, Name
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
    return Alert(labels, dict(_words(rule, group, found, settings)), now, link=links.home(settings.page_url))


def _words(rule: MajorFault, group: str, found: _Found, settings: Settings) -> Iterator[tuple[str, str]]:
    circuits = [*found.down, *found.unclear]
    named = ", ".join(wording.plain(circuit.key.subject) for circuit in circuits[:_LISTED])
    more = len(circuits) - _LISTED
    lasting, what = length(rule.lasting), wording.plain(group.partition("/")[2])
    shared = Name(f" on {what}", f"（{what}）") if rule.one_cause else Name("", "")
    yield "summary", f"Major fault: {rule.title.en}, {len(circuits)} circuits down{shared.en}"
    yield "summary_zh", f"重大故障：{rule.title.zh}，{len(circuits)}条电路中断{shared.zh}"
    yield (
        "description",
        f"At least {rule.circuits} such circuits have been down for {lasting.en}. Escalate it as a major fault.\n"
        f"Circuits: {named}" + (f" and {more} more." if more > 0 else ".") + f"\nFigure: {wording.plain(rule.figure)}.",
    )
    yield (
        "description_zh",
        f"至少{rule.circuits}条此类电路中断已达{lasting.zh}，请按重大故障上报。\n"
        f"电路：{named}"
        + (f" 等，另有{more}条。" if more > 0 else "。")
        + f"\n数值来源：{wording.plain(rule.figure)}。",
    )
    if home := links.home(settings.page_url):
        yield "explain_url", home


def _over(
    alert: Alert, rules: Sequence[MajorFault], circuits: Sequence[Subject], settings: Settings, now: datetime
) -> Alert:
    """The end of a major fault, with what is down of it all the same."""
    name, group = alert.labels.get("rule", ""), alert.labels.get("shared", "")
    rule = next((rule for rule in rules if rule.name == name), None)
    value = wording.plain(group.partition("/")[2])
    shared = Name(f" on {value}", f"（{value}）") if value else Name("", "")
    title = rule.title if rule is not None else Name(wording.plain(name), wording.plain(name))
    what = Name(f"{title.en}{shared.en}", f"{title.zh}{shared.zh}")
    if rule is None:
        return endings.end(alert, now, Reason.WITHDRAWN, what, settings)
    left = _groups(rule, circuits, settings).get(group, _Found())
    return endings.end(alert, now, Reason.FEWER_DOWN, what, settings, stands=_left(left))


def _left(found: _Found) -> Name:
    """Which circuits of it are not back."""
    if not (found.down or found.unclear):
        return Name("None of its circuits is known to be down now.", "相关电路目前均无中断记录。")
    english, chinese = [], []
    for some, are in ((found.down, Name("Still down", "仍中断")), (found.unclear, Name("State unknown", "状态未知"))):
        if some:
            named = ", ".join(wording.plain(circuit.key.subject) for circuit in some[:_LISTED])
            rest = len(some) - _LISTED
            english.append(f"{are.en}: {named}" + (f" and {rest} more." if rest > 0 else "."))
            chinese.append(f"{are.zh}：{named}" + (f" 等，另有{rest}条。" if rest > 0 else "。"))
    return Name(" ".join(english), "".join(chinese))
