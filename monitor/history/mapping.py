"""Turn a source's raw words into ours: statuses to phases, pause reasons, tiers and other attributes.

Pure. A mapping is a versioned part of the configuration; changing it is a recomputation, not a new import (semantics
3). A word that a mapping does not know never pauses and never stops a clock; it becomes a doubt, which is counted and
shown. Words are compared by `words.folded`; a history has them in the spelling of the mapping or the policy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as default
from datetime import UTC, datetime, timedelta, tzinfo
from fnmatch import fnmatchcase
from operator import itemgetter
from typing import NamedTuple

from monitor.history.baseline import Baseline, newest
from monitor.history.events import Correction, Event
from monitor.history.override import Override
from monitor.history.placing import in_order, since_baseline
from monitor.history.retirement import no_longer_listed, stated
from monitor.model import CircuitState, Condition, Opening, Phase, SubjectKind
from monitor.text import Vocabulary, by_word, folded, link_without_secrets, look_up, without_secrets

OPEN = ("customer", "team", "supplier", "provider", "site")
"""Attributes that may have any word: a policy that names some of them says nothing of the others."""

CHOOSING = (
    "tier", "assurance", "urgency", "scope", "process", "customer_tier", "far_tier", "customer_class", "service",
    "order_class", *OPEN,
)  # fmt: skip
"""The attributes that may choose a budget, beside those that a policy declares (`Policy.attributes`).

`far_tier` is the tier of the customer at the service's other end.
"""

ATTRIBUTES = (*CHOOSING, "circuit", "device", "cause", "title", "url")
"""What a mapping may say of a subject; those that choose nothing name things in pages and in explanations."""

LADDERS = ("tier", "assurance")

RUNGS_OF = {"tier": "tier", "assurance": "assurance", "customer_tier": "tier", "far_tier": "tier"}
"""The ladder on which the values of an attribute must be rungs."""

LASTING = ("detected", "complained", "planned")
"""Instants that stay known once they were said: fault detected, customer complained, work planned to begin."""

INSTANTS = (*LASTING, "agreed")
"""The instants that any mapping may say of a subject (`agreed`: until when its customer was promised that it is done);
a policy may declare others."""

INSTANT = "instant"
"""What is doubted where an instant of the policy's own cannot be read; the value is `name|text`."""

HOLDERS = ("team", "supplier")
"""Who may have a subject: each is one party in whatever spelling, the first that was seen."""

# Bound once: in Python 3.11, looking a member up costs more than the rest of its line.
_HELD, _CIRCUIT = Phase.HELD, SubjectKind.CIRCUIT

_PATTERN = frozenset("*?[")

_PLACE = itemgetter(0)

_FARTHEST = timedelta(days=3660)
"""How far from the event that says it an instant may lie; farther off it is a source's empty date, and doubted."""


