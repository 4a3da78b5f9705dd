"""Print an explanation in a terminal: a sum that can be done again on paper, line by line.

Pure. Times are local to the zone of the reader, with their offset. What a source wrote is printed without its control
characters.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from monitor.explain import alert_sentences, guarded_sentences, sentences, why_not
from monitor.explain.alert_record import AlertRecord
from monitor.explain.explanation import (
    ClockExplanation,
    CorrectionExplanation,
    Explanation,
    IntervalExplanation,
    LaidOut,
    TermsChange,
    for_reader,
)
from monitor.messages import DEFAULT, Argument, Message, joined, message, spoken, text
from monitor.text import shown_time, shown_zone

_ADDENDS = 12
_ID = 24

_HEAD = tuple(message(f"explain-column-{name}") for name in ("from", "to", "what", "counted", "left", "because"))


def as_lines(explanation: Explanation, language: str = DEFAULT, config: str = "tierwatch.yml") -> Iterator[str]:
    """The explanation in *language*, the code of one or `both`, with what was sent where the alerts are known.

    *config* is the file in which mappings are written.
    """
    for line in _Printer(for_reader(explanation, explanation.zone), spoken(language), config).lines():
        yield "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in line)


@dataclass(frozen=True, slots=True)
class _Printer:
    explanation: Explanation
    languages: Sequence[str]
    config: str

    def say(self, content: Argument) -> str:
        """The text in each language, once where two have the same."""
        return " ".join(dict.fromkeys(text(content, language) for language in self.languages))

    def once(self, content: Argument) -> str:
        """The text in the first language: lines that are mostly figures are not printed twice."""
        return text(content, self.languages[0])

    def _attributes(self) -> Iterator[str]:
        """What is said of the subject, by the names of the policy."""
        names = self.explanation.names
        for name, value in self.explanation.subject.attributes.items():
            named = sentences.attribute(name, names.attributes)
            yield self.once(joined([named, names.word(name, value)], ": "))

    def lines(self) -> Iterator[str]:
        explanation = self.explanation
        subject, zone = explanation.subject, explanation.zone
        kind, status = sentences.subject(subject.kind), subject.status or "-"
        head = message("explain-head", kind=kind, key=str(subject.key), status=status)
        yield "  ".join((self.once(head), *self._attributes()))
        at, policy = shown_time(explanation.at, zone), explanation.policy
        where = shown_zone(zone, explanation.at)
        yield self.once(message("explain-as-of", at=at, zone=where, policy=policy, events=explanation.events))
        yield from self._unread()
        if subject.retired is not None:
            yield self.say(sentences.retired(subject.retired, zone))
        if explanation.deleted_before is not None:
            yield self.say(sentences.deleted_before(explanation.deleted_before, zone))
        if subject.circuit_state is not None:
            state = message(f"explain-circuit-{subject.circuit_state}")
            since = None if subject.since is None else shown_time(subject.since, zone)
            yield self.say(
                message("explain-circuit", state=state, since=since)
                if since
                else message("explain-circuit-first", state=state)
            )
        yield from (self.say(guarded_sentences.sentence(one, zone, explanation.names)) for one in explanation.guarded)
        for clock in explanation.clocks:
            yield ""
            yield from self._clock(clock)
        if explanation.without_clock:
            yield ""
            yield self.say(message("explain-why-heading"))
            for one in explanation.without_clock:
                yield f"  {self.say(why_not.sentence(one, explanation.names))}"
        if explanation.corrections:
            yield ""
            yield from self._corrections(zone)
        if explanation.alerts or explanation.unsent:
            yield ""
            yield self.say(message("explain-sent"))
            yield from self._alerts(explanation.alerts or (), zone)
        yield from (self.say(sentences.doubt(doubt)) for doubt in explanation.doubts)

    def _unread(self) -> Iterator[str]:
        for one in self.explanation.unread:
            yield self.say(message("explain-not-understood", sentence=sentences.unread(one.doubt)))
            if one.mapping:
                yield "  " + self.say(message("explain-mapping", file=self.config))
                yield from (f"    {each}" for each in one.mapping.splitlines())

    def _clock(self, clock: ClockExplanation) -> Iterator[str]:
        reading, zone = clock.reading, clock.zone
        state = self.say(sentences.state(reading.state)).upper()
        head = message("explain-clock", target=clock.title, cycle=reading.cycle, state=state)
        rungs = clock.names.rungs(reading.tier, reading.assurance)
        yield self.once(message("explain-clock-of-rungs", clock=head, rungs=joined(rungs, " · ")) if rungs else head)
        yield from self._labelled(list(self._facts(clock)))
        yield from self._intervals(clock)
        yield f"  {self._sum(clock)}"
        yield from self._members(clock)
        if reading.missed_periods:
            yield "  " + self.say(message("explain-missed-periods", periods=reading.missed_periods))
        yield from self._deadlines(clock)
        for stage, at in clock.crossings:
            reached = message("explain-reached", stage=sentences.stage(stage))
            yield f"  {shown_time(at, zone)}  {self.say(reached)}"
        for at in () if reading.pace is None else reading.pace.ends:
            yield f"  {shown_time(at, zone)}  {self.say(message('explain-pace-fell'))}"
        ends = (
            ("explain-deadline", reading.deadline),
            ("explain-breached-at", reading.breached_at),
            ("explain-stopped-at", reading.stopped_at),
        )
        yield from self._labelled([(self.say(message(id_)), shown_time(at, zone)) for id_, at in ends if at], 11)
        yield from (f"  {self.say(sentences.leg(leg))}" for leg in clock.legs)

    def _facts(self, clock: ClockExplanation) -> Iterator[tuple[str, str]]:
        """The lines above the intervals, each with its label."""
        calendar, zone, target = clock.calendar, clock.zone, clock.target
        promise = joined([clock.title, sentences.promise(clock)], ": ")
        yield self.say(message("explain-label-promise")), self.say(promise)
        figure = message(
            "explain-figure",
            figure=sentences.figure(clock) or "-",
            policy=target.policy_version,
            row=sentences.row(clock.row, clock.names),
        )
        yield self.say(message("explain-label-figure")), self.once(figure)
        yield (
            self.say(message("explain-label-calendar")),
            f"{calendar.name} v{calendar.version} ({calendar.zone}): {clock.hours}",
        )
        if clock.period is not None:
            span = f"{shown_time(clock.period.start, zone)} .. {shown_time(clock.period.end, zone)}"
            yield self.say(message("explain-label-period")), span
        for note in sentences.notes(clock):
            yield self.say(message("explain-label-note")), self.say(note)

    def _labelled(self, rows: Sequence[tuple[str, str]], least: int = 9) -> Iterator[str]:
        width = max((_width(label) for label, _ in rows), default=0)
        yield from (f"  {_left(label, max(width, least))} {value}" for label, value in rows)

    def _intervals(self, clock: ClockExplanation) -> Iterator[str]:
        """The intervals in columns, below each its stretches, and between them the changes of the budget."""
        if not clock.intervals:
            return
        head = [self.say(column) for column in _HEAD]
        rows = [self._cells(part, clock.zone) for part in clock.intervals]
        widths = [max(_width(row[column]) for row in [*rows, head]) for column in range(len(_HEAD) - 1)]
        yield _in_columns(head, widths)
        for part, row in zip(clock.intervals, rows, strict=True):
            before = [change for change in part.changes if change.at <= part.start]
            yield from (self._change(change, clock.zone) for change in before)
            yield _in_columns(row, widths)
            yield from (f"      {line}" for line in self._stretches(part.stretches, clock.zone))
            yield from (self._change(change, clock.zone) for change in part.changes[len(before) :])

    def _cells(self, part: IntervalExplanation, zone: str) -> Sequence[str]:
        because, reason = f"{self.say(sentences.cause(part))} ({_id(part.because)})", sentences.reason_with_source(part)
        if reason is not None:
            because += f": {self.say(reason)}"
        counted, left = sentences.written(part.counted), sentences.written(part.left)
        kind = self.say(sentences.kind(part.kind))
        return shown_time(part.start, zone), shown_time(part.end, zone), kind, counted, left, because

    def _change(self, change: TermsChange, zone: str) -> str:
        return f"  {shown_time(change.at, zone)}  {self.say(sentences.change(change))}{_in_brackets(change.because)}"

    def _stretches(self, stretches: Sequence[LaidOut], zone: str) -> Iterator[str]:
        """Below an interval: what counted of which days. The lines of an interval add up to what it counted."""
        when = [self.say(sentences.span(one, zone)) for one in stretches]
        width = max(map(_width, when), default=0)
        for one, span in zip(stretches, when, strict=True):
            yield f"{_left(span, width)}  {self.say(sentences.stretch(one))}"

    def _members(self, clock: ClockExplanation) -> Iterator[str]:
        """Who was counted, where several are counted together."""
        who = [str(one.key) for one in clock.members]
        width = max(map(_width, who), default=0)
        for one, named in zip(clock.members, who, strict=True):
            what = f"{self.say(sentences.member(one))}{_in_brackets(one.because)}"
            yield f"  {shown_time(one.at, clock.zone)}  {_left(named, width)}  {what}"
        if clock.members_left_out:
            yield "  " + self.say(message("explain-counted-more", more=clock.members_left_out))

    def _sum(self, clock: ClockExplanation) -> str:
        if not clock.timed:
            return self.say(message("explain-sum-times", amount=sentences.amount(clock)))
        parts = sentences.addends(clock)
        counted, budget, left = (sentences.written(one) for one in (clock.counted, clock.budget, clock.remaining))
        addends: Argument = f"{' + '.join(parts)} = {counted}" if 1 < len(parts) <= _ADDENDS else counted
        if len(parts) > _ADDENDS:
            addends = message("explain-sum-of-lines", lines=len(parts), counted=counted)
        return self.once(message("explain-sum", counted=addends, left=f"{budget} - {counted} = {left}"))

    def _deadlines(self, clock: ClockExplanation) -> Iterator[str]:
        """Every deadline that there was, where it ever moved."""
        if len(clock.deadlines) < 2:
            return
        yield "  " + self.say(message("explain-deadlines"))
        none = self.say(message("explain-no-deadline"))
        shown = [none if one.deadline is None else shown_time(one.deadline, clock.zone) for one in clock.deadlines]
        moved = [sentences.moved_by(one) for one in clock.deadlines]
        widths = [max(map(_width, column)) for column in (shown, moved)]
        for one, deadline, by in zip(clock.deadlines, shown, moved, strict=True):
            since = self.once(message("explain-since", at=shown_time(one.since, clock.zone)))
            yield (
                f"    {since}  {_left(deadline, widths[0])}  {by:>{widths[1]}}"
                f"  {self.say(sentences.moved(one))}{_in_brackets(one.because, ' ')}"
            )

    def _corrections(self, zone: str) -> Iterator[str]:
        yield self.say(message("explain-corrections"))
        for one in self.explanation.corrections:
            revoked = "  (" + self.say(message("explain-revoked")) + ")" if one.revoked else ""
            made = sentences.instant(one.at, zone)
            yield f"  {made}  {one.correction.author}: {self.say(self._correction(one))}{revoked}"
            yield f"      {one.correction.reason}  ({_id(one.event)})"
        names = self.explanation.names
        yield from (f"  {self.say(sentences.corrected(one, zone, names))}" for one in self.explanation.corrected)

    def _correction(self, one: CorrectionExplanation) -> Message:
        return sentences.correction(one, self.explanation.zone, self.explanation.names)

    def _alerts(self, alerts: Iterable[AlertRecord], zone: str) -> Iterator[str]:
        for alert in alerts:
            state = message(f"explain-alert-{alert.state}")
            reason = alert_sentences.reason(alert.reason)
            yield f"  {self._of(alert.target, alert.cycle, alert.stage)}: {self.say(state)} ({self.say(reason)})"
            for change in alert.changes:
                what: Argument = alert_sentences.reason(change.reason)
                if change.acknowledgement is not None:
                    what = alert_sentences.acknowledged(change.acknowledgement, zone)
                elif not change.firing:
                    what = message("explain-not-firing", reason=what)
                note = change.acknowledgement.note if change.acknowledgement is not None else ""
                yield f"    {shown_time(change.at, zone)}  {self.say(what)}{f': {note}' if note else ''}"
            for call in alert.called:
                yield f"    {shown_time(call.at, zone)}  {self.say(alert_sentences.called(call))}"
            for answer in alert.answers:
                yield f"    {answer.channel}: {self.say(alert_sentences.answer(answer, zone))}"
            for page in alert.withheld:
                at = shown_time(page.at, zone)
                yield f"    {page.channel}: {at} {self.say(alert_sentences.withheld(page, zone))}"
        for one in self.explanation.unsent:
            at, why = shown_time(one.at, zone), alert_sentences.unsent(one.why)
            of = self._of(one.target, one.cycle, one.stage)
            yield "  " + self.say(message("explain-unsent", stage=of, at=at, why=why))

    def _of(self, target: str, cycle: int, stage: str) -> str:
        return self.say(_of_stage(self.explanation.title(target), cycle, stage))


def _of_stage(target: Argument, cycle: int, stage: str) -> Message:
    return message("explain-stage-of", target=target, cycle=cycle, stage=sentences.stage(stage))


def _in_columns(cells: Sequence[str], widths: Sequence[int]) -> str:
    start, end, what, counted, left, because = cells
    return (
        f"  {_left(start, widths[0])}  {_left(end, widths[1])}  {_left(what, widths[2])}"
        f"  {_right(counted, widths[3])}  {_right(left, widths[4])}  {because}"
    )


def _width(line: str) -> int:
    """How many columns a text takes in a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line)


def _left(cell: str, width: int) -> str:
    return cell + " " * (width - _width(cell))


def _right(cell: str, width: int) -> str:
    return " " * (width - _width(cell)) + cell


def _in_brackets(event_id: str, before: str = "  ") -> str:
    return f"{before}({_id(event_id)})" if event_id else ""


def _id(event_id: str) -> str:
    return event_id if len(event_id) <= _ID else f"{event_id[:16]}…"
