"""Word what is said of a root cause, in every language: what is broken, what is not due yet, what is new, how it ended.

Pure. A text is made of the members, never of the instant of asking, but for the counts of what lies ahead, which name
the instants that they are for: a page that has waited says nothing that is wrong by then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from alerts.wording import links
from alerts.wording.clocks import and_more, filled, local, named_by, plain, see
from alerts.wording.endings import NOTHING
from monitor.alert import Alert, Cause, Member, Reason, Settings
from monitor.messages import COMMA, Argument, as_annotations, joined, lines, message
from monitor.model import SubjectKey

FORECASTS = (timedelta(minutes=15), timedelta(minutes=30), timedelta(minutes=60))
"""For how long from now a page says how many promises will be broken."""

_SEMICOLON = message("alert-semicolon")
_KINDS = frozenset({"cause", "circuit", "customer", "device", "provider", "site", "supplier", "team"})
_LISTED = 10
_NAMED = 3  # in a title

LATEST = 8
"""The last wave: the rules that hide older waves name each of them (examples/alertmanager)."""


class CauseChange(StrEnum):
    """What opens another wave."""

    BROKEN = "broken"
    EARLIER = "earlier"
    HIGHER = "higher"


_ENDED = (
    Reason.RESTORED,
    Reason.CANCELLED,
    Reason.PAUSED,
    Reason.IDLE,
    Reason.RENEWED,
    Reason.WITHDRAWN,
    Reason.TIER_CHANGED,
)
"""How members end, in the order in which they are listed."""


def named(changes: Iterable[CauseChange]) -> Argument:
    """What opened a wave, in words; empty for the first."""
    return joined([message(f"alert-cause-change-{change}") for change in changes], COMMA)


def wave(
    cause: Cause, members: Sequence[Member], change: Argument, settings: Settings, now: datetime
) -> dict[str, str]:
    """The annotations of a wave: what is broken and what is not due yet, apart; empty ones are left out.

    *change* is what opened the wave, empty for the first.
    """
    what, tier = _what(cause), named_by(settings.tiers, cause.tier)
    broken = sorted((one for one in members if one.broken), key=_order)
    not_due = sorted((one for one in members if not one.broken), key=_order)
    state = _state(broken, not_due, settings)
    summary = (
        message("alert-cause-summary-wave", what=what, tier=tier, wave=cause.wave, state=state)
        if cause.wave > 1
        else message("alert-cause-summary", what=what, tier=tier, state=state)
    )
    home = links.home(settings.page_url)
    description = lines(*_described(cause, change, broken, not_due, settings, now), see(home))
    due = next((one.deadline for one in not_due if one.deadline is not None), None)
    return filled(
        {
            **as_annotations("summary", summary),
            **as_annotations("description", description),
            **as_annotations("change", change),
            "due": "" if due is None else local(due, settings.zone),
            "explain_url": home,
        }
    )


def replaced(cause: Cause, settings: Settings) -> dict[str, str]:
    """What an older wave says, which goes on firing beneath the newest one."""
    home = links.home(settings.page_url)
    return filled(
        {
            **as_annotations("summary", message("alert-cause-replaced", what=_what(cause), wave=cause.wave)),
            **as_annotations("description", message("alert-cause-replaced-by", wave=cause.wave)),
            "explain_url": home,
        }
    )


def over(
    cause: Cause, ended: Sequence[Alert], resting: Sequence[str], settings: Settings
) -> tuple[Argument, Argument, Argument]:
    """What a cause was, how its last members ended, and what still stands: *resting* are the subjects that pause."""
    by_reason: dict[Reason, set[str]] = {}
    for alert in ended:
        if alert.subject is not None and alert.notifies:
            by_reason.setdefault(alert.reason, set()).add(plain(alert.subject.subject))
    how = [
        message(f"alert-cause-ended-{reason}", who=_some(sorted(by_reason[reason])))
        for reason in _ENDED
        if reason in by_reason
    ]
    last = message("alert-cause-ended", how=joined(how, _SEMICOLON)) if how else NOTHING
    stands = message("alert-cause-none-fires")
    if resting:
        stands = message("alert-cause-paused", who=_some([plain(name) for name in resting]))
    return _what(cause), last, stands


def _what(cause: Cause) -> Argument:
    kind, _, value = cause.key.partition("/")
    if kind in _KINDS:
        return message(f"alert-cause-{kind}", value=plain(value))
    return message("alert-cause-other", kind=kind, value=plain(value))


def _order(member: Member) -> tuple[bool, float, tuple[str, str], str]:
    due = member.deadline
    return due is None, 0.0 if due is None else due.timestamp(), _place(member.key), member.target


def _place(key: SubjectKey) -> tuple[str, str]:
    return key.source, key.subject


def _state(broken: Sequence[Member], not_due: Sequence[Member], settings: Settings) -> Argument:
    soonest = next((one for one in not_due if one.deadline is not None), None)
    due = "" if soonest is None or soonest.deadline is None else local(soonest.deadline, settings.zone)
    if not broken:
        count = len({one.key for one in not_due})
        if due:
            return message("alert-cause-affected-due", count=count, due=due)
        return message("alert-cause-affected", count=count)
    who = _some(list(dict.fromkeys(plain(one.key.subject) for one in broken)), _NAMED)
    first = message("alert-cause-broken", count=len(broken), who=who)
    if due:
        return message("alert-cause-broken-next", broken=first, due=due)
    if not_due:
        return message("alert-cause-broken-more", broken=first, count=len(not_due))
    return message("alert-cause-broken-all", broken=first)


def _described(
    cause: Cause,
    change: Argument,
    broken: Sequence[Member],
    not_due: Sequence[Member],
    settings: Settings,
    now: datetime,
) -> Iterator[Argument]:
    """What a wave says, line by line."""
    if change:
        yield message("alert-cause-new", change=change)
    yield message("alert-cause-shared", what=_what(cause))
    if broken:
        promises = [_promise(one, True, settings) for one in broken[:_LISTED]]
        yield message("alert-cause-list-broken", count=len(broken), promises=_listed(promises, len(broken)))
    if not_due:
        promises = [_promise(one, False, settings) for one in not_due[:_LISTED]]
        yield message("alert-cause-list-ahead", count=len(not_due), promises=_listed(promises, len(not_due)))
        if soon := _soon(not_due, settings, now):
            counts = [message("alert-cause-broken-by", at=at, count=count) for at, count in soon]
            yield message("alert-cause-will-break", counts=joined(counts, _SEMICOLON))
    yield _by_tier((*broken, *not_due), settings)
    keys = sorted({member.key for member in (*broken, *not_due)}, key=_place)
    yield message("alert-cause-list-affected", who=_some([plain(key.subject) for key in keys]))


def _promise(member: Member, broken: bool, settings: Settings) -> Argument:
    """A member's subject and promise, and when that is or was due if it has a deadline."""
    name, target = plain(member.key.subject), named_by(settings.targets, member.target)
    if member.deadline is None:
        return message("alert-clock", subject=name, target=target)
    due = local(member.deadline, settings.zone)
    if broken:
        return message("alert-cause-was-due", subject=name, target=target, due=due)
    return message("alert-cause-due", subject=name, target=target, due=due)


