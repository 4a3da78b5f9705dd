"""Check the targets of a policy file and make the rules that the core uses.

Conditions that contradict each other, figures that fit no kind of budget, and targets that start each other in a
circle are refused, each with file, line and key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

from monitor.config import pace_file
from monitor.config.attribute_file import choice
from monitor.config.policy_schema import NAME, PHASES, STATES, BudgetText, PolicyText, TargetText
from monitor.config.yaml_file import Document, Loc
from monitor.history import INSTANTS
from monitor.model import (
    Choose,
    CircuitState,
    Condition,
    DayEnd,
    Measure,
    Name,
    OnChange,
    OwnInstant,
    Phase,
    Reopen,
    SubjectKind,
)
from monitor.policy import ONE, BudgetRow, StartedBy, TargetRule
from monitor.text import Amount, did_you_mean, own_spelling

_TOLD_BY = {SubjectKind.TICKET: PHASES, SubjectKind.CHANGE: PHASES, SubjectKind.CIRCUIT: STATES}


OfSeveral = Callable[[Document, str, TargetText, PolicyText], TargetRule]


def targets(document: Document, policy: PolicyText, of_several: OfSeveral) -> tuple[TargetRule, ...]:
    """Every target's rule; *of_several* makes those that count. Raises ConfigError with file, line and key."""
    rules = tuple(_target(document, name, item, policy, of_several) for name, item in policy.targets.items())
    _no_circle(document, policy)
    pace_file.check(document, policy)
    return rules


def _target(document: Document, name: str, text: TargetText, policy: PolicyText, of_several: OfSeveral) -> TargetRule:
    loc: Loc = ("targets", name)
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise document.error(loc, f"{name!r} is not a target's name; write small letters, digits and _")
    if text.counting:
        return of_several(document, name, text, policy)
    _conditions(document, loc, text, policy)
    _kind(document, loc, text, policy)
    pauses = frozenset(a_reason(document, (*loc, "pause", i), reason, policy) for i, reason in enumerate(text.pause))
    if "calendar" in document.data["targets"][name]:
        a_calendar(document, (*loc, "calendar"), text.calendar, policy)
    rows = [a_row(document, (*loc, "budgets", i), row, text, policy) for i, row in enumerate(text.budgets)]
    _no_date_compared(document, loc, text, rows)
    kinds = {(row.measure, bool(row.days) or row.same_day, bool(row.share)) for row in rows}
    if text.choose is Choose.STRICTEST and len(kinds) > 1:
        raise document.error((*loc, "choose"), "cannot compare budgets of several kinds; write all of them in one kind")
    if text.last_day is not DayEnd.SAME_TIME and not any(row.days or row.same_day for row in rows):
        raise document.error((*loc, "last_day"), "no budget here is of working days; write 5wd, or remove last_day")
    begun = text.started_by is not None
    unless = choice(document, (*loc, "unless"), text.unless, policy)
    return TargetRule(
        name=name,
        title=text.name.name(),
        start=frozenset({Phase.OPENED} if begun else text.start),
        stop=frozenset(text.stop),
        rows=tuple(sorted(rows, key=lambda row: -row.after)),
        pauses=pauses,
        reopen=Reopen.NEW_CYCLE if text.ahead_of else text.reopen,  # a new plan is another promise
        on_change=text.on_change,
        recurring=text.recurring,
        of=text.of,
        cancel=frozenset(text.cancel),
        reset=frozenset(text.reset),
        period=text.per,
        choose=text.choose,
        begins=tuple(text.instants_that_begin),
        ahead_of=text.ahead_of,
        last_day=text.last_day,
        unless=unless,
        assumed=tuple(item.name() for item in text.assumed),
        instants=named_instants(_lists(text).values(), policy),
        started_by=StartedBy(text.started_by.target, text.started_by.over or timedelta(0)) if text.started_by else None,
        pace=pace_file.pace(document, loc, text, policy),
    )


def _no_date_compared(document: Document, loc: Loc, text: TargetText, rows: Sequence[BudgetRow]) -> None:
    """Refuse to compare a date with a length, and dates before they are known. Raises ConfigError."""
    dated = [bool(row.until) for row in rows]
    if any(dated) and text.choose is Choose.STRICTEST:
        raise document.error((*loc, "choose"), "cannot compare a date that is not known yet; write choose: first")
    if any(dated) and not all(dated) and text.on_change is OnChange.STRICTEST:
        raise document.error(
            (*loc, "on_change"), "cannot compare a date with a length; write at_event or at_start, or two targets"
        )


