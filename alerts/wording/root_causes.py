"""Word what is said of a root cause, in English and Chinese: what is broken, what is ahead, what is new, how it ended.

Pure. A text is made of the members, never of the instant of asking, but for the counts of what lies ahead, which name
the instants that they are for: a page that has waited says nothing that is wrong by then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from alerts.wording import links
from alerts.wording.clocks import local, plain
from alerts.wording.endings import NOTHING
from monitor.alert import Alert, Cause, Member, Reason, Settings
from monitor.model import Name, SubjectKey

AHEAD = (timedelta(minutes=15), timedelta(minutes=30), timedelta(minutes=60))
"""How far ahead the page says how many promises will be broken."""

_LISTED = 10
_NAMED = 3  # in a title

LATEST = 8
"""The last wave: the rules that hide older waves name each of them (examples/alertmanager)."""


class Change(StrEnum):
    """What opens another wave."""

    BROKEN = "broken"
    EARLIER = "earlier"
    HIGHER = "higher"


_CHANGES: Mapping[Change, Name] = {
    Change.BROKEN: Name("the first promise is broken", "首个承诺已超时"),
    Change.EARLIER: Name("a deadline is earlier than any before", "出现更早的到期时间"),
    Change.HIGHER: Name("a higher tier is affected", "涉及更高等级"),
}

_ENDED: Mapping[Reason, Name] = {
    Reason.RESTORED: Name("completed", "已完成"),
    Reason.CANCELLED: Name("cancelled", "已取消"),
    Reason.PAUSED: Name("paused", "已暂停"),
    Reason.IDLE: Name("no outage at present", "目前无中断"),
    Reason.RENEWED: Name("in a new period", "进入新统计周期"),
    Reason.WITHDRAWN: Name("withdrawn", "已撤回"),
    Reason.TIER_CHANGED: Name("of another tier now", "等级已变更"),
}


def named(changes: Iterable[Change]) -> Name:
    """What opened a wave, in words; empty for the first."""
    new = [_CHANGES[change] for change in changes]
    return Name(", ".join(one.en for one in new), "，".join(one.zh for one in new))


def wave(cause: Cause, members: Sequence[Member], change: Name, settings: Settings, now: datetime) -> dict[str, str]:
    """The annotations of a wave: what has been broken and what is ahead, apart; empty ones are left out.

    *change* is what opened the wave, empty for the first.
    """
    what, title = _what(cause), settings.tiers.get(cause.tier, Name(cause.tier, cause.tier))
    broken = sorted((one for one in members if one.broken), key=_order)
    ahead = sorted((one for one in members if not one.broken), key=_order)
    state, lines = _state(broken, ahead, settings), list(_said(cause, change, broken, ahead, settings, now))
    number = Name(f", wave {cause.wave}", f"，第{cause.wave}波") if cause.wave > 1 else Name("", "")
    home = links.home(settings.page_url)
    due = next((one.deadline for one in ahead if one.deadline is not None), None)
    said = {
        "summary": f"{what.en} ({title.en}{number.en}): {state.en}",
        "summary_zh": f"{what.zh}（{title.zh}{number.zh}）：{state.zh}",
        "description": _lines((line.en for line in lines), home and f"See: {home}"),
        "description_zh": _lines((line.zh for line in lines), home and f"查看：{home}"),
        "change": change.en,
        "change_zh": change.zh,
        "due": "" if due is None else local(due, settings.zone),
        "explain_url": home,
    }
    return {name: text for name, text in said.items() if text}


def replaced(cause: Cause, settings: Settings) -> dict[str, str]:
    """What an older wave says, which goes on firing beneath the newest one."""
    what, home, n = _what(cause), links.home(settings.page_url), cause.wave
    said = {
        "summary": f"{what.en}: wave {n} says what holds now",
        "summary_zh": f"{what.zh}：现况见第{n}波",
        "description": f"Wave {n} of the same root cause stands for this one. Nothing of it is over.",
        "description_zh": f"已由同一根因的第{n}波接替，事件并未结束。",
        "explain_url": home,
    }
    return {name: text for name, text in said.items() if text}


def over(cause: Cause, ended: Sequence[Alert], resting: Sequence[str], settings: Settings) -> tuple[Name, Name, Name]:
    """What a cause was, how its last members ended, and what still stands: *resting* are the subjects that pause."""
    by_reason: dict[Reason, set[str]] = {}
    for alert in ended:
        if alert.subject is not None and alert.notifies:
            by_reason.setdefault(alert.reason, set()).add(plain(alert.subject.subject))
    how = []
    for why, words in _ENDED.items():
        if why in by_reason:
            who = _some(sorted(by_reason[why]))
            how.append(Name(f"{who.en} {words.en}", f"{who.zh}{words.zh}"))
    last = NOTHING
    if how:
        last = Name(f" ({'; '.join(one.en for one in how)})", f"（{'；'.join(one.zh for one in how)}）")
    stands = Name("None of its alerts fires under it any more.", "其下已无告警。")
    if resting:
        who = _some([plain(name) for name in resting])
        stands = Name(
            f"Paused, and pages again when it resumes: {who.en}.",
            f"已暂停、恢复计时后将再次告警：{who.zh}。",
        )
    return _what(cause), last, stands


def _what(cause: Cause) -> Name:
    kind, _, value = cause.key.partition("/")
    return Name(f"{kind} {plain(value)}", plain(value))


def _order(member: Member) -> tuple[bool, float, tuple[str, str], str]:
    due = member.deadline
    return due is None, 0.0 if due is None else due.timestamp(), _place(member.key), member.target


def _place(key: SubjectKey) -> tuple[str, str]:
    return key.source, key.subject


def _state(broken: Sequence[Member], ahead: Sequence[Member], settings: Settings) -> Name:
    soonest = next((one for one in ahead if one.deadline is not None), None)
    due = "" if soonest is None or soonest.deadline is None else local(soonest.deadline, settings.zone)
    if not broken:
        count = len({one.key for one in ahead})
        return Name(
            f"{count} affected" + (f", first due {due}" if due else ""),
            f"影响{count}个对象" + (f"，最早 {due} 到期" if due else ""),
        )
    count, who = len(broken), _some(list(dict.fromkeys(plain(one.key.subject) for one in broken)), _NAMED)
    english = f"{count} promise{' is' if count == 1 else 's are'} broken: {who.en}"
    chinese = f"已有{count}个承诺超时：{who.zh}"
    if due:
        return Name(f"{english}; next ahead {due}", f"{chinese}；下一个 {due} 到期")
    if ahead:
        return Name(f"{english}; {len(ahead)} more alerting", f"{chinese}；另有{len(ahead)}个告警中")
    return Name(f"{english}; none ahead", f"{chinese}；没有其他即将到期的承诺")


def _said(
    cause: Cause,
    change: Name,
    broken: Sequence[Member],
    ahead: Sequence[Member],
    settings: Settings,
    now: datetime,
) -> Iterator[Name]:
    """What a wave says, line by line."""
    what = _what(cause)
    if change.en:
        yield Name(f"New: {change.en}.", f"新情况：{change.zh}。")
    yield Name(f"Alerts that share {what.en} are told as one.", f"以下告警同源（{what.en}），合并为一条。")
    if broken:
        some = _listed([_promise(one, _WAS_DUE, settings) for one in broken[:_LISTED]], len(broken))
        yield Name(f"Broken ({len(broken)}): {some.en}.", f"已超时（{len(broken)}）：{some.zh}。")
    if ahead:
        some = _listed([_promise(one, _DUE, settings) for one in ahead[:_LISTED]], len(ahead))
        yield Name(f"Ahead ({len(ahead)}): {some.en}.", f"未到期（{len(ahead)}）：{some.zh}。")
        if soon := _soon(ahead, settings, now):
            yield Name(
                "Will be broken unless restored: " + "; ".join(f"by {at}: {count}" for at, count in soon) + ".",
                "若不恢复将超时：" + "；".join(f"{at} 前 {count} 个" for at, count in soon) + "。",
            )
    yield _by_tier((*broken, *ahead), settings)
    keys = sorted({member.key for member in (*broken, *ahead)}, key=_place)
    some = _some([plain(key.subject) for key in keys])
    yield Name(f"Affected: {some.en}.", f"受影响：{some.zh}。")


_WAS_DUE, _DUE = Name(", was due {at}", "，应于 {at} 前完成"), Name(", due {at}", "，{at} 到期")


def _promise(member: Member, due: Name, settings: Settings) -> Name:
    """A member's subject and promise, and when that is *due* if it has a deadline."""
    title = settings.targets.get(member.target) or Name(member.target, member.target)
    name = plain(member.key.subject)
    if member.deadline is None:
        return Name(f"{name} {title.en}", f"{name} {title.zh}")
    at = local(member.deadline, settings.zone)
    return Name(f"{name} {title.en}{due.en.format(at=at)}", f"{name} {title.zh}{due.zh.format(at=at)}")


