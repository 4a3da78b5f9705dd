"""Nothing of the whole site is left out: every route needs a right or is known to be open, every operation is tried."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from exporters.api import app as api_app
from exporters.api import live_events
from exporters.api.app import build_api
from exporters.api.live_events import MEDIA
from exporters.api.rate import Rate
from exporters.live import Changed, Filter, Reset, changed, reset, told
from exporters.live.events import HEARTBEAT, NOWHERE, begin
from exporters.web import allowed
from exporters.web.app import Below
from monitor.access import LoggedInBy, Principal, Right, Role
from monitor.service.api_site import ApiSite
from tests.exporters.api import test_live_sections, test_schemathesis
from tests.support.api_site import Filled, a_token
from tests.support.asgi import Reply, ask
from tests.support.transitions import AT, row

FAR = "192.0.2.1"

TELLS_NOTHING = {
    ("GET", "/login"), ("POST", "/login"), ("GET", "/login-with"), ("GET", "/logged-in"), ("GET", "/logout"),
    ("POST", "/logout"), ("GET", "/language"), ("GET", "/zone"), ("GET", "/-/healthy"), ("GET", "/-/ready"),
}  # fmt: skip
"""Routes of the log in, of what a browser chooses for itself, and of whether the program runs."""

BY_A_SECRET_OF_ITS_OWN = {
    ("GET", "/acknowledge/{token}"), ("POST", "/acknowledge/{token}"), ("GET", "/acknowledge/{token}/retire"),
    ("POST", "/acknowledge/{token}/retire"), ("POST", "/retire/{subject:path}"), ("POST", "/-/reload"),
    *((method, "/api/v1/alerts/{key}/acknowledge") for method in ("GET", "POST", "PUT", "PATCH", "DELETE")),
}  # fmt: skip
"""Routes that a link, a key or a token of the configuration opens, whoever has it."""


def routes(site: Starlette) -> Iterator[tuple[str, str]]:
    """Every method and path that the site answers itself."""
    for route in site.routes:
        if isinstance(route, Route):
            for method in (route.methods or set()) - {"HEAD"}:
                yield method, route.path


def asked(api: Filled, method: str, path: str, **headers: str) -> Reply:
    address = re.sub(r"\{(\w+)(?::path)?\}", "x", path)
    return ask(api.program.parts.site, address, method, headers, client=FAR)


def test_every_route_of_the_site_needs_a_right_or_is_known_to_need_none(api: Filled) -> None:
    site = api.program.parts.site
    assert isinstance(site, Starlette)
    open_to_all = {
        (method, path) for method, path in routes(site) if asked(api, method, path).status not in (401, 405)
    }  # fmt: skip
    assert open_to_all <= TELLS_NOTHING | BY_A_SECRET_OF_ITS_OWN
    assert {route.path for route in site.routes if not isinstance(route, Route)} == {"/api/v1", "/static"}


def test_what_a_secret_opens_is_shut_without_it(api: Filled) -> None:
    for method, path in BY_A_SECRET_OF_ITS_OWN & set(routes(api.program.parts.site)):
        assert 400 <= asked(api, method, path).status < 500, (method, path)


def test_a_token_that_may_not_read_opens_no_route(api: Filled) -> None:
    bearer = {"authorization": f"Bearer {a_token(api, frozenset())}"}
    for method, path in set(routes(api.program.parts.site)) - TELLS_NOTHING - BY_A_SECRET_OF_ITS_OWN:
        assert asked(api, method, path, **bearer).status in (403, 405), (method, path)


# -- the document ------------------------------------------------------------------------------------------------------

STREAMS = ("stream_events", "stream_own_events")


def test_every_operation_of_the_whole_document_is_tried(api: Filled) -> None:
    paths = ask(api.program.parts.site, "/api/v1/openapi.json").json()["paths"]
    operations = [operation["operationId"] for found in paths.values() for operation in found.values()]
    assert len(operations) == len(set(operations))
    assert set(operations) == {*test_schemathesis.OPERATIONS, *test_live_sections.OPERATIONS, *STREAMS}


def test_nothing_answers_below_the_api_that_its_document_does_not_name(api: Filled) -> None:
    whole = api.program.parts.site
    below = next(route.app for route in whole.routes if isinstance(route, Below))  # type: ignore[attr-defined]
    assert isinstance(below, ApiSite)
    paths = ask(whole, "/api/v1/openapi.json").json()["paths"]
    assert isinstance(below._app, api_app.Api)
    served = {
        (method.lower(), route.path)
        for route in below._app._app.routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    }
    named = {(method, path) for path, found in paths.items() for method in found}
    assert served - named == {("get", "/openapi.json")}
    assert named <= served


CUSTOMER = Principal("bank", frozenset({Role.CUSTOMER}), None, "Harbour Bank", LoggedInBy.TOKEN)
WHO = {
    "Bearer reader": Principal("reader", frozenset({Role.VIEWER}), frozenset({Right.READ}), by=LoggedInBy.TOKEN),
    "Bearer customer": CUSTOMER,
}


class AtOnce:
    """The endpoints that stream, below their address; what they stream ends at once."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = Starlette(routes=[Below("/api/v1", app)])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sent = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
        scope["state"] = {"principal": WHO.get(sent)}
        await self._app(scope, receive, send)


@pytest.fixture(scope="module")
def streams() -> Any:
    import schemathesis

    written = (
        begin(AT, 1.0, NOWHERE), HEARTBEAT, told(row(1)).wire, changed(Changed(AT), NOWHERE),
        reset(Reset.TOO_OLD, NOWHERE),
    )  # fmt: skip

    def begun(request: Request, wanted: Filter) -> Response:
        return Response(b"".join(written), media_type=MEDIA)

    made = build_api([live_events(begun)], allowed, Rate(1e9, 10**9))
    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", AtOnce(made))


@pytest.mark.parametrize("wrong", [False, True])
@pytest.mark.parametrize(("name", "who"), [("stream_events", "reader"), ("stream_own_events", "customer")])
def test_an_answer_to_whoever_streams_is_one_of_the_document(streams: Any, name: str, who: str, wrong: bool) -> None:
    import schemathesis

    operations = (found.ok() for found in streams.get_all_operations())
    (operation,) = (found for found in operations if found.definition.raw["operationId"] == name)
    mode = schemathesis.GenerationMode.NEGATIVE if wrong else schemathesis.GenerationMode.POSITIVE

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), database=None,
        phases=(Phase.explicit, Phase.generate),
    )  # fmt: skip
    def answered(case: Any) -> None:
        case.call_and_validate(headers={"Authorization": f"Bearer {who}"})

    answered()
