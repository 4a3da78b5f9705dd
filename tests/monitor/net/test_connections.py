"""Connections that are kept for a next request."""

from __future__ import annotations

from typing import Any

import requests

from monitor.net.connections import Adapter
from tests.support.loopback import Loopback, Reply


def _kept(adapter: Adapter) -> Any:
    """The connection that is kept, with its pool held by this frame as the traceback of a logged warning holds it."""
    (key,) = adapter.poolmanager.pools.keys()
    return next(connection for connection in adapter.poolmanager.pools[key].pool.queue if connection is not None)


def test_a_closed_session_keeps_no_connection_open_whoever_holds_its_pool() -> None:
    adapter, session = Adapter(), requests.Session()
    session.mount("http://", adapter)
    with Loopback(lambda request: Reply(200, b"{}", {"Connection": "keep-alive"})) as server:
        assert session.get(server.url, timeout=60).ok
        connection = _kept(adapter)
        assert connection.sock is not None
        session.close()
        assert connection.sock is None
        assert session.get(server.url, timeout=60).ok, "a closed session opens anew"
        session.close()
