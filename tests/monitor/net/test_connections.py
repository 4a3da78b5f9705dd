"""Connections that are kept for a next request."""

from __future__ import annotations

from typing import Any

import requests

from monitor.net.connections import Adapter
from tests.support.loopback import Loopback, Reply


def test_a_closed_session_keeps_no_connection_open_whoever_holds_its_pool() -> None:
    """The traceback of a logged warning holds a pool for as long as the log has it."""
    adapter, session = Adapter(), requests.Session()
    session.mount("http://", adapter)
    with Loopback(lambda request: Reply(200, b"{}", {"Connection": "keep-alive"})) as server:
        assert session.get(server.url, timeout=60).ok
        (key,) = adapter.poolmanager.pools.keys()
        held: Any = adapter.poolmanager.pools[key]
        (connection,) = [each for each in held.pool.queue if each is not None]
        assert connection.sock is not None
        session.close()
        assert connection.sock is None
        assert session.get(server.url, timeout=60).ok, "a closed session opens anew"
        session.close()
