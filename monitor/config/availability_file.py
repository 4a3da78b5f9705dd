"""Read the rules by which availability is counted: one for each assurance level, and how outages become faults."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic.dataclasses import dataclass

from monitor.config.yaml_file import Document, Loc, read, validate
from monitor.errors import ConfigError
from monitor.text import Length

if TYPE_CHECKING:  # the room needs numpy, which the plain install has not
    from monitor.availability import FaultRule, Rule, Rules


def _in_percent(text: Any) -> float:
    found = re.fullmatch(r"(\d{1,3}(?:\.\d{1,6})?)\s*%", text.strip()) if isinstance(text, str) else None
    if found is None:
        raise ValueError(f"{text!r} is not a share; write one in percent, such as 50%")
    return float(found[1]) / 100


def _length_or_none(text: Any) -> Any:
    return timedelta(0) if text == "0s" else text


Share = Annotated[float, BeforeValidator(_in_percent)]
LengthOrNone = Annotated[Length | timedelta, BeforeValidator(_length_or_none)]


@dataclass(config=ConfigDict(extra="forbid", frozen=True, defer_build=True))
class RuleText:
    bin: Length | None = None
    """How long a bin is."""
    run: int | None = None
    """So many severely errored bins in a row begin unavailable time, so many others end it."""
    severe_loss: Share | None = None
    """The share of lost probes from which on a bin is severely errored."""
    timeout: Length | None = None
    """A reply that takes longer is lost."""
    errored_loss: Share | None = None
    """A bin that lost a greater share than this is errored: the circuit is degraded in it."""
    errored_delay_ms: float | None = None
    """A bin whose mean delay is greater than this, in milliseconds, is errored."""


@dataclass(config=ConfigDict(extra="forbid", frozen=True, defer_build=True))
class FaultsText:
    merge: LengthOrNone | None = None
    """Outages with a shorter time between them are one fault; `0s` for none."""
    flaps: int | None = None
    """So many changes within `flap_window` make a flapping fault, which is held open."""
    flap_window: Length | None = None
    """See `flaps`."""


@dataclass(config=ConfigDict(extra="forbid", frozen=True, defer_build=True))
class AvailabilityText:
    usual: RuleText = Field(default_factory=RuleText)
    """The rule of every circuit whose level has none of its own."""
    assurance: dict[str, RuleText] = Field(default_factory=dict)
    """The rule of a level; what it does not say is as in `usual`."""
    faults: FaultsText = Field(default_factory=FaultsText)
    """How the outages of a circuit become faults."""


class AvailabilityRules(NamedTuple):
    """How circuits are counted, and how their outages become faults."""

    rules: Rules
    faults: FaultRule


def availability_rules(path: Path | None) -> AvailabilityRules:
    """The rules of a file; the usual ones without. Raises ConfigError with file, line and key."""
    from monitor.availability import FaultRule, Rules

    if path is None:
        return AvailabilityRules(Rules(), FaultRule())
    document = read(path)
    document.check_mapping("docs/availability.md")
    text = validate(AvailabilityText, document)
    usual = _rule(document, ("usual",), text.usual, {})
    said = _said(text.usual)
    levels = {name: _rule(document, ("assurance", name), own, said) for name, own in text.assurance.items()}
    own_faults = {name: value for name, value in vars(text.faults).items() if value is not None}
    try:
        return AvailabilityRules(Rules(usual, levels), FaultRule(**own_faults))
    except ConfigError as error:
        raise document.error(("faults",), str(error)) from error


def _said(text: RuleText) -> dict[str, Any]:
    found = {name: value for name, value in vars(text).items() if value is not None}
    delay = found.pop("errored_delay_ms", None)
    if delay is not None:
        found["errored_delay"] = timedelta(milliseconds=delay)
    return found


def _rule(document: Document, loc: Loc, text: RuleText, usual: dict[str, Any]) -> Rule:
    from monitor.availability import Rule

    try:
        return Rule(**{**usual, **_said(text)})
    except (ConfigError, OverflowError, ValueError) as error:
        raise document.error(loc, str(error)) from error
