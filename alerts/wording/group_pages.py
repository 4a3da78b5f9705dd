"""Word the pages about what is counted of several: how often it happened in which period, and what was promised.

Pure. What `clocks.py` says of all pages holds here too.
"""

from __future__ import annotations

from datetime import datetime

from alerts.wording import promises
from alerts.wording.clocks import filled, local, named_by, plain, rungs, why
from monitor.alert import Settings
from monitor.clock import Reading, Subject
from monitor.messages import COMMA, DEFAULT, Argument, as_annotations, joined, lines, message, text
from monitor.model import Measure, Period
from monitor.policy import BREACHED_STAGE, ONE, Stage, Target


def of_group(
    subject: Subject, reading: Reading, stage: Stage, since: datetime, explain: str, settings: Settings
) -> dict[str, str]:
    """The annotations of a stage of a group that was reached at *since*; *explain* is the link to our explanation."""
    target, whom = reading.target, named(subject)
    title: Argument = named_by(settings.targets, target.name)
    due = "" if reading.deadline is None else local(reading.deadline, settings.zone)
    facts = {
        "group": whom,
        "customer": plain(subject.attributes.get("customer", "")),
        "circuit": plain(subject.attributes.get("circuit", "")),
        "team": plain(subject.attributes.get("team", "")),
        "due": due,
        "budget": text(_allowed(reading), DEFAULT),
        "budget_source": plain(target.figure),
        "policy": plain(target.policy_version),
        "explain_url": explain,
    }
    ranks = rungs(reading.tier, reading.assurance, settings, subject.attributes)
    what: Argument = message("alert-group", whom=whom, target=title) if whom else title
    if ranks:
        what = message("alert-group-of-rungs", what=what, rungs=joined(ranks, COMMA))
    state = _state(reading, due)
    source = [message("alert-figure", figure=facts["budget_source"])] if facts["budget_source"] else []
    source.append(message("alert-policy", policy=facts["policy"]))
    description = lines(
        message("alert-group-promised", promise=promises.promised(target, title)),
        _since(stage, target, local(since, settings.zone), state),
        joined(source, message("list-sentences")),
        why(explain),
    )
    words = {
        **as_annotations("summary", message("alert-group-page", what=what, state=state)),
        **as_annotations("description", description),
    }
    return filled({**words, **facts})


def named(subject: Subject) -> str:
    """Whose group it is: the value that makes it, empty for all together."""
    _, _, form = subject.key.subject.partition("/")
    value = next((value for name, value in subject.attributes.items() if name != "tier"), "")
    return plain(value or subject.attributes.get("tier", "") if form else "")


def _allowed(reading: Reading) -> Argument:
    target = reading.target
    return promises.budget(target) if target.measure is not Measure.GOAL else promises.goal(target)


def _state(reading: Reading, due: str) -> Argument:
    """How it stands: so many in the period, of how many."""
    target, counted = reading.target, reading.counted // ONE
    known: dict[str, Argument | int] = {"period": _period(target.period, reading.cycle), "due": due}
    broken = "breached" if reading.breached_at is not None else "due"
    if target.measure is Measure.COUNT:
        return message(f"alert-state-at-most-{broken}", counted=counted, allowed=target.budget // ONE, **known)
    if target.measure is Measure.GOAL:
        share = promises.percent(target.share)
        return message(f"alert-state-goal-{broken}", good=counted, total=reading.total, share=share, **known)
    return message(f"alert-state-at-least-{broken}", counted=counted, needed=target.budget // ONE, **known)


def _period(period: Period | None, number: int) -> Argument:
    """A period as people name it: 2026-03, 2026 Q1, the week of 2026-03-02."""
    digits = str(number)
    if period is Period.YEAR:
        return digits
    if period is Period.QUARTER:
        return f"{digits[:4]} Q{digits[4:]}"
    if period is Period.MONTH:
        return f"{digits[:4]}-{digits[4:]}"
    day = f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"
    return message("alert-period-week", day=day) if period is Period.WEEK else day


def _since(stage: Stage, target: Target, at: str, state: Argument) -> Argument:
    if stage.name == BREACHED_STAGE:
        return message("alert-group-broken", at=at, state=state)
    return message("alert-group-reached", reached=_reached(stage, target), at=at, state=state)


def _reached(stage: Stage, target: Target) -> Argument:
    if stage.left is not None:
        return message("alert-reached-left", length=promises.length(stage.left))
    if stage.wall is not None:
        return message("alert-reached-wall", length=promises.length(stage.wall))
    share = f"{(stage.share or 0) * 100:g}"
    of_budget = target.measure is Measure.COUNT
    return message("alert-reached-share" if of_budget else "alert-reached-gone", share=share)
