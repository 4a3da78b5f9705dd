"""Arrange a snapshot for the plain page: tiles, rows and the sentences that must be read first.

Pure: `now` comes in and nothing is looked up. The page shows the state that the engine gave; a deadline that passes
while the page is open is called due, and late only once the engine said breached.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from exporters.web import wording
from exporters.web.trust import LONG_WAIT, OLD_SNAPSHOT
from monitor.clock import sentence
from monitor.explain import sentences
from monitor.listing import ListedCause
from monitor.messages import Argument, Message, message
from monitor.model import COUNTED_STATES, CircuitState, State, SubjectKey
from monitor.policy import GROUPS, NO_RUNG
from monitor.snapshot import (
    AcknowledgementInForce,
    ChannelHealth,
    CircuitRow,
    NearClock,
    Snapshot,
    SourceHealth,
    UnreadWords,
)
from monitor.text import shortened, visible, web_link

MOST_LISTED = 20
"""Words that are listed one by one."""

TILE_STATES = (State.BREACHED, State.AT_RISK, State.RUNNING, State.PAUSED, State.UNKNOWN)
ATTENTION = (State.BREACHED, State.AT_RISK, State.UNKNOWN, State.RUNNING, State.PAUSED)


@dataclass(frozen=True, slots=True)
class Tile:
    """One tier: how many clocks are open, by state, and the nearest deadline."""

    name: Argument
    total: int
    states: Sequence[tuple[State, int]]
    next_deadline: datetime | None

    @property
    def worst(self) -> State | None:
        """What the tile's colour says: the first of ATTENTION that any of its clocks is in."""
        return next((state for state in ATTENTION if dict(self.states)[state]), None)


@dataclass(frozen=True, slots=True)
class Countdown:
    """How a clock's time left is shown: `ahead`, `due` (passed, not judged yet), `late`, or `none`."""

    mode: str
    text: Argument
    deadline: datetime | None


@dataclass(frozen=True, slots=True)
class Row:
    """One clock of the table."""

    clock: NearClock
    countdown: Countdown
    rungs: Sequence[Argument]
    target: Argument
    path: str
    url: str
    percent: int

    @property
    def bar(self) -> int:
        return min(100, self.percent)


@dataclass(frozen=True, slots=True)
class CircuitLine:
    """One circuit that is not available."""

    circuit: CircuitRow
    rungs: Sequence[Argument]
    path: str
    url: str
    tickets: Sequence[SubjectLink] = ()
    """The tickets about it among the clocks that are listed."""


@dataclass(frozen=True, slots=True)
class SubjectLink:
    """One subject, and the page about it."""

    key: SubjectKey
    path: str


@dataclass(frozen=True, slots=True)
class CauseLine:
    """One root cause that lasts; `path` is empty where it is about no subject that has a page."""

    name: str
    since: datetime
    subjects: int
    deadline: datetime | None
    broken: bool
    path: str = ""


@dataclass(frozen=True, slots=True)
class AcknowledgementLine:
    """One acknowledgement in force."""

    acknowledgement: AcknowledgementInForce
    target: Argument
    path: str


@dataclass(frozen=True, slots=True)
class WordLine:
    """One word that is not understood: what it stands for, in which source, of how many subjects, and one of them."""

    word: Message
    source: str
    subjects: int
    example: str
    path: str


def tiles(snapshot: Snapshot) -> Iterator[Tile]:
    """One tile for each tier of the policy, in its order, then those that only the clocks name."""
    seen = [clocks.group.tier for clocks in snapshot.clocks]
    for tier in dict.fromkeys((*snapshot.names.tiers, *sorted(seen))):
        of_tier = [clocks for clocks in snapshot.clocks if clocks.group.tier == tier]
        states = tuple((state, sum(clocks.states.get(state, 0) for clocks in of_tier)) for state in TILE_STATES)
        deadlines = [clocks.next_deadline for clocks in of_tier if clocks.next_deadline is not None]
        yield Tile(tile_name(snapshot, tier), sum(count for _, count in states), states, min(deadlines, default=None))


def rows(snapshot: Snapshot, clocks: Iterable[NearClock], now: datetime) -> Iterator[Row]:
    """*clocks* of the snapshot in their order; those of a stale source are unknown here too, as in the tiles."""
    names, stale = snapshot.names, {source.source for source in snapshot.sources if source.stale}
    stale |= {GROUPS} if stale else set()  # what is not read could be counted
    for near in clocks:
        clock = replace(near, state=State.UNKNOWN) if near.key.source in stale else near
        yield Row(
            clock,
            countdown(clock, now),
            rungs(snapshot, clock.tier, clock.assurance),
            sentences.rung(names.targets, clock.target),
            _explained(clock.key),
            web_link(clock.url),
            int(100 * clock.counted / clock.budget) if clock.budget > timedelta(0) else 100,
        )


def countdown(clock: NearClock, now: datetime) -> Countdown:
    if clock.deadline is None or clock.state is State.PAUSED:
        return Countdown("none", "–", None)
    left = clock.deadline - now
    if clock.state is State.BREACHED:
        return Countdown("late", wording.countdown(min(left, timedelta(0))), clock.deadline)
    if left < timedelta(0):
        return Countdown("due", wording.countdown(left), clock.deadline)
    return Countdown("ahead", wording.countdown(left), clock.deadline)


def tile_name(snapshot: Snapshot, tier: str) -> Argument:
    """The name of a tier; its id where the policy has none."""
    return message("page-no-tier") if tier in (NO_RUNG, "") else sentences.rung(snapshot.names.tiers, tier)


