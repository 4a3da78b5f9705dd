"""What is changed over HTTP: done once, refused with a status and a sentence, bounded, and hostile text is text."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import jsonschema
import pytest

from exporters.api.problem import PROBLEM_TYPE
from exporters.web.reload import ReloadAnswer
from monitor.access import LoggedInBy, Principal, Role
from monitor.service import deeds as service
from tests.support.api_site import HOSTILE, Filled, a_token, address
from tests.support.asgi import Reply, ask

BOSS = Principal("boss", frozenset({Role.ADMIN}), by=LoggedInBy.TOKEN)
SILENCE: dict[str, Any] = {"matchers": ["tier=gold"], "lasts": 600, "reason": "works"}
TICKET = "/subjects/tickets/ticket-5"


def post(api: Filled, path: str, body: Any, who: Principal = BOSS) -> Reply:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return api.ask(path, "POST", {"content-type": "application/json"}, body=sent, state={"principal": who})


def test_the_same_silence_of_the_same_caller_is_added_once(api: Filled) -> None:
    ends = (api.program.host.now() + timedelta(hours=3)).isoformat()
    asked = {"matchers": ["tier=gold", "team=once"], "ends_at": ends, "reason": "once"}
    first, again = post(api, "/silences", asked), post(api, "/silences", asked)
    assert (first.status, again.status) == (201, 200), (first.body, again.body)
    assert first.json() == again.json()
    assert first.headers["location"] == f"/api/v1/silences/{first.json()['id']}"
    other = post(api, "/silences", asked, Principal("other", BOSS.roles, by=LoggedInBy.TOKEN))
    assert (other.status, other.json()["id"] == first.json()["id"]) == (201, False)
    ended = post(api, f"/silences/{first.json()['id']}/end", {})
    assert (ended.status, ended.json()["state"]) == (200, "over")
    assert post(api, f"/silences/{first.json()['id']}/end", {}).status == 409
    assert first.json()["id"] not in {one["id"] for one in api.items("/silences", limit=2)}
    assert first.json()["id"] in {one["id"] for one in api.items("/silences?over=true", limit=2)}


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"matchers": []}, 422), ({"matchers": ["tier=gold"] * 21}, 422), ({"matchers": ["x" * 501]}, 422),
        ({"matchers": ["gold"]}, 400), ({"matchers": ["tear=gold"]}, 400), ({"matchers": ["tier=golden"]}, 400),
        ({"matchers": ["customer=a\0b"]}, 400), ({"matchers": ["customer=\u202eknaB"]}, 400),
        ({"matchers": ["tier=~.*"]}, 400), ({"matchers": ["customer=~(a+)+b"]}, 400),
        ({"matchers": ["customer=~("]}, 400), ({"matchers": ["customer=~a{99999999999}"]}, 400),
        ({"matchers": ["customer=~" + "(" * 240 + ")" * 240]}, 400),
        ({"lasts": 0}, 422), ({"lasts": 31 * 86400}, 422), ({"lasts": "2h"}, 422), ({"lasts": None}, 422),
        ({"lasts": 1.5}, 422), ({"lasts": True}, 422), ({"ends_at": "2099-01-01T00:00:00Z"}, 422),
        ({"reason": " "}, 422), ({"reason": "x" * 501}, 422),
        ({"starts_at": "2026-01-01T00:00:00"}, 422), ({"starts_at": "tomorrow"}, 422), ({"starts_at": 1}, 422),
        ({"starts_at": "9999-12-31T23:59:59Z"}, 400), ({"starts_at": "0001-01-01T00:00:00+14:00"}, 422),
        ({"starts_at": "1969-12-31T00:00:00Z"}, 400), ({"maintenance": "yes"}, 422), ({"untill": "x"}, 422),
    ],
)  # fmt: skip
def test_a_silence_that_cannot_be_is_refused_and_nothing_is_stored(
    api: Filled, change: dict[str, Any], status: int
) -> None:
    before = api.items("/silences?over=true")
    reply = post(api, "/silences", {**SILENCE, **change})
    assert (reply.status, reply.headers["content-type"]) == (status, PROBLEM_TYPE), reply.body
    assert reply.json()["detail"].endswith(".")
    assert len(reply.body) < 4000
    assert [one["id"] for one in api.items("/silences?over=true")] == [one["id"] for one in before]


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b'{"reason": NaN}', b"\xff", b"[" * 9000])
def test_a_body_that_is_no_object_is_refused(api: Filled, body: bytes) -> None:
    for path in ("/silences", "/acknowledgements", f"{TICKET}/corrections", f"{TICKET}/retire"):
        reply = post(api, path, body)
        assert (reply.status in (400, 422), reply.headers["content-type"]) == (True, PROBLEM_TYPE), (path, reply.body)


def test_a_correction_is_written_once_and_taken_back_once(api: Filled) -> None:
    ticket = f"/subjects/tickets/{address(api.items('/clocks?state=running')[0]['subject'])}"
    asked = {"kind": "stop", "start": api.program.host.now().isoformat(), "reason": HOSTILE, "even_so": True}
    tried = post(api, f"{ticket}/corrections", {**asked, "dry_run": True}).json()
    assert (tried["id"], tried["written"]) == ("", False)
    first, again = (post(api, f"{ticket}/corrections", asked) for _ in range(2))
    assert (first.status, again.status) == (200, 200), first.body
    assert (first.json()["standing"], again.json()["standing"]) == (False, True)
    name = first.json()["id"]
    assert again.json()["id"] == name
    assert [one["after"] for one in first.json()["changes"]]
    revoke = f"{ticket}/corrections/{name}/revoke"
    assert post(api, revoke, {"reason": "no"}).status == 200
    assert post(api, revoke, {"reason": "no"}).status == 409
    assert post(api, f"{ticket}/corrections/nothing/revoke", {"reason": "no"}).status == 404
    said = api.ask(ticket, state={"principal": BOSS})
    assert said.headers["content-type"] == "application/json"
    (made, _) = said.json()["corrections"]
    assert made["author"] == "boss"
    assert "\u202e" not in made["reason"], "a text that turns a line round is stored without what turns it"


@pytest.mark.parametrize(
    ("path", "change", "status"),
    [
        (TICKET, {"start": "2026-01-01T00:00:00"}, 422), (TICKET, {"end": "2026-01-01T00:00:00Z"}, 422),
        (TICKET, {"kind": "revoke"}, 422), (TICKET, {"kind": "retire"}, 422), (TICKET, {"target": "repair"}, 400),
        (TICKET, {"start": "2099-01-01T00:00:00Z"}, 400), (TICKET, {"start": "0500-01-01T00:00:00Z"}, 400),
        (TICKET, {"start": "2020-01-01T00:00:00Z"}, 400), (TICKET, {"target": "x" * 201}, 422),
        ("/subjects/tickets/nobody", {}, 404), ("/subjects/nobody/ticket-5", {}, 404),
        ("/subjects/groups/nobody", {}, 409), ("/subjects/tickets/..%2f..%2fpasswd", {}, 404),
    ],
)  # fmt: skip
def test_a_correction_that_cannot_be_is_refused(api: Filled, path: str, change: dict[str, Any], status: int) -> None:
    asked = {"kind": "stop", "start": api.program.host.now().isoformat(), "reason": "works", "even_so": True}
    reply = post(api, f"{path}/corrections", {**asked, **change})
    assert (reply.status, reply.headers["content-type"]) == (status, PROBLEM_TYPE), reply.body
    assert reply.json()["detail"].endswith(".")


def test_a_subject_is_retired_once_and_comes_back_once(api: Filled) -> None:
    path = f"/subjects/tickets/{address(HOSTILE)}"
    assert post(api, f"{path}/retire/undo", {"reason": "no"}).status == 409
    tried = post(api, f"{path}/retire", {"reason": "gone", "dry_run": True})
    assert (tried.status, tried.json()["written"]) == (200, False), tried.body
    assert post(api, f"{path}/retire", {"reason": "gone"}).status == 200
    assert api.ask(path, state={"principal": BOSS}).json()["retired"]["author"] == "boss"
    assert post(api, f"{path}/retire", {"reason": "gone"}).status == 409
    assert post(api, f"{path}/retire/undo", {"reason": "not gone"}).status == 200
    assert "retired" not in api.ask(path).json()


def test_an_acknowledgement_of_nothing_is_refused(api: Filled) -> None:
    assert post(api, "/acknowledgements", {"of": "nobody"}).status == 404
    for of in ("x" * 2001, "", "tickets/a\0b", 7, None):
        assert post(api, "/acknowledgements", {"of": of}).status == 422
    assert post(api, "/acknowledgements", {"of": "x", "author": "lin"}).status == 422, "the token says who it is"
    assert post(api, "/acknowledgements", {"of": HOSTILE, "note": "x" * 501}).status == 422


def test_an_acknowledgement_is_given_once_and_taken_back_once(api: Filled) -> None:
    told = api.ask("/pages?limit=500", state={"principal": BOSS}).json()["items"]
    of = {"of": next(f"{one['source']}/{one['subject']}" for one in told if one["firing"] and one["subject"])}
    first = post(api, "/acknowledgements", {**of, "note": HOSTILE})
    assert (first.status, first.json()["news"] > 0) == (200, True), first.body
    assert post(api, "/acknowledgements", of).json()["news"] == 0
    mine = [one for alert in first.json()["items"] for one in alert["acknowledged"]]
    assert {(one["author"], one["via"]) for one in mine} == {("boss", "api")}
    back = post(api, "/acknowledgements/end", of)
    assert (back.status, back.json()["news"]) == (200, first.json()["news"]), back.body
    assert post(api, "/acknowledgements/end", of).status == 409


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (ReloadAnswer(200, "It runs."), 200), (ReloadAnswer(202, "It is read."), 202),
        (ReloadAnswer(422, "zone: 'x' is no zone"), 422), (ReloadAnswer(429, "Too often.", 60), 429),
        (ReloadAnswer(503, "It starts.", 5), 503),
    ],
)  # fmt: skip
def test_a_reload_is_answered_as_it_ended(
    api: Filled, monkeypatch: pytest.MonkeyPatch, found: ReloadAnswer, status: int
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(api.program.host.requests, "by_person", lambda name: asked.append(name) or found)
    reply = post(api, "/reload", {})
    assert (reply.status, asked) == (status, ["boss"]), reply.body
    assert found.sentence.rstrip(".") in reply.body.decode()
    assert reply.headers.get("retry-after") == (str(found.retry_after) if found.retry_after else None)


def test_a_session_needs_a_request_from_a_page_of_ours(api: Filled) -> None:
    """A browser adds the login by itself, so a change that another site sends is a 403."""
    lin = Principal("lin", frozenset({Role.ADMIN}), by=LoggedInBy.PASSWORD)
    for path in ("/silences", "/acknowledgements", f"{TICKET}/corrections", f"{TICKET}/retire", "/reload"):
        for headers in ({}, {"origin": "https://elsewhere.example"}, {"sec-fetch-site": "cross-site"}):
            sent = {"content-type": "application/json", **headers}
            reply = api.ask(path, "POST", sent, body=b"{}", state={"principal": lin, "form_word": "w"})
            assert reply.status == 403, (path, headers)
    ours = {"content-type": "application/json", "x-csrf-token": "w"}
    done = api.ask("/reload", "POST", ours, body=b"{}", state={"principal": lin, "form_word": "w"})
    assert done.status == 200, done.body


def test_over_the_whole_site_a_token_says_who_it_was(api: Filled) -> None:
    """The name of the token is the author, and the engine is woken."""
    headers = {"authorization": f"Bearer {a_token(api, None)}", "content-type": "application/json"}
    body = json.dumps({**SILENCE, "reason": "over the site"}).encode()
    reply = ask(api.program.parts.site, "/api/v1/silences", "POST", headers, body)
    assert reply.status == 201, reply.body
    stored = api.ask(f"/silences/{reply.json()['id']}", state={"principal": BOSS}).json()
    assert (stored["author"], stored["reason"]) == ("script", "over the site")


def test_instants_of_sentences_are_in_utc(api: Filled) -> None:
    assert service.in_utc(api.program.host.now()).endswith("Z")


def test_every_change_with_a_body_has_an_example_that_its_schema_takes(api: Filled) -> None:
    """Over the whole site, quarantine and subscriptions too."""
    document = ask(api.program.parts.site, "/api/v1/openapi.json").json()
    found = 0
    for operations in document["paths"].values():
        for operation in operations.values():
            if "requestBody" in operation:
                content = operation["requestBody"]["content"]["application/json"]
                schema = {**content["schema"], "components": document["components"]}
                jsonschema.Draft202012Validator(schema).validate(content["example"])
                found += 1
    assert found >= 9
