"""What the app lets the API change, and how what is asked is written: instants with a zone, reasons with letters."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from starlette.requests import Request
from starlette.responses import Response

from exporters.api.problem import problem
from exporters.web import ReloadAnswer
from monitor.alert import SilenceRow
from monitor.deeds import LONGEST_REASON, AcknowledgedAlerts, NewSilence, Planned, Refused, WhyRefused
from monitor.history import Correction
from monitor.listing import SilencePage, SilencePlace
from monitor.model import SubjectKey

STATUS = {WhyRefused.WRONG: 400, WhyRefused.UNKNOWN: 404, WhyRefused.CONFLICT: 409}

_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")
_LONGEST_INSTANT = 40


def _instant(written: Any) -> datetime:
    """An instant of RFC 3339. Raises ValueError."""
    if not isinstance(written, str) or len(written) > _LONGEST_INSTANT or _INSTANT.fullmatch(written) is None:
        raise ValueError("this is no instant with a zone, such as 2026-11-21T12:00:00+08:00")
    try:
        return datetime.fromisoformat(written.upper()).astimezone(UTC)
    except OverflowError as error:
        raise ValueError("no calendar has this instant") from error


At = Annotated[datetime, BeforeValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})]
"""An instant that is sent: with a zone."""

Reason = Annotated[
    str,
    Field(min_length=1, max_length=LONGEST_REASON, pattern=r"\w", description="Why; it is stored and shown."),
]


@dataclass(frozen=True, slots=True)
class DeedViews:
    """Callables, asked from several threads; those that change something raise Refused where they do not.

    `add_silence` gives the silence and whether it is new; `end_silence` is given the id and who; `acknowledge` the name
    of what is meant, who and a note; `take_back` the name and who. `correct` takes the subject, what is asked, whether
    it is stored although it changes nothing, and whether it is only tried; `retire` and `bring_back` the subject, who,
    why, (since when,) and whether it is only tried; `reload` who asks.
    """

    now: Callable[[], datetime]
    silences: Callable[[bool, int, SilencePlace | None], SilencePage]
    silence: Callable[[str], SilenceRow | None]
    add_silence: Callable[[NewSilence], tuple[SilenceRow, bool]]
    end_silence: Callable[[str, str], None]
    acknowledge: Callable[[str, str, str], AcknowledgedAlerts]
    take_back: Callable[[str, str], AcknowledgedAlerts]
    correct: Callable[[SubjectKey, Correction, bool, bool], Planned]
    retire: Callable[[SubjectKey, str, str, datetime | None, bool], Planned]
    bring_back: Callable[[SubjectKey, str, str, bool], Planned]
    reload: Callable[[str], ReloadAnswer]


class Asked(BaseModel):
    """What somebody asks for; a field that there is not is refused, for it may be misspelt."""

    model_config = ConfigDict(extra="forbid")


class NothingMore(Asked):
    """An empty object: the address says it all."""


async def not_done(request: Request, error: Exception) -> Response:
    """The refusal of a deed, with its sentence."""
    return problem(STATUS[error.why], f"{error}.") if isinstance(error, Refused) else problem(500)
