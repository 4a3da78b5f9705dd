"""Check the guarded periods of a policy: whom each is for, from when to when, and what it raises."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.config.attribute_file import a_rung, choice
from monitor.config.policy_schema import TIME_OF_PERIOD, GuardedText, PolicyText
from monitor.config.yaml_file import Document, Loc
from monitor.history import LADDERS
from monitor.model import Name
from monitor.policy import BudgetRow, GuardedPeriod, Policy
from monitor.text import did_you_mean, no_instant, shown

_WRITTEN = re.compile(TIME_OF_PERIOD)

OWN = "circuit"
"""What a guarded period may name beside the attributes that choose: the circuits themselves."""


def guarded_periods(document: Document, policy: PolicyText, zone: str) -> tuple[GuardedPeriod, ...]:
    """The guarded periods of a policy, in its order; times without a zone are of *zone*. Raises ConfigError."""
    return tuple(_period(document, name, item, policy, zone) for name, item in policy.guarded_periods.items())


def in_every_version(policies: tuple[Policy, ...]) -> tuple[Policy, ...]:
    """The versions of a policy, each with the guarded periods of all of them; of one name the newest holds.

    A period is an order for some days, not a promise: it holds whichever version judges a clock.
    """
    periods = {period.name: period for policy in policies for period in policy.guarded}
    if not periods:
        return policies
    return tuple(replace(policy, guarded=tuple(periods.values())) for policy in policies)


def _period(document: Document, name: str, text: GuardedText, policy: PolicyText, zone: str) -> GuardedPeriod:
    loc: Loc = ("guarded_periods", name)
    if not re.fullmatch(r"[a-z0-9][a-z0-9_.-]{0,63}", name):
        raise document.error(loc, f"{name!r} is not a period's name; write small letters, digits, '.', '_' and '-'")
    since = _instant(document, (*loc, "from"), text.since, zone)
    until = _instant(document, (*loc, "to"), text.until, zone)
    if until <= since:
        raise document.error((*loc, "to"), f"{text.until} is not after {text.since}; correct one of them")
    written = {"tier": text.tier, "assurance": text.assurance}
    grades = {
        ladder: a_rung(document, (*loc, ladder), written[ladder], ladder, policy)
        for ladder in LADDERS
        if written[ladder]
    }
    rows = {
        target: _row(document, (*loc, "budgets", target), target, length, policy, text.ordered_by or name)
        for target, length in text.budgets.items()
    }
    duties = _duties(name, policy)
    if not (grades or text.stages or rows or duties):
        raise document.error(
            loc, "raises nothing; write tier, assurance, stages or budgets, or name it in `during` of a duty"
        )
    return GuardedPeriod(
        name=name,
        title=text.name.name(),
        since=since,
        until=until,
        who=_who(document, (*loc, "for"), text.who, policy),
        grades=grades,
        stages=tuple(text.stages),
        rows=rows,
        duties=duties,
        ordered_by=text.ordered_by,
        note=text.note,
    )


def _duties(name: str, policy: PolicyText) -> tuple[Name, ...]:
    """The titles of the targets that are due in the period alone."""
    with_duties = ((target.name.name(), target.duties) for target in policy.targets.values())
    return tuple(title for title, duties in with_duties if duties is not None and name in duties.during)


def _who(document: Document, loc: Loc, who: Mapping[str, list[str]], policy: PolicyText) -> dict[str, frozenset[str]]:
    if not who:
        raise document.error(loc, "names nobody; write customer, circuit or site with a list of values")
    chosen = choice(document, loc, {name: values for name, values in who.items() if name != OWN}, policy)
    if OWN in who and not who[OWN]:
        raise document.error((*loc, OWN), "lists no circuit; write one, or remove it")
    return chosen | ({OWN: frozenset(who[OWN])} if OWN in who else {})


def _row(document: Document, loc: Loc, target: str, length: timedelta, policy: PolicyText, ordered: str) -> BudgetRow:
    """The figure of one target for the period."""
    found = policy.targets.get(target)
    if found is None:
        known = ", ".join(policy.targets)
        raise document.error(
            loc, f"{target!r} is not one of the targets ({known}){did_you_mean(target, policy.targets)}"
        )
    if found.per is not None or found.ahead_of or found.at_least or found.counting:
        raise document.error(loc, f"{target!r} has no length that could be shorter for a while; remove it here")
    lengths = [row.budget.length for row in found.budgets if row.budget is not None and not row.calendar]
    if lengths and len(lengths) == len(found.budgets) and all(lengths) and length > max(lengths):
        raise document.error(
            loc, f"is longer than what the target allows anybody, {shown(max(lengths))}; write that or less"
        )
    return BudgetRow(when={}, budget=length, calendar=found.calendar, figure=f"ordered for a guarded period: {ordered}")


def _instant(document: Document, loc: Loc, text: str, zone: str) -> datetime:
    """The instant that *text* names; of a local time that comes twice, the first. Raises ConfigError."""
    try:
        if _WRITTEN.fullmatch(text.strip()) is None:
            raise ValueError(text)
        local = datetime.fromisoformat(text.strip())
        at = (local if local.tzinfo is not None else local.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
        again = at.astimezone(local.tzinfo or ZoneInfo(zone))
    except (ValueError, OverflowError) as error:
        raise document.error(loc, f"{text!r} {no_instant(text, 'a time', '2026-10-01T09:00')}") from error
    if again.replace(tzinfo=None) != local.replace(tzinfo=None):
        raise document.error(
            loc, f"{text} does not exist in {zone}, for the clocks are put forward; write {again:%Y-%m-%dT%H:%M}"
        )
    return at
