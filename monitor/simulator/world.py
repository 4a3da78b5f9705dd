"""Let time pass in the simulated operator: faults arise, tickets are opened, worked on and ended.

Pure: `now` comes in and never goes back; everything else is drawn from the seed. What has happened by an instant
depends on (seed, start, speed, population) only, never on how often or how late one looked. A change is dated by the
instant at which it is true. Because the server advances the world before every answer, an answer given at `now` shows
every change dated up to `now`: nothing dated earlier can appear after it, so no ticking in the background is needed.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from monitor.simulator.life import (
    ENDED,
    LONGEST_DETECTION,
    RESTORED_OR_ENDED,
    Change,
    Kind,
    Life,
    Odd,
    draw_script,
    plan,
    whole_milliseconds,
)
from monitor.simulator.names import Cause
from monitor.simulator.past import OLD_FAULTS
from monitor.simulator.population import Circuit, populate_circuits, populate_customers

OPEN_AIM = 58  # tickets not restored, around which the number of new faults is balanced
USUAL_LIFE = timedelta(minutes=250)  # of a ticket in real life, till restored
WARM_UP = timedelta(hours=4)  # of real life before the start
LISTED_AFTER_END = timedelta(hours=24)  # of real life; an ended ticket leaves the list afterwards …
LISTED_AT_LEAST = timedelta(minutes=10)  # … but never sooner than this on the wall clock


@dataclass(slots=True)
class Ticket:
    """A ticket as the operator's ticket system holds it: what has happened to it, nothing of what will."""

    id: str
    circuit: Circuit
    cause: Cause
    odd: Odd
    changes: list[Change] = field(default_factory=list)
    status: str = ""

    @property
    def open(self) -> bool:
        """The service is not restored and the ticket not ended."""
        return self.status not in RESTORED_OR_ENDED

    @property
    def opened_at(self) -> datetime:
        return self.changes[0].at

    @property
    def last_update(self) -> datetime:
        return self.changes[-1].at


@dataclass(slots=True)
class _Fault:
    """A life under way: the next change of it, and its ticket once that is opened."""

    number: int
    circuit: Circuit
    life: Life
    next: int = 0
    ticket: Ticket | None = None


