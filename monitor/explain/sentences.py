"""Say an explanation's facts as sentences, in English and Chinese, for the terminal and the page alike.

Pure. Times are those of the clock's calendar, with their offset from UTC.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from monitor.alert import Reason
from monitor.clock import Interval, Leg, Reading
from monitor.history import Correction, Event
from monitor.model import AgreementKind, CorrectionKind, DayEnd, Life, Measure, Name, Period, SubjectKind
from monitor.policy import Target, TargetRule
from monitor.worktime import Bounds, Calendar

WHAT: Mapping[str, Name] = {
    "running": Name("running", "计时"),
    "paused": Name("paused", "挂起"),
    "idle": Name("idle", "未占用"),
    "stopped": Name("stopped", "停止"),
    "cancelled": Name("cancelled", "取消"),
    "excluded": Name("excluded", "剔除"),
}
"""What an interval is."""

EXCLUDED = Name("Excluded by a correction", "经更正剔除")

MOVED: Mapping[str, Name] = {
    "started": Name("the clock started", "开始计时"),
    "paused": Name("no deadline while it is paused", "挂起期间没有截止时刻"),
    "idle": Name("no deadline while nothing uses it", "未占用期间没有截止时刻"),
    "used": Name("an outage began to use it", "中断开始占用"),
    "resumed": Name("it went on after a pause", "挂起后恢复计时"),
    "reopened": Name("it was opened again", "重新打开"),
    "terms": Name("the terms changed", "服务条款变更"),
    "rescheduled": Name("the work was rescheduled", "作业改期"),
    "corrected": Name("a correction", "更正"),
    "stopped": Name("it stopped", "停止"),
    "cancelled": Name("it was cancelled", "取消"),
}
"""What gave a clock another deadline."""

STRETCHES: Mapping[str, Name] = {
    "counted": Name("working time", "工作时间"),
    "off_hours": Name("off hours", "非工作时间"),
    "holiday": Name("holiday", "节假日"),
    "make_up": Name("make-up working day", "调休工作日"),
    "overlay": Name("special hours", "特别安排"),
}

_PERIODS = {
    Period.DAY: Name("day", "日"),
    Period.WEEK: Name("week", "周"),
    Period.MONTH: Name("month", "月"),
    Period.QUARTER: Name("quarter", "季度"),
    Period.YEAR: Name("year", "年"),
}

_UNTOLD: Mapping[str, Name] = {
    "shown_only": Name(
        "at risk is shown on the page and counted; nobody is paged for it", "仅在页面显示并计数，不通知任何人"
    ),
    "nobody": Name(
        "nobody is paged for it: no rung of this subject's tier or assurance asks for this stage",
        "该等级与保障级别均未要求告警，不通知任何人",
    ),
    "not_recorded": Name(
        "no alert is on record: it was over before anybody looked, or has not been looked at yet",
        "没有告警记录：首次查看前已结束，或尚未处理",
    ),
    Reason.SUPERSEDED: Name(
        "recorded only: a worse stage of the same clock was told in its place", "仅记录：已由同一时钟的更高阶段告知"
    ),
    Reason.PASSED: Name("recorded only: reached and over before anybody looked", "仅记录：查看之前已达到并已结束"),
    Reason.JUDGED_ANEW: Name(
        "recorded only: an upgrade of tierwatch has found it afterwards, and it is told in one digest",
        "仅记录：升级后重新判断得出，汇总告知",
    ),
    Reason.BACKLOG: Name(
        "recorded only: it was so before this installation, and is told in one digest", "仅记录：安装前已超时，汇总告知"
    ),
}
"""Why a stage that was reached was sent to nobody."""


_WITHHELD: Mapping[str, Name] = {
    "recorded": Name("only on record", "仅记录"),
    "nothing_new": Name("nothing new to tell", "没有新内容"),
    "not_routed": Name("this receiver does not take such alerts", "该接收方不接收此类告警"),
    "shadow": Name("the receiver only practises", "接收方处于试运行"),
    "grouped": Name("the alert of the root cause stands for it", "由根因告警代表"),
    "silenced": Name("silenced", "已静默"),
    "inhibited": Name("a worse stage of the same clock is told in its place", "由同一时钟的更高阶段代表"),
}
"""Why a channel did not hear of a change."""


WAYS: Mapping[str, Name] = {
    "link": Name("link", "链接"),
    "api": Name("API", "接口"),
    "command line": Name("command line", "命令行"),
}
"""How somebody said that he is at it."""


def way(via: str) -> Name:
    return WAYS.get(via, Name(via, via))


def acknowledged(said: Mapping[str, Any]) -> Name:
    """Who said that he is at it, and how; without his note."""
    author, via = said["author"], way(said["via"])
    return Name(f"acknowledged by {author} ({via.en})", f"已由 {author} 确认（{via.zh}）")


def changes(alert: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any] | None]]:
    """What changed of an alert, oldest first, each with the acknowledgement that it is, None if it is none."""
    taken = {(one["at"], f"acknowledged by {one['author']}"): one for one in alert.get("acknowledged", ())}
    for change in alert.get("changes", ()):
        yield change, taken.pop((change["at"], change["reason"]), None)
    for one in taken.values():
        yield {"at": one["at"], "reason": "acknowledged", "firing": True}, one


def withheld(decision: Mapping[str, Any]) -> Name:
    """Why a channel was not told, with what it was that held it back."""
    why = _WITHHELD.get(decision["reason"], Name(decision["reason"], decision["reason"]))
    by = f" ({decision['detail']})" if decision["detail"] else ""
    return Name(f"not sent, {why.en}{by}", f"未发送：{why.zh}{by}")


def untold(word: str) -> Name:
    return _UNTOLD.get(word, Name(word, word))


def exact(length: timedelta) -> str:
    """A length that can be added up on paper: hours:minutes:seconds, hours beyond 24 not folded."""
    whole, rest = divmod(abs(length), timedelta(seconds=1))
    fraction = f".{rest.microseconds:06}".rstrip("0") if rest else ""
    sign = "-" if length < timedelta(0) else ""
    return f"{sign}{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}{fraction}"


def local(at: datetime, zone: str) -> str:
    """Local time with its offset from UTC, to the second, or finer where it is not a whole one."""
    try:
        there = at.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        there = at
    fraction = f".{there.microsecond:06}".rstrip("0") if there.microsecond else ""
    offset = there.strftime("%z")
    return f"{there:%Y-%m-%d %H:%M:%S}{fraction}{offset[:3]}:{offset[3:5]}"


def what(part: Interval, kind: SubjectKind) -> str:
    """What an interval is: time that a correction took out, or planned work on a circuit, is excluded."""
    if part.life is Life.PAUSED and (part.excluded or kind is SubjectKind.CIRCUIT):
        return "excluded"
    return part.life.value


def cause(part: Interval, event: Event | None) -> Name:
    """The source's own word for what began an interval; where it said none, what the event was."""
    if event is not None and event.correction is not None:
        return Name("a correction", "更正")
    if part.status is not None:
        return Name(part.status, part.status)
    if event is not None and event.opened_at == part.start:
        return Name("the opening", "开单")
    if event is not None and event.at != part.start:
        return Name("an instant that the source told", "源系统所述时刻")
    return Name("an update without a status", "无状态的更新")


