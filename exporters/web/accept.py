"""Accept connections to the page within their limits, and serve them with uvicorn.

uvicorn accepts without a limit, and where no descriptor is left, Python's own loop tries thousands of times a second
and logs each. Here a failure to accept is waited out for a second and logged once a minute.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from contextlib import suppress
from datetime import timedelta

import structlog
import uvicorn

from exporters.web.guard import LOG_EVERY, SWEEP_EVERY, Connection, Connections, Ended, Limits, refusal
from monitor.machine import AtMostEvery

BATCH = 32
"""Connections that are accepted before those already there are read again; of few places, a quarter."""

PAUSE = 1.0
"""Seconds in which nothing is accepted after the machine had no descriptor or memory for it."""

TICK = 1.0
"""Seconds after which the `Date` of answers is set again."""

_SCARCE = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_FULL = refusal(b"503 Service Unavailable", b"All connections are taken by requests; try again in a second.")

log = structlog.get_logger()


class Accepting(uvicorn.Server):
    """uvicorn with an end to the number, the time and the memory of connections."""

    def __init__(self, config: uvicorn.Config, limits: Limits) -> None:
        super().__init__(config)
        self.connections = Connections(limits)
        self._listener: socket.socket | None = None
        self._making: set[asyncio.Task[None]] = set()
        self._logging: AtMostEvery[timedelta] = AtMostEvery(LOG_EVERY)
        self._ending: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None

    def ask_to_stop(self) -> None:
        """Let the server end; returns at once. Safe in every thread."""
        self.should_exit = True
        if self._ending is not None:
            loop, ending = self._ending
            with suppress(RuntimeError):  # it has ended
                loop.call_soon_threadsafe(ending.set)

    async def main_loop(self) -> None:
        """Wait until somebody asks to stop, without looking for that ten times a second as uvicorn does."""
        ending = asyncio.Event()
        self._ending = asyncio.get_running_loop(), ending
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(ending.wait(), TICK)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept on the one socket that is given."""
        await self.lifespan.startup()
        self.servers = []
        assert sockets, "the socket is bound before the server starts"
        self._listener = sockets[0]
        self._listener.setblocking(False)
        self._listen()
        self._sweep()
        self.started = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept nothing more, let requests under way end for a moment, and drop what is left."""
        if self._listener is not None:
            asyncio.get_running_loop().remove_reader(self._listener)
            self._listener = None
        self.connections.end_unfinished()
        await super().shutdown(sockets)
        for connection in tuple(self.server_state.connections):
            connection.transport.abort()

    def _listen(self) -> None:
        if self._listener is not None:
            asyncio.get_running_loop().add_reader(self._listener, self._accept)

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        self.connections.sweep(loop.time())
        loop.call_later(SWEEP_EVERY, self._sweep)

    def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(max(1, min(BATCH, self.connections.limits.connections // 4))):
            try:
                assert self._listener is not None
                connection, peer = self._listener.accept()
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                if error.errno in _SCARCE:
                    self._pause(error, loop)
                    return
                continue  # it was gone before it was accepted
            connection.setblocking(False)
            if self.connections.room(peer[0], loop.time()):
                self._begin(connection, peer[0], loop)
            else:
                self.connections.ended[Ended.FULL] += 1
                with suppress(OSError):
                    connection.send(_FULL)
                connection.close()

    def _begin(self, connection: socket.socket, address: str, loop: asyncio.AbstractEventLoop) -> None:
        protocol = Connection(self.connections, address, self.config, self.server_state, self.lifespan.state, loop)
        self.connections.add(protocol)
        task = loop.create_task(self._made(protocol, connection))
        self._making.add(task)
        task.add_done_callback(self._making.discard)

    async def _made(self, protocol: Connection, connection: socket.socket) -> None:
        try:
            await asyncio.get_running_loop().connect_accepted_socket(lambda: protocol, connection)
        except OSError:
            self.connections.discard(protocol)
            connection.close()

    def _pause(self, error: OSError, loop: asyncio.AbstractEventLoop) -> None:
        assert self._listener is not None
        loop.remove_reader(self._listener)
        loop.call_later(PAUSE, self._listen)
        if self._logging.take(timedelta(seconds=loop.time())):
            log.error(
                "connections_not_accepted", error=error.strerror, open=len(self.connections),
                what="the page is not reachable meanwhile; raise the limit on open files (ulimit -n)",
            )  # fmt: skip
