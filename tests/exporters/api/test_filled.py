"""The endpoints on a filled store: every answer is what the document says, and says what is stored."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema
import pytest
import sqlalchemy as sa

from exporters.api.paging import cursor_of
from exporters.api.people import without_people
from exporters.api.problem import PROBLEM_TYPE
from monitor.access import Right
from monitor.explain import as_json
from monitor.model import OPEN_STATES, CircuitState
from monitor.store.schema import readings, subjects
from tests.support.api_site import HOSTILE, MONTH, READER, SHIFT, Filled, a_token, address
from tests.support.asgi import ask

TICKET = "/subjects/tickets/ticket-7"
ADDRESSES = (
    "/tiers", "/clocks", "/clocks?limit=500", "/clocks?sort=breached_at&order=desc",
    TICKET, f"{TICKET}/why-not", f"{TICKET}/history", "/subjects/tickets/circuit-0", "/circuits", "/circuits?tier=gold",
    "/policies", "/policies/1", "/policies/diff?before=1&after=2", "/sources", "/sources/tickets", "/reports",
    "/causes", "/words", "/quarantine", "/quarantine?source=tickets", "/quarantine/1", "/silences?over=true",
    f"/reports/{MONTH}", f"/subjects/tickets/{address(HOSTILE)}", f"/subjects/tickets/{address(HOSTILE)}/history",
)  # fmt: skip
FOR_PEOPLE = (
    "/pages", "/pages?tier=gold", "/withheld", "/calls", "/calls?team=noc", "/oncall", "/oncall?week=2",
)  # fmt: skip
"""Those that need the right to read the names of people."""


def operation(document: dict[str, Any], path: str) -> dict[str, Any]:
    """What the document says of an address."""
    found = {
        template: one
        for template, one in document["paths"].items()
        if re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)), path.partition("?")[0])
    }
    return next(one for template, one in sorted(found.items(), key=lambda item: item[0].count("{")))["get"]


def strict(schema: Any) -> Any:
    """A schema that takes no field that it does not name."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: strict(one) for name, one in schema.items()}
    if "properties" in schema and schema.get("type") == "object":
        found.setdefault("additionalProperties", False)
    return found


def check(document: dict[str, Any], path: str, value: Any) -> None:
    content = operation(document, path)["responses"]["200"]["content"]["application/json"]["schema"]
    whole = strict({"$ref": content["$ref"], "components": {"schemas": document["components"]["schemas"]}})
    jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker()).validate(value)


@pytest.fixture(scope="module")
def document(api: Filled) -> dict[str, Any]:
    return api.ask("/openapi.json").json()  # type: ignore[no-any-return]


def test_a_silence_is_shown_by_its_id(api: Filled, document: dict[str, Any]) -> None:
    for one in api.items("/silences?over=true", limit=1):
        assert api.ask(f"/silences/{one['id']}").json() == one
        assert (one["author"], one["reason"]) == ("", "")
        check(document, f"/silences/{one['id']}", one)


@pytest.mark.parametrize("path", [*ADDRESSES, *FOR_PEOPLE])
def test_an_answer_is_what_the_document_says_and_nothing_more(api: Filled, document: dict[str, Any], path: str) -> None:
    reply = api.ask(path, state={"principal": SHIFT if path in FOR_PEOPLE else READER})
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json"), reply.body
    value = reply.json()
    assert value.get("items", True)
    check(document, path, value)


def test_the_check_sees_a_field_that_the_document_does_not_name(api: Filled, document: dict[str, Any]) -> None:
    value = api.ask("/clocks").json()
    for spoilt in ({**value["items"][0], "more": 1}, {**value["items"][0], "opened": 3}):
        with pytest.raises(jsonschema.ValidationError):
            check(document, "/clocks", {**value, "items": [spoilt]})


def test_every_address_of_the_document_is_asked(document: dict[str, Any]) -> None:
    asked = {operation(document, path)["operationId"] for path in (*ADDRESSES, *FOR_PEOPLE, "/silences/s-1")}
    assert asked == {one["get"]["operationId"] for one in document["paths"].values() if "get" in one}


def test_every_parameter_and_field_is_described(document: dict[str, Any]) -> None:
    for path, operations in document["paths"].items():
        for one in operations.values():
            for parameter in one.get("parameters", ()):
                assert parameter.get("description") or parameter["schema"].get("description"), (path, parameter["name"])
    for name, schema in document["components"]["schemas"].items():
        for field, value in schema.get("properties", {}).items():
            assert value.get("description") or "$ref" in value, (name, field)


def test_the_list_of_clocks_has_every_open_clock_once(api: Filled) -> None:
    with api.program.host.database.read() as connection:
        key = (readings.c.source, readings.c.subject, readings.c.target, readings.c.cycle)
        stored = {tuple(row) for row in connection.execute(sa.select(*key).where(readings.c.open))}
    assert len(stored) > 200
    for query in ("", "?sort=opened&order=desc", "?sort=subject", "?kind=ticket"):
        rows = api.items(f"/clocks{query}", limit=37)
        found = [(row["source"], row["subject"], row["target"], row["cycle"]) for row in rows]
        assert len(found) == len(set(found))
        assert set(found) <= stored
        assert "kind" in query or set(found) == stored


