"""Run a whole log through the engine, offline, and give the outcome of every clock.

A collector reads the log; nothing is stored. A clock that is open at the end is read at the instant of the log's last
event.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TextIO

from monitor.clock import AllGroups, Contribution, Counted, NotUnderstood, Reading, Rulebook, engine, line
from monitor.explain import seconds, text
from monitor.history import Batch, Collector, Cursor, Event, Fact, History, in_order, interpret, polled, sound
from monitor.model import Phase, State, SubjectKey
from monitor.report.chunks import Spread, in_turn, named, stretches
from monitor.text import folded, json_line

Progress = Callable[[str, int, int | None], None]
"""Called with the progress: the work, the number done, and the number in all (None: not known yet)."""

READING = "reading events"


@dataclass(slots=True)
class Log:
    """A log as read: each subject's events, and the numbers of duplicates, disorder and rejects."""

    subjects: dict[str, list[Event]] = field(default_factory=lambda: defaultdict(list))
    events: int = 0
    duplicates: int = 0
    out_of_order: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    last_at: datetime | None = None


def read_log(collector: Collector, source: str, now: datetime, progress: Progress) -> Log:
    """Poll the collector to its end. An event counts as out of order if it is dated before the one that came before it
    for the same subject. Raises SourceError when the log cannot be read."""
    batches = polled(collector, Cursor(source, now))
    return gathered((sound(source, batch) for batch in batches), lambda count: progress(READING, count, None))


def gathered(batches: Iterable[Batch], seen: Callable[[int], None] = lambda _: None) -> Log:
    """The log of these batches; *seen* is told after each how many events there are."""
    log, ids = Log(), set[str]()
    subjects = log.subjects
    for batch in batches:
        for event in batch.events:
            if event.event_id in ids:
                log.duplicates += 1
                continue
            ids.add(event.event_id)
            known = subjects[event.subject]
            if known and (event.or_at or event.at) < known[-1].at:
                log.out_of_order += 1
            known.append(event)
        log.events = len(ids)
        log.rejected.update(str(reject.reason) for reject in batch.rejects)
        seen(log.events)
    log.last_at = max((event.at for events in subjects.values() for event in events), default=None)
    return log


@dataclass(slots=True)
class _Part:
    """What the subjects of one chunk give; never leaves this file but to another process of the same command."""

    states: dict[str, tuple[str, timedelta]] = field(default_factory=dict)  # folded: as it was written first, how long
    words: Counted = field(default_factory=Counted)
    outcomes: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # target, tier, outcome
    paused: timedelta = timedelta(0)
    added: list[tuple[SubjectKey, datetime, tuple[Contribution, ...]]] = field(default_factory=list)
    readings: list[str] = field(default_factory=list)
    subject_lines: list[str] = field(default_factory=list)
    subjects: int = 0

    def spent(self, status: str, length: timedelta) -> None:
        written, before = self.states.get(folded(status), (status, timedelta(0)))
        self.states[folded(status)] = written, before + length


@dataclass(frozen=True, slots=True)
class _Reads:
    """Reads the subjects of one chunk."""

    rules: Rulebook
    source: str
    until: datetime
    writes_readings: bool
    writes_subjects: bool
    pauses: frozenset[str]

    def part(self, subjects: Iterable[tuple[str, list[Event]]]) -> _Part:
        part = _Part()
        for subject, events in subjects:
            with named(SubjectKey(self.source, subject)):
                self._add(part, subject, events)
            part.subjects += 1
        return part

    def _add(self, part: _Part, subject: str, events: list[Event]) -> None:
        rules = self.rules
        history = interpret(events, rules.mapping(self.source), rules.words)
        spent = state_seconds(events)
        for status, amount in spent.items():
            part.spent(status, timedelta(seconds=amount))
        held = pause_seconds(history, self.pauses)
        part.paused += timedelta(seconds=held)
        part.words.add(subject, events[0].kind, history.doubts)
        readings = tuple(engine.read_all(history, rules, self.until, events[0].kind))
        if rules.counted:
            key = SubjectKey(self.source, subject)
            adds = engine.added(key, events[0].kind, history, readings, rules, self.until)
            part.added.append((key, min(event.at for event in events), tuple(adds)))
        for reading in readings:
            part.outcomes[reading.target.name, reading.tier, _outcome(reading)] += 1
            if self.writes_readings:
                part.readings.append(_json_line(reading_line(subject, reading)))
        if self.writes_subjects:
            waits = sum(_waits(fact, self.pauses) for fact in history.facts)
            part.subject_lines.append(_json_line(subject_line(subject, in_order(events), spent, held, waits)))


