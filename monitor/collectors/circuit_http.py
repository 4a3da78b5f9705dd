"""Ask a JSON endpoint for the states of circuits.

One GET brings all circuits; selectors find the list, each circuit's id and its status word; `words` maps the words
to states. Use it for a network management system, an inventory or a prober that shows its view over HTTP.

Traps. One answer changes nothing: a circuit becomes unavailable after `down_after` such answers in a row, available
after `up_after`, and *unknown*, never down, after `silent_after` polls in which the endpoint failed or did not list it
or said a word that `words` does not have. A change is dated by the first answer of its run, so the polling interval
is the precision. With `time` a change is dated by the source's own time of that first answer.
A circuit that left the list stays unknown, for silence retires nothing. With `inventory: true` the list is the word on
what there is: a circuit that is absent from two whole lists in a row is retired. A list is whole where it came in one
complete answer, all of its items have an id, and no header says that there is more. A list that loses more than a tenth
and more than five at once is not believed (see `_gone.py`). A word that `words` maps to `retired` retires a circuit
that is listed, when it has come twice in a row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from monitor.collectors._circuit_runs import KnownCircuit, Runs, after_poll, decode, encode, to_millisecond
from monitor.collectors._gone import Gone, after_answers, after_list, retirement_of, seen_again
from monitor.collectors._json_body import document, why_unreadable
from monitor.collectors._records import FUTURE_TOLERANCE, BadRecord, Why, ZoneOption, body, moment
from monitor.collectors._selectors import SelectorOption, selector
from monitor.errors import SourceError
from monitor.history import AttributeRule, Batch, Collector, Cursor, Event, Reject, SourceMapping, content_id
from monitor.model import CircuitState, RetiredBy, SubjectKey, SubjectKind
from monitor.net import Address, AuthOption, Fetch, Network
from monitor.text import by_word, coinciding, laid_over, look_up

RAW_STATUS = "raw_status"
_JUST_AFTER = timedelta(milliseconds=1)
_ITEMS, _ID, _STATUS = selector("$.circuits[*]", "$[*]"), selector("$.id"), selector("$.status")

SUBJECTS = frozenset({SubjectKind.CIRCUIT})
"""The kinds of subjects that such a source names; of others it has no counters."""

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
    inventory: bool = False
    """Whether the list is complete: a circuit that is absent from it twice in a row is then gone for good."""

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
            answer = self._fetch.get(self.config.url, now=cursor.now, retry=False)
            said = document(answer)
        except SourceError:
            yield decide((), (), reader, cursor)
            raise
        items = self._items(said)
        sightings, rejects = reader.read(items)
        listed = reader.whole_list(items, said, answer.headers) if self.config.inventory else None
        yield decide(sightings, rejects, reader, cursor, listed)
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

    def whole_list(self, items: Sequence[Any], said: Any, headers: Mapping[str, str]) -> frozenset[str] | None:
        """The ids of all circuits of an answer; None where nothing proves that it lists them all."""
        try:
            named = [self.config.id.text(item) for item in items]
        except (RecursionError, ValueError, ArithmeticError, LookupError, TypeError):
            return None
        listed = frozenset(name for name in named if name is not None)
        counted = headers.get("X-Total-Count", "").strip()
        more = 'rel="next"' in headers.get("Link", "") or (counted.isdecimal() and int(counted[:12]) > len(named))
        if None in named or not listed or more or why_unreadable(said) is not None:
            return None
        return listed

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


def decide(
    sightings: Sequence[Sighting],
    rejects: Sequence[Reject],
    reader: Reader,
    cursor: Cursor,
    listed: Collection[str] | None = None,
) -> Batch:
    """The events of a poll, for every circuit that is known or was seen. Pure.

    A circuit that is known and was not seen counts as silent. An event is a change of state, or of the fields. *listed*
    are the ids of a list that is proven whole and comes from an inventory, None where it does not.
    """
    config = reader.config
    runs = Runs(config.down_after, config.up_after, config.silent_after)
    seen = {sighting.circuit: sighting for sighting in sightings}
    known: Mapping[str, str] = cursor.position.get("circuits", {})
    position: dict[str, str] = {}
    doubts = list(rejects)
    ended = _judge_gone(known, seen, reader, cursor, listed)
    events = list(ended.events)
    doubts += ended.doubts
    for circuit in {**known, **seen}:
        if circuit in ended.gone.retired:
            continue
        text, _, digest = known.get(circuit, ended.back.get(circuit, "-")).partition("/")
        before, sighting = decode(text), seen.get(circuit)
        after = after_poll(before, CircuitState.UNKNOWN, reader.now, runs)
        if sighting is not None:
            said = CircuitState.UNKNOWN if sighting.state is CircuitState.RETIRED else sighting.state
            after = after_poll(before, said, sighting.at, runs)
            digest, last_digest = content_id(sighting.fields)[:8], digest
            if digest != last_digest:
                events.append(_event(reader, circuit, reader.now, "fields", digest, sighting.fields))
            if _unknown_word(sighting, reader) and after.silence is not None and before.silence is None:
                detail = f"{circuit} has the status {sighting.word!r}; add it to the option words"
                doubts.append(Reject(reader.source, f"{circuit} {sighting.word}", Why.UNKNOWN_WORD, detail))
        if _changed(before, after):
            events.append(_state_event(reader, circuit, after, sighting))
        position[circuit] = f"{encode(after)}/{digest}"
    return Batch(events, doubts, {"circuits": position, **ended.gone.position})


@dataclass(frozen=True, slots=True)
class _Ended:
    """Which circuits are gone for good, and what to say of it; `back` is how those that came back are known."""

    gone: Gone
    events: Sequence[Event]
    doubts: Sequence[Reject]
    back: Mapping[str, str]


def _judge_gone(
    known: Mapping[str, str],
    seen: Mapping[str, Sighting],
    reader: Reader,
    cursor: Cursor,
    listed: Collection[str] | None,
) -> _Ended:
    """Retire what the source itself calls retired, and what a whole list of an inventory does not have any more."""
    now, source = reader.now, reader.source
    said = [name for name, sighting in seen.items() if sighting.state is CircuitState.RETIRED]
    there = {name for name, sighting in seen.items() if sighting.state is not CircuitState.RETIRED}
    gone, again = seen_again(Gone.of(cursor.position), there)
    judged = after_answers(gone, said, there, now)
    events = [_retired_word(reader, seen[name], at) for name, at in judged.retired.items() if name in seen]
    gone, doubts = judged.gone, list[Reject]()
    if listed is not None:
        own = {name: one for name, one in gone.missing.items() if name in said}
        judged = after_list(gone, known, listed, now, cursor.loss_accepted_at)
        gone = replace(judged.gone, missing={**own, **judged.gone.missing})
        events += [
            retirement_of(
                SubjectKey(source, name), SubjectKind.CIRCUIT, _not_before_state(known[name], at), RetiredBy.INVENTORY,
                "absent from two whole lists", now,
            )
            for name, at in judged.retired.items()
        ]  # fmt: skip
        if judged.held:
            detail = (
                f"{judged.held} of {len(known)} circuits are absent from the list at once, more than is believed, so"
                " none of them is retired; if they are really gone, accept that by the command of the alert"
                " TierwatchSuddenLoss"
            )
            doubts.append(Reject(source, "list of circuits", Why.SUDDEN_LOSS, detail))
    back = {name: encode(KnownCircuit(since=at + _JUST_AFTER)) for name, at in again.items()}
    return _Ended(gone, events, doubts, back)


def _not_before_state(text: str, at: datetime) -> datetime:
    """The instant at which a circuit is retired: never before the state that it had."""
    since = decode(text.partition("/")[0]).since
    return at if since is None else max(at, since)


def _retired_word(reader: Reader, sighting: Sighting, at: datetime) -> Event:
    """The source's own word that a circuit is gone for good."""
    event = _event(reader, sighting.circuit, at, "state", "retired", {RAW_STATUS: sighting.word})
    return replace(event, status=CircuitState.RETIRED.value)


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
