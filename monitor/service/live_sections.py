"""Give the API what it needs for the stream of events, the subscriptions, and the marks on graphs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from exporters.live import Broadcaster, LiveStream
from monitor.service.subscribing import Subscribing
from monitor.store import Annotations, Database

if TYPE_CHECKING:
    from exporters.api import Section


def live_sections(
    broadcaster: Broadcaster, subscribing: Subscribing, database: Database, now: Callable[[], datetime],
    page_url: Callable[[], str],
) -> Sequence[Section]:  # fmt: skip
    """The sections. Imported and built when the API is first asked for."""
    from exporters.api import HubViews, hub, live_events, marks

    mine = subscribing
    return (
        live_events(lambda request, wanted: LiveStream(broadcaster, request, now(), wanted)),
        marks(Annotations(database).between, now, page_url),
        hub(HubViews(mine.offered, mine.all, mine.subscribe, mine.key, mine.end)),
    )