def replay(
    log: Log,
    rules: Rulebook,
    source: str,
    readings_out: TextIO | None,
    subjects_out: TextIO | None,
    progress: Progress,
    spread: Spread = in_turn,
) -> dict[str, Any]:
    """Read every clock of the log; writes a line per subject, target and cycle (and per subject); gives the summary."""
    whole, groups, until = _Part(), AllGroups(rules), log.last_at
    if until is not None:
        reads = _Reads(rules, source, until, readings_out is not None, subjects_out is not None, _pauses(rules))
        subjects = list(log.subjects.items())

        def work(places: range) -> _Part:
            return reads.part(subjects[places.start : places.stop])

        for part in spread(work, stretches(len(events) for _, events in subjects)):
            for status, length in part.states.values():
                whole.spent(status, length)
            whole.words.merge(part.words)
            whole.outcomes.update(part.outcomes)
            whole.paused += part.paused
            for key, began, adds in part.added:
                groups.add(key, began, adds)
            if readings_out is not None:
                readings_out.writelines(part.readings)
            if subjects_out is not None:
                subjects_out.writelines(part.subject_lines)
            whole.subjects += part.subjects
            progress("reading clocks", whole.subjects, len(subjects))
        for of, reading in groups.readings(until):
            whole.outcomes[reading.target.name, reading.tier, _outcome(reading)] += 1
            if readings_out is not None:
                readings_out.write(_json_line(reading_line(str(of), reading)))
    unknown = {one.word: one.times for one in whole.words.words if one.what == "status"}
    return {
        "policy": rules.policy.label,
        "subjects": len(log.subjects),
        "events": log.events,
        "duplicates": log.duplicates,
        "out_of_order": log.out_of_order,
        "rejected": dict(log.rejected),
        "unknown_statuses": sum(unknown.values()),
        "unknown_status_words": unknown,
        "not_understood": [word_line(one, source, rules) for one in whole.words.words],
        "state_seconds": {status: _whole(length.total_seconds()) for status, length in sorted(whole.states.values())},
        "pause_seconds": _whole(whole.paused.total_seconds()),
        "outcomes": _by_target(whole.outcomes),
    }


def _by_target(outcomes: Counter[tuple[str, str, str]]) -> dict[str, dict[str, dict[str, int]]]:
    found: dict[str, dict[str, dict[str, int]]] = {}
    for target, tier in sorted({(target, tier) for target, tier, _ in outcomes}):
        found.setdefault(target, {})[tier] = {word: outcomes[target, tier, word] for word in _OUTCOMES}
    return found


def _json_line(said: dict[str, Any]) -> str:
    return json_line(said) + "\n"


_OUTCOMES = ("met", "breached", "cancelled", "open")


def _outcome(reading: Reading) -> str:
    if reading.state is State.BREACHED:
        return "breached"
    if reading.open:
        return "open"
    return "cancelled" if reading.state is State.CANCELLED else "met"


def _pauses(rules: Rulebook) -> frozenset[str]:
    return frozenset(reason for rule in rules.rules for reason in rule.pauses)


def state_seconds(events: Iterable[Event]) -> dict[str, float]:
    """Seconds that a subject spent in each raw status, from each event to the next; the last one has no end."""
    spent: Counter[str] = Counter()
    for event, after in _pairs(event for event in in_order(events) if event.status is not None):
        spent[str(event.status)] += (after.at - event.at).total_seconds()  # type: ignore[assignment]
    return dict(spent)


def _pairs(events: Iterable[Event]) -> Iterator[tuple[Event, Event]]:
    before: Event | None = None
    for event in events:
        if before is not None:
            yield before, event
        before = event


def pause_seconds(history: History, pauses: frozenset[str]) -> float:
    """Seconds in which the subject waited for a reason that some target of the policy lists."""
    total, since = 0.0, None
    for fact in history.facts:
        if fact.phase is None:
            continue
        if since is not None:
            total += (fact.at - since).total_seconds()
        since = fact.at if _waits(fact, pauses) else None
    return total


def _waits(fact: Fact, pauses: frozenset[str]) -> bool:
    return fact.phase is Phase.HELD and fact.reason in pauses


def reading_line(subject: str, reading: Reading) -> dict[str, Any]:
    """One clock's cycle as a line of the readings file."""
    return {
        "subject": subject,
        "target": reading.target.name,
        "cycle": reading.cycle,
        "state": reading.state.value,
        "counted_seconds": seconds(reading.counted),
        "budget_seconds": seconds(reading.target.budget),
        "started_at": text(reading.started_at),
        "deadline": text(reading.deadline),
        "breached_at": text(reading.breached_at),
        "stopped_at": text(reading.stopped_at),
        "policy_version": reading.target.policy_version,
        "tier": reading.tier,
        "assurance": reading.assurance,
        "missed_periods": reading.missed_periods,
    }


def word_line(one: NotUnderstood, source: str, rules: Rulebook) -> dict[str, Any]:
    """A word that was not understood, with an example and the mapping to write."""
    return {
        "what": one.what,
        "word": one.word,
        "times": one.times,
        "subject": one.subject,
        "event": one.event,
        "mapping": line(source, one.what, one.word, rules, one.kind),
    }


def subject_line(
    subject: str, events: tuple[Event, ...], spent: Mapping[str, float], paused: float, waits: int
) -> dict[str, Any]:
    """One subject as a line of the subjects file; `first` and `last` are its raw fields at both ends."""
    opened = next((event.opened_at for event in reversed(events) if event.opened_at is not None), None)
    return {
        "subject": subject,
        "events": len(events),
        "opened_at": text(opened),
        "first_event_at": text(events[0].at),
        "last_event_at": text(events[-1].at),
        "state_seconds": {status: _whole(amount) for status, amount in spent.items()},
        "pause_seconds": _whole(paused),
        "pause_events": waits,
        "first": dict(events[0].fields),
        "last": dict(events[-1].fields),
    }


def _whole(amount: float) -> int | float:
    return int(amount) if float(amount).is_integer() else amount
