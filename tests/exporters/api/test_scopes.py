"""Each endpoint is for whoever has its right, and for nobody else; the endpoints are those of the document."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest

from exporters.api import app as api_app
from exporters.api.document import RIGHT
from exporters.api.problem import PROBLEM_TYPE
from exporters.api.rate import Rate
from monitor.access import LoggedInBy, Principal, Right, Role, may, new_token
from monitor.store.access_tokens import AccessTokens
from tests.support.api_site import MONTH, Filled, a_token
from tests.support.asgi import Reply, ask

NAMES = {"source": "tickets", "subject": "ticket-7", "number": "1", "month": MONTH}
BODY = b'{"reason": "tried"}'
TRIED = {"reason": "tried", "dry_run": True}
NEEDED = {"/policies/diff": "?before=1&after=2"}


@pytest.fixture(scope="module", autouse=True)
def named(api: Filled) -> None:
    """A silence and a correction that stand, by their ids, for the addresses."""
    NAMES["silence"] = api.items("/silences?over=true")[0]["id"]
    asked = {"kind": "stop", "start": api.program.host.now().isoformat(), "reason": "tried", "even_so": True}
    done = asked_as(api, "/subjects/tickets/ticket-7/corrections", "POST", state(MANAGER), asked)
    assert done.status == 200, done.body
    NAMES["correction"] = done.json()["id"]


def body_of(api: Filled, path: str) -> dict[str, Any]:
    """A body that can be sent to an address; nothing is stored that other tests would see."""
    if path == "/silences":
        return {"matchers": ["tier=gold"], "lasts": 60, "reason": "tried"}
    if path.startswith("/acknowledgements"):
        return {"of": "tickets/ticket-7"}
    if path.endswith("/corrections"):
        return {"kind": "stop", "start": api.program.host.now().isoformat(), **TRIED}
    if path.endswith("/end") or path == "/reload":
        return {}
    return TRIED if path.startswith("/subjects/") else {"reason": "tried"}


def endpoints(api: Filled) -> list[tuple[str, str, Right]]:
    """The method, an address and the right of every endpoint."""
    return [
        (
            method.upper(),
            re.sub(r"\{(\w+)\}", lambda found: NAMES[found[1]], path) + NEEDED.get(path, ""),
            Right(operation[RIGHT]),
        )
        for path, operations in api.ask("/openapi.json").json()["paths"].items()
        for method, operation in operations.items()
    ]


def whoever(scopes: frozenset[Right] | None, *roles: Role, customer: str | None = None) -> Principal:
    return Principal("somebody", frozenset(roles), scopes, customer, LoggedInBy.TOKEN)


def asked_as(
    api: Filled, path: str, method: str, state: dict[str, Any], body: dict[str, Any] | None = None, **options: Any
) -> Reply:
    """A request with the body that its change has; once something is done, doing it again is a 200 or a 409."""
    if method == "GET":
        return api.ask(path, method, state=state, **options)
    sent = json.dumps(body_of(api, path) if body is None else body).encode()
    return api.ask(path, method, {"content-type": "application/json"}, body=sent, state=state, **options)


def state(principal: Principal | None) -> dict[str, Any]:
    return {"principal": principal}


MANAGER = Principal("manager", frozenset({Role.ADMIN}), by=LoggedInBy.TOKEN)

EVERYBODY = [
    whoever(None), whoever(frozenset(), Role.ADMIN), whoever(frozenset(Right)), whoever(frozenset({Right.READ})),
    *(whoever(None, role) for role in Role), *(whoever(frozenset({right}), Role.ADMIN) for right in Right),
    *(whoever(frozenset(Right) - {right}, Role.ADMIN) for right in Right),
    whoever(None, Role.CUSTOMER, customer="Harbour Bank"), whoever(None, Role.ADMIN, customer="Harbour Bank"),
]  # fmt: skip


def test_every_endpoint_is_for_those_who_have_its_right(api: Filled) -> None:
    found = endpoints(api)
    assert len(found) >= 13
    for method, path, right in found:
        for principal in EVERYBODY:
            reply = asked_as(api, path, method, state(principal))
            if may(principal, right):
                done = (200,) if method == "GET" else (200, 201, 409) if path == "/silences" else (200, 409)
                assert reply.status in done, (path, principal, reply.body)
            else:
                assert (reply.status, reply.headers["content-type"]) == (403, PROBLEM_TYPE), (path, principal)
                assert "ticket-7" not in reply.body.decode()


def test_nobody_is_asked_to_say_who_he_is(api: Filled) -> None:
    for method, path, _ in endpoints(api):
        reply = asked_as(api, path, method, state(None), client="192.0.2.1")
        assert (reply.status, reply.headers["content-type"]) == (401, PROBLEM_TYPE), path
        assert reply.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "path", ["/clocks?limit=0", "/clocks?nothing=1", "/subjects/tickets/nobody", "/clocks?cursor=x"]
)
def test_a_refusal_tells_nothing_to_whoever_may_not_read(api: Filled, path: str) -> None:
    """Not even whether something is there."""
    assert api.ask(path, state=state(None), client="192.0.2.1").status == 401
    assert api.ask(path, state=state(whoever(None, Role.CUSTOMER, customer="ACME"))).status == 403


def test_head_needs_the_same_right(api: Filled) -> None:
    for method, path, right in endpoints(api):
        if method == "GET":
            assert api.ask(path, "HEAD", state=state(whoever(frozenset(), Role.ADMIN))).status == 403
            assert api.ask(path, "HEAD", state=state(whoever(frozenset({right}), Role.ADMIN))).status == 200


def test_a_token_lets_in_whoever_shows_it_and_no_other(api: Filled) -> None:
    """Over the whole site: tokens that hold with more or fewer rights, and wrong, ended, revoked ones, and none."""
    site, gone = api.program.parts.site, a_token(api, None)
    with mock.patch.object(api_app, "Rate", return_value=Rate(1e9, 10**9)):  # all are asked from one address
        assert ask(site, "/api/v1/openapi.json").status == 200
    AccessTokens(api.program.host.database).revoke(gone[-8:], api.program.host.now(), "lin")
    shown: dict[str, Principal | None] = {
        a_token(api, scopes): whoever(scopes, Role.SLA_MANAGER)
        for scopes in (None, frozenset(), frozenset({Right.READ}), frozenset({Right.SILENCE}))
    }
    shown[a_token(api, None, customer="Harbour Bank")] = whoever(None, Role.CUSTOMER, customer="Harbour Bank")
    shown |= dict.fromkeys((new_token(), a_token(api, None, timedelta(seconds=-1)), gone, "x" * 5000, ""))
    for method, path, right in endpoints(api):
        for word, principal in shown.items():
            headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {word}"} if word else {})
            reply = ask(site, f"/api/v1{path}", method, headers, b"" if method == "GET" else BODY)
            refused = 401 if principal is None else 403 if not may(principal, right) else 0
            assert reply.status == refused if refused else reply.status not in (401, 403), (path, word[:8], reply.body)
            assert not refused or reply.headers["content-type"] == PROBLEM_TYPE


def test_no_endpoint_of_the_whole_site_is_open(api: Filled) -> None:
    """Those that stream, subscribe and draw are among them: who has no right gets no more than a refusal."""
    site, word = api.program.parts.site, a_token(api, frozenset())
    paths = ask(site, "/api/v1/openapi.json").json()["paths"]
    assert len(paths) > len(api.ask("/openapi.json").json()["paths"])
    for path, operations in paths.items():
        address = "/api/v1" + re.sub(r"\{(\w+)\}", lambda found: NAMES.get(found[1], "x"), path)
        for method, operation in operations.items():
            Right(operation[RIGHT])
            for headers, status in (({}, 401), ({"authorization": f"Bearer {word}"}, 403)):
                reply = ask(site, address, method.upper(), {"content-type": "application/json", **headers}, BODY)
                assert (reply.status, reply.headers["content-type"]) == (status, PROBLEM_TYPE), (method, path)
