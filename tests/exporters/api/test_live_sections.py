"""The stream, the marks and the subscriptions of the API: who may, what comes, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from exporters.annotations import LONGEST_RANGE
from exporters.api.app import build_api
from exporters.api.document import RIGHT
from exporters.api.rate import Rate
from exporters.live import Broadcaster, Opening, told
from exporters.live.events import NOWHERE
from exporters.live.viewer import Batch
from exporters.web import allowed
from exporters.web.app import Below
from exporters.web.serve import Server
from monitor.access import LoggedInBy, Principal, Right, Role, may
from monitor.config import HubConfig
from monitor.net import Secret
from monitor.service.live_sections import live_sections
from monitor.service.subscribing import Subscribing
from monitor.store import Action, Actions, Publications, statements
from monitor.store.database import Database
from monitor.store.schema import alerts
from tests.support.as_sent import fits, is_wrong
from tests.support.asgi import Reply, ask
from tests.support.peers import until
from tests.support.streams import Viewer
from tests.support.transitions import AT, HOSTILE, row, store

NOW = AT + timedelta(hours=1)
PAGE = "https://tierwatch.example.net"
CONFIG = HubConfig(
    Secret("a secret of thirty-two bytes, or more", "file hub"), frozenset({"https://tickets.example:443"})
)


def somebody(*roles: Role, name: str = "somebody", customer: str | None = None) -> Principal:
    return Principal(name, frozenset(roles), None, customer, LoggedInBy.TOKEN)


READER, HEAD, ADMIN = somebody(Role.VIEWER), somebody(Role.NETWORK_HEAD, name="head"), somebody(Role.ADMIN, name="root")
CUSTOMER = somebody(Role.CUSTOMER, customer="Harbour Bank")
AS_WHOM = {"Bearer reader": READER, "Bearer customer": CUSTOMER, "Bearer admin": ADMIN}


def bearing(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {name}"}


class Named:
    """The API below its address; whoever has no token that is known is nobody."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = Starlette(routes=[Below("/api/v1", app)])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sent = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
        scope.setdefault("state", {})["principal"] = AS_WHOM.get(sent)
        await self._app(scope, receive, send)


class Site:
    """A store and the sections on it."""

    def __init__(self, folder: Path, config: HubConfig | None = CONFIG) -> None:
        self.database = Database(f"sqlite:///{folder / 'tierwatch.db'}")
        self.all = Broadcaster(lambda last: Opening(NOWHERE), lambda: None)
        subscribing = Subscribing(config, self.database, lambda: NOW, lambda: None)
        sections = live_sections(self.all, subscribing, self.database, lambda: NOW, lambda: PAGE)
        self.api = build_api(sections, allowed, Rate(1e9, 10**9))

    def ask(
        self, path: str, method: str = "GET", who: Principal | None = READER, body: Any = None, **more: str
    ) -> Reply:
        headers = {"content-type": "application/json", **{name.replace("_", "-"): text for name, text in more.items()}}
        sent = b"" if body is None else json.dumps(body).encode()
        return ask(self.api, path, method, headers, sent, {"principal": who})


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.database.close()


# -- who may -----------------------------------------------------------------------------------------------------------


def test_every_endpoint_is_for_those_who_have_its_right_and_for_nobody_else(site: Site) -> None:
    found = [
        (path.replace("{subscription}", "x"), method.upper(), Right(operation[RIGHT]))
        for path, operations in site.ask("/openapi.json").json()["paths"].items()
        for method, operation in operations.items()
    ]
    assert len(found) == 7
    everybody = [somebody(role) for role in Role] + [CUSTOMER]
    for path, method, right in found:
        stream = path.startswith("/events")
        for who in everybody:
            reply = site.ask(path, "HEAD" if stream else method, who)
            own = path == "/events/own" and not who.customer
            assert (reply.status == 403) is (own or not may(who, right)), (path, method, who, reply.body)
        assert site.ask(path, method, None).status == 401


# -- the stream --------------------------------------------------------------------------------------------------------


