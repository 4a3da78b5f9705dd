"""Show one customer its own page: its open clocks, planned work, circuits, and the promises of this month.

Read-only. Whoever opens it has the customer's signed link, is logged in as this customer, or may read everything. The
name in the address is compared letter for letter, and whoever may not see it is answered alike whether there is such a
customer or not. The page has no link to any other page, no id of a source, no team and no address of a record. It asks
for itself again, and is sent nothing while nothing changed: so there is no stream on which others could be told of.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import unquote_to_bytes

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from exporters.web import clock_list, language, overview, person
from exporters.web.addresses import raw_path
from exporters.web.headers import FORM_POLICY
from exporters.web.list_pages import ListClocks
from exporters.web.overview import Row
from exporters.web.pages import Pages
from exporters.web.request_limit import RequestLimit
from exporters.web.who import CUSTOMERS, allowed
from monitor.access import CustomerLink, LinkRefusal, Right, may
from monitor.explain import sentences
from monitor.listing import ClockQuery, CustomerCircuits, CustomerMonth, ListedCircuit
from monitor.messages import Argument, message
from monitor.model import SubjectKind
from monitor.snapshot import Snapshot

PAGES_AT_ONCE = 2
"""Requests for a customer's page that are worked on at the same time."""

MOST_CLOCKS, MOST_CIRCUITS = 100, 200
"""Rows of the page. The nearest deadlines come first, and circuits that are not available."""

RENEWED_EVERY = 15
"""Seconds after which a page that is looked at asks whether there is anything new."""

CLOCKS_OF = frozenset({SubjectKind.TICKET, SubjectKind.CIRCUIT})
"""The subjects whose clocks are listed. What is counted of several subjects together is not: some may be another's."""

PART = "part"


@dataclass(frozen=True, slots=True)
class CustomerViews:
    """What these pages see, by a customer's whole name. `month` counts in the installation's zone.

    `opened` reads the token of a link to a customer's page; None where nothing signs links.
    """

    known: Callable[[str], bool]
    circuits: Callable[[str, int], CustomerCircuits]
    month: Callable[[str], CustomerMonth]
    opened: Callable[[str, str], CustomerLink | LinkRefusal] | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """How often one promise was kept and broken this month."""

    target: str
    name: Argument
    kept: int
    broken: int


@dataclass(frozen=True, slots=True)
class Content:
    """What the page says of a customer; equal values are an equal page, at whatever instant."""

    clocks: Sequence[Row]
    planned: Sequence[Row]
    more_clocks: bool
    more_planned: bool
    circuits: Sequence[ListedCircuit]
    more_circuits: bool
    promises: Sequence[Promise]
    since: datetime
    whole_month: bool
    stale: bool

    def tag(self, *shown: str) -> str:
        """What stands for the page, as it is *shown*: not for what the browser itself counts."""
        still = replace(self, clocks=list(_still(self.clocks)), planned=list(_still(self.planned)))
        said = repr((still, shown)).encode("utf-8", "backslashreplace")
        return f'"{hashlib.sha256(said).hexdigest()[:32]}"'


def _still(rows: Sequence[Row]) -> Iterator[Row]:
    """Rows without what passing time alone changes."""
    for row in rows:
        clock = replace(row.clock, counted=row.clock.budget, read_at=None)
        yield replace(row, clock=clock, percent=0, countdown=replace(row.countdown, text=""))


@dataclass(frozen=True, slots=True)
class CustomerPages:
    """The endpoint."""

    views: CustomerViews
    clocks: ListClocks
    snapshot: Callable[[], Snapshot]
    now: Callable[[], datetime]
    pages: Pages
    limit: RequestLimit = field(default_factory=lambda: RequestLimit(PAGES_AT_ONCE))

    def routes(self) -> Iterator[Route]:
        yield Route(f"/{CUSTOMERS}/{{customer:path}}", self.limit.endpoint(self.page))

    def page(self, request: Request) -> Response:
        """The page, the part of it that changes, or that nothing has changed."""
        name, token = addressed(request)
        if not name:
            raise HTTPException(404)
        refused = self._by_link(request, name, token) if token is not None else self._by_login(request, name)
        if refused is not None:
            return refused
        snapshot, now = self.snapshot(), self.now()
        content = self._content(name, snapshot, now)
        part = PART in request.query_params
        shown = (language.choice(request, self.pages.language), self.pages.zone_of(request), snapshot.version)
        tag = content.tag(*shown)
        if part and request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers={"etag": tag, "vary": "Cookie"})
        values = {
            "customer": name, "it": content, "snapshot": snapshot, "now": now, "every": RENEWED_EVERY,
            "leaves": token is None and person.of(request, lambda: False).may_leave,
        }  # fmt: skip
        response = self.pages.listed(request, "customer_part.html" if part else "customer.html", values)
        response.headers["etag"] = tag
        response.headers["x-robots-tag"] = "noindex"
        if not part:
            response.headers["content-security-policy"] = FORM_POLICY
        return response

    def _by_link(self, request: Request, name: str, token: str) -> Response | None:
        """The refusal of a link that does not hold. It says nothing of any customer."""
        if self.views.opened is None:
            raise HTTPException(404)
        found = self.views.opened(token, name)
        if isinstance(found, LinkRefusal):
            return self.pages.sentence(request, 403, message(f"page-customer-link-{found}"))
        return None

    def _by_login(self, request: Request, name: str) -> Response | None:
        principal = allowed(request, Right.READ_OWN)
        if may(principal, Right.READ):
            if self.views.known(name):
                return None
            return self.pages.sentence(request, 404, message("page-customer-nothing-known"))
        if principal.customer != name:
            raise HTTPException(403)
        return None

    def _content(self, name: str, snapshot: Snapshot, now: datetime) -> Content:
        stale = clock_list.stale(snapshot)
        clocks, after = self.clocks(ClockQuery(kinds=CLOCKS_OF, customer=name, stale=stale), MOST_CLOCKS, None)
        change = ClockQuery(kinds=frozenset({SubjectKind.CHANGE}), customer=name, stale=stale)
        planned, later = self.clocks(change, MOST_CLOCKS, None)
        circuits = self.views.circuits(name, MOST_CIRCUITS)
        month = self.views.month(name)
        promises = [
            Promise(target, sentences.rung(snapshot.names.targets, target), month.kept.get(target, 0), broken)
            for target, broken in sorted({**dict.fromkeys(month.kept, 0), **month.broken}.items())
        ]
        return Content(
            tuple(overview.rows(snapshot, clocks, now)), tuple(overview.rows(snapshot, planned, now)),
            after is not None, later is not None, circuits.rows, circuits.more, promises, month.since, month.whole,
            bool(stale),
        )  # fmt: skip


def addressed(request: Request) -> tuple[str, str | None]:
    """The customer's name and the token of a link, if there is one; an empty name where the address is none of ours.

    From the raw path: in it, a slash inside a name is %2F. What is no UTF-8 is no name.
    """
    segments = raw_path(request).split("/")[2:]
    if not 1 <= len(segments) <= 2 or not all(segments):
        return "", None
    try:
        name = unquote_to_bytes(segments[0]).decode("utf-8")
    except UnicodeDecodeError:
        return "", None
    return name, segments[1] if len(segments) == 2 else None
