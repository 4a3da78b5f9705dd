"""Arrange what was told of a subject's clocks for the page: each alert with its answers, and what was told to nobody.

Pure. Takes the values of `monitor/explain/subject.py` that speak of alerts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exporters.web import wording
from exporters.web.written import both, local
from monitor.explain import call_sentences, sentences
from monitor.model import Name


@dataclass(frozen=True, slots=True)
class Taken:
    """Somebody said that he is at it: when, who, how, and what he added."""

    at: str
    author: str
    via: Name
    note: str


@dataclass(frozen=True, slots=True)
class Told:
    """One alert: since when, until when and why, who is at it, and how each channel answered."""

    what: str
    stage: Name
    state: str
    starts_at: str
    resolved_at: str
    reasons: Sequence[tuple[str, Name]]
    acknowledged: Sequence[Taken]
    answers: Sequence[tuple[str, Name]]


@dataclass(frozen=True, slots=True)
class Untold:
    """A stage that was reached and sent to nobody, and why."""

    what: str
    stage: Name
    at: str
    why: Name


def stage_name(stage: str) -> Name:
    text = f"{stage} %" if stage.isascii() and stage.isdigit() else stage
    return wording.STAGES.get(stage, Name(text, text))


def alert_told(alert: Mapping[str, Any], zone: str) -> Told:
    return Told(
        what=f"{alert['target']} #{alert.get('cycle', 1)}" if alert.get("target") else "",
        stage=stage_name(alert["stage"]),
        state=alert["state"],
        starts_at=local(alert["starts_at"], zone),
        resolved_at=local(alert["resolved_at"], zone),
        reasons=tuple(_reasons(alert, zone)),
        acknowledged=tuple(_taken(one, zone) for one in alert.get("acknowledged", ())),
        answers=[
            *((call["team"], _called(call, zone)) for call in alert.get("called", ())),
            *((each["channel"], sentences.answer(each, zone)) for each in alert["deliveries"]),
            *((each["channel"], _withheld(each, zone)) for each in alert.get("withheld", ())),
        ],
    )


def _reasons(alert: Mapping[str, Any], zone: str) -> Iterator[tuple[str, Name]]:
    """Each change with its instant where the history is told, else the last one alone; without acknowledgements."""
    for change, taken in sentences.changes(alert):
        if taken is None:
            yield local(change["at"], zone), wording.reason(change["reason"])
    if not alert.get("changes"):
        yield "", wording.reason(alert["reason"])


def _taken(one: Mapping[str, Any], zone: str) -> Taken:
    return Taken(local(one["at"], zone), one["author"], sentences.way(one["via"]), one["note"])


def _called(call: Mapping[str, Any], zone: str) -> Name:
    said, at = call_sentences.called(call), local(call["at"], zone)
    return Name(f"{at} {said.en}", f"{at} {said.zh}")


def _withheld(decision: Mapping[str, Any], zone: str) -> Name:
    why, at = sentences.withheld(decision), local(decision["at"], zone)
    return Name(f"{at} {why.en}", f"{at} {why.zh}")


def stage_untold(one: Mapping[str, Any], zone: str) -> Untold:
    return Untold(
        what=f"{one['target']} #{one['cycle']}",
        stage=stage_name(one["stage"]),
        at=local(one["at"], zone),
        why=both(one["sentence"]),
    )
