"""Print who is on duty, the clocks that expire in the present shift, and the gaps of the rota."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from alerts.oncall import (
    YEAR,
    Duty,
    OnCall,
    Roster,
    Schedule,
    gaps,
    guarded_layers,
    in_words,
    keeping,
    on_duty,
    roster_notices,
    rota_file,
    with_calendars,
)
from alerts.oncall import chain_notices as chains
from alerts.wording import links, plain
from monitor import config as configuration
from monitor.commands.a_reader import Reader, ZoneOption, reader
from monitor.commands.console import ConfigOption, JsonOption, configured, print_line, to_read
from monitor.commands.console import instant as an_instant
from monitor.errors import ConfigError
from monitor.explain import text
from monitor.model import Name
from monitor.policy import NO_RUNG
from monitor.snapshot import NearClock
from monitor.text import json_line, web_link

app = typer.Typer(help="Print who is on duty, the hand-over, and the gaps of the rota.")

TeamArgument = Annotated[str | None, typer.Argument(help="Only this team.")]
AtOption = Annotated[str | None, typer.Option(help="As of this instant (ISO 8601 with zone). Default: now.")]

_FIRST_PAGE = 200
_LATE = 1000


@app.callback(invoke_without_command=True)
def oncall(context: typer.Context) -> None:
    """Print who is on duty, the hand-over, and the gaps of the rota."""
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command("who")
def who_is(
    team: TeamArgument = None,
    config: ConfigOption = Path("tierwatch.yml"),
    at: AtOption = None,
    zone: ZoneOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print who is on duty in each team, until when, and who is next."""
    desk = desk_of(config, team, at, zone)
    if as_json:
        print(json_line([desk.duty(item) for item in desk.teams], indent=2))
        return
    for item in desk.teams:
        duty = on_duty(item, desk.now)
        next_ = "" if duty.until is None else f"; then {desk.named(on_duty(item, duty.until), item)}"
        within = f", in the guarded period {period}" if (period := desk.period(duty, item)) else ""
        print_line(f"{item.team}: {desk.named(duty, item)} {_until(duty, desk.reads)}{within}{next_}")


