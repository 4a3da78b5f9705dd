"""Arrange the rows of the lists for their pages: names, sentences, links. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from exporters.web import overview, wording
from monitor.alert import RangOutside, Withheld
from monitor.explain import ChannelAnswer, PersonCalled, WithheldPage, alert_sentences, sentences
from monitor.listing import (
    CalledRow,
    CausePlace,
    CircuitPlace,
    Delivered,
    ListedCause,
    ListedCircuit,
    RecordPlace,
    ToldRow,
    WithheldRow,
)
from monitor.messages import Argument, Message, message
from monitor.policy import NO_RUNG
from monitor.snapshot import Snapshot, SourceHealth
from monitor.text import shown_time, web_link

_SIGN = {
    Delivered.ACCEPTED: "available",
    Delivered.WAITING: "paused",
    Delivered.TRIED: "degraded",
    Delivered.HELD: "paused",
    Delivered.FAILED: "unavailable",
    Delivered.NEEDLESS: "none",
}
"""The sign of what has become of a page: colours by meaning only."""


_DATED = frozenset({Withheld.WAITS_FOR_HOURS.value, Withheld.SHADOW.value})
"""Why a page was withheld, where the detail is an instant."""


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One source: its state, what to do next, and how many records of it are set aside."""

    source: SourceHealth
    state: str
    todo: Message
    quarantined: int


@dataclass(frozen=True, slots=True)
class TellingLine:
    """One row of what was told, withheld or called. `path` leads to the explanation of its subject, or is empty."""

    row: ToldRow | WithheldRow | CalledRow
    state: str
    word: Message
    said: Argument
    who: Argument
    target: Argument
    tier: Argument
    path: str
    confirmed: Message | None = None


@dataclass(frozen=True, slots=True)
class CauseLine:
    """One root cause; `sent` says for each page of it what has become of it."""

    cause: ListedCause
    state: str
    tier: Argument
    targets: Mapping[str, Argument]
    sent: Sequence[tuple[Argument, int, Message, str, datetime]]


@dataclass(frozen=True, slots=True)
class CircuitLine:
    """One circuit. `path` leads to its page; `stale` says that its source's data is too old to believe the state."""

    circuit: ListedCircuit
    rungs: Sequence[Argument]
    path: str
    url: str
    stale: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """One field of the form above a list: its name, what it holds, and the words that are proposed."""

    name: str
    label: Message
    value: str
    choices: Sequence[str]


def sources(snapshot: Snapshot, now: datetime) -> Iterator[SourceLine]:
    """The sources, those that need somebody first."""
    lines = [
        SourceLine(one, state(one), _todo(one, now, snapshot), _set_aside(snapshot, one.source))
        for one in snapshot.sources
    ]
    order = ("unavailable", "degraded", "unknown", "available")
    yield from sorted(lines, key=lambda line: order.index(line.state))


def state(source: SourceHealth) -> str:
    """The sign of a source."""
    if source.up is False:
        return "unavailable"
    if source.up is None:
        return "unknown"
    return "degraded" if source.stale else "available"


def totals(snapshot: Snapshot) -> Sequence[tuple[str, str, int]]:
    """How many records are set aside, by source and reason."""
    return sorted((source, reason, number) for (source, reason), number in snapshot.quarantined.items())


def filters(given: Mapping[str, str], snapshot: Snapshot, people: bool) -> Sequence[Filter]:
    """The fields of the form of told, withheld and called; those of receivers and teams only for who sees *people*."""
    choices = {
        "tier": list(snapshot.names.tiers),
        "channel": [one.channel for one in snapshot.channels],
        "team": [],
        "subject": [],
    }
    wanted = ["tier", "subject"]
    if people:
        wanted.insert(1, "team" if given.get("what") == "called" else "channel")
    return [Filter(name, message(f"page-filter-{name}"), given.get(name, "").strip(), choices[name]) for name in wanted]


