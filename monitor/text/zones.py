"""Name the time zones in which somebody may read times. The names are those of the IANA database."""

from __future__ import annotations

from zoneinfo import available_timezones

from monitor.memory import remembered
from monitor.text.spelling import did_you_mean

_REGIONS = (
    "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific",
)  # fmt: skip


@remembered("zones", 1)
def every_zone() -> frozenset[str]:
    """Every name that a zone has on this machine, old names and abbreviations among them."""
    return frozenset(available_timezones()) | {"UTC"}


@remembered("zones_listed", 1)
def zones_listed() -> tuple[str, ...]:
    """The zones to choose from: UTC, then those that are named after a region and a place."""
    return ("UTC", *sorted(name for name in every_zone() if name.partition("/")[0] in _REGIONS))


def zone_named(text: str) -> str:
    """The zone of this name. Raises ValueError with a sentence where there is none."""
    if text not in every_zone():
        raise ValueError(f"{text!r} is not a time zone; write one like Asia/Shanghai{did_you_mean(text, every_zone())}")
    return text
