"""Practise: send a marked drill through the running program to a person, a team or a layer, and say who got it when."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from alerts.decide import silence_of, silencing
from alerts.oncall import (
    TAKEN_UP_WITHIN,
    Rota,
    layer_named,
    practising,
    read_rota,
    rota_of,
)
from alerts.wording import drills, plain
from monitor import config as configuration
from monitor.alert import Drill, DrillEnd, DrillFor, DrillOnRecord
from monitor.commands import a_drill
from monitor.commands.a_reader import Reader, ZoneOption, reader
from monitor.commands.console import ConfigOption, JsonOption, beside_program, configured, print_line, to_read
from monitor.config import alert_settings
from monitor.errors import ConfigError
from monitor.machine import Trust
from monitor.text import did_you_mean, json_line, length, one_line, shown

app = typer.Typer(help="Practise: send a marked drill to a person or a team, and report who got it when.")

SHORTEST, LONGEST = timedelta(minutes=1), timedelta(hours=2)

MOST_AN_HOUR = 6
"""So many drills may begin in an hour: whoever is called too often for nothing stops to believe pages."""

PATIENCE = timedelta(seconds=5)
"""How long a rota that is kept in a calendar is waited for where a copy of it was kept."""

QUIET_FOR = timedelta(minutes=2)
"""A program that has not written down the time for so long does not run: it does so every 30 seconds."""

USUAL_TIER = "diamond"

_LOOK_EVERY = 0.5

_GRACE = timedelta(minutes=1)

ForOption = Annotated[str, typer.Option("--for", help="When it ends at the latest: 15m; from 1m to 2h.")]
WaitOption = Annotated[
    str | None,
    typer.Option(help="How long to wait for the end and print what happens; off: not. Default: as long as it lasts."),
]


@app.callback(invoke_without_command=True)
def drill(context: typer.Context) -> None:
    """Practise: send a marked drill to a person or a team, and report who got it when."""
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command()
def start(
    person: Annotated[str | None, typer.Option(help="Call this person of the rota, by id or by name.")] = None,
    team: Annotated[str | None, typer.Option(help="Call whoever is on duty in this team.")] = None,
    layer: Annotated[
        str | None, typer.Option(help="Call whose turn it is in this layer of the rota: LAYER, or TEAM/LAYER.")
    ] = None,
    escalate: Annotated[
        bool, typer.Option("--escalate", help="Take the steps of the team; without it nobody else is called.")
    ] = False,
    tier: Annotated[
        str | None, typer.Option(help="The tier whose promise counts as broken. Default: diamond, else the highest.")
    ] = None,
    lasting: ForOption = "15m",
    wait: WaitOption = None,
    author: Annotated[str | None, typer.Option(help="Who asks for it. Default: the user of this machine.")] = None,
    config: ConfigOption = Path("tierwatch.yml"),
    zone: ZoneOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send one drill, and print who got it when. Exit code 0 only if everybody who was called got it."""
    from monitor.store import Drilling, Machine, Silences, operator
    from monitor.wallclock import now

    checked, at = configured(config), now()
    reads = reader(checked, zone)
    length_ = _between(lasting, "--for", SHORTEST, LONGEST)
    patience = _patience(wait, length_ + _GRACE)
    whom = _whom(person, team, layer, escalate)
    rota = _rota(checked, config, at)
    named = _named(whom, person or team or layer or "", rota)
    asked = Drill(
        id=f"d-{uuid.uuid4().hex[:8]}",
        asked_at=at,
        author=operator() if author is None else _said(author),
        whom=whom,
        named=named,
        tier=_tier(tier, checked),
        ends_by=at + length_,
        again=length_ / 3,
        escalate=escalate,
    )
    with beside_program(checked) as database:
        _check_program(Machine(database).shown(), checked, reads, at)
        _check_ways(asked, rota, checked)
        _check_silences(asked, Silences(database).active(at), checked, reads)
        store = Drilling(database)
        before = store.ask(asked, MOST_AN_HOUR)
        if before.on is not None:
            how = checked.commands.says("drill", "end", about=before.on.id)
            until = reads.time(before.on.ends_by)
            raise ConfigError(
                f"drill {before.on.id} by {plain(before.on.author)} is on until {until}; wait for its end, or end it"
                f" with: {how}"
            )
        if before.lately >= MOST_AN_HOUR:
            raise ConfigError(
                f"{before.lately} drills began within the last hour, and {MOST_AN_HOUR} are the most, so that pages"
                " are still believed; start the next one later"
            )
        known = _watch(asked, patience, store, checked, reads, quiet=as_json)
    a_drill.finish(known, checked, reads, as_json)


