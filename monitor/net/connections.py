"""Give the HTTP library connections that keep to a request's deadline, and read heads of bounded length.

Only `fetch.py` uses this. The library's own time-outs begin anew with every byte, it waits for the name server as long
as that likes, and it reads `100 Continue` for ever; see `deadline.py`.
"""

from __future__ import annotations

import http.client
import socket
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from monitor.net import deadline

MOST_HEAD = 128 * 1024
"""Bytes of an answer's status lines and headers, those of every `100 Continue` before it included."""


class TooLongHead(http.client.HTTPException):
    """The head of an answer is longer than `MOST_HEAD`."""


class _Head:
    """A connection's stream while the head of an answer is read from it."""

    def __init__(self, stream: Any) -> None:
        self._stream, self._left = stream, MOST_HEAD

    def readline(self, limit: int = -1) -> bytes:
        line: bytes = self._stream.readline(limit)
        self._left -= len(line)
        if self._left < 0:
            raise TooLongHead
        return line

    def close(self) -> None:
        self._stream.close()

    def flush(self) -> None:
        self._stream.flush()


class _Response(http.client.HTTPResponse):
    """An answer whose head is bounded. The library itself bounds a line and the number of headers of one head."""

    fp: Any

    def begin(self) -> None:
        whole = self.fp
        self.fp = _Head(whole)
        try:
            super().begin()
        finally:
            if self.fp is not None:
                self.fp = whole


def _new(connection: HTTPConnection) -> socket.socket:
    """Connect as the library does, within the deadline, with the errors that it raises."""
    name, port = connection._dns_host, connection.port or 0
    within = connection.timeout if isinstance(connection.timeout, int | float) else None
    try:
        return deadline.dial(name, port, within, connection.socket_options or (), connection.source_address)
    except socket.gaierror as error:
        raise NameResolutionError(connection.host, connection, error) from error
    except TimeoutError as error:
        raise ConnectTimeoutError(connection, "no connection in time") from error
    except OSError as error:
        raise NewConnectionError(connection, "no connection") from error


def _watch(connection: HTTPConnection) -> None:
    """Put a connection that was kept from an earlier request under the deadline of this one."""
    under = deadline.current()
    if under is not None and connection.sock is not None:
        under.watch(connection.sock)


class _Plain(HTTPConnection):
    """A connection under the deadline of the request that is made on it."""

    response_class = _Response

    def _new_conn(self) -> socket.socket:
        return _new(self)

    def putrequest(self, *args: Any, **kwargs: Any) -> None:
        _watch(self)
        super().putrequest(*args, **kwargs)


class _Tls(_Plain, HTTPSConnection):
    """The same with TLS."""


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _Tls


def _guarded(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}


class Adapter(HTTPAdapter):
    """What a session sends its requests through."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        _guarded(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        _guarded(manager)
        return manager

    def close(self) -> None:
        """Close every connection that is kept for a next request.

        urllib3 leaves that to the garbage collector, which does not come to a pool that a logged traceback holds.
        """
        for manager in (self.poolmanager, *self.proxy_manager.values()):
            keys = manager.pools.keys()  # urllib3 gives a copy; its mapping cannot be iterated
            for pool in [manager.pools.get(key) for key in keys]:
                if pool is not None:
                    pool.close()
        super().close()
