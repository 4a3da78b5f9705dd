"""Make the messages of an explanation's clocks; the page, the terminal and JSON write them in a language.

Pure. Instants are local to the zone of the reader, with their offset from UTC.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from monitor.clock import BROKEN, KEPT, RETIRED, Leg, sentence
from monitor.explain.explanation import (
    Amount,
    CauseKind,
    ClockExplanation,
    ClockSummary,
    CorrectedClock,
    CorrectionExplanation,
    CountedMember,
    DeadlineMove,
    InstantName,
    IntervalExplanation,
    IntervalKind,
    LaidOut,
    TermsChange,
)
from monitor.explain.names import PolicyNames
from monitor.history import ATTRIBUTES, TIME, Doubt, Retirement
from monitor.messages import COMMA, Argument, Message, joined, message
from monitor.model import AgreementKind, CorrectionKind, DayEnd, Measure, Name, State, SubjectKind
from monitor.policy import AT_RISK_STAGE, BREACHED_STAGE, ONE, PACE_STAGE, BudgetRow, Provenance
from monitor.text import exact_length, shown_time, time_of_day
from monitor.worktime import Calendar, StretchKind

EXCLUDED = message("explain-excluded")
"""The reason of time that a correction took out."""

_SECOND = timedelta(seconds=1)

NONE = "–"
"""What stands where there is no instant."""


def dashed(word: StrEnum | str) -> str:
    """The word of an enum as it stands in ids of messages."""
    return str(word).replace("_", "-")


def length(of: timedelta) -> str:
    """A length in whole seconds, cut towards none."""
    return exact_length(of - of % _SECOND if of >= timedelta(0) else of + -of % _SECOND)


def written(amount: Amount) -> str:
    """An amount as it can be added up on paper."""
    return str(amount) if isinstance(amount, int) else length(amount)


def instant(at: datetime | None, zone: str) -> str:
    """Local time, or a dash."""
    return NONE if at is None else shown_time(at, zone)


def state(of: State | str) -> Message:
    """The state of a clock."""
    return message(f"explain-state-{dashed(of)}")


def subject(kind: SubjectKind) -> Message:
    """What a subject is."""
    return message(f"explain-subject-{kind}")


_STAGES = ("used", "left", "wall")

_TITLED = frozenset(ATTRIBUTES)


def attribute(name: str, declared: Mapping[str, Name]) -> Argument:
    """What an attribute is called; *declared* are the names of those that the policy declares."""
    if name in declared:
        return declared[name]
    return message(f"attribute-{dashed(name)}") if name in _TITLED else name


_WITH_A_LINE = ("title", "customer", "circuit", "team", "tier", "assurance", "urgency", "scope", "process", "url")


def further(attributes: Mapping[str, str], names: PolicyNames) -> Sequence[tuple[Argument, Argument]]:
    """The name and the word of each attribute that has no line of its own on the page."""
    others = [(name, word) for name, word in attributes.items() if name not in _WITH_A_LINE]
    return [(attribute(name, names.attributes), names.word(name, word)) for name, word in others]


def rung(names: Mapping[str, Name], id_: str) -> Argument:
    """The name of a tier or an assurance; its id where the policy has none."""
    if id_ in names:
        return names[id_]
    return message("page-rung-none") if id_ in ("none", "") else id_


def rungs(names: PolicyNames, tier: str, assurance: str) -> Argument:
    """The tier and the assurance in one line; a dash where there is neither."""
    return joined(names.rungs(tier, assurance), " · ") if names.rungs(tier, assurance) else NONE


def stage(name: str) -> Argument:
    """A stage as people read it: `90 % used` for `used_90`, `15m left` for `left_15m`, `75 %` for `75`."""
    kind, _, amount = name.partition("_")
    if amount and kind in _STAGES:
        return message(f"explain-stage-{kind}", amount=amount)
    if name in (AT_RISK_STAGE, BREACHED_STAGE):
        return state(name)
    if name == PACE_STAGE:
        return message("explain-stage-pace")
    return f"{name} %" if name.isascii() and name.isdigit() else name


def kind(of: IntervalKind) -> Message:
    """What an interval is."""
    return message(f"explain-kind-{of}")


def cause(part: IntervalExplanation) -> Argument:
    """The source's own word for what began an interval; where it had none, the instant, or what the event was."""
    if part.instant is not None:
        return named(part.instant)
    if part.cause is CauseKind.STATUS:
        return part.status or ""
    return message(f"explain-cause-{part.cause}")