def test_a_stream_passes_the_api_and_the_guard_knows_it(site: Site) -> None:
    server = Server(Named(site.api), "127.0.0.1", 0)
    server.start()
    try:
        with Viewer(server.url, "api/v1/events?tier=gold&kind=breached", more=bearing("reader")) as viewer:
            viewer.next("begin")
            until(lambda: site.all.viewers == 1)
            assert [each.viewer is not None for each in server._server.connections._open] == [True]
            rows = [row(1), row(2, tier="silver"), row(3, kind="met"), row(4)]
            site.all.publish(Batch(tuple(map(told, rows))))
            assert [event.data["subject"] for event in viewer.some(2)] == ["INC1", "INC4"]
        until(lambda: site.all.viewers == 0)
    finally:
        server.stop()


def test_a_customer_streams_its_own_alone(site: Site) -> None:
    server = Server(Named(site.api), "127.0.0.1", 0)
    server.start()
    try:
        with Viewer(server.url, "api/v1/events/own", more=bearing("customer")) as viewer:
            viewer.next("begin")
            ours = [told(row(1), "Other"), told(row(2), ""), told(row(3), "Harbour Bank")]
            site.all.publish(Batch(tuple(ours), b"event: changed\ndata: 1\n\n", b"event: changed\ndata: 2\n\n"))
            assert [event.data["subject"] for event in viewer.some(1)] == ["INC3"]
            assert viewer.next("changed").data == 2
    finally:
        server.stop()


@pytest.mark.parametrize("query", ["color=red", "kind=none", "tier=", "&".join(["tier=a"] * 60)])
def test_a_filter_that_is_not_understood_is_refused(site: Site, query: str) -> None:
    reply = site.ask(f"/events?{query}")
    assert (reply.status, reply.headers["content-type"]) == (422, "application/problem+json")


# -- marks -------------------------------------------------------------------------------------------------------------


def marked(site: Site, query: str = "") -> list[dict[str, Any]]:
    reply = site.ask(f"/annotations?{query}")
    assert reply.status == 200, reply.body
    found: list[dict[str, Any]] = reply.json()
    return found


def millis(minutes: float = 0) -> int:
    return int((AT + timedelta(minutes=minutes)).timestamp() * 1000)


def test_breaches_are_marked_at_their_deadline_and_those_that_were_withdrawn_are_not(site: Site) -> None:
    rows = [
        row(1), row(2, at=AT + timedelta(minutes=1), tier="silver"), row(3, at=AT + timedelta(minutes=2)),
        row(4, subject="INC3", at=AT + timedelta(minutes=2), kind="withdrawn", stage="breached:breached"),
        row(5, kind="met", stage=""), row(6, at=AT - timedelta(days=2)),
    ]  # fmt: skip
    store(site.database, rows)
    assert marked(site) == [
        {
            "time": millis(), "title": "Breach", "text": "restore of desk/INC1", "tags": "breach,desk,gold,AAA,restore",
            "url": f"{PAGE}/explain/desk/INC1",
        },
        {
            "time": millis(1), "title": "Breach", "text": "restore of desk/INC2",
            "tags": "breach,desk,silver,AAA,restore", "url": f"{PAGE}/explain/desk/INC2",
        },
    ]  # fmt: skip
    assert [one["text"] for one in marked(site, "tier=silver")] == ["restore of desk/INC2"]
    assert marked(site, "source=other") == []
    assert len(marked(site, f"from={millis(-60 * 24 * 3)}&to={millis(1)}")) == 2
    assert len(marked(site, "from=2026-01-05T00:00:00Z&to=2026-01-05T01:01:00.250%2B00:00")) == 1


def test_starts_outages_policies_and_reloads_are_marked(site: Site) -> None:
    deeds, minute = Actions(site.database), timedelta(minutes=1)
    deeds.note(Action.STARTED, AT, "root", "hash", version="0.1.0", ended=(AT - 9 * minute).isoformat())
    deeds.note(Action.RELOADED, AT + minute, "SIGHUP", "hash")
    deeds.note(Action.SILENCE_ENDED, AT + minute, "lin", "s-1")
    Publications(site.database).record("r1", ["gold@2"], {"policies": [], "mappings": {}}, "root", AT + 2 * minute)
    labels = {"alertname": "TierwatchDataTooOld", "source": "corp"}
    stale = {
        "key": "stale", "source": None, "subject": None, "target": "", "cycle": 0, "stage": "", "tier": "gold",
        "labels": labels, "annotations": {}, "starts_at": AT + 3 * minute, "resolved_at": None, "reason": "first",
        "link": "", "cause_key": "", "deadline": None, "ahead": None,
    }  # fmt: skip
    with site.database.write() as connection:
        statements.add(connection, alerts, [stale])
    found = [(one["title"], one["time"], one.get("timeEnd"), one["text"]) for one in marked(site)]
    assert found == [
        ("tierwatch did not run", millis(-9), millis(), "Nothing was judged in this time"),
        ("tierwatch started", millis(), None, "0.1.0"),
        ("Configuration read again", millis(1), None, "reloaded"),
        ("Policy in force", millis(2), None, "gold@2"),
        ("Data too old", millis(3), millis(60), "The data of corp was too old to judge by"),
    ]
    assert [one["title"] for one in marked(site, "kind=start&kind=policy")] == ["tierwatch started", "Policy in force"]


