"""Explain one subject's clocks: the very intervals that the engine used, with what each one counted and left.

Pure. `as_json` is the only form; the command line and the page print it, so that both always say the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from monitor import engine
from monitor.clock import Reading
from monitor.engine import Rulebook, Subject
from monitor.events import Event
from monitor.mapping import Doubt
from monitor.model import Name


def explain(events: Sequence[Event], rules: Rulebook, now: datetime, target: str | None = None) -> dict[str, Any]:
    """Everything that can be said of one subject at *now*; *events* are all its events, in any order."""
    outcome = engine.advance(events, (), rules, now)
    titles = {rule.name: rule.title for rule in rules.policy.targets}
    readings = [reading for reading in outcome.readings if target in (None, reading.target.name)]
    return {
        "at": _time(now),
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
        said |= {"circuit_state": subject.circuit_state.value, "since": _time(subject.since)}
    return said


def _clock(reading: Reading, title: Name, rules: Rulebook) -> dict[str, Any]:
    left = reading.target.budget
    lines: list[dict[str, Any]] = []
    for part in reading.intervals:
        left -= part.counted
        lines.append(
            {
                "from": _time(part.start),
                "to": _time(part.end),
                "life": part.life.value,
                "status": part.status,
                "because": part.because,
                "counted_seconds": _seconds(part.counted),
                "left_seconds": _seconds(left),
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
        "budget_seconds": _seconds(reading.target.budget),
        "budget_source": reading.target.figure,
        "counted_seconds": _seconds(reading.counted),
        "remaining_seconds": _seconds(reading.remaining),
        "missed_periods": reading.missed_periods,
        "started_at": _time(reading.started_at),
        "deadline": _time(reading.deadline),
        "breached_at": _time(reading.breached_at),
        "stopped_at": _time(reading.stopped_at),
        "next_at": _time(reading.next_at),
        "policy_version": reading.target.policy_version,
        "calendar": {"name": calendar.name, "version": calendar.version, "zone": calendar.zone},
        "stages": [{"stage": crossing.stage, "at": _time(crossing.at)} for crossing in reading.crossings],
        "intervals": lines,
    }


def _doubt(doubt: Doubt) -> dict[str, str]:
    return {"event": doubt.event_id, "what": doubt.what, "value": doubt.value}


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")


def _seconds(length: timedelta) -> float | int:
    seconds = length.total_seconds()
    return int(seconds) if seconds.is_integer() else seconds
