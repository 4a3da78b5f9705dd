"""Say which targets a subject has, and from when: the rows of a policy held against the subject's attributes.

Pure. When an attribute changes in mid-ticket, the new row holds from that event on, and the target's `on_change` says
what that does to a clock that is open; what a source says first about an attribute also holds for the time before that.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from monitor.history import LASTING, Fact
from monitor.memory import remembered
from monitor.model import OwnInstant, Reopen
from monitor.policy.guarded import guarded_over_time
from monitor.policy.policy import NO_RUNG, BudgetRow, Policy, TargetRule
from monitor.policy.refusal import Circumstances, Refusal
from monitor.policy.target import COUNTED_BY_CALENDAR, Target
from monitor.worktime import TICK, Calendar, WorkingTime


@dataclass(frozen=True, slots=True)
class Term:
    """The target in force from `since` on (None: from the beginning); `target` None means that nothing is promised.

    `because` is the id of the event that brought the term, `row` the row of the policy that it was made of.
    """

    since: datetime | None
    target: Target | None
    calendar: WorkingTime | None
    tier: str = NO_RUNG
    assurance: str = NO_RUNG
    because: str = ""
    row: BudgetRow | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class KnownSubject:
    """What was known of a subject from `since` on (None: from the beginning): all that a term depends on."""

    since: datetime | None
    because: str
    attributes: Mapping[str, str]
    instants: Mapping[str, datetime]
    by_time: bool = False
    """Whether the beginning or the end of a guarded period made it so, and no event."""


Choices = MutableMapping[tuple[str, ...], Term]
"""Terms that were worked out before, by policy, rule and attributes: a subject's terms seldom differ from another's."""


_NOTHING: Mapping[str, str] = {}


def known_over_time(
    facts: Sequence[Fact], choosing: Container[str], own: Mapping[str, str] = _NOTHING
) -> tuple[KnownSubject, ...]:
    """What chooses budgets over a subject's history, oldest first; the first one has no `since`.

    *choosing* are the attributes that do (`Policy.choosing`); no other is looked at. *own* is what is known without any
    event (`History.own`).
    """
    attributes: dict[str, str] = dict(own)
    instants: dict[str, datetime] = {}
    for fact in reversed(facts):
        attributes.update(fact.attributes)  # in the end, what was said first about each attribute
        instants.update(fact.instants)
    attributes = {name: value for name, value in attributes.items() if name in choosing}
    if instants:
        instants = _from_the_first(facts, instants)
    return _followed([KnownSubject(None, "", attributes, instants)], facts, choosing)


def known_since(
    before: Sequence[KnownSubject], facts: Sequence[Fact], choosing: Container[str]
) -> tuple[KnownSubject, ...] | None:
    """`known_over_time` of facts that follow those of which *before* was made.

    None where they say for the first time what then also holds for the time before.
    """
    first = before[0]
    for fact in facts:
        if any(name in choosing and name not in first.attributes for name in fact.attributes):
            return None
        if any(name in LASTING and name not in first.instants for name in fact.instants):
            return None
    return _followed(list(before), facts, choosing)


def _followed(found: list[KnownSubject], facts: Sequence[Fact], choosing: Container[str]) -> tuple[KnownSubject, ...]:
    """What was known, followed by what each fact changes of it."""
    for fact in facts:
        known = found[-1]
        said = {k: v for k, v in fact.attributes.items() if k in choosing and known.attributes.get(k) != v}
        dated = {name: at for name, at in fact.instants.items() if known.instants.get(name) != at}
        gone = fact.taken_back and any(name in known.instants for name in fact.taken_back)
        if said or dated or gone:
            instants = {**known.instants, **dated}
            instants = {name: at for name, at in instants.items() if name not in fact.taken_back}
            found.append(KnownSubject(fact.at, fact.event_id, {**known.attributes, **said}, instants))
    return tuple(found)


def _from_the_first(facts: Sequence[Fact], first_said: Mapping[str, datetime]) -> dict[str, datetime]:
    """What is known of instants from the beginning on.

    Of those that last it is what was said first; of the others, which are agreed upon, only what was said at the
    instant of the first event: an agreement undoes no breach that was before it.
    """
    first = next((fact.at for fact in facts if fact.status is not None or fact.phase is None), None)
    known = {name: at for name, at in first_said.items() if name in LASTING}
    for fact in facts:
        if first is not None and fact.at > first:
            break
        known.update({name: at for name, at in fact.instants.items() if name not in LASTING})
    return known


def terms(
    rule: TargetRule,
    policy: Policy,
    facts: Sequence[Fact],
    working_times: Mapping[str, WorkingTime],
    over_time: Sequence[KnownSubject] | None = None,
    choices: Choices | None = None,
) -> tuple[Term, ...]:
    """The terms of one target over a subject's history, oldest first; the first one has no `since`.

    *over_time* is `known_over_time` of the facts where that is known already; *choices* remembers terms between calls.
    """
    if over_time is None:
        over_time = guarded_over_time(known_over_time(facts, policy.choosing), policy.guarded)
    memo = {} if choices is None else choices
    ages = rule.ages
    if not ages and not rule.asks_more:
        first = _term(rule, policy, over_time[0], working_times, timedelta(0), memo)
        if len(over_time) == 1:
            return (first,)
        return tuple(_changes(((s, timedelta(0)) for s in over_time), rule, policy, working_times, memo))
    counting = opened_in(rule, working_times, opening(facts)) if rule.asks_more else None
    points = _with_ages(over_time, ages, age_from(rule, facts))
    return tuple(_changes(points, rule, policy, working_times, memo, counting))


def opening(facts: Sequence[Fact]) -> datetime | None:
    """When a subject was opened: its first phase; an instant of the policy's own is none."""
    return next((fact.at for fact in facts if fact.phase and not _says_no_phase(fact)), None)


