"""Say of each target of the policy that has no clock of a subject why it has none.

A duty that is due in guarded periods alone has no clock outside them, and `why_not_due` says so of its groups.

Pure. The choice of a row itself gives the reason (`TargetRule.chosen`). Where a row fits, what has not begun the clock
is read off the same facts that move it (`derived_starts.facts_of`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.clock import derived_starts
from monitor.clock.engine import Rulebook, Subject, facts_of
from monitor.clock.reading import Reading
from monitor.clock.ticket_clock import Lives
from monitor.clock.why_not_counted import why_not_counted
from monitor.history import Doubt, History
from monitor.model import Life, SubjectKind
from monitor.policy import (
    Circumstances,
    GuardedPeriod,
    Policy,
    Refusal,
    TargetRule,
    Why,
    age_from,
    guarded_at,
    known_over_time,
    opened_in,
    opening,
    periods_of,
    unlimited,
)
from monitor.worktime import Calendar, WorkingTime

_ALWAYS = WorkingTime(Calendar("always", always=True))


@dataclass(frozen=True, slots=True)
class NotApplied:
    """A target without a clock of the subject, the version of the policy that was asked, and why."""

    rule: TargetRule
    policy: str
    refusal: Refusal
    guarded: GuardedPeriod | None = None
    """The guarded period of a duty that is due in it alone; its instants are shown in `zone`."""
    zone: str = "UTC"


def why_not(
    history: History, rules: Rulebook, subject: Subject, now: datetime, readings: Sequence[Reading]
) -> Iterator[NotApplied]:
    """Every target of any version without a clock among the subject's *readings*, in the order of the policy.

    What is counted of several has no clock of one of them: of it is said whether the subject counts, and where.
    It is judged by what is known of the subject at *now*, and by the version in force then.
    """
    policy, with_clocks = in_force(rules, now), {reading.target.name for reading in readings}
    for rule in rules.rules:
        if rule.counting is not None:
            yield NotApplied(rule, policy.label, _counted(rule, policy, history, rules, subject, now, readings))
        elif rule.name not in with_clocks:
            yield NotApplied(rule, policy.label, _why(rule, policy, history, rules, subject.kind, now))


def why_not_due(
    rule: TargetRule, value: str, readings: Sequence[Reading], rules: Rulebook, now: datetime
) -> NotApplied | None:
    """Why a duty of guarded periods has no clock now of the group of that value; None where it has one."""
    counting, policy = rule.counting, rules.policy
    mine = [] if counting is None else periods_of(counting, value, policy.guarded)
    if not mine or any(one.open for one in readings):
        return None
    holds = next((one for one in mine if one.holds(now)), None)
    if holds is not None and any(one.started_at >= holds.since for one in readings):
        return None
    later = next((one for one in mine if one.since > now), None)
    found = holds or later or max(mine, key=lambda one: one.until)
    why = Why.GUARDED_NOW if holds else Why.GUARDED_LATER if later else Why.GUARDED_OVER
    return NotApplied(rule, policy.label, Refusal(why, name=found.name), found, policy.zone)


def in_force(rules: Rulebook, now: datetime) -> Policy:
    """The version that judges what starts at *now*."""
    known = zip(rules.policies, rules.since, strict=True)
    return [policy for policy, since in known if since is None or since <= now][-1]


def _counted(
    rule: TargetRule,
    policy: Policy,
    history: History,
    rules: Rulebook,
    subject: Subject,
    now: datetime,
    readings: Sequence[Reading],
) -> Refusal:
    """Whether the subject counts for *rule*, by the newest version, and if not, why not."""
    if policy.rule(rule.name) is None:
        return Refusal(Why.NOT_IN_VERSION)
    found = why_not_counted(subject.key, subject.kind, history, readings, rule, rules.policy, now)
    return _not_understood(found, history.unread) or found


def _why(
    rule: TargetRule, policy: Policy, history: History, rules: Rulebook, kind: SubjectKind, now: datetime
) -> Refusal:
    if rule.of is not kind:
        return Refusal(Why.OTHER_KIND, name=rule.of.value, word=kind.value)
    own = policy.rule(rule.name)
    if own is None:
        return Refusal(Why.NOT_IN_VERSION)
    known = known_over_time(history.facts, rules.choosing, history.own)[-1]
    said = guarded_at(known.attributes, policy.guarded, now)
    opened = opening(history.facts)
    graded, age = policy.graded(said), _age(own, history, rules, now)
    of = Circumstances(graded, age, known.instants, opened_in(own, rules.working_times, opened))
    found = policy.chosen(own, of)
    if isinstance(found, Refusal):
        return _explained(found, said, graded, history.unread)
    return replace(_no_clock(own, rule, policy, history, rules, now), row=found, others=len(own.rows) - 1)


def _age(own: TargetRule, history: History, rules: Rulebook, now: datetime) -> timedelta:
    """How old the subject is, or with rows by the clock's age how long ago the clock first began."""
    facts = facts_of(own, history, rules, now) if any(row.of_clock for row in own.rows) else history.facts
    since = age_from(own, facts)
    return timedelta(0) if since is None else now - since


def _explained(
    refusal: Refusal, said: Mapping[str, str], graded: Mapping[str, str], unread: Mapping[str, Doubt]
) -> Refusal:
    """The refusal with what the subject has of itself, where another word or none of it was used."""
    doubtful = _not_understood(refusal, unread)
    if doubtful is not None:
        return doubtful
    inherited = refusal.name == "tier" and graded.get("tier") != said.get("tier", said.get("customer_tier"))
    return replace(refusal, inherited=inherited) if inherited else refusal


def _not_understood(refusal: Refusal, unread: Mapping[str, Doubt]) -> Refusal | None:
    """The refusal with the word that is not understood, where one was said of the attribute that it names."""
    doubt = unread.get(refusal.name)
    if doubt is None or refusal.why not in (Why.UNSAID, Why.OTHER_WORD):
        return None
    return replace(refusal, why=Why.NOT_UNDERSTOOD, word=doubt.value)


def _no_clock(
    own: TargetRule, rule: TargetRule, policy: Policy, history: History, rules: Rulebook, now: datetime
) -> Refusal:
    """Why a target that applies has no clock: what begins it has not come, or came while nothing was promised."""
    by = rule.started_by
    if by is not None:
        first = policy.rule(by.target)
        if first is None:
            return Refusal(Why.OTHER_NOT_ENDED, name=by.target)
        theirs = derived_starts.facts_of(
            first, history.facts, history.corrections, policy, _ALWAYS, now, rules.instants
        )  # fmt: skip
        ends = [one for one in Lives(unlimited(first, _ALWAYS)).changes(theirs, now) if one.life is Life.STOPPED]
        if not ends:
            return Refusal(Why.OTHER_NOT_ENDED, name=by.target)
        lasted = max((one.lasted for one in ends), default=timedelta(0))
        if by.over and lasted <= by.over:
            return Refusal(Why.OTHER_ENDED_SOON, name=by.target, length=by.over, lasted=lasted)
        return Refusal(Why.PROMISED_LATER, name=by.target)
    begins = tuple(sorted(str(condition) for condition in own.start))
    facts = facts_of(rule, history, rules, now)
    came = any(fact.phase is not None and fact.phase in own.start and fact.at <= now for fact in facts)
    return Refusal(Why.PROMISED_LATER if came else Why.NOT_BEGUN, values=begins)
