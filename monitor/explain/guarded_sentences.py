"""Make the sentence that says what a guarded period changes for a subject, and when it ends. Pure."""

from __future__ import annotations

from monitor.explain.guarded import FigureChange, GuardedTerms
from monitor.explain.names import PolicyNames
from monitor.explain.sentences import dashed, instant_name, length, rung, stage
from monitor.messages import COMMA, Argument, Message, joined, message
from monitor.model import Measure, OnChange
from monitor.policy import ONE, BudgetRow
from monitor.text import shown_time


def sentence(of: GuardedTerms, zone: str, names: PolicyNames) -> Message:
    """From when to when the period holds, and what is different in it."""
    changes: list[Argument] = [
        message(
            f"explain-guarded-{one.ladder}",
            before=rung(names.ladders.get(one.ladder, {}), one.before),
            after=rung(names.ladders.get(one.ladder, {}), one.after),
        )
        for one in of.rungs
    ]
    if of.stages is not None:
        before, after = (joined([stage(name) for name in names], COMMA) for names in of.stages)
        none = message("explain-guarded-none")
        changes.append(
            message(
                "explain-guarded-stages", before=before if of.stages[0] else none, after=after if of.stages[1] else none
            )
        )
    changes += [_figure(one, names) for one in of.figures]
    said = message(
        f"explain-guarded-{of.when}",
        title=of.period.title,
        since=shown_time(of.since, zone),
        until=shown_time(of.until, zone),
        changes=joined(changes, "; ") if changes else message("explain-guarded-nothing"),
    )
    if not of.period.ordered_by:
        return said
    return message("explain-guarded-ordered", said=said, author=of.period.ordered_by)


def _figure(one: FigureChange, names: PolicyNames) -> Message:
    before, after = (figure(row, names) for row in (one.before, one.after))
    said = message("explain-guarded-figure", target=one.rule.title, before=before, after=after)
    if one.on_change is OnChange.AT_EVENT:
        return said
    return message(f"explain-guarded-{dashed(one.on_change)}", change=said)


def figure(row: BudgetRow | None, names: PolicyNames) -> Argument:
    """A figure as its row writes it."""
    if row is None:
        return message("explain-guarded-none")
    if row.until:
        return message("explain-row-until", instant=instant_name(row.until, names))
    if row.measure is not Measure.TIME:
        return str(row.budget // ONE)
    if row.days or row.same_day:
        return message("explain-same-day") if row.same_day else message("explain-days", days=row.days)
    return f"{row.share * 100:g} %" if row.share else length(row.budget)
