"""Arrange an explanation as a sum that a person can redo on paper.

Pure. Takes the very values of `monitor/explain.py`, adds no judgement of its own: each interval with what it counted
and left, in the local time of the calendar's zone with its offset from UTC.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from exporters.web import wording
from monitor.model import CircuitState, Name, State


@dataclass(frozen=True, slots=True)
class Line:
    """One interval: from when to when the clock did what, because of which event, and what that used up."""

    start: str
    end: str
    life: str
    name: Name
    status: str
    because: str
    elapsed: str
    counted: str
    left: str
    partly: bool


@dataclass(frozen=True, slots=True)
class Sum:
    """One cycle of one clock: the promise, the intervals, the sum and what follows from it."""

    title: Name
    target: str
    cycle: int
    state: State
    verdict: Name
    facts: Sequence[tuple[Name, str]]
    lines: Sequence[Line]
    addends: Sequence[str]
    counted: str
    budget: str
    left: str
    stages: Sequence[tuple[Name, str]]
    missed_periods: int


@dataclass(frozen=True, slots=True)
class Told:
    """One alert: since when, until when and why, and how each channel answered."""

    what: str
    stage: Name
    state: str
    starts_at: str
    resolved_at: str
    reasons: Sequence[tuple[str, Name]]
    answers: Sequence[tuple[str, Name]]


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
    doubts: Sequence[Name]
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
        circuit = (CircuitState(said["circuit_state"]), _local(said["since"], zone))
    return Explanation(
        subject=said["subject"],
        source=said["source"],
        kind=said["kind"],
        status=said["status"] or "",
        policy=said["policy"],
        at=_local(said["at"], zone),
        url=wording.web_url(attributes.get("url", "")),
        attributes=[(name, attributes[key]) for key, name in ATTRIBUTES.items() if attributes.get(key)],
        circuit=circuit,
        sums=[_sum(clock) for clock in reversed(clocks)],
        told=[_told(alert, zone) for alert in said.get("alerts", ())],
        doubts=[_doubt(doubt) for doubt in said["doubts"]],
        events=said["events"],
    )


def _sum(clock: Mapping[str, Any]) -> Sum:
    zone = clock["calendar"]["zone"]
    lines = tuple(_lines(clock["intervals"], zone))
    return Sum(
        title=Name(clock["title"]["en"], clock["title"]["zh"]),
        target=clock["target"],
        cycle=clock["cycle"],
        state=State(clock["state"]),
        verdict=_verdict(clock, zone),
        facts=tuple(_facts(clock, zone)),
        lines=lines,
        addends=[line.counted for line in lines if line.life == "running"],
        counted=wording.exact(clock["counted_seconds"]),
        budget=wording.exact(clock["budget_seconds"]),
        left=wording.exact(clock["remaining_seconds"]),
        stages=[(_stage(each["stage"]), _local(each["at"], zone)) for each in _by_time(clock["stages"])],
        missed_periods=clock["missed_periods"],
    )


def _by_time(stages: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(stages, key=lambda each: _instant(each["at"]))


def _lines(intervals: Sequence[Mapping[str, Any]], zone: str) -> Iterator[Line]:
    for part in intervals:
        elapsed = (_instant(part["to"]) - _instant(part["from"])).total_seconds()
        yield Line(
            start=_local(part["from"], zone),
            end=_local(part["to"], zone),
            life=part["life"],
            name=wording.LIVES.get(part["life"], Name(part["life"], part["life"])),
            status=part["status"] or "",
            because=part["because"],
            elapsed=wording.exact(elapsed),
            counted=wording.exact(part["counted_seconds"]),
            left=wording.exact(part["left_seconds"]),
            partly=part["life"] == "running" and part["counted_seconds"] < elapsed,
        )


def _facts(clock: Mapping[str, Any], zone: str) -> Iterator[tuple[Name, str]]:
    calendar = clock["calendar"]
    yield Name("Tier · assurance", "等级 · 保障"), f"{clock['tier']} · {clock['assurance']}"
    yield Name("Started", "开始"), _local(clock["started_at"], zone)
    yield Name("Deadline", "时限"), _local(clock["deadline"], zone)
    if clock["breached_at"]:
        yield Name("Breached", "超时时刻"), _local(clock["breached_at"], zone)
    if clock["stopped_at"]:
        yield Name("Stopped", "停止"), _local(clock["stopped_at"], zone)
    yield Name("Policy", "策略版本"), clock["policy_version"]
    yield Name("Calendar", "日历"), f"{calendar['name']}, version {calendar['version']}, {calendar['zone']}"
    yield Name("Source of the figure", "指标出处"), clock["budget_source"] or "–"


def _verdict(clock: Mapping[str, Any], zone: str) -> Name:
    left, deadline = wording.exact(abs(clock["remaining_seconds"])), _local(clock["deadline"], zone)
    match State(clock["state"]):
        case State.BREACHED:
            return Name(
                f"The budget was used up at {_local(clock['breached_at'], zone)}; {left} have counted since then.",
                f"时限已于 {_local(clock['breached_at'], zone)} 用尽，此后又计 {left}。",
            )
        case State.PAUSED:
            return Name(
                f"While it is paused it has no deadline; {left} are left for when it goes on.",
                f"挂起期间没有截止时刻，恢复计时后尚余 {left}。",
            )
        case State.MET:
            return Name(
                f"It stopped at {_local(clock['stopped_at'], zone)}, in time, with {left} left.",
                f"已于 {_local(clock['stopped_at'], zone)} 按时停止，尚余 {left}。",
            )
        case State.CANCELLED:
            return Name("It was cancelled: nothing is owed.", "已取消，不再计时。")
        case _:
            return Name(f"If it goes on running it is late after {deadline}.", f"若持续计时，{deadline} 之后即为超时。")


def _stage(stage: str) -> Name:
    text = f"{stage} %" if stage.isascii() and stage.isdigit() else stage
    return wording.STAGES.get(stage, Name(text, text))


def _told(alert: Mapping[str, Any], zone: str) -> Told:
    return Told(
        what=f"{alert['target']} #{alert.get('cycle', 1)}" if alert.get("target") else "",
        stage=_stage(alert["stage"]),
        state=alert["state"],
        starts_at=_local(alert["starts_at"], zone),
        resolved_at=_local(alert["resolved_at"], zone),
        reasons=tuple(_reasons(alert, zone)),
        answers=[(each["channel"], _answer(each, zone)) for each in alert["deliveries"]],
    )


def _reasons(alert: Mapping[str, Any], zone: str) -> Iterator[tuple[str, Name]]:
    """Each change with its instant where the history is told, else the last one alone."""
    for change in alert.get("changes", ()):
        yield _local(change["at"], zone), wording.reason(change["reason"])
    if not alert.get("changes"):
        yield "", wording.reason(alert["reason"])


def _answer(delivery: Mapping[str, Any], zone: str) -> Name:
    attempts, error = delivery["attempts"], delivery["error"]
    tried = "1 attempt" if attempts == 1 else f"{attempts} attempts"
    if delivery["accepted_at"]:
        at = _local(delivery["accepted_at"], zone)
        return Name(f"accepted at {at} ({tried})", f"已于 {at} 送达（{attempts} 次）")
    why = f": {error}" if error else ""
    return Name(f"not accepted yet, {tried}{why}", f"尚未送达，已试 {attempts} 次")


def _doubt(doubt: Mapping[str, str]) -> Name:
    what, value, event = doubt["what"], doubt["value"], doubt["event"]
    effect, chinese = "it was left unsaid", "该属性未采用"
    if what in ("status", "reason"):
        effect, chinese = "it paused nothing and stopped nothing", "既不挂起也不停止时钟"
    return Name(
        f"The {what} {value!r} of event {event} is not known to the mapping; {effect}.",
        f"事件 {event} 的 {what} {value!r} 不在映射中，{chinese}。",
    )


def _local(at: str | None, zone: str) -> str:
    return "–" if at is None else wording.local(_instant(at), zone)


def _instant(at: str) -> datetime:
    return datetime.fromisoformat(at).astimezone(UTC)