def test_the_counts_of_tiers_are_those_of_the_clocks(api: Filled) -> None:
    tiers = api.ask("/tiers").json()
    assert tiers["counted"]
    for tier in tiers["items"]:
        assert set(tier["states"]) == {state.value for state in OPEN_STATES}
        for state, number in tier["states"].items():
            assert len(api.items(f"/clocks?tier={tier['tier']}&state={state}")) == number
            assert sum(target["states"][state] for target in tier["targets"]) == number
    places = [tier["place"] for tier in tiers["items"]]
    assert places == list(range(1, len(places) + 1))


def test_clocks_are_filtered_and_sorted(api: Filled) -> None:
    rows = api.items("/clocks?state=breached&state=at_risk&tier=gold&sort=deadline")
    assert {row["tier"] for row in rows} == {"gold"}
    assert {row["state"] for row in rows} <= {"breached", "at_risk"}
    deadlines = [row["deadline"] for row in rows if row["deadline"] is not None]
    assert deadlines == sorted(deadlines)
    assert {row["customer"] for row in api.items("/clocks?customer=Harbour%20Bank")} == {"Harbour Bank"}
    assert all(row["subject"].startswith("ticket-1") for row in api.items("/clocks?prefix=ticket-1"))
    assert api.items("/clocks?tier=nobody") == []


def test_an_explanation_is_that_of_the_command(api: Filled) -> None:
    explanation = api.program.parts.publisher.explain("tickets", "ticket-7", api.program.host.now())
    assert explanation is not None
    ours, theirs = api.ask(TICKET, state={"principal": SHIFT}).json(), json.loads(json.dumps(as_json(explanation)))
    assert ours.keys() == theirs.keys()
    for name in ("source", "subject", "attributes", "policy", "events", "without_clock", "alerts", "untold"):
        assert ours[name] == theirs[name]
    why = api.ask(f"{TICKET}/why-not", state={"principal": SHIFT}).json()
    assert (why["without_clock"], why["untold"]) == (ours["without_clock"], ours["untold"])


def test_the_history_has_every_event_in_order(api: Filled) -> None:
    events = api.items(f"{TICKET}/history", limit=1)
    whole = api.items(f"{TICKET}/history")
    assert events == whole
    assert [one["at"] for one in whole] == sorted(one["at"] for one in whole)
    assert len(whole) == api.ask(TICKET).json()["events"]


def test_circuits_are_listed_by_their_state(api: Filled) -> None:
    whole = api.items("/circuits", limit=7)
    with api.program.host.database.read() as connection:
        stored = set(connection.scalars(sa.select(subjects.c.subject).where(subjects.c.circuit_state.is_not(None))))
    assert {row["subject"] for row in whole} == stored
    assert len(whole) == len(stored)
    for state in CircuitState:
        assert api.items(f"/circuits?state={state}") == [row for row in whole if row["state"] == state]
    assert api.items("/circuits?source=tickets&tier=gold", limit=3) == whole
    assert api.items("/circuits?tier=silver") == []
    for assurance in {row["assurance"] for row in whole} | {"none such"}:
        found = api.items(f"/circuits?assurance={assurance}&tier=gold", limit=3)
        assert found == [row for row in whole if row["assurance"] == assurance]


def test_policies_are_listed_the_newest_first_and_compared(api: Filled) -> None:
    newest, first = api.items("/policies", limit=1)
    assert (newest["number"], first["number"]) == (2, 1)
    assert newest["changes"] == api.ask("/policies/diff?before=1&after=2").json()["changes"]
    assert api.ask("/policies/diff?before=1&after=1").json()["changes"] == []
    assert api.ask("/policies/1").json()["rules"]["policies"]


def test_a_month_is_shown_as_it_was_reported(api: Filled) -> None:
    (month,) = api.items("/reports")
    shown = api.ask(f"/reports/{month['month']}").json()
    assert shown["rows"][0]["met"] == 3


@pytest.mark.parametrize(
    "path",
    [
        "/subjects/tickets/nobody", "/subjects/nobody/ticket-7", "/subjects/tickets/nobody/history",
        "/subjects/tickets/nobody/why-not", "/sources/nobody", "/policies/99", "/policies/9223372036854775807",
        "/policies/diff?before=1&after=99", "/reports/2026-09", "/subjects/groups/nobody",
    ],
)  # fmt: skip
def test_what_is_not_there_is_a_404_with_a_sentence(api: Filled, path: str) -> None:
    reply = api.ask(path)
    assert reply.status == 404, reply.body
    assert reply.json()["detail"].endswith(".")


