"""Answer requests to the simulated operator: the paths, and what each of them shows.

Pure: a request and the world at its instant come in, an answer goes out. Sockets, the clock, the token and failures
are the server's.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, unquote

from monitor.simulator import tmf621
from monitor.simulator.life import Kind, Odd
from monitor.simulator.world import Ticket, World

CIRCUITS_PATH = "/circuits/status"
TRUTH_PATH = "/control/truth"
FAILURES_PATH = "/control/failures"
JSON_TYPE = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back."""

    status: HTTPStatus
    body: bytes
    content_type: str = JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)


def answer(world: World, path: str, query: str, base: str) -> Answer:
    """Answer a GET of *path*. *base* is the server's own address, for links."""
    if path == tmf621.BASE_PATH:
        return _tickets(world, query, base)
    if path.startswith(f"{tmf621.BASE_PATH}/"):
        return _ticket(world, unquote(path.removeprefix(f"{tmf621.BASE_PATH}/")), query, base)
    if path.startswith(f"{tmf621.PAGE_PATH}/"):
        return _ticket_page(world, unquote(path.removeprefix(f"{tmf621.PAGE_PATH}/")))
    if path == CIRCUITS_PATH:
        return as_json(_circuits(world))
    if path == TRUTH_PATH:
        return as_json(_truth(world))
    return refuse(HTTPStatus.NOT_FOUND, "The requested URL was not found on the server.")


def as_json(body: Any, status: HTTPStatus = HTTPStatus.OK, headers: Mapping[str, str] | None = None) -> Answer:
    """Send JSON, Chinese characters as they are."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Answer(status, text.encode(), headers=headers or {})


def refuse(status: HTTPStatus, message: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Send the specification's Error."""
    error = {
        "@type": "Error",
        "code": f"ERR{status.value}",
        "reason": status.phrase,
        "message": message,
        "status": str(status.value),
    }
    return as_json(error, status, headers)


def _tickets(world: World, query: str, base: str) -> Answer:
    try:
        page = tmf621.find(world.listed.values(), _parameters(query), base)
    except ValueError as refused:
        return refuse(HTTPStatus.BAD_REQUEST, f"{refused}.")
    counts = {"X-Total-Count": str(page.total), "X-Result-Count": str(len(page.items))}
    return as_json(page.items, HTTPStatus.PARTIAL_CONTENT if page.partial else HTTPStatus.OK, counts)


def _ticket(world: World, ticket_id: str, query: str, base: str) -> Answer:
    ticket = world.listed.get(ticket_id)
    if ticket is None:
        return refuse(HTTPStatus.NOT_FOUND, f"There is no trouble ticket {ticket_id!r}.")
    try:
        fields = ",".join(_parameters(query).get("fields", ()))
    except ValueError as refused:
        return refuse(HTTPStatus.BAD_REQUEST, f"{refused}.")
    return as_json(tmf621.select(tmf621.render(ticket, base), fields))


def _parameters(query: str) -> Mapping[str, Sequence[str]]:
    return parse_qs(query, keep_blank_values=True, max_num_fields=20)


def _circuits(world: World) -> Mapping[str, Any]:
    return {
        "at": tmf621.stamp(world.now),
        "circuits": [
            {
                "id": circuit.id,
                "name": circuit.name,
                "status": world.circuit_status[circuit.id],
                "assurance": circuit.assurance,
                "customer": circuit.customer.name,
                "tier": circuit.customer.tier,
                "scope": circuit.scope,
            }
            for circuit in world.circuits
        ],
    }


def _truth(world: World) -> Mapping[str, Any]:
    """Tell everything that has happened to every ticket, those no longer listed included."""
    return {
        "at": tmf621.stamp(world.now),
        "seed": world.seed,
        "speed": world.speed,
        "open": world.open_count,
        "forgotten": world.forgotten,
        "tickets": [_history(world, ticket) for ticket in world.remembered()],
    }


def _history(world: World, ticket: Ticket) -> Mapping[str, Any]:
    return {
        "id": ticket.id,
        "tier": ticket.circuit.customer.tier,
        "assurance": ticket.circuit.assurance,
        "circuit": ticket.circuit.id,
        "customer": ticket.circuit.customer.id,
        "odd": None if ticket.odd is Odd.NOTHING else ticket.odd.value,
        "listed": ticket.id in world.listed,
        "changes": [
            {
                "id": tmf621.change_id(ticket, index),
                "at": tmf621.stamp(change.at),
                "kind": change.kind.value,
                ("status" if change.kind is Kind.STATUS else "type"): str(change.word),
                ("reason" if change.kind is Kind.STATUS else "text"): change.text,
            }
            for index, change in enumerate(ticket.changes)
        ],
    }


def _ticket_page(world: World, ticket_id: str) -> Answer:
    ticket = world.listed.get(ticket_id)
    if ticket is None:
        page = _page(f"No ticket {ticket_id}", "", ())
        return Answer(HTTPStatus.NOT_FOUND, page.encode(), "text/html; charset=utf-8", _PAGE_HEADERS)
    circuit, customer = ticket.circuit, ticket.circuit.customer
    lead = (
        f"{ticket.status} · {customer.name} ({customer.tier}) · {circuit.name} ({circuit.assurance}, {circuit.scope})"
    )
    rows = ((tmf621.stamp(change.at), change.kind.value, change.word, change.text) for change in ticket.changes)
    page = _page(f"{ticket.id} {ticket.cause.name}: {circuit.id}", lead, rows)
    return Answer(HTTPStatus.OK, page.encode(), "text/html; charset=utf-8", _PAGE_HEADERS)


_PAGE_HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}


def _page(title: str, lead: str, rows: Iterable[Iterable[str]]) -> str:
    """Write a page for people; every word is escaped, for names hold signs of their own."""
    cells = "\n".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{escape(title)}</title>
<style>body {{ font: 1rem/1.5 sans-serif; margin: 2rem }} td {{ padding-right: 1.5rem }}</style></head>
<body>
<h1>{escape(title)}</h1>
<p>{escape(lead)}</p>
<table>
{cells}
</table>
<p>A simulated operator's ticket.</p>
</body>
</html>
"""
