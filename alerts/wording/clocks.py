"""Word what a page says, in English and Chinese, so that it fits on a phone's screen.

Pure. A text is made of what the history says, never of the instant of asking: the same clock at the same stage gives
the same words however often it is asked, so that nothing is sent again only because time went by. What sources wrote
(customer, circuit, team) is cleaned and cut; nothing here ever sees a secret of the configuration.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from alerts.wording import links, promises
from monitor.alert import Alert, Settings
from monitor.clock import Reading, Subject
from monitor.model import Measure, Name, SubjectKind
from monitor.policy import BREACHED_STAGE, NO_RUNG, Stage
from monitor.text import one_line

_LONGEST = 60
_FINE = timedelta(minutes=15)  # below such a budget, seconds matter
_LINES = 12  # of a digest

_TIME = Measure.TIME  # bound once: in Python 3.11, looking a member up costs more than the rest of its line

BACKLOG = Name(
    "Open clocks that had breached before tierwatch was installed", "tierwatch 安装之前已超时且仍未结束的时钟"
)
"""What the digest of them is about."""


def near_or_breached(
    subject: Subject,
    reading: Reading,
    stage: Stage,
    since: datetime,
    left: promises.Left,
    explain: str,
    settings: Settings,
) -> dict[str, str]:
    """The annotations of a stage that was reached at *since* with *left* of the budget; empty ones are left out.

    *explain* is the link to our own explanation.
    """
    target, given = reading.target, subject.attributes
    customer, circuit, team = (
        plain(given.get("customer", "")),
        plain(given.get("circuit", "")),
        plain(given.get("team", "")),
    )
    fine = target.budget < _FINE
    due = "" if reading.deadline is None else local(reading.deadline, settings.zone, fine)
    whom = {"tier": reading.tier, "assurance": reading.assurance}
    head, title = _head(subject.key.subject, target.name, whom, settings), _title(settings.targets, target.name)
    moment = "" if target.ahead_of is None else local(target.ahead_of, settings.zone)
    promise = promises.promised(target, title, moment)
    state = _state(reading, stage, due, promises.remaining(target, left, fine))
    reached, at = _reached(stage, left), local(since, settings.zone, fine)
    budget = promises.budget(target)
    blamed = ", ".join([plain(leg.party) for leg in reading.caused_by]) if reading.legs else ""
    calendar = "" if target.calendar == "always" else target.calendar
    url = given.get("url", "")
    record = url and links.record(url)
    figure, version = plain(target.figure), plain(target.policy_version)
    english = (
        f"Promised to {customer or 'the customer'}: {promise.en}{_aside(calendar)}.",
        f"{reached.en} since {at}; {state.en}.",
        blamed and f"It would have been kept, had this supplier kept its contract: {blamed}.",
        _sentence(("Circuit", circuit), ("Team", team)),
        _sentence(("Figure", figure), ("Policy", version)),
        explain and f"Why: {explain}",
        record and f"Ticket: {record}",
    )
    chinese = (
        f"承诺对象：{customer or '客户'}。{promise.zh}{_aside(calendar)}。",
        f"{at} 起{reached.zh}；{state.zh}。",
        blamed and f"若供应商履约则不会超时：{blamed}。",
        _sentence(("电路", circuit), ("责任团队", team), mark="：", stop="。"),
        _sentence(("数值来源", figure), ("策略", version), mark="：", stop="。"),
        explain and f"说明：{explain}",
        record and f"工单：{record}",
    )
    return _filled(
        {
            "summary": f"{head.en}: {state.en}",
            "summary_zh": f"{head.zh}：{state.zh}",
            "description": _text(english),
            "description_zh": _text(chinese),
            "customer": customer,
            "circuit": circuit,
            "team": team,
            "due": due,
            "budget": budget.en,
            "budget_source": figure,
            "policy": version,
            "explain_url": explain,
            "ticket_url": record,
        }
    )


def clock(alert: Alert, settings: Settings) -> Name:
    """Which clock an alert is about: its subject, its promise, its tier and assurance."""
    named = alert.subject.subject if alert.subject else ""
    named = named or next((alert.labels[kind.value] for kind in SubjectKind if kind.value in alert.labels), "")
    return _head(named, alert.target, alert.labels, settings)


def backlog(rows: Sequence[tuple[str, str, int]], settings: Settings) -> dict[str, str]:
    """The annotations of the digest of what had breached before the installation; *rows* are (tier, target, clocks)."""
    total = sum(clocks for _, _, clocks in rows)
    since, home = local(settings.installed_at, settings.zone), links.home(settings.page_url)
    english, chinese = counted(rows, settings)
    return _filled(
        {
            "summary": f"{BACKLOG.en}: {total}",
            "summary_zh": f"{BACKLOG.zh}：{total}",
            "description": _text(
                (f"Not paged one by one, because they breached before {since}.", *english, home and f"See: {home}")
            ),
            "description_zh": _text((f"均于 {since} 之前超时，不逐一告警。", *chinese, home and f"查看：{home}")),
            "explain_url": home,
        }
    )


def counted(rows: Sequence[tuple[str, str, int]], settings: Settings) -> tuple[list[str], list[str]]:
    """The lines of a digest, in English and Chinese: clocks by (tier, target), the first ones named."""
    named = [(_title(settings.tiers, tier), _title(settings.targets, target), n) for tier, target, n in rows[:_LINES]]
    english = [f"{tier.en}, {target.en}: {clocks}" for tier, target, clocks in named]
    chinese = [f"{tier.zh}，{target.zh}：{clocks}" for tier, target, clocks in named]
    rest = sum(clocks for _, _, clocks in rows[_LINES:])
    if rest:
        english, chinese = [*english, f"others: {rest}"], [*chinese, f"其他：{rest}"]
    return english, chinese


def plain(text: str) -> str:
    """A source's words on one short line, without control, formatting or unpaired characters."""
    if len(text) <= _LONGEST and text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    line = one_line(text)
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1].rstrip() + "…"


