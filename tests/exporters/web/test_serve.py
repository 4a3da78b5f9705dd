from __future__ import annotations

import socket
import threading
from collections.abc import Callable

import pytest
import requests
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from exporters.web.serve import Server
from monitor.errors import ExportError
from tests.support.peers import HANGING, until


def app(begun: threading.Event | None = None, stopping: Callable[[], bool] = lambda: True) -> Starlette:
    """*begun* is set when the slow page is asked for; it is answered only when the server is *stopping*."""

    def slow(request: Request) -> PlainTextResponse:
        if begun is not None:
            begun.set()
        until(stopping, "the server is told to stop")
        return PlainTextResponse("done")

    return Starlette(routes=[Route("/slow", slow), Route("/", lambda request: PlainTextResponse("here"))])


def test_port_zero_gives_a_free_port() -> None:
    server = Server(app(), "127.0.0.1", 0)
    server.start()
    try:
        assert server.port > 0
        assert server.alive
        assert requests.get(server.url, timeout=HANGING).text == "here"
    finally:
        server.stop()
    assert not server.alive


def test_a_port_in_use_is_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ExportError) as told:
            Server(app(), "127.0.0.1", port).start()
    assert str(told.value) == f"port {port} is in use; stop the other program or write another listen address"


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid", "a" * 300])
def test_an_address_of_another_machine_is_a_sentence(host: str) -> None:
    with pytest.raises(ExportError, match="write another listen address"):
        Server(app(), host, 0).start()


def test_a_port_is_free_again_after_stop() -> None:
    first = Server(app(), "127.0.0.1", 0)
    first.start()
    requests.get(first.url, timeout=HANGING)
    first.stop()
    second = Server(app(), "127.0.0.1", first.port)
    second.start()
    second.stop()


def test_stop_lets_an_open_request_end() -> None:
    begun = threading.Event()
    server = Server(app(begun, lambda: server._server.should_exit), "127.0.0.1", 0)
    server.start()
    answers: list[str] = []
    asking = threading.Thread(target=lambda: answers.append(requests.get(f"{server.url}slow", timeout=HANGING).text))
    asking.start()
    assert begun.wait(HANGING)
    server.stop()
    asking.join(HANGING)
    assert answers == ["done"]


def test_stop_without_start_is_harmless() -> None:
    server = Server(app(), "127.0.0.1", 0)
    server.stop()
    server.stop()


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("0.0.0.0", "http://127.0.0.1:8321/"),
        ("::1", "http://[::1]:8321/"),
        ("::", "http://[::1]:8321/"),
        ("noc", "http://noc:8321/"),
    ],
)
def test_the_url_is_one_that_a_browser_here_can_open(host: str, url: str) -> None:
    assert Server(app(), host, 8321).url == url