@dataclass(frozen=True, slots=True)
class AttributeRule:
    """Take an attribute from a raw field, through a table of values where there is one.

    Without a table the raw value is used. With one, a value that is not in it is a doubt, unless it is a word of the
    policy.
    """

    field: str
    values: Mapping[str, str] = default(default_factory=dict)
    by_word: Mapping[str, str] = default(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_word", by_word(self.values))


@dataclass(frozen=True, slots=True)
class StatusRule:
    """The phase that a status stands for; `reason` is a fixed pause reason for statuses that are their own reason."""

    phase: Phase
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class SourceMapping:
    """How one source's words are read. `reasons` maps raw reasons (exact, or with * and ?) to pause reasons.

    `zone` is that of instants without one. The `by_` tables are derived for looking words up.
    """

    version: str = "1"
    statuses: Mapping[str, StatusRule] = default(default_factory=dict)
    reasons: Mapping[str, str] = default(default_factory=dict)
    attributes: Mapping[str, AttributeRule] = default(default_factory=dict)
    circuit_states: Mapping[str, CircuitState] = default(default_factory=dict)
    instants: Mapping[str, str] = default(default_factory=dict)
    """Our instant (one of INSTANTS, or one of the policy's own) → the raw field that has it, as ISO 8601."""
    zone: tzinfo | None = None
    opened_at: Opening = Opening.BELIEVED
    whole: bool = False
    """Whether an event that has fields has all of its subject's: what is not among them is no longer so."""
    same_names: bool = default(default=False, compare=False)
    """Whether the source's fields have our names. `rulebook` then adds what the policy declares; that is compared."""
    revocable: tuple[tuple[str, str], ...] = default(init=False, compare=False, repr=False)
    """(instant, raw field) of those that a source can take back: all but LASTING."""
    by_field: Mapping[str, tuple[tuple[int, str, AttributeRule], ...]] = default(init=False, compare=False, repr=False)
    """Raw field → the attributes that are taken from it, each with its place among `attributes`."""
    by_status: Mapping[str, StatusRule] = default(init=False, compare=False, repr=False)
    by_state: Mapping[str, CircuitState] = default(init=False, compare=False, repr=False)
    by_reason: Mapping[str, str] = default(init=False, compare=False, repr=False)
    patterns: tuple[tuple[str, str], ...] = default(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        patterns = tuple((folded(word), name) for word, name in self.reasons.items() if _PATTERN & set(word))
        revocable = tuple((name, field) for name, field in self.instants.items() if name not in LASTING)
        by_field: dict[str, tuple[tuple[int, str, AttributeRule], ...]] = {}
        for place, (name, rule) in enumerate(self.attributes.items()):
            by_field[rule.field] = (*by_field.get(rule.field, ()), (place, name, rule))
        object.__setattr__(self, "revocable", revocable)
        object.__setattr__(self, "by_field", by_field)
        object.__setattr__(self, "by_status", by_word(self.statuses))
        object.__setattr__(self, "by_state", by_word(self.circuit_states))
        object.__setattr__(self, "by_reason", by_word(self.reasons))
        object.__setattr__(self, "patterns", patterns)


TIME = "time"
"""What is doubted of an event whose local time comes twice: which of its two instants is meant."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A word of a source that neither the mapping nor the policy knows.

    `what` is `status`, `reason`, `instant` (one of the policy's own) or the name of an attribute or another instant;
    `value` is the word as the source wrote it.
    """

    event_id: str
    what: str
    value: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One event in our vocabulary. `phase` is None where the event has none; `attributes` are only those that changed.

    Of a circuit, `phase` is its state and `reason` what excuses it meanwhile (planned work), None if nothing does.
    `override` is set by a correction or by another clock, None where the source's word holds; `reason` is always the
    source's. `taken_back` are the instants that the source no longer states. `stands` says that it is in the place of
    deleted events: nothing that is said later changes what held there.
    """

    at: datetime
    event_id: str
    phase: Condition | None = None
    reason: str | None = None
    feedback: bool = False
    opened_at: datetime | None = None
    attributes: Mapping[str, str] = default(default_factory=dict)
    status: str | None = None
    instants: Mapping[str, datetime] = default(default_factory=dict)
    override: Override | None = None
    taken_back: tuple[str, ...] = ()
    stands: bool = False


class PastChangesError(Exception):
    """What came after a checkpoint changes what was read before it. Whoever judges judges all; nobody else sees it."""


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of a subject up to a checkpoint: attributes, a circuit's state and since when, and `landmarks`."""

    attributes: Mapping[str, str] = default(default_factory=dict)
    circuit_state: tuple[CircuitState, datetime | None] = (CircuitState.UNKNOWN, None)
    landmarks: tuple[Fact, ...] = ()


NOTHING_BEFORE = Past()


@dataclass(frozen=True, slots=True)
class History:
    """A subject's facts in the total order, its doubts, and its corrections, oldest first."""

    facts: tuple[Fact, ...]
    doubts: tuple[Doubt, ...]
    corrections: tuple[tuple[str, Correction], ...] = ()
    """(event id, correction)"""
    unread: Mapping[str, Doubt] = default(default_factory=dict)
    """By attribute, what was said last of it where that was not understood."""
    circuit: str = ""
    """The id of the circuit that it is the history of; empty for tickets and changes."""
    read: Interpreted | None = default(default=None, compare=False, repr=False)
    """How far its events were read."""
    baseline: Baseline | None = None
    """What stands in the place of deleted events; None where none were deleted, or *before* holds it."""
    before: Past = default(default_factory=lambda: NOTHING_BEFORE, compare=False, repr=False)
    """What was before its facts, where they are only those since a checkpoint."""

    @property
    def scanned(self) -> Sequence[Fact]:
        """The facts, after those before a checkpoint by which a search for the first or the last one ends alike."""
        return (*self.before.landmarks, *self.facts) if self.before.landmarks else self.facts

    @property
    def own(self) -> dict[str, str]:
        """What is known of the subject without any event."""
        return {"circuit": self.circuit} if self.circuit else {}

    @property
    def attributes(self) -> dict[str, str]:
        """The attributes by the last event that has each."""
        latest: dict[str, str] = dict(self.before.attributes)
        for fact in self.facts:
            latest.update(fact.attributes)
        return latest

    @property
    def circuit_state(self) -> tuple[CircuitState, datetime | None]:
        """The circuit's last state, and since when it has held without a break."""
        state, since = self.before.circuit_state
        for fact in self.facts:
            if isinstance(fact.phase, CircuitState) and (since is None or fact.phase is not state):
                state, since = fact.phase, fact.at
        return state, since


def interpret(
    events: Iterable[Event],
    mapping: SourceMapping,
    words: Vocabulary | Mapping[str, frozenset[str]],
    before: Interpreted | None = None,
) -> History:
    """Make a subject's history of its events, in any order and however often repeated.

    *words* are those of the policy, or only the rungs of its ladders. A value outside them is a doubt and the attribute
    is not set, while the event's phase still counts. Where the source knows the opening instant and it lies before
    the first event, a first fact `opened` is put there (the clock starts at the opening, not at the first update that
    came).

    With *before*, which read the subject up to an instant, *events* are those from that instant on, and so are the
    facts and doubts. Raises PastChangesError where they change how the earlier ones are read.
    """
    if mapping.opened_at is Opening.IGNORED:
        events = [event if event.opened_at is None else replace(event, opened_at=None) for event in events]
    known = words if isinstance(words, Vocabulary) else of_ladders(words)
    ordered = since_baseline(in_order(events))
    if before is not None:
        return _since(before, ordered, known)
    said = _Interpreter(mapping, known)
    history = said.history(ordered)
    refused = _refused(said, history, known)
    if not refused:
        return history
    without = _Interpreter(mapping, known, refused).history(ordered)
    assert history.read is not None
    assert without.read is not None
    return replace(without, read=Interpreted(history.read.believing, without.read.refusing))


def _since(before: Interpreted, ordered: Sequence[Event], words: Vocabulary) -> History:
    """The history since a checkpoint."""
    history = before.believing.copy().history(ordered)
    read = history.read
    assert read is not None
    refused = _refused(read.believing, history, words)
    if refused != before.refusing.refused:
        raise PastChangesError
    if not refused:
        return history
    without = before.refusing.copy().history(ordered)
    assert without.read is not None
    return replace(without, read=Interpreted(read.believing, without.read.refusing))


def _refused(said: _Interpreter, history: History, words: Vocabulary) -> frozenset[tuple[str, str]]:
    """The words that the policy does not know, and on which a promise depends."""
    if not said.perhaps or said.kind is None:
        return frozenset()
    return frozenset(one for one in said.perhaps if _wanting(one[0], said.kind, history, words))


def understood(mapping: SourceMapping, words: Vocabulary, name: str, raw: str) -> str | None:
    """The word that *raw* stands for as the value of an attribute; None where it is not understood."""
    rule = mapping.attributes.get(name)
    value = None if rule is None else _Interpreter(mapping, words)._value(name, rule, raw)
    known = words.known.get(name)
    return value if value and (known is None or value in known) else None


def of_ladders(ladders: Mapping[str, frozenset[str]]) -> Vocabulary:
    """The words of a policy of which only the rungs are known."""
    known = {
        name: by_word({rung: rung for rung in sorted(ladders[ladder])})
        for name, ladder in {**{ladder: ladder for ladder in ladders}, **RUNGS_OF}.items()
        if ladder in ladders
    }
    return Vocabulary(known, frozenset(known))


def _wanting(name: str, kind: SubjectKind, history: History, words: Vocabulary) -> bool:
    """Whether a promise depends on a word of the attribute *name* that is not understood."""
    others = {other: value for other, value in history.attributes.items() if other != name}
    return words.needed(kind, name, others)


class _Interpreter:
    """One reading of a subject's events. `perhaps` are (attribute, word) that the policy does not know and may need.

    Those of them that are *refused* are doubts, and are not set. At the instants *gone* corrections retire the subject;
    no state and no excuse outlasts that. A copy goes on where the original has come to.
    """

    __slots__ = (
        "absent", "corrections", "doubts", "excuse", "fields", "goes_on", "gone", "kind", "known", "last", "mapping",
        "opened", "past", "perhaps", "refused", "said", "state", "subject", "twice", "unread", "words",
    )  # fmt: skip

    def __init__(
        self, mapping: SourceMapping, words: Vocabulary, refused: frozenset[tuple[str, str]] = frozenset(),
        gone: Sequence[datetime] | None = None,
    ) -> None:  # fmt: skip
        self.gone = None if gone is None else sorted(gone)
        self.mapping, self.words, self.known, self.refused = mapping, words, words.known, refused
        self.doubts: list[Doubt] = []
        self.unread: dict[str, Doubt] = {}
        self.perhaps: set[tuple[str, str]] = set()
        self.said = _Attributes()
        self.fields: Mapping[str, str] | None = None
        self.state: CircuitState | None = None
        self.excuse: str | None = None
        self.goes_on = False
        self.past = NOTHING_BEFORE

    def copy(self) -> _Interpreter:
        """An interpreter that reads what comes after all that this one has read."""
        other = _Interpreter(self.mapping, self.words, self.refused, self.gone)
        other.unread, other.perhaps, other.said = dict(self.unread), set(self.perhaps), self.said.copy()
        other.state, other.excuse, other.absent = self.state, self.excuse, list(self.absent)
        other.corrections, other.opened = self.corrections, self.opened
        other.kind, other.subject, other.twice, other.last = self.kind, self.subject, self.twice, self.last
        other.goes_on, other.past = True, self.past
        return other

    def kept(self, events: Iterable[Event], past: Past) -> _Interpreter:
        """This interpreter, to go on from: *events* are those that it read, and *past* is what is known of them."""
        other = self.copy()
        opened = [event for event in events if event.opened_at is not None]
        if opened:
            other.opened = max(opened, key=lambda event: event.place).opened_at
        for event in events:
            other.twice, other.last = other.twice or event.or_at is not None, max(other.last, event.sequence)
        other.past = past
        return other

    def _was_gone(self, at: datetime) -> bool:
        """Whether the circuit was retired by a correction before *at*, and after the event before that."""
        before = [one for one in self.gone or () if one < at]
        del (self.gone or [])[: len(before)]
        return bool(before)

    def _begin(self, ordered: Sequence[Event]) -> None:
        """Note what the whole of the events says; of those that go on, check that they leave it so."""
        if self.goes_on:
            if any(self._changes_past(event) for event in ordered):
                raise PastChangesError
        else:
            first = ordered[0] if ordered else None
            self.kind: SubjectKind | None = None if first is None else first.kind
            self.subject = "" if first is None else first.subject
            self.absent = _absences(ordered)
            self.opened: datetime | None = None
            self.corrections: tuple[tuple[str, Correction], ...] = ()
            self.twice, self.last = False, 0

    def _changes_past(self, event: Event) -> bool:
        """Whether an event after a checkpoint may change how those before it are read."""
        if event.correction is not None or event.or_at is not None:
            return True
        if event.opened_at is not None and event.opened_at != self.opened and event.kind is not _CIRCUIT:
            return True
        if not self.twice:
            return False
        return event.opened_at is not None or (event.sequence <= self.last if self.last else event.sequence != 0)

    def history(self, ordered: Sequence[Event]) -> History:
        self._begin(ordered)
        mapping, doubts = self.mapping, self.doubts
        facts: list[Fact] = []
        corrections: list[tuple[str, Correction]] = []
        state, excuse, absent = self.state, self.excuse, self.absent
        for event in ordered:
            phase: Condition | None
            while absent and event.at > absent[0][0]:
                state = _nobody_says(facts, state, excuse, *absent.pop(0))
            if event.or_at is not None:
                doubts.append(Doubt(event.event_id, TIME, f"{event.at:%Y-%m-%dT%H:%M:%SZ}|{event.or_at:%H:%M:%SZ}"))
            if event.correction is not None:
                corrections.append((event.event_id, event.correction))
                continue
            if event.kind is _CIRCUIT:
                if self._was_gone(event.at) and state is not None:  # before a state nothing could be gone
                    state, excuse = CircuitState.RETIRED, None
                state, excuse = _circuit(event, mapping, doubts, state, excuse)
                phase, reason = (state, excuse) if event.status is not None else (None, None)
            else:
                phase, reason = _phase(event, mapping, doubts)
            attributes = self._news(event) if event.fields else {}
            instants = dict(_instants(event, mapping, doubts)) if mapping.instants and event.fields else {}
            fact = Fact(
                event.at, event.event_id, phase, reason, event.feedback, event.opened_at, attributes, event.status,
                instants, stands=event.baseline is not None,
            )  # fmt: skip
            gone = _taken_back(event, mapping) if mapping.revocable and event.fields else ()
            facts.append(replace(fact, taken_back=gone) if gone else fact)
        for since in absent:
            state = _nobody_says(facts, state, excuse, *since)
        self.state, self.excuse, self.absent = state, excuse, []
        known_facts = tuple(facts) if self.goes_on else _with_opening(facts)
        if corrections:
            retired_at = [at for at, _ in stated(corrections)]
            if retired_at and self.gone is None and ordered[0].kind is _CIRCUIT:
                return _Interpreter(mapping, self.words, self.refused, retired_at).history(ordered)
            known_facts = _with_retirements(known_facts, corrections, ordered[0].kind)
            self.corrections = tuple(corrections)
        circuit = self.subject if self.kind is _CIRCUIT else ""
        return History(
            known_facts, tuple(doubts), self.corrections, self.unread, circuit, Interpreted(self, self),
            newest([event.baseline for event in ordered]), self.past,
        )  # fmt: skip

    def _news(self, event: Event) -> dict[str, str]:
        """The attributes that *event* changes: none where its fields are those that were understood just before."""
        if event.fields == self.fields:
            return {}
        before = len(self.doubts)
        found = self.said.news(self._attributes(event))
        self.fields = event.fields if len(self.doubts) == before else None
        return found

    def _attributes(self, event: Event) -> Iterable[tuple[str, str]]:
        by_field = self.mapping.by_field
        rules = [rule for field in event.fields if field in by_field for rule in by_field[field]]
        rules.sort(key=_PLACE)
        for _, name, rule in rules:
            raw = event.fields[rule.field]
            value = self._value(name, rule, raw)
            if value:
                if safe := _without_secrets(name, value):
                    yield name, safe
            elif folded(raw):
                self.unread[name] = Doubt(event.event_id, name, raw)
                self.doubts.append(self.unread[name])
                continue
            if self.unread:  # understood, or taken back
                self.unread.pop(name, None)

    def _value(self, name: str, rule: AttributeRule, raw: str) -> str | None:
        """The value in the spelling of the policy, or of the source where the policy has none; None if not read."""
        own = self.known.get(name)
        value: str | None = raw
        if rule.values:
            value = look_up(rule.by_word, raw) or (None if own is None else look_up(own, raw))
        if not value or own is None:
            return value and value.strip()
        found = own.get(value)
        if found is not None:
            return found
        form = folded(value)
        found = own.get(form)
        if found is not None or name in self.words.rungs:
            return found
        if form and name not in self.words.open:
            word = (name, form)
            if word in self.refused:
                return None
            self.perhaps.add(word)
        return value.strip()


def _without_secrets(name: str, value: str) -> str:
    """The value as everybody may read it: nobody beyond the store sees what signs in at the source."""
    return link_without_secrets(value) if name == "url" else without_secrets(value)


def _nobody_says(
    facts: list[Fact], state: CircuitState | None, excuse: str | None, at: datetime, event_id: str
) -> CircuitState | None:
    """The state after an instant from which on an inventory did not list the circuit; what excuses it goes on."""
    if state is None:
        return None
    facts.append(Fact(at, event_id, CircuitState.UNKNOWN, excuse))
    return CircuitState.UNKNOWN


class Interpreted(NamedTuple):
    """How far a subject's events were read: with every word believed, and without those that are refused."""

    believing: _Interpreter
    refusing: _Interpreter


class _Attributes:
    """The attributes as they are known so far, so that a fact has only those that changed."""

    __slots__ = ("_holders", "_said", "_spelled")

    def __init__(self) -> None:
        self._said: dict[str, str] = {}
        self._spelled: dict[str, str] = {}
        self._holders: tuple[str | None, str | None] = (None, None)

    def copy(self) -> _Attributes:
        other = _Attributes()
        other._said, other._spelled, other._holders = dict(self._said), dict(self._spelled), self._holders
        return other

    def news(self, said: Iterable[tuple[str, str]]) -> dict[str, str]:
        """Those of *said* that changed. Team and supplier go together: a team that is named alone again has it back."""
        given, known = dict(said), self._said
        for name in HOLDERS:
            if name in given and given[name] != known.get(name):
                given[name] = self._spelled.setdefault(folded(given[name]), given[name])
        new = {name: value for name, value in given.items() if known.get(name) != value}
        team, supplier = given.get("team"), given.get("supplier")
        if (team, supplier) != self._holders and (team or supplier):
            self._holders = (team, supplier)
            new |= {name: given[name] for name in HOLDERS if name in given}
        known.update(new)
        return new


def _phase(event: Event, mapping: SourceMapping, doubts: list[Doubt]) -> tuple[Phase | None, str | None]:
    if event.status is None:
        return None, None
    rule = mapping.by_status.get(event.status) or mapping.by_status.get(folded(event.status))
    if rule is None:
        doubts.append(Doubt(event.event_id, "status", event.status))
        return Phase.UNKNOWN, None
    if rule.phase is not _HELD or rule.reason is not None:
        return rule.phase, rule.reason
    return _HELD, _known_reason(event, mapping, doubts)


def _known_reason(event: Event, mapping: SourceMapping, doubts: list[Doubt]) -> str | None:
    reason = _reason(event.reason, mapping)
    if reason is None:
        doubts.append(Doubt(event.event_id, "reason", event.reason or ""))
    return reason


def _circuit(
    event: Event, mapping: SourceMapping, doubts: list[Doubt], state: CircuitState | None, excuse: str | None
) -> tuple[CircuitState | None, str | None]:
    """The circuit's state and excuse after *event*: `held` and a reason begin an excuse, any other phase ends it."""
    if event.status is None:
        return state, excuse
    said = look_up(mapping.by_state, event.status)
    if said is not None:
        return said, None if said is CircuitState.RETIRED else excuse
    rule = look_up(mapping.by_status, event.status)
    if rule is None:
        doubts.append(Doubt(event.event_id, "status", event.status))
        return CircuitState.UNKNOWN, excuse
    if rule.phase is not _HELD:
        return (CircuitState.RETIRED if rule.phase is Phase.RETIRED else state), None
    return state, rule.reason or _known_reason(event, mapping, doubts)


def _reason(raw: str | None, mapping: SourceMapping) -> str | None:
    if raw is None:
        return None
    found = look_up(mapping.by_reason, raw)
    if found is not None:
        return found
    form = folded(raw)
    return next((name for pattern, name in mapping.patterns if fnmatchcase(form, pattern)), None)


def _instants(event: Event, mapping: SourceMapping, doubts: list[Doubt]) -> Iterable[tuple[str, datetime]]:
    for name, field in mapping.instants.items():
        raw = event.fields.get(field)
        if not raw or raw.isspace():
            continue
        try:
            at = datetime.fromisoformat(raw.strip().upper())
            if at.tzinfo is None:
                if mapping.zone is None or len(raw.strip()) <= len("2026-03-02"):  # a date is no instant
                    raise ValueError(raw)
                at = at.replace(tzinfo=mapping.zone)
            if abs(at - event.at) > _FARTHEST:
                raise ValueError(raw)
            yield name, at.astimezone(UTC)
        except (ValueError, OverflowError):
            own = name not in INSTANTS
            doubts.append(Doubt(event.event_id, INSTANT if own else name, f"{name}|{raw}" if own else raw))


def _taken_back(event: Event, mapping: SourceMapping) -> tuple[str, ...]:
    """The instants that the event states no longer."""
    said, otherwise = event.fields, "" if mapping.whole else "stated by another event"
    return tuple(name for name, field in mapping.revocable if not said.get(field, otherwise).strip())


def _with_opening(facts: Sequence[Fact]) -> tuple[Fact, ...]:
    opened: datetime | None = None
    first: Fact | None = None
    for fact in reversed(facts):
        if opened is None:
            opened = fact.opened_at
        if fact.phase is not None:
            first = fact
    if opened is None or (first is not None and (first.at < opened or isinstance(first.phase, CircuitState))):
        return tuple(facts)
    because = next(fact.event_id for fact in facts if fact.opened_at == opened)
    opening = Fact(opened, because, Phase.OPENED, opened_at=opened)
    before = [fact for fact in facts if fact.at < opened]
    return (*before, opening, *facts[len(before) :])


def _with_retirements(
    facts: tuple[Fact, ...], corrections: Sequence[tuple[str, Correction]], kind: SubjectKind
) -> tuple[Fact, ...]:
    """The facts with the retirements that corrections state; each comes after all else of its instant."""
    gone = CircuitState.RETIRED if kind is _CIRCUIT else Phase.RETIRED
    for at, event_id in stated(corrections):
        before = [fact for fact in facts if fact.at <= at]
        if any(fact.phase is not None for fact in before):  # before that there is nothing that could be gone
            facts = (*before, Fact(at, event_id, gone), *facts[len(before) :])
    return facts


def _absences(ordered: Sequence[Event]) -> list[tuple[datetime, str]]:
    """Since when an inventory did not list a circuit that is not retired after all, by its revoked corrections."""
    if not ordered or ordered[0].kind is not _CIRCUIT:
        return []
    made = [(event.event_id, event.correction) for event in ordered if event.correction is not None]
    return sorted(no_longer_listed(made)) if made else []
