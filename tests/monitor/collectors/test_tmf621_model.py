"""The collector against a server that changes between any two requests (A1), filters and sorts or does not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from monitor.collectors.tmf621 import Config, Tmf621
from monitor.errors import SourceError
from monitor.net.failures import Failed, Failure
from monitor.net.fetch import Answer
from tests.support.collecting import NOW, poll
from tests.support.tmf621_server import stamp

MINUTE = timedelta(minutes=1)
STEP = st.tuples(st.sampled_from(["open", "close", "update", "remove", "shuffle", "restore"]), st.integers(0, 40))
PLAN = st.lists(st.lists(STEP, max_size=3), max_size=30)


class World:
    """A server without a network. `gold` is a ticket that stays; `now` moves on by a second at each request."""

    def __init__(self, count: int, plan: Any, filtering: str, sorting: str, counting: str) -> None:
        self.plan, self.filtering, self.sorting, self.counting = plan, filtering, sorting, counting
        self.where, self.now, self.requests, self.fresh = "collector tmf621/corp", NOW, 0, 0
        self.tickets: list[dict[str, Any]] = []
        for number in range(count):
            self._open(number, NOW - timedelta(days=2) + number * MINUTE)
        self._open(count // 2, NOW - timedelta(days=1), "GOLD")

    def _open(self, place: int, at: datetime, name: str = "") -> None:
        self.fresh += 1
        said = {"id": name or f"T{self.fresh}", "creationDate": stamp(at), "lastUpdate": stamp(at), "status": "held"}
        self.tickets.insert(place % (len(self.tickets) + 1), said)

    def _change(self, what: str, number: int) -> None:
        others = [ticket for ticket in self.tickets if ticket["id"] != "GOLD"]
        if what == "open":
            self._open(number, self.now)
        elif what == "shuffle":
            self.tickets = self.tickets[number % len(self.tickets) :] + self.tickets[: number % len(self.tickets)]
        elif what == "restore":
            self._update(next(ticket for ticket in self.tickets if ticket["id"] == "GOLD"), f"resolved{number}")
        elif others and what == "remove":
            self.tickets.remove(others[number % len(others)])
        elif others:
            self._update(others[number % len(others)], what)

    def _update(self, ticket: dict[str, Any], status: str) -> None:
        ticket.update(status=status, lastUpdate=stamp(self.now), statusChangeDate=stamp(self.now))
        self.tickets.remove(ticket)
        self.tickets.append(ticket)

    def get(self, url: str, *, now: datetime, params: Mapping[str, str], accept: Any) -> Answer:
        self.now += timedelta(seconds=1)
        for step in self.plan[self.requests] if self.requests < len(self.plan) else ():
            self._change(*step)
        self.requests += 1
        found, since, order = list(self.tickets), params.get("lastUpdate.gt"), params.get("sort", "")
        if (since and self.filtering == "refuse") or (order and self.sorting == "refuse"):
            if 400 not in accept:
                raise SourceError("400") from Failure(Failed.REFUSED, "400", retryable=False)
            return self._answer(400, [], 0)
        if since and self.filtering == "honour":
            found = [one for one in found if datetime.fromisoformat(one["lastUpdate"]) > datetime.fromisoformat(since)]
        if order and self.sorting == "honour":
            found.sort(key=lambda one: one["lastUpdate"], reverse=order.startswith("-"))
        offset = int(params["offset"])
        return self._answer(200, found[offset : offset + int(params["limit"])], len(found))

    def _answer(self, status: int, shown: list[Any], total: int) -> Answer:
        headers = {"Date": self.now.astimezone(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")}
        if self.counting != "none":
            headers["X-Total-Count"] = str(total if self.counting == "true" else 0)
        return Answer(status, headers, json.dumps(shown).encode(), "http://host/", _refuse)


def _refuse(failure: Failure, url: str) -> Any:
    raise SourceError(failure.sentence) from failure


HOW = (st.sampled_from(["honour", "ignore", "refuse"]), st.sampled_from(["honour", "ignore", "refuse"]))


@given(st.integers(0, 40), PLAN, *HOW, st.sampled_from(["true", "none", "zero"]), st.integers(4, 12))
def test_whatever_moves_nothing_that_stays_is_missed_and_no_poll_fails(
    count: int, plan: Any, filtering: str, sorting: str, counting: str, size: int
) -> None:
    world = World(count, plan, filtering, sorting, counting)
    collector = Tmf621(Config("http://host/troubleTicket", page_size=size))
    collector._fetch = world  # type: ignore[assignment]
    position: Mapping[str, Any] = {}
    read: set[tuple[str, str]] = set()
    names: set[str] = set()
    for number in range(4):
        before = world.requests
        stayed = {ticket["id"] for ticket in world.tickets}
        world.now = NOW + number * MINUTE
        polled = poll(collector, position, world.now + timedelta(seconds=30))
        assert polled.error is None
        assert world.requests - before < 400
        scanned = polled.position.get("scanned_at") != position.get("scanned_at")
        read |= {(event.subject, str(event.status)) for event in polled.events}
        names |= polled.subjects
        position = polled.position
        if scanned:  # it claims to have read the whole list
            stayed &= {ticket["id"] for ticket in world.tickets}
            assert stayed <= names
    assert "GOLD" in names
    world.plan = ()
    for number, later in ((5, NOW + 5 * MINUTE), (6, NOW + timedelta(hours=2))):
        world.now = later
        polled = poll(collector, position, later + timedelta(seconds=30))
        assert polled.error is None
        assert number == 5 or not set(polled.reasons) & {"list_not_whole", "page_ended_early"}
        read |= {(event.subject, str(event.status)) for event in polled.events}
        position = polled.position
    assert {(ticket["id"], ticket["status"]) for ticket in world.tickets} <= read
