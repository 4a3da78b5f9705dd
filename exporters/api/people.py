"""Leave out who did what and who was paged, for whoever may not see names of people (`read_people`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

OF_ALERTS = frozenset({"deliveries", "withheld", "acknowledged", "called"})
"""What of an alert says who was told and who answered."""

OF_DEEDS = frozenset({"author", "sentence"})
"""What of a correction or a retirement says who made it; the sentence names the author."""


def without_people(explanation: Mapping[str, Any]) -> dict[str, Any]:
    """An explanation as JSON without them."""
    found = dict(explanation)
    found["alerts"] = [_without(alert, OF_ALERTS) for alert in explanation["alerts"]]
    found["corrections"] = [_without(one, OF_DEEDS) for one in explanation["corrections"]]
    if "retired" in found:
        found["retired"] = _without(found["retired"], OF_DEEDS)
    return found


def _without(value: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: one for name, one in value.items() if name not in names}
