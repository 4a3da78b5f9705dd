"""Causes, pages, duties and records that are set aside: walked page by page, whole; and what is done with a record."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from exporters.api.circuits import _circuit
from exporters.api.clocks import as_json
from exporters.api.paging import LONGEST_NAME
from monitor.access import LoggedInBy, Principal, Right, Role
from monitor.listing import CircuitQuery, ClockQuery
from monitor.store import Listing, Records
from monitor.store.schema import actions, causes, decisions, outbox, quarantine
from tests.support.api_site import HOSTILE, READER, SHIFT, Filled
from tests.support.asgi import Reply

JSON = {"content-type": "application/json"}
WORKER = Principal("lin", frozenset({Role.NOC}), by=LoggedInBy.TOKEN)


def walked(api: Filled, path: str, limit: int) -> list[Any]:
    found: list[Any] = []
    joint = ""
    while True:
        page = api.ask(f"{path}?limit={limit}{joint}", state={"principal": SHIFT}).json()
        assert len(page["items"]) <= limit
        found += page["items"]
        if page["next"] is None:
            return found
        joint = f"&cursor={page['next']}"


def posted(api: Filled, path: str, body: Any, who: Principal = WORKER) -> Reply:
    return api.ask(path, "POST", JSON, body=json.dumps(body).encode(), state={"principal": who})


@pytest.mark.parametrize("limit", [3, 500])
def test_lists_are_walked_whole(api: Filled, limit: int) -> None:
    with api.program.host.database.read() as connection:
        of_causes = set(connection.scalars(sa.select(causes.c.id)))
        sent = connection.scalar(sa.select(sa.func.max(outbox.c.id)))
        withheld = connection.scalar(sa.select(sa.func.max(decisions.c.id)))
        open_ = set(connection.scalars(sa.select(quarantine.c.id).where(quarantine.c.resolved_at.is_(None))))
    assert [one["id"] for one in walked(api, "/causes", limit)] != []
    assert {one["id"] for one in walked(api, "/causes", limit)} == of_causes
    assert {one["number"] for one in walked(api, "/quarantine", limit)} == open_
    for path, newest in (("/pages", sent), ("/withheld", withheld)):
        numbers = [one["number"] for one in walked(api, path, limit if path == "/withheld" else 50)]
        assert numbers == sorted(set(numbers), reverse=True)
        assert numbers[0] == newest


def test_a_cause_says_no_receiver_to_whoever_may_not_see_who_was_paged(api: Filled) -> None:
    pages = [page for one in walked(api, "/causes", 50) for page in one["pages"]]
    assert all(page["channel"] for page in pages)
    for one in api.ask("/causes", state={"principal": READER}).json()["items"]:
        assert {page["channel"] for page in one["pages"]} <= {""}


def test_a_cursor_of_one_list_is_refused_by_another(api: Filled) -> None:
    page = api.ask("/pages?limit=1", state={"principal": SHIFT}).json()
    for path in ("/withheld?", "/pages?tier=gold&", "/calls?", "/causes?", "/quarantine?"):
        reply = api.ask(f"{path}cursor={page['next']}", state={"principal": SHIFT})
        assert reply.status == 400, path


def test_names_of_the_rota_are_for_those_who_may_see_them(api: Filled) -> None:
    for path in ("/oncall", "/calls", "/pages", "/withheld"):
        assert api.ask(path, state={"principal": READER}).status == 403
    week = api.ask("/oncall", state={"principal": SHIFT}).json()
    assert week["items"][0]["now"]["person"]


def test_a_record_is_retried_and_dropped_by_whoever_may_and_that_is_on_record(api: Filled) -> None:
    records = api.items("/quarantine?reason=malformed")
    number = records[0]["number"]
    reader = Principal("r", frozenset({Role.ADMIN}), frozenset({Right.READ}), by=LoggedInBy.TOKEN)
    for action in ("retry", "drop"):
        assert posted(api, f"/quarantine/{number}/{action}", {"reason": "why"}, reader).status == 403
        for wrong in ({}, {"reason": ""}, {"reason": "  "}, {"reason": 3}, [], {"reason": "x" * 501}):
            assert posted(api, f"/quarantine/{number}/{action}", wrong).status == 422, wrong
        assert posted(api, f"/quarantine/999999/{action}", {"reason": "why"}).status == 404
    still = posted(api, f"/quarantine/{number}/retry", {"reason": HOSTILE})
    assert (still.status, still.json()["result"]) == (200, "still_unusable")
    dropped = posted(api, f"/quarantine/{number}/drop", {"reason": HOSTILE})
    assert (dropped.status, dropped.json()["state"]) == (200, "dropped")
    assert posted(api, f"/quarantine/{number}/drop", {"reason": "again"}).status == 409
    shown = api.ask(f"/quarantine/{number}", state={"principal": SHIFT}).json()
    assert [(one["author"], one["reason"]) for one in shown["deeds"]][-1] == ("lin", HOSTILE)
    hidden = api.ask(f"/quarantine/{number}", state={"principal": READER}).json()
    assert {one["author"] + one["reason"] for one in hidden["deeds"]} == {""}
    with api.program.host.database.read() as connection:
        kinds = connection.scalars(sa.select(actions.c.kind).where(actions.c.author == "lin")).all()
    assert "record_dropped" in kinds
    assert number not in {one["number"] for one in api.items("/quarantine")}


def test_a_row_of_a_list_has_a_length_whatever_a_source_writes(api: Filled) -> None:
    database, long = api.program.host.database, "\U0001f600" * 65_536
    clock = Listing(database).clocks(ClockQuery(), 1, None).rows[0]
    circuit = Records(database).circuits(CircuitQuery(), 1, None).rows[0]
    said = {"customer": long, "title": long, "url": long}
    for row in (as_json(replace(clock, circuit=long, team=long, **said)), _circuit(replace(circuit, **said), False)):
        assert len(row["title"]) == LONGEST_NAME
        assert sum(len(value) for value in row.values() if isinstance(value, str)) < 6 * LONGEST_NAME
