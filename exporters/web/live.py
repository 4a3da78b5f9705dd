"""Stream to a page what is committed, and the parts of it that are shown anew.

The stream itself is `exporters.live`; here is what a page may ask of it: `?part=NAME`, in the language and the zone in
which the page is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.requests import Request

from exporters.live import Broadcaster, LiveStream
from exporters.web import language, zone

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
        shown = (language.choice(request, self.language), zone.choice(request, self.zone))
        part = None if name is None else (name, shown)
        return LiveStream(self.broadcaster, request, self.now(), part=part)
