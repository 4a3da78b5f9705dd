"""Read `oncall.yml`: people, teams, their rotas and whom to tell next.

A mistake in the file stops the start with file, line and key. What is kept in an iCalendar is only named here;
`oncall_calendars` reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass as plain_dataclass
from dataclasses import field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from alerts.oncall.escalation_plan import Step
from alerts.oncall.roster import (
    Layer,
    Person,
    Recipient,
    Role,
    Roster,
    Schedule,
    Spell,
    first_handover,
    instant,
    turn_around,
)
from alerts.oncall.roster_schema import DAYS, FeedText, FileText, LayerText, OverrideText, PersonText, TeamText
from alerts.oncall.turns import Window
from monitor.config import Document, Loc, yaml_file
from monitor.net import Network, Secret, Secrets, clean
from monitor.policy import GuardedPeriod
from monitor.text import did_you_mean, no_instant

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,62}")


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


def load(
    path: Path, receivers: Set[str], guarded: Sequence[GuardedPeriod] = (), secrets: Secrets = Secrets.NEEDED
) -> OnCall:
    """Read and check the file. Raises ConfigError, a sentence a mistake.

    *receivers* are those of the configuration, *guarded* the guarded periods of its policy. Where nothing is sent the
    *secrets* of calendars are read if they are there, for a calendar is asked all the same.
    """
    wanted = Secrets.NEEDED if secrets is Secrets.NEEDED else Secrets.IF_THERE
    document = yaml_file.read(path)
    document.check_mapping("docs/oncall.md")
    data = _secrets_beside(path.parent, document.data)
    text, missing = yaml_file.validate_with(wanted, FileText, document, (), data)
    return replace(_Reader(document, path.parent, text, receivers, guarded).read(), missing_secrets=missing)


class _Reader:
    """Makes the values of the core out of the file's text, and refuses what makes no sense."""

    def __init__(
        self, document: Document, folder: Path, text: FileText, receivers: Set[str], guarded: Sequence[GuardedPeriod]
    ) -> None:
        self.document, self.folder, self.text, self.receivers = document, folder, text, receivers
        self.guarded = {period.name: period for period in guarded}

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
        zone = self._zone((*loc, "zone"), text.zone) if text.zone else ""
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
        zone = self._zone((*loc, "zone"), text.zone or team_zone)
        windows = tuple(
            Window(day, *span)
            for days, spans in text.only.items()
            for day in self._weekdays((*loc, "only", days), days)
            for span in spans
        )
        name, people = text.name or text.during or f"layer {loc[-1]}", tuple(text.people)
        if text.during:
            period = self._period(loc, text)
            handover = (weekday, at) if "handover" in self._written(loc) else None
            begins = turn_around(period.since, zone, text.every, handover)
            return Layer(
                name, people, begins, text.every, zone, None, windows, period.name, period.since, period.until
            )  # fmt: skip
        if text.start is None:
            raise self.document.error((*loc, "start"), "is missing; write the date of the first turn, or during")
        begins = first_handover(text.start, at, weekday)
        until = None if text.until is None else datetime.combine(text.until, at)
        if until is not None and until <= begins:
            raise self.document.error((*loc, "until"), f"{text.until} is not after the first hand-over on {begins:%F}")
        return Layer(name, people, begins, text.every, zone, until, windows)

    def _period(self, loc: Loc, text: LayerText) -> GuardedPeriod:
        """The guarded period of a layer, which says both its dates."""
        for key, given in (("start", text.start), ("until", text.until)):
            if given is not None:
                raise self.document.error((*loc, key), f"is said by the guarded period {text.during}; remove it")
        found = self.guarded.get(text.during)
        if found is None:
            known, meant = ", ".join(self.guarded) or "it has none", did_you_mean(text.during, self.guarded)
            raise self.document.error(
                (*loc, "during"), f"{text.during!r} is not a guarded period of the policy ({known}){meant}"
            )
        return found

    def _written(self, loc: Loc) -> Any:
        """What the file has at a place."""
        found = self.document.data
        for key in loc:
            found = found[key]
        return found

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
        if first not in DAYS or (dash and last not in DAYS):
            wrong = first if first not in DAYS else last
            raise self.document.error(
                loc, f"{text!r} is not a weekday or a span of them; write mon or mon-fri{did_you_mean(wrong, DAYS)}"
            )
        a, b = DAYS.index(first), DAYS.index(last or first)
        return [day % 7 for day in range(a, b + 1 if b >= a else b + 8)]

    def _instant(self, loc: Loc, text: str, zone: str) -> datetime:
        try:
            at = datetime.fromisoformat(text)
        except ValueError as error:
            raise self.document.error(loc, f"{text!r} {no_instant(text, 'a time', '2026-10-01T09:00')}") from error
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
