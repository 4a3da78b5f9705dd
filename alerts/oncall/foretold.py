"""Foretell who will be called, as which step of the chain, and why nobody is where that is so, if no event comes.

Pure: what `alerts/decide/foretold.py` foretells of alerts comes in, and what the store knows of the people called so
far. Each instant asks `judge`, as the program does; a person is taken to get the page at once and to acknowledge
nothing. The one surprise: who is on duty at a later instant is read from the rota as it is now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from alerts.decide import Change, HeldFrom, LetGo, Look, PageEvent, lives, silence_of
from alerts.oncall.escalation import Outgoing, Rota, Still, judge, stillness
from monitor.alert import (
    Acknowledged,
    Alert,
    Begun,
    Call,
    ClockKey,
    Decision,
    EndsFor,
    EscalatingClock,
    EscalationState,
    Judged,
    SilenceRow,
    Taken,
    Withheld,
)
from monitor.clock import Reading
from monitor.model import Life, SubjectKey

MOST_JUDGED = 2000
"""So many instants are judged."""

_TICK = timedelta(microseconds=1)


class ForetoldCall(NamedTuple):
    """A step that will be taken: of which alert, and who is called. `known` are the channels of the call that were sent
    the alert before and are sent no page of their own."""

    at: datetime
    alert: Alert
    call: Call
    known: frozenset[str]


class ForetoldStill(NamedTuple):
    """From when on nobody is called for an alert that fires, and why."""

    at: datetime
    alert: Alert
    still: Still


class ForetoldReturn(NamedTuple):
    """An alert that goes once more to the channels that were sent it, for nobody holds it any longer."""

    at: datetime
    alert: Alert
    why: EndsFor | None


class ForetoldEnd(NamedTuple):
    """The acknowledgement `id` of an alert is over."""

    at: datetime
    alert: Alert
    id: int


Happening = ForetoldCall | ForetoldStill | ForetoldReturn | ForetoldEnd


@dataclass(slots=True)
class _Known:
    """What was done for one clock so far."""

    begun: tuple[Begun, ...] = ()
    acknowledged: tuple[Acknowledged, ...] = ()
    done: Mapping[tuple[str, int, str], Taken] | None = None


def foretell(
    looks: Sequence[Look],
    standing: Sequence[EscalatingClock],
    silences: Sequence[SilenceRow],
    rota: Rota,
    out: Outgoing,
    until: datetime,
) -> Iterator[Happening]:
    """Every call up to *until*, in order of time, and every change of why nobody is called.

    *looks* are what is foretold of the alerts, at least one; *standing* is what the store knows at the first of them.
    """
    known: dict[ClockKey, _Known] = defaultdict(_Known)
    for clock in standing:
        known[_clock(clock.firing[0])] = _Known(clock.begun, clock.acknowledged, dict(clock.done))
    still: dict[ClockKey, Still] = {}
    called: frozenset[tuple[str, str]] = frozenset()
    later, now = list(looks), looks[0].at
    look = later.pop(0)
    for _ in range(MOST_JUDGED):
        in_force = tuple(row for row in silences if row.starts_at <= now < row.ends_at)
        clocks = {_clock(one.firing[0]): one for one in _standing(look, known, now)}
        judged = judge(EscalationState(tuple(clocks.values()), silences=in_force), rota, out, now)
        yield from _happened(clocks, judged, look.queued | called, now)
        called |= {(page.alert.key, page.channel.name) for call in judged.calls for page in call.pages}
        for key, clock in clocks.items():
            _remember(known[key], clock, judged, now)
            after = known[key]
            clock = replace(clock, begun=after.begun, acknowledged=after.acknowledged)
            found = stillness(clock, [silence_of(row) for row in in_force], rota, out, now)
            if found is not None and found != still.get(key):
                yield ForetoldStill(now, _latest(clock.firing), found)
            still.pop(key, None)
            if found is not None:
                still[key] = found
        following = [at for at in (judged.foreseen_at, later[0].at if later else None) if at is not None and at > now]
        now = min(following, default=until + _TICK)
        if now > until:
            return
        while later and later[0].at <= now:
            look = later.pop(0)


def _happened(
    clocks: Mapping[ClockKey, EscalatingClock], judged: Judged, queued: Set[tuple[str, str]], now: datetime
) -> Iterator[Happening]:
    by_key = {alert.key: alert for clock in clocks.values() for alert in clock.firing}
    for call in judged.calls:
        page = next((page.alert for page in call.pages), None)
        alert = by_key.get(page.key if page is not None else call.run)
        if alert is None:
            alert = _latest([one for clock in clocks.values() for one in clock.firing if _ran(clock, call.run)])
        names = ((page, page.channel.name) for page in call.pages if page.unless_sent)
        yield ForetoldCall(
            now, alert, call, frozenset(name for page, name in names if (page.alert.key, name) in queued)
        )
    for alert in judged.returned:
        why = next(iter(judged.ended.values()), None)
        yield ForetoldReturn(now, by_key.get(alert.key, alert), why)
    for clock in clocks.values():
        for one in clock.acknowledged:
            if one.id in judged.ended:
                yield ForetoldEnd(now, by_key.get(one.alert, _latest(clock.firing)), one.id)


def held(standing: Sequence[EscalatingClock], happenings: Sequence[Happening]) -> Iterator[HeldFrom]:
    """How long each acknowledgement that is in force holds."""
    ended = {one.id: one.at for one in happenings if isinstance(one, ForetoldEnd)}
    for clock in standing:
        for one in clock.acknowledged:
            if one.ended_at is None:
                ends = [at for at in (one.ends_at, ended.get(one.id)) if at is not None]
                yield HeldFrom(one.alert, one.at, min(ends, default=None))


def page_events(looks: Sequence[Look], happenings: Sequence[Happening]) -> Iterator[PageEvent]:
    """The pages that people are sent by name, and those that go out again to whoever had one."""
    later = list(looks)
    look = later[0]
    for one in happenings:
        while later and later[0].at <= one.at:
            look = later.pop(0)
        if isinstance(one, ForetoldCall):
            for page in one.call.pages:
                if not page.shadow and page.channel.name not in one.known:
                    yield PageEvent(one.at, page.alert.key, page.channel.name, sent=True)
        elif isinstance(one, ForetoldReturn):
            for key, channel in sorted(look.queued):
                if key == one.alert.key:
                    yield PageEvent(one.at, key, channel, sent=True)


def settled(looks: Sequence[Look], happenings: Sequence[Happening]) -> tuple[Look, ...]:
    """The looks, with the pages marked as replaced in whose place a call goes out on the same channel.

    These are a page that waits for covered hours, and one of a root cause that is called for in the same instant.
    """
    called: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for one in happenings:
        if isinstance(one, ForetoldCall):
            for page in one.call.pages:
                if not page.shadow and page.channel.name not in one.known:
                    called[page.channel.name, page.alert.key].append(one.at)

    def decision(alert: Alert, was: Decision, by: Callable[[datetime], bool]) -> Decision:
        gone = was.withheld is None and any(map(by, called.get((was.channel.name, alert.key), ())))
        return Decision(was.channel, Withheld.REPLACED) if gone else was

    found = []
    for look in looks:
        at = look.at
        changes = [
            Change(alert, [decision(alert, was, at.__eq__) for was in taken] if alert.wave else taken)
            for alert, taken in look.changes
        ]
        let_go = [
            LetGo(alert, why, decision(alert, was, at.__ge__) if why is Withheld.WAITS_FOR_HOURS else was)
            for alert, why, was in look.let_go
        ]
        found.append(replace(look, changes=changes, let_go=let_go))
    return tuple(found)


def _ran(clock: EscalatingClock, run: str) -> bool:
    return any(item.alert == run for item in clock.begun)


def _latest(firing: Sequence[Alert]) -> Alert:
    return max(firing, key=lambda alert: alert.starts_at)


def _remember(known: _Known, clock: EscalatingClock, judged: Judged, now: datetime) -> None:
    """Keep what was judged of a clock, as the store does."""
    mine = {alert.key for alert in clock.firing}
    known.begun = (*clock.begun, *(item for item in judged.begun if item.alert in mine))
    runs = {item.alert for item in known.begun}
    taken = {(call.run, call.step, call.team): Taken(now, now) for call in judged.calls if call.run in runs}
    known.done = {**clock.done, **taken}
    known.acknowledged = tuple(
        replace(one, ended_at=max(now, one.at + _TICK), ends_for=judged.ended[one.id])
        if one.id in judged.ended
        else one
        for one in clock.acknowledged
    )


# -- what stands -----------------------------------------------------------------------------------------------------


def _standing(look: Look, known: Mapping[ClockKey, _Known], now: datetime) -> Iterator[EscalatingClock]:
    """Every clock and root cause that alerts, as the store would read it at *now*."""
    fires: dict[ClockKey, list[Alert]] = defaultdict(list)
    for alert in look.alerts:
        if alert.firing and alert.notifies and (alert.target or alert.cause_key.startswith("#")):
            fires[_clock(alert)].append(alert)
    causes = {f"#{cause.id}": cause for cause in look.causes.values()}
    for clock, alive in fires.items():
        before = known.get(clock) or _Known()
        done = before.done or {}
        cause = causes.get(alive[0].cause_key)
        if cause is not None:
            yield EscalatingClock(
                tuple(alive), before.begun, before.acknowledged, cause.deadline, (), cause.broken,
                _team_of(cause.key, look), done,
            )  # fmt: skip
            continue
        key = SubjectKey(clock.source, clock.subject)
        outcome = look.outcomes.get(key)
        reading = _reading(look, clock)
        yield EscalatingClock(
            tuple(alive),
            before.begun,
            before.acknowledged,
            None if reading is None else reading.deadline,
            _pauses(look, clock, reading, now),
            reading is not None and reading.breached_at is not None,
            "" if outcome is None else outcome.subject.attributes.get("team", ""),
            done,
            alive[0].cause_key if alive[0].cause_key in look.causes else "",
        )


def _clock(alert: Alert) -> ClockKey:
    if alert.subject is None:
        return ClockKey(alert.cause_key, "", "", 0)
    return ClockKey(alert.subject.source, alert.subject.subject, alert.target, alert.cycle)


def _reading(look: Look, clock: ClockKey) -> Reading | None:
    outcome = look.outcomes.get(SubjectKey(clock.source, clock.subject))
    mine = () if outcome is None else outcome.readings
    return next((one for one in mine if (one.target.name, one.cycle) == (clock.target, clock.cycle)), None)


def _pauses(
    look: Look, clock: ClockKey, reading: Reading | None, now: datetime
) -> tuple[tuple[datetime, datetime | None], ...]:
    recorded = look.transitions.get(SubjectKey(clock.source, clock.subject), ())
    moves = [
        lives.Moved(place, one.kind.value, one.stage, one.at)
        for place, one in enumerate(recorded)
        if (one.target, one.cycle) == (clock.target, clock.cycle)
    ]
    return tuple(lives.pauses(moves, reading is None or reading.life is Life.RUNNING, now))


def _team_of(cause_key: str, look: Look) -> str:
    """The team of the member that is due first."""
    members = [one for one in look.alerts if one.cause_key == cause_key and one.firing and one.subject is not None]
    if not members:
        return ""
    far = datetime.max.replace(tzinfo=look.at.tzinfo)
    first = min(members, key=lambda one: (one.deadline or far, one.subject.subject if one.subject else ""))
    outcome = None if first.subject is None else look.outcomes.get(first.subject)
    return "" if outcome is None else outcome.subject.attributes.get("team", "")
