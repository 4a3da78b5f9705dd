import json
import lzma
import os
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from monitor.simulator.answers import refuse
from monitor.simulator.life import Odd, Status
from monitor.simulator.tmf621 import QueryRefused, find, render, stamp
from monitor.simulator.world import World

START = datetime(2026, 11, 21, 12, 0, 0, 123_000, tzinfo=UTC)
BASE = "http://127.0.0.1:1"
DATA = Path(os.environ.get("TIERWATCH_DATA") or Path(__file__).resolve().parents[4] / "shared" / "data")
SPECIFICATION = DATA / "tmf621" / "TMF621-Trouble_Ticket-v5.0.1.oas.yaml.xz"


@pytest.fixture(scope="module")
def world() -> World:
    world = World(1, START, 60.0)
    world.advance(START + timedelta(seconds=300))
    return world


def listed(world: World, **query: str) -> list[Any]:
    return list(
        find(world.listed.values(), {name.replace("__", "."): [value] for name, value in query.items()}, BASE).items
    )


def ticket_of(world: World, odd: Odd) -> Any:
    return render(next(ticket for ticket in world.listed.values() if ticket.odd is odd), BASE)


# What a ticket looks like


def any_instead_of_one(node: Any) -> Any:
    """`oneOf` with a discriminator picks one schema by @type; without one, both may fit."""
    if isinstance(node, dict):
        return {"anyOf" if name == "oneOf" else name: any_instead_of_one(value) for name, value in node.items()}
    return [any_instead_of_one(value) for value in node] if isinstance(node, list) else node


@pytest.fixture(scope="module")
def specification() -> Any:
    if not SPECIFICATION.exists():
        pytest.skip(f"the TMF621 specification is not there ({SPECIFICATION}); set TIERWATCH_DATA")
    return any_instead_of_one(
        yaml.load(lzma.decompress(SPECIFICATION.read_bytes()), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    )


def validator(specification: Any, schema: str) -> jsonschema.Draft202012Validator:
    checks = jsonschema.FormatChecker(())

    @checks.checks("date-time", raises=ValueError)  # type: ignore[untyped-decorator]
    def _is_date_time(value: object) -> bool:
        return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None

    root = {"$ref": f"#/components/schemas/{schema}", "components": specification["components"]}
    return jsonschema.Draft202012Validator(root, format_checker=checks)


@pytest.mark.data
def test_tickets_are_valid_by_the_published_specification(world: World, specification: Any) -> None:
    check = validator(specification, "TroubleTicket")
    known = set(specification["components"]["schemas"]["TroubleTicket"]["allOf"][1]["properties"])
    for ticket in world.listed.values():
        shown = render(ticket, BASE)
        assert set(shown) - {"id", "href", "@type"} <= known
        if ticket.odd in (Odd.NOTHING, Odd.UNKNOWN_TIER):
            check.validate(shown)


@pytest.mark.data
@pytest.mark.parametrize("odd", [Odd.GARBAGE_DATE, Odd.NO_ZONE])
def test_a_ticket_with_an_unreadable_date_is_not_valid(world: World, specification: Any, odd: Odd) -> None:
    with pytest.raises(jsonschema.ValidationError):
        validator(specification, "TroubleTicket").validate(ticket_of(world, odd))


@pytest.mark.data
def test_errors_are_valid_by_the_published_specification(specification: Any) -> None:
    for status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND):
        validator(specification, "Error").validate(json.loads(refuse(status, "Because.").body))


def test_a_ticket_says_tier_assurance_scope_team_and_page(world: World) -> None:
    ticket = next(iter(world.listed.values()))
    shown = render(ticket, BASE)
    said = {item["name"]: item["value"] for item in shown["troubleTicketCharacteristic"]}
    assert said["tier"] == ticket.circuit.customer.tier
    assert said["assurance"] == ticket.circuit.assurance
    assert said["scope"] == ticket.circuit.scope
    assert ticket.circuit.a_end in said["team"]
    assert said["url"] == f"{BASE}/tickets/{ticket.id}"
    assert shown["relatedEntity"][0]["entity"]["id"] == ticket.circuit.id
    assert shown["relatedParty"][0]["partyOrPartyRole"]["name"] == ticket.circuit.customer.name


def test_the_status_is_the_last_of_the_history_and_no_date_is_later_than_the_last_update(world: World) -> None:
    for ticket in world.listed.values():
        shown = render(ticket, BASE)
        last = shown["statusChangeHistory"][-1]
        assert (shown["status"], shown["statusChangeReason"]) == (last["status"], last["statusChangeReason"])
        dates = [ticket.changes[-1].at, *(change.at for change in ticket.changes)]
        assert shown["lastUpdate"] == stamp(max(dates))