def _soon(not_due: Sequence[Member], settings: Settings, now: datetime) -> list[tuple[str, int]]:
    """How many of the promises that are not due yet will be broken by three instants from now on."""
    if not any(one.deadline is not None for one in not_due):
        return []
    return [
        (local(now + by, settings.zone), sum(1 for one in not_due if one.deadline and one.deadline <= now + by))
        for by in FORECASTS
    ]


def _by_tier(members: Sequence[Member], settings: Settings) -> Argument:
    found: dict[str, set[SubjectKey]] = {}
    for member in members:
        found.setdefault(member.tier, set()).add(member.key)
    ladder = list(settings.tiers)
    in_order = sorted(found, key=lambda tier: (ladder.index(tier) if tier in ladder else len(ladder), tier))
    counts = [
        message("alert-count-of", name=named_by(settings.tiers, tier), count=len(found[tier])) for tier in in_order
    ]
    return message("alert-cause-by-tier", counts=joined(counts, COMMA))


def _some(words: Sequence[str], most: int = _LISTED) -> Argument:
    """Some of the words, which are the same in every language, and how many more there are."""
    return and_more(words[:most], len(words))


def _listed(first: Sequence[Argument], number: int) -> Argument:
    """The first of a number of promises, and how many more there are."""
    some, rest = joined(first, _SEMICOLON), number - len(first)
    return message("alert-names-and-more", names=some, rest=rest) if rest > 0 else some
