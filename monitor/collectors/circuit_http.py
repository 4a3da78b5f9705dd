"""Ask a JSON endpoint for the states of circuits.

One GET brings all circuits; selectors find the list, each circuit's id and its status word; `words` maps the words
to states. Use it for a network management system, an inventory or a prober that shows its view over HTTP.

Traps. One answer changes nothing: a circuit becomes unavailable after `down_after` such answers in a row, available
after `up_after`, and *unknown*, never down, after `silent_after` polls in which the endpoint failed or did not list it
or said a word that `words` does not have. A change is dated by the first answer of its run, so the polling interval
is the precision. A circuit that left the list for good stays unknown. With `time` a change is dated by the source's
own time of that first answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from monitor.collectors._circuit_runs import KnownCircuit, Runs, after_poll, decode, encode, to_millisecond
from monitor.collectors._json_body import document, why_unreadable
from monitor.collectors._records import FUTURE_TOLERANCE, BadRecord, Why, ZoneOption, body, moment
from monitor.collectors._selectors import SelectorOption, selector
from monitor.errors import SourceError
from monitor.history import AttributeRule, Batch, Collector, Cursor, Event, Reject, SourceMapping, content_id
from monitor.model import CircuitState, SubjectKind
from monitor.net import Address, AuthOption, Fetch, Network
from monitor.text import by_word, coinciding, laid_over, look_up

RAW_STATUS = "raw_status"
_ITEMS, _ID, _STATUS = selector("$.circuits[*]", "$[*]"), selector("$.id"), selector("$.status")

MAPPING = SourceMapping(
    attributes={
        "tier": AttributeRule("tier"),
        "assurance": AttributeRule("assurance"),
        "scope": AttributeRule("scope"),
        "customer_tier": AttributeRule("customer_tier"),
        "far_tier": AttributeRule("far_tier"),
        "customer_class": AttributeRule("customer_class"),
        "service": AttributeRule("service"),
        "customer": AttributeRule("customer"),
        "team": AttributeRule("team"),
        "supplier": AttributeRule("supplier"),
        "provider": AttributeRule("provider"),
        "site": AttributeRule("site"),
        "title": AttributeRule("name"),
        "url": AttributeRule("url"),
    },
    circuit_states={state.value: state for state in CircuitState},
)
"""The runs have turned the source's words into these already; `words` in the options is where to add a word."""


def _usual_words() -> dict[str, CircuitState]:
    return {
        "available": CircuitState.AVAILABLE,
        "up": CircuitState.AVAILABLE,
        "degraded": CircuitState.DEGRADED,
        "unavailable": CircuitState.UNAVAILABLE,
        "down": CircuitState.UNAVAILABLE,
        "unknown": CircuitState.UNKNOWN,
    }


def _usual_fields() -> dict[str, SelectorOption]:
    names = (*(name for name in MAPPING.attributes if name != "title"), "name")
    return {name: selector(f"$.{name}") for name in names}


@dataclass(frozen=True, slots=True)
class Config:
    """`items` finds the circuits in the answer; `id`, `status`, `time` and `fields` are looked for in each of them.

    `words` reads status words, whatever their case. Of the usual words and fields, those written here are replaced.
    """

    url: Address
    """The endpoint that lists all circuits."""
    auth: AuthOption | None = None
    """The login."""
    network: Network = field(default_factory=Network)
    """How the endpoint is reached."""
    items: SelectorOption = _ITEMS
    """JSONPath of the circuits in the answer."""
    id: SelectorOption = _ID
    """JSONPath of a circuit's id, in each of the `items`."""
    status: SelectorOption = _STATUS
    """JSONPath of a circuit's status word, in each of the `items`."""
    time: SelectorOption | None = None
    """JSONPath of the time of that `status`; without it a change is dated by the poll."""
    zone: ZoneOption | None = None
    """The zone of times that have none. See `time`."""
    words: Mapping[str, CircuitState] = field(default_factory=dict)
    """Status word → state, beside the usual words (available, up; degraded; unavailable, down; unknown)."""
    fields: Mapping[str, SelectorOption] = field(default_factory=dict)
    """Raw field → JSONPath, beside the usual fields."""
    down_after: int = 3
    """How many answers in a row must be worse before the state gets worse."""
    up_after: int = 2
    """How many answers in a row must be better before the state gets better."""
    silent_after: int = 3
    """After how many polls without an answer for it a circuit is unknown; silence is never "down"."""

    def __post_init__(self) -> None:
        if min(self.down_after, self.up_after, self.silent_after) < 1:
            raise ValueError("down_after, up_after and silent_after are 1 or more")
        for first, other in coinciding(self.words):
            raise ValueError(f"words: {other!r} is the same word as {first!r}; keep one of them")


