"""Roll alerts that share a cause up to one: who belongs to it, when it pages again, what it says.

Pure. A cause is minted once, when a second subject alerts for the same thing (a circuit, or what the configuration
names before it), and is never merged with another (semantics 24). Belonging to it only withholds the members' own
pages. A member with an earlier deadline opens a new wave, which pages again; when nobody is left, it is over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from alerts.wording import LATEST, CauseChange, endings, links, root_causes
from monitor.alert import RECORDED_ONLY, Alert, Cause, ClockKey, FiringAlert, Member, Reason, Settings
from monitor.clock import Subject
from monitor.messages import Argument, from_annotations
from monitor.model import SubjectKey, SubjectKind
from monitor.policy import BREACHED_STAGE, NO_RUNG

ROOT_CAUSE = "TierwatchRootCause"


def key_of(subject: Subject, names: Sequence[str]) -> str:
    """What the subject's alerts roll up to: the first of *names* that it has, `circuit/C1`; empty if none is.

    A circuit is its own `circuit`.
    """
    for name in names:
        value = subject.attributes.get(name, "")
        if not value and name == "circuit" and subject.kind is SubjectKind.CIRCUIT:
            value = subject.key.subject
        if value:
            return f"{name}/{value}"
    return ""


def keys_to_judge(changed: Iterable[Alert], former: Iterable[str]) -> tuple[str, ...]:
    """The causes that a change of alerts may touch; *former* are the keys that the changed alerts had before.

    An alert of a cause itself, or about another alert, has a key that begins with `#` and belongs to none.
    """
    named = dict.fromkeys([*(alert.cause_key for alert in changed), *sorted(former)])
    return tuple(key for key in named if key and not key.startswith("#"))


def members(stored: Iterable[FiringAlert], changed: Mapping[str, Alert], of_cause: Sequence[Alert]) -> Sequence[Member]:
    """The open clocks that alert for a cause, once *changed* holds: *of_cause* are those of them that name the cause.

    A clock is broken if one of its alerts is that of its breach.
    """
    clocks: dict[tuple[SubjectKey, str], Member] = {}

    def add(key: SubjectKey, target: str, tier: str, deadline: datetime | None, stage: str) -> None:
        known = clocks.get((key, target))
        broken = stage == BREACHED_STAGE or (known is not None and known.broken)
        clocks[key, target] = Member(key, target, tier, deadline, broken)

    for row in stored:
        if row.key not in changed and Reason(row.reason) not in RECORDED_ONLY:
            add(SubjectKey(row.source, row.subject), row.target, row.tier, row.deadline, row.stage)
    for alert in of_cause:
        if alert.firing and alert.notifies and alert.subject is not None:
            add(alert.subject, alert.target, alert.labels.get("tier", ""), alert.deadline, alert.stage)
    return tuple(clocks.values())


def resting(pausing: Iterable[ClockKey], changed: Iterable[Alert], of_cause: Sequence[Alert]) -> tuple[str, ...]:
    """The subjects of a cause whose alerts ended only because their clock pauses or idles, by their names."""
    touched = {(one.subject, one.target, one.cycle) for one in changed}
    found = {
        clock.subject
        for clock in pausing
        if (SubjectKey(clock.source, clock.subject), clock.target, clock.cycle) not in touched
    }
    found |= {
        one.subject.subject
        for one in of_cause
        if one.reason in (Reason.PAUSED, Reason.IDLE) and one.subject is not None
    }
    return tuple(sorted(found))


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
    ended: Sequence[Alert] = (),
    resting: Callable[[], Sequence[str]] = tuple,
) -> RolledUp:
    """What becomes of the cause *key*; *members* are the open clocks that alert for it now, *previous* its alerts.

    *mint* gives an id that was never given before. Of a cause that is over, *ended* are the alerts of its members that
    ended just now, and *resting* names the subjects whose clocks only pause.
    """
    firing = [alert for alert in previous if alert.firing]
    if cause is None:
        if len({member.key for member in members}) < 2:
            return RolledUp(None, (), grouped=False)
        broken = any(member.broken for member in members)
        cause = Cause(mint(), key, now, _earliest(members), _highest(members, settings), broken=broken)
        return RolledUp(cause, (_alert(cause, members, endings.NOTHING, settings, now, Reason.FIRST),), grouped=True)
    if not members:
        over = _over(cause, firing, ended, resting(), settings, now) if firing else ()
        return RolledUp(replace(cause, closed_at=now), over, grouped=False)
    changes = tuple(_changes(cause, members, settings))
    if changes:
        worse = _worse(cause, members, settings)
        fresh = _alert(worse, members, root_causes.named(changes), settings, now, Reason.WORSENED)
        fresh = replace(fresh, starts_at=next((old.starts_at for old in firing if old.key == fresh.key), now))
        older = tuple(_replaced(alert, worse, settings) for alert in firing if alert.key != fresh.key)
        return RolledUp(worse, (fresh, *older), grouped=True)
    old = next((alert for alert in firing if alert.wave == cause.wave), None)
    if old is None:
        return RolledUp(cause, (), grouped=True)
    change = from_annotations("change", old.annotations)
    words = _alert(cause, members, change, settings, now, Reason.REWORDED).annotations
    again = replace(old, annotations=words, reason=Reason.REWORDED)
    return RolledUp(cause, (again,) if _text(old) != _text(again) else (), grouped=True)


def _changes(cause: Cause, members: Sequence[Member], settings: Settings) -> Iterator[CauseChange]:
    """Why another wave begins, if it does."""
    earliest = _earliest(members)
    if any(member.broken for member in members) and not cause.broken:
        yield CauseChange.BROKEN
    if earliest is not None and (cause.deadline is None or earliest < cause.deadline):
        yield CauseChange.EARLIER
    if _rank(_highest(members, settings), settings) < _rank(cause.tier, settings):
        yield CauseChange.HIGHER


def _worse(cause: Cause, members: Sequence[Member], settings: Settings) -> Cause:
    """The cause with its next wave. The last wave is followed by itself: it is sent again with other words."""
    deadlines = [at for at in (cause.deadline, _earliest(members)) if at is not None]
    return replace(
        cause,
        wave=cause.wave + 1 if cause.wave < LATEST else cause.wave,
        broken=cause.broken or any(member.broken for member in members),
        deadline=min(deadlines, default=None),
        tier=min((_highest(members, settings), cause.tier), key=lambda tier: _rank(tier, settings)),
    )


def _rank(tier: str, settings: Settings) -> int:
    return list(settings.tiers).index(tier) if tier in settings.tiers else len(settings.tiers)


def _highest(members: Sequence[Member], settings: Settings) -> str:
    return min((member.tier for member in members), key=lambda tier: _rank(tier, settings), default=NO_RUNG)


def _earliest(members: Sequence[Member]) -> datetime | None:
    return min((member.deadline for member in members if member.deadline is not None), default=None)


def _alert(
    cause: Cause,
    members: Sequence[Member],
    change: Argument,
    settings: Settings,
    now: datetime,
    reason: Reason,
) -> Alert:
    labels = {
        "alertname": ROOT_CAUSE,
        "instance": settings.instance,
        "root_cause": cause.id,
        "wave": str(cause.wave),
        "tier": cause.tier,
        "severity": "critical",
    }
    words = {**root_causes.wave(cause, members, change, settings, now), "reason": reason.value}
    starts_at = cause.opened_at if cause.wave == 1 else now
    return Alert(labels, words, starts_at, reason=reason, link=links.home(settings.page_url), cause_key=f"#{cause.id}")


def _replaced(alert: Alert, cause: Cause, settings: Settings) -> Alert:
    """An older wave: it goes on firing, and says which one stands for it. That is news to no queue."""
    words = {**root_causes.replaced(cause, settings), "reason": Reason.REWORDED.value}
    return replace(alert, annotations=words, reason=Reason.REWORDED)


def _over(
    cause: Cause,
    firing: Sequence[Alert],
    ended: Sequence[Alert],
    resting: Sequence[str],
    settings: Settings,
    now: datetime,
) -> tuple[Alert, ...]:
    """The end of every wave, the newest first; *ended* says why, as far as there is one reason for all."""
    reasons = {alert.reason for alert in ended if alert.notifies}
    one = next(iter(reasons)) if len(reasons) == 1 and not resting else Reason.CAUSE_OVER
    reason = one if one in endings.ENDINGS[ROOT_CAUSE] else Reason.CAUSE_OVER
    what, how, stands = root_causes.over(cause, ended, resting, settings)
    newest_first = sorted(firing, key=lambda alert: -alert.wave)
    return tuple(endings.end(alert, now, reason, what, settings, how, stands) for alert in newest_first)


def _text(alert: Alert) -> dict[str, str]:
    return {name: text for name, text in alert.annotations.items() if name != "reason"}
