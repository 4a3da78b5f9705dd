"""Explain one subject's clocks: the very intervals that the engine used, with what each one counted and left.

Pure. `as_json` is the only form; the command line and the page print it, so that both always say the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from monitor import engine
from monitor.engine import Rulebook, Subject
from monitor.events import Event
from monitor.mapping import Doubt
from monitor.model import Name
from monitor.reading import Reading


def explain(events: Sequence[Event], rules: Rulebook, now: datetime, target: str | None = None) -> dict[str, Any]:
    """Everything that can be said of one subject at *now*; *events* are all its events, in any order."""
    outcome = engine.advance(events, (), rules, now)
    titles = {rule.name: rule.title for rule in rules.policy.targets}
    readings = [reading for reading in outcome.readings if target in (None, reading.target.name)]
    return {
        "at": text(now),
        **_subject(outcome.subject),
        "policy": rules.policy.label,
        "clocks": [_clock(reading, titles[reading.target.name], rules) for reading in readings],
        "events": len([event for event in events if event.at <= now]),
        "doubts": [_doubt(doubt) for doubt in outcome.doubts],
    }


def _subject(subject: Subject) -> dict[str, Any]:
    said: dict[str, Any] = {
        "source": subject.key.source,
        "subject": subject.key.subject,
        "kind": subject.kind.value,
        "status": subject.status,
        "attributes": dict(subject.attributes),
    }
    if subject.circuit_state is not None:
        said |= {"circuit_state": subject.circuit_state.value, "since": text(subject.since)}
    return said


def _clock(reading: Reading, title: Name, rules: Rulebook) -> dict[str, Any]:
    left = reading.target.budget
    lines: list[dict[str, Any]] = []
    for part in reading.intervals:
        left -= part.counted
        lines.append(
            {
                "from": text(part.start),
                "to": text(part.end),
                "life": part.life.value,
                "status": part.status,
                "because": part.because,
                "counted_seconds": seconds(part.counted),
                "left_seconds": seconds(left),
            }
        )
    calendar = rules.working_times[reading.target.calendar].calendar
    return {
        "target": reading.target.name,
        "title": {"en": title.en, "zh": title.zh},
        "cycle": reading.cycle,
        "state": reading.state.value,
        "tier": reading.tier,
        "assurance": reading.assurance,
        "budget_seconds": seconds(reading.target.budget),
        "budget_source": reading.target.figure,
        "counted_seconds": seconds(reading.counted),
        "remaining_seconds": seconds(reading.remaining),
        "missed_periods": reading.missed_periods,
        "started_at": text(reading.started_at),
        "deadline": text(reading.deadline),
        "breached_at": text(reading.breached_at),
        "stopped_at": text(reading.stopped_at),
        "next_at": text(reading.next_at),
        "policy_version": reading.target.policy_version,
        "calendar": {"name": calendar.name, "version": calendar.version, "zone": calendar.zone},
        "stages": [{"stage": crossing.stage, "at": text(crossing.at)} for crossing in reading.crossings],
        "intervals": lines,
    }


def _doubt(doubt: Doubt) -> dict[str, str]:
    return {"event": doubt.event_id, "what": doubt.what, "value": doubt.value}


def text(at: datetime | None) -> str | None:
    """An instant as ISO 8601 in UTC."""
    return None if at is None else at.isoformat().replace("+00:00", "Z")


def seconds(length: timedelta) -> float | int:
    """A length in seconds, whole where it is whole."""
    amount = length.total_seconds()
    return int(amount) if amount.is_integer() else amount


def as_lines(said: dict[str, Any]) -> Iterator[str]:
    """The explanation as a person reads it in a terminal: a sum that can be done again on paper."""
    named = " ".join(f"{name}={value}" for name, value in said["attributes"].items())
    yield f"{said['kind']} {said['source']}/{said['subject']}  status {said['status'] or '-'}  {named}".rstrip()
    yield f"as of {said['at']}, policy {said['policy']}, {said['events']} events"
    if "circuit_state" in said:
        yield f"circuit is {said['circuit_state']} since {said['since'] or 'before anything was heard'}"
    for clock in said["clocks"]:
        yield ""
        yield from _clock_lines(clock)
    if not said["clocks"] and said["kind"] == "ticket":
        yield "no clock: the policy gives this ticket no target, or it was never in a phase in which one runs"
    for doubt in said["doubts"]:
        yield f"not understood: {doubt['what']} {doubt['value']!r} in event {doubt['event']}"


def _clock_lines(clock: dict[str, Any]) -> Iterator[str]:
    calendar, zone = clock["calendar"], ZoneInfo(clock["calendar"]["zone"])
    yield (
        f"{clock['target']} {clock['title']['zh']} cycle {clock['cycle']}: {clock['state'].upper()}"
        f"  (tier {clock['tier']}, assurance {clock['assurance']})"
    )
    yield (
        f"  budget {_hms(clock['budget_seconds'])} [{clock['budget_source']}] in calendar {calendar['name']}"
        f" v{calendar['version']} ({calendar['zone']}), policy {clock['policy_version']}"
    )
    for part in clock["intervals"]:
        yield (
            f"  {_local(part['from'], zone)} .. {_local(part['to'], zone)}  {part['life']:<9}"
            f" counted {_hms(part['counted_seconds']):>12}  left {_hms(part['left_seconds']):>12}"
            f"  because {part['status'] or 'the ticket was opened or changed'} ({part['because'][:16]})"
        )
    for stage in clock["stages"]:
        yield f"  {_local(stage['at'], zone)}  reached {stage['stage']}"
    if clock["missed_periods"]:
        yield f"  periods that went by without a feedback: {clock['missed_periods']}"
    for name in ("deadline", "breached_at", "stopped_at"):
        if clock[name]:
            yield f"  {name.replace('_', ' ')} {_local(clock[name], zone)}"
    yield f"  counted {_hms(clock['counted_seconds'])}, left {_hms(clock['remaining_seconds'])}"


def _local(at: str, zone: ZoneInfo) -> str:
    """Local time to the second, or to the millisecond where it is not a whole one, with the offset from UTC."""
    local = datetime.fromisoformat(at).astimezone(zone)
    return local.isoformat(sep=" ", timespec="milliseconds" if local.microsecond else "seconds")


def _hms(amount: float) -> str:
    sign, whole = ("-" if amount < 0 else ""), abs(amount)
    hours, rest = divmod(whole, 3600)
    minutes, rest = divmod(rest, 60)
    left = f"{rest:06.3f}" if rest % 1 else f"{int(rest):02}"
    return f"{sign}{int(hours)}:{int(minutes):02}:{left}"
