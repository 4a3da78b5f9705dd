"""The stream of what is committed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Header, Query
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from exporters.api.names import MOST_WORDS, Words
from exporters.api.section import Section, is_head
from exporters.live import Filter
from monitor.access import Principal, Right
from monitor.model import TransitionKind

MEDIA = "text/event-stream"

Stream = Callable[[Request, Filter], Response]
"""Makes the answer to a request: the stream of what the filter takes."""

Last = Annotated[
    str, Query(alias="last_event_id", max_length=64, description="As the header, for whoever cannot set one.")
]
LastHeader = Annotated[
    str, Header(alias="Last-Event-ID", max_length=64, description="The id of the last event that came.")
]
Kinds = Annotated[list[TransitionKind], Query(max_length=MOST_WORDS, description="Only transitions of these kinds.")]


def live_events(stream: Stream) -> Section:
    """The section."""
    section = Section("events", "What happens to clocks, as it is committed.")

    @section.stream("/events", media=MEDIA, summary="Stream what is committed")
    async def stream_events(
        request: Request,
        tier: Words = [],  # noqa: B006 - FastAPI copies it
        source: Words = [],  # noqa: B006
        kind: Kinds = [],  # noqa: B006
        last: Last = "",
        last_header: LastHeader = "",
    ) -> Response:
        """Server-sent events: `begin`, then `transition` for each transition of a clock, in the order of their ids.

        `changed` says at most every 0.75 s that something is new, and at least every ten seconds how old the sources'
        data is. With the id of the last event, the stream goes on exactly behind it; where that cannot be, an event
        `reset` says why, and everything is to be fetched anew. A stream ends after some minutes; ask again then. Where
        all places are taken the answer is 503.
        """
        return answer(request, _filter(tier, source, kind, None))

    @section.stream("/events/own", media=MEDIA, right=Right.READ_OWN, summary="Stream what is committed of one's own")
    async def stream_own_events(
        request: Request,
        principal: Principal,
        tier: Words = [],  # noqa: B006
        source: Words = [],  # noqa: B006
        kind: Kinds = [],  # noqa: B006
        last: Last = "",
        last_header: LastHeader = "",
    ) -> Response:
        """The same for a customer: the transitions of that customer's subjects, and of other sources not even names."""
        if not principal.customer:
            raise HTTPException(403, "This is for whoever belongs to a customer; others read /events.")
        return answer(request, _filter(tier, source, kind, principal.customer))

    def answer(request: Request, wanted: Filter) -> Response:
        return Response(media_type=MEDIA) if is_head(request) else stream(request, wanted)

    return section


def _filter(tier: list[str], source: list[str], kind: list[TransitionKind], customer: str | None) -> Filter:
    return Filter(frozenset(tier), frozenset(source), frozenset(one.value for one in kind), customer)