def amount(counted: int, target: Target) -> Name:
    """`3 of 4`, or `2 of at least 3`."""
    allowed = round(target.budget.total_seconds())
    if target.measure is Measure.AT_LEAST:
        return Name(f"{counted} of at least {allowed}", f"{counted} 次，至少应 {allowed} 次")
    return Name(f"{counted} of {allowed}", f"{counted} 次，限 {allowed} 次")


def promise(
    target: Target, calendar: Calendar, bounds: Bounds | None, last_moment: datetime | None, length: timedelta | None
) -> Name:
    """What the budget is, and of what. *length* is the row's own figure where the budget is worked out from it."""
    budget, zone = exact(target.budget), calendar.zone
    if target.ahead_of is not None and last_moment is not None:
        planned, last = local(target.ahead_of, zone), local(last_moment, zone)
        before = Name(_days(target.days).en, _days(target.days).zh)
        if not target.days:
            before = Name(exact(length or timedelta(0)), exact(length or timedelta(0)))
        return Name(
            f"{before.en} before the planned {planned}: the last moment is {last}, {budget} of the calendar's time"
            " after the start",
            f"计划时刻 {planned} 之前 {before.zh}：最迟 {last}，自开始起共 {budget}",
        )
    if target.measure is not Measure.TIME:
        times = round(target.budget.total_seconds())
        said = Name(f"at most {_times(times)}", f"至多 {times} 次")
        if target.measure is Measure.AT_LEAST:
            said = Name(f"at least {_times(times)}", f"至少 {times} 次")
        return _in(said, bounds, target)
    if target.days:
        days, end = _days(target.days), _LAST_DAY[target.last_day]
        minutes = calendar.day_begins // timedelta(minutes=1) % 1440
        edge = f"{minutes // 60:02}:{minutes % 60:02}"
        each = Name("midnight to midnight", " 0 时至 24 时")
        if calendar.day_begins:
            each = Name(f"{edge} to {edge}, with its shifts", f" {edge} 至 {edge}（随班次）")
        return Name(
            f"{days.en}{end.en}, each counted from {each.en}: {budget}",
            f"{days.zh}{end.zh}，每日按{each.zh}计：{budget}",
        )
    if target.share and bounds is not None:
        whole = exact(bounds.end - bounds.start)
        share = f"{target.share * 100:.10f}".rstrip("0").rstrip(".")
        return _in(Name(f"{share} % of {whole} = {budget}", f"{whole} 的 {share} % = {budget}"), bounds, target)
    return _in(Name(budget, budget), bounds, target)