def a_reason(document: Document, loc: Loc, reason: str, policy: PolicyText) -> str:
    """A pause reason in the policy's spelling. Raises ConfigError."""
    own = own_spelling(reason, policy.pause_reasons)
    if own is None:
        known = ", ".join(policy.pause_reasons) or "none"
        raise document.error(
            loc,
            f"{reason!r} is not in pause_reasons ({known}); add it there{did_you_mean(reason, policy.pause_reasons)}",
        )
    return own


def _conditions(document: Document, loc: Loc, text: TargetText, policy: PolicyText) -> None:
    lists = _lists(text)
    known_instants = (*INSTANTS, *policy.instants)
    for key, conditions in lists.items():
        for index, item in enumerate(conditions):
            if isinstance(item, OwnInstant):
                an_instant(document, (*loc, key, index), item, text.of, known_instants)
    kind = CircuitState if text.of is SubjectKind.CIRCUIT else Phase
    for key, conditions in lists.items():
        wrong = next((item for item in conditions if not isinstance(item, (kind, OwnInstant))), None)
        if wrong is not None and not (key == "cancel" and conditions == [Phase.CANCELLED]):
            raise document.error(
                (*loc, key), f"{str(wrong)!r} is said of no {text.of}; write one of {', '.join(_TOLD_BY[text.of])}"
            )
    known = ", ".join(_TOLD_BY[text.of])
    if not text.start and text.started_by is None:
        raise document.error((*loc, "start"), f"lists no condition; write at least one of {known}")
    if not text.stop and text.per is None:
        raise document.error((*loc, "stop"), f"lists no condition; write at least one of {known}")
    _no_contradiction(document, loc, text)


def _lists(text: TargetText) -> dict[str, Sequence[Condition]]:
    return {"start": text.start, "stop": text.stop, "cancel": text.cancel, "reset": text.reset}


def an_instant(document: Document, loc: Loc, item: str, of: SubjectKind, known: Sequence[str]) -> None:
    """Refuse what is no condition, and instants where a subject has them more than once. Raises ConfigError."""
    if item not in known:
        every = _TOLD_BY[of] if of is SubjectKind.CIRCUIT else (*_TOLD_BY[of], *known)
        raise document.error(
            loc, f"{str(item)!r} is not a condition; write one of {', '.join(every)}{did_you_mean(item, every)}"
        )
    if of is SubjectKind.CIRCUIT:
        raise document.error(
            loc,
            f"{str(item)!r} is an instant, of which a circuit would have one for all its outages; write the target of:"
            " ticket, or remove it",
        )


def named_instants(lists: Iterable[Sequence[Condition]], policy: PolicyText) -> tuple[str, ...]:
    """The instants that the lists of a target name, in the order in which they are declared."""
    named = {item for conditions in lists for item in conditions if isinstance(item, OwnInstant)}
    return tuple(name for name in (*INSTANTS, *policy.instants) if name in named)


def instants(document: Document, policy: PolicyText) -> dict[str, Name]:
    """The instants that the policy declares. Raises ConfigError with file, line and key."""
    for name in policy.instants:
        loc: Loc = ("instants", name)
        if not re.fullmatch(NAME, name):
            raise document.error(loc, f"{name!r} is not an instant's name; write small letters, digits and _")
        if name in INSTANTS:
            raise document.error(loc, f"{name!r} is an instant of every policy; remove it here, and use it")
        if name in (*PHASES, *STATES, "unknown"):
            raise document.error(loc, f"{name!r} is a condition already; give the instant another name")
    return {name: item.name() for name, item in policy.instants.items()}


def _no_contradiction(document: Document, loc: Loc, text: TargetText) -> None:
    lists = _lists(text)
    for one, other, what in (
        ("start", "stop", "both runs and stops the clock"),
        ("start", "cancel", "both runs and cancels the clock"),
        ("stop", "cancel", "both stops and cancels the clock"),
        ("stop", "reset", "both stops the clock and starts it anew"),
        ("cancel", "reset", "both cancels the clock and starts it anew"),
    ):
        both = set(lists[one]) & set(lists[other])
        if both and "cancel" in (one, other) and "cancel" not in document.data["targets"][loc[-1]]:
            if one == "stop":  # listed twice, with the same effect
                continue
            why = "'cancelled' cancels a clock unless cancel says otherwise; remove it here, or write cancel"
            raise document.error((*loc, one if other == "cancel" else other), why)
        if both:
            raise document.error((*loc, other), f"{str(min(both))!r} {what}; remove it from one list")
    for key in ("stop", "cancel", "reset"):
        if text.pause and Phase.HELD in getattr(text, key):
            raise document.error(
                (*loc, key),
                f"'held' would act before any pause reason ({', '.join(text.pause)}) is looked at; remove it here, or"
                " remove pause",
            )


