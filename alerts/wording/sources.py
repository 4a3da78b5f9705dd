"""Word what is said of a source whose data is too old to judge by, in English and Chinese.

Pure. As with every page, the same state of affairs gives the same words however often it is asked. Of a failure the
collector's own sentence is told, which holds no secret; it is cleaned and cut, for a source may have written part of
it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.wording import links
from alerts.wording.clocks import local, plain
from alerts.wording.promises import length
from monitor.alert import Settings
from monitor.model import Name
from monitor.policy import NO_RUNG

RUNBOOK = "docs/runbook.md#tierwatchdatatooold"

_LONGEST = 300
_NO_TIER = Name("no tier", "无等级")


@dataclass(frozen=True, slots=True)
class Unseen:
    """A source that is not seen `since`; `tiers` are (tier, open clocks that page), the highest tier first.

    `by_assurance` of these clocks page because of their assurance; `deadline` is the earliest that is ahead of one that
    runs. `error` is the sentence of the failure of the last poll, if it was `failing`.
    """

    source: str
    since: datetime
    last_success: datetime | None
    stale_after: timedelta
    failing: bool
    error: str
    tiers: Sequence[tuple[str, int]]
    by_assurance: int
    deadline: datetime | None


def too_old(unseen: Unseen, settings: Settings) -> dict[str, str]:
    """The annotations while the data is too old; empty ones are left out."""
    name, total = plain(unseen.source), sum(clocks for _, clocks in unseen.tiers)
    since = local(unseen.since, settings.zone)
    due = "" if unseen.deadline is None else local(unseen.deadline, settings.zone)
    home = links.home(settings.page_url)
    read, why, whom = _read(unseen, settings), _why(unseen), _whom(unseen, settings)
    first = Name(f", first due {due}", f"，最早 {due} 到期") if due else Name("", "")
    ahead = (
        Name(f"Earliest deadline among them: {due}.", f"其中最早到期：{due}。")
        if due
        else Name("None of them runs towards a deadline that is known.", "其中没有正在计时且已知到期时间的时钟。")
    )
    english = (
        f"{read.en}. {why.en}",
        whom.en,
        ahead.en,
        "New tickets, pauses and restorations are not seen; clocks go on, and no alert ends by itself.",
        "Do: watch the open tickets of these tiers by eye in the source itself, and mend what the failure names.",
        home and f"See: {home}",
    )
    chinese = (
        f"{read.zh}。{why.zh}",
        whom.zh,
        ahead.zh,
        "在此期间看不到新工单、挂起和恢复；时钟继续计时，任何告警都不会自行解除。",
        "处理：请派人在源系统中人工盯守这些等级的未结工单，并按失败信息排除故障。",
        home and f"查看：{home}",
    )
    said = {
        "summary": f"Source {name}: data too old to judge since {since}, {_clocks(total)} that page{first.en}",
        "summary_zh": f"数据源 {name}：自 {since} 起数据过旧，{total} 个需告警的时钟无法判断{first.zh}",
        "description": "\n".join(line for line in english if line),
        "description_zh": "\n".join(line for line in chinese if line),
        "due": due,
        "explain_url": home,
        "runbook_url": RUNBOOK,
    }
    return {key: text for key, text in said.items() if text}


def named(source: str) -> Name:
    """What an alert of this kind is about."""
    return Name(f"Source {plain(source)}", f"数据源 {plain(source)}")


def unread(last_success: datetime | None, settings: Settings) -> Name:
    """What still stands while the source is not read."""
    if last_success is None:
        return Name("The source itself is still not read: it never was.", "该数据源仍未读取成功过。")
    last = local(last_success, settings.zone)
    return Name(
        f"The source itself is still not read: last read to its end at {last}.",
        f"该数据源仍未恢复读取，上次成功读取：{last}。",
    )


def _read(unseen: Unseen, settings: Settings) -> Name:
    allowed = length(unseen.stale_after)
    if unseen.last_success is None:
        return Name(f"Never read to its end; {allowed.en} are allowed", f"从未成功读取，允许间隔为{allowed.zh}")
    last = local(unseen.last_success, settings.zone)
    return Name(
        f"Last read to its end at {last}; {allowed.en} are allowed", f"上次成功读取：{last}，允许间隔为{allowed.zh}"
    )


def _why(unseen: Unseen) -> Name:
    if not unseen.failing:
        return Name(
            "No poll has failed and none has ended: it may be under way, or hang.",
            "没有失败的读取，也没有完成的读取：可能仍在进行，或已停滞。",
        )
    error = _line(unseen.error) or "no reason is known"
    return Name(f"The last poll failed: {error}", f"最近一次读取失败：{error}")


def _whom(unseen: Unseen, settings: Settings) -> Name:
    named = [(settings.tiers.get(tier) or _unnamed(tier), clocks) for tier, clocks in unseen.tiers]
    by = unseen.by_assurance
    english = ", ".join(f"{tier.en} {clocks}" for tier, clocks in named)
    chinese = "，".join(f"{tier.zh} {clocks}" for tier, clocks in named)
    return Name(
        f"Open clocks that cannot be judged: {english}" + (f" ({by} of them because of the assurance)." if by else "."),
        f"无法判断的未结束时钟：{chinese}" + (f"（其中 {by} 个按业务保障等级告警）。" if by else "。"),
    )


def _unnamed(tier: str) -> Name:
    return _NO_TIER if tier == NO_RUNG else Name(plain(tier), plain(tier))


def _clocks(number: int) -> str:
    return f"{number} open clock{'' if number == 1 else 's'}"


def _line(text: str) -> str:
    """A sentence on one line, without control, formatting or unpaired characters, not longer than a page bears."""
    cleaned = "".join(" " if unicodedata.category(character)[0] in "CZ" else character for character in text)
    line = " ".join(cleaned.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1].rstrip() + "…"