def local(at: datetime, zone: str, fine: bool = False) -> str:
    """An instant in the local time of *zone*, with its offset from UTC; never later than it is."""
    return _local(at.replace(microsecond=0), zone, fine)


@lru_cache(maxsize=4096)
def _local(second: datetime, zone: str, fine: bool) -> str:
    there = second.astimezone(ZoneInfo(zone))
    offset = f"{there:%z}"
    return f"{there.strftime('%Y-%m-%d %H:%M:%S' if fine else '%Y-%m-%d %H:%M')} {offset[:3]}:{offset[3:5]}"


def _head(subject: str, target: str, whom: Mapping[str, str], settings: Settings) -> Name:
    title, name = _title(settings.targets, target), plain(subject)
    rungs = [
        _title(names, rung)
        for rung, names in (
            (whom.get("tier", NO_RUNG), settings.tiers),
            (whom.get("assurance", NO_RUNG), settings.assurances),
        )
        if rung != NO_RUNG
    ]
    if not rungs:
        return Name(f"{name} {title.en}", f"{name} {title.zh}")
    english, chinese = ", ".join([rung.en for rung in rungs]), "，".join([rung.zh for rung in rungs])
    return Name(f"{name} {title.en} ({english})", f"{name} {title.zh}（{chinese}）")


def _state(reading: Reading, stage: Stage, due: str, left: Name) -> Name:
    target = reading.target
    if target.measure is not _TIME:
        used, allowed = promises.amount(target, reading.counted), promises.budget(target)
        return Name(f"{used.en} of {allowed.en}", f"已发生{used.zh}，允许{allowed.zh}")
    if stage.name == BREACHED_STAGE and target.period is not None:
        return Name(f"used up at {due}", f"额度已于 {due} 用尽")
    if stage.name == BREACHED_STAGE:
        return Name(f"breached, was due {due}", f"已超时，应于 {due} 前完成")
    if not due:  # what is left lasts to the end of the period
        return Name(f"{left.en} left", f"剩余{left.zh}")
    if target.period is not None:
        return Name(f"{left.en} left, at this rate used up at {due}", f"剩余{left.zh}，照此下去将于 {due} 用尽")
    return Name(f"{left.en} left, due {due}", f"剩余{left.zh}，{due} 到期")


def _reached(stage: Stage, left: promises.Left) -> Name:
    if stage.name == BREACHED_STAGE:
        return Name("All of it used", "时限已用尽")
    if stage.share is not None:
        return Name(f"{stage.share * 100:g} % used", f"已用 {stage.share * 100:g}%")
    if stage.wall is not None:
        wall = promises.length(stage.wall)
        if left.wall is not None and left.wall <= stage.wall:
            return Name(f"At most {wall.en} of wall time left", f"自然时间剩余不超过{wall.zh}")
        # It waited, and its deadline has moved on since: what was reached stays reached.
        return Name(
            f"At most {wall.en} of wall time left earlier, running again",
            f"再次计时（此前自然时间剩余曾不超过{wall.zh}）",
        )
    ahead = promises.length(stage.left or timedelta(0))
    return Name(f"At most {ahead.en} left", f"剩余不超过{ahead.zh}")


def _title(names: Mapping[str, Name], id_: str) -> Name:
    return names.get(id_) or Name(id_, id_)


def _aside(text: str) -> str:
    return f" ({text})" if text else ""


def _sentence(*parts: tuple[str, str], mark: str = ": ", stop: str = ".") -> str:
    gap = " " if stop == "." else ""
    return gap.join([f"{name}{mark}{value}{stop}" for name, value in parts if value])


def _text(lines: Iterable[str]) -> str:
    return "\n".join([line for line in lines if line])


def _filled(annotations: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in annotations.items() if text}