_LAST_DAY = {
    DayEnd.SAME_TIME: Name("", ""),
    DayEnd.CLOSE_OF_BUSINESS: Name(" up to the close of the last one", "（至末日收工时）"),
    DayEnd.END_OF_DAY: Name(" up to the end of the last one", "（至末日结束）"),
}


def _in(said: Name, bounds: Bounds | None, target: Target) -> Name:
    if bounds is None or target.period is None:
        return said
    name = _PERIODS[target.period]
    return Name(f"{said.en} in the {name.en} {bounds.number}", f"{name.zh} {bounds.number}：{said.zh}")


def _days(days: int) -> Name:
    return Name(f"{days} working day{'' if days == 1 else 's'}", f"{days} 个工作日")


def _times(times: int) -> str:
    return "once" if times == 1 else f"{times} times"


def notes(reading: Reading, rule: TargetRule | None, provisional: tuple[int, ...]) -> Iterator[Name]:
    """What else a person must know to understand the clock."""
    if reading.first_sight:
        yield Name(
            "Nobody said when it began: it was going on when the source first showed it, and the clock runs from"
            " there.",
            "无人说明起始时刻：源系统首次出现时已在进行，故自该时刻计时。",
        )
    if rule is not None and rule.started_by is not None:
        by = rule.started_by
        yield Name(
            f"It begins with the end of {by.target}, where that took more than {exact(by.over)}.",
            f"于 {by.target} 结束时开始，且其历时须超过 {exact(by.over)}。",
        )
    if provisional:
        years = ", ".join(str(year) for year in provisional)
        yield Name(
            f"The holidays of {years} are not known yet: {years} is provisional and counts by the weekly hours.",
            f"{years} 年节假日尚未公布，暂按每周工作时间计。",
        )
    for leg in reading.caused_by:
        yield Name(
            f"Without the overrun of supplier {leg.party} the promise would have been kept: it used"
            f" {exact(leg.counted)}, and its contract allows {exact(leg.budget or timedelta(0))}.",
            f"若非供应商 {leg.party} 超出其合同，本承诺本可达成：其用时 {exact(leg.counted)}，"
            f"合同限 {exact(leg.budget or timedelta(0))}。",
        )


def leg(one: Leg) -> Name:
    """What a team or supplier used."""
    who = Name(f"team {one.party}", f"班组 {one.party}")
    if one.kind is AgreementKind.UC:
        who = Name(f"supplier {one.party}", f"供应商 {one.party}")
    used = exact(one.counted)
    if one.budget is None:
        return Name(f"{who.en} used {used} (no {one.kind})", f"{who.zh} 用时 {used}（无 {one.kind}）")
    allowed, over = exact(one.budget), exact(one.over)
    if one.over:
        return Name(
            f"{who.en} used {used} of the {allowed} of its {one.kind}: {over} over",
            f"{who.zh} 用时 {used}，{one.kind} 限 {allowed}，超出 {over}",
        )
    return Name(
        f"{who.en} used {used} of the {allowed} of its {one.kind}", f"{who.zh} 用时 {used}，{one.kind} 限 {allowed}"
    )


