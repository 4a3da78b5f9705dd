"""Answer the list of clocks and the page of a circuit, which look into the store for what they show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from exporters.web import clock_list
from exporters.web.clock_list import ROWS, Asked, ListedClocks, NoSuchListError
from exporters.web.headers import FORM_POLICY
from exporters.web.pages import Pages, named
from monitor.explain import Explanation
from monitor.listing import ClockPlace, ClockQuery
from monitor.messages import message
from monitor.model import SubjectKind
from monitor.snapshot import NearClock, Snapshot

ListClocks: TypeAlias = Callable[[ClockQuery, int, ClockPlace | None], ListedClocks]
"""Lists so many open clocks after a place, each with what has counted by now. Raises StoreError."""

LOOKED_THROUGH = 200
"""Clocks of a circuit's customer that are looked through for tickets about the circuit."""


@dataclass(frozen=True, slots=True)
class ListPages:
    """The list of clocks. A plain function, which runs in a thread."""

    pages: Pages
    snapshot: Callable[[], Snapshot]
    list_clocks: ListClocks
    now: Callable[[], datetime]

    def clocks(self, request: Request) -> Response:
        snapshot, now = self.snapshot(), self.now()
        try:
            asked = clock_list.asked(request.query_params)
            found = self.list_clocks(asked.query(clock_list.stale(snapshot)), ROWS, asked.place())
        except NoSuchListError:
            asked, found = Asked(), None
        response = self.pages.clocks(request, snapshot, now, asked, found)
        response.headers["content-security-policy"] = FORM_POLICY
        return response


@dataclass(frozen=True, slots=True)
class CircuitPages:
    """The pages of circuits."""

    lists: ListPages
    explain: Callable[[str, str], Explanation | None]

    def circuit(self, request: Request) -> Response:
        source, subject = named(request)
        explanation = self.explain(source, subject) if source and subject else None
        if explanation is None or explanation.subject.kind is not SubjectKind.CIRCUIT:
            missing = message("page-nothing-known", subject=subject, source=source)
            return self.lists.pages.sentence(request, 404, missing)
        snapshot = self.lists.snapshot()
        tickets = self._tickets(snapshot, subject, explanation.subject.attributes.get("customer", ""))
        return self.lists.pages.circuit(request, snapshot, self.lists.now(), explanation, tickets)

    def _tickets(self, snapshot: Snapshot, circuit: str, customer: str) -> ListedClocks:
        """The clocks of tickets about a circuit: among those of its customer, or those that the wall lists."""
        if not customer:
            return _about(circuit, (*snapshot.late, *snapshot.nearest)), None
        query = ClockQuery(kinds=frozenset({SubjectKind.TICKET}), customer=customer, stale=clock_list.stale(snapshot))
        listed, place = self.lists.list_clocks(query, LOOKED_THROUGH, None)
        return _about(circuit, listed), place


def _about(circuit: str, clocks: Iterable[NearClock]) -> Sequence[NearClock]:
    return [clock for clock in clocks if clock.circuit == circuit]
