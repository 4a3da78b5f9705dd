"""Check a target that counts several subjects together, and make the rule that the core uses.

Keys that make no sense together are refused, each with file, line and key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from monitor.config.attribute_file import a_rung, a_word
from monitor.config.policy_schema import PHASES, STATES, BudgetText, DutiesText, GoodText, PolicyText, TargetText
from monitor.config.target_file import a_calendar, a_reason, an_instant, named_instants
from monitor.config.yaml_file import Document, Loc
from monitor.history import ATTRIBUTES, INSTANTS
from monitor.model import Choose, CircuitState, Condition, DayEnd, Measure, OwnInstant, Period, Phase, SubjectKind
from monitor.policy import ONE, BudgetRow, Counting, TargetRule
from monitor.text import did_you_mean
from monitor.worktime import DueDate

_ENDED_BY = "what is counted is judged by periods"


def target(document: Document, name: str, text: TargetText, policy: PolicyText) -> TargetRule:
    """The rule of a target that counts. Raises ConfigError with file, line and key."""
    loc: Loc = ("targets", name)
    _keys(document, loc, text, policy)
    _conditions(document, loc, text, policy)
    if "calendar" in document.data["targets"][name]:
        a_calendar(document, (*loc, "calendar"), text.calendar, policy)
    good = _good(document, loc, text, policy)
    rows = tuple(_row(document, (*loc, "budgets", index), row, text, policy) for index, row in enumerate(text.budgets))
    if text.choose is Choose.STRICTEST and any(row.measure is not Measure.COUNT for row in rows):
        raise document.error((*loc, "choose"), "of what must be reached the first row holds; remove it")
    if text.duties is not None and any(row.measure is not Measure.AT_LEAST for row in rows):
        raise document.error((*loc, "duties"), "are for what must happen; write at_least: 1 times in budgets, or per")
    if good is None and any(row.measure is Measure.GOAL for row in rows):
        raise document.error((*loc, "good"), "is missing; say what makes a counted one good")
    if good is not None and any(row.measure is not Measure.GOAL for row in rows):
        raise document.error((*loc, "good"), "is for budgets with a goal; write goal: 90% in budgets, or remove good")
    during, listed = _during(document, loc, text, policy)
    when = _choice(document, (*loc, "when"), text.when, policy)
    cancelled = frozenset(text.cancel) if text.of is not SubjectKind.CIRCUIT else frozenset()
    counting = Counting(
        of=text.of,
        counts=frozenset(text.counts),
        by=text.by,
        when={**({text.by: frozenset(listed)} if during and text.by else {}), **when},
        unless=_choice(document, (*loc, "unless"), text.unless, policy),
        cancel=cancelled,
        excuses=frozenset(a_reason(document, (*loc, "pause", i), one, policy) for i, one in enumerate(text.pause)),
        good=frozenset(good.entered) if good is not None else frozenset(),
        good_target=good.target if good is not None else "",
        listed=listed,
        duty=None if text.duties is None else _duty(document, (*loc, "duties"), text.duties),
        made_up=text.duties is None or text.duties.late == "made_up",
        during=during,
        tier=a_rung(document, (*loc, "tier"), text.tier, "tier", policy) if text.tier else "",
        stages=tuple(text.stages),
    )
    return TargetRule(
        name=name,
        title=text.name.name(),
        start=frozenset(),
        stop=frozenset(),
        rows=rows,
        of=SubjectKind.GROUP,
        cancel=frozenset(),
        period=text.duties.each if text.duties is not None else text.per,
        choose=text.choose,
        last_day=text.last_day,
        assumed=tuple(item.name() for item in text.assumed),
        counting=counting,
        instants=named_instants(_lists(text).values(), policy),
    )


def _keys(document: Document, loc: Loc, text: TargetText, policy: PolicyText) -> None:
    """Refuse keys that do not go together."""
    known = (*ATTRIBUTES, *policy.attributes)
    given = document.data["targets"][loc[-1]]
    if not (text.counts or text.good or text.duties) and (text.start or text.stop):
        key = next(key for key in ("when", "by", "groups") if key in given)
        instead = "ask for it in the rows of budgets (when), or" if key == "when" else "remove it, or"
        raise document.error((*loc, key), f"is for what is counted of several; {instead} write counts")
    circuit, by_target = text.of is SubjectKind.CIRCUIT, text.good is not None and bool(text.good.target)
    for key in ("start", "stop", "reset", "reopen", "recurring", "begins", "ahead_of", "started_by", "at_least",
                "on_change", "pace"):  # fmt: skip
        if key in given:
            why = f"{_ENDED_BY}; remove {key}"
            if key == "at_least":
                why = "is for feedbacks of one ticket; write at_least: 2 times in the place of budget"
            if key == "pace":
                why = "is of the allowance of one subject; remove pace"
            raise document.error((*loc, key), why)
    for wrong, key, why in (
        (by_target and bool(text.counts), "counts", "the clocks of good.target are counted; remove counts"),
        (not by_target and not text.counts, "counts", f"is missing; write one of {', '.join(_told(text.of))}"),
        (text.per is None and text.duties is None, "per", "is missing; write per: month, or duties"),
        (text.per is not None and text.duties is not None, "per", "is said by duties.each; remove one of the two"),
        (bool(text.by) and text.by not in known, "by", f"{text.by!r} is not an attribute; use one of"
         f" {', '.join(known)}{did_you_mean(text.by, known)}"),
        (bool(text.groups) and not text.by, "groups", "are values of by; write by: customer, or remove groups"),
        (bool(text.pause) and not circuit, "pause", "excuses circuits; say with unless which tickets do not count"),
        ("cancel" in given and circuit, "cancel", "a circuit is never cancelled; remove it"),
        (text.last_day is not DayEnd.SAME_TIME and text.duties is None, "last_day", "is for duties; remove it"),
        (text.last_day is not DayEnd.SAME_TIME and text.duties is not None and text.duties.at is not None,
         "last_day", "and duties.at both say when the date ends; remove one of the two"),
    ):  # fmt: skip
        if wrong:
            raise document.error((*loc, key), why)
    places = [((*loc, "groups", index), value) for index, value in enumerate(text.groups)]
    document.distinct(places)
    for place, value in places:
        if not value.strip():
            raise document.error(place, "is empty; write a value of by")


def _told(of: SubjectKind) -> Sequence[str]:
    return STATES if of is SubjectKind.CIRCUIT else PHASES


def _lists(text: TargetText) -> Mapping[tuple[str, ...], Sequence[Condition]]:
    entered = text.good.entered if text.good is not None else []
    return {("counts",): text.counts, ("good", "entered"): entered, ("cancel",): text.cancel}


def _conditions(document: Document, loc: Loc, text: TargetText, policy: PolicyText) -> None:
    lists = _lists(text)
    kind = CircuitState if text.of is SubjectKind.CIRCUIT else Phase
    for key, conditions in lists.items():
        for index, item in enumerate(conditions):
            if isinstance(item, OwnInstant):
                an_instant(document, (*loc, *key, index), item, text.of, (*INSTANTS, *policy.instants))
        wrong = next((item for item in conditions if not isinstance(item, (kind, OwnInstant))), None)
        if wrong is not None and key != ("cancel",):
            raise document.error(
                (*loc, *key), f"{str(wrong)!r} is said of no {text.of}; write one of {', '.join(_told(text.of))}"
            )
    both = set(text.counts) & set(text.cancel)
    if both and kind is Phase:
        raise document.error(
            (*loc, "counts"), f"{str(min(both))!r} is what does not count after all; remove it, or write cancel: []"
        )


def _good(document: Document, loc: Loc, text: TargetText, policy: PolicyText) -> GoodText | None:
    good, loc = text.good, (*loc, "good")
    if good is None:
        return None
    if bool(good.target) == bool(good.entered):
        raise document.error(loc, "is either a target that is kept, or what is entered; write one of the two")
    if not good.target:
        return good
    named, place = policy.targets.get(good.target), (*loc, "target")
    if named is None:
        known = ", ".join(policy.targets)
        raise document.error(
            place, f"{good.target!r} is not one of the targets ({known}){did_you_mean(good.target, policy.targets)}"
        )
    if named.counting or named.per is not None:
        raise document.error(place, f"{good.target!r} is judged by periods itself; name a target with stop")
    if named.of is not text.of:
        raise document.error(place, f"{good.target!r} is of a {named.of}, this target of a {text.of}; name one of both")
    return good


def _row(document: Document, loc: Loc, row: BudgetText, text: TargetText, policy: PolicyText) -> BudgetRow:
    """One figure, and for which group it is. Raises ConfigError."""
    calendar = row.calendar or text.calendar
    a_calendar(document, (*loc, "calendar"), calendar, policy)
    given = {"budget": row.budget, "at_least": row.at_least, "goal": row.goal}
    written = [key for key, value in given.items() if value is not None]
    if not written:
        raise document.error((*loc, "budget"), "is missing; write budget: 4 times, at_least: 2 times or goal: 90%")
    if len(written) > 1:
        raise document.error((*loc, written[1]), f"is another promise than {written[0]}; write one of them a row")
    for key in ("budget", "at_least"):
        amount = given[key]
        if amount is not None and amount.times is None:
            raise document.error((*loc, key), "is no number of times, which counting needs; write 4 times")
        if key == "at_least" and amount is not None and not amount.times:
            raise document.error((*loc, key), "0 times are always reached; write 1 times or more")
    _of_a_group(document, loc, row, text)
    measure = {"budget": Measure.COUNT, "at_least": Measure.AT_LEAST, "goal": Measure.GOAL}[written[0]]
    amount = row.at_least if row.budget is None else row.budget
    return BudgetRow(
        when=_choice(document, (*loc, "when"), row.when, policy),
        budget=(0 if amount is None else amount.times) * ONE,
        calendar=calendar,
        figure=row.source,
        share=row.goal or 0.0,
        measure=measure,
        note=row.note,
    )


def _of_a_group(document: Document, loc: Loc, row: BudgetText, text: TargetText) -> None:
    """Refuse what a row asks of one subject. Raises ConfigError."""
    for key, given in (("after", row.after), ("after_start", row.after_start)):
        if given is not None:
            raise document.error((*loc, key), "is an age, which tickets and changes have; remove it")
    for key in ("opened_in", "opened_outside"):
        if getattr(row, key):
            raise document.error((*loc, key), "asks for the opening of one subject; remove it")
    for name in row.when:
        if name != text.by:
            by = f"by {text.by}, which alone chooses a row" if text.by else "all together, so nothing chooses a row"
            raise document.error((*loc, "when", name), f"cannot choose: it is counted {by}; write when on the target")


def _choice(
    document: Document, loc: Loc, when: Mapping[str, Sequence[str]], policy: PolicyText
) -> dict[str, frozenset[str]]:
    """Which subjects count, or for which group a row is: any attribute may say it. Raises ConfigError."""
    known, found = (*ATTRIBUTES, *policy.attributes), {}
    for name, values in when.items():
        if name not in known:
            raise document.error(
                (*loc, name), f"is not an attribute; use one of {', '.join(known)}{did_you_mean(name, known)}"
            )
        if not values:
            raise document.error((*loc, name), "lists no value, so it would fit nobody; write one, or remove it")
        found[name] = frozenset(a_word(document, (*loc, name), name, value, policy) for value in values)
    return found


def _during(
    document: Document, loc: Loc, text: TargetText, policy: PolicyText
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The guarded periods in which alone a duty is due, and the groups that have it. Raises ConfigError.

    In guarded periods the groups are those for whom the periods are.
    """
    names = () if text.duties is None else tuple(dict.fromkeys(text.duties.during))
    place, known = (*loc, "duties", "during"), policy.guarded_periods
    for name in names:
        if name not in known:
            listed = ", ".join(known) or "there are none"
            raise document.error(
                place, f"{name!r} is not one of the guarded_periods ({listed}){did_you_mean(name, known)}"
            )
        if text.by and not known[name].who.get(text.by):
            raise document.error(
                place, f"{name!r} is for no {text.by}, by which is counted; name one in its for, or remove by"
            )
    if not names or not text.by:
        return names, tuple(text.groups)
    if text.groups:
        why = "are those whom the guarded period is for; remove groups, and name some of them in when of a row"
        raise document.error((*loc, "groups"), why)
    return names, tuple(dict.fromkeys(value for name in names for value in known[name].who[text.by]))


def _duty(document: Document, loc: Loc, text: DutiesText) -> DueDate:
    """The date of a duty. Raises ConfigError for one that its period does not have."""
    by: DueDate = text.by or DueDate(working=text.each is Period.DAY)
    dated = by.number > 0 and not by.working and by.weekday is None
    for wrong, why in (
        (text.each is Period.DAY and text.by is not None, "a day has one date; remove by, and write at: 17:00"),
        (by.weekday is not None and text.each is not Period.WEEK, "is a day of a week; write each: week"),
        (dated and text.each is not Period.MONTH, "is a date of a month; write each: month, or last working day"),
        (by.working and text.each is Period.WEEK and by.number > 7, "is beyond any week; write a smaller number"),
        (by.working and text.each is Period.MONTH and by.number > 31, "is beyond any month; write a smaller number"),
    ):
        if wrong:
            raise document.error((*loc, "by"), why)
    return DueDate(by.number, by.working, by.weekday, text.at)
