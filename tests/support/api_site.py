"""The API as the program has it, on a store that the program has filled by its own rounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import quote

from starlette.types import ASGIApp, Receive, Scope, Send

from exporters.api import app as api_app
from exporters.api.rate import Rate
from exporters.web.reload import ReloadAnswer
from monitor.access import LoggedInBy, Principal, Right, Role, new_token
from monitor.service.api_site import ApiSite
from monitor.service.program import Program
from monitor.store.access_tokens import AccessToken, AccessTokens
from monitor.store.month_reports import MonthReport, MonthReports
from monitor.store.publications import Publications
from tests.support.asgi import Reply, ask
from tests.support.listed_rows import fill_lists
from tests.support.rounds import Peers, begin, built, line, lives, silence, work, written_down

READER = Principal("reader", frozenset({Role.SLA_MANAGER}), frozenset({Right.READ}), None, LoggedInBy.TOKEN)
"""Somebody who may read, without names of people, and nothing else."""

SHIFT = Principal("lin", frozenset({Role.NOC}), by=LoggedInBy.PASSWORD)
"""Somebody who may see names of people."""

HOSTILE = "<script>alert(1)</script>\u202e'\";--/../%2F{{7*7}}"
"""A text that would do harm where it is not inert: a subject's name, its customer and its title."""

MONTH = "2026-10"


@dataclass(frozen=True)
class Filled:
    """The program, and its API without a rate limit."""

    program: Program
    site: ApiSite

    def ask(self, path: str, method: str = "GET", headers: Mapping[str, str] | None = None, **options: Any) -> Reply:
        """Ask as somebody who may read; *path* is what follows `/api/v1`."""
        options.setdefault("state", {"principal": READER})
        return ask(self.site, path, method, headers, **options)

    def items(self, path: str, limit: int = 500) -> list[Any]:
        """A whole list, page by page."""
        found: list[Any] = []
        address, joint = f"{path}{'&' if '?' in path else '?'}limit={limit}", ""
        while True:
            page = self.ask(f"{address}{joint}").json()
            found += page["items"]
            if page["next"] is None:
                return found
            joint = f"&cursor={page['next']}"


def a_token(
    api: Filled, scopes: frozenset[Right] | None, lasts: timedelta = timedelta(hours=1), customer: str | None = None
) -> str:
    """A token of the installation, as `tierwatch token create` makes it; one that lasts less than nothing has ended."""
    word, now = new_token(), api.program.host.now()
    role = Role.SLA_MANAGER if customer is None else Role.CUSTOMER
    token = AccessToken(word[-8:], word[:8], "script", frozenset({role}), scopes, customer, now, "lin", now + lasts)
    AccessTokens(api.program.host.database).add(token, word)
    return word


def address(*names: str) -> str:
    """Names as the parts of a path."""
    return "/".join(quote(name, safe="") for name in names)


class AsReader:
    """An app as the reader meets it, whoever asks."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {})["principal"] = READER
        await self._app(scope, receive, send)


@contextmanager
def filled(folder: Path) -> Iterator[Filled]:
    """A few hundred tickets and circuits in every state that matters, a month that was reported, two publications."""
    now = datetime.now(UTC)
    with built(folder, Peers(), "access: {reading: login}") as program:
        begin(program)
        hostile = {"tier": "gold", "customer": HOSTILE, "title": HOSTILE, "cause": HOSTILE}
        written_down(folder, lives(now))
        written_down(folder, iter([line(999, now, "opened", **hostile).replace("ticket-999", _in_json(HOSTILE))]))
        silence(program, now)
        work(program, timedelta())
        database, begins = program.host.database, datetime(2026, 10, 1, tzinfo=UTC)
        row = {"month": MONTH, "source": "tickets", "tier": "gold", "target": "restore", "met": 3, "breached": 1}
        MonthReports(database).keep(MonthReport(MONTH, "UTC", begins + timedelta(days=31), now, "r1", [row]))
        last = Publications(database).latest()
        assert last is not None
        mappings = {**last.rules["mappings"], "more": {}}
        Publications(database).record("r2", ["case@2"], {**last.rules, "mappings": mappings}, HOSTILE, now)
        fill_lists(database, now, HOSTILE)
        with mock.patch.object(api_app, "Rate", return_value=Rate(1e9, 10**9)):
            parts = program.parts
            more = lambda: (*parts.listed.sections(), *parts.deeds.sections())  # noqa: E731
            site = ApiSite(lambda: program.parts.publisher, database, program.host.now, more)
            assert ask(site, "/openapi.json").status == 200
        with mock.patch.object(program.host.requests, "by_person", return_value=ReloadAnswer(200, "It was read.")):
            yield Filled(program, site)


def _in_json(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
