"""Viewers cost what they may cost: a slow one, many of them and silent ones take nothing from the others."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest
import requests
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from structlog.testing import capture_logs

from exporters.live import broadcaster as broadcasting
from exporters.live.broadcaster import Broadcaster, Opening
from exporters.live.events import NOWHERE, event_id, told
from exporters.live.stream import LiveStream
from exporters.live.viewer import MOST_WAITING, Batch, Gone
from exporters.web import serve
from exporters.web.guard import Ended, Limits
from exporters.web.headers import SafeHeaders
from exporters.web.serve import Server
from monitor.errors import StoreError
from monitor.machine import AtMostEvery
from tests.support.peers import HANGING, until
from tests.support.streams import Viewer, opened
from tests.support.transitions import AT, row

NOW = datetime(2026, 1, 5, 2, tzinfo=UTC)


class Site:
    """A server with a stream, and whoever tells its viewers."""

    def __init__(self) -> None:
        self.opening: Callable[[str], Opening] = lambda last: Opening(NOWHERE)
        self.all = Broadcaster(lambda last: self.opening(last), lambda: None)
        self.sent = 0
        self.server = Server(self._app(), "127.0.0.1", 0, Limits(connections=64))
        self.server.start()
        self.url = self.server.url

    def _app(self) -> Starlette:
        def live(request: Request) -> LiveStream:
            return LiveStream(self.all, request, NOW)

        def parts(request: Request) -> LiveStream:
            return LiveStream(self.all, request, NOW, part=("wall", request.query_params["of"]))

        async def endpoint(request: Request) -> LiveStream:
            return live(request)

        async def with_part(request: Request) -> LiveStream:
            return parts(request)

        routes = [
            Route("/live", endpoint), Route("/part", with_part), Route("/", lambda request: PlainTextResponse("here")),
        ]  # fmt: skip
        middleware = [Middleware(SafeHeaders), Middleware(GZipMiddleware, minimum_size=1)]
        return Starlette(routes=routes, middleware=middleware)

    def tell(self, number: int = 1, size: int = 1) -> None:
        """So many transitions at once, each of that size or more."""
        rows = [row(self.sent + each + 1, because="x" * size) for each in range(number)]
        self.sent += number
        self.all.publish(Batch(tuple(map(told, rows))))

    def viewers(self, number: int) -> None:
        until(lambda: self.all.viewers == number, f"there are {number} viewers")


@pytest.fixture(scope="module")
def _running() -> Iterator[Site]:
    site = Site()
    yield site
    site.server.stop()


@pytest.fixture
def site(_running: Site) -> Site:
    until(lambda: _running.all.viewers == 0, "the viewers of another test are gone")
    _running.all.limit, _running.all.make, _running.sent = 500, {}, 0
    _running.all.ended = dict.fromkeys(Gone, 0)
    _running.opening = lambda last: Opening(NOWHERE)
    return _running


def test_a_stream_begins_at_once_and_no_proxy_or_browser_holds_it_back(site: Site) -> None:
    with Viewer(site.url) as viewer:
        assert viewer.next("begin").data == {"at": "2026-01-05T02:00:00Z", "resumed": False}
        assert viewer.status == 200
        assert viewer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert "no-store" in viewer.headers["Cache-Control"]
        assert viewer.headers["X-Accel-Buffering"] == "no"
        assert viewer.headers["Content-Encoding"] is None
        assert "default-src 'none'" in viewer.headers["Content-Security-Policy"]


def test_head_has_the_head_alone(site: Site) -> None:
    answer = requests.head(f"{site.url}live", timeout=HANGING)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert site.all.viewers == 0


def test_every_viewer_gets_everything_and_each_event_is_written_once(site: Site) -> None:
    with ExitStack() as stack:
        many = [stack.enter_context(Viewer(site.url)) for _ in range(5)]
        for viewer in many:
            viewer.next("begin")
        site.tell(3)
        site.tell(2)
        for viewer in many:
            assert [event.data["subject"] for event in viewer.some(5)] == [f"INC{n}" for n in range(1, 6)]
            assert viewer.last == str(event_id(5, AT))


def test_a_viewer_that_leaves_is_forgotten(site: Site) -> None:
    with Viewer(site.url) as viewer:
        viewer.next("begin")
        site.viewers(1)
    site.viewers(0)
    assert site.all.ended[Gone.LEFT] == 1


def test_one_that_does_not_read_is_dropped_and_holds_up_nobody(site: Site) -> None:
    with Viewer(site.url) as reader, opened("127.0.0.1", site.server.port) as slow:
        reader.next("begin")
        slow.sendall(b"GET /live HTTP/1.1\r\nHost: a\r\n\r\n")
        site.viewers(2)
        rounds = 0
        while site.all.ended[Gone.SLOW] == 0:
            site.tell(20, size=MOST_WAITING // 80)
            rounds += 1
            assert len(reader.some(20)) == 20
            assert rounds < 1000
        site.viewers(1)
        assert len(site.server._server.connections) == 1
        assert site.all.ended[Gone.SLOW] == 1


def test_of_what_is_shown_as_a_whole_a_slow_viewer_gets_the_newest(site: Site) -> None:
    big = b"x" * 400_000
    with Viewer(site.url, "part?of=a", small=True) as slow:
        slow.next("begin")
        for number in range(60):
            made = b"event: part\ndata: %d %s\n\n" % (number, big)
            site.all.publish(Batch(parts={("wall", "a"): made}))
            site.all.publish(Batch(changed=b"event: changed\ndata: %d\n\n" % number))
        seen = [event.text.partition(" ")[0] for event in _until_text(slow, "59 ")]
        assert seen[-1] == "59"
        assert len(seen) < 30
        assert site.all.ended[Gone.SLOW] == 0


def _until_text(viewer: Viewer, begin: str) -> Iterator:  # type: ignore[type-arg]
    for event in viewer.events():
        if event.name == "part":
            yield event
            if event.text.startswith(begin):
                return


def test_a_part_is_made_once_for_all_who_see_the_same_and_the_first_one_is_not_waited_for(site: Site) -> None:
    made: list[str] = []

    def wall(request: Request) -> PlainTextResponse:
        made.append(request.query_params["of"])
        return PlainTextResponse(f"wall of {made[-1]}")

    site.all.make = {"wall": wall}
    with ExitStack() as stack:
        many = [stack.enter_context(Viewer(site.url, f"part?of={of}")) for of in "aabba"]
        site.viewers(5)
        assert site.all.lacks_parts
        site.all.publish(Batch(parts=site.all.parts()))
        for viewer, of in zip(many, "aabba", strict=True):
            assert viewer.next("part").text == f"wall of {of}"
        assert sorted(made) == ["a", "b"]
        late = stack.enter_context(Viewer(site.url, "part?of=b"))
        assert late.next("part").text == "wall of b"
        assert len(made) == 2
        assert not site.all.lacks_parts
    site.viewers(0)
    assert site.all.parts() == {}


def test_there_are_few_different_parts_and_one_that_fails_is_left_out(site: Site) -> None:
    def wall(request: Request) -> PlainTextResponse:
        if request.query_params["of"] == "0":
            raise StoreError("it is locked")
        return PlainTextResponse("wall")

    site.all.make = {"wall": wall}
    with ExitStack() as stack:
        for of in range(broadcasting.MOST_PARTS + 3):
            stack.enter_context(Viewer(site.url, f"part?of={of}")).next("begin")
        made = site.all.parts()
    assert len(made) == broadcasting.MOST_PARTS - 1
    assert ("wall", "0") not in made


def test_a_part_that_fails_says_which_it_was_why_or_where_and_what_comes_next(site: Site) -> None:
    """A reason that is known is said as it is; a defect with the place in the code, once a minute in all."""
    wrong: list[Exception] = [StoreError("it is locked")]

    def wall(request: Request) -> PlainTextResponse:
        raise wrong[0]

    site.all.make = {"wall": wall}
    for raised, said in ((wrong[0], {"error": "it is locked"}), (ZeroDivisionError("seven"), {"exc_info": True})):
        wrong[0] = raised
        site.all._logging = AtMostEvery(broadcasting.LOG_EVERY)
        with Viewer(site.url, "part?of=a") as viewer, capture_logs() as logs:
            viewer.next("begin")
            assert site.all.parts() == {}
            assert site.all.parts() == {}
        (line,) = (one for one in logs if one["event"] == "part_not_made")
        assert {name: line.get(name) for name in ("part", "log_level", *said)} == {
            "part": "wall", "log_level": "error", **said,
        }  # fmt: skip
        assert "made again with the next change" in line["what"]
        site.viewers(0)


def test_where_all_places_are_taken_one_more_is_asked_to_come_later(site: Site) -> None:
    site.all.limit = 3
    refused = site.all.refused
    with ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(Viewer(site.url)).next("begin")
        with Viewer(site.url) as more:
            assert more.status == 503
            assert int(more.headers["Retry-After"]) > 0
        assert site.all.viewers == 3
    assert site.all.refused == refused + 1


def test_whoever_has_many_makes_room_for_one_of_another_address(site: Site) -> None:
    site.all.limit = 3
    with ExitStack() as stack:
        many = [stack.enter_context(Viewer(site.url)) for _ in range(3)]
        for viewer in many:
            viewer.next("begin")
        other = socket.create_connection(("127.0.0.1", site.server.port), HANGING, source_address=("127.0.0.2", 0))
        stack.enter_context(other)
        other.sendall(b"GET /live HTTP/1.1\r\nHost: a\r\n\r\n")
        assert other.recv(65536).startswith(b"HTTP/1.1 200 ")
        assert sum(not viewer.rest() for viewer in many[:1]) == 1, "the oldest one of that address is ended"
        until(lambda: site.all.ended[Gone.PLACE] == 1)
        site.viewers(3)


def test_silent_connections_end_no_stream(site: Site) -> None:
    with ExitStack() as stack:
        viewer = stack.enter_context(Viewer(site.url))
        viewer.next("begin")
        for _ in range(130):
            stack.enter_context(socket.create_connection(("127.0.0.1", site.server.port), HANGING))
        until(lambda: site.server.ended[Ended.PLACE] > 0, "others made room")
        site.tell()
        assert len(viewer.some(1)) == 1


def test_a_stream_lasts_longer_than_any_other_answer_and_comments_keep_it(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = site.server._server.connections.limits
    site.server._server.connections.limits = Limits(connections=64, head=0.2, body=0.2, reading=0.2)
    try:
        with Viewer(site.url) as viewer:
            viewer.next("begin")
            begun = time.monotonic()
            until(lambda: time.monotonic() - begun > 4 * serve_sweep(), "the guard has looked a few times")
            site.all.beat()
            site.tell()
            assert len(viewer.some(1)) == 1
            assert viewer.comments == 1
    finally:
        site.server._server.connections.limits = before


def serve_sweep() -> float:
    from exporters.web.guard import SWEEP_EVERY

    return SWEEP_EVERY


def test_a_stream_that_has_lasted_its_time_ends_and_its_viewer_comes_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcasting, "LASTS", broadcasting.LASTS * 0)
    with Viewer(site.url) as viewer:
        viewer.next("begin")
        site.all.beat()
        assert viewer.rest() == ()
    until(lambda: site.all.ended[Gone.RENEWED] == 1)


def test_a_store_that_cannot_be_read_ends_the_stream_and_not_the_server(site: Site) -> None:
    def fails(last: str) -> Opening:
        raise StoreError("it is locked")

    site.opening = fails
    with Viewer(site.url) as viewer:
        assert viewer.rest() == ()
    until(lambda: site.all.ended[Gone.FAILED] == 1)
    assert requests.get(site.url, timeout=HANGING).text == "here"


def test_what_is_told_while_it_is_read_what_was_missed_comes_once_and_after_it(site: Site) -> None:
    reading, told_meanwhile = threading.Event(), threading.Event()

    def slowly(last: str) -> Opening:
        reading.set()
        assert told_meanwhile.wait(HANGING)
        missed = tuple(told(row(each)) for each in (2, 3))
        return Opening(event_id(3, AT), missed)

    site.opening = slowly
    with ExitStack() as stack:
        viewer: list[Viewer] = []
        opening = threading.Thread(target=lambda: viewer.append(stack.enter_context(Viewer(site.url, last="1-1"))))
        opening.start()
        assert reading.wait(HANGING)
        site.all.publish(Batch(tuple(told(row(each)) for each in (2, 3, 4))))
        site.all.publish(Batch((told(row(5)),)))
        told_meanwhile.set()
        opening.join(HANGING)
        assert [event.data["subject"] for event in viewer[0].some(4)] == ["INC2", "INC3", "INC4", "INC5"]


def test_a_stop_ends_all_streams_those_that_nobody_reads_too() -> None:
    site = Site()
    with ExitStack() as stack:
        many = [stack.enter_context(Viewer(site.url)) for _ in range(20)]
        for viewer in many:
            viewer.next("begin")
        slow = stack.enter_context(opened("127.0.0.1", site.server.port))
        slow.sendall(b"GET /live HTTP/1.1\r\nHost: a\r\n\r\n")
        site.viewers(21)
        site.tell(60, size=MOST_WAITING // 80)
        for viewer in many:
            viewer.some(60)
        site.server.stop()
        assert not site.server.alive
        for viewer in many:
            assert viewer.rest() == ()
        assert site.all.viewers == 0


def test_the_time_of_a_stop_does_not_depend_on_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "STOP_WITHIN", HANGING)
    site = Site()
    with Viewer(site.url) as viewer:
        viewer.next("begin")
        site.server.stop(within=HANGING)
        assert not site.server.alive
        assert viewer.rest() == ()