def test_there_are_no_more_marks_than_are_asked_for_and_it_is_said(site: Site) -> None:
    store(site.database, [row(each + 1, at=AT + timedelta(seconds=each)) for each in range(9)])
    found = marked(site, "limit=4")
    assert [one["title"] for one in found] == ["More", *["Breach"] * 4]
    assert [one["text"] for one in found[1:]] == [f"restore of desk/INC{number}" for number in (6, 7, 8, 9)]
    assert found[0]["time"] == found[1]["time"]


def test_an_answer_that_is_the_same_is_not_sent_twice(site: Site) -> None:
    store(site.database, [row(1)])
    query = f"/annotations?from={millis(-5)}&to={millis(5)}"
    first = site.ask(query)
    again = site.ask(query, if_none_match=first.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    store(site.database, [row(2)])
    assert site.ask(query, if_none_match=first.headers["etag"]).status == 200


@pytest.mark.parametrize(
    "query",
    [
        "from=2026-01-05T02:00:00Z&to=2026-01-05T01:00:00Z", "from=2026-01-05T01:00:00", "to=999999999999999",
        f"to={millis()}&from={millis() - int((LONGEST_RANGE + timedelta(days=1)).total_seconds() * 1000)}",
        "from=2026-99-99T00:00:00Z", "from=0",
    ],
)  # fmt: skip
def test_a_span_that_is_none_or_too_long_is_refused(site: Site, query: str) -> None:
    reply = site.ask(f"/annotations?{query}")
    assert reply.status == 400, reply.body
    assert reply.json()["detail"].endswith(".")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_inert_in_a_mark(site: Site, text: str) -> None:
    store(site.database, [row(1, subject=f"<img src=x onerror=alert(1)>{text}", tier=f"<b>,{text}")])
    (one,) = marked(site)
    assert "<" not in one["text"] + one["tags"] + one["title"] + one["url"]
    assert one["tags"].count(",") == 4
    assert one["url"].isascii()


# -- subscriptions -----------------------------------------------------------------------------------------------------

NEW = {"callback": "https://tickets.example/sla", "query": "tier=gold"}


def test_a_subscription_is_made_listed_and_ended(site: Site) -> None:
    made = site.ask("/hub", "POST", HEAD, NEW)
    body = made.json()
    assert (made.status, made.headers["location"]) == (201, f"/api/v1/hub/{body['id']}")
    assert len(body.pop("secret")) == 64
    assert body == {
        "id": body["id"], **NEW, "owner": "head", "created_at": "2026-01-05T02:00:00.250000Z",
        "failing_since": None, "suspended_at": None, "suspended_for": "",
    }  # fmt: skip
    assert site.ask("/hub", who=HEAD).json() == {"items": [body]}
    assert site.ask(f"/hub/{body['id']}", who=HEAD).json() == body
    again = site.ask("/hub", "POST", HEAD, NEW)
    assert again.json()["id"] == body["id"]
    ended = site.ask(f"/hub/{body['id']}", "DELETE", HEAD)
    assert (ended.status, ended.json()) == (200, body)
    assert site.ask(f"/hub/{body['id']}", "DELETE", HEAD).status == 404
    assert site.ask("/hub", who=HEAD).json() == {"items": []}


def test_whoever_administers_sees_all_and_others_their_own(site: Site) -> None:
    made = site.ask("/hub", "POST", HEAD, NEW).json()["id"]
    other = somebody(Role.NETWORK_HEAD, name="other")
    assert site.ask("/hub", who=other).json() == {"items": []}
    assert site.ask(f"/hub/{made}", who=other).status == 404
    assert site.ask(f"/hub/{made}", "DELETE", other).status == 404
    assert len(site.ask("/hub", who=ADMIN).json()["items"]) == 1
    assert site.ask(f"/hub/{made}", "DELETE", ADMIN).status == 200


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"callback": "http://169.254.169.254/"}, 400), ({"callback": "x"}, 400), ({"query": "color=red"}, 400),
        ({"callback": 7}, 422), ({"callback": "https://tickets.example/" + "a" * 2000}, 422), ({"more": 1}, 422),
    ],
)  # fmt: skip
def test_what_cannot_be_subscribed_to_is_refused_and_nothing_is_kept(
    site: Site, changed: dict[str, Any], status: int
) -> None:
    reply = site.ask("/hub", "POST", HEAD, {**NEW, **changed})
    assert (reply.status, reply.headers["content-type"]) == (status, "application/problem+json")
    assert site.ask("/hub", who=ADMIN).json() == {"items": []}


