"""Explain one subject's clocks: the very intervals that the engine used, with what each one counted and left.

Pure. `explain` is the only form; the command line and the page print it, so that both always say the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from monitor.alert import RECORDED_ONLY
from monitor.clock import Reading, Rulebook, Subject, engine, line
from monitor.explain import sentences
from monitor.explain.clock import Story, amounts, explained, said_as, seconds, text
from monitor.explain.terminal import as_lines
from monitor.history import Doubt, Event, History, interpret
from monitor.model import CorrectionKind
from monitor.policy import AT_RISK_STAGE, BREACHED_STAGE

__all__ = ["as_lines", "explain", "seconds", "text", "untold"]


def explain(events: Sequence[Event], rules: Rulebook, now: datetime, target: str | None = None) -> dict[str, Any]:
    """Everything that can be said of one subject at *now*; *events* are all its events, in any order."""
    outcome = engine.advance(events, (), rules, now)
    known = [event for event in events if event.at <= now]
    history = interpret(known, rules.mapping(events[0].source), rules.words)
    readings = [reading for reading in outcome.readings if target in (None, reading.target.name)]
    story = Story(rules, history, outcome.subject.kind, now, {event.event_id: event for event in known})
    return {
        "at": text(now),
        **_subject(outcome.subject),
        "policy": rules.policy.label,
        "clocks": [explained(reading, story) for reading in readings],
        "events": len(known),
        "corrections": list(_corrections(known, history, readings)),
        "before_corrections": list(_before_corrections(known, readings, rules, now, target)),
        "doubts": [_doubt(doubt) for doubt in outcome.doubts],
        "unread": [_unread(doubt, outcome.subject, rules) for doubt in outcome.unread],
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


def _corrections(events: Iterable[Event], history: History, readings: Sequence[Reading]) -> Iterator[dict[str, Any]]:
    """What was said afterwards of the past, by whom and why, oldest first."""
    zone = next((one.calendar.calendar.zone for one in readings if one.calendar is not None), "UTC")
    made = {event.event_id: event.at for event in events}
    revoked = {said.revokes for _, said in history.corrections if said.kind is CorrectionKind.REVOKE}
    for event_id, said in history.corrections:
        yield {
            "event": event_id,
            "at": text(made.get(event_id)),
            "kind": said.kind.value,
            "author": said.author,
            "reason": said.reason,
            "target": said.target,
            "from": text(said.start),
            "to": text(said.end),
            "revokes": said.revokes,
            "revoked": event_id in revoked and said.kind is not CorrectionKind.REVOKE,
            "sentence": said_as(sentences.correction(said, zone)),
        }


def _before_corrections(
    events: Sequence[Event], readings: Sequence[Reading], rules: Rulebook, now: datetime, target: str | None
) -> Iterator[dict[str, Any]]:
    """Each clock that the corrections changed, as it stands without them; None where there is none without or with."""
    plain = [event for event in events if event.correction is None]
    if len(plain) == len(events) or not plain:
        return
    before = {(one.target.name, one.cycle): one for one in engine.advance(plain, (), rules, now).readings}
    after = {(one.target.name, one.cycle): one for one in readings}
    for key in [*before, *(key for key in after if key not in before)]:
        if target not in (None, key[0]):
            continue
        was, stands = (_stand(found.get(key)) for found in (before, after))
        if was != stands:
            yield {"target": key[0], "cycle": key[1], "before": was, "now": stands}


def _stand(reading: Reading | None) -> dict[str, Any] | None:
    if reading is None:
        return None
    counted = {name: value for name, value in amounts(reading).items() if name in ("counted", "counted_seconds")}
    return {"state": reading.state.value, "breached_at": text(reading.breached_at), **counted}


def untold(said: Mapping[str, Any], alerts: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Each stage that was reached and sent to nobody, and why; *alerts* are those on record for the subject."""
    known = {(alert.get("target"), alert.get("cycle"), alert["stage"]): str(alert["reason"]) for alert in alerts}
    for clock in said["clocks"]:
        for stage, at in _reached(clock):
            word = known.get((clock["target"], clock["cycle"], stage))
            if word is not None and word not in RECORDED_ONLY:
                continue
            if word is None and stage not in clock["paging"]:
                word = "shown_only" if stage == AT_RISK_STAGE else "nobody"
            word = word or "not_recorded"
            yield {
                "target": clock["target"],
                "cycle": clock["cycle"],
                "stage": stage,
                "at": at,
                "why": word,
                "sentence": said_as(sentences.untold(word)),
            }


def _reached(clock: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The stages that were reached and when, each as it was reached last, in order of time."""
    found = {one["stage"]: one["at"] for one in clock["stages"]}
    if clock["breached_at"]:
        found[BREACHED_STAGE] = clock["breached_at"]
    yield from sorted(found.items(), key=lambda item: item[1])


def _unread(doubt: Doubt, subject: Subject, rules: Rulebook) -> dict[str, str]:
    """A word that a promise depends on, with the mapping to write."""
    return {**_doubt(doubt), "mapping": line(subject.key.source, doubt.what, doubt.value, rules, subject.kind)}


def _doubt(doubt: Doubt) -> dict[str, str]:
    return {"event": doubt.event_id, "what": doubt.what, "value": doubt.value}
