"""Read lengths of time as people write them: 4h, 90m, 1d12h, 30s."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

_PATTERN = re.compile(r"^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$")


def length(text: Any) -> timedelta:
    """A length above zero. Raises ValueError with a sentence otherwise."""
    found = _PATTERN.match(text.strip()) if isinstance(text, str) and text.strip() else None
    if found is None:
        raise ValueError(f"{text!r} is not a length; write 4h, 90m, 45s or 1d12h")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    try:
        value = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError as error:
        raise ValueError(f"{text!r} is not a length that anything lasts; write 4h, 90m, 45s or 1d12h") from error
    if value <= timedelta(0):
        raise ValueError(f"{text!r} is no time at all; write a length above zero")
    return value


def shown(value: timedelta) -> str:
    """The same notation back: 5400 s is 1h30m."""
    seconds = round(value.total_seconds())
    parts = ((seconds // 86400, "d"), (seconds // 3600 % 24, "h"), (seconds // 60 % 60, "m"), (seconds % 60, "s"))
    return "".join(f"{amount}{unit}" for amount, unit in parts if amount) or "0s"


_SCHEMA = {"type": "string", "pattern": r"^(?=\d)(\d+d)?(\d+h)?(\d+m)?(\d+s)?$", "examples": ["4h", "90m", "1d12h"]}

Length = Annotated[timedelta, BeforeValidator(length), WithJsonSchema(_SCHEMA)]
