"""Name what people may write in `oncall.yml`, key by key; `roster_file.py` makes a rota of it.

The form only: what pydantic can check, and the sentence of each key for the reference.
"""

from __future__ import annotations

import re
from dataclasses import dataclass as plain_dataclass
from dataclasses import field
from datetime import time, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic.dataclasses import dataclass

from alerts.oncall.escalation_plan import GAP
from monitor.config import DayText, NameText, Some
from monitor.net import SECRET_SCHEMA, Address, AuthOption, Network, SecretOption
from monitor.text import Length, did_you_mean, length

_STRICT = ConfigDict(extra="forbid", frozen=True, defer_build=True)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def _every(text: Any) -> timedelta:
    found = re.fullmatch(r"([1-9]\d{0,2})([hdw])", {"daily": "1d", "weekly": "1w"}.get(text, str(text)))
    if found is None:
        raise ValueError(f"{text!r} is no rotation; write daily, weekly, 12h, 3d or 2w")
    return int(found[1]) * _UNITS[found[2]]


def _handover(text: Any) -> tuple[int | None, time]:
    found = re.fullmatch(r"(?:(mon|tue|wed|thu|fri|sat|sun) )?([01]\d|2[0-3]):([0-5]\d)", str(text))
    if found is None:
        raise ValueError(f"{text!r} is no hand-over; write 09:00, or mon 09:00")
    return (None if found[1] is None else DAYS.index(found[1])), time(int(found[2]), int(found[3]))


def _span(text: Any) -> tuple[time, time]:
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)", str(text))
    if found is None:
        raise ValueError(f"{text!r} is not a span of hours; write 09:00-18:00, or 20:00-08:00 into the next day")
    return time(int(found[1]), int(found[2])), time(int(found[3] or 0), int(found[4] or 0))


@plain_dataclass(frozen=True, slots=True)
class At:
    """When a step is due, as it is written: a share, so long after the breach, or so long unanswered."""

    share: float | None
    after: timedelta = timedelta(0)
    unanswered: timedelta | None = None


_WORDS = ("breach", "unanswered")


def _at(text: Any) -> At:
    written = str(text).strip()
    share = re.fullmatch(r"(\d{1,2}|100)\s*%", written)
    if share is not None:
        return At(int(share[1]) / 100)
    if written == "breach":
        return At(None)
    word, _, rest = written.partition(" ") if "+" not in written else written.partition("+")
    try:
        if word.strip() == "breach":
            return At(None, after=length(rest.strip().removeprefix("+").strip()))
        if word == "unanswered":
            return At(None, unanswered=length(rest.strip()))
    except ValueError as error:
        raise ValueError(f"{text!r}: {error}") from error
    raise ValueError(
        f"{text!r} is no share of the time that is left; write 50%, breach, breach + 15m, or unanswered 10m"
        f"{did_you_mean(word, _WORDS) if word.strip().isalpha() else ''}"
    )


def _text(*examples: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "examples": list(examples)})


_URL = {"anyOf": [{"type": "string"}, SECRET_SCHEMA]}


def _address(written: Any) -> Any:
    return {"address": written} if isinstance(written, str) else {"secret": written}


@dataclass(config=_STRICT)
class UrlText:
    """An address as text, or where it is kept if it is a secret itself."""

    address: Address | None = None
    """The address as plain text."""
    secret: SecretOption | None = None
    """Where the address is kept, if it is a secret."""


@dataclass(config=_STRICT)
class PersonText:
    name: NameText
    """The name that pages show."""
    receivers: Some
    """The receivers of the configuration that reach this person, one or a list."""
    zone: str = ""
    """The zone in which this person reads the hand-over; without it, the configuration's `zone`."""


@dataclass(config=_STRICT)
class LayerText:
    people: list[str]
    """The ids of the people in the order of their turns."""
    start: DayText | None = None
    """The date from which the first person's turn begins, at the first hand-over on or after it; needed, except with
    `during`."""
    during: str = ""
    """The name of a guarded period of the policy: the layer is there from its beginning to its end."""
    name: str = ""
    """How `tierwatch oncall who --json` names the layer; without it, `during` or its number."""
    every: Annotated[Any, BeforeValidator(_every), _text("weekly", "12h", "3d")] = timedelta(weeks=1)
    """How long a turn is: `daily`, `weekly`, or a number of hours, days or weeks such as `12h`, `3d`, `2w`."""
    handover: Annotated[Any, BeforeValidator(_handover), _text("09:00", "mon 09:00")] = (None, time(9))
    """The time of day of the hand-over; of turns of whole weeks also the weekday, `mon 09:00`. See `every`. With
    `during`, where it is not said, that of the beginning."""
    until: DayText | None = None
    """The date on which the layer ends, at the time of `handover`."""
    zone: str = ""
    """The zone of the layer; without it, the team's `zone`."""
    only: dict[str, list[Annotated[Any, BeforeValidator(_span), _text("09:00-18:00")]]] = field(default_factory=dict)
    """Days → hours: outside them the layer covers nothing and no turn is used up."""


@dataclass(config=_STRICT)
class OverrideText:
    person: str
    """The id of the person who is on duty instead."""
    since: Annotated[str, Field(alias="from")]
    """The local time from which on the person is on duty."""
    until: Annotated[str, Field(alias="to")]
    """The local time from which on the person is no longer on duty."""


@dataclass(config=_STRICT)
class FeedText:
    file: str = ""
    """The path of an iCalendar file, beside the rota; or `url`."""
    url: Annotated[UrlText | None, BeforeValidator(_address), WithJsonSchema(_URL)] = None
    """The address of an iCalendar feed, or where it is kept if it is a secret; or `file`."""
    auth: AuthOption | None = None
    """The login of `url`."""
    network: Network = field(default_factory=Network)
    """How `url` is reached."""


@dataclass(config=_STRICT)
class StepText:
    at: Annotated[Any, BeforeValidator(_at), _text("50%", "breach + 15m", "unanswered 10m")]
    """When the step is due: a share of the time that was left (`50%`), `breach`, `breach + 15m`, or `unanswered
    10m`."""
    tell: Some
    """Whom the step pages: `on_call`, `contact`, either of another team (`on_call/seniors`), or a person's id; one or a
    list."""


@dataclass(config=_STRICT)
class TeamText:
    name: NameText
    """The name that pages show."""
    receivers: Some
    """The team's contact: the receivers that are used where nobody is on duty."""
    zone: str = ""
    """The zone of the team's layers, overrides and calendar; without it, the file's `zone`."""
    tickets_of: Some = field(default_factory=list)
    """The values of the attribute `team` whose tickets the team's digest lists; without it, all."""
    calendar: FeedText | None = None
    """An iCalendar that says who is on duty; `layers` cover it."""
    layers: list[LayerText] = field(default_factory=list)
    """Rotations; each covers those above it. A team has `layers` or a `calendar`, or both."""
    overrides: list[OverrideText] = field(default_factory=list)
    """Single spans in which another person is on duty; they cover the `layers`."""
    escalation: list[StepText] = field(default_factory=list)
    """The steps that page further people while nobody acknowledges."""
    gap: Length = GAP
    """How long the later of two steps of the `escalation` waits that would be due at one time."""


@dataclass(config=_STRICT)
class FileText:
    people: dict[str, PersonText]
    """The id of each person, and how they are reached."""
    teams: dict[str, TeamText]
    """The id of each team, and who is on duty in it. At least one."""
    zone: str = "UTC"
    """The zone of every team, layer and override in this file that has none."""
