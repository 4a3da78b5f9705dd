"""Serve the simulated operator on loopback: tickets, circuits, ticket pages for people, and the controls of tests.

Every request first lets the world come up to the clock, under one lock. With a token set, all but the ticket pages
wants `Authorization: Bearer`; a person's browser has no token. Failures are played here, after the world has advanced.
"""

from __future__ import annotations

import hmac
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any
from urllib.parse import urlsplit

from monitor.simulator import tmf621
from monitor.simulator.answers import CIRCUITS_PATH, FAILURES_PATH, Answer, answer, as_json, refuse
from monitor.simulator.failures import Failure, FailureRefused, Failures
from monitor.simulator.world import World

LOOPBACK = "127.0.0.1"
LARGEST_BODY = 10_000
IDLE_SECONDS = 75.0
HANG_SECONDS = 120.0  # no client should be more patient


class OperatorServer(ThreadingHTTPServer):
    """One simulated operator, listening on 127.0.0.1 only."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, world: World, clock: Callable[[], datetime], port: int = 0, token: str | None = None) -> None:
        super().__init__((LOOPBACK, port), _Handler)
        self.world, self.clock, self.token = world, clock, token
        self.failures = Failures()
        self.ending = threading.Event()
        self._lock = threading.Lock()

    def server_bind(self) -> None:
        """Bind without asking any name server for our name."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = LOOPBACK, int(self.server_address[1])

    @property
    def base(self) -> str:
        return f"http://{LOOPBACK}:{self.server_port}"

    def get(self, path: str, query: str) -> tuple[Answer, Failure]:
        """Answer at the clock's instant, and say which failure to play instead."""
        with self._lock:
            now = self.clock()
            self.world.advance(now)
            return answer(self.world, path, query, self.base), self.failures.of(_surface(path), now)

    def order_failure(self, body: bytes) -> Answer:
        """Switch failures on or off."""
        with self._lock:
            try:
                return as_json(self.failures.order(body, self.clock()))
            except FailureRefused as refused:
                return refuse(HTTPStatus.BAD_REQUEST, f"{refused}.")

    def close(self) -> None:
        """Stop serving and let go of requests that hang."""
        self.ending.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error of ours."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


def _surface(path: str) -> str | None:
    if path == tmf621.BASE_PATH or path.startswith(f"{tmf621.BASE_PATH}/"):
        return "tickets"
    return "circuits" if path == CIRCUITS_PATH else None


class _Handler(BaseHTTPRequestHandler):
    server: OperatorServer
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    wbufsize = -1  # one write for head and body
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        try:
            url = urlsplit(self.path)
        except ValueError:
            self._send(refuse(HTTPStatus.BAD_REQUEST, "The address cannot be read."))
            return
        if not self._admitted(url.path):
            self._send(_unauthorized())
            return
        reply, failure = self.server.get(url.path, url.query)
        if failure is Failure.UNAUTHORIZED:
            self._send(_unauthorized())
        elif failure is Failure.UNAVAILABLE:
            self._send(refuse(HTTPStatus.SERVICE_UNAVAILABLE, "Out of service for a while.", {"Retry-After": "1"}))
        elif failure is Failure.HANG:
            self.server.ending.wait(HANG_SECONDS)
            self.close_connection = True
        else:
            self._send(reply, cut=failure is Failure.TRUNCATE)

    def do_POST(self) -> None:
        path = self.path.partition("?")[0]
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()) or int(length) > LARGEST_BODY:
            self.close_connection = True  # what follows cannot be told from the next request
            self._send(refuse(HTTPStatus.BAD_REQUEST, f"A body of at most {LARGEST_BODY} bytes is needed."))
            return
        body = self.rfile.read(int(length))
        if not self._admitted(path):
            self._send(_unauthorized())
        elif path == FAILURES_PATH:
            self._send(self.server.order_failure(body))
        else:
            message = "Only GET is offered here."
            self._send(refuse(HTTPStatus.METHOD_NOT_ALLOWED, message, {"Allow": "GET"}))

    def _admitted(self, path: str) -> bool:
        token = self.server.token
        if token is None or path.startswith(f"{tmf621.PAGE_PATH}/"):
            return True
        shown = self.headers.get("Authorization", "")
        return hmac.compare_digest(shown.encode(), f"Bearer {token}".encode())

    def _send(self, reply: Answer, *, cut: bool = False) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if cut:
            self.close_connection = True
        self.end_headers()
        self.wfile.write(reply.body[: len(reply.body) // 2] if cut else reply.body)

    def version_string(self) -> str:
        return "tierwatch-simulator"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Keep quiet: standard output is for the one line that says where we listen."""


def _unauthorized() -> Answer:
    return refuse(
        HTTPStatus.UNAUTHORIZED,
        "You are not authorized to access the requested resource.",
        {"WWW-Authenticate": 'Bearer realm="simulator"'},
    )
