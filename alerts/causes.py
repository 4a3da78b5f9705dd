"""Roll alerts that share a cause up to one: who belongs to it, when it pages again, what it says.

Pure. A cause is minted once, when a second subject alerts for the same thing (a circuit, or what the configuration
names before it), and is never merged with another (semantics 24). Belonging to it only withholds the members' own
pages. A member with an earlier deadline opens a new wave, which pages again; when nobody is left, it is over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alerts import links, wording
from monitor.alert import Alert, Cause, Member, Reason, Settings
from monitor.engine import Subject
from monitor.model import Name, SubjectKind
from monitor.policies import NO_RUNG

ROOT_CAUSE = "TierwatchRootCause"
AHEAD = (timedelta(minutes=15), timedelta(minutes=30), timedelta(minutes=60))
"""How far ahead the page says how many promises will be broken."""

_LISTED = 10


def key_of(subject: Subject, names: Sequence[str]) -> str:
    """What the subject's alerts roll up to: the first of *names* that is said of it, `circuit/C1`; empty if none is.

    A circuit is its own `circuit`.
    """
    for name in names:
        value = subject.attributes.get(name, "")
        if not value and name == "circuit" and subject.kind is SubjectKind.CIRCUIT:
            value = subject.key.subject
        if value:
            return f"{name}/{value}"
    return ""


@dataclass(frozen=True, slots=True)
class RolledUp:
    """What became of a cause: as it is now (None: there is none), its own alerts that changed, and its news.

    `grouped` says that the pages of its members are withheld.
    """

    cause: Cause | None
    alerts: tuple[Alert, ...]
    grouped: bool


def roll_up(
    key: str,
    cause: Cause | None,
    members: Sequence[Member],
    previous: Sequence[Alert],
    mint: Callable[[], str],
    settings: Settings,
    now: datetime,
) -> RolledUp:
    """What becomes of the cause *key*; *members* are the open clocks that alert for it now, *previous* its alerts.

    *mint* gives an id that was never given before.
    """
    firing = [alert for alert in previous if alert.firing]
    earliest, highest = _earliest(members), _highest(members, settings)
    if cause is None:
        if len({member.key for member in members}) < 2:
            return RolledUp(None, (), grouped=False)
        cause = Cause(mint(), key, now, earliest, highest, broken=any(member.broken for member in members))
        return RolledUp(cause, (_alert(cause, members, settings, now, Reason.FIRST),), grouped=True)
    if not members:
        over = tuple(_over(alert, now, settings) for alert in firing)
        return RolledUp(replace(cause, closed_at=now), over, grouped=False)
    sooner = earliest is not None and (cause.deadline is None or earliest < cause.deadline)
    broken = any(member.broken for member in members)
    if sooner or _rank(highest, settings) < _rank(cause.tier, settings) or broken > cause.broken:
        deadline = earliest if sooner else cause.deadline
        worse = replace(
            cause,
            wave=cause.wave + 1,
            broken=broken or cause.broken,
            deadline=deadline,
            tier=min((highest, cause.tier), key=lambda tier: _rank(tier, settings)),
        )
        fresh = _alert(worse, members, settings, now, Reason.WORSENED)
        ended = tuple(_over(alert, now, settings, Reason.WORSENED) for alert in firing)
        return RolledUp(worse, (fresh, *ended), grouped=True)
    again = _alert(cause, members, settings, now, Reason.REWORDED)
    changed = [again] if any(old.key == again.key and _text(old) != _text(again) for old in firing) else []
    return RolledUp(cause, tuple(changed), grouped=True)


def _rank(tier: str, settings: Settings) -> int:
    return list(settings.tiers).index(tier) if tier in settings.tiers else len(settings.tiers)


def _highest(members: Sequence[Member], settings: Settings) -> str:
    return min((member.tier for member in members), key=lambda tier: _rank(tier, settings), default=NO_RUNG)


def _earliest(members: Sequence[Member]) -> datetime | None:
    return min((member.deadline for member in members if member.deadline is not None), default=None)


def _alert(cause: Cause, members: Sequence[Member], settings: Settings, now: datetime, reason: Reason) -> Alert:
    labels = {
        "alertname": ROOT_CAUSE,
        "instance": settings.instance,
        "root_cause": cause.id,
        "wave": str(cause.wave),
        "tier": cause.tier,
        "severity": "critical",
    }
    words = {**_words(cause, members, settings, now), "reason": reason.value}
    return Alert(labels, words, cause.opened_at if cause.wave == 1 else now, reason=reason, cause_key=f"#{cause.id}")


def _words(cause: Cause, members: Sequence[Member], settings: Settings, now: datetime) -> dict[str, str]:
    kind, _, value = cause.key.partition("/")
    what, subjects = wording.plain(value), sorted({member.key for member in members})
    due = "" if cause.deadline is None else wording.local(cause.deadline, settings.zone)
    tiers = _by_tier(members, settings)
    title = settings.tiers.get(cause.tier, Name(cause.tier, cause.tier))
    ahead = [sum(1 for member in members if member.deadline and member.deadline <= now + by) for by in AHEAD]
    soon = [f"+{int(by.total_seconds()) // 60} min: {count}" for by, count in zip(AHEAD, ahead, strict=True)]
    named = ", ".join(wording.plain(key.subject) for key in subjects[:_LISTED])
    rest = len(subjects) - _LISTED
    home = links.home(settings.page_url)
    return {
        name: text
        for name, text in {
            "summary": f"{kind} {what} ({title.en}): {len(subjects)} affected" + (f", first due {due}" if due else ""),
            "summary_zh": f"{what}（{title.zh}）：影响{len(subjects)}个对象" + (f"，最早 {due} 到期" if due else ""),
            "description": "\n".join(
                line
                for line in (
                    f"Alerts that share {kind} {what} are told as one.",
                    f"By tier: {', '.join(f'{name.en} {count}' for name, count in tiers)}.",
                    f"Promises broken by then: {'; '.join(soon)}.",
                    f"Affected: {named}" + (f" and {rest} more." if rest > 0 else "."),
                    home and f"See: {home}",
                )
                if line
            ),
            "description_zh": "\n".join(
                line
                for line in (
                    f"以下告警同源（{kind} {what}），合并为一条。",
                    f"按等级：{'，'.join(f'{name.zh} {count}' for name, count in tiers)}。",
                    f"届时将超时的承诺：{'；'.join(soon)}。",
                    f"受影响：{named}" + (f" 等，另有{rest}个。" if rest > 0 else "。"),
                    home and f"查看：{home}",
                )
                if line
            ),
            "due": due,
            "explain_url": home,
        }.items()
        if text
    }


def _by_tier(members: Sequence[Member], settings: Settings) -> list[tuple[Name, int]]:
    found: dict[str, set[str]] = {}
    for member in members:
        found.setdefault(member.tier, set()).add(str(member.key))
    in_order = sorted(found, key=lambda tier: _rank(tier, settings))
    return [(settings.tiers.get(tier, Name(tier, tier)), len(found[tier])) for tier in in_order]


def _over(alert: Alert, now: datetime, settings: Settings, reason: Reason = Reason.RESTORED) -> Alert:
    moment = wording.local(now, settings.zone)
    over = reason is Reason.RESTORED
    words = {
        "summary": f"Root cause over at {moment}" if over else "A new wave has its own alert",
        "summary_zh": f"同源告警已于 {moment} 结束" if over else "新一波影响另行告警",
        "reason": reason.value,
    }
    return replace(alert.resolve(now, reason), annotations={**alert.annotations, **words})


def _text(alert: Alert) -> dict[str, str]:
    return {name: text for name, text in alert.annotations.items() if name != "reason"}