def test_hostile_text_is_text(api: Filled) -> None:
    """It is in strings of JSON, whole, in answers that no browser takes for a page."""
    path = f"/subjects/tickets/{address(HOSTILE)}"
    policies = api.ask("/policies", state={"principal": SHIFT})
    for reply in (api.ask(path), api.ask(f"/clocks?prefix={address(HOSTILE)}"), policies):
        assert reply.headers["content-type"] == "application/json"
        assert HOSTILE in json.dumps(reply.json(), ensure_ascii=False).replace('\\"', '"')
    assert api.ask(path).json()["subject"] == HOSTILE


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/subjects/tickets/..%2f..%2f..%2fetc%2fpasswd", 404), ("/subjects/../../metrics", 404),
        ("/subjects/tickets/%00", 404), ("/subjects//", 404), ("//clocks", 404), ("/clocks/", 404),
        ("/clocks%2f", 404), ("/clocks;x=1", 404), ("/CLOCKS", 404), ("/clocks?limit=1000000", 422),
        ("/clocks?limit=-1", 422), ("/clocks?limit=1e3", 422), ("/clocks?limit=NaN", 422), ("/clocks?limit=", 422),
        (f"/clocks?limit={'9' * 5000}", 422), ("/clocks?sort=1;DROP%20TABLE%20readings", 422),
        (f"/clocks?customer={'x' * 1001}", 422), (f"/clocks?{'tier=a&' * 51}", 422), ("/clocks?tier=", 422),
        (f"/clocks?cursor={'A' * 9000}", 422), ("/clocks?cursor=%00", 400), ("/clocks?cursor=%F0%9F%92%A9", 400),
        ("/policies/NaN", 422), ("/policies/0", 422), (f"/policies/{2**63}", 422), ("/policies/diff", 422),
        ("/reports/2026-13", 422), ("/reports/..%2f2026-10", 422), ("/clocks?state=met", 422),
        ("/clocks?__proto__=1", 422),
    ],
)  # fmt: skip
def test_an_attack_is_refused_with_a_sentence(api: Filled, path: str, status: int) -> None:
    reply = api.ask(path)
    assert reply.status == status, reply.body
    assert reply.json()["detail"].endswith(".")
    assert len(reply.body) < 3000


@pytest.mark.parametrize(
    "text", ["'", '"', "%", "_", "*", "\\", "%27%20OR%201=1--", "%00", "%F4%8F%BF%BF", "%ED%A0%80"]
)
def test_a_filter_is_no_more_than_a_text(api: Filled, text: str) -> None:
    for name in ("customer", "prefix", "tier", "source", "target"):
        reply = api.ask(f"/clocks?{name}={text}")
        assert reply.status == 200, reply.body
        assert reply.json() == {"items": [], "next": None}


def test_a_forged_place_gives_no_more_than_the_filter(api: Filled) -> None:
    """Whoever writes a cursor himself finds the rows of his filter after the place that he has written."""
    asked = {
        "list": "clocks", "tier": ["gold"], "target": [], "state": [], "source": [], "kind": [], "customer": "",
        "prefix": "", "sort": "deadline", "order": "asc",
    }  # fmt: skip
    for place in ((0, -(2**63) + 1, "", "", "", 0), (1, 0, "\U0010ffff", "", "", 0), (7, 0, "a", "b", "c", 1)):
        reply = api.ask(f"/clocks?tier=gold&cursor={cursor_of(asked, place)}")
        assert reply.status == 200, reply.body
        assert {row["tier"] for row in reply.json()["items"]} <= {"gold"}


def test_the_site_serves_the_api_with_its_headers(api: Filled) -> None:
    site, headers = api.program.parts.site, {"authorization": f"Bearer {a_token(api, frozenset({Right.READ}))}"}
    reply = ask(site, "/api/v1/sources", headers=headers)
    assert (reply.status, reply.json()) == (200, api.ask("/sources").json())
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["cache-control"] == "private, no-cache"
    for path in ("/api/v1/nothing", "/api/v1/sources/a%0Ab"):
        refused = ask(site, path, headers=headers)
        assert (refused.status, refused.headers["content-type"]) == (404, PROBLEM_TYPE)


def test_names_of_people_are_for_those_who_may_see_them(api: Filled) -> None:
    key = next(row["subject"] for row in api.items("/clocks?state=breached"))
    path = f"/subjects/tickets/{address(key)}"
    whole, bare = api.ask(path, state={"principal": SHIFT}).json(), api.ask(path).json()
    assert whole["alerts"]
    for alert, same in zip(whole["alerts"], bare["alerts"], strict=True):
        assert set(alert) - set(same) == {"deliveries", "withheld", "acknowledged", "called"}
    authors = {who: api.ask("/policies/2", state={"principal": who}).json()["author"] for who in (SHIFT, READER)}
    assert authors == {SHIFT: HOSTILE, READER: ""}


def test_a_correction_and_a_retirement_are_shown_without_their_authors() -> None:
    deed = {"author": "lin", "sentence": {"en": "lin did it"}, "reason": "works"}
    found = without_people({"alerts": [], "corrections": [deed], "retired": deed})
    assert found == {"alerts": [], "corrections": [{"reason": "works"}], "retired": {"reason": "works"}}
