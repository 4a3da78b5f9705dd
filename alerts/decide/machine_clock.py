"""Say that this machine's clock jumped, that pages go out by a time nobody has borne out, and what was withdrawn.

Pure. There are two alerts of the program itself. TierwatchClockJumped fires at once and as long as the clock is not
trusted; TierwatchClockUnproven fires while pages go out all the same. Both end with the witness, or the clock's return.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from alerts.wording import endings, length, links, local
from monitor.alert import Alert, Reason, Settings
from monitor.machine import PATIENCE, MachineClock, Trust, Witness
from monitor.model import Name

JUMPED = "TierwatchClockJumped"
UNPROVEN = "TierwatchClockUnproven"

MARK = "clock"
"""The annotation that a page carries which goes out by an unproven time."""

_RUNBOOK = "docs/runbook.md#"
_STATE = "clock_state"
_CLOCK = Name("tierwatch: this machine's clock", "tierwatch：本机时钟")


def decide(clock: MachineClock, previous: Sequence[Alert], settings: Settings, now: datetime) -> tuple[Alert, ...]:
    """The alerts that changed. Deciding again on the result gives nothing."""
    return tuple(_changes(clock, previous, settings, now))


def _changes(clock: MachineClock, previous: Sequence[Alert], settings: Settings, now: datetime) -> Iterator[Alert]:
    wanted = {JUMPED: not clock.trusted, UNPROVEN: clock.trust is Trust.UNPROVEN}
    for name, fires in wanted.items():
        labels = {"alertname": name, "instance": settings.instance, "severity": "critical"}
        stored = next((alert for alert in previous if alert.labels == labels), None)
        if fires:
            yield from _fires(labels, stored, clock, settings, now)
        elif stored is not None and stored.firing:
            over = replace(stored, starts_at=min(stored.starts_at, now))
            why = _WITNESSES[clock.witness or Witness.RETURNED]
            yield endings.end(over, now, Reason.CLOCK_TRUSTED, _CLOCK, settings, Name(f": {why.en}", f"：{why.zh}"))


def _fires(
    labels: Mapping[str, str], stored: Alert | None, clock: MachineClock, settings: Settings, now: datetime
) -> Iterator[Alert]:
    state = f"{clock.trust}/{clock.jump}"
    goes_on = stored is not None and stored.firing
    if stored is not None and goes_on and stored.annotations.get(_STATE) == state:
        return
    if not goes_on:
        reason = Reason.FIRST if stored is None else Reason.REOPENED
    else:
        reason = Reason.REWORDED if clock.trust is Trust.UNPROVEN else Reason.WORSENED
    starts_at = stored.starts_at if stored is not None and goes_on else now
    words = _jumped(clock, settings, now) if labels["alertname"] == JUMPED else _unproven(clock, settings, now)
    words |= {_STATE: state, "explain_url": links.home(settings.page_url)}
    words["runbook_url"] = _RUNBOOK + labels["alertname"].lower()
    said = {name: text for name, text in words.items() if text}
    yield Alert(labels, said, starts_at, link=links.home(settings.page_url)).because(reason)


def _jumped(clock: MachineClock, settings: Settings, now: datetime) -> dict[str, str]:
    size = _size(clock)
    until = local(now + PATIENCE, settings.zone)
    does = {
        Trust.CONTRADICTED: Name(
            "most sources and receivers state the time from before; tierwatch goes by that one",
            "多数数据源和接收方的时间与跳变前一致，tierwatch 以其为准",
        ),
        Trust.UNPROVEN: Name(
            "nobody has borne the new time out; pages go out and say so", "新时间未获证实，告警照常发出并注明"
        ),
    }.get(
        clock.trust,
        Name(
            f"what only the new time asks for is held until {until} at the latest",
            f"仅由新时间引起的告警最迟暂缓至 {until}",
        ),
    )
    return {
        "summary": f"tierwatch: this machine's clock jumped {size.en}; {does.en}",
        "summary_zh": f"tierwatch：本机时钟{size.zh}；{does.zh}",
        "description": (
            "Sources are read, and what was decided before is delivered. The clocks of sources and receivers bear the"
            " new time out by themselves.\nDo: compare this machine's clock with another one. If it is right, run"
            " `tierwatch clock accept` on this machine. If it is wrong, set it right: what was told by it is withdrawn."
        ),
        "description_zh": (
            "数据源照常读取，此前决定的告警照常发送。数据源或接收方的时间、或本机休眠记录可自动证实新时间。\n"
            "处理：与其他时钟比对。若新时间正确，在本机运行 `tierwatch clock accept`；"
            "若错误，请校正，据此发出的告警将被撤回。"
        ),
    }  # fmt: skip


def _unproven(clock: MachineClock, settings: Settings, now: datetime) -> dict[str, str]:
    size, since = _size(clock), local(now, settings.zone)
    return {
        "summary": (
            f"tierwatch: pages go out by an unproven clock since {since}; this machine's clock had jumped {size.en}"
        ),
        "summary_zh": f"tierwatch：自 {since} 起告警按未经证实的时钟发出；本机时钟曾{size.zh}",
        "description": (
            "No source, receiver or person has borne the new time out within 5 minutes. Each page says"
            ' "clock unproven": check its deadline by another clock.'
            " tierwatch goes by the later of both times, so that nothing is told too late."
            "\nDo: set this machine's clock right, or run `tierwatch clock accept` on it."
        ),
        "description_zh": (
            "5 分钟内没有数据源、接收方或人员证实新时间。每条告警均注明“时钟未经证实”，请用其他时钟核对到期时间。"
            "tierwatch 以两个时间中较晚者为准，以免漏报。\n处理：校正本机时钟，或在本机运行 `tierwatch clock accept`。"
        ),
    }  # fmt: skip


_WITNESSES = {
    Witness.BOOT_TIME: Name("the machine had slept", "本机曾休眠"),
    Witness.PEERS: Name("sources and receivers state the same time", "数据源和接收方的时间与之一致"),
    Witness.OPERATOR: Name("an operator accepted the new time", "值班人员已确认新时间"),
    Witness.RETURNED: Name(
        "it shows the time again that it showed before its jump; what was told by the wrong time is withdrawn",
        "时钟已恢复到跳变前的时间；据错误时间发出的告警已撤回",
    ),
}


def _size(clock: MachineClock) -> Name:
    exact = 1 if abs(clock.size) < timedelta(minutes=5) else 60
    long = length(timedelta(seconds=round(abs(clock.size).total_seconds() / exact) * exact))
    if clock.size.total_seconds() > 0:
        return Name(f"forward by {long.en}", f"向前跳变 {long.zh}")
    return Name(f"back by {long.en}", f"向后跳变 {long.zh}")


def marked(alert: Alert) -> Alert:
    """A page that goes out by a time nobody has borne out says so; ends, and words of the program's own, do not."""
    if not alert.firing or (alert.subject is None and not alert.cause_key):
        return alert
    said = dict(alert.annotations)
    said[MARK] = "unproven"
    for name, text in (("summary", "[clock unproven] "), ("summary_zh", "【时钟未经证实】")):
        if said.get(name):
            said[name] = text + said[name]
    for name, text in (
        (
            "description",
            "This machine's clock jumped, and nobody bore its time out: check the deadline by another.",
        ),
        ("description_zh", "本机时钟发生跳变且未经证实：请用其他时钟核对到期时间。"),
    ):
        said[name] = f"{text}\n{said[name]}" if said.get(name) else text
    return replace(alert, annotations=said)


def withdrawn(alert: Alert, now: datetime, settings: Settings) -> Alert:
    """The end of an alert that began at an instant still ahead: the clock by which it was told was wrong.

    Any other alert is given back as it is.
    """
    if alert.firing or alert.reason is not Reason.WITHDRAWN or alert.starts_at <= now:
        return alert
    wrong = local(alert.starts_at, settings.zone)
    english = f"withdrawn: this machine's clock was wrong; {wrong}, when this was to begin, is still ahead"
    chinese = f"已撤回：本机时钟曾有误，本告警的起始时间 {wrong} 尚未到来"
    head, head_zh = alert.labels.get("sla_target", ""), alert.subject.subject if alert.subject else ""
    name = f"{head_zh} {head}".strip()
    words = {
        "summary": f"{name}: {english}" if name else english,
        "summary_zh": f"{name}：{chinese}" if name else chinese,
        "description": english.capitalize() + ". The promise is judged anew by the right time.",
        "description_zh": chinese + "。承诺按正确时间重新判断。",
    }
    return replace(alert, starts_at=now, resolved_at=now, annotations={**alert.annotations, **words})