def _kind(document: Document, loc: Loc, text: TargetText, policy: PolicyText) -> None:
    """Refuse keys that do not fit the kind of target."""
    allowance, begun, circuit = text.per is not None, text.started_by is not None, text.of is SubjectKind.CIRCUIT
    never = text.reopen is Reopen.NEVER
    for wrong, key, why in (
        (allowance and not circuit, "per", "is for allowances of circuits; write of: circuit, or remove per"),
        (allowance and bool(text.stop), "stop", "an allowance ends with its period; remove stop"),
        (allowance and text.recurring, "recurring", "an allowance begins anew with its period; remove recurring"),
        (allowance and bool(text.reset), "reset", "an allowance begins anew with its period; remove reset"),
        (allowance and begun, "started_by", "an allowance begins with its period; remove started_by"),
        (allowance and bool(text.ahead_of), "ahead_of", "an allowance is not counted back; remove ahead_of, or per"),
        (begun and bool(text.start), "start", "the end of the other target starts this one; remove start"),
        (begun and bool(text.begins), "begins", "the end of the other target starts this one; remove begins"),
        (begun and bool(text.reset), "reset", "the end of the other target starts this one; remove reset"),
        (bool(text.ahead_of) and bool(text.pause), "pause", "cannot move the last moment; remove it"),
        (bool(text.ahead_of) and text.recurring, "recurring", "what is counted back comes once; remove recurring"),
        (never and allowance, "reopen", "an allowance begins anew with its period; remove never"),
        (never and bool(text.ahead_of), "reopen", "a plan that is opened anew is another promise; remove never"),
        (never and text.recurring, "reopen", "each feedback begins another cycle of it; remove never, or recurring"),
        (bool(text.begins) and circuit, "begins", "a circuit has no opening that could be moved; remove begins"),
        (bool(text.begins) and Phase.OPENED not in text.start, "begins", "moves the opening; add opened to start"),
        (text.at_least and allowance, "at_least", "is judged at the stop; remove it, or per"),
        (text.at_least and text.recurring, "at_least", "counts the feedbacks that recurring begins anew with; remove"
         " one of the two"),
    ):  # fmt: skip
        if wrong:
            raise document.error((*loc, key), why)
    for key in ("tier", "stages"):
        if getattr(text, key):
            raise document.error((*loc, key), f"is for what is counted of several; write counts, or remove {key}")
    for key, given in (("begins", text.instants_that_begin), ("ahead_of", [text.ahead_of] if text.ahead_of else [])):
        for instant in given:
            known = (*INSTANTS, *policy.instants)
            if instant not in known:
                raise document.error(
                    (*loc, key),
                    f"{instant!r} is not an instant of a subject; write one of {', '.join(known)}"
                    f"{did_you_mean(instant, known)}",
                )


def a_row(document: Document, loc: Loc, row: BudgetText, target: TargetText, policy: PolicyText) -> BudgetRow:
    """One figure and whom it is for. Raises ConfigError."""
    calendar = row.calendar or target.calendar
    a_calendar(document, (*loc, "calendar"), calendar, policy)
    when = choice(document, (*loc, "when"), row.when, policy)
    for key, given in (("at_least", row.at_least), ("goal", row.goal)):
        if given is not None:
            raise document.error((*loc, key), "is for what is counted of several; write budget, or counts")
    amount: Amount | None = row.budget
    if amount is None:
        raise document.error((*loc, "budget"), "is missing; write it")
    for wrong, why in (
        (amount.share and target.per is None, "is a share of a period; write per: month on the target"),
        (amount.days and target.per, "working days are no allowance; write a length, a share or a number of times"),
        (
            amount.times is not None and not (target.per or target.at_least),
            "is a number of times; write per: year on the target, or at_least: true",
        ),
        (target.at_least and not amount.times, "is no number of times, which at_least needs; write 3 times"),
        (
            amount.times is not None and target.ahead_of,
            "a number of times cannot be counted back; write 5wd or a length",
        ),
    ):
        if wrong:
            raise document.error((*loc, "budget"), why)
    _no_contradicting_row(document, loc, amount, row, target, policy)
    if row.after and target.of is SubjectKind.CIRCUIT:
        raise document.error(
            (*loc, "after"), "is an age, which tickets and changes have and circuits have not; remove it"
        )
    if row.after_start:
        _after_start(document, loc, row, target)
    for key, name in (("opened_in", row.opened_in), ("opened_outside", row.opened_outside)):
        if name:
            a_calendar(document, (*loc, key), name, policy)
    counted = Measure.AT_LEAST if target.at_least else Measure.COUNT
    return BudgetRow(
        when=when,
        budget=amount.length or (amount.times or 0) * ONE,
        calendar=calendar,
        figure=row.source,
        note=row.note,
        days=amount.days,
        share=amount.share,
        measure=counted if amount.times is not None else Measure.TIME,
        after=row.after_start or row.after or timedelta(0),
        of_clock=row.after_start is not None,
        same_day=amount.same_day,
        until=target.ahead_of if amount.length == timedelta(0) else amount.until,
        opened_in=row.opened_in,
        opened_outside=row.opened_outside,
    )


