"""Show tickets as TMF621 v5 has them, and answer its list query.

Pure: tickets and query parameters come in, plain JSON values go out. A query that cannot be understood is refused
with a sentence, never half obeyed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import ge, gt, le, lt
from typing import Any

from monitor.simulator.life import Change, Kind, Odd
from monitor.simulator.world import Ticket

BASE_PATH = "/tmf-api/troubleTicket/v5/troubleTicket"
PAGE_PATH = "/tickets"
DEFAULT_LIMIT = 100
LARGEST_LIMIT = 200

Json = dict[str, Any]

_ALWAYS = ("id", "href", "@type")
_COMPARISONS = {"gt": gt, "gte": ge, "lt": lt, "lte": le}
_WORDS = ("id", "status", "severity", "priority", "ticketType")
_PRIORITY = {"AAA": "Critical", "AA": "High", "A": "Medium", "normal": "Low"}


class QueryRefused(ValueError):
    """Say what in a query is not understood."""


def stamp(at: datetime) -> str:
    """RFC 3339 with milliseconds and Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def change_id(ticket: Ticket, index: int) -> str:
    """The id of a ticket's change: for a note the one that the ticket shows too."""
    return f"{ticket.id}/{index + 1}"


def render(ticket: Ticket, base: str) -> Json:
    """Show one ticket. *base* is the server's address."""
    history = [change for change in ticket.changes if change.kind is Kind.STATUS]
    circuit, customer = ticket.circuit, ticket.circuit.customer
    down = ticket.cause.circuit_status == "down"
    body: Json = {
        "id": ticket.id,
        "href": f"{base}{BASE_PATH}/{ticket.id}",
        "creationDate": stamp(ticket.opened_at),
        "lastUpdate": stamp(ticket.last_update),
        "name": f"{ticket.cause.name}: {circuit.id}",
        "description": f"{circuit.name} of {customer.name} is {'down' if down else 'degraded'}.",
        "severity": "Critical" if down and circuit.assurance in ("AAA", "AA") else "Major" if down else "Minor",
        "priority": _PRIORITY[circuit.assurance],
        "ticketType": "incident",
        "status": history[-1].word,
        "statusChangeDate": stamp(history[-1].at),
        "statusChangeReason": history[-1].text,
        "statusChangeHistory": [_status_change(change) for change in history],
        "relatedParty": [
            {
                "role": "customer",
                "partyOrPartyRole": {
                    "id": customer.id,
                    "name": customer.name,
                    "@type": "PartyRoleRef",
                    "@referredType": "Customer",
                },
                "@type": "RelatedPartyRefOrPartyRoleRef",
            }
        ],
        "relatedEntity": [
            {
                "role": "circuit",
                "entity": {"id": circuit.id, "name": circuit.name, "@type": "EntityRef", "@referredType": "Circuit"},
                "@type": "RelatedEntity",
            }
        ],
        "troubleTicketCharacteristic": [_characteristic(*pair) for pair in _characteristics(ticket, base)],
        "note": [
            {
                "id": change_id(ticket, index),
                "author": f"{ticket.cause.team} {circuit.a_end}",
                "date": stamp(change.at),
                "text": change.text,
                "@type": change.word,
            }
            for index, change in enumerate(ticket.changes)
            if change.kind is Kind.NOTE
        ],
        "@type": "TroubleTicket",
    }
    return _spoil(body, ticket.odd)


def _status_change(change: Change) -> Json:
    return {
        "status": change.word,
        "statusChangeDate": stamp(change.at),
        "statusChangeReason": change.text,
        "@type": "StatusChange",
    }


def _characteristics(ticket: Ticket, base: str) -> Iterable[tuple[str, str]]:
    circuit = ticket.circuit
    yield "tier", "Platinum" if ticket.odd is Odd.UNKNOWN_TIER else circuit.customer.tier
    yield "assurance", circuit.assurance
    yield "scope", circuit.scope
    yield "team", f"{ticket.cause.team} {circuit.a_end}"
    yield "url", f"{base}{PAGE_PATH}/{ticket.id}"


