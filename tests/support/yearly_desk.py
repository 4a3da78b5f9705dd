"""A service desk whose year is worked out from a few figures: a source for programs whose time a bench moves.

What it says at an instant depends on its figures and on the position alone: whoever asks from `{}` is told everything
again, each event with the id that it had. A ticket is opened, accepted, sometimes put on hold, restored and closed some
days later; a few are reopened at once, a few long after they were closed, and a few are never closed. All that is
opened between 10 and 11 o'clock of every third day has one cause. Between 4 and 5 o'clock UTC nothing happens. A
circuit goes down and comes back as often as is wanted.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from monitor.collectors import jsonl_file
from monitor.history import Batch, Collector, Cursor, Event, Reject
from monitor.model import SubjectKind

MAPPING = jsonl_file.MAPPING

BEGINS = datetime(2026, 1, 1, tzinfo=UTC)
YEAR = timedelta(days=365)
HOUR = timedelta(hours=1)
LATE_REOPENING = timedelta(days=100)
_BATCH = 1000
_TIERS = ("gold", "gold", "silver", "silver", "silver", "standard", "standard", "standard", "standard", "standard")
_ASSURANCES = ("AAA", "AA", "A", "normal", "normal", "normal", "normal", "normal", "normal", "normal")


@dataclass(frozen=True, slots=True)
class Config:
    """How much happens in a year, and how many tickets of the first month are never closed."""

    tickets: int
    circuits: int
    outages: int = 5
    stuck: int = 20


@dataclass(slots=True)
class YearlyDesk:
    """Goes on from where it was asked last; asked from another position it works its year out anew."""

    config: Config
    _until: str = "never"
    _told: Iterator[tuple[datetime, Event | Reject]] = field(default_factory=lambda: iter(()))
    _next: tuple[datetime, Event | Reject] | None = None

    def poll(self, cursor: Cursor) -> Iterable[Batch]:
        known = cursor.position.get("until", "")
        if known != self._until:
            self._told, self._next = year(self.config, cursor.source), None
            while known and (one := self._take(datetime.fromisoformat(known))) is not None:
                del one
        self._until = "half read"
        while True:
            some: list[Event | Reject] = []
            while len(some) < _BATCH and (one := self._take(cursor.now)) is not None:
                some.append(one)
            whole = len(some) < _BATCH
            until = cursor.now.isoformat() if whole else known
            events = [one for one in some if isinstance(one, Event)]
            rejects = [one for one in some if isinstance(one, Reject)]
            yield Batch(events, rejects, {"until": until}, {event.event_id: _record(event) for event in events})
            if whole:
                self._until = until
                return

    def _take(self, until: datetime) -> Event | Reject | None:
        if self._next is None:
            self._next = next(self._told, None)
        if self._next is None or self._next[0] > until:
            return None
        found, self._next = self._next[1], None
        return found


def build(config: Config) -> Collector:
    return YearlyDesk(config)


def year(config: Config, source: str) -> Iterator[tuple[datetime, Event | Reject]]:
    """Everything that the desk ever says, in the order of time; it goes on after the year as before."""
    later: list[tuple[datetime, int, Event | Reject]] = []
    number = 0
    lives = heapq.merge(_tickets(config, source), _circuits(config, source), key=lambda one: one[0])
    for begins, life in lives:
        while later and later[0][0] <= begins:
            at, _, one = heapq.heappop(later)
            yield at, one
        for at, one in life:
            number += 1
            heapq.heappush(later, (at, number, one))


def _tickets(config: Config, source: str) -> Iterator[tuple[datetime, list[tuple[datetime, Event | Reject]]]]:
    if not config.tickets:
        return
    gap, number = YEAR / config.tickets, 0
    while True:
        opened = awake(BEGINS + number * gap)
        yield opened, _ticket(number, opened, config, source)
        number += 1


def _ticket(number: int, opened: datetime, config: Config, source: str) -> list[tuple[datetime, Event | Reject]]:
    rng, name = Random(number), f"INC{number:07}"
    circuit = rng.randrange(max(1, config.circuits))
    fields = {
        "tier": _TIERS[rng.randrange(10)], "customer": f"Customer {rng.randrange(400)}", "team": "noc",
        "circuit": f"circuit-{circuit}", "title": "No light on the line since the morning",
        "url": f"https://desk.example/tickets/{name}",
    }  # fmt: skip
    works = timedelta(minutes=min(rng.expovariate(1 / 110), 4_000))
    if opened.hour == 10 and opened.toordinal() % 3 == 0:
        fields["cause"], works = f"cable cut of {opened.date()}", timedelta(hours=7) + works / 10
    waits = timedelta(hours=rng.randint(2, 20)) if rng.random() < 0.2 else None
    steps = [(timedelta(0), "opened", ""), (min(works / 4, timedelta(minutes=40)), "accepted", "")]
    if waits is not None:
        steps += [(works / 2, "held", "customer"), (works / 2 + waits, "accepted", "")]
        works += waits
    steps.append((works, "restored", ""))
    if rng.random() < 0.02:
        steps += [(works + 2 * HOUR, "accepted", ""), (works + 3 * HOUR, "restored", "")]
        works += 3 * HOUR
    closed = works + timedelta(hours=rng.randint(24, 72))
    steps.append((closed, "closed", ""))
    if number % 1000 == 7:
        again = closed + LATE_REOPENING
        steps += [(again, "accepted", ""), (again + HOUR, "restored", ""), (again + 24 * HOUR, "closed", "")]
    if opened < BEGINS + timedelta(days=28) and number % _apart(config) == 0:
        steps, fields["circuit"] = steps[:1], f"site of {name}"
    found = list[tuple[datetime, Event | Reject]]()
    for place, (after, status, reason) in enumerate(steps):
        at = awake(opened + after) + timedelta(seconds=place)
        said = fields if status == "opened" or after > LATE_REOPENING else {"team": "noc"}
        found.append((at, Event(source, f"{name}#{place}", SubjectKind.TICKET, name, at, place + 1, status,
                                reason or None, False, opened, said)))  # fmt: skip
    if rng.random() < 0.02:
        at = awake(opened + HOUR) + timedelta(seconds=30)
        said = "the change has no status; it is set aside"
        found.append((at, Reject(source, f"{name} broken", "no_status", said, _record(found[0][1]), subject=name)))
    return found


def _apart(config: Config) -> int:
    """Every which ticket of the first month is never closed."""
    return max(1, int(config.tickets / 13) // max(1, config.stuck)) if config.stuck else 1 << 40


def _circuits(config: Config, source: str) -> Iterator[tuple[datetime, list[tuple[datetime, Event | Reject]]]]:
    for number in range(config.circuits):
        rng, name = Random(f"circuit {number}"), f"circuit-{number}"
        fields = {
            "tier": _TIERS[rng.randrange(10)], "assurance": _ASSURANCES[rng.randrange(10)], "scope": "in-city",
            "customer": f"Customer {rng.randrange(400)}", "title": f"Ring {number // 20}, line {number % 20}",
        }  # fmt: skip
        yield BEGINS, [(BEGINS, _state(source, name, BEGINS, "available", fields))]
    if config.circuits and config.outages:
        gap, turn = YEAR / (config.circuits * config.outages), 0
        while True:
            rng = Random(f"outage {turn}")
            name, begins = f"circuit-{rng.randrange(config.circuits)}", awake(BEGINS + (turn + 0.5) * gap)
            ends = awake(begins + timedelta(minutes=min(5 + rng.expovariate(1 / 70), 1_200))) + timedelta(seconds=1)
            moves = ((begins, "unavailable"), (ends, "available"))
            yield begins, [(at, _state(source, name, at, status, {})) for at, status in moves]
            turn += 1


def _state(source: str, name: str, at: datetime, status: str, fields: dict[str, str]) -> Event:
    id_ = f"{name}@{at.timestamp():.6f} {status}"
    return Event(source, id_, SubjectKind.CIRCUIT, name, at, 0, status, None, False, None, fields)


def awake(at: datetime) -> datetime:
    """The instant, or five o'clock where that is in the hour before it."""
    return at.replace(hour=5, minute=0, second=0, microsecond=0) if at.hour == 4 else at


def _record(event: Event | Reject) -> str:
    """The record as a ticket system would show it: some hundred characters of it are of no use to us."""
    assert isinstance(event, Event)
    said = {
        "id": event.event_id, "ticket": event.subject, "updated": event.at.isoformat(), "state": event.status,
        "reason": event.reason, **event.fields, "link": f"https://desk.example/api/{event.subject}/change/{event.event_id}",
        "history": "The customer called; the line is dark. Looked at the port, asked the field team to go there.",
    }  # fmt: skip
    return json.dumps(said, ensure_ascii=False)