def _says_no_phase(fact: Fact) -> bool:
    """Whether *fact* is an instant, or only repeats what held, as a correction does where no phase may be known."""
    return isinstance(fact.phase, OwnInstant) or (fact.override is not None and fact.override.repeats)


def age_from(rule: TargetRule, facts: Sequence[Fact]) -> datetime | None:
    """The instant from which the ages of the rows count: the opening, or with `of_clock` the clock's first start.

    *facts* are those that move the clock of *rule*. None: it has not come.
    """
    if any(row.of_clock for row in rule.rows):
        return next((fact.at for fact in facts if fact.phase in rule.start), None)
    return opening(facts)


def opened_in(rule: TargetRule, working_times: Mapping[str, WorkingTime], opened: datetime | None) -> frozenset[str]:
    """The calendars that the rows ask for in which the instant of the opening counts."""
    asked = {name for row in rule.rows for name in (row.opened_in, row.opened_outside) if name}
    if opened is None:
        return frozenset()
    return frozenset(name for name in asked if working_times[name].counted(opened, opened + TICK))


def _with_ages(
    over_time: Sequence[KnownSubject], ages: Sequence[timedelta], opened: datetime | None
) -> Iterator[tuple[KnownSubject, timedelta]]:
    """Every standing with the subject's age, and one more at each age that chooses a row."""
    ahead = [] if opened is None else [(opened + age, age) for age in ages]
    age = timedelta(0)
    for index, standing in enumerate(over_time):
        yield standing, age
        following = over_time[index + 1] if index + 1 < len(over_time) else None
        until = None if following is None else following.since
        while ahead and (until is None or ahead[0][0] <= until):  # a fact of that instant comes after it
            at, age = ahead.pop(0)
            if at != until or following is None or not following.by_time:  # else both come at once
                yield replace(standing, since=at, because="age"), age


def _changes(
    points: Iterator[tuple[KnownSubject, timedelta]],
    rule: TargetRule,
    policy: Policy,
    working_times: Mapping[str, WorkingTime],
    memo: Choices,
    counting: frozenset[str] | None = None,
) -> Iterator[Term]:
    last: Term | None = None
    for standing, age in points:
        term = _term(rule, policy, standing, working_times, age, memo, counting)
        if last is None or term != last:
            yield term if standing.since is None else replace(term, since=standing.since, because=standing.because)
        last = term


def _term(
    rule: TargetRule,
    policy: Policy,
    standing: KnownSubject,
    working_times: Mapping[str, WorkingTime],
    age: timedelta,
    memo: Choices,
    counting: frozenset[str] | None = None,
) -> Term:
    if age or rule.ahead_of or rule.asks_more:
        return _chosen(rule, policy, standing, working_times, age, counting)
    key = (policy.label, rule.name, *policy.chosen_by(standing.attributes))
    found = memo.get(key)
    if found is None:
        found = memo[key] = _chosen(rule, policy, standing, working_times, age)
    return found


def _chosen(
    rule: TargetRule,
    policy: Policy,
    standing: KnownSubject,
    working_times: Mapping[str, WorkingTime],
    age: timedelta,
    counting: frozenset[str] | None = None,
) -> Term:
    attributes = policy.graded(standing.attributes)
    tier, assurance = attributes.get("tier", NO_RUNG), attributes.get("assurance", NO_RUNG)
    row = policy.chosen(rule, Circumstances(attributes, age, standing.instants, counting))
    if isinstance(row, Refusal):
        return Term(None, None, None, tier, assurance)
    planned = standing.instants.get(rule.ahead_of)
    calendar = working_times[row.calendar]
    if row.until:
        calendar, planned = _wall(calendar.calendar.zone), None
    target = Target(
        name=rule.name,
        budget=row.budget,
        start=rule.start,
        stop=rule.stop,
        pauses=rule.pauses,
        reopen=Reopen.NEW_CYCLE if row.until and rule.reopen is Reopen.RESUME else rule.reopen,
        on_change=rule.on_change,
        recurring=rule.recurring,
        at_risk=policy.at_risk,
        stages=policy.stages_of(rule, attributes),
        calendar=row.calendar,
        policy_version=policy.label,
        figure=row.figure,
        cancel=rule.cancel,
        reset=rule.reset,
        measure=row.measure,
        days=row.days,
        share=row.share,
        period=rule.period,
        ahead_of=planned,
        last_day=rule.last_day,
        underpinning=policy.underpinning(rule.name, attributes),
        calendar_version=calendar.calendar.version,
        same_day=row.same_day,
        until=standing.instants[row.until] if row.until else None,
        pace=rule.pace,
    )
    return Term(None, target, calendar.dates if row.days or row.same_day else calendar, tier, assurance, row=row)


def unlimited(rule: TargetRule, calendar: WorkingTime) -> Term:
    """A term that only follows *rule*'s conditions and promises nothing: for what its end begins."""
    target = Target(
        rule.name, COUNTED_BY_CALENDAR, rule.start, rule.stop, rule.pauses, rule.reopen, cancel=rule.cancel,
        reset=rule.reset,
    )  # fmt: skip
    return Term(None, target, calendar)


@remembered("wall_calendars", 256)
def _wall(zone: str) -> WorkingTime:
    """All time, in the zone in which instants are shown."""
    return WorkingTime(Calendar("always", zone=zone, always=True))
