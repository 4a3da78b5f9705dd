"""Read how long an acknowledgement holds."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import ConfigDict, PlainValidator, WithJsonSchema
from pydantic.dataclasses import dataclass

from monitor.alert import AckTerms
from monitor.text import Length


def _share_or_off(written: Any) -> float | None:
    if written is False or written == "off":  # YAML reads the bare word as a boolean
        return None
    found = re.fullmatch(r"(\d{1,3})\s*%", str(written).strip())
    if found is None or not 0 < int(found[1]) <= 100:
        shown = str(written).lower() if isinstance(written, bool) else repr(written)
        raise ValueError(
            f"{shown} is no share of the time that is left; write 50%, or off to let acknowledgements hold until"
            " it gets worse"
        )
    return int(found[1]) / 100


_SHARE_OR_OFF = {
    "anyOf": [
        {"enum": ["off", False]},
        {"type": "string", "pattern": r"^\s*(0{0,2}[1-9]|0?[1-9]\d|100)\s*%\s*$", "examples": ["50%", "off"]},
    ]
}

ShareOrOff = Annotated[float | None, PlainValidator(_share_or_off), WithJsonSchema(_SHARE_OR_OFF)]


@dataclass(config=ConfigDict(extra="forbid", frozen=True, defer_build=True))
class AcknowledgementsText:
    hold: ShareOrOff = 0.5
    """How much of the time that is left to the deadline an acknowledgement holds, `1%` to `100%`; `off` lets it hold
    until the clock gets worse."""
    without_deadline: Length = timedelta(hours=1)
    """How long it holds where no time is left to share: after the breach, and for what has no deadline."""


def terms(text: AcknowledgementsText, speed: float) -> AckTerms | None:
    """The same as the core uses it, a demo's lengths divided by its speed; None where acknowledgements never end."""
    return None if text.hold is None else AckTerms(text.hold, text.without_deadline / speed)
