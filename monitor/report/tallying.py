"""Read every clock of many subjects and count it by month, chunk by chunk.

Pure. A chunk gives sums, which are put together in the order of the chunks; what a policy counts of several subjects is
judged when all of them have been read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from monitor.clock import AllGroups, Contribution, Counted, Rulebook, engine
from monitor.history import interpret
from monitor.model import SubjectKey
from monitor.report.chunks import Spread, Subject, chunked, in_turn, named
from monitor.report.tally import Tally


@dataclass(slots=True)
class Sums:
    """What the subjects of one chunk give: their tally, their words, and what they add to groups."""

    tally: Tally
    words: Counted = field(default_factory=Counted)
    subjects: int = 0
    added: list[tuple[SubjectKey, datetime, tuple[Contribution, ...]]] = field(default_factory=list)


_IN_TURN: Mapping[str, int] = {}


def sums_of(
    subjects: Iterable[Subject], rules: Rulebook, zone: ZoneInfo, until: datetime, first: Mapping[str, int] = _IN_TURN
) -> Sums:
    """Read every clock of the subjects of one chunk as of *until*; holds the readings of one subject at a time.

    *first* orders subjects, where chunks do not come in their order.
    """
    sums, words = Sums(Tally(zone)), rules.words
    for key, events in subjects:
        sums.subjects += 1
        known = [event for event in events if event.at <= until]
        if not known:
            continue
        with named(key):
            history = interpret(known, rules.mapping(key.source), words)
            sums.words.add(key.subject, known[0].kind, history.doubts, first.get(key.subject, 0))
            readings = tuple(engine.read_all(history, rules, until, known[0].kind))
            for reading in readings:
                sums.tally.add(key.source, reading)
            if rules.counted:
                adds = engine.added(key, known[0].kind, history, readings, rules, until)
                sums.added.append((key, min(event.at for event in known), tuple(adds)))
    return sums


class Adding:
    """The sums of chunks in one, with what is counted of several subjects. The order of chunks does not matter."""

    def __init__(self, rules: Rulebook, zone: ZoneInfo, recorded_from: datetime | None = None) -> None:
        self._whole, self._groups = Sums(Tally(zone)), AllGroups(rules, recorded_from)

    def add(self, sums: Sums) -> None:
        whole = self._whole
        whole.tally.merge(sums.tally)
        whole.words.merge(sums.words)
        whole.subjects += sums.subjects
        for key, began, adds in sums.added:
            self._groups.add(key, began, adds)

    def ended(self, until: datetime) -> Sums:
        """All of it, when nothing comes any more."""
        for key, reading in self._groups.readings(until):
            self._whole.tally.add(key.source, reading)
        return self._whole


def put_together(
    given: Iterable[Sums], rules: Rulebook, zone: ZoneInfo, until: datetime, recorded_from: datetime | None = None
) -> Sums:
    """The sums of all chunks in one."""
    adding = Adding(rules, zone, recorded_from)
    for sums in given:
        adding.add(sums)
    return adding.ended(until)


def tallied(
    subjects: Iterable[Subject],
    rules: Rulebook,
    zone: ZoneInfo,
    until: datetime,
    recorded_from: datetime | None = None,
    spread: Spread = in_turn,
) -> Tally:
    """Read every clock of *subjects* as of *until* and add it up; holds a chunk of subjects, and what is counted.

    Before *recorded_from* (None: the first instant that is told) nothing was recorded, so that what did not happen is
    not missed.
    """

    def work(chunk: list[Subject]) -> Sums:
        return sums_of(chunk, rules, zone, until)

    return put_together(spread(work, chunked(subjects)), rules, zone, until, recorded_from).tally
