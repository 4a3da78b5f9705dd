"""Check the agreements of a policy file: OLAs and UCs, none of them weaker than the target that it supports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from monitor.config.attribute_file import choice
from monitor.config.policy_schema import AgreementText, BudgetText, PolicyText
from monitor.config.yaml_file import Document, Loc
from monitor.model import Choose, Measure
from monitor.policy import Agreement, BudgetRow, TargetRule
from monitor.text import did_you_mean, folded, shown


def agreements(document: Document, policy: PolicyText, rules: Sequence[TargetRule]) -> tuple[Agreement, ...]:
    """The OLAs and UCs, none of them weaker than the target that it supports."""
    return tuple(
        _agreement(document, ("agreements", index), item, policy, rules) for index, item in enumerate(policy.agreements)
    )


def _agreement(
    document: Document, loc: Loc, text: AgreementText, policy: PolicyText, rules: Sequence[TargetRule]
) -> Agreement:
    above = next((rule for rule in rules if rule.name == text.supports), None)
    if above is None:
        raise document.error(
            (*loc, "supports"),
            f"{text.supports!r} is not one of the targets ({', '.join(policy.targets)})"
            f"{did_you_mean(text.supports, policy.targets)}",
        )
    if above.period or above.ahead_of or any(_is_no_length(row) for row in above.rows):
        raise document.error((*loc, "supports"), f"{text.supports!r} has no budget of time that could be shared out")
    rows: list[BudgetRow] = []
    for index, item in enumerate(text.budgets):
        row = _share_of(document, (*loc, "budgets", index), item, policy, above)
        _not_weaker(document, (*loc, "budgets", index), text, (*rows, row), above)
        rows.append(row)
    return Agreement(text.kind, text.party, text.supports, tuple(rows))


def _is_no_length(row: BudgetRow) -> bool:
    return row.measure is not Measure.TIME or bool(row.days or row.same_day or row.until)


def _share_of(document: Document, loc: Loc, item: BudgetText, policy: PolicyText, above: TargetRule) -> BudgetRow:
    """A row of an agreement: a length, counted in the calendar of the target that it supports."""
    if item.calendar:
        raise document.error((*loc, "calendar"), f"an agreement counts in the calendar of {above.name!r}; remove it")
    if item.after is not None:
        raise document.error((*loc, "after"), "an agreement is the same at any age; remove it")
    if item.after_start is not None:
        raise document.error((*loc, "after_start"), "an agreement is the same at any age; remove it")
    for key in ("opened_in", "opened_outside"):
        if getattr(item, key):
            raise document.error((*loc, key), "an agreement is the same at any time of opening; remove it")
    if item.budget is None or not item.budget.length:
        raise document.error((*loc, "budget"), "is no length; write 2h or 90m")
    when = choice(document, (*loc, "when"), item.when, policy)
    return BudgetRow(when, item.budget.length, policy.targets[above.name].calendar, item.source, note=item.note)


def _not_weaker(
    document: Document, loc: Loc, text: AgreementText, rows: Sequence[BudgetRow], above: TargetRule
) -> None:
    """Compare the last of *rows* with every promise that a subject could have at the same time."""
    *before, row = rows
    for index, promise in enumerate(above.rows):
        both = _both(row.when, promise.when)
        if both is None or row.budget <= promise.budget or any(_covers(other, both) for other in before):
            continue
        sooner = [other for other in above.rows[:index] if other.after == promise.after]
        if above.choose is Choose.FIRST and any(_covers(other, both) for other in sooner):
            continue
        whom = ", ".join(f"{name} {'/'.join(sorted(values))}" for name, values in promise.when.items()) or "all"
        raise document.error(
            (*loc, "budget"),
            f"{text.kind} with {text.party} allows {shown(row.budget)}, but the SLA above it promises"
            f" {above.name} within {shown(promise.budget)} ({whom}); write {shown(promise.budget)} or less, or say"
            " in when whom it is for",
        )


def _both(
    one: Mapping[str, frozenset[str]], other: Mapping[str, frozenset[str]]
) -> Mapping[str, frozenset[str]] | None:
    """What a subject must be to fit both, as folded words; None where no subject does."""
    one, other = _folded(one), _folded(other)
    found = {**one, **other, **{name: one[name] & other[name] for name in one.keys() & other.keys()}}
    return found if all(found.values()) else None


def _covers(row: BudgetRow, whom: Mapping[str, frozenset[str]]) -> bool:
    """Whether every subject with *whom* fits the row, so that later rows do not matter for it."""
    return all(name in whom and whom[name] <= values for name, values in _folded(row.when).items())


def _folded(when: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    return {name: frozenset(map(folded, values)) for name, values in when.items()}
