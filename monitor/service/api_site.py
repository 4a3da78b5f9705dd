"""Give the API what it shows: the published snapshot, explanations, and lists of the store.

The API is imported and built when it is first asked for, in a thread of its own: that takes a third of a second of a
processor, which a start has better use for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from exporters.web import allowed
from monitor.service.publisher import Publisher
from monitor.store import Database, Listing, Records

if TYPE_CHECKING:
    from exporters.api import Section


class ApiSite:
    """The API of the running program; *publisher* gives the one of the configuration that runs.

    *more* gives the sections beside those that read what the program knows.
    """

    def __init__(
        self, publisher: Callable[[], Publisher], database: Database, now: Callable[[], datetime],
        more: Callable[[], Sequence[Section]] = tuple, alerting: Callable[[], bool] = lambda: False,
    ) -> None:  # fmt: skip
        """*alerting* says whether alerting is at work at this instant."""
        self._publisher, self._database, self._now, self._more = publisher, database, now, more
        self._alerting = alerting
        self._building = asyncio.Lock()
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._app is None:
            async with self._building:
                if self._app is None:
                    self._app = await run_in_threadpool(self._built)
        await self._app(scope, receive, send)

    def _built(self) -> ASGIApp:
        from exporters.api import ApiViews, build_api, sections

        publisher, now = self._publisher, self._now
        listing, records = Listing(self._database), Records(self._database)
        views = ApiViews(
            snapshot=lambda: publisher().snapshot(now()),
            explain=lambda source, subject: publisher().explain(source, subject, now()),
            clocks=listing.clocks,
            circuits=records.circuits,
            history=records.history,
            publications=records.publications,
            publication=records.publication,
            changes=records.changes,
            months=records.months,
            month=records.month,
        )
        return build_api((*sections(views), *self._more()), allowed, alerting=self._alerting)
