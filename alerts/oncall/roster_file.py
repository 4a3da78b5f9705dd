"""Read `oncall.yml`: people, teams, their rotas and whom to tell next.

A mistake in the file stops the start with file, line and key. What is kept in an iCalendar is only named here;
`oncall_calendars` reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass as plain_dataclass
from dataclasses import field, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic.dataclasses import dataclass

from alerts.oncall.escalation_plan import GAP, Step
from alerts.oncall.roster import Layer, Person, Recipient, Role, Roster, Schedule, Spell, first_handover, instant
from alerts.oncall.turns import Window
from monitor.config import DayText, Document, Loc, NameText, Some, yaml_file
from monitor.errors import ConfigError
from monitor.net import SECRET_SCHEMA, Address, AuthOption, Network, Secret, SecretOption, Secrets, clean
from monitor.text import Length, did_you_mean, length

_STRICT = ConfigDict(extra="forbid", frozen=True)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,62}")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
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
    return (None if found[1] is None else _DAYS.index(found[1])), time(int(found[2]), int(found[3]))


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
    """The zone in which this person reads times; without it, the file's `zone`."""


@dataclass(config=_STRICT)
class LayerText:
    people: list[str]
    """The ids of the people in the order of their turns."""
    start: DayText
    """The date from which the first person's turn begins, at the first hand-over on or after it."""
    name: str = ""
    """How `tierwatch oncall who --json` names the layer; without it, its number."""
    every: Annotated[Any, BeforeValidator(_every), _text("weekly", "12h", "3d")] = timedelta(weeks=1)
    """How long a turn is: `daily`, `weekly`, or a number of hours, days or weeks such as `12h`, `3d`, `2w`."""
    handover: Annotated[Any, BeforeValidator(_handover), _text("09:00", "mon 09:00")] = (None, time(9))
    """The time of day of the hand-over; of turns of whole weeks also the weekday, `mon 09:00`. See `every`."""
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
    """The zone of everybody and everything in this file that has none."""


@plain_dataclass(frozen=True, slots=True)
class Feed:
    """A team's iCalendar. `place` is file, line and key; `shown` is how messages name it, without a secret.

    `missing` says which secret is not there, so that the calendar cannot be asked; empty where it can.
    """

    team: str
    place: str
    shown: str
    file: Path | None = None
    url: str = field(default="", repr=False)
    auth: Any = None
    network: Network = field(default_factory=Network)
    missing: str = ""


@plain_dataclass(frozen=True, slots=True)
class OnCall:
    """Everything that the file says. `steps` and `tickets_of` (values of a ticket's `team`) are by team.

    `roster` lacks what is in the `feeds` until `with_calendars` has read them.
    """

    roster: Roster
    steps: Mapping[str, tuple[Step, ...]]
    tickets_of: Mapping[str, frozenset[str]]
    feeds: tuple[Feed, ...] = ()
    gaps: Mapping[str, timedelta] = field(default_factory=dict)
    """How long the later of two steps of a team waits that have no time between them."""
    missing_secrets: tuple[str, ...] = ()
    """A sentence for each secret of a calendar that is not there."""

    def faster(self, speed: float) -> OnCall:
        """The same with every length of the steps divided by *speed*: for the demo, whose budgets are shorter."""
        steps = {
            team: tuple(
                replace(step, after=step.after / speed, unanswered=step.unanswered and step.unanswered / speed)
                for step in of_team
            )
            for team, of_team in self.steps.items()
        }
        return replace(self, steps=steps, gaps={team: gap / speed for team, gap in self.gaps.items()})


def load(path: Path, receivers: Set[str], secrets: Secrets = Secrets.NEEDED) -> OnCall:
    """Read and check the file; *receivers* are those of the configuration. Raises ConfigError, a sentence a mistake.

    Where nothing is sent the *secrets* of calendars are read if they are there, for a calendar is asked all the same.
    """
    wanted = Secrets.NEEDED if secrets is Secrets.NEEDED else Secrets.IF_THERE
    document = yaml_file.read(path)
    if not isinstance(document.data, dict):
        raise ConfigError(f"{path}:1: is empty or not a mapping; see docs/oncall.md for an example")
    data = _secrets_beside(path.parent, document.data)
    text, missing = yaml_file.validate_with(wanted, FileText, document, (), data)
    return replace(_Reader(document, path.parent, text, receivers).read(), missing_secrets=missing)


