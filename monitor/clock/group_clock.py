"""Judge what is counted of several subjects, period by period: at most, at least, a share of all, duties with dates.

Pure. A group has one cycle a period, numbered by the period. What must happen is late from its deadline on: the cycle
then stays open, breached, until it is made up for (a duty) or the next period is over.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter

from monitor.clock.engine import Outcome, Rulebook, Subject, Transition, compare, transitions
from monitor.clock.group_lives import absent, ends, known_by
from monitor.clock.group_periods import Periods, Span
from monitor.clock.group_stages import ahead, short_spells
from monitor.clock.reading import Crossing, Reading
from monitor.history import Entry, GroupRecord
from monitor.model import Life, Measure, State, SubjectKey, SubjectKind
from monitor.policy import (
    AT_RISK_STAGE,
    BREACHED_STAGE,
    ONE,
    Counting,
    TargetRule,
    form_of,
    group_key,
    needed,
    target_of,
)
from monitor.text import among
from monitor.worktime import TICK


def advance_group(
    record: GroupRecord, recorded: Iterable[Transition] | None, rules: Rulebook, now: datetime, *, undo: bool = False
) -> Outcome:
    """Say where a group's clock stands in each of its periods from `record.since` on, and what is not recorded yet.

    *recorded* and *undo* as in `engine.advance`.
    """
    subject, judged, again_at = _outcome(record, rules, now)
    readings = tuple(reading for reading, _ in judged)
    if recorded is None:
        return Outcome(subject, readings, (), (), again_at)
    fresh = compare(transitions(readings), recorded, None if undo else now)
    return Outcome(subject, readings, fresh, (), again_at)


def group_outcome(
    record: GroupRecord, rules: Rulebook, now: datetime
) -> tuple[Subject, Sequence[tuple[Reading, Sequence[Entry]]]]:
    """The group, and each of its readings with those that were counted in it, oldest first."""
    subject, judged, _ = _outcome(record, rules, now)
    return subject, judged


def _outcome(
    record: GroupRecord, rules: Rulebook, now: datetime
) -> tuple[Subject, Sequence[tuple[Reading, Sequence[Entry]]], datetime | None]:
    """The group, its readings, and when it is to be looked at again in any case."""
    rule = rule_of(record.key, rules)
    attributes = {}
    if rule is not None and rule.counting is not None and rule.counting.by:
        attributes[rule.counting.by] = _spelled(record.value, rule, rules)
    if rule is not None and rule.counting is not None and rule.counting.tier:
        attributes["tier"] = rule.counting.tier
    subject = Subject(record.key, SubjectKind.GROUP, attributes)
    return (subject, *_judged(record, rule, rules, now)) if rule is not None else (subject, (), None)


def rule_of(key: SubjectKey, rules: Rulebook) -> TargetRule | None:
    """The target of a group; None where no version of the policy has it any more."""
    name, _ = target_of(key)
    return next((rule for rule in rules.counted if rule.name == name), None)


def standing_groups(rules: Rulebook) -> dict[str, str]:
    """The groups that there are whether or not anything names them: id → value."""
    found = {}
    for rule in rules.counted:
        assert rule.counting is not None
        for value in rule.counting.listed if rule.counting.by else ("",):
            found[group_key(rule.name, form_of(value) if value else "").subject] = value
    return found


def window(key: SubjectKey, value: str, rules: Rulebook, at: datetime) -> datetime | None:
    """From when on a group must be judged, so that every period that *at* may change is; None for all of its time.

    Duties are judged from the first one on: what is late is made up for before the next one is.
    """
    rule = rule_of(key, rules)
    if rule is None or rule.counting is None or rule.counting.duty is not None:
        return None
    span = Periods(rule.name, value, rules).around(at)
    return at if span is None else span.start


def _spelled(value: str, rule: TargetRule, rules: Rulebook) -> str:
    """The value as the policy writes it, else as it came."""
    counting = rule.counting
    assert counting is not None
    named = {word for row in rule.rows for word in row.when.get(counting.by, ())} | set(counting.listed)
    return next((word for word in sorted(named) if among(value, (word,))), value)


def _judged(
    record: GroupRecord, rule: TargetRule, rules: Rulebook, now: datetime
) -> tuple[Sequence[tuple[Reading, Sequence[Entry]]], datetime | None]:
    """The readings with what was counted, oldest first, and when the next period begins that exists in any case."""
    counting = rule.counting
    assert counting is not None
    if record.gone:
        gone = known_by(now, record.gone)
        record = replace(record, gone=gone, entries=[one for one in record.entries if not absent(one.at, gone)])
    group = _Group(record, rule, counting, Periods(rule.name, record.value, rules), now)
    spans = group.spans()
    given = group.given(spans)
    judged = [(group.read(span, found), found.entries) for span, found in zip(spans, given, strict=True)]
    return judged, group.next_begin()


@dataclass(slots=True)
class _Taken:
    """What was counted in one period."""

    entries: Sequence[Entry] = ()
    done_at: datetime | None = None  # of what must happen, when it had happened often enough


@dataclass(frozen=True, slots=True)
class _Group:
    """One group while it is judged; never leaves this file."""

    record: GroupRecord
    rule: TargetRule
    counting: Counting
    periods: Periods
    now: datetime

    @property
    def always(self) -> bool:
        """Whether it is there whether or not anything was seen of it."""
        listed = self.counting.listed
        return not self.counting.by or (bool(listed) and among(self.record.value, listed))

    @property
    def floor(self) -> bool:
        """Whether something must happen in it, so that it is judged where nothing does."""
        return any(row.measure is Measure.AT_LEAST for row in self.rule.rows)

    @property
    def begins(self) -> datetime | None:
        """From when on its periods exist even where nothing counts in them."""
        record = self.record
        begins = max(record.recorded_from, self.periods.promised_since)
        if self.always:
            span = None if self.floor else self.periods.around(begins)
            return begins if span is None else span.start
        return None if not self.floor or record.seen_at is None else max(begins, record.seen_at)

    def spans(self) -> list[Span]:
        """The periods that are judged, oldest first."""
        found: dict[datetime, Span] = {}
        entries, place = self.record.entries, 0
        while place < len(entries) and entries[place].at <= self.now:
            span = self.periods.around(entries[place].at)
            if span is None:
                place += 1
                continue
            if not _floor(span):
                found[span.start] = span
            place = bisect_left(entries, span.end, place, key=_at_of)
        for one in self._standing():
            found[one.start] = one
        return [found[start] for start in sorted(found)]

    def _standing(self) -> Iterator[Span]:
        """The periods that exist even where nothing counts in them."""
        since, first = self.record.since, self.begins
        if first is None:
            return
        for span in self.periods.between(first if since is None else max(first, since), self.now):
            if self._gone(span):
                continue
            if (_floor(span) and span.due is not None) or (not _floor(span) and self.always):
                yield span

    def _gone(self, span: Span) -> bool:
        """Whether nothing is owed in a period because nobody was there: at its beginning, or in all of it."""
        until = span.start if _floor(span) else min(self.now, span.end - TICK)
        return any(one.since <= span.start and (one.until is None or one.until > until) for one in self.record.gone)

    def next_begin(self) -> datetime | None:
        first = self.begins
        if first is None or (self.record.gone and self.record.gone[-1].until is None):
            return None
        return self.periods.first(max(first, self.now + TICK))

    def given(self, spans: Sequence[Span]) -> list[_Taken]:
        """What counts in each of the periods: what comes in it, and of duties first what makes up for a late one."""
        taken = [_Taken() for _ in spans]
        if self.counting.duty is not None:
            self._give_duties(spans, taken)
            return taken
        entries = self.record.entries
        known = bisect_right(entries, self.now, key=_at_of)
        for span, one in zip(spans, taken, strict=True):
            first, after = (bisect_left(entries, at, 0, known, key=_at_of) for at in (span.start, span.end))
            mine = [one for one in entries[first:after] if not self._left(span, one)]
            if self.counting.each_once:
                once: dict[tuple[str, str], Entry] = {}
                for entry in mine:
                    once.setdefault(entry[1:3], entry)
                mine = list(once.values())
            one.entries = mine
            if _floor(span):
                one.done_at = _nth(one.entries, span.target.budget // ONE)
        return taken

    def _give_duties(self, spans: Sequence[Span], taken: Sequence[_Taken]) -> None:
        """Give each entry to the oldest duty that is open: one that is late waits until the next one's period ends.

        Where a duty cannot be made up, each entry is of its own period.
        """
        back = 1 if self.counting.made_up else 0
        starts, known = [span.start for span in spans], set[tuple[int, bool, str, str]]()
        for entry in self.record.entries:
            if entry.at > self.now:
                break
            place = bisect_right(starts, entry.at) - 1
            if place < 0:
                continue
            counted = (place, entry.at < spans[place].end, entry.source, entry.subject)
            if self.counting.each_once and counted in known:
                continue
            known.add(counted)
            first = max(0, place - back)
            if not back and entry.at >= spans[place].end:
                continue
            for span, one in zip(spans[first : place + 1], taken[first:], strict=False):
                if one.done_at is None and entry.at < self.periods.stands(span) and not self._left(span, entry):
                    one.entries = (*one.entries, entry)
                    one.done_at = _nth(one.entries, span.target.budget // ONE)
                    break

    def read(self, span: Span, taken: _Taken) -> Reading:
        """The reading of a period; one that is open when the group is gone ends there, as cancelled (semantics 37)."""
        went = ends(span.start, span.end, _floor(span), self.record.gone)
        if went is None:
            return self._read(span, taken)
        then = replace(self, now=went)._read(span, taken)
        if not then.open:
            return then
        return replace(
            then, life=Life.CANCELLED, state=_state(Life.CANCELLED, then.reached), deadline=None, stopped_at=went,
            next_at=None, retired=True,
        )  # fmt: skip

    def _read(self, span: Span, taken: _Taken) -> Reading:
        if span.target.measure is Measure.COUNT:
            return self._at_most(span, taken.entries)
        if span.target.measure is Measure.GOAL:
            return self._goal(span, taken.entries)
        return self._at_least(span, taken)

    def _left(self, span: Span, entry: Entry) -> bool:
        """Whether an entry comes after what the period owed has ended because the group was gone."""
        if not self.record.gone or not _floor(span):
            return False
        went = ends(span.start, span.end, True, self.record.gone)
        return went is not None and entry.at > went

    def _at_most(self, span: Span, entries: Sequence[Entry]) -> Reading:
        allowed = span.target.budget // ONE
        breached_at = _nth(entries, allowed + 1)
        crossed = [(name, _nth(entries, max(1, -(-amount // ONE)))) for amount, name in span.target.ladder]
        crossings = [Crossing(name, at) for name, at in crossed if at is not None]
        over = span.end <= self.now
        life = Life.STOPPED if over else Life.IDLE
        return self._reading(
            span, life, len(entries), breached_at, span.end if over else None, crossings,
            [name for name, _ in crossings], breached_at, span.end,
        )  # fmt: skip

    def _at_least(self, span: Span, taken: _Taken) -> Reading:
        assert span.due is not None
        late_from = span.end if span.due >= span.end else span.due + TICK
        done_at = taken.done_at
        late = late_from <= self.now and (done_at is None or done_at >= late_from)
        stands = self.periods.stands(span)
        stopped_at = done_at if done_at is not None else stands if late and stands <= self.now else None
        before = [(name, at) for name, at in ahead(span, span.due) if at < late_from]
        crossings = [Crossing(name, at) for name, at in before if at <= self.now and (done_at is None or at < done_at)]
        waits = [at for _, at in before if at > self.now]
        next_at = stands if late else min([*waits, late_from])
        return self._reading(
            span, Life.RUNNING if stopped_at is None else Life.STOPPED, len(taken.entries),
            span.due if late else None, stopped_at, crossings, [name for name, _ in crossings], span.due, next_at,
        )  # fmt: skip

    def _goal(self, span: Span, entries: Sequence[Entry]) -> Reading:
        share, now = span.target.share, self.now
        steps = sorted(
            [(entry.at, 1, 0) for entry in entries]
            + [(max(entry.at, entry.good_at), 0, 1) for entry in entries if entry.good_at is not None]
        )
        waits, crossings, holding = ahead(span, span.end), list[Crossing](), list[str]()
        known = [step for step in steps if step[0] <= now and step[0] < span.end]
        total, good = sum(step[1] for step in known), sum(step[2] for step in known)
        below = list(short_spells(known, share))
        for name, at in waits:
            reached = ((self._lived(max(at, since)), until) for since, until in below)
            first = next((then for then, until in reached if until is None or until > then), None)
            if first is not None and first <= now and first < span.end:
                crossings.append(Crossing(name, first))
                if below[-1][1] is None:
                    holding.append(name)
        over, short = span.end <= now, good < needed(share, total)
        if over and not total:
            life, stopped_at = Life.CANCELLED, span.end
        elif over and not short:
            life, stopped_at = Life.STOPPED, span.end
        elif over and self.periods.stands(span) <= now:
            life, stopped_at = Life.STOPPED, self.periods.stands(span)
        else:
            life, stopped_at = Life.RUNNING, None
        breached_at = span.end if over and total and short else None
        coming = [at for _, at in waits if now < at < span.end]
        next_at = self.periods.stands(span) if over else min([*coming, span.end])
        target = replace(span.target, budget=needed(share, total) * ONE)
        whole = span._replace(term=replace(span.term, target=target))
        crossings.sort(key=lambda crossing: crossing.at)
        return self._reading(whole, life, good, breached_at, stopped_at, crossings, holding, span.end, next_at, total)

    def _lived(self, at: datetime) -> datetime:
        """*at*; where the group was gone then, when it lived again."""
        spells = (one for one in self.record.gone if one.since < at and one.until is not None and at < one.until)
        return next((one.until for one in spells if one.until is not None), at)

    def _reading(
        self,
        span: Span,
        life: Life,
        counted: int,
        breached_at: datetime | None,
        stopped_at: datetime | None,
        crossings: Sequence[Crossing],
        reached: Sequence[str],
        deadline: datetime | None,
        next_at: datetime,
        total: int = 0,
    ) -> Reading:
        passed = list(reached) + ([BREACHED_STAGE] if breached_at is not None else [])
        return Reading(
            target=span.target,
            cycle=span.number,
            life=life,
            state=_state(life, passed),
            counted=counted * ONE,
            started_at=span.start,
            deadline=None if life is Life.CANCELLED else deadline,
            breached_at=breached_at,
            stopped_at=stopped_at,
            intervals=(),
            crossings=tuple(crossings),
            reached=tuple(passed),
            missed_periods=0,
            next_at=next_at if stopped_at is None else None,
            tier=span.term.tier,
            assurance=span.term.assurance,
            calendar=span.calendar,
            row=span.term.row,
            total=total,
        )


_at_of = attrgetter("at")


def _floor(span: Span) -> bool:
    return span.target.measure is Measure.AT_LEAST


def _nth(entries: Sequence[Entry], number: int) -> datetime | None:
    """When the *number*-th was counted."""
    return entries[number - 1].at if len(entries) >= number else None


def _state(life: Life, reached: Sequence[str]) -> State:
    if BREACHED_STAGE in reached:
        return State.BREACHED
    if life is Life.STOPPED:
        return State.MET
    if life is Life.CANCELLED:
        return State.CANCELLED
    if AT_RISK_STAGE in reached:
        return State.AT_RISK
    return State.IDLE if life is Life.IDLE else State.RUNNING