@dataclass(frozen=True, slots=True)
class Sighting:
    """The state of one circuit in one answer; UNKNOWN where the answer has none."""

    circuit: str
    state: CircuitState
    word: str
    at: datetime
    fields: Mapping[str, str]
    or_at: datetime | None = None


@dataclass(slots=True)
class CircuitHttp:
    """Remembers each circuit's runs in the position: a few letters for a settled one."""

    config: Config
    _fetch: Fetch | None = None

    def poll(self, cursor: Cursor) -> Iterable[Batch]:
        where = f"collector circuit_http/{cursor.source}"
        if self._fetch is None or self._fetch.where != where:
            self._fetch = Fetch(where, SourceError, auth=self.config.auth, network=self.config.network)
        reader = Reader.of(self.config, cursor)
        try:
            # the next poll comes in seconds and is the better second attempt
            said = document(self._fetch.get(self.config.url, now=cursor.now, retry=False))
        except SourceError:
            yield decide((), (), reader, cursor)
            raise
        sightings, rejects = reader.read(self._items(said))
        yield decide(sightings, rejects, reader, cursor)
        if not sightings:
            raise SourceError(f"{where}: the answer shows no circuit; check the options items, id and status")

    def _items(self, said: Any) -> Sequence[Any]:
        try:
            return self.config.items.nodes(said)
        except RecursionError:
            return ()


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the items of an answer. Pure."""

    config: Config
    source: str
    now: datetime
    words: Mapping[str, CircuitState]
    fields: Mapping[str, SelectorOption]

    @classmethod
    def of(cls, config: Config, cursor: Cursor) -> Reader:
        said, now = laid_over(_usual_words(), config.words), to_millisecond(cursor.now)
        return cls(config, cursor.source, now, by_word(said), {**_usual_fields(), **config.fields})

    def read(self, items: Sequence[Any]) -> tuple[Sequence[Sighting], Sequence[Reject]]:
        """Each circuit once, and the items that could not be read."""
        seen: dict[str, Sighting] = {}
        rejects: list[Reject] = []
        for item in items:
            circuit = None
            try:
                circuit = self.config.id.text(item)
                if circuit is None:
                    raise BadRecord(Why.MALFORMED, why_unreadable(item) or "an item has no id; check the option id")
                if circuit in seen:
                    raise BadRecord(Why.LISTED_TWICE, f"{circuit} is listed twice; the first counts")
                seen[circuit] = self._sighting(circuit, item)
                unreadable = why_unreadable(item)
                if unreadable is not None:
                    raise BadRecord(Why.MALFORMED, f"{circuit}: {unreadable}; the rest of it counts")
            except BadRecord as bad:
                rejects.append(self._reject(circuit, bad, item))
            except (RecursionError, ValueError, ArithmeticError, LookupError, TypeError) as error:
                why = BadRecord(Why.MALFORMED, f"an item cannot be read ({type(error).__name__})")
                rejects.append(self._reject(circuit, why, item))
        return tuple(seen.values()), tuple(rejects)

    def _reject(self, circuit: str | None, bad: BadRecord, item: Any) -> Reject:
        text = body(item)
        return Reject(self.source, circuit or content_id(text), bad.why, bad.detail, text)

    def _sighting(self, circuit: str, item: Any) -> Sighting:
        word = self.config.status.text(item)
        if word is None:
            raise BadRecord(Why.MALFORMED, f"{circuit} has no status; check the option status")
        said = {name: find.text(item) for name, find in self.fields.items()}
        fields = {name: text for name, text in said.items() if text is not None}
        state = look_up(self.words, word) or CircuitState.UNKNOWN
        at, second = self._time(circuit, item)
        return Sighting(circuit, state, word, at, fields, second)

    def _time(self, circuit: str, item: Any) -> tuple[datetime, datetime | None]:
        if self.config.time is None:
            return self.now, None
        said = self.config.time.text(item)
        if said is None:
            raise BadRecord(Why.BAD_TIME, f"{circuit} has no time; check the option time")
        first, second = moment(said, self.config.zone, self.now)
        at = to_millisecond(first)
        if at > self.now + FUTURE_TOLERANCE:
            raise BadRecord(Why.FUTURE, f"{circuit} is dated {said}, ahead of us, and counts as silent till then")
        return min(at, self.now), None if second is None else to_millisecond(second)


def decide(sightings: Sequence[Sighting], rejects: Sequence[Reject], reader: Reader, cursor: Cursor) -> Batch:
    """The events of a poll, for every circuit that is known or was seen. Pure.

    A circuit that is known and was not seen counts as silent. An event is a change of state, or of the fields.
    """
    config = reader.config
    runs = Runs(config.down_after, config.up_after, config.silent_after)
    seen = {sighting.circuit: sighting for sighting in sightings}
    known: Mapping[str, str] = cursor.position.get("circuits", {})
    position: dict[str, str] = {}
    events: list[Event] = []
    doubts = list(rejects)
    for circuit in {**known, **seen}:
        text, _, digest = known.get(circuit, "-").partition("/")
        before, sighting = decode(text), seen.get(circuit)
        after = after_poll(before, CircuitState.UNKNOWN, reader.now, runs)
        if sighting is not None:
            after = after_poll(before, sighting.state, sighting.at, runs)
            digest, last_digest = content_id(sighting.fields)[:8], digest
            if digest != last_digest:
                events.append(_event(reader, circuit, reader.now, "fields", digest, sighting.fields))
            if _unknown_word(sighting, reader) and after.silence is not None and before.silence is None:
                detail = f"{circuit} has the status {sighting.word!r}; add it to the option words"
                doubts.append(Reject(reader.source, f"{circuit} {sighting.word}", Why.UNKNOWN_WORD, detail))
        if _changed(before, after):
            events.append(_state_event(reader, circuit, after, sighting))
        position[circuit] = f"{encode(after)}/{digest}"
    return Batch(events, doubts, {"circuits": position})


def _unknown_word(sighting: Sighting, reader: Reader) -> bool:
    return look_up(reader.words, sighting.word) is None


def _changed(before: KnownCircuit, after: KnownCircuit) -> bool:
    return after.since is not None and (before.since is None or after.state is not before.state)


def _state_event(reader: Reader, circuit: str, standing: KnownCircuit, sighting: Sighting | None) -> Event:
    assert standing.since is not None
    fields = {} if sighting is None else {RAW_STATUS: sighting.word}
    event = _event(reader, circuit, standing.since, "state", standing.state.value, fields)
    begun = sighting is not None and sighting.at == standing.since
    return replace(event, status=standing.state.value, or_at=sighting.or_at if sighting and begun else None)


def _event(reader: Reader, circuit: str, at: datetime, what: str, value: str, fields: Mapping[str, str]) -> Event:
    return Event(
        source=reader.source,
        event_id=content_id(what, circuit, value, at),
        kind=SubjectKind.CIRCUIT,
        subject=circuit,
        at=at,
        sequence=int(reader.now.timestamp()),  # of two changes with one onset, the one that was found later holds
        fields=fields,
    )


def build(config: Config) -> Collector:
    """A collector for one endpoint."""
    return CircuitHttp(config)
