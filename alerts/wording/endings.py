"""End an alert and say so truly: what ended and why, what still stands, nothing of the beginning that no longer holds.

Pure. `SAID` is the whole table, alert name by reason; every end of an alert that people hear of is made by `end`. Of
what the beginning said only names and links are kept: whom and what it is about stays true.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from alerts.wording.clocks import local, plain
from monitor.alert import Alert, Reason, Settings
from monitor.clock import Reading
from monitor.model import Life, Measure, Name, State

KEPT = (
    "customer", "circuit", "team", "budget", "budget_source", "policy", "author", "silence_of", "explain_url",
    "runbook_url", "ticket_url",
)  # fmt: skip
"""The annotations of a beginning that hold after the end as well."""

NOTHING = Name("", "")

_CLOCK: Mapping[Reason, Name] = {
    Reason.RESTORED: Name("{what}: completed at {at}", "{what}：已于 {at} 完成"),
    Reason.CANCELLED: Name("{what}: cancelled at {at}", "{what}：已于 {at} 取消"),
    Reason.PAUSED: Name(
        "{what}: paused at {at}; pages again when it resumes", "{what}：已于 {at} 暂停，恢复计时后将再次告警"
    ),
    Reason.IDLE: Name(
        "{what}: outage over at {at}; pages again with the next outage",
        "{what}：中断已于 {at} 结束，再次中断时将重新告警",
    ),
    Reason.RENEWED: Name(
        "{what}: the period ended at {at}; the allowance is whole again", "{what}：统计周期已于 {at} 结束，额度重新计算"
    ),
    Reason.WITHDRAWN: Name(
        "{what}: withdrawn at {at}: by what is known now it does not hold",
        "{what}：已于 {at} 撤回，据现有信息该情况不成立",
    ),
    Reason.TIER_CHANGED: Name("{what}: tier or assurance changed at {at}", "{what}：服务等级已于 {at} 变更"),
}

_TRUSTED: Mapping[Reason, Name] = {
    Reason.CLOCK_TRUSTED: Name("{what} is trusted again since {at}", "{what}自 {at} 起恢复可信"),
}

SAID: Mapping[str, Mapping[Reason, Name]] = {
    "TierwatchDeadlineNear": _CLOCK,
    "TierwatchDeadlineBreached": _CLOCK,
    "TierwatchSynthetic": _CLOCK,
    "TierwatchSilencedBreach": {
        **_CLOCK,
        Reason.SILENCE_ENDED: Name(
            "{what}: silence {silence} is over since {at}", "{what}：静默 {silence} 已于 {at} 结束"
        ),
        Reason.NOT_HIDDEN: Name(
            "{what}: as of {at} silence {silence} hides no breach of it any more",
            "{what}：截至 {at}，静默 {silence} 不再掩盖其超时",
        ),
    },
    "TierwatchRootCause": {
        reason: Name("{what}: the root cause is over at {at}", "{what}：同源告警已于 {at} 结束")
        for reason in (*_CLOCK, Reason.CAUSE_OVER)
    },
    "TierwatchMajorFault": {
        Reason.FEWER_DOWN: Name(
            "{what}: no major fault any more at {at}, fewer circuits are down than make one",
            "{what}：已于 {at} 不再构成重大故障，中断电路数低于标准",
        ),
        Reason.WITHDRAWN: Name(
            "{what}: withdrawn at {at}, the policy has no such rule any more",
            "{what}：已于 {at} 撤回，策略中已无此规则",
        ),
    },
    "TierwatchDataTooOld": {
        Reason.READ_AGAIN: Name(
            "{what}: read again at {at}; its clocks are judged again", "{what}：已于 {at} 恢复读取，时钟恢复判断"
        ),
        Reason.NONE_LEFT: Name(
            "{what}: no open clock that pages is left, as of {at}", "{what}：截至 {at}，已没有需告警的未结束时钟"
        ),
        Reason.TIER_CHANGED: Name(
            "{what}: clocks of a higher tier are concerned as well since {at}; that has its own alert",
            "{what}：自 {at} 起涉及更高等级的时钟，另行告警",
        ),
    },
    "TierwatchWordNotUnderstood": {
        Reason.UNDERSTOOD: Name("{what}: understood since {at}", "{what}：自 {at} 起可识别"),
        Reason.NONE_LEFT: Name(
            "{what}: no open ticket or circuit says so any more, as of {at}; it is still not understood",
            "{what}：截至 {at}，已没有未结工单或电路使用，但仍无法识别",
        ),
        Reason.TIER_CHANGED: Name(
            "{what}: since {at} the highest rung that pages is another one; that has its own alert",
            "{what}：自 {at} 起需告警的最高等级已变，另行告警",
        ),
    },
    "TierwatchBacklog": {
        Reason.NONE_LEFT: Name(
            "{what}: none is open any more, as of {at}", "{what}：截至 {at} 均已结束",
        ),
    },
    "TierwatchJudgedAnew": {
        Reason.NONE_LEFT: Name(
            "{what}: none of the open clocks is left, as of {at}", "{what}：截至 {at} 均已结束",
        ),
    },
    "TierwatchUndelivered": {
        Reason.AUDIT_CLEAN: Name(
            "{what}: the audit of {at} found nothing that was not delivered in the last 24 hours",
            "{what}：{at} 的审计显示，最近 24 小时内没有未送达的内容",
        ),
    },
    "TierwatchStoreLost": {
        Reason.STORE_BACK: Name(
            "{what} is at its place again and takes writes, as of {at}", "{what}截至 {at} 已回到原位并可写入"
        ),
    },
    "TierwatchClockJumped": _TRUSTED,
    "TierwatchClockUnproven": _TRUSTED,
    "TierwatchTest": {
        Reason.RESTORED: Name(
            "{what}: this test is over at {at}; nothing was wrong", "{what}：测试已于 {at} 结束，并无异常"
        ),
    },
}  # fmt: skip
"""What is said first, by alert name and by why it ended: `what` is the subject, `at` the instant."""

_OTHERWISE = Name("{what}: ended at {at} ({reason})", "{what}：已于 {at} 结束（{reason}）")


def end(
    alert: Alert,
    at: datetime,
    reason: Reason,
    what: Name,
    settings: Settings,
    how: Name = NOTHING,
    stands: Name = NOTHING,
) -> Alert:
    """The alert as it ends: *what* is its subject, *how* says more of its end, *stands* what is so all the same."""
    word = SAID.get(alert.labels.get("alertname", ""), {}).get(reason, _OTHERWISE)
    silence = plain(alert.labels.get("silence", ""))
    moment = local(at, settings.zone)
    english = word.en.format(what=what.en, at=moment, silence=silence, reason=reason.value) + how.en
    chinese = word.zh.format(what=what.zh, at=moment, silence=silence, reason=reason.value) + how.zh
    said = alert.annotations
    links = [(said.get(name, ""), mark) for name, mark in _LINKS]
    words = {
        "summary": english,
        "summary_zh": chinese,
        "description": _lines(f"{english}.", stands.en, *(f"{mark.en}: {url}" for url, mark in links if url)),
        "description_zh": _lines(f"{chinese}。", stands.zh, *(f"{mark.zh}：{url}" for url, mark in links if url)),
        "reason": reason.value,
    }
    kept = {name: said[name] for name in KEPT if said.get(name)}
    return replace(alert.resolve(at, reason), annotations={**kept, **words})


def of_clock(reading: Reading | None, reason: Reason, alerting: bool, settings: Settings) -> tuple[Name, Name]:
    """How the alert of a clock ended, and what still stands; *alerting* says that another alert of the clock fires.

    Without a reading there is no such clock any more.
    """
    if reading is None:
        return NOTHING, Name("There is no such clock any more.", "该时钟已不存在。")
    broken = "" if reading.breached_at is None else local(reading.breached_at, settings.zone)
    if not reading.open:
        return _closed(reading, broken)
    if alerting:
        return NOTHING, Name("What holds now has its own alert, which goes on.", "现行情况另有告警，仍在继续。")
    if broken:
        return NOTHING, Name(f"The promise was broken at {broken}.", f"承诺已于 {broken} 超时。")
    if reading.life is Life.PAUSED:
        return NOTHING, Name("Its clock is paused; no time counts until it resumes.", "时钟已暂停，恢复前不计时。")
    if reading.deadline is not None:
        due = local(reading.deadline, settings.zone)
        quiet = reason is Reason.TIER_CHANGED
        return NOTHING, Name(
            f"Its clock goes on, due {due}" + ("; nothing is paged for it at present." if quiet else "."),
            f"时钟仍在继续，{due} 到期" + ("；目前不再告警。" if quiet else "。"),
        )
    return NOTHING, Name("Its clock is still open.", "时钟尚未结束。")


def _closed(reading: Reading, broken: str) -> tuple[Name, Name]:
    """What is left to say of a clock that is over."""
    if reading.life is Life.CANCELLED:
        owed = Name("No promise is owed any more.", "不再负有承诺。")
        was = Name(f" It had been broken at {broken}.", f"此前已于 {broken} 超时。") if broken else NOTHING
        return NOTHING, Name(owed.en + was.en, owed.zh + was.zh)
    if reading.target.period is not None or reading.target.measure is not Measure.TIME:
        return NOTHING, Name(f"It was used up at {broken}.", f"额度曾于 {broken} 用尽。") if broken else NOTHING
    if broken:
        return Name(f", late: it was due {broken}", f"，已超时：应于 {broken} 前完成"), Name(
            "The promise was broken.", "该承诺未能履行。"
        )
    return NOTHING, Name("The promise was kept.", "该承诺已按时履行。") if reading.state is State.MET else NOTHING


_LINKS = (("explain_url", Name("See", "查看")), ("ticket_url", Name("Ticket", "工单")))


def _lines(*lines: str) -> str:
    return "\n".join(line for line in lines if line)
