"""Read lengths and amounts as people write them: 4h, 90m, 1d12h, 30s; 5wd, 0.05%, 4 times."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from monitor.text.near_budgets import near_budget

_PATTERN = re.compile(r"^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$")


@dataclass(frozen=True, slots=True)
class Amount:
    """What a budget is as written; one of the six is there, and above zero but for a length and `times`.

    `share` is of a period, or of a number: 0.0005 is 0.05 %. `times` is None where it is no number of times.
    `same_day` is no working day more, `until` an instant by name.
    """

    length: timedelta | None = None
    days: int = 0
    share: float = 0.0
    times: int | None = None
    same_day: bool = False
    until: str = ""


FORMS = (
    "a length (4h, 90m, 1d12h; 0s), working days (5wd; 0wd for the same one), a share of the period (0.05%), a number"
    " of times (4 times; 0 times) or an instant (until agreed)"
)
"""Every form of a budget, for people."""

_NAMED = {"0s": Amount(length=timedelta(0)), "0wd": Amount(same_day=True)}


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


def amount(text: Any) -> Amount:
    """A budget: a length, working days or a share of a period, each above zero, or a number of times.

    Raises ValueError with a sentence for anything else.
    """
    written = text.strip() if isinstance(text, str) else ""
    if written in _NAMED:
        given = _NAMED[written]
    elif found := re.fullmatch(r"until\s+([a-z][a-z0-9_]*)", written):
        given = Amount(until=found[1])
    elif found := re.fullmatch(r"(\d{1,4})\s*wd", written):
        given = Amount(days=int(found[1]))
    elif found := re.fullmatch(r"(\d{1,3}(?:\.\d{1,6})?)\s*%", written):
        given = Amount(share=float(found[1]) / 100)
        if given.share >= 1:
            raise ValueError(f"{text!r} is the whole period or more; write the share that may be lost, such as 0.05%")
    elif found := re.fullmatch(r"(\d{1,6})\s*times?", written):
        given = Amount(times=int(found[1]))
    elif _PATTERN.match(written) and written:
        return Amount(length=length(written))
    else:
        near = near_budget(text)
        raise ValueError(f"{text!r} is not a budget; write {FORMS}" + (f"; did you mean {near!r}?" if near else ""))
    if given == Amount():
        raise ValueError(f"{text!r} is a budget of nothing; write one above zero")
    return given


def shown(value: timedelta) -> str:
    """The same notation back: 5400 s is 1h30m."""
    seconds = round(value.total_seconds())
    parts = ((seconds // 86400, "d"), (seconds // 3600 % 24, "h"), (seconds // 60 % 60, "m"), (seconds % 60, "s"))
    return "".join(f"{amount}{unit}" for amount, unit in parts if amount) or "0s"


_SCHEMA = {
    "type": "string",
    "pattern": r"^(?=.*[1-9])(\d+d)?(\d+h)?(\d+m)?(\d+s)?$",
    "examples": ["4h", "90m", "1d12h"],
}
_AMOUNT = {
    "type": "string",
    "pattern": (
        r"^(0s|0wd|until\s+[a-z][a-z0-9_]*|\d{1,6}\s*times?|"
        r"(?=.*[1-9])((\d+d)?(\d+h)?(\d+m)?(\d+s)?|\d{1,4}\s*wd|0?\d{1,2}(\.\d{1,6})?\s*%))$"
    ),
    "examples": ["4h", "1d12h", "5wd", "0.05%", "4 times", "until agreed"],
}

Length = Annotated[timedelta, BeforeValidator(length), WithJsonSchema(_SCHEMA)]
AmountText = Annotated[Any, BeforeValidator(amount), WithJsonSchema(_AMOUNT)]