class _Reader:
    """Makes the values of the core out of the file's text, and refuses what makes no sense."""

    def __init__(self, document: Document, folder: Path, text: FileText, receivers: Set[str]) -> None:
        self.document, self.folder, self.text, self.receivers = document, folder, text, receivers

    def read(self) -> OnCall:
        self._zone(("zone",), self.text.zone)
        people = {id_: self._person(id_, item) for id_, item in self.text.people.items()}
        teams = {id_: self._team(id_, item) for id_, item in self.text.teams.items()}
        if not teams:
            raise self.document.error(("teams",), "lists no team; add one, or take `oncall` out of the configuration")
        return OnCall(
            Roster(people, teams),
            {id_: tuple(self._steps(id_, item)) for id_, item in self.text.teams.items()},
            {id_: frozenset(item.tickets_of) for id_, item in self.text.teams.items()},
            tuple(self._feed(id_, item.calendar) for id_, item in self.text.teams.items() if item.calendar is not None),
            {id_: item.gap for id_, item in self.text.teams.items()},
        )

    def _person(self, id_: str, text: PersonText) -> Person:
        loc: Loc = ("people", id_)
        self._named(loc, id_, "a person")
        if id_ in (Role.ON_CALL, Role.CONTACT):
            raise self.document.error(loc, f"{id_!r} means something else under `tell`; give this person another id")
        zone = self._zone((*loc, "zone"), text.zone or self.text.zone)
        return Person(id_, text.name.name(), zone, self._told((*loc, "receivers"), text.receivers))

    def _team(self, id_: str, text: TeamText) -> Schedule:
        loc: Loc = ("teams", id_)
        self._named(loc, id_, "a team")
        zone = self._zone((*loc, "zone"), text.zone or self.text.zone)
        if not text.layers and text.calendar is None:
            raise self.document.error(loc, "has neither layers nor a calendar, so nobody is ever on duty; add one")
        return Schedule(
            id_,
            text.name.name(),
            zone,
            self._told((*loc, "receivers"), text.receivers),
            tuple(self._layer((*loc, "layers", index), item, zone) for index, item in enumerate(text.layers)),
            tuple(self._override((*loc, "overrides", index), item, zone) for index, item in enumerate(text.overrides)),
        )

    def _layer(self, loc: Loc, text: LayerText, team_zone: str) -> Layer:
        if not text.people:
            raise self.document.error((*loc, "people"), "lists nobody; write who takes turns")
        for index, person in enumerate(text.people):
            self._known((*loc, "people", index), person)
        weekday, at = text.handover
        if weekday is not None and text.every % timedelta(weeks=1):
            raise self.document.error((*loc, "handover"), "only whole weeks have a weekday of hand-over; leave it out")
        begins = first_handover(text.start, at, weekday)
        until = None if text.until is None else datetime.combine(text.until, at)
        if until is not None and until <= begins:
            raise self.document.error((*loc, "until"), f"{text.until} is not after the first hand-over on {begins:%F}")
        zone = self._zone((*loc, "zone"), text.zone or team_zone)
        windows = tuple(
            Window(day, *span)
            for days, spans in text.only.items()
            for day in self._weekdays((*loc, "only", days), days)
            for span in spans
        )
        return Layer(text.name or f"layer {loc[-1]}", tuple(text.people), begins, text.every, zone, until, windows)

    def _override(self, loc: Loc, text: OverrideText, zone: str) -> Spell:
        self._known((*loc, "person"), text.person)
        since = self._instant((*loc, "from"), text.since, zone)
        until = self._instant((*loc, "to"), text.until, zone)
        if until <= since:
            raise self.document.error((*loc, "to"), f"{text.until} is not after {text.since}; correct one of them")
        return Spell(since, until, text.person)

    def _steps(self, team: str, text: TeamText) -> Iterator[Step]:
        before = 0.0, timedelta(0)
        for index, item in enumerate(text.escalation):
            loc: Loc = ("teams", team, "escalation", index)
            if item.at.unanswered is not None:
                if not index:
                    raise self.document.error(
                        (*loc, "at"), "is the first step, before which nobody is called; write 0%"
                    )
            else:
                place = float("inf") if item.at.share is None else item.at.share, item.at.after
                if place < before:
                    raise self.document.error((*loc, "at"), "comes before the step above it; write the steps in order")
                before = place
            if not item.tell:
                raise self.document.error((*loc, "tell"), "names nobody; write on_call, contact or a person")
            whom = tuple(self._whom((*loc, "tell"), word, team) for word in item.tell)
            yield Step(item.at.share, whom, item.at.after, item.at.unanswered)

    def _whom(self, loc: Loc, word: str, team: str) -> Recipient:
        role, slash, other = word.partition("/")
        if role in (Role.ON_CALL, Role.CONTACT):
            if slash and other not in self.text.teams:
                known = ", ".join(self.text.teams)
                raise self.document.error(
                    loc, f"{other!r} is not a team; known are {known}{did_you_mean(other, self.text.teams)}"
                )
            return Recipient(Role(role), other or team)
        self._known(loc, word, (Role.ON_CALL.value, Role.CONTACT.value))
        return Recipient(Role.PERSON, word)

    def _feed(self, team: str, text: FeedText) -> Feed:
        loc: Loc = ("teams", team, "calendar")
        place = self.document.where(loc)
        if bool(text.file) == (text.url is not None):
            raise self.document.error(loc, "write either file or url")
        if text.url is None:
            return Feed(team, place, text.file, self.folder / text.file)
        missing = "" if text.auth is None else text.auth.missing
        if text.url.secret is None:
            address = text.url.address or ""
            return Feed(team, place, clean(address), None, address, text.auth, text.network, missing)
        secret = text.url.secret
        origin = f"the address in {secret.origin}"
        if secret.missing:
            return Feed(team, place, origin, network=text.network, missing=secret.missing)
        return Feed(team, place, origin, None, self._secret_url(loc, secret), text.auth, text.network, missing)

    def _secret_url(self, loc: Loc, secret: Secret) -> str:
        if not re.match(r"https?://[^\s/@]+(/|$)", secret.reveal()):
            raise self.document.error((*loc, "url"), f"what is in {secret.origin} is not an http or https address")
        return secret.reveal()

    def _known(self, loc: Loc, person: str, also: Sequence[str] = ()) -> None:
        if person not in self.text.people:
            known, meant = ", ".join(self.text.people) or "none", did_you_mean(person, (*self.text.people, *also))
            raise self.document.error(
                loc, f"{person!r} is not one of the people ({known}); add it or correct it{meant}"
            )  # fmt: skip

    def _told(self, loc: Loc, names: Sequence[str]) -> tuple[str, ...]:
        if not names:
            raise self.document.error(loc, "names no receiver, so nobody could be told; name one of the configuration")
        for name in names:
            if name not in self.receivers:
                known = sorted(self.receivers)
                raise self.document.error(
                    loc,
                    f"{name!r} is not a receiver of the configuration; it has {', '.join(known)}"
                    f"{did_you_mean(name, known)}",
                )
        return tuple(names)

    def _named(self, loc: Loc, id_: str, what: str) -> None:
        if not _NAME.fullmatch(id_):
            raise self.document.error(loc, f"{id_!r} is not the id of {what}; write letters, digits, . _ @ and -")

    def _zone(self, loc: Loc, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError) as error:
            raise self.document.error(loc, f"{zone!r} is not a time zone; write one like Asia/Shanghai") from error
        return zone

    def _weekdays(self, loc: Loc, text: str) -> Sequence[int]:
        first, dash, last = text.partition("-")
        if first not in _DAYS or (dash and last not in _DAYS):
            wrong = first if first not in _DAYS else last
            raise self.document.error(
                loc, f"{text!r} is not a weekday or a span of them; write mon or mon-fri{did_you_mean(wrong, _DAYS)}"
            )
        a, b = _DAYS.index(first), _DAYS.index(last or first)
        return [day % 7 for day in range(a, b + 1 if b >= a else b + 8)]

    def _instant(self, loc: Loc, text: str, zone: str) -> datetime:
        try:
            at = datetime.fromisoformat(text)
        except ValueError as error:
            raise self.document.error(loc, f"{text!r} is not a time; write 2026-10-01T09:00") from error
        return instant(at, zone) if at.tzinfo is None else at.astimezone(UTC)


def _secrets_beside(folder: Path, written: Any) -> Any:
    """The data with each `{file: PATH}` of a secret read from the folder of the file."""
    if isinstance(written, list):
        return [_secrets_beside(folder, item) for item in written]
    if not isinstance(written, dict):
        return written
    return {
        key: {"file": str(folder / value["file"])}
        if key in ("token", "password", "url") and isinstance(value, dict) and isinstance(value.get("file"), str)
        else _secrets_beside(folder, value)
        for key, value in written.items()
    }
