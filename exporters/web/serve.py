"""Serve the site from a thread of its own.

The port is bound before `start` returns, so that a port in use stops the start with a sentence. Takes no signals and
configures no logging: both are the app's. What connections may take is bounded; see `guard.py`.
"""

from __future__ import annotations

import errno
import socket
import threading

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from exporters.web.accept import Accepting
from exporters.web.guard import Limits
from monitor.errors import ExportError

BACKLOG = 256
"""Connections that the system keeps until they are accepted."""

STOP_WITHIN = 2
"""Seconds that open requests get to end when the server stops."""


class _Site:
    """The site that is served at present; each request is answered by the one that was there when it came."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


class Server:
    """One listener. `port` is the bound port once started, also where 0 was asked for."""

    def __init__(self, app: ASGIApp, host: str, port: int, limits: Limits | None = None) -> None:
        self.host = host
        self.port = port
        limits = limits or Limits()
        self._site = _Site(app)
        self._server = Accepting(
            uvicorn.Config(
                self._site,
                loop="asyncio",
                http="h11",
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=STOP_WITHIN,
                h11_max_incomplete_event_size=limits.most_head,
            ),
            limits,
        )
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where a browser on this machine finds the page."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(self.host, self.host)
        return f"http://[{host}]:{self.port}/" if ":" in host else f"http://{host}:{self.port}/"

    @property
    def alive(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    @property
    def ended(self) -> dict[str, int]:
        """How many connections the page has ended, by why."""
        return {why.value: number for why, number in self._server.connections.ended.items()}

    def show(self, app: ASGIApp, limits: Limits | None = None) -> None:
        """Serve another site from now on, within other limits if they are given."""
        self._site.app = app
        if limits is not None:
            self._server.connections.limits = limits

    def start(self) -> None:
        """Binds and serves; returns once requests are answered. Raises ExportError when the address cannot be had."""
        listener = self._bind()
        self.port = listener.getsockname()[1]
        thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, name="tierwatch-web", daemon=True
        )
        thread.start()
        while not self._server.started:
            thread.join(0.01)
            if not thread.is_alive():
                listener.close()
                raise ExportError(f"the web server on port {self.port} ended while it started; its log says why")
        self._thread = thread

    def ask_to_stop(self) -> None:
        """Takes no further request; returns at once."""
        self._server.ask_to_stop()

    def stop(self, within: float = STOP_WITHIN + 2) -> None:
        """Takes no further request, and lets those under way end for so many seconds. Harmless when not started."""
        if self._thread is not None:
            self.ask_to_stop()
            self._thread.join(within)
            self._thread = None

    def _bind(self) -> socket.socket:
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(
                self.host or None, self.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
        except (socket.gaierror, UnicodeError) as error:
            raise ExportError(
                f"{self.host!r} is not a known address of this machine; write another listen address", retryable=False
            ) from error
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(BACKLOG)
        except OSError as error:
            listener.close()
            raise ExportError(self._sentence(error)) from error
        return listener

    def _sentence(self, error: OSError) -> str:
        if error.errno == errno.EADDRINUSE:
            return f"port {self.port} is in use; stop the other program or write another listen address"
        if error.errno == errno.EACCES:
            return f"port {self.port} may not be opened by this user; write a port above 1023"
        if error.errno == errno.EADDRNOTAVAIL:
            return f"{self.host} is not an address of this machine; write another listen address"
        return f"{self.host} port {self.port} cannot be listened on ({error.strerror}); write another listen address"
