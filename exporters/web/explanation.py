"""Arrange an explanation as a sum that a person can redo on paper.

Pure. Takes the very values of `monitor/explain/subject.py`, adds no judgement of its own: each interval with what it
counted and left, in the local time of the calendar's zone with its offset from UTC.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exporters.web import wording
from exporters.web.told import Told, Untold, alert_told, stage_name, stage_untold
from exporters.web.written import both, instant, local
from monitor.clock import not_understood
from monitor.explain import sentences, untold
from monitor.history import TIME
from monitor.messages import text
from monitor.model import CircuitState, Name, State


@dataclass(frozen=True, slots=True)
class Line:
    """One interval: from when to when the clock did what, because of which event, and what that used up.

    `stretches` are what counted of which days; `changes` are other terms that came within it.
    """

    start: str
    end: str
    life: str
    name: Name
    reason: Name | None
    status: Name
    because: str
    elapsed: str
    counted: str
    left: str
    partly: bool
    stretches: Sequence[tuple[str, Name]]
    changes: Sequence[tuple[str, Name, str]]


@dataclass(frozen=True, slots=True)
class Moved:
    """A deadline: since when it held, by how much it had moved, and because of what."""

    since: str
    deadline: str
    by: str
    why: Name
    because: str


@dataclass(frozen=True, slots=True)
class Sum:
    """One cycle of one clock: the promise, the intervals, the sum and what follows from it."""

    title: Name
    target: str
    cycle: int
    state: State
    verdict: Name
    notes: Sequence[Name]
    facts: Sequence[tuple[Name, str]]
    promise: Name
    lines: Sequence[Line]
    addends: Sequence[str]
    counted: str
    budget: str
    left: str
    amount: Name | None
    stages: Sequence[tuple[Name, str]]
    deadlines: Sequence[Moved]
    legs: Sequence[Name]
    missed_periods: int


@dataclass(frozen=True, slots=True)
class Corrected:
    """What somebody said afterwards of the past."""

    at: str
    author: str
    reason: str
    what: Name
    event: str
    revoked: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """The whole page of one subject."""

    subject: str
    source: str
    kind: str
    status: str
    policy: str
    at: str
    url: str
    attributes: Sequence[tuple[Name, str]]
    circuit: tuple[CircuitState, str] | None
    sums: Sequence[Sum]
    told: Sequence[Told]
    untold: Sequence[Untold]
    corrections: Sequence[Corrected]
    before: Sequence[Name]
    doubts: Sequence[Name]
    unread: Sequence[tuple[Name, str]]
    """What a promise depends on and nobody understands, with the mapping to write."""
    events: int


ATTRIBUTES: Mapping[str, Name] = {
    "title": Name("Title", "标题"),
    "customer": Name("Customer", "客户"),
    "circuit": Name("Circuit", "电路"),
    "team": Name("Team", "责任班组"),
    "tier": Name("Tier", "客户服务等级"),
    "assurance": Name("Assurance", "业务保障等级"),
    "urgency": Name("Urgency", "紧急程度"),
    "scope": Name("Scope", "范围"),
    "process": Name("Process", "流程"),
}


def arrange(said: Mapping[str, Any]) -> Explanation:
    """The page's values from the explanation's."""
    clocks = said["clocks"]
    zone = clocks[0]["calendar"]["zone"] if clocks else "UTC"
    attributes = said["attributes"]
    circuit = None
    if "circuit_state" in said:
        circuit = (CircuitState(said["circuit_state"]), local(said["since"], zone))
    return Explanation(
        subject=said["subject"],
        source=said["source"],
        kind=said["kind"],
        status=said["status"] or "",
        policy=said["policy"],
        at=local(said["at"], zone),
        url=wording.web_url(attributes.get("url", "")),
        attributes=[(name, attributes[key]) for key, name in ATTRIBUTES.items() if attributes.get(key)],
        circuit=circuit,
        sums=[_sum(clock) for clock in reversed(clocks)],
        told=[alert_told(alert, zone) for alert in said.get("alerts", ())],
        untold=[stage_untold(one, zone) for one in untold(said, said.get("alerts", ()))],
        corrections=[_corrected(one, zone) for one in said.get("corrections", ())],
        before=[_before(one, zone) for one in said.get("before_corrections", ())],
        doubts=[_doubt(doubt) for doubt in said["doubts"]],
        unread=[_unread(one) for one in said.get("unread", ())],
        events=said["events"],
    )


def _sum(clock: Mapping[str, Any]) -> Sum:
    zone = clock["calendar"]["zone"]
    lines = tuple(_lines(clock, zone))
    return Sum(
        title=both(clock["title"]),
        target=clock["target"],
        cycle=clock["cycle"],
        state=State(clock["state"]),
        verdict=_verdict(clock, zone),
        notes=[both(note) for note in clock["notes"]],
        facts=tuple(_facts(clock, zone)),
        promise=both(clock["promise"]),
        lines=lines,
        addends=[line.counted for line in lines if line.life == "running"],
        counted=_amount(clock, "counted"),
        budget=_amount(clock, "budget"),
        left=_amount(clock, "remaining"),
        amount=both(clock["amount"]) if "amount" in clock else None,
        stages=[(stage_name(each["stage"]), local(each["at"], zone)) for each in _by_time(clock["stages"])],
        deadlines=tuple(_moved(one, zone) for one in clock["deadlines"]),
        legs=[both(leg["sentence"]) for leg in clock["legs"]],
        missed_periods=clock["missed_periods"],
    )


def _amount(said: Mapping[str, Any], name: str) -> str:
    """A length, or how often where it is times that are counted."""
    return wording.exact(said[f"{name}_seconds"]) if f"{name}_seconds" in said else str(said[name])


def _by_time(stages: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(stages, key=lambda each: instant(each["at"]))


def _lines(clock: Mapping[str, Any], zone: str) -> Iterator[Line]:
    changes = list(clock["changes"])
    for number, part in enumerate(clock["intervals"], 1):
        last = number == len(clock["intervals"])
        mine = [one for one in changes if last or one["at"] < part["to"]]
        changes = changes[len(mine) :]
        elapsed = (instant(part["to"]) - instant(part["from"])).total_seconds()
        yield Line(
            start=local(part["from"], zone),
            end=local(part["to"], zone),
            life=part["what"],
            name=both(part["name"]),
            reason=None if part["reason_name"] is None else both(part["reason_name"]),
            status=both(part["cause"]),
            because=part["because"],
            elapsed=wording.exact(elapsed),
            counted=_amount(part, "counted"),
            left=_amount(part, "left"),
            partly=part["what"] == "running" and "counted_seconds" in part and part["counted_seconds"] < elapsed,
            stretches=[(sentences.span(one, zone), sentences.stretch(one)) for one in part.get("stretches", ())],
            changes=[(local(one["at"], zone), sentences.change(one), one["because"]) for one in mine],
        )


def _moved(one: Mapping[str, Any], zone: str) -> Moved:
    by = one["moved_by_seconds"]
    return Moved(
        since=local(one["from"], zone),
        deadline=local(one["deadline"], zone),
        by="" if by is None else f"{'+' if by >= 0 else ''}{wording.exact(by)}",
        why=sentences.MOVED[one["what"]],
        because=one["because"],
    )


def _facts(clock: Mapping[str, Any], zone: str) -> Iterator[tuple[Name, str]]:
    calendar = clock["calendar"]
    yield Name("Tier · assurance", "等级 · 保障"), f"{clock['tier']} · {clock['assurance']}"
    yield Name("Started", "开始"), local(clock["started_at"], zone)
    yield Name("Deadline", "时限"), local(clock["deadline"], zone)
    if clock["breached_at"]:
        yield Name("Breached", "超时时刻"), local(clock["breached_at"], zone)
    if clock["stopped_at"]:
        yield Name("Stopped", "停止"), local(clock["stopped_at"], zone)
    if clock["period"]:
        yield Name("Period", "周期"), f"{local(clock['period']['from'], zone)} – {local(clock['period']['to'], zone)}"
    yield Name("Policy", "策略版本"), clock["policy_version"]
    yield Name("Calendar", "日历"), f"{calendar['name']}, version {calendar['version']}, {calendar['zone']}"
    yield Name("Hours", "计时时段"), clock["hours"]
    yield Name("Source of the figure", "指标出处"), clock["budget_source"] or "–"
    if clock["when"]:
        row = ", ".join(f"{name} {' / '.join(values)}" for name, values in clock["when"].items())
        yield Name("Row of the policy", "适用条件"), row


def _verdict(clock: Mapping[str, Any], zone: str) -> Name:
    if "amount" in clock:
        return _verdict_of_times(clock, zone)
    left, deadline = wording.exact(abs(clock["remaining_seconds"])), local(clock["deadline"], zone)
    match State(clock["state"]):
        case State.BREACHED:
            return Name(
                f"The budget was used up at {local(clock['breached_at'], zone)}; {left} have counted since then.",
                f"时限已于 {local(clock['breached_at'], zone)} 用尽，此后又计 {left}。",
            )
        case State.PAUSED:
            return Name(
                f"While it is paused it has no deadline; {left} are left for when it goes on.",
                f"挂起期间没有截止时刻，恢复计时后尚余 {left}。",
            )
        case State.MET:
            return Name(
                f"It stopped at {local(clock['stopped_at'], zone)}, in time, with {left} left.",
                f"已于 {local(clock['stopped_at'], zone)} 按时停止，尚余 {left}。",
            )
        case State.CANCELLED:
            return Name("It was cancelled: nothing is owed.", "已取消，不再计时。")
        case _ if clock["deadline"] is None:
            return Name(f"Of this period's allowance {left} are left.", f"本周期尚余 {left}。")
        case _:
            return Name(f"If it goes on running it is late after {deadline}.", f"若持续计时，{deadline} 之后即为超时。")


def _verdict_of_times(clock: Mapping[str, Any], zone: str) -> Name:
    amount = both(clock["amount"])
    if clock["breached_at"]:
        at = local(clock["breached_at"], zone)
        return Name(f"{amount.en}: broken at {at}.", f"{amount.zh}；已于 {at} 违约。")
    return Name(f"{amount.en}.", f"{amount.zh}。")


def _corrected(one: Mapping[str, Any], zone: str) -> Corrected:
    return Corrected(
        at=local(one["at"], zone),
        author=one["author"],
        reason=one["reason"],
        what=both(one["sentence"]),
        event=one["event"],
        revoked=one["revoked"],
    )


def _before(one: Mapping[str, Any], zone: str) -> Name:
    was, now = (_stand(one[name], zone) for name in ("before", "now"))
    what = f"{one['target']} #{one['cycle']}"
    return Name(f"{what} before the corrections: {was.en}; now: {now.en}", f"{what} 更正前：{was.zh}；现为：{now.zh}")


def _stand(reading: Mapping[str, Any] | None, zone: str) -> Name:
    if reading is None:
        return Name("no clock", "无时钟")
    state, counted = wording.STATES[State(reading["state"])], _amount(reading, "counted")
    at = f" {local(reading['breached_at'], zone)}" if reading["breached_at"] else ""
    return Name(f"{state.en.lower()}{at}, {counted} counted", f"{state.zh}{at}，计 {counted}")


def _unread(one: Mapping[str, str]) -> tuple[Name, str]:
    what, value = one["what"], one["value"]
    said = Name(
        f"The {what} {value!r} is not understood: what was promised for it is not watched.",
        f"{what} {value!r} 无法识别，相关承诺未被监控。",
    )
    return said, one["mapping"]


def _doubt(doubt: Mapping[str, str]) -> Name:
    what, value, event = doubt["what"], doubt["value"], doubt["event"]
    if what == TIME:
        said = Name(*(text(not_understood.sentence(what, value), code) for code in ("en", "zh")))
        return Name(
            f"It is not known {said.en} (event {event}); the first counts.",
            f"事件 {event}：无法确定{said.zh}，按前者计。",
        )
    effect, chinese = "it was left unsaid", "该属性未采用"
    if what in ("status", "reason"):
        effect, chinese = "it paused nothing and stopped nothing", "既不挂起也不停止时钟"
    return Name(
        f"The {what} {value!r} of event {event} is not known to the mapping; {effect}.",
        f"事件 {event} 的 {what} {value!r} 不在映射中，{chinese}。",
    )
