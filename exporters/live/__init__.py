"""Tell whoever looks what was committed, as it is committed: one stream of Server-sent events for all viewers.

It reads no store and judges nothing: the service hands in what was committed, each event written once.
"""

from __future__ import annotations

from exporters.live.broadcaster import LONG_ANSWER, MOST_VIEWERS, Broadcaster, Opening
from exporters.live.events import Changed, EventId, Reset, changed, event_id, read_id, reset, told, written
from exporters.live.stream import LiveStream
from exporters.live.viewer import Batch, Filter, Gone, Viewer

__all__ = [
    "LONG_ANSWER",
    "MOST_VIEWERS",
    "Batch",
    "Broadcaster",
    "Changed",
    "EventId",
    "Filter",
    "Gone",
    "LiveStream",
    "Opening",
    "Reset",
    "Viewer",
    "changed",
    "event_id",
    "read_id",
    "reset",
    "told",
    "written",
]