def telling(row: ToldRow | WithheldRow | CalledRow, snapshot: Snapshot, zone: str, people: bool) -> TellingLine:
    """A row with its sentence; *people* says whether names of people may be shown."""
    said: Argument
    alert = row.alert
    path = "" if alert.subject is None else wording.explained(alert.subject)
    target: Argument = sentences.rung(snapshot.names.targets, alert.target) if alert.target else ""
    tier: Argument = sentences.rung(snapshot.names.tiers, alert.tier) if alert.tier not in ("", NO_RUNG) else ""
    if isinstance(row, WithheldRow):
        detail = row.detail if people or row.reason in _DATED else ""
        why = alert_sentences.withheld(WithheldPage(row.channel, row.at, row.reason, detail), zone)
        return TellingLine(
            row, "none", message("page-told-withheld"), why, _who(row.channel, people), target, tier, path
        )
    if isinstance(row, CalledRow):
        whom = alert_sentences.called(PersonCalled(row.at, row.step, row.team, row.person, row.reason))
        word = message("page-told-called", team=row.team)
        return TellingLine(row, "none", word, whom, row.team, target, tier, path)
    word, confirmed = message(f"page-told-{row.state}"), None
    if row.state is Delivered.NEEDLESS:
        said = alert_sentences.withheld(WithheldPage(row.channel, row.closed_at or row.at, row.reason, ""), zone)
    else:
        said = alert_sentences.answer(_answer(row), zone) if people else ""
    if row.confirmed_at is not None:
        at = shown_time(row.confirmed_at, zone)
        by = message("page-told-confirmed-by", at=at, author=row.confirmed_by)
        confirmed = by if people else message("page-told-confirmed", at=at)
    return TellingLine(row, _SIGN[row.state], word, said, _who(row.channel, people), target, tier, path, confirmed)


def cause(row: ListedCause, snapshot: Snapshot, people: bool) -> CauseLine:
    """A root cause with the names that its members' promises have; *people* as with `telling`."""
    targets = {one.target: sentences.rung(snapshot.names.targets, one.target) for one in row.members}
    sent = [
        (
            _who(one.channel, people),
            one.wave,
            message(f"page-told-{one.state}"),
            _SIGN[one.state],
            one.accepted_at or one.at,
        )
        for one in row.pages
    ]  # fmt: skip
    state = "available" if row.closed_at is not None else "unavailable" if row.broken else "degraded"
    return CauseLine(row, state, overview.tile_name(snapshot, row.tier), targets, sent)


def _who(channel: str, people: bool) -> Argument:
    """A receiver may bear the name of a person."""
    return channel if people else message("page-told-receiver")


def circuit(row: ListedCircuit, snapshot: Snapshot) -> CircuitLine:
    """A circuit with the names that its rungs have."""
    stale = any(one.stale for one in snapshot.sources if one.source == row.key.source)
    path = f"circuits/{wording.segment(row.key.source)}/{wording.segment(row.key.subject)}"
    rungs = overview.rungs(snapshot, row.tier, row.assurance)
    return CircuitLine(row, rungs, path, web_link(row.url), stale)


def circuit_filters(given: Mapping[str, str], snapshot: Snapshot) -> Sequence[Filter]:
    """The fields of the form above the circuits, beside that of the state."""
    choices = {
        "tier": list(snapshot.names.tiers),
        "assurance": list(snapshot.names.assurances),
        "source": [one.source for one in snapshot.sources],
    }
    return [Filter(name, message(f"page-filter-{name}"), given[name], known) for name, known in choices.items()]


def packed(place: RecordPlace | CausePlace | CircuitPlace) -> str:
    """A place of a list as one parameter of an address."""
    return "/".join(quote(str(part), safe="", errors="replace") for part in place)


def _answer(row: ToldRow) -> ChannelAnswer:
    return ChannelAnswer(
        row.channel, row.accepted_at, row.attempts, row.answer, row.closed_at, row.reason, row.held_by,
        RangOutside.of(row.rang),
    )  # fmt: skip


def _set_aside(snapshot: Snapshot, source: str) -> int:
    return sum(number for (of, _), number in snapshot.quarantined.items() if of == source)


def _todo(source: SourceHealth, now: datetime, snapshot: Snapshot) -> Message:
    """What to do next about a source."""
    if source.up is None:
        return message("page-sources-todo-wait")
    if source.up is False:
        return message("page-sources-todo-down")
    if source.stale:
        return message("page-sources-todo-stale")
    if any(of == source.source for of, _ in snapshot.unread.words):
        return message("page-sources-todo-words")
    if _set_aside(snapshot, source.source):
        return message("page-sources-todo-records")
    return message("page-sources-todo-nothing")
