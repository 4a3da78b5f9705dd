"""A TMF621 server for tests: behaves as the specification says, or in the ways that real ones do not.

    with Tmf621Server() as server:
        server.put(ticket("1", status="inProgress"))
        server.filtering = "refuse"          # or honour, ignore, nothing
        server.fail(503, retry_after="2")    # the next request; then it works again

`server.url` is the base address; `server.lists` the queries that came in. A change to `tickets` is seen by the next
request; `before_page` is called with the query before each page, so that the list can change while it is read.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import unquote

from tests.support.loopback import Loopback, Reply, Request, as_json

Ticket = dict[str, Any]


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def ticket(
    name: str,
    *,
    version: str = "v5",
    opened: datetime = datetime(2026, 1, 1, 8, tzinfo=UTC),
    changes: list[tuple[str, datetime, str]] | None = None,
    updated: datetime | None = None,
    tier: str = "gold",
    circuit: str = "C1",
    customer: str = "Harbour Bank",
    notes: list[tuple[str, datetime, str]] | None = None,
    **more: Any,
) -> Ticket:
    """A ticket as v4 or v5 shows it. `changes` are (status, date, reason), `notes` (id, date, type)."""
    changes = [("acknowledged", opened, "")] if changes is None else changes
    date, reason = ("statusChangeDate", "statusChangeReason") if version == "v5" else ("changeDate", "changeReason")
    history = [{"status": status, date: stamp(at), reason: why} for status, at, why in changes]
    party, entity = {"id": "K1", "name": customer}, {"id": circuit}
    last = max((at for _, at, _ in changes), default=opened)
    said: Ticket = {
        "id": name,
        "href": f"/troubleTicket/{name}",
        "name": f"Fault {name}",
        "creationDate": stamp(opened),
        "lastUpdate": stamp(updated or last),
        "statusChangeHistory" if version == "v5" else "statusChange": history,
        "note": [{"id": note, "date": stamp(at), "@type": kind, "text": "…"} for note, at, kind in notes or []],
        "troubleTicketCharacteristic": [{"name": "tier", "value": tier}],
        "relatedParty": [
            {"role": "customer", "partyOrPartyRole": party} if version == "v5" else {"role": "customer", **party}
        ],
        "relatedEntity": [{"role": "circuit", "entity": entity} if version == "v5" else {"role": "circuit", **entity}],
    }
    if changes:
        said |= {"status": changes[-1][0], "statusChangeDate": stamp(last), "statusChangeReason": changes[-1][2]}
    return said | more


class Tmf621Server:
    """The server. Its switches may be changed at any time."""

    def __init__(self, version: Literal["v4", "v5"] = "v5", token: str | None = None) -> None:
        self.version, self.token = version, token
        self.tickets: dict[str, Any] = {}
        self.filtering: Literal["honour", "refuse", "ignore", "nothing", "crash"] = "honour"
        self.sorting: Literal["honour", "refuse", "ignore"] = "honour"
        self.counting: bool | Literal["page"] = True  # "page": X-Total-Count has the length of the page
        self.largest_page = 1000
        self.ends_after: int | None = None  # the list says more than it gives
        self.time: datetime | None = None  # the Date header
        self.before_page: Callable[[Mapping[str, str]], None] = lambda query: None
        self.hidden: set[str] = set()  # tickets that the list does not show
        self.by_id: dict[str, int] = {}  # the status of the answer for one ticket, or for every ("*")
        self.asked: list[str] = []  # the tickets that were asked for by their ids
        self._failures: deque[Reply | str] = deque()
        self._server = Loopback(self._respond)

    @property
    def dates(self) -> float | None:
        """By how many seconds the clock is off that its Date headers show; None: it sends none."""
        return self._server.dates

    @dates.setter
    def dates(self, seconds: float | None) -> None:
        self._server.dates = seconds

    def __enter__(self) -> Tmf621Server:
        self._server.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.__exit__(*exception)

    @property
    def url(self) -> str:
        return f"{self._server.url}/tmf-api/troubleTicket/{self.version}"

    @property
    def lists(self) -> list[Mapping[str, str]]:
        """The queries of the list requests so far."""
        return [request.query for request in self._server.requests]

    def forget(self) -> None:
        """Begin the list of queries anew."""
        self._server.requests.clear()

    def put(self, *tickets: Ticket) -> None:
        """Add tickets, or replace those with the same ids."""
        for said in tickets:
            self.tickets[str(said["id"])] = said

    def fail(self, how: int | str, times: int = 1, retry_after: str | None = None) -> None:
        """Let the next requests fail: a status, `cut` (mid-body), `cut_json`, `hang`, or `pass` for one that works."""
        headers = {"Retry-After": retry_after} if retry_after else {}
        for _ in range(times):
            self._failures.append(how if isinstance(how, str) else as_json(_error(how), how, **headers))

    def _respond(self, request: Request) -> Reply:
        failure = self._failures.popleft() if self._failures else "pass"
        if isinstance(failure, Reply):
            return failure
        if failure == "hang":
            return Reply(hang=True)
        if self.token is not None and request.headers.get("Authorization") != f"Bearer {self.token}":
            return as_json(_error(401), 401)
        before, _, name = request.path.rpartition("/")
        if before.endswith("/troubleTicket"):
            self.asked.append(unquote(name))
            return self._one(unquote(name))
        if not request.path.endswith("/troubleTicket"):
            return as_json(_error(404), 404)
        reply = self._list(dict(request.query))
        if failure == "cut":
            return replace(reply, cut=len(reply.body) // 2)
        if failure == "cut_json":
            return replace(reply, body=reply.body[: len(reply.body) // 2])
        return reply

    def _one(self, name: str) -> Reply:
        status = self.by_id.get(name, self.by_id.get("*", 200))
        if status != 200 or name not in self.tickets:
            status = 404 if status == 200 else status
            return as_json(_error(status), status)
        return as_json(self.tickets[name])

    def _list(self, query: dict[str, str]) -> Reply:
        self.before_page(query)
        offset, limit = int(query.pop("offset", "0")), int(query.pop("limit", "100"))
        found = [said for name, said in self.tickets.items() if name not in self.hidden]
        since, order = query.pop("lastUpdate.gt", None), query.pop("sort", None)
        if (since and self.filtering == "refuse") or (order and self.sorting == "refuse"):
            return as_json(_error(400), 400)
        if since and self.filtering == "crash":
            return as_json(_error(500), 500)
        if since and self.filtering == "nothing":
            found = []
        elif since and self.filtering == "honour":
            found = [said for said in found if _updated(said) > datetime.fromisoformat(since)]
        if order and self.sorting == "honour":
            found.sort(key=_updated, reverse=order.startswith("-"))
        statuses = query.pop("status", "")
        if statuses:
            found = [said for said in found if said.get("status") in statuses.split(",")]
        page = found[: self.ends_after][offset : offset + min(limit, self.largest_page)]
        total = len(page) if self.counting == "page" else len(found)
        counts = {"X_Total_Count": str(total), "X_Result_Count": str(len(page))} if self.counting else {}
        if self.time is not None:
            counts["Date"] = self.time.strftime("%a, %d %b %Y %H:%M:%S GMT")
        return as_json(page, 206 if self.counting and len(page) < total else 200, **counts)


def _updated(said: Any) -> datetime:
    try:
        return datetime.fromisoformat(said["lastUpdate"])
    except (TypeError, KeyError, ValueError):
        return datetime(1970, 1, 1, tzinfo=UTC)


def _error(status: int) -> dict[str, str]:
    return {"@type": "Error", "code": f"ERR{status}", "reason": "refused", "message": "as the test wants it"}
