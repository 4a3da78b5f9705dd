"""Make the messages of what was sent about an alert, and of what was not, each with the reason. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from monitor.alert import RECORDED_ONLY, EndsFor, RangOutside, Reason, Withheld
from monitor.explain.alert_record import Acknowledgement, ChannelAnswer, PersonCalled, WithheldPage
from monitor.explain.sentences import dashed
from monitor.messages import COMMA, Argument, Message, joined, message
from monitor.text import shown_time

WHY: Mapping[str, Message] = {
    word: message(f"explain-call-{dashed(word)}")
    for word in (
        "share", "breached", "after", "unanswered", "undelivered", "spaced", "holder", "nobody_before", "nobody",
        "ack_ended",
    )
}  # fmt: skip
"""Why somebody is called, in words to the one who is called, by the reasons of `alerts.oncall.escalation_plan.Why`."""

_TO_OTHERS = {word: message(f"explain-called-{word}") for word in ("share", "spaced", "holder")}
_ENDS_FOR = frozenset(word.value for word in EndsFor)
"""How an explanation says it to others, where the words to the one who is called do not fit."""

_REASONS = frozenset(reason.value for reason in Reason)
_WITHHELD = frozenset(word.value for word in Withheld)
_WAYS = ("link", "api", "command line")

UNSENT = ("shown_only", "nobody", "not_recorded", *sorted(RECORDED_ONLY))
"""Why a stage that was reached was sent to nobody."""


def reason(word: str) -> Argument:
    """Why an alert changed; the English word is the one that logs and metrics use."""
    return message(f"explain-reason-{dashed(word)}") if word in _REASONS else word


def way(via: str) -> Argument:
    """In which way somebody acknowledged an alert."""
    return message(f"explain-way-{via.replace(' ', '-')}") if via in _WAYS else via


def acknowledged(one: Acknowledgement, zone: str) -> Argument:
    """Who acknowledged an alert, in which way, and how long that holds or held; without the note."""
    who = message("explain-acknowledged", author=one.author, way=way(one.via))
    return who if one.ends_at is None else joined((who, holds(one, zone)), COMMA)


def holds(one: Acknowledgement, zone: str) -> Message:
    """How long an acknowledgement that has an end holds, or that it ended and why."""
    if one.ended_at is None:
        return message("explain-acknowledged-until", at=shown_time(one.ends_at or one.at, zone))
    why: Argument = message(f"explain-ack-ended-{one.ends_for}") if one.ends_for in _ENDS_FOR else one.ends_for
    return message("explain-acknowledged-ended", at=shown_time(one.ended_at, zone), why=why)


def called(one: PersonCalled) -> Message:
    """Who was called, as which step, and why."""
    why: Argument = _TO_OTHERS.get(one.reason) or WHY.get(one.reason) or one.reason
    if one.step == 0:
        return message("explain-called-first", to=one.to, why=why)
    return message("explain-called", to=one.to, step=one.step, why=why)


def withheld(one: WithheldPage, zone: str = "UTC") -> Message:
    """Why a channel did not get a page, with what withheld it."""
    why: Argument = message(f"explain-withheld-{dashed(one.reason)}") if one.reason in _WITHHELD else one.reason
    until = waits_until(one)
    if until is None:
        return message("explain-withheld", why=why, detail=f" ({one.detail})" if one.detail else "")
    waits = message("explain-withheld-until", at=shown_time(until, zone))
    return message("explain-withheld", why=joined((why, waits), COMMA), detail="")


def waits_until(one: WithheldPage) -> datetime | None:
    """Until when a page waits for covered hours, or would have waited on a receiver in shadow."""
    if one.reason == Withheld.WAITS_FOR_HOURS:
        return datetime.fromisoformat(one.detail)
    return _until(one.detail) if one.reason == Withheld.SHADOW else None


def _until(held_by: str | None) -> datetime | None:
    word, _, until = (held_by or "").partition("/")
    return datetime.fromisoformat(until) if word == Withheld.WAITS_FOR_HOURS else None


def unsent(word: str) -> Argument:
    """Why a stage that was reached was sent to nobody."""
    return message(f"explain-unsent-{dashed(word)}") if word in UNSENT else word


def rang(one: RangOutside, zone: str) -> Message:
    """Why a page rings outside covered hours."""
    if one.before is None or one.opens is None:
        return message("explain-rang-never")
    times = {"before": shown_time(one.before, zone), "opens": shown_time(one.opens, zone)}
    return message(f"explain-rang-{one.why}", stage=one.stage, **times)


def answer(one: ChannelAnswer, zone: str) -> Argument:
    """How a channel answered a page, and why that rang outside covered hours where it did."""
    how = _answer(one, zone)
    return how if one.rang is None else joined((how, rang(one.rang, zone)), COMMA)


def _answer(one: ChannelAnswer, zone: str) -> Message:
    tried = message("explain-attempts", attempts=one.attempts)
    error = f": {one.error}" if one.error else ""
    if one.accepted_at is not None:
        at = shown_time(one.accepted_at, zone)
        if one.reason == Reason.REPEAT_DUE:
            return message("explain-answer-repeated", at=at)
        if not one.attempts:
            return message("explain-answer-accepted", at=at)
        return message("explain-answer-failing", at=at, tried=tried, error=error)
    if one.closed_at is not None:
        return message("explain-answer-given-up", closed=one.reason or "closed", tried=tried, error=error)
    until = _until(one.held_by)
    if until is not None:
        return message("explain-answer-waits-for-hours", at=shown_time(until, zone))
    if one.held_by:
        return message("explain-answer-held", by=one.held_by)
    return message("explain-answer-waiting", tried=tried, error=error)
