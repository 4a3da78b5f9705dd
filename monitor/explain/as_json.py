"""Write an explanation as JSON: instants in ISO 8601 and UTC, lengths in seconds, words in every language. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from monitor.alert import RangOutside
from monitor.clock import NotApplied
from monitor.explain import alert_sentences, sentences, why_not
from monitor.explain.alert_record import Acknowledgement, AlertRecord
from monitor.explain.clock import amount
from monitor.explain.explanation import (
    Amount,
    ClockExplanation,
    ClockSummary,
    CorrectionExplanation,
    DeadlineMove,
    Explanation,
    IntervalExplanation,
    IntervalKind,
    LaidOut,
    TermsChange,
    UnsentStage,
)
from monitor.explain.guarded_json import guarded_as_json
from monitor.explain.json_values import seconds, text, words
from monitor.history import Doubt
from monitor.memory import remembered
from monitor.messages import in_every_language
from monitor.model import Measure


def as_json(explanation: Explanation) -> dict[str, Any]:
    """The whole explanation; `alerts` and `untold` are there where the store was asked for the alerts."""
    found = {
        "at": text(explanation.at),
        **_subject(explanation),
        "policy": explanation.policy,
        "guarded": [guarded_as_json(one, explanation.zone, explanation.names) for one in explanation.guarded],
        "clocks": [_clock(clock) for clock in explanation.clocks],
        "events": explanation.events,
        "corrections": [_correction(one, explanation) for one in explanation.corrections],
        "before_corrections": [
            {"target": one.target, "cycle": one.cycle, "before": _summary(one.before), "now": _summary(one.now)}
            for one in explanation.corrected
        ],
        "doubts": [_doubt(doubt) for doubt in explanation.doubts],
        "unread": [{**_doubt(one.doubt), "mapping": one.mapping} for one in explanation.unread],
        "without_clock": [_without_clock(one, explanation) for one in explanation.without_clock],
    }
    if explanation.alerts is not None:
        found["alerts"] = [alert_as_json(alert) for alert in explanation.alerts]
        found["untold"] = [_unsent(one) for one in explanation.unsent]
    return found


def _without_clock(one: NotApplied, explanation: Explanation) -> dict[str, Any]:
    refusal = one.refusal
    row = refusal.row
    return {
        "target": one.rule.name,
        "title": words(one.rule.title),
        "policy": one.policy,
        "why": refusal.why.value,
        "name": refusal.name,
        "word": refusal.word,
        "values": list(refusal.values),
        "row": None if row is None else {name: sorted(values) for name, values in row.when.items()},
        "unmet": refusal.unmet,
        "others": refusal.others,
        "length_seconds": seconds(refusal.length),
        "lasted_seconds": seconds(refusal.lasted),
        "inherited": refusal.inherited,
        "guarded": None if one.guarded is None else one.guarded.name,
        "sentence": in_every_language(why_not.sentence(one, explanation.names)),
    }


def _subject(explanation: Explanation) -> dict[str, Any]:
    subject = explanation.subject
    found: dict[str, Any] = {
        "source": subject.key.source,
        "subject": subject.key.subject,
        "kind": subject.kind.value,
        "status": subject.status,
        "attributes": dict(subject.attributes),
    }
    if subject.retired is not None:
        gone = subject.retired
        found["retired"] = {
            "at": text(gone.at),
            "by": gone.by.value,
            "author": gone.author,
            "reason": gone.reason,
            "event": gone.event_id,
            "sentence": words(sentences.retired(gone, explanation.zone)),
        }
    if explanation.deleted_before is not None:
        sentence = words(sentences.deleted_before(explanation.deleted_before, explanation.zone))
        found["deleted_before"] = {"at": text(explanation.deleted_before), "sentence": sentence}
    if subject.circuit_state is not None:
        found |= {"circuit_state": subject.circuit_state.value, "since": text(subject.since)}
    return found


def _clock(clock: ClockExplanation) -> dict[str, Any]:
    reading, target, row, calendar = clock.reading, clock.target, clock.row, clock.calendar
    return {
        "target": target.name,
        "title": words(clock.title),
        "cycle": reading.cycle,
        "state": reading.state.value,
        "tier": reading.tier,
        "assurance": reading.assurance,
        "measure": target.measure.value,
        **_amounts(clock),
        "budget_source": target.figure,
        **({"budget_note": row.note} if row is not None and row.note else {}),
        "promise": words(sentences.promise(clock)),
        "when": {} if row is None else {name: sorted(values) for name, values in row.when.items()},
        "after_seconds": 0 if row is None else seconds(row.after),
        "missed_periods": reading.missed_periods,
        "started_at": text(reading.started_at),
        "deadline": text(reading.deadline),
        "breached_at": text(reading.breached_at),
        "stopped_at": text(reading.stopped_at),
        "retired": reading.retired,
        **({"ended_by": clock.ended_by.id} if clock.ended_by is not None else {}),
        "next_at": text(reading.next_at),
        "policy_version": target.policy_version,
        "calendar": {"name": calendar.name, "version": calendar.version, "zone": calendar.zone},
        "hours": clock.hours,
        "period": None if clock.period is None else {"from": text(clock.period.start), "to": text(clock.period.end)},
        "notes": [words(note) for note in sentences.notes(clock)],
        "stages": [{"stage": stage, "at": text(at)} for stage, at in clock.crossings],
        **_pace(clock),
        "paging": [stage.name for stage in target.stages],
        "intervals": [_interval(part) for part in clock.intervals],
        "changes": [_change(change) for change in clock.changes],
        "deadlines": [_deadline(one) for one in clock.deadlines],
        "legs": [
            {
                "kind": leg.kind.value,
                "party": leg.party,
                "counted_seconds": seconds(leg.counted),
                "budget_seconds": None if leg.budget is None else seconds(leg.budget),
                "over_seconds": seconds(leg.over),
                "sentence": words(sentences.leg(leg)),
            }
            for leg in clock.legs
        ],
        "caused_by": [leg.party for leg in reading.caused_by],
        **_members(clock),
    }


def _members(clock: ClockExplanation) -> dict[str, Any]:
    """Who was counted, where several are counted together."""
    if clock.target.period is None or clock.reading.intervals or clock.timed:
        return {}
    listed = [
        {
            "at": text(one.at),
            "source": one.key.source,
            "subject": one.key.subject,
            "entered": one.what,
            "because": one.because,
            **({} if one.good is None else {"good": one.good}),
        }
        for one in clock.members
    ]
    found: dict[str, Any] = {"members": listed, "members_left_out": clock.members_left_out}
    return found | ({"total": clock.reading.total} if clock.target.measure is Measure.GOAL else {})


def _pace(clock: ClockExplanation) -> dict[str, Any]:
    """The pace of an allowance; nothing for a clock that has none."""
    pace = clock.reading.pace
    if pace is None:
        return {}
    spells = [
        {
            "from": text(one.start),
            "to": text(one.end),
            **_amount("used", amount(clock.reading, one.used)),
            "window_seconds": seconds(one.window),
            "exhausted_at": text(one.exhausted_at),
        }
        for one in pace.spells
    ]
    return {
        "pace": {
            "since": text(pace.since),
            **_amount("used", amount(clock.reading, pace.used)),
            "window_seconds": seconds(pace.window),
            "exhausted_at": text(pace.exhausted_at),
            "too_fast": spells,
        }
    }


def _amounts(clock: ClockExplanation) -> dict[str, Any]:
    found = {**_amount("budget", clock.budget), **_amount("counted", clock.counted)}
    found |= _amount("remaining", clock.remaining)
    return found if clock.timed else found | {"amount": words(sentences.amount(clock))}


def _amount(name: str, amount: Amount) -> dict[str, float | int]:
    """An amount under its name: of lengths the name says that they are seconds."""
    return {name: amount} if isinstance(amount, int) else {f"{name}_seconds": seconds(amount)}


def _interval(part: IntervalExplanation) -> dict[str, Any]:
    reason, counted, left = sentences.reason(part), part.counted, part.left
    found: dict[str, Any] = {
        "from": text(part.start),
        "to": text(part.end),
        "life": part.life,
        "what": part.kind.value,
        "name": _kind(part.kind),
        "reason": part.reason,
        "reason_name": None if reason is None else words(reason),
        "status": part.status,
        "because": part.because,
        "cause": words(sentences.cause(part)),
    }
    if (source := sentences.provenance(part.reason_source)) is not None:
        found["reason_source"] = {"source": part.reason_source.source, "sentence": words(source)}
    if part.instant is not None:
        found["instant"] = part.instant.id
    if isinstance(counted, timedelta) and isinstance(left, timedelta):
        found["counted_seconds"], found["left_seconds"] = seconds(counted), seconds(left)
    else:
        found["counted"], found["left"] = counted, left
    if part.stretches:
        found["stretches"] = [_stretch(one) for one in part.stretches]
    return found


@remembered("interval_kinds", 64)
def _kind(of: IntervalKind) -> dict[str, str]:
    return in_every_language(sentences.kind(of))


def _stretch(one: LaidOut) -> dict[str, Any]:
    part = one.stretch
    found: dict[str, Any] = {"kind": part.kind.value}
    if part.days:
        found |= {
            "from": str(part.first),
            "to": str(part.last),
            "days": part.days,
            "each_seconds": seconds(part.each),
        }
    else:
        found |= {"from": text(part.start), "to": text(part.end)}
    found["seconds"] = seconds(part.counted)
    for name, value in (("reason", part.reason), ("approved_by", part.approved_by)):
        if value:
            found[name] = value
    if part.provisional:
        found["provisional"] = True
    return found | ({"calendar": one.calendar} if one.calendar else {})


def _change(change: TermsChange) -> dict[str, Any]:
    found: dict[str, Any] = {"at": text(change.at), "because": change.because}
    found |= {**_amount("before", change.before), **_amount("budget", change.after)}
    if change.calendar_after:
        found |= {"calendar_before": change.calendar_before, "calendar": change.calendar_after}
    return found | ({} if change.guarded is None else {"guarded": change.guarded.name})


def _deadline(one: DeadlineMove) -> dict[str, Any]:
    return {
        "from": text(one.since),
        "deadline": text(one.deadline),
        "what": one.what,
        "because": one.because,
        "moved_by_seconds": None if one.by is None else seconds(one.by),
    }


def _correction(one: CorrectionExplanation, of: Explanation) -> dict[str, Any]:
    made = one.correction
    return {
        "event": one.event,
        "at": text(one.at),
        "kind": made.kind.value,
        "author": made.author,
        "reason": made.reason,
        "target": made.target,
        "from": text(made.start),
        "to": text(made.end),
        "revokes": made.revokes,
        "revoked": one.revoked,
        "sentence": words(sentences.correction(one, of.zone, of.names)),
    }


def _summary(one: ClockSummary | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {"state": str(one.state), "breached_at": text(one.breached_at), **_amount("counted", one.counted)}


def _unsent(one: UnsentStage) -> dict[str, Any]:
    return {
        "target": one.target,
        "cycle": one.cycle,
        "stage": one.stage,
        "at": text(one.at),
        "why": one.why,
        "sentence": _why_unsent(one.why),
    }


@remembered("unsent_reasons", 256)
def _why_unsent(word: str) -> dict[str, str]:
    return in_every_language(alert_sentences.unsent(word))


def _doubt(doubt: Doubt) -> dict[str, str]:
    return {"event": doubt.event_id, "what": doubt.what, "value": doubt.value}


def alert_as_json(alert: AlertRecord) -> dict[str, Any]:
    """What was sent to whom about an alert, and how it was answered."""
    return {
        "labels": alert.labels,
        "target": alert.target,
        "cycle": alert.cycle,
        "stage": alert.stage,
        "state": alert.state,
        "starts_at": text(alert.starts_at),
        "resolved_at": text(alert.resolved_at),
        "reason": alert.reason,
        "deliveries": [
            {
                "channel": one.channel,
                "accepted_at": text(one.accepted_at),
                "attempts": one.attempts,
                "error": one.error,
                "closed_at": text(one.closed_at),
                "reason": one.reason,
                "held_by": one.held_by,
                "rings_outside_hours": rang_as_json(one.rang),
            }
            for one in alert.answers
        ],
        "withheld": [
            {"channel": one.channel, "at": text(one.at), "reason": one.reason, "detail": one.detail}
            for one in alert.withheld
        ],
        **dict(_history(alert)),
    }


def rang_as_json(rang: RangOutside | None, zone: str = "UTC") -> dict[str, Any] | None:
    """Why a page rings outside covered hours; None where it does not."""
    if rang is None:
        return None
    return {
        "why": rang.why.value,
        "before": text(rang.before),
        "hours_begin": text(rang.opens),
        "stage": rang.stage,
        "sentence": in_every_language(alert_sentences.rang(rang, zone)),
    }


def _holding(one: Acknowledgement) -> dict[str, str | None]:
    """How long an acknowledgement that has an end holds, or held."""
    if one.ends_at is None:
        return {}
    return {"ends_at": text(one.ends_at), "ended_at": text(one.ended_at), "ends_for": one.ends_for}


def _history(alert: AlertRecord) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    yield (
        "acknowledged",
        [
            {"at": text(one.at), "author": one.author, "via": one.via, "note": one.note, **_holding(one)}
            for one in alert.acknowledged
        ],
    )
    yield "changes", [{"at": text(one.at), "reason": one.reason, "firing": one.firing} for one in alert.changes]
    yield (
        "called",
        [
            {"at": text(one.at), "step": one.step, "team": one.team, "to": one.to, "reason": one.reason}
            for one in alert.called
        ],
    )
