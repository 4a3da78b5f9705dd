"""Serve the site on loopback, as the program does, with views that a test can change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pytest
import requests

from exporters.web.app import Views, build_app
from exporters.web.clock_list import ListedClocks
from exporters.web.serve import Server
from monitor.explain import Explanation
from monitor.listing import ClockPlace, ClockQuery
from monitor.messages import BOTH
from monitor.snapshot import NearClock, Snapshot
from tests.support import snapshots


@dataclass
class Site:
    """A running site: what it shows can be changed, what was asked for is noted."""

    url: str = ""
    snapshot: Snapshot = field(default_factory=snapshots.example)
    said: Explanation | None = None
    now: datetime = snapshots.AT
    ready: tuple[bool, str] = (True, "ready")
    error: Exception | None = None
    then: Snapshot | Exception | None = None  # what is given, or raised, from the second time on
    asked: list[tuple[str, str]] = field(default_factory=list)
    listed: list[NearClock] = field(default_factory=lambda: list(snapshots.example().nearest))
    next: ClockPlace | None = None
    queries: list[tuple[ClockQuery, int, ClockPlace | None]] = field(default_factory=list)

    def views(self) -> Views:
        return Views(self._snapshot, self._explain, lambda: self.now, lambda: self.ready, clocks=self._clocks)

    def get(self, path: str, method: str = "GET", **options: Any) -> requests.Response:
        return requests.request(method, self.url + path.removeprefix("/"), timeout=60, allow_redirects=False, **options)

    def _snapshot(self) -> Snapshot:
        if self.error is not None:
            raise self.error
        given = self.snapshot
        if isinstance(self.then, Exception):
            self.error = self.then
        elif self.then is not None:
            self.snapshot = self.then
        return given

    def _clocks(self, query: ClockQuery, limit: int, after: ClockPlace | None) -> ListedClocks:
        if self.error is not None:
            raise self.error
        self.queries.append((query, limit, after))
        return self.listed, self.next

    def _explain(self, source: str, subject: str) -> Explanation | None:
        if self.error is not None:
            raise self.error
        self.asked.append((source, subject))
        return self.said


@pytest.fixture(scope="module")
def _running() -> Iterator[tuple[Site, Server]]:
    site = Site()
    server = Server(build_app(replace(site.views(), language=BOTH)), "127.0.0.1", 0)
    server.start()
    site.url = server.url
    yield site, server
    server.stop()


@pytest.fixture
def site(_running: tuple[Site, Server]) -> Site:
    """The module's site, with every view as it was in the beginning."""
    shared, _ = _running
    fresh = replace(Site(), url=shared.url)
    for name, value in vars(fresh).items():
        setattr(shared, name, value)
    return shared
