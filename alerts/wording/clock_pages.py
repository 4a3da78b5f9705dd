"""Word the pages of a clock that nears its deadline or has breached.

Pure. Thousands of clocks may cross a stage at one instant, so the words of each language are put together from few
messages, and what many clocks share (lengths, budgets, what was reached) is worded once. What `clocks.py` says of all
pages holds here too.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from alerts.wording import group_pages, promises
from alerts.wording.clocks import filled, local, named_by, plain, rungs, said_of
from monitor.alert import Settings
from monitor.clock import PaceSpell, Reading, Subject
from monitor.memory import remembered
from monitor.messages import COMMA, DEFAULT, LANGUAGES, Argument, annotation_name, joined, message, speaker, text
from monitor.model import Measure, Name, SubjectKind
from monitor.policy import BREACHED_STAGE, PACE_STAGE, Stage, Target
from monitor.text import web_link

_FINE = timedelta(minutes=15)
"""Below such a budget, seconds matter."""

_DAYS = timedelta(days=2)
"""So far ahead, a date says enough."""

# Bound once: in Python 3.11, looking a member up costs more than the rest of its line.
_TIME, _GROUP = Measure.TIME, SubjectKind.GROUP

Say = Callable[..., str]


def near_or_breached(
    subject: Subject,
    reading: Reading,
    stage: Stage,
    since: datetime,
    left: promises.Left,
    explain: str,
    settings: Settings,
) -> dict[str, str]:
    """The annotations of a stage that was reached at *since* with *left* of the budget; empty ones are left out.

    *explain* is the link to our own explanation.
    """
    if subject.kind is _GROUP:
        return group_pages.of_group(subject, reading, stage, since, explain, settings)
    target, given = reading.target, subject.attributes
    fast = None if reading.pace is None or stage.name != PACE_STAGE else reading.pace.spells[-1]
    deadline = reading.deadline if fast is None else None
    fine = target.budget < _FINE
    facts = {
        "customer": plain(given.get("customer", "")),
        "circuit": plain(given.get("circuit", "")),
        "team": plain(given.get("team", "")),
        **said_of(given, settings),
        "due": "" if deadline is None else local(deadline, settings.zone, fine),
        "budget": _budget(DEFAULT, target),
        "budget_source": plain(target.figure),
        "policy": plain(target.policy_version),
        "explain_url": explain,
        "ticket_url": web_link(given.get("url", "")),
    }
    name, title = plain(subject.key.subject), named_by(settings.targets, target.name)
    ranks = rungs(reading.tier, reading.assurance, settings, given)
    limit = target.ahead_of or target.until
    moment = "" if limit is None else local(limit, settings.zone)
    at, overtaken = local(since, settings.zone, fine), _overtaken(stage, left)
    blamed = ", ".join([plain(leg.party) for leg in reading.caused_by]) if reading.legs else ""
    words = {}
    for language, summary, description, say in _voices():
        if fast is not None:
            state = _pace(say, language, target, fast, settings.zone)
        else:
            state = _state(say, language, reading, stage, facts["due"], left)
        of = text(title, language)
        if ranks:
            of_rungs = _ranks(language, ranks)
            words[summary] = say("alert-page-of-rungs", subject=name, target=of, rungs=of_rungs, state=state)
        else:
            words[summary] = say("alert-page", subject=name, target=of, state=state)
        promise = _promise(say, language, target, of, moment)
        reached = _reached(language, stage.name, stage.share, stage.wall, stage.left, overtaken)
        customer = facts["customer"] or say("alert-the-customer")
        lines = [say("alert-page-promised", customer=customer, promise=promise, reached=reached, at=at, state=state)]
        _add_background(lines, say, language, facts, blamed)
        words[description] = "\n".join(lines)
    return filled({**words, **facts})


@remembered("page_voices", 1)
def _voices() -> tuple[tuple[str, str, str, Say], ...]:
    """Each language with the names of its annotations, and what says its messages."""
    return tuple(
        (language, annotation_name("summary", language), annotation_name("description", language), speaker(language))
        for language in LANGUAGES
    )


def _add_background(lines: list[str], say: Say, language: str, facts: dict[str, str], blamed: str) -> None:
    """Add the lines below what was promised and how it stands."""
    if blamed:
        lines.append(say("alert-page-supplier", supplier=blamed))
    circuit, team = facts["circuit"], facts["team"]
    if circuit and team:
        lines.append(say("alert-circuit-and-team", circuit=circuit, team=team))
    elif circuit:
        lines.append(say("alert-circuit", circuit=circuit))
    elif team:
        lines.append(say("alert-team", team=team))
    if source := _source(language, facts["budget_source"], facts["policy"]):
        lines.append(source)
    if facts["explain_url"]:
        lines.append(say("alert-why", url=facts["explain_url"]))
    if facts["ticket_url"]:
        lines.append(say("alert-ticket", url=facts["ticket_url"]))


def _state(say: Say, language: str, reading: Reading, stage: Stage, due: str, left: promises.Left) -> str:
    """How the clock stands: breached, or what is left until when."""
    target = reading.target
    if target.measure is not _TIME:
        used = text(promises.amount(False, reading.counted), language)
        return say("alert-state-times", used=used, allowed=_budget(language, target))
    if stage.name == BREACHED_STAGE:
        return say("alert-state-breached" if target.period is None else "alert-state-used-up", due=due)
    rest = _remaining(language, left.counted, left.wall, target.budget < _FINE)
    if not due:  # what is left lasts to the end of the period
        return say("alert-state-left", left=rest)
    return say("alert-state-due" if target.period is None else "alert-state-at-this-rate", left=rest, due=due)


def _pace(say: Say, language: str, target: Target, fast: PaceSpell, zone: str) -> str:
    """What was used in which time when the pace came to be too fast, and until when the rest lasts at that pace."""
    used = text(promises.amount(target.measure is _TIME, fast.used, target.budget < _FINE), language)
    day = local(fast.exhausted_at, zone)
    if fast.exhausted_at - fast.start >= _DAYS:
        day = day[:10]
    window = text(promises.days(fast.window), language)
    return say("alert-state-pace", used=used, allowed=_budget(language, target), window=window, exhausted=day)


def _promise(say: Say, language: str, target: Target, title: str, moment: str) -> str:
    """The promise in a clause, with its calendar where that is not always."""
    if target.measure is _TIME and target.period is None and not moment:
        promise = say("alert-promise-within", target=title, budget=_budget(language, target))
    else:
        promise = text(promises.promised(target, title, moment), language)
    if target.calendar == "always":
        return promise
    return say("alert-promise-by-calendar", promise=promise, calendar=target.calendar)


def _overtaken(stage: Stage, left: promises.Left) -> bool:
    """Whether more wall time is left than the stage says: the clock waited, and its deadline moved on since.

    What was reached stays reached.
    """
    return stage.wall is not None and not (left.wall is not None and left.wall <= stage.wall)


# -- what many clocks share --------------------------------------------------------------------------------------------


@remembered("page_ranks", 4096)
def _ranks(language: str, ranks: tuple[Name, ...]) -> str:
    return text(joined(ranks, COMMA), language)


@remembered("page_figures", 4096)
def _source(language: str, figure: str, policy: str) -> str:
    """Where the figure of the budget is from, and by which policy it holds."""
    parts = [message("alert-figure", figure=figure)] if figure else []
    if policy:
        parts.append(message("alert-policy", policy=policy))
    return text(joined(parts, message("list-sentences")), language)


def _budget(language: str, target: Target) -> str:
    return _worded_budget(language, target.budget, target.measure is _TIME, target.days, target.share)


@remembered("page_budgets", 4096)
def _worded_budget(language: str, length: timedelta, timed: bool, days: int, share: float) -> str:
    return text(promises.worded_budget(length, timed, days, share), language)


@remembered("page_remaining", 8192)
def _remaining(language: str, counted: timedelta, wall: timedelta | None, fine: bool) -> str:
    return text(promises.remaining(True, promises.Left(counted, wall), fine), language)


@remembered("page_stages", 4096)
def _reached(
    language: str, name: str, share: float | None, wall: timedelta | None, left: timedelta | None, overtaken: bool
) -> str:
    """The stage that was reached: a share used, or a length left."""
    return text(_stage(name, share, wall, left, overtaken), language)


def _stage(name: str, share: float | None, wall: timedelta | None, left: timedelta | None, overtaken: bool) -> Argument:
    if name == BREACHED_STAGE:
        return message("alert-reached-all")
    if name == PACE_STAGE:
        return message("alert-reached-pace")
    if share is not None:
        return message("alert-reached-share", share=f"{share * 100:g}")
    if wall is None:
        return message("alert-reached-left", length=promises.length(left or timedelta(0)))
    length = promises.length(wall)
    return (
        message("alert-reached-wall-earlier", length=length)
        if overtaken
        else message("alert-reached-wall", length=length)
    )