def named(one: InstantName) -> Argument:
    """An instant of a subject by its name."""
    return message(f"explain-instant-{one.id}") if one.name is None else one.name


def instant_name(id_: str, names: PolicyNames) -> Argument:
    """An instant of a subject by its id."""
    return named(InstantName(id_, names.instants.get(id_)))


def reason(part: IntervalExplanation) -> Argument | None:
    """Why time is paused in an interval."""
    if part.kind is IntervalKind.CANCELLED and part.reason == RETIRED:
        return message("explain-retired")
    return EXCLUDED if part.excluded and part.reason is not None else part.reason_name


def provenance(of: Provenance) -> Message | None:
    """Where something in the policy comes from; None where the policy does not say."""
    if not of.source:
        return None
    source = message("explain-assumed") if of.assumed else message("explain-source", source=of.source)
    return message("explain-source-note", source=source, note=of.note) if of.note else source


def reason_with_source(part: IntervalExplanation) -> Argument | None:
    """Why time is paused in an interval, and where the policy has that reason from."""
    name, source = reason(part), provenance(part.reason_source)
    return name if name is None or source is None else message("explain-sourced", what=name, source=source)


def figure(clock: ClockExplanation) -> Argument:
    """Where the figure comes from, with the remark of its row."""
    source, note = clock.target.figure, "" if clock.row is None else clock.row.note
    return message("explain-source-note", source=source, note=note) if note else source


def amount(clock: ClockExplanation) -> Message:
    """`3 of 4`, or `2 of at least 3`."""
    known = {"counted": written(clock.counted), "allowed": written(clock.budget)}
    if clock.target.measure is Measure.AT_LEAST:
        return message("explain-amount-at-least", **known)
    if clock.target.measure is Measure.GOAL:
        return message("explain-amount-goal", total=str(clock.reading.total), **known)
    return message("explain-amount-at-most", **known)


def addends(clock: ClockExplanation) -> Sequence[str]:
    """The lengths that add up to what a clock counted."""
    return [written(part.counted) for part in clock.intervals if part.counted]


def row(of: BudgetRow | None, names: PolicyNames) -> Argument:
    """The conditions of the row that gave the figure."""
    conditions: list[Argument] = []
    for name, values in () if of is None else of.when.items():
        words = [names.word(name, value) for value in sorted(values)]
        of_name = attribute(name, names.attributes)
        conditions.append(message("explain-row-when", name=of_name, words=joined(words, message("explain-or"))))
    if of is not None and of.after:
        kind = "explain-row-after-start" if of.of_clock else "explain-row-after"
        conditions.append(message(kind, length=length(of.after)))
    if of is not None and of.opened_in:
        conditions.append(message("explain-row-opened-in", calendar=of.opened_in))
    if of is not None and of.opened_outside:
        conditions.append(message("explain-row-opened-outside", calendar=of.opened_outside))
    if of is not None and of.until:
        conditions.append(message("explain-row-until", instant=instant_name(of.until, names)))
    return joined(conditions, COMMA) if conditions else message("explain-row-any")


def calendar(of: Calendar) -> Message:
    """A calendar with its version and its zone."""
    return message("explain-calendar", name=of.name, version=of.version, zone=of.zone)


def promise(clock: ClockExplanation) -> Argument:
    """What the budget is, and of what."""
    target, budget = clock.target, length(clock.target.budget)
    if target.ahead_of is not None and clock.last_moment is not None:
        return _ahead(clock, target.ahead_of, clock.last_moment)
    if target.until is not None:
        return message("explain-until", until=shown_time(target.until, clock.zone), budget=budget)
    if target.measure is not Measure.TIME:
        times = round(target.budget.total_seconds())
        if target.measure is Measure.GOAL:
            return _in_period(message("explain-goal", share=_percent(target.share)), clock)
        if target.measure is Measure.AT_LEAST:
            return _in_period(message("explain-times-at-least", times=times), clock)
        return _in_period(message("explain-times-at-most", times=times), clock)
    if target.days or target.same_day:
        return _working_days(clock)
    if target.share and clock.period is not None:
        share = _percent(target.share)
        whole = length(clock.period.end - clock.period.start)
        return _in_period(message("explain-share", share=share, whole=whole, budget=budget), clock)
    return _in_period(budget, clock)