@app.command()
def digest(
    team: TeamArgument = None,
    config: ConfigOption = Path("tierwatch.yml"),
    at: AtOption = None,
    zone: ZoneOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print the hand-over: the open clocks that expire in the present shift, the nearest first."""
    from monitor.store import Views

    desk = desk_of(config, team, at, zone)
    with to_read(desk.config) as database:
        views = Views(database)
        shifts = [desk.shift(item, views) for item in desk.teams]
    if as_json:
        print(json_line([desk.shift_json(shift) for shift in shifts], indent=2))
        return
    for shift in shifts:
        for line in desk.shift_lines(shift):
            print_line(line)


@app.command()
def check(
    team: TeamArgument = None,
    config: ConfigOption = Path("tierwatch.yml"),
    at: AtOption = None,
    zone: ZoneOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check the rota, and print when nobody is on duty in the next year."""
    desk = desk_of(config, team, at, zone)
    found = [(item, gap) for item in desk.teams for gap in gaps(item, desk.now, desk.now + YEAR)]
    if as_json:
        rows = [{"team": item.team, "since": text(gap.since), "until": text(gap.until)} for item, gap in found]
        print(json_line(rows, indent=2))
        return
    roster = Roster(desk.oncall.roster.people, {item.team: item for item in desk.teams})
    for line in (*guarded_layers(roster, desk.now, desk.reads.zone), *roster_notices(roster, desk.now)):
        print_line(line)
    for line in chains(desk.oncall, desk.config.rules.policies) if team is None else ():
        print_line(line)
    for item in desk.teams:
        for line in in_words(item, [gap for team, gap in found if team is item], desk.reads.zone):
            print_line(line)
    if not found:
        print_line(f"{desk.path}: good; somebody is always on duty in the next year")


@dataclass(frozen=True, slots=True)
class _Shift:
    team: Schedule
    duty: Duty
    expiring: Sequence[NearClock]
    late: Sequence[NearClock]


@dataclass(frozen=True, slots=True)
class Desk:
    """A configuration with its rota, at an instant."""

    config: configuration.Config
    path: Path
    oncall: OnCall
    teams: Sequence[Schedule]
    now: datetime
    reads: Reader
    asked: bool
    """Whether the zone of the reader was asked for."""

    def named(self, duty: Duty, team: Schedule) -> str:
        if duty.person is None:
            return f"nobody is on duty, {', '.join(team.contact)} is told"
        return f"{duty.person} ({_both(self.oncall.roster.people[duty.person].name)})"

    def period(self, duty: Duty, team: Schedule) -> str:
        """The guarded period of the layer by which somebody is on duty; empty for any other layer."""
        mine = (layer for layer in team.layers if layer.name == duty.layer and layer.since and layer.over)
        return next((one.period for one in mine if one.first <= self.now and (one.last or self.now) > self.now), "")

    def handed_to(self, duty: Duty) -> Reader:
        """Who reads the hand-over: whoever is on duty, in a zone of their own where they have one."""
        own = "" if duty.person is None else self.oncall.roster.people[duty.person].zone
        return replace(self.reads, zone=own) if own and not self.asked else self.reads

    def duty(self, team: Schedule) -> dict[str, Any]:
        duty = on_duty(team, self.now)
        receivers = team.contact if duty.person is None else self.oncall.roster.people[duty.person].receivers
        return {
            "team": team.team,
            "person": duty.person,
            "layer": duty.layer,
            "guarded": self.period(duty, team) or None,
            "since": duty.since and text(duty.since),
            "until": duty.until and text(duty.until),
            "receivers": list(receivers),
        }

    def shift(self, team: Schedule, views: Any) -> _Shift:
        duty = on_duty(team, self.now)
        mine = self.oncall.tickets_of[team.team]
        near, late = _before(views, duty.until), views.late(_LATE)
        return _Shift(team, duty, *([c for c in clocks if not mine or c.team in mine] for clocks in (near, late)))

    def shift_lines(self, shift: _Shift) -> list[str]:
        reads = self.handed_to(shift.duty)
        found = [
            f"{shift.team.team}: {self.named(shift.duty, shift.team)} {_until(shift.duty, reads)}:"
            f" {len(shift.expiring)} to expire, {len(shift.late)} breached and open"
        ]
        for head, clocks in (("expires", shift.expiring), ("breached", shift.late)):
            for clock in clocks:
                when = "–" if clock.deadline is None else reads.time(clock.deadline)
                tier = "" if clock.tier == NO_RUNG else reads.rung("tier", clock.tier)
                words = (tier, reads.target(clock.target), plain(clock.customer), plain(str(clock.key)))
                found.append("  " + "  ".join(word for word in (f"{head} {when}", *words) if word))
                found.extend(f"    {link}" for link in self.links(clock) if link)
        return found

    def shift_json(self, shift: _Shift) -> dict[str, Any]:
        return {
            **self.duty(shift.team),
            "expiring": [self.clock(clock) for clock in shift.expiring],
            "breached": [self.clock(clock) for clock in shift.late],
        }

    def clock(self, clock: NearClock) -> dict[str, Any]:
        explanation, record = self.links(clock)
        return {
            "subject": str(clock.key),
            "tier": clock.tier,
            "target": clock.target,
            "deadline": clock.deadline and text(clock.deadline),
            "customer": clock.customer,
            "explain_url": explanation,
            "ticket_url": record,
        }

    def links(self, clock: NearClock) -> tuple[str, str]:
        home = self.config.page_url or f"http://{self.config.host}:{self.config.port}"
        return links.explanation(home, clock.key), web_link(clock.url)


def desk_of(path: Path, team: str | None, at: str | None, zone: str | None) -> Desk:
    """Read everything; sentences about calendars go to standard error."""
    from monitor.wallclock import now

    instant = an_instant(at) if at is not None else now()
    checked = configured(path)
    if checked.oncall is None:
        raise ConfigError(f"{path}: names no rota; write `oncall: oncall.yml`, and see docs/oncall.md")
    oncall, said = with_calendars(rota_file(checked), keeping(checked.database, path.parent), now())
    for sentence in said:
        typer.echo(sentence, err=True)
    teams = oncall.roster.teams
    if team is not None and team not in teams:
        raise ConfigError(f"{team!r} is not a team of {checked.oncall}; it has {', '.join(teams)}")
    wanted, reads = [teams[team]] if team else list(teams.values()), reader(checked, zone)
    return Desk(checked, checked.oncall, oncall, wanted, instant, reads, zone is not None)


def _until(duty: Duty, reads: Reader) -> str:
    return "until further notice" if duty.until is None else f"until {reads.time(duty.until)}"


def _before(views: Any, until: datetime | None) -> Sequence[NearClock]:
    """Every running clock with a deadline before an instant, the nearest first."""
    limit = _FIRST_PAGE
    while True:
        found: Sequence[NearClock] = views.nearest(limit)
        inside = [clock for clock in found if until is None or (clock.deadline is not None and clock.deadline < until)]
        if len(found) < limit or len(inside) < len(found):
            return inside
        limit *= 4


def _both(name: Name) -> str:
    return name.en if name.en == name.zh else f"{name.en} {name.zh}"