@app.command()
def report(
    name: Annotated[str | None, typer.Argument(metavar="[ID]", help="The drill's id. Default: the last one.")] = None,
    config: ConfigOption = Path("tierwatch.yml"),
    zone: ZoneOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print who got a drill, when, and who acknowledged it. Exit code 0 only if everybody who was called got it."""
    from monitor.store import Drilling

    checked = configured(config)
    reads = reader(checked, zone)
    with to_read(checked) as database:
        store = Drilling(database)
        known = store.latest() if name is None else store.find(name)
        if known is None:
            raise ConfigError(_unknown(name, store.all(), checked))
    a_drill.finish(known, checked, reads, as_json)


@app.command("list")
def list_drills(
    config: ConfigOption = Path("tierwatch.yml"), zone: ZoneOption = None, as_json: JsonOption = False
) -> None:
    """List every drill on record: who asked for it, for whom, and how it ended."""
    from monitor.store import Drilling

    checked = configured(config)
    reads = reader(checked, zone)
    with to_read(checked) as database:
        found = Drilling(database).all()
    if as_json:
        print(json_line([a_drill.plan_json(one) for one in found], indent=2))
        return
    for one in found:
        print_line(a_drill.plan_line(one, reads))
    if not found:
        print("no drill is on record")


@app.command()
def end(
    name: Annotated[str, typer.Argument(metavar="ID", help="The drill's id, as `tierwatch drill list` shows it.")],
    author: Annotated[str | None, typer.Option(help="Who ends it. Default: the user of this machine.")] = None,
    config: ConfigOption = Path("tierwatch.yml"),
) -> None:
    """End a drill now. Everybody who was called is sent its end."""
    from monitor.store import Drilling, operator
    from monitor.wallclock import now

    checked, at = configured(config), now()
    who = operator() if author is None else _said(author)
    with beside_program(checked) as database:
        store = Drilling(database)
        known = store.find(name)
        if known is None:
            raise ConfigError(_unknown(name, store.all(), checked))
        if known.drill.ended_at is not None or not store.end(name, DrillEnd.ENDED_EARLY, f"by {who}", at):
            raise ConfigError(f"{name} is over already; there is nothing to end")
    print_line(f"{name}: ends now; the running program sends the end to everybody who was called")


# -- what is asked ---------------------------------------------------------------------------------------------------


def _whom(person: str | None, team: str | None, layer: str | None, escalate: bool) -> DrillFor:
    given = {DrillFor.PERSON: person, DrillFor.TEAM: team, DrillFor.LAYER: layer}
    chosen = [kind for kind, said in given.items() if said is not None]
    if len(chosen) != 1:
        said = "none is given" if not chosen else f"{' and '.join(f'--{kind}' for kind in chosen)} are given"
        raise ConfigError(f"a drill is for one --person, one --team or one --layer, and {said}; write one of them")
    if escalate and chosen[0] is DrillFor.PERSON:
        raise ConfigError("--escalate takes the steps of a team, and a person has none; name the --team instead")
    return chosen[0]


def _between(written: str, option: str, shortest: timedelta, longest: timedelta) -> timedelta:
    try:
        found = length(written)
    except ValueError as error:
        raise ConfigError(f"{option}: {error}") from error
    if not shortest <= found <= longest:
        least = f"{shown(shortest)} to " if shortest else "at most "
        raise ConfigError(f"{option} {written}: a drill takes {least}{shown(longest)}; write such a length")
    return found


def _patience(written: str | None, usual: timedelta) -> timedelta:
    if written is None:
        return usual
    return timedelta(0) if written == "off" else _between(written, "--wait", timedelta(0), LONGEST + _GRACE)


def _said(author: str) -> str:
    if not one_line(author):
        raise ConfigError("--author is empty; write a name, or leave it out")
    return one_line(author)


def _rota(checked: configuration.Config, config: Path, now: datetime) -> Rota:
    """The rota as the file has it now; sentences about calendars go to standard error."""
    if checked.oncall is None:
        raise ConfigError(
            f"{config}: names no rota, so there is nobody to call; write `oncall: oncall.yml` (see docs/oncall.md), or"
            f" try one receiver with: {checked.commands.says('alerts', 'test-page', about='RECEIVER')}"
        )
    oncall, said = read_rota(checked, now, PATIENCE)
    for sentence in said:
        typer.echo(sentence, err=True)
    return rota_of(oncall)


def _named(whom: DrillFor, written: str, rota: Rota) -> str:
    """What was written as the rota names it. Raises ConfigError with a sentence."""
    if whom is DrillFor.LAYER:
        return layer_named(written, rota.roster)
    return rota.roster.person_named(written) or written if whom is DrillFor.PERSON else written


def _tier(given: str | None, checked: configuration.Config) -> str:
    tiers = [rung.id for rung in checked.rules.policy.ladders.get("tier", ())]
    if given is None:
        return USUAL_TIER if USUAL_TIER in tiers or not tiers else tiers[0]
    if given not in tiers:
        raise ConfigError(
            f"--tier {given}: is no tier of the policy; it has {', '.join(tiers)}{did_you_mean(given, tiers)}"
        )
    return given


def _check_program(machine: dict[str, Any], checked: configuration.Config, reads: Reader, now: datetime) -> None:
    """Raises ConfigError where no program runs that could carry the drill out, or where it holds its pages."""
    stated = machine.get("at")
    seen = None if stated is None else datetime.fromisoformat(stated)
    if seen is None or now - seen > QUIET_FOR:
        since = "nothing has run on its database yet" if seen is None else f"none since {reads.time(seen)}"
        raise ConfigError(
            f"no program runs that could send the drill ({since}); start `{checked.commands.says('run')}` and try again"
        )
    if machine.get("trust") in (Trust.HELD, Trust.CONTRADICTED):
        raise ConfigError(
            "the running program does not go by this machine's clock, so the drill would not come when it should; see"
            f" `{checked.commands.says('clock', 'show')}`"
        )


def _check_ways(asked: Drill, rota: Rota, checked: configuration.Config) -> None:
    """Raises ConfigError where nobody would be called, or somebody has no receiver that sends."""
    if asked.escalate and asked.team in rota.roster.teams and not rota.steps.get(asked.team):
        raise ConfigError(f"team {asked.team} has no escalation in the rota; leave out --escalate, or write one")
    people = practising(asked.whom, asked.named, rota, asked.asked_at)
    sending = {receiver.name for receiver in checked.receivers if not receiver.shadow}
    for person in people:
        receivers = rota.roster.people[person].receivers
        if sending.isdisjoint(receivers):
            raise ConfigError(
                f"{person} has no receiver that sends anything: {', '.join(receivers)} has shadow: true, so the drill"
                " would reach nobody; take out shadow, or give this person another receiver"
            )


def _check_silences(asked: Drill, rows: Any, checked: configuration.Config, reads: Reader) -> None:
    """Raises ConfigError where a silence fits the drill: it would withhold it, as it withholds real pages."""
    at = asked.asked_at
    alert = drills.begun(replace(asked, begun_at=at), alert_settings(checked, at))
    silence = silencing(alert, map(silence_of, rows), at)
    if silence is not None:
        how = checked.commands.says("silence", "end", about=silence.id)
        raise ConfigError(
            f"silence {silence.id} by {plain(silence.author)} fits the drill and withholds it until"
            f" {reads.time(silence.ends_at)}, as it withholds real pages; end it first: {how}"
        )


def _unknown(name: str | None, known: tuple[Drill, ...], checked: configuration.Config) -> str:
    if name is None:
        return f"no drill is on record; start one with: {checked.commands.says('drill', 'start')} --team TEAM"
    has = ", ".join(one.id for one in known[:10]) or "none"
    return f"{name!r} is not a drill; on record are {has}{did_you_mean(name, [one.id for one in known])}"


# -- while it lasts --------------------------------------------------------------------------------------------------


def _watch(
    asked: Drill, patience: timedelta, store: Any, checked: configuration.Config, reads: Reader, quiet: bool
) -> DrillOnRecord:
    """Print what happens, until the drill is over or the time to wait is; gives what is known then."""
    import time

    def say(line: str) -> None:
        if not quiet:
            print_line(line, flush=True)

    say(f"drill {asked.id} for {asked.whom} {asked.named}, until {reads.time(asked.ends_by)} at the latest")
    begun, said = time.monotonic(), set[str]()
    known = DrillOnRecord(asked)
    try:
        while True:
            known = store.find(asked.id) or known
            for line in a_drill.news(known, reads):
                if line not in said:
                    say(line)
                said.add(line)
            passed = timedelta(seconds=time.monotonic() - begun)
            if known.drill.over or passed >= patience:
                return known
            if known.drill.begun_at is None and passed > TAKEN_UP_WITHIN:
                return _withdrawn(known, store, asked.asked_at + passed)
            time.sleep(min(_LOOK_EVERY, (patience - passed).total_seconds()))
    except KeyboardInterrupt:
        how = checked.commands.says("drill", "end", about=asked.id)
        typer.echo(f"drill {asked.id} goes on; end it with: {how}", err=True)
        raise typer.Exit(1) from None


def _withdrawn(known: DrillOnRecord, store: Any, now: datetime) -> DrillOnRecord:
    store.end(known.drill.id, DrillEnd.NOT_TAKEN_UP, "", now)
    found: DrillOnRecord = store.find(known.drill.id) or known
    return found