def _percent(share: float) -> str:
    return f"{share * 100:.10f}".rstrip("0").rstrip(".")


def _ahead(clock: ClockExplanation, planned: datetime, last: datetime) -> Message:
    before: Argument = message("explain-days", days=clock.target.days)
    if not clock.target.days:
        before = length(timedelta(0) if clock.row is None else clock.row.budget)
    return message(
        "explain-ahead",
        before=before,
        planned=shown_time(planned, clock.zone),
        last=shown_time(last, clock.zone),
        budget=length(clock.target.budget),
    )


def _working_days(clock: ClockExplanation) -> Message:
    target, calendar = clock.target, clock.calendar
    each = message("explain-each-midnight")
    begins = calendar.begins(clock.reading.started_at.astimezone(ZoneInfo(calendar.zone)).date())
    if begins:
        minutes = begins // timedelta(minutes=1) % 1440
        each = message("explain-each-edge", edge=f"{minutes // 60:02}:{minutes % 60:02}")
    return message(
        "explain-working-days",
        days=message("explain-same-day") if target.same_day else message("explain-days", days=target.days),
        end="" if target.last_day is DayEnd.SAME_TIME else message(f"explain-end-{dashed(target.last_day)}"),
        each=each,
        budget=length(target.budget),
    )


def _in_period(what: Argument, clock: ClockExplanation) -> Argument:
    if clock.period is None or clock.target.period is None:
        return what
    period = message(f"explain-period-{clock.target.period}")
    return message("explain-in-period", what=what, period=period, number=clock.period.number)


def notes(clock: ClockExplanation) -> Iterator[Message]:
    """What else a person must know to understand the clock."""
    if clock.reading.retired:
        several = clock.target.period is not None and not clock.target.start
        note = "explain-note-retired-group" if several else "explain-note-retired"
        yield message(note, at=instant(clock.reading.stopped_at, clock.zone))
    if clock.reading.first_sight:
        yield message("explain-first-sight")
    if clock.opening_ignored:
        yield message("explain-opening-ignored")
    if clock.started_by is not None:
        by = clock.started_by
        yield message("explain-started-by", target=clock.names.target(by.target), over=length(by.over))
    if clock.beginning is not None:
        source, begun = provenance(clock.beginning.source), instant_name(clock.beginning.instant, clock.names)
        yield message("explain-begun-by", instant=begun, source=source or "")
    for what in clock.assumed:
        yield message("explain-assumed-here", what=what)
    if clock.ended_by is not None:
        yield message("explain-ended-by", instant=named(clock.ended_by))
    yield from _guarded_duty(clock)
    yield from _other_zone(clock)
    if clock.provisional:
        yield message("explain-provisional", years=", ".join(str(year) for year in clock.provisional))
    yield from _pace(clock)
    for leg in clock.reading.caused_by:
        allowed = length(leg.budget or timedelta(0))
        yield message("explain-caused-by", party=leg.party, used=length(leg.counted), allowed=allowed)


def _other_zone(clock: ClockExplanation) -> Iterator[Message]:
    """That the calendar counts in another zone than the one in which times are shown, where that makes a difference."""
    calendar, at = clock.calendar, clock.reading.started_at
    by_days = not calendar.always or clock.period is not None or clock.target.days or clock.target.same_day
    own, shown = (at.astimezone(ZoneInfo(zone)).utcoffset() for zone in (calendar.zone, clock.zone))
    if by_days and own != shown:
        yield message("explain-other-zone", name=calendar.name, zone=calendar.zone, shown=clock.zone)


