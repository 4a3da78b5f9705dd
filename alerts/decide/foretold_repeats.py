"""Foretell which pages a receiver with a `repeat` is sent again, and from when on it is not, if no event comes.

Pure: what is foretold of the alerts and the calls comes in, runs of repeats come out. Each repeat is judged by `judge`,
as the program does; where nothing changes before the next ones, these are as the first one and are given as one run.
The one surprise: what was withheld is foretold for the instant at which nothing withholds it any more; the program
looks twice a minute, and sends it up to half a minute later.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from alerts.decide.foretold import Answered, Look
from alerts.decide.repeats import judge
from alerts.decide.routing import silence_of
from alerts.decide.withholding import Route
from monitor.alert import Alert, Beside, ClockKey, Delivery, Reason, Repeat, Repeatable, Settings, SilenceRow, Withheld

MOST_RUNS = 500
"""So many runs are given of one alert on one channel."""


class PageEvent(NamedTuple):
    """What becomes of a page on a channel: `sent`, else it waits, or a call takes its place."""

    at: datetime
    alert: str
    channel: str
    sent: bool
    firing: bool = True
    waits: bool = False


class HeldFrom(NamedTuple):
    """An acknowledgement of an alert: from when to when it is in force; `ended_at` is None without an end."""

    alert: str
    at: datetime
    ended_at: datetime | None


class ForetoldRepeats(NamedTuple):
    """So many repeats, the first one at `at` and each `every` after the one before; with `withheld` there are none from
    `at` on.
    """

    at: datetime
    alert: Alert
    channel: str
    every: timedelta
    times: int
    withheld: Withheld | None = None
    detail: str = ""

    @property
    def last(self) -> datetime:
        return self.at + self.every * max(0, self.times - 1)


@dataclass(frozen=True, slots=True)
class Repeats:
    """What repeats are judged by: the channels with how often they are told again, and what is on record now."""

    every: Mapping[str, tuple[Route, timedelta]]
    answered: Mapping[tuple[str, str], Answered]
    silences: Sequence[SilenceRow]
    held: Sequence[HeldFrom] = ()
    calls: Sequence[PageEvent] = ()


def foretell(looks: Sequence[Look], known: Repeats, settings: Settings, until: datetime) -> Iterator[ForetoldRepeats]:
    """Every run of repeats from the first of the *looks* to *until*, by channel and alert."""
    if not known.every or not looks:
        return
    course = _Course(looks, known, settings, until)
    for name, (route, every) in known.every.items():
        if route.shadow or route.channel.delivery is not Delivery.QUEUE:
            continue
        mine = {event.alert for event in course.events if event.channel == name}
        mine |= {key for key, channel in known.answered if channel == name}
        for key in sorted(mine):
            yield from course.of(key, route, every)


@dataclass(slots=True)
class _Course:
    looks: Sequence[Look]
    known: Repeats
    settings: Settings
    until: datetime
    events: list[PageEvent] = field(default_factory=list)
    _changes: list[datetime] = field(default_factory=list)
    _ats: list[datetime] = field(default_factory=list)
    _alerts: list[dict[str, Alert]] = field(default_factory=list)
    _clocks: list[dict[ClockKey, list[Alert]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.events = sorted([*_page_events(self.looks), *self.known.calls], key=lambda one: one.at)
        changes = {look.at for look in self.looks} | {event.at for event in self.events}
        for row in self.known.silences:
            changes |= {row.starts_at, row.ends_at}
        changes |= {held.ended_at for held in self.known.held if held.ended_at is not None}
        self._changes = sorted(changes)
        self._ats = [look.at for look in self.looks]
        for look in self.looks:
            clocks: dict[ClockKey, list[Alert]] = defaultdict(list)
            for alert in look.alerts:
                if alert.notifies:
                    clocks[_clock(alert)].append(alert)
            self._alerts.append({alert.key: alert for alert in look.alerts})
            self._clocks.append(clocks)

    def of(self, key: str, route: Route, every: timedelta) -> Sequence[ForetoldRepeats]:
        """Every run of one alert on one channel."""
        channel = route.channel.name
        mine = [event for event in self.events if event.alert == key and event.channel == channel]
        state = self.known.answered.get((key, channel))
        now, runs = self.looks[0].at, _Runs(every)
        for _ in range(MOST_RUNS):
            while mine and mine[0].at <= now:
                state = _after(state, mine.pop(0))
            due = None if state is None or state.waiting or not state.firing else state.at + every
            later = [due, self._next_change(now)]
            if state is not None and due is not None and due <= now:
                found = self._judge(key, route, every, state, runs.withheld, now)
                if found is not None and found.reason is Reason.REPEAT_DUE:
                    times = 1 if route.hours else self._times(now, every, later[1])
                    runs.again(now, found, times)
                    state = Answered(now + every * (times - 1), False, True)
                    continue
                runs.note(now, found)
                later[0] = _opens(found)
            now = min((at for at in later if at is not None), default=self.until + every)
            if now > self.until:
                break
        return runs.found

    def _times(self, now: datetime, every: timedelta, following: datetime | None) -> int:
        """How many repeats are like that of *now*: those before anything changes."""
        end = self.until if following is None else min(self.until, following - timedelta(microseconds=1))
        return (end - now) // every + 1

    def _next_change(self, now: datetime) -> datetime | None:
        place = bisect_right(self._changes, now)
        return self._changes[place] if place < len(self._changes) else None

    def _judge(
        self, key: str, route: Route, every: timedelta, state: Answered | None,
        said: frozenset[tuple[Withheld, str]], now: datetime,
    ) -> Repeat | None:  # fmt: skip
        place = max(0, bisect_right(self._ats, now) - 1)
        look, alert = self.looks[place], self._alerts[place].get(key)
        if alert is None or state is None:
            return None
        cause = look.causes.get(alert.cause_key) if alert.subject is not None else None
        beside = [
            Beside(one, number, None, self._acknowledged(one.key, now))
            for number, one in enumerate(self._clocks[place].get(_clock(alert), ()))
        ]
        item = Repeatable(
            alert, route.channel.name, state.at, state.waiting, alert.deadline, True, tuple(beside),
            "" if cause is None else cause.id, said,
        )  # fmt: skip
        in_force = [silence_of(row) for row in self.known.silences if row.starts_at <= now < row.ends_at]
        return judge(item, route, every, in_force, self.settings, now)

    def _acknowledged(self, key: str, now: datetime) -> datetime | None:
        holds = [
            one.at for one in self.known.held
            if one.alert == key and one.at <= now and (one.ended_at is None or now < one.ended_at)
        ]  # fmt: skip
        return max(holds, default=None)


@dataclass(slots=True)
class _Runs:
    """The runs of one alert on one channel, as they are found."""

    every: timedelta
    found: list[ForetoldRepeats] = field(default_factory=list)
    withheld: frozenset[tuple[Withheld, str]] = frozenset()

    def again(self, now: datetime, repeat: Repeat, times: int) -> None:
        last = self.found[-1] if self.found else None
        if last is not None and last.times and last.last + self.every == now:
            self.found[-1] = last._replace(times=last.times + times)
        else:
            self.found.append(ForetoldRepeats(now, repeat.of.alert, repeat.of.channel, self.every, times))

    def note(self, now: datetime, repeat: Repeat | None) -> None:
        """Note what withholds it, once for each reason."""
        if repeat is None or not repeat.news or not isinstance(repeat.reason, Withheld):
            return
        self.withheld |= {(repeat.reason, repeat.detail)}
        of = repeat.of
        self.found.append(ForetoldRepeats(now, of.alert, of.channel, self.every, 0, repeat.reason, repeat.detail))


def _after(state: Answered | None, event: PageEvent) -> Answered | None:
    if event.sent:
        return Answered(event.at, False, event.firing)
    if event.waits:
        return Answered(event.at, True, False) if state is None else state._replace(waiting=True)
    return None if state is None else state._replace(at=event.at, waiting=False)  # its page was replaced


def _page_events(looks: Sequence[Look]) -> Iterator[PageEvent]:
    for look in looks:
        for alert, taken in look.changes:
            for one in taken:
                if one.withheld is None or one.held:
                    held = one.withheld is not None
                    yield PageEvent(look.at, alert.key, one.channel.name, not held, alert.firing, held)
        for alert, _, one in look.let_go:
            if not one.held:
                yield PageEvent(look.at, alert.key, one.channel.name, one.withheld is None, alert.firing)


def _opens(found: Repeat | None) -> datetime | None:
    """When the covered hours begin for which a repeat waits."""
    waits = found is not None and found.reason is Withheld.WAITS_FOR_HOURS
    return datetime.fromisoformat(found.detail) if waits and found is not None else None


def _clock(alert: Alert) -> ClockKey:
    """The clock of an alert; of a root cause its key, and of anything else its fingerprint, alone."""
    if alert.subject is None:
        return ClockKey(alert.cause_key or alert.key, "", "", 0)
    return ClockKey(alert.subject.source, alert.subject.subject, alert.target, alert.cycle)