def test_odd_tickets_are_odd_in_what_they_show(world: World) -> None:
    assert "creationDate" not in ticket_of(world, Odd.NO_DATE)
    assert "statusChangeDate" not in ticket_of(world, Odd.NO_DATE)["statusChangeHistory"][0]
    with pytest.raises(ValueError, match="Invalid isoformat"):
        datetime.fromisoformat(ticket_of(world, Odd.GARBAGE_DATE)["creationDate"])
    assert datetime.fromisoformat(ticket_of(world, Odd.NO_ZONE)["creationDate"]).tzinfo is None
    assert ticket_of(world, Odd.UNKNOWN_TIER)["troubleTicketCharacteristic"][0]["value"] == "Platinum"


# What the list query answers


def test_pages_put_together_are_the_whole(world: World) -> None:
    whole = listed(world, limit="200")
    pages = [listed(world, limit="7", offset=str(offset)) for offset in range(0, len(whole), 7)]
    assert [ticket for page in pages for ticket in page] == whole


def test_a_page_knows_whether_it_is_a_part(world: World) -> None:
    tickets = world.listed.values()
    assert find(tickets, {"limit": ["3"]}, BASE).partial
    assert find(tickets, {"limit": ["3"], "offset": ["2"]}, BASE).total == len(tickets)
    assert not find(tickets, {"limit": ["200"]}, BASE).partial
    assert find(tickets, {"offset": ["99999"]}, BASE).items == []


def test_a_limit_above_the_largest_is_cut(world: World) -> None:
    assert len(listed(world, limit="100000")) == min(200, len(world.listed))


@pytest.mark.parametrize("attribute", ["lastUpdate", "id"])
def test_the_list_is_sorted_up_and_down(world: World, attribute: str) -> None:
    up = [ticket[attribute] for ticket in listed(world, sort=attribute, limit="200")]
    down = [ticket[attribute] for ticket in listed(world, sort=f"-{attribute}", limit="200")]
    assert up == sorted(up)
    assert down == sorted(up, reverse=True)


def test_last_update_is_compared_strictly(world: World) -> None:
    marks = sorted(ticket["lastUpdate"] for ticket in listed(world, limit="200"))
    after = listed(world, lastUpdate__gt=marks[10], limit="200")
    assert sorted(ticket["lastUpdate"] for ticket in after) == [mark for mark in marks if mark > marks[10]]
    assert len(listed(world, lastUpdate__gte=marks[10], limit="200")) == len(marks) - 10


def test_following_last_update_loses_no_change(world: World) -> None:
    """Even without any overlap: what was true by an answer was in that answer."""
    own = World(3, START, 60.0)
    mark, seen = "1970-01-01T00:00:00.000Z", set()
    for second in range(0, 400, 7):
        own.advance(START + timedelta(seconds=second))
        for shown in listed(own, sort="lastUpdate", lastUpdate__gt=mark, limit="200"):
            seen |= {
                (shown["id"], change["status"], change.get("statusChangeDate"))
                for change in shown["statusChangeHistory"]
            }
            seen |= {(shown["id"], note["@type"], note["date"]) for note in shown["note"]}
            mark = max(mark, shown["lastUpdate"])
    readable = [
        ticket for ticket in own.remembered() if ticket.odd in (Odd.NOTHING, Odd.UNKNOWN_TIER, Odd.UNKNOWN_STATUS)
    ]
    assert {(ticket.id, change.word, stamp(change.at)) for ticket in readable for change in ticket.changes} <= seen


def test_status_takes_several_words(world: World) -> None:
    found = listed(world, status="inProgress,acknowledged", limit="200")
    assert {ticket["status"] for ticket in found} <= {Status.IN_PROGRESS, Status.ACKNOWLEDGED}
    assert len(found) == sum(ticket.status in ("inProgress", "acknowledged") for ticket in world.listed.values())


def test_fields_keeps_what_is_asked_and_the_identity(world: World) -> None:
    assert set(listed(world, fields="status, name")[0]) == {"id", "href", "@type", "status", "name"}


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("limit", "-1", "whole number"),
        ("offset", "x", "whole number"),
        ("offset", "9" * 30, "whole number"),
        ("sort", "color", "lastUpdate"),
        ("lastUpdate.gt", "yesterday", "RFC 3339"),
        ("lastUpdate.gt", "2026-11-21T12:00:00 00:00", "%2B"),
        ("lastUpdate.gt", "2026-11-21T12:00:00", "no zone"),
        ("lastUpdate.like", "2026", "no parameter"),
        ("colour", "red", "no parameter"),
    ],
)
def test_a_query_not_understood_is_refused_with_a_sentence(world: World, name: str, value: str, says: str) -> None:
    with pytest.raises(QueryRefused, match=says):
        find(world.listed.values(), {name: [value]}, BASE)