def rungs(snapshot: Snapshot, tier: str, assurance: str) -> Sequence[Argument]:
    """The names of the tier and the assurance, as far as there are any."""
    both = ((snapshot.names.tiers, tier), (snapshot.names.assurances, assurance))
    return [sentences.rung(names, id_) for names, id_ in both if id_ not in (NO_RUNG, "")]


MOST_TICKETS = 3
"""Tickets that are named beside one circuit."""


def circuits(snapshot: Snapshot) -> Iterator[CircuitLine]:
    about: dict[str, dict[SubjectKey, None]] = {}
    for clock in (*snapshot.late, *snapshot.nearest):
        if clock.circuit:
            about.setdefault(clock.circuit, {})[clock.key] = None
    for row in snapshot.circuits_down:
        keys = [key for key in about.get(row.key.subject, ()) if key != row.key][:MOST_TICKETS]
        yield CircuitLine(
            row,
            rungs(snapshot, row.tier, row.assurance),
            f"circuits/{wording.segment(row.key.source)}/{wording.segment(row.key.subject)}",
            web_link(row.url),
            [SubjectLink(key, _explained(key)) for key in keys],
        )


def causes(listed: Iterable[ListedCause]) -> Iterator[CauseLine]:
    """The root causes that last."""
    for one in listed:
        if one.closed_at is None:
            path = "" if one.subject is None else _explained(one.subject)
            yield CauseLine(one.key, one.opened_at, one.subjects, one.deadline, one.broken, path)


def acknowledged(snapshot: Snapshot) -> Iterator[AcknowledgementLine]:
    for one in snapshot.in_force.newest:
        path = "" if one.key is None else _explained(one.key)
        yield AcknowledgementLine(one, sentences.rung(snapshot.names.targets, one.target), path)


def words(snapshot: Snapshot) -> Iterator[WordLine]:
    """The words that are not understood, those of the most open subjects first."""
    for one in sorted(snapshot.unread.listed, key=lambda one: -one.subjects)[:MOST_LISTED]:
        path = _explained(SubjectKey(one.source, one.example))
        yield WordLine(sentence(one.what, one.word), one.source, one.subjects, one.example, path)


def _explained(key: SubjectKey) -> str:
    return f"explain/{wording.segment(key.source)}/{wording.segment(key.subject)}"


def circuit_totals(snapshot: Snapshot) -> Sequence[tuple[CircuitState, int]]:
    return tuple(
        (state, sum(count for group, count in snapshot.circuits.items() if group.state is state))
        for state in COUNTED_STATES
    )


def warnings(snapshot: Snapshot, now: datetime) -> Iterator[Message]:
    """What whoever looks at this page must know before trusting it, each as a sentence."""
    old, health = now - snapshot.at, snapshot.health
    if old > OLD_SNAPSHOT:
        yield message("page-warning-old", age=wording.age(old))
    if health.starting:
        yield message("page-warning-starting")
    if not snapshot.counted:
        yield message("page-warning-counting")
    if health.clock_held:
        yield message("page-warning-clock-held")
    if health.clock_unproven:
        yield message("page-warning-clock-unproven", command=snapshot.commands.says("clock", "accept"))
    if health.store_lost:
        yield message("page-warning-store-lost")
    yield from _refused(snapshot, now)
    if not health.store_ok:
        yield message("page-warning-store-refuses")
    yield from _unread(snapshot.unread)
    for source in snapshot.sources:
        yield from _about_source(source, now)
    for channel in snapshot.channels:
        yield from _about_channel(channel, now)
    yield from _about_subscribers(snapshot)


LONGEST_REFUSAL = 400
"""Characters of the sentence by which a configuration was refused."""


def _refused(snapshot: Snapshot, now: datetime) -> Iterator[Message]:
    """That another configuration runs than is written, and the first sentence of why."""
    configured = snapshot.configured
    if configured.refused and configured.refused_at is not None and configured.since is not None:
        yield message(
            "page-warning-config-refused",
            ago=wording.age(now - configured.refused_at),
            why=visible(shortened(configured.refused.partition("\n")[0], LONGEST_REFUSAL)),
            since=wording.age(now - configured.since),
            command=snapshot.commands.says("check-config"),
        )


_MOST_WORDS = 5


def _unread(unread: UnreadWords) -> Iterator[Message]:
    """A sentence for each of the words that most open subjects have, and one for the rest."""
    first = sorted(unread.listed, key=lambda one: -one.subjects)[:_MOST_WORDS]
    for one in first:
        yield message(
            "page-warning-word",
            source=one.source,
            word=sentence(one.what, one.word),
            subjects=one.subjects,
            example=one.example,
        )
    rest = sum(unread.words.values()) - len(first)
    if rest > 0:
        yield message("page-warning-more-words", words=rest)


def _about_source(source: SourceHealth, now: datetime) -> Iterator[Message]:
    if not source.stale and source.up is not False:
        return
    read = message("page-source-never-read", source=source.source)
    if source.last_success is not None:
        read = message("page-source-read", source=source.source, age=wording.age(now - source.last_success))
    if source.stale:
        yield message("page-warning-source-stale", read=read)
    else:
        yield message("page-warning-source-failed", read=read)


def _about_subscribers(snapshot: Snapshot) -> Iterator[Message]:
    suspended = snapshot.subscribers.get("suspended", 0)
    if suspended:
        yield message("page-warning-subscribers", subscribers=suspended)


def _about_channel(channel: ChannelHealth, now: datetime) -> Iterator[Message]:
    if channel.pending and channel.oldest is not None and now - channel.oldest > LONG_WAIT:
        age = wording.age(now - channel.oldest)
        yield message("page-warning-channel", pages=channel.pending, channel=channel.channel, age=age)