def correction(said: Correction, zone: str) -> Name:
    """What a correction does."""
    start = "" if said.start is None else local(said.start, zone)
    end = "" if said.end is None else local(said.end, zone)
    of, of_zh = (f" for {said.target}", f"（{said.target}）") if said.target else ("", "")
    match said.kind:
        case CorrectionKind.EXCLUDE:
            return Name(f"{start} .. {end} does not count{of}", f"{start} 至 {end} 不计{of_zh}")
        case CorrectionKind.COUNT:
            return Name(f"{start} .. {end} counts: it was no wait{of}", f"{start} 至 {end} 应计，并非等待{of_zh}")
        case CorrectionKind.STOP:
            return Name(f"it ended at {start}{of}", f"于 {start} 结束{of_zh}")
        case CorrectionKind.REVOKE:
            return Name(f"correction {said.revokes} is revoked", f"撤销更正 {said.revokes}")


def change(said: Mapping[str, Any]) -> Name:
    """Another budget or calendar from an instant on."""
    before, after = (
        str(said[name]) if name in said else exact(timedelta(seconds=said[f"{name}_seconds"]))
        for name in ("before", "budget")
    )
    if "calendar" in said:
        before, after = f"{before} of {said['calendar_before']}", f"{after} of {said['calendar']}"
    return Name(f"the budget is {after} from here, no longer {before}", f"自此时限为 {after}，原为 {before}")


def stretch(said: Mapping[str, Any]) -> Name:
    """What counted in a stretch of an interval, and why its days were not as others."""
    amount = exact(timedelta(seconds=said["seconds"]))
    english = chinese = amount
    days = said.get("days", 0)
    if days and said["each_seconds"]:
        each = exact(timedelta(seconds=said["each_seconds"]))
        english = f"{_days(days).en} of {each} = {amount}" if days > 1 else f"1 working day of {amount}"
        chinese = f"{days} 个工作日 × {each} = {amount}" if days > 1 else f"1 个工作日 {amount}"
    elif days > 1:
        english, chinese = f"{days} days of {amount}", f"{days} 天，每天 {amount}"
    notes = []
    if said["kind"] != "counted":
        notes.append(STRETCHES[said["kind"]])
    notes += [Name(said[name], said[name]) for name in ("reason", "calendar") if said.get(name)]
    if said.get("approved_by"):
        notes.append(Name(f"approved by {said['approved_by']}", f"批准人 {said['approved_by']}"))
    if said.get("provisional"):
        notes.append(Name("provisional year", "节假日未公布"))
    return Name("  ".join([english, ", ".join(n.en for n in notes)]).rstrip(),
                "  ".join([chinese, "，".join(n.zh for n in notes)]).rstrip())  # fmt: skip


def span(said: Mapping[str, Any], zone: str) -> str:
    """From when to when a stretch lasts, with weekdays, so that days can be counted off."""
    if "days" in said:
        first, last = _weekday(said["from"]), _weekday(said["to"])
        return first if first == last else f"{first} .. {last}"
    start, end = (local(datetime.fromisoformat(said[name]), zone)[:-6] for name in ("from", "to"))
    if start[:10] == end[:10]:
        return f"{_weekday(start[:10])}{start[10:]} .. {end[11:]}"
    return f"{_weekday(start[:10])}{start[10:]} .. {_weekday(end[:10])}{end[10:]}"


def _weekday(day: str) -> str:
    return f"{date.fromisoformat(day):%a} {day}"


def answer(delivery: Mapping[str, Any], zone: str) -> Name:
    """How a channel answered a page; `attempts` are its failures in a row since the last acceptance."""
    attempts, error = delivery["attempts"], delivery["error"]
    tried = Name("1 attempt" if attempts == 1 else f"{attempts} attempts", f"{attempts} 次")
    why = f": {error}" if error else ""
    if delivery["accepted_at"]:
        at = local(datetime.fromisoformat(delivery["accepted_at"]), zone)
        if delivery.get("reason") == Reason.REPEAT_DUE:
            return Name(f"told again, last accepted at {at}", f"再次告知，最近于 {at} 送达")
        if not attempts:
            return Name(f"accepted at {at}", f"已于 {at} 送达")
        return Name(
            f"accepted at {at}; since then {tried.en} to repeat it failed{why}",
            f"已于 {at} 送达；此后重发失败 {tried.zh}{why}",
        )
    if delivery.get("held_by") and not delivery.get("closed_at"):
        return Name(f"held back by {delivery['held_by']}", f"暂不发送（{delivery['held_by']}）")
    if delivery.get("closed_at"):
        closed = delivery.get("reason") or "closed"
        return Name(f"given up ({closed}) after {tried.en}{why}", f"已放弃（{closed}），已试 {tried.zh}{why}")
    return Name(f"not accepted yet, {tried.en}{why}", f"尚未送达，已试 {tried.zh}{why}")