def _after_start(document: Document, loc: Loc, row: BudgetText, target: TargetText) -> None:
    """Refuse a row by the clock's age where the clock has none, or beside ages of the ticket. Raises ConfigError."""
    for wrong, why in (
        (
            any(item.after for item in target.budgets),
            "stands beside after; remove one of the two, so that all ages of a target count from one instant",
        ),
        (target.of is SubjectKind.CIRCUIT, "is the age of a clock with one life; a circuit's has many: remove it"),
        (target.started_by is not None, "is counted from a phase under start, which this target has not; remove it"),
    ):
        if wrong:
            raise document.error((*loc, "after_start"), why)


def _no_contradicting_row(
    document: Document, loc: Loc, amount: Amount, row: BudgetText, target: TargetText, policy: PolicyText
) -> None:
    """Refuse what a row cannot be in its target. Raises ConfigError."""
    circuit, instants = target.of is SubjectKind.CIRCUIT, (*INSTANTS, *policy.instants)
    ends = target.last_day is not DayEnd.SAME_TIME
    for wrong, key, why in (
        (amount.length == timedelta(0) and not target.ahead_of, "budget",
         "'0s' is no time at all; write a length above zero"),
        (amount.same_day and bool(target.per), "budget",
         "working days are no allowance; write a length, a share or a number of times"),
        (amount.same_day and bool(target.ahead_of), "budget", "the same day cannot be counted back; write 1wd or 0s"),
        (amount.same_day and not ends, "budget",
         "'0wd' ends with the day itself; write last_day: close_of_business or end_of_day on the target"),
        (bool(amount.until) and amount.until not in instants, "budget",
         f"{amount.until!r} is not an instant of a subject; write one of {', '.join(instants)}"
         f"{did_you_mean(amount.until, instants)}"),
        (bool(amount.until) and circuit, "budget", "a date is agreed for a ticket or a change; write a length"),
        (bool(amount.until) and bool(target.ahead_of), "budget",
         "what is counted back is due at its last moment; write 0s, or remove ahead_of"),
        (bool(amount.until) and target.recurring, "budget", "comes once and cannot recur; remove recurring"),
        (bool(amount.until) and target.at_least, "budget",
         "is no number of times, which at_least needs; write 3 times"),
        (bool(amount.until) and bool(row.calendar), "calendar", "the agreed instant itself is the deadline; remove it"),
        (bool(row.opened_in) and circuit, "opened_in",
         "asks for an opening, which tickets and changes have and circuits have not; remove it"),
        (bool(row.opened_outside) and circuit, "opened_outside",
         "asks for an opening, which tickets and changes have and circuits have not; remove it"),
        (bool(row.opened_in) and row.opened_in == row.opened_outside, "opened_outside",
         "names the calendar of opened_in, so no opening would fit; remove one of the two"),
    ):  # fmt: skip
        if wrong:
            raise document.error((*loc, key), why)


def a_calendar(document: Document, loc: Loc, calendar: str, policy: PolicyText) -> None:
    if calendar not in policy.calendars:
        known = ", ".join(policy.calendars)
        raise document.error(
            loc,
            f"{calendar!r} is not one of the calendars ({known}); add it there"
            f"{did_you_mean(calendar, policy.calendars)}",
        )


def _no_circle(document: Document, policy: PolicyText) -> None:
    for name, text in policy.targets.items():
        way, at = [name], text
        while at.started_by is not None:
            loc = ("targets", way[-1], "started_by", "target")
            following = at.started_by.target
            if following not in policy.targets:
                known = ", ".join(policy.targets)
                raise document.error(
                    loc, f"{following!r} is not one of the targets ({known}){did_you_mean(following, policy.targets)}"
                )
            if following in way:
                circle = " by ".join([*way, following])
                raise document.error(loc, f"is a circle, {circle}, in which nothing begins; take one started_by out")
            way.append(following)
            at = policy.targets[following]
            if at.of is not text.of:
                raise document.error(
                    loc, f"{following!r} is of a {at.of}, this target of a {text.of}; name one of both"
                )
            if at.per is not None or at.counting:
                raise document.error(
                    loc, f"{following!r} is an allowance, which no event ends; name a target with stop"
                )
