"""What every endpoint has: refusals that are problems, tags, HEAD, a right, a rate, pages."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import BaseModel, Field
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Mount

from exporters.api.answers import Answer
from exporters.api.app import Api
from exporters.api.document import RIGHT
from exporters.api.names import Source, Subject
from exporters.api.paging import Cursor, Limit, cursor_of, place_of
from exporters.api.problem import PROBLEM_TYPE
from exporters.api.rate import Rate
from exporters.api.section import Section, is_head
from exporters.web import RequestLimit
from monitor.access import LoggedInBy, Principal, Right, Role, may
from monitor.errors import StoreError
from tests.support.asgi import Reply, ask


class Found(BaseModel):
    """An answer of these tests."""

    value: str = Field(description="A value.")


class Asked(BaseModel):
    """A body of these tests."""

    value: str = Field(description="A value.", max_length=5)


def somebody(request: Request, right: Right) -> Principal:
    """As `allowed`: who asks without a name is unknown, who may only read may only read."""
    principal: Principal | None = request.scope["state"].get("principal")
    if principal is None:
        raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})
    if not may(principal, right):
        raise HTTPException(403)
    return principal


def named(name: str, *scopes: Right) -> Principal:
    return Principal(name, frozenset({Role.ADMIN}), frozenset(scopes), by=LoggedInBy.TOKEN)


READER, WRITER = named("reader", Right.READ), named("writer", Right.READ, Right.SILENCE)


def section() -> Section:
    found = Section("tests", "Endpoints of tests.")

    @found.get("/things", answers=Found, summary="Things", refusals=(400,))
    def list_things(limit: Limit = 50, cursor: Cursor = None) -> Answer:
        place = place_of({"list": "things"}, cursor, (int, str))
        return Answer({"value": f"{limit} {place}"})

    @found.get("/things/{source}/{subject}", answers=Found, summary="A thing")
    def show_thing(source: Source, subject: Subject, principal: Principal) -> Answer:
        """A thing by its name."""
        return Answer({"value": f"{source}|{subject}|{principal.name}"})

    @found.change("POST", "/things", answers=Found, summary="Make", right=Right.SILENCE, status=201)
    def make_thing(given: Asked) -> Answer:
        return Answer({"value": given.value}, 201)

    @found.get("/failing/{how}", answers=Found, summary="Fail", refusals=(404,))
    def fail(how: str) -> Answer:
        raise {
            "store": StoreError("The store sleeps."), "defect": ValueError("secret"),
            "gone": HTTPException(404, "Gone."),
        }[how]  # fmt: skip

    @found.stream("/stream", media="text/event-stream", summary="Stream")
    async def stream(request: Request) -> StreamingResponse:
        async def parts() -> Any:
            while not is_head(request):
                yield b"data: 1\n\n"
                return

        return StreamingResponse(parts(), media_type="text/event-stream")

    return found


def site(rate: Rate | None = None, clock: Any = lambda: 0.0) -> Starlette:
    app = Starlette(routes=[Mount("/api/v1", Api([section()], somebody, rate or Rate(1e9, 10**9), clock))])
    app.router.redirect_slashes = False
    return app


SITE = site()


def asked(path: str, method: str = "GET", who: Principal | None = READER, **options: Any) -> Reply:
    state = {} if who is None else {"principal": who}
    return ask(SITE, f"/api/v1{path}", method, state=state, **options)


def refused(reply: Reply, status: int) -> Mapping[str, Any]:
    """The problem that a reply is."""
    problem: Mapping[str, Any] = reply.json()
    assert (reply.status, reply.headers["content-type"]) == (status, PROBLEM_TYPE)
    assert (problem["status"], problem["type"]) == (status, "about:blank")
    assert problem["title"]
    assert problem["detail"].endswith(".")
    assert reply.headers["cache-control"] == "no-store"
    return problem


JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/nothing", "GET", 404), ("", "GET", 404), ("/", "GET", 404), ("/things/", "GET", 404),
        ("/things", "PUT", 405), ("/things", "OPTIONS", 405), ("/things/a/b", "TRACE", 405),
        ("/things?limit=0", "GET", 422), ("/things?limit=1000000", "GET", 422), ("/things?limit=NaN", "GET", 422),
        ("/things?limt=3", "GET", 422), ("/things?limit=1&offset=3", "GET", 422), ("/things?cursor=xx", "GET", 400),
        ("/failing/store", "GET", 503), ("/failing/defect", "GET", 500), ("/failing/gone", "GET", 404),
        ("/things/a%00/b", "GET", 404), ("/openapi.json", "POST", 405),
    ],
)  # fmt: skip
def test_every_refusal_is_a_problem(path: str, method: str, status: int) -> None:
    if path == "":
        return
    problem = refused(asked(path, method, headers=JSON), status)
    assert "secret" not in str(problem)


def test_a_refusal_says_what_the_error_says() -> None:
    assert refused(asked("/failing/store"), 503)["detail"] == "The store sleeps."
    assert asked("/failing/store").headers["retry-after"] == "1"
    assert refused(asked("/failing/gone"), 404)["detail"] == "Gone."
    assert "'limt'" in refused(asked("/things?limt=3"), 422)["detail"]
    (fault,) = refused(asked("/things?limit=0"), 422)["errors"]
    assert fault["where"] == "query.limit"


def test_a_refusal_does_not_send_a_long_text_back() -> None:
    reply = asked(f"/things?{'&'.join(f'limit={number}x' for number in range(200))}&{'x' * 3000}=1")
    assert reply.status == 422
    assert len(reply.body) < 1000


def test_405_names_every_method_of_the_address() -> None:
    reply = asked("/things", "PUT")
    assert reply.headers["allow"] == "GET, HEAD, POST"
    assert "GET and HEAD and POST" in refused(reply, 405)["detail"]
    assert asked("/things/a/b", "DELETE").headers["allow"] == "GET, HEAD"


def test_head_is_get_without_its_body() -> None:
    got, head = asked("/things"), asked("/things", "HEAD")
    assert (head.status, head.body, head.headers) == (200, b"", got.headers)
    assert got.body
    assert asked("/nothing", "HEAD").status == 404
    assert asked("/stream", "HEAD").body == b""
    assert asked("/stream").body == b"data: 1\n\n"


def test_an_unchanged_answer_is_not_sent_twice() -> None:
    first = asked("/things")
    tag = first.headers["etag"]
    assert tag.startswith('W/"')
    assert first.headers["cache-control"] == "private, no-cache"
    for tags in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        again = asked("/things", headers={"if-none-match": tags})
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    for tags in ('"other"', "", ",", f"{', ' * 100}{tag}"):
        assert asked("/things", headers={"if-none-match": tags}).status == 200
    assert asked("/things?limit=3", headers={"if-none-match": tag}).status == 200


def test_who_may_is_asked_before_the_request_is_read() -> None:
    assert refused(asked("/things?limit=0", who=None), 401)
    assert asked("/things", who=None).headers["www-authenticate"] == "Bearer"
    assert refused(asked("/things", "POST", headers=JSON, body=b'{"value": 7}'), 403)
    assert refused(asked("/things", "POST", WRITER, headers=JSON, body=b'{"value": 7}'), 422)


def test_the_document_and_unknown_addresses_need_no_right() -> None:
    assert asked("/openapi.json", who=None).status == 200
    assert refused(asked("/nothing", who=None), 404)


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_change_is_json_that_says_so(kind: str) -> None:
    """A form of another site can say any of these without asking first."""
    headers = {"content-type": kind} if kind else {}
    assert asked("/things", "POST", WRITER, headers=headers, body=b'{"value": "a"}').status in (415, 422)
    made = asked("/things", "POST", WRITER, headers=JSON, body=b'{"value": "a"}')
    assert (made.status, made.json(), made.headers["cache-control"]) == (201, {"value": "a"}, "no-store")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"value": NaN}', b"\xff", b"[" * 60_000])
def test_a_body_that_is_no_such_thing_is_a_problem(body: bytes) -> None:
    reply = asked("/things", "POST", WRITER, headers=JSON, body=body)
    refused(reply, reply.status)
    assert reply.status in (400, 422)


def test_no_other_site_may_read() -> None:
    for method in ("GET", "OPTIONS"):
        reply = asked(
            "/things", method, headers={"origin": "https://elsewhere", "access-control-request-method": "GET"}
        )
        assert not [name for name in reply.headers if name.startswith("access-control")]


def test_a_slash_may_be_part_of_a_name() -> None:
    assert asked("/things/desk/a%2Fb%2fc").json() == {"value": "desk|a/b/c|reader"}
    assert asked("/things/desk/..%2F..").json() == {"value": "desk|../..|reader"}
    assert asked("/things/d%2Fe/%252F").json() == {"value": "d/e|%2F|reader"}
    assert asked("/things/desk/%E7%94%B5").json() == {"value": "desk|电|reader"}
    assert asked("/things/desk/%ff%fe").json() == {"value": "desk|��|reader"}
    assert asked("/things/desk/a/b").status == 404


def test_a_caller_may_ask_so_often_and_no_oftener() -> None:
    now = [0.0]
    app = site(Rate(each_second=2, at_once=3), lambda: now[0])

    def of(client: str, who: Principal | None = READER) -> Reply:
        return ask(app, "/api/v1/things", state={} if who is None else {"principal": who}, client=client)

    assert [of("10.0.0.1").status for _ in range(4)] == [200, 200, 200, 429]
    assert refused(of("10.0.0.2"), 429), "a name counts wherever it asks from"
    assert of("10.0.0.1").headers["retry-after"] == "1"
    assert of("10.0.0.1", WRITER).status == 200
    assert of("10.0.0.1", None).status == 401
    now[0] += 0.5
    assert [of("10.0.0.1").status for _ in range(2)] == [200, 429]


def test_a_section_that_is_busy_says_so() -> None:
    busy = section()
    object.__setattr__(busy, "limit", RequestLimit(1, patience=0.0))

    async def taken() -> None:
        await busy.limit._places.acquire()

    asyncio.run(taken())
    app = Starlette(routes=[Mount("/api/v1", Api([busy], somebody))])
    reply = ask(app, "/api/v1/things", state={"principal": READER})
    assert refused(reply, 503)
    assert reply.headers["retry-after"] == "1"


def test_a_cursor_is_taken_by_its_list_alone() -> None:
    cursor = cursor_of({"list": "things"}, (3, "é/日"))
    assert asked(f"/things?cursor={cursor}").json() == {"value": "50 (3, 'é/日')"}
    assert asked(f"/things?cursor={cursor_of({'list': 'others'}, (3, 'a'))}").status == 400


def test_every_operation_says_what_it_needs_and_means() -> None:
    document = asked("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": "/api/v1"}]
    for operations in document["paths"].values():
        for operation in operations.values():
            assert operation[RIGHT] in set(Right)
            assert operation["security"] == [{"token": []}]
            assert operation["summary"]
            for status, answer in operation["responses"].items():
                content = answer.get("content", {})
                assert set(content) <= {"application/json", "text/event-stream", PROBLEM_TYPE}
                assert (PROBLEM_TYPE in content) == (int(status) >= 400)