def _guarded_duty(clock: ClockExplanation) -> Iterator[Message]:
    """In which guarded periods a duty is due, where it is due in such alone."""
    for one in clock.guarded:
        since, until = (shown_time(at, clock.zone) for at in (one.since, one.until))
        yield message("explain-duty-guarded", title=one.title, since=since, until=until)


def _pace(clock: ClockExplanation) -> Iterator[Message]:
    """At which pace an allowance is used, and until when it lasts at that pace."""
    pace = clock.reading.pace
    if pace is None or not clock.reading.open:
        return
    if pace.since is not None:
        yield message("explain-pace-since", at=shown_time(pace.since, clock.zone))
    used = length(pace.used) if clock.timed else str(pace.used // ONE)
    known: dict[str, Argument] = {"used": used, "window": length(pace.window)}
    if pace.exhausted_at is not None:
        yield message("explain-pace-ends", at=shown_time(pace.exhausted_at, clock.zone), **known)
    elif clock.reading.remaining > timedelta(0):
        yield message("explain-pace-lasts", **known)


def verdict(clock: ClockExplanation) -> Message:
    """What follows from the sum."""
    reading, zone = clock.reading, clock.zone
    if not clock.timed:
        if reading.breached_at is not None:
            at = shown_time(reading.breached_at, zone)
            return message("explain-verdict-times-breached", amount=amount(clock), at=at)
        return message("explain-verdict-times", amount=amount(clock))
    assert isinstance(clock.remaining, timedelta)
    left, deadline = length(abs(clock.remaining)), instant(reading.deadline, zone)
    match reading.state:
        case State.BREACHED:
            return message("explain-verdict-breached", at=instant(reading.breached_at, zone), over=left)
        case State.PAUSED:
            return message("explain-verdict-paused", left=left)
        case State.MET:
            return message("explain-verdict-met", at=instant(reading.stopped_at, zone), left=left)
        case State.CANCELLED:
            return message("explain-verdict-cancelled")
        case _ if reading.deadline is None:
            return message("explain-verdict-allowance", left=left)
        case _:
            return message("explain-verdict-running", deadline=deadline)


def member(one: CountedMember) -> Message:
    """What one that was counted entered, and whether it was good."""
    what = message(f"explain-counted-{one.what}") if one.what in (KEPT, BROKEN) else one.what
    if one.good is None or one.what in (KEPT, BROKEN):
        return message("explain-counted", what=what)
    return message("explain-counted-good" if one.good else "explain-counted-not-good", what=what)


def leg(one: Leg) -> Message:
    """What a team or supplier used."""
    who = message("explain-supplier" if one.kind is AgreementKind.UC else "explain-team", party=one.party)
    used, agreement = length(one.counted), str(one.kind)
    if one.budget is None:
        return message("explain-leg-free", who=who, used=used, agreement=agreement)
    known: dict[str, Argument] = {"who": who, "used": used, "allowed": length(one.budget), "agreement": agreement}
    if one.over:
        return message("explain-leg-over", over=length(one.over), **known)
    return message("explain-leg", **known)


def correction(one: CorrectionExplanation, zone: str, names: PolicyNames) -> Message:
    """What a correction does."""
    made = one.correction
    of: Argument = message("explain-of-target", target=names.target(made.target)) if made.target else ""
    start = "" if made.start is None else shown_time(made.start, zone)
    end = "" if made.end is None else shown_time(made.end, zone)
    match made.kind:
        case CorrectionKind.EXCLUDE:
            return message("explain-correction-exclude", start=start, end=end, of=of)
        case CorrectionKind.COUNT:
            return message("explain-correction-count", start=start, end=end, of=of)
        case CorrectionKind.STOP:
            return message("explain-correction-stop", start=start, of=of)
        case CorrectionKind.REVOKE:
            return message("explain-correction-revoke", revokes=made.revokes)
        case CorrectionKind.RETIRE:
            return message("explain-correction-retire", start=start)


def deleted_before(at: datetime, zone: str) -> Message:
    """That what was before an instant can only be said as a sum."""
    return message("explain-deleted-before", at=shown_time(at, zone))


def retired(one: Retirement, zone: str) -> Message:
    """Since when a subject is gone for good, and who says so."""
    who = message(f"explain-retired-by-{dashed(one.by)}", author=one.author, reason=one.reason)
    return message("explain-retired-since", at=shown_time(one.at, zone), who=who)


def corrected(one: CorrectedClock, zone: str, names: PolicyNames) -> Message:
    """How a clock stood before the corrections, and how it stands."""
    before, now = _summary(one.before, zone), _summary(one.now, zone)
    clock = joined([names.target(one.target), f"#{one.cycle}"], " ")
    return message("explain-corrected", clock=clock, before=before, now=now)


def _summary(one: ClockSummary | None, zone: str) -> Message:
    if one is None:
        return message("explain-no-clock")
    known: dict[str, Argument] = {
        "state": message(f"explain-standing-{dashed(one.state)}"),
        "counted": written(one.counted),
    }
    if one.breached_at is None:
        return message("explain-standing", **known)
    return message("explain-standing-since", at=shown_time(one.breached_at, zone), **known)


def change(one: TermsChange) -> Message:
    """Another budget or calendar from an instant on."""
    before: Argument = written(one.before)
    after: Argument = written(one.after)
    if one.calendar_after:
        before = message("explain-budget-of", budget=before, calendar=one.calendar_before)
        after = message("explain-budget-of", budget=after, calendar=one.calendar_after)
    said = message("explain-change", before=before, after=after)
    if one.guarded is None:
        return said
    began = one.at == one.guarded.since
    return message("explain-change-guarded", change=said, title=one.guarded.title, began="yes" if began else "no")


def moved(one: DeadlineMove) -> Message:
    """What gave a clock another deadline."""
    return message(f"explain-moved-{one.what}")


def moved_by(one: DeadlineMove) -> str:
    """By how much a deadline moved, with its sign."""
    return "" if one.by is None else f"{'+' if one.by >= timedelta(0) else ''}{length(one.by)}"


def stretch(one: LaidOut) -> Argument:
    """What counted in a stretch of an interval, and why its days were not as others."""
    part = one.stretch
    counted = length(part.counted)
    amount: Argument = counted
    if part.days and part.each:
        amount = message("explain-stretch-days", days=part.days, each=length(part.each), amount=counted)
    elif part.days > 1:
        amount = message("explain-stretch-off", days=part.days, amount=counted)
    why: list[Argument] = []
    if part.kind is not StretchKind.COUNTED:
        why.append(message(f"explain-stretch-{dashed(part.kind)}"))
    why += [word for word in (part.reason, one.calendar) if word]
    if part.approved_by:
        why.append(message("explain-approved-by", author=part.approved_by))
    if part.provisional:
        why.append(message("explain-provisional-year"))
    return joined([amount, joined(why, COMMA)], "  ") if why else amount


def span(one: LaidOut, zone: str) -> Argument:
    """From when to when a stretch lasts, with weekdays, so that days can be counted off."""
    part = one.stretch
    if part.first is not None and part.last is not None:
        first, last = _day(part.first), _day(part.last)
        return first if part.first == part.last else message("explain-span", start=first, end=last)
    if part.start is None or part.end is None:
        return ""
    day, end_day = (shown_time(at, zone)[:10] for at in (part.start, part.end))
    start, end = time_of_day(part.start, zone), time_of_day(part.end, zone)
    begins = joined([_day(date.fromisoformat(day)), start], " ")
    ends = end if day == end_day else joined([_day(date.fromisoformat(end_day)), end], " ")
    return message("explain-span", start=begins, end=ends)


def _day(day: date) -> Message:
    return message("explain-day", weekday=message(f"explain-weekday-{day.isoweekday()}"), date=day.isoformat())


def doubt(one: Doubt) -> Message:
    """What a source wrote that nobody understands, and what became of it."""
    if one.what == TIME:
        return message("explain-doubt-time", what=sentence(one.what, one.value), event=one.event_id)
    known = {"what": one.what, "value": repr(one.value), "event": one.event_id}
    if one.what in ("status", "reason"):
        return message("explain-doubt-phase", **known)
    return message("explain-doubt-attribute", **known)


def unread(one: Doubt) -> Message:
    """What a promise depends on and nobody understands."""
    return message("explain-unread", what=one.what, value=repr(one.value))
