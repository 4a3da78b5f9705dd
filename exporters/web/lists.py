"""Show the lists behind the first page: circuits, sources with what is set aside, pages told, root causes, the rota.

Each is a page that works without a script, reads only, and shows one portion of its list; "older" and "more" are plain
links. The names of people are shown to those only who may read them; others see that somebody is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from exporters.web import list_rows, wording
from exporters.web.headers import FORM_POLICY
from exporters.web.pages import Pages
from exporters.web.request_limit import RequestLimit
from exporters.web.week_picture import picture
from monitor.access import Right, may
from monitor.listing import (
    CausePage,
    CausePlace,
    CircuitPage,
    CircuitPlace,
    CircuitQuery,
    DutyWeek,
    RecordPage,
    RecordPlace,
    RecordQuery,
    Telling,
    TellingPage,
    TellingQuery,
    WordToMap,
)
from monitor.messages import Message, message
from monitor.model import COUNTED_STATES, CircuitState, SubjectKey
from monitor.snapshot import Snapshot

AT_ONCE = 50
"""Rows of one page."""

LISTS_AT_ONCE = 2
"""Requests for one of these pages that are worked on at the same time."""

WEEKS_BACK, WEEKS_AHEAD = 8, 52
"""How far from this week another one is shown."""

LONGEST = 1000
"""Characters of a filter; no name is longer."""

_LARGEST = 2**63 - 1

NOT_AVAILABLE = frozenset(COUNTED_STATES) - {CircuitState.AVAILABLE}
"""The states of the circuits that are listed where none is asked for."""


@dataclass(frozen=True, slots=True)
class ListViews:
    """What these pages see, asked anew for each request. `week` gives None where there is no rota."""

    records: Callable[[RecordQuery, int, RecordPlace | None], RecordPage]
    tellings: Callable[[TellingQuery, int, int | None], TellingPage]
    causes: Callable[[int, CausePlace | None], CausePage]
    circuits: Callable[[CircuitQuery, int, CircuitPlace | None], CircuitPage]
    week: Callable[[int], DutyWeek | None]
    words: Callable[[], Sequence[WordToMap]]


@dataclass(frozen=True, slots=True)
class Lists:
    """The endpoints."""

    views: ListViews
    snapshot: Callable[[], Snapshot]
    now: Callable[[], datetime]
    pages: Pages

    def routes(self) -> Iterator[Route]:
        limit = RequestLimit(LISTS_AT_ONCE)
        yield Route("/sources", limit.endpoint(self.sources))
        yield Route("/pages", limit.endpoint(self.told))
        yield Route("/circuits", limit.endpoint(self.circuits))
        yield Route("/causes", limit.endpoint(self.causes))
        yield Route("/oncall", limit.endpoint(self.oncall))

    def sources(self, request: Request) -> Response:
        """Each source with how fresh it is and what to do, the words to map, and the records that are set aside."""
        query = RecordQuery(_text(request, "source"), _text(request, "reason"))
        page = self.views.records(query, AT_ONCE, _record_place(request))
        snapshot = self.snapshot()
        values = {
            "sources": tuple(list_rows.sources(snapshot, self.now())),
            "words_to_map": self.views.words(),
            "records": page.rows,
            "query": query,
            "totals": list_rows.totals(snapshot),
            "more": None if page.next is None else _link("sources", _of(query), after=list_rows.packed(page.next)),
            "explained": wording.explained,
        }
        return self._shown(request, "sources.html", values, snapshot)

    def told(self, request: Request) -> Response:
        """What was told to whom, what was withheld and why, and who was called."""
        people, query = sees_people(request), _telling(request)
        if query is None:
            return self._refused(request, message("page-list-no-such-list"))
        snapshot, before = self.snapshot(), _number(request, "before")
        if not people:  # a filter would tell who it is
            query = replace(query, channel="", team="")
        hidden = query.what is Telling.CALLED and not people
        page = TellingPage((), None) if hidden else self.views.tellings(query, AT_ONCE, before)
        zone, given = self.pages.zone_of(request), request.query_params.multi_items()
        values = {
            "what": query.what,
            "kinds": [(kind, message(f"page-told-list-{kind}")) for kind in Telling],
            "about": message(f"page-told-about-{query.what}"),
            "nothing": message(f"page-told-none-{query.what}"),
            "filters": list_rows.filters(request.query_params, snapshot, people),
            "rows": [list_rows.telling(row, snapshot, zone, people) for row in page.rows],
            "hidden": hidden,
            "people": people,
            "older": None if page.next is None else _link("pages", given, before=page.next),
            "first": before is None,
        }
        response = self._shown(request, "told.html", values, snapshot)
        response.headers["content-security-policy"] = FORM_POLICY
        return response

    def circuits(self, request: Request) -> Response:
        """The circuits that are not available, or those of the state, tier, assurance and source that are asked for."""
        state = _text(request, "state")
        if state and state not in set(COUNTED_STATES):
            return self._refused(request, message("page-circuits-no-such-list"))
        names = {name: _text(request, name) for name in ("tier", "assurance", "source")}
        query = CircuitQuery(
            frozenset({CircuitState(state)}) if state else NOT_AVAILABLE,
            frozenset({names["source"]} - {""}),
            frozenset({names["tier"]} - {""}),
            frozenset({names["assurance"]} - {""}),
        )
        page, snapshot = self.views.circuits(query, AT_ONCE, _circuit_place(request)), self.snapshot()
        given = [(name, value) for name, value in (("state", state), *names.items()) if value]
        values = {
            "rows": [list_rows.circuit(row, snapshot) for row in page.rows],
            "filters": list_rows.circuit_filters(names, snapshot),
            "states": [(one, wording.circuit_state(one)) for one in COUNTED_STATES],
            "chosen": state,
            "first": "after" not in request.query_params,
            "more": None if page.next is None else _link("circuits", given, after=list_rows.packed(page.next)),
        }
        response = self._shown(request, "circuits.html", values, snapshot)
        response.headers["content-security-policy"] = FORM_POLICY
        return response

    def causes(self, request: Request) -> Response:
        """The root causes that last, then those that are over."""
        page, snapshot = self.views.causes(AT_ONCE, _cause_place(request)), self.snapshot()
        people = sees_people(request)
        values = {
            "rows": [list_rows.cause(row, snapshot, people) for row in page.rows],
            "more": None if page.next is None else _link("causes", (), after=list_rows.packed(page.next)),
            "explained": wording.explained,
        }
        return self._shown(request, "causes.html", values, snapshot)

    def oncall(self, request: Request) -> Response:
        """Who is on duty now, and the week as bars."""
        offset = max(-WEEKS_BACK, min(_number(request, "week", 0) or 0, WEEKS_AHEAD))
        week = self.views.week(offset)
        values = {
            "week": week,
            "picture": None if week is None else picture(week, self.now()),
            "people": sees_people(request),
            "offset": offset,
            "before": _link("oncall", (), week=offset - 1) if offset > -WEEKS_BACK else None,
            "after": _link("oncall", (), week=offset + 1) if offset < WEEKS_AHEAD else None,
        }
        return self._shown(request, "oncall.html", values, self.snapshot())

    def _shown(self, request: Request, template: str, values: dict[str, Any], snapshot: Snapshot) -> Response:
        return self.pages.listed(request, template, {**values, "snapshot": snapshot, "now": self.now()})

    def _refused(self, request: Request, sentence: Message) -> Response:
        return self.pages.sentence(request, 400, sentence)


def sees_people(request: Request) -> bool:
    """Whether whoever asks may read the names of people."""
    principal = getattr(request.state, "principal", None)
    return principal is not None and may(principal, Right.READ_PEOPLE)


def _telling(request: Request) -> TellingQuery | None:
    """What is asked for; None where there is no such list."""
    what = _text(request, "what") or Telling.SENT.value
    if what not in set(Telling):
        return None
    source, _, subject = _text(request, "subject").partition("/")
    return TellingQuery(
        what=Telling(what),
        tier=_text(request, "tier"),
        channel=_text(request, "channel"),
        team=_text(request, "team"),
        subject=SubjectKey(source, subject) if source and subject else None,
    )


def _text(request: Request, name: str) -> str:
    return request.query_params.get(name, "").strip()[:LONGEST]


def _number(request: Request, name: str, otherwise: int | None = None) -> int | None:
    """The whole number of a parameter; what is none is as if it were not there."""
    said = request.query_params.get(name, "")
    digits = said.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 19:
        return otherwise
    return max(-_LARGEST, min(int(said), _LARGEST))


def _parts(request: Request, number: int) -> list[str] | None:
    """The parts of a place in a list, as `packed` wrote it."""
    parts = [unquote(part) for part in request.query_params.get("after", "")[: 4 * LONGEST].split("/")]
    return parts if len(parts) == number else None


def _record_place(request: Request) -> RecordPlace | None:
    parts = _parts(request, 3)
    if parts is None or not _whole(parts[2]):
        return None
    return RecordPlace(parts[0], parts[1], int(parts[2]))


def _cause_place(request: Request) -> CausePlace | None:
    parts = _parts(request, 4)
    if parts is None or parts[0] not in ("0", "1") or not _whole(parts[2]):
        return None
    return CausePlace(int(parts[0]), parts[1], int(parts[2]), parts[3])


def _circuit_place(request: Request) -> CircuitPlace | None:
    parts = _parts(request, 5)
    return CircuitPlace(*parts) if parts is not None and parts[0] in set(COUNTED_STATES) else None


def _whole(said: str) -> bool:
    return said.isascii() and said.isdigit() and len(said) <= 18


def _of(query: RecordQuery) -> list[tuple[str, str]]:
    return [(name, value) for name, value in (("source", query.source), ("reason", query.reason)) if value]


def _link(page: str, given: Sequence[tuple[str, str]], **more: str | int) -> str:
    """The address of a page with the filters that it has, and where it goes on."""
    kept = [(name, value[:LONGEST]) for name, value in given if name not in more and name not in ("language", "zone")]
    return f"{page}?{urlencode([*kept, *((name, str(value)) for name, value in more.items())], errors='replace')}"
