"""Explain one subject's clocks: the very intervals that the engine used, with what each one counted and left.

Pure. `explain` gives values; the page, the terminal and JSON make their text of them, so that all say the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from monitor.alert import RECORDED_ONLY
from monitor.clock import Outcome, Reading, Rulebook, Subject, engine, line, why_not
from monitor.explain.alert_record import AlertRecord
from monitor.explain.clock import SubjectRecord, amount, explain_clock
from monitor.explain.explanation import (
    ClockExplanation,
    ClockSummary,
    CorrectedClock,
    CorrectionExplanation,
    Explanation,
    Unread,
    UnsentStage,
)
from monitor.explain.guarded import guarded_terms
from monitor.history import Doubt, Event, History
from monitor.model import CircuitState, CorrectionKind, SubjectKind
from monitor.policy import AT_RISK_STAGE, BREACHED_STAGE


def explain(events: Sequence[Event], rules: Rulebook, now: datetime, target: str | None = None) -> Explanation:
    """Everything that can be said of one subject at *now*; *events* are all its events, in any order."""
    outcome = engine.advance(events, None, rules, now)
    known, history = [event for event in events if event.at <= now], outcome.history
    assert history is not None
    readings = [reading for reading in outcome.readings if target in (None, reading.target.name)]
    by_id = {event.event_id: event for event in known}
    record = SubjectRecord(rules, history, outcome.subject.kind, now, by_id)
    return Explanation(
        at=now,
        subject=outcome.subject,
        policy=rules.policy.label,
        clocks=[explain_clock(reading, record) for reading in readings],
        events=len(known),
        corrections=list(_corrections(by_id, history)),
        corrected=list(_corrected(known, readings, rules, now, target)),
        doubts=outcome.doubts,
        unread=[_unread(doubt, outcome.subject, rules) for doubt in outcome.unread],
        without_clock=[
            one
            for one in why_not(history, rules, outcome.subject, now, outcome.readings)
            if target in (None, one.rule.name)
        ],
        guarded=list(guarded_terms(history, rules, outcome.subject.kind, now, _ended(outcome))),
        names=record.names,
        deleted_before=None if history.baseline is None else history.baseline.at,
        states=[(fact.at, fact.phase) for fact in history.facts if isinstance(fact.phase, CircuitState)],
    )


def as_of(events: Sequence[Event], now: datetime) -> datetime:
    """The whole second of *now*, or the newest event in it: so an explanation adds up in whole seconds."""
    second = now.replace(microsecond=0)
    return max((event.at for event in events if second < event.at <= now), default=second)


def _ended(outcome: Outcome) -> datetime | None:
    """Since when every clock of a ticket or change is over; None while one goes on, and for a circuit."""
    if outcome.subject.kind is SubjectKind.CIRCUIT or any(one.open for one in outcome.readings):
        return None
    return max((one.stopped_at for one in outcome.readings if one.stopped_at is not None), default=None)


def with_alerts(explanation: Explanation, alerts: Sequence[AlertRecord]) -> Explanation:
    """The explanation with the alerts on record for the subject, and the stages that were sent to nobody."""
    return replace(explanation, alerts=alerts, unsent=list(_unsent(explanation.clocks, alerts)))


def _corrections(events: Mapping[str, Event], history: History) -> Iterator[CorrectionExplanation]:
    """The corrections of the past, oldest first."""
    revoked = {made.revokes for _, made in history.corrections if made.kind is CorrectionKind.REVOKE}
    for event_id, correction in history.corrections:
        event = events.get(event_id)
        taken_back = event_id in revoked and correction.kind is not CorrectionKind.REVOKE
        yield CorrectionExplanation(event_id, None if event is None else event.at, correction, taken_back)


def _corrected(
    events: Sequence[Event], readings: Sequence[Reading], rules: Rulebook, now: datetime, target: str | None
) -> Iterator[CorrectedClock]:
    """Each clock that the corrections changed, as it stands without them; None where there is none without or with."""
    plain = [event for event in events if event.correction is None]
    if len(plain) == len(events) or not plain:
        return
    before = {(one.target.name, one.cycle): one for one in engine.advance(plain, None, rules, now).readings}
    after = {(one.target.name, one.cycle): one for one in readings}
    for key in [*before, *(key for key in after if key not in before)]:
        if target not in (None, key[0]):
            continue
        was, stands = (_summary(found.get(key)) for found in (before, after))
        if was != stands:
            yield CorrectedClock(*key, was, stands)


def _summary(reading: Reading | None) -> ClockSummary | None:
    if reading is None:
        return None
    return ClockSummary(reading.state, reading.breached_at, amount(reading, reading.counted))


def _unsent(clocks: Iterable[ClockExplanation], alerts: Iterable[AlertRecord]) -> Iterator[UnsentStage]:
    """Each stage that was reached and sent to nobody, and why."""
    known = {(alert.target, alert.cycle, alert.stage): alert.reason for alert in alerts}
    for clock in clocks:
        name, cycle = clock.target.name, clock.reading.cycle
        paging = {stage.name for stage in clock.target.stages}
        for stage, at in _reached(clock):
            why = known.get((name, cycle, stage))
            if why is not None and why not in RECORDED_ONLY:
                continue
            if why is None and stage not in paging:
                why = "shown_only" if stage == AT_RISK_STAGE else "nobody"
            yield UnsentStage(name, cycle, stage, at, why or "not_recorded")


def _reached(clock: ClockExplanation) -> Iterator[tuple[str, datetime]]:
    """The stages that were reached and when, in order of time, the breach among them."""
    found = dict(clock.crossings)
    if clock.reading.breached_at is not None:
        found[BREACHED_STAGE] = clock.reading.breached_at
    yield from sorted(found.items(), key=lambda item: item[1])


def _unread(doubt: Doubt, subject: Subject, rules: Rulebook) -> Unread:
    """A word that a promise depends on, with the mapping to write."""
    return Unread(doubt, line(subject.key.source, doubt.what, doubt.value, rules, subject.kind))