def _soon(ahead: Sequence[Member], settings: Settings, now: datetime) -> list[tuple[str, int]]:
    """How many of what is ahead will be broken by three instants from now on."""
    if not any(one.deadline is not None for one in ahead):
        return []
    return [
        (local(now + by, settings.zone), sum(1 for one in ahead if one.deadline and one.deadline <= now + by))
        for by in AHEAD
    ]


def _by_tier(members: Sequence[Member], settings: Settings) -> Name:
    found: dict[str, set[SubjectKey]] = {}
    for member in members:
        found.setdefault(member.tier, set()).add(member.key)
    ladder = list(settings.tiers)
    in_order = sorted(found, key=lambda tier: (ladder.index(tier) if tier in ladder else len(ladder), tier))
    counts = [(settings.tiers.get(tier, Name(tier, tier)), len(found[tier])) for tier in in_order]
    english = ", ".join(f"{name.en} {count}" for name, count in counts)
    return Name(f"By tier: {english}.", f"按等级：{'，'.join(f'{name.zh} {count}' for name, count in counts)}。")


def _some(words: Sequence[str], most: int = _LISTED) -> Name:
    """Some of the words, which are the same in both languages, and how many more there are."""
    return _and_more(words[:most], words[:most], len(words))


def _listed(first: Sequence[Name], number: int) -> Name:
    """The first of a number of items, and how many more there are."""
    return _and_more([one.en for one in first], [one.zh for one in first], number)


def _and_more(english: Sequence[str], chinese: Sequence[str], number: int) -> Name:
    rest, between = number - len(english), "; " if any(", " in one for one in english) else ", "
    en, zh = between.join(english), "、".join(chinese)
    return Name(f"{en} and {rest} more", f"{zh}等，另有{rest}个") if rest > 0 else Name(en, zh)


def _lines(lines: Iterable[str], last: str) -> str:
    return "\n".join(line for line in (*lines, last) if line)
