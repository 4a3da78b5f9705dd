"""Stream to a page what is committed, and the parts of it that are shown anew.

The stream itself is `exporters.live`; here is what a page may ask of it: `?part=NAME`, in the language and the zone in
which the page is shown. Whoever may not see names of people never shares a part with somebody who may.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.requests import Request

from exporters.live import Broadcaster, LiveStream
from exporters.web import language, zone
from monitor.access import Right, may

if TYPE_CHECKING:
    from collections.abc import Callable

PART = "part"


@dataclass(frozen=True, slots=True)
class LiveEndpoint:
    """The endpoint. `language` and `zone` are the installation's."""

    broadcaster: Broadcaster
    now: Callable[[], datetime]
    language: str
    zone: str

    async def live(self, request: Request) -> LiveStream:
        """The stream, with a part of a page where one is asked for."""
        name = request.query_params.get(PART)
        if name is not None and name not in self.broadcaster.make:
            raise HTTPException(404)
        principal = getattr(request.state, "principal", None)
        people = principal is not None and may(principal, Right.READ_PEOPLE)
        shown = (language.choice(request, self.language), zone.choice(request, self.zone), people)
        part = None if name is None else (name, shown)
        return LiveStream(self.broadcaster, request, self.now(), part=part)