class World:
    """The operator's customers, circuits and tickets at `now`."""

    def __init__(
        self,
        seed: int,
        start: datetime,
        speed: float,
        customers: int = 300,
        circuits: int = 2000,
        *,
        most_listed: int = 2_000,
        most_remembered: int = 5_000,
    ) -> None:
        self.seed, self.speed = seed, speed
        self.most_listed, self.most_remembered = most_listed, most_remembered
        self.customers = populate_customers(customers)
        self.circuits = populate_circuits(Random(f"{seed}/circuits"), self.customers, circuits)
        self.circuit_status = {circuit.id: "up" for circuit in self.circuits}
        self.listed: dict[str, Ticket] = {}
        self.forgotten = 0
        self._remembered: dict[str, Ticket] = {}
        self._ended: deque[Ticket] = deque()
        self._faults: dict[int, _Fault] = {}
        self._due: list[tuple[datetime, int]] = []
        self._faulty: set[str] = set()
        self._fault_count = self._ticket_count = 0
        self._arrivals = Random(f"{seed}/arrivals")
        start = whole_milliseconds(start)
        self.now = start - WARM_UP / speed
        for old in OLD_FAULTS:
            life_random = self._random()
            circuit = self._free_circuit([c for c in self.circuits if c.customer.tier == old.tier])
            opened = start - timedelta(minutes=old.age_minutes) / speed
            self._begin(circuit, plan(life_random, circuit, opened, speed, old.script))
        self._arrival = self._next_arrival(self.now)
        self.advance(start)

    def advance(self, now: datetime) -> None:
        """Let everything happen that is true by *now*. An earlier *now* than before changes nothing."""
        while True:
            due = self._due[0][0] if self._due else None
            if due is not None and due <= self._arrival and due <= now:
                self._happen(self._faults[self._due[0][1]])
            elif self._arrival <= now and (due is None or self._arrival < due):
                self._arise(self._arrival)
                self._arrival = self._next_arrival(self._arrival)
            else:
                break
        self.now = max(self.now, now)
        self._forget()

    @property
    def open_count(self) -> int:
        """Tickets whose service is not restored."""
        return sum(1 for fault in self._faults.values() if fault.ticket and fault.ticket.open)

    def remembered(self) -> Iterable[Ticket]:
        """Every ticket that ever was, those that left the list included, except the oldest `forgotten`."""
        return self._remembered.values()

    def _random(self) -> Random:
        """The next fault's own random source, so that one life does not depend on another."""
        return Random(f"{self.seed}/fault/{self._fault_count}")

    def _next_arrival(self, after: datetime) -> datetime:
        """More faults while few tickets are open, fewer while many are."""
        busy = sum(1 for fault in self._faults.values() if fault.ticket is None or fault.ticket.open)
        haste = min(max(1.0 + (OPEN_AIM - busy) / 15, 0.2), 3.0)
        gap = self._arrivals.expovariate(1.0) * USUAL_LIFE / OPEN_AIM / haste / self.speed
        return whole_milliseconds(after + gap) + timedelta(milliseconds=1)

    def _arise(self, at: datetime) -> None:
        life_random = self._random()
        circuit = self._free_circuit(self.circuits)
        opened = at + timedelta(minutes=LONGEST_DETECTION) / self.speed
        script = draw_script(life_random, circuit.customer.tier)
        self._begin(circuit, plan(life_random, circuit, opened, self.speed, script))

    def _free_circuit(self, circuits: Sequence[Circuit]) -> Circuit:
        """A circuit without a fault; one fault at a time for each."""
        for _ in range(1000):
            circuit = self._arrivals.choice(circuits)
            if circuit.id not in self._faulty:
                return circuit
        raise ValueError("no circuit is free of faults; take more circuits")

    def _begin(self, circuit: Circuit, life: Life) -> None:
        fault = _Fault(self._fault_count, circuit, life)
        self._fault_count += 1
        self._faults[fault.number] = fault
        self._faulty.add(circuit.id)
        heapq.heappush(self._due, (life.changes[0].at, fault.number))

    def _happen(self, fault: _Fault) -> None:
        """Let the next change of a fault happen, and take its following one in hand."""
        change = fault.life.changes[fault.next]
        fault.next += 1
        if change.kind is Kind.CIRCUIT:
            self.circuit_status[fault.circuit.id] = change.word
        else:
            self._write(fault, change)
        if fault.next < len(fault.life.changes):
            heapq.heapreplace(self._due, (fault.life.changes[fault.next].at, fault.number))
            return
        heapq.heappop(self._due)
        del self._faults[fault.number]
        self._faulty.discard(fault.circuit.id)

    def _write(self, fault: _Fault, change: Change) -> None:
        ticket = fault.ticket
        if ticket is None:
            self._ticket_count += 1
            ticket = Ticket(f"TT-{self._ticket_count:06d}", fault.circuit, fault.life.cause, fault.life.odd)
            fault.ticket = self.listed[ticket.id] = self._remembered[ticket.id] = ticket
        ticket.changes.append(change)
        if change.kind is Kind.STATUS:
            ticket.status = change.word
            if change.word in ENDED:
                self._ended.append(ticket)

    def _forget(self) -> None:
        """Take tickets off the list that ended long ago or are too many, and forget the oldest of those."""
        keep = max(LISTED_AFTER_END / self.speed, LISTED_AT_LEAST)
        while self._ended and (self._ended[0].last_update < self.now - keep or len(self.listed) > self.most_listed):
            del self.listed[self._ended.popleft().id]
        excess = len(self._remembered) - self.most_remembered
        if excess > 0:
            oldest = [ticket_id for ticket_id in self._remembered if ticket_id not in self.listed][:excess]
            for ticket_id in oldest:
                del self._remembered[ticket_id]
            self.forgotten += len(oldest)