def _characteristic(name: str, value: str) -> Json:
    return {"name": name, "valueType": "string", "value": value, "@type": "StringCharacteristic"}


def _spoil(body: Json, odd: Odd) -> Json:
    """Break what this ticket has wrong: the instant of its opening, wherever it is said."""
    said = {Odd.GARBAGE_DATE: "31/02/2026 25:61", Odd.NO_ZONE: str(body["creationDate"]).removesuffix("Z")}
    if odd is Odd.NO_DATE:
        del body["creationDate"]
        del body["statusChangeHistory"][0]["statusChangeDate"]
    elif odd in said:
        body["creationDate"] = body["statusChangeHistory"][0]["statusChangeDate"] = said[odd]
    return body


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list: the items, and how many there are in all."""

    items: Sequence[Json]
    total: int

    @property
    def partial(self) -> bool:
        return len(self.items) < self.total


def find(tickets: Iterable[Ticket], query: Mapping[str, Sequence[str]], base: str) -> Page:
    """Answer the list query. Parameters: offset, limit, sort, fields, lastUpdate.gt and its like, status and its like.

    Without `sort` tickets come in the order of their ids. Raises `QueryRefused`.
    """
    settings = {name: ",".join(values) for name, values in query.items()}
    offset = _number(settings.pop("offset", "0"), "offset")
    limit = min(_number(settings.pop("limit", str(DEFAULT_LIMIT)), "limit"), LARGEST_LIMIT)
    sort = settings.pop("sort", "id")
    fields = settings.pop("fields", "")
    found = list(tickets)
    for name, value in settings.items():
        found = _filter(found, name, value)
    found = _sorted(found, sort)
    items = [render(ticket, base) for ticket in found[offset : offset + limit]]
    return Page([select(item, fields) for item in items], len(found))


def select(item: Json, fields: str) -> Json:
    """Keep the first-level attributes asked for; none asked for keeps all."""
    wanted = {name.strip() for name in fields.split(",") if name.strip()}
    return {name: value for name, value in item.items() if name in wanted or name in _ALWAYS} if wanted else item


def _number(text: str, name: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise QueryRefused(f"{name}={text!r} is not a whole number from 0 up")
    return int(text)


def _filter(tickets: Sequence[Ticket], name: str, value: str) -> list[Ticket]:
    attribute, _, comparison = name.partition(".")
    if name in _WORDS:
        words = {word.strip() for word in value.split(",")}
        return [ticket for ticket in tickets if render(ticket, "")[name] in words]
    if attribute in ("lastUpdate", "creationDate") and comparison in _COMPARISONS:
        compare, bound = _COMPARISONS[comparison], _instant(value, name)
        return [ticket for ticket in tickets if compare(_instant_of(ticket, attribute), bound)]
    raise QueryRefused(f"{name} is no parameter of this list")


def _sorted(tickets: Sequence[Ticket], sort: str) -> list[Ticket]:
    attribute = sort.removeprefix("-")
    if attribute == "id":
        return sorted(tickets, key=lambda ticket: ticket.id, reverse=sort.startswith("-"))
    if attribute not in ("lastUpdate", "creationDate"):
        raise QueryRefused(f"sort={sort!r} is not one of id, lastUpdate, creationDate, with or without -")
    return sorted(tickets, key=lambda ticket: (_instant_of(ticket, attribute), ticket.id), reverse=sort.startswith("-"))


def _instant_of(ticket: Ticket, attribute: str) -> datetime:
    return ticket.last_update if attribute == "lastUpdate" else ticket.opened_at


def _instant(text: str, name: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise QueryRefused(f"{name}={text!r} is not an RFC 3339 date-time (a + in a query is written %2B)") from None
    if at.tzinfo is None:
        raise QueryRefused(f"{name}={text!r} has no zone; write Z or an offset")
    return at