def test_there_are_as_many_subscriptions_as_there_may_be(site: Site) -> None:
    for number in range(32):
        assert site.ask("/hub", "POST", HEAD, {**NEW, "query": f"tier={number}"}).status == 201
    assert site.ask("/hub", "POST", HEAD, {**NEW, "query": "tier=33"}).status == 409


def test_without_a_hub_nobody_subscribes(tmp_path: Path) -> None:
    made = Site(tmp_path, None)
    assert made.ask("/hub", "POST", HEAD, NEW).status == 404
    assert made.ask("/hub", who=HEAD).json() == {"items": []}
    made.database.close()


def test_a_body_that_a_form_could_send_is_refused(site: Site) -> None:
    assert site.ask("/hub", "POST", HEAD, NEW, content_type="text/plain").status == 415


# -- whatever is sent --------------------------------------------------------------------------------------------------

OPERATIONS = ("list_annotations", "create_subscription", "list_subscriptions", "show_subscription", "end_subscription")


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    import schemathesis  # takes a second, which only what needs it has to wait for

    made = Site(tmp_path_factory.mktemp("schema"))
    store(made.database, [row(1), row(2)])
    yield schemathesis.openapi.from_asgi("/api/v1/openapi.json", Named(made.api))
    made.database.close()


@pytest.mark.parametrize("wrong", [False, True])
@pytest.mark.parametrize("name", OPERATIONS)
def test_an_answer_is_one_of_the_document(schema: Any, name: str, wrong: bool) -> None:
    import schemathesis
    from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

    operations = (found.ok() for found in schema.get_all_operations())
    (operation,) = (found for found in operations if found.definition.raw["operationId"] == name)
    mode = schemathesis.GenerationMode.NEGATIVE if wrong else schemathesis.GenerationMode.POSITIVE

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), database=None,
        phases=(Phase.explicit, Phase.generate),
    )  # fmt: skip
    def answered(case: Any) -> None:
        # Only whoever knows an allowed origin writes a callback, and not every two instants are a span of time.
        reply = case.call(headers=bearing("admin"))
        right = wrong and not is_wrong(case, reply.request, bearing("admin"))
        assert not right or reply.status_code != 422, "what arrives as the document says is understood"
        left_out = [positive_data_acceptance, *([negative_data_rejection] if right else ())]
        case.validate_response(reply, headers=bearing("admin"), excluded_checks=left_out)

    answered()


@pytest.mark.parametrize(
    ("schema", "texts", "right"),
    [
        ({"type": "array", "items": {"type": "string", "minLength": 1}}, ["324"], True),
        ({"type": "array", "items": {"type": "string", "minLength": 1}}, [""], False),
        ({"type": "array", "items": {"type": "string"}, "maxItems": 1}, ["a", "b"], False),
        ({"type": "array", "items": {"enum": ["start"]}}, ["324"], False),
        ({"type": "integer", "minimum": 1}, ["324"], True), ({"type": "integer", "minimum": 1}, ["0"], False),
        ({"type": "integer"}, ["x"], False), ({"type": "string", "pattern": "^a$"}, ["324"], False),
        ({"type": "integer"}, ["x", "6"], True), ({"type": "integer"}, ["6", "x"], False),
        ({"type": "boolean"}, ["true"], True),
    ],
)  # fmt: skip
def test_a_parameter_is_judged_by_the_text_that_is_sent(schema: dict[str, Any], texts: list[str], right: bool) -> None:
    assert fits(schema, texts) is right
