"""Read the rota that a configuration names, and find what may not be meant in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from alerts.oncall import ack_ends, chain_check, roster_check, roster_file
from alerts.oncall.escalation import Rota
from alerts.oncall.roster import Roster
from alerts.oncall.roster_calendars import keeping, with_calendars
from alerts.oncall.roster_file import OnCall
from monitor.alert import AckEnd, Covered
from monitor.config import Config, nobody_is_told, worst_untaken
from monitor.errors import ConfigError
from monitor.text import among, did_you_mean


def read_rota(config: Config, now: datetime, patience: timedelta | None = None) -> tuple[OnCall, tuple[str, ...]]:
    """The rota with what is said of its calendars. Raises ConfigError, a sentence a mistake.

    A calendar of which a copy was kept is waited for no longer than *patience*.
    """
    assert config.oncall is not None
    loaded = rota_file(config).faster(config.speed)
    worst = None if _calls_for_all(loaded) else worst_untaken(config.untaken, config.wake_through_silence, config.world)
    if worst is not None:
        raise ConfigError(f"{config.oncall}: no team's escalation is for all tickets, and {nobody_is_told(worst)}")
    if not loaded.feeds:
        return loaded, ()
    return with_calendars(loaded, keeping(config.database, config.oncall.parent), now, patience)


def rota_file(config: Config) -> OnCall:
    """What the file of the rota says, without its calendars. Raises ConfigError, a sentence a mistake."""
    assert config.oncall is not None
    receivers = {receiver.name for receiver in config.receivers}
    try:
        found = roster_file.load(config.oncall, receivers, config.rules.policy.guarded, config.secrets)
    except ConfigError as error:
        raise ConfigError("\n".join(filter(None, (config.unsigned, str(error))))) from error
    if config.unsigned:
        raise ConfigError(config.unsigned)
    return found


def rota_of(oncall: OnCall | None) -> Rota:
    """Who is on duty and who is called; nobody where there is no rota."""
    if oncall is None:
        return Rota(Roster(), {}, {})
    return Rota(oncall.roster, oncall.steps, oncall.tickets_of, oncall.gaps)


def ending(config: Config, oncall: OnCall | None) -> Callable[[Sequence[Covered], str, datetime], AckEnd | None]:
    """What says when an acknowledgement ends: of those clocks, by that author, at that instant."""
    terms, rota = config.acknowledgements, rota_of(oncall)

    def end(covers: Sequence[Covered], author: str, now: datetime) -> AckEnd | None:
        if terms is None:
            return None
        teams = dict.fromkeys(team for one in covers if (team := rota.team_of(one.team)))
        return ack_ends.end_of(covers, author, rota.roster, tuple(teams) or tuple(rota.roster.teams), terms, now)

    return end


def _calls_for_all(oncall: OnCall) -> bool:
    """Whether somebody is called for every clock, whatever the receivers take."""
    return any(steps and not oncall.tickets_of.get(team) for team, steps in oncall.steps.items())


def remarks(config: Config, oncall: OnCall, now: datetime) -> tuple[str, ...]:
    """What of the rota is no mistake, and may still not be meant: gaps, tickets of nobody, receivers of nobody."""
    said = list(roster_check.roster_notices(oncall.roster, now))
    said.extend(chain_check.chain_notices(oncall, config.rules.policies))
    if not _calls_for_all(oncall):
        said.extend(one.sentence for one in config.untaken)
    with_steps = [team for team, steps in oncall.steps.items() if steps]
    if not with_steps:
        said.append("oncall: no team has an escalation, so nobody is called")
    elif all(oncall.tickets_of.get(team) for team in with_steps):
        said.append("oncall: tickets of other teams than those under tickets_of are escalated to nobody")
    said.extend(_tickets_of_nobody(config, oncall))
    used = {name for person in oncall.roster.people.values() for name in person.receivers}
    used |= {name for team in oncall.roster.teams.values() for name in team.contact}
    for receiver in config.receivers:
        if receiver.personal and receiver.name not in used:
            said.append(f"receiver {receiver.name}: is personal and nobody's, so it hears of nothing")
    return tuple(said)


def _tickets_of_nobody(config: Config, oncall: OnCall) -> Iterator[str]:
    """Teams of tickets that no source can name, where every source that names teams does so by a table."""
    rules = [source.mapping.attributes.get("team") for source in config.sources]
    tables = [rule.values for rule in rules if rule is not None]
    known = dict.fromkeys(team for table in tables for team in table.values())
    if not tables or not all(tables):
        return
    for team, mine in oncall.tickets_of.items():
        for name in sorted(mine):
            if not among(name, known):
                meant = did_you_mean(name, known)
                yield f"team {team}: tickets_of {name!r} is named by no source; they name {', '.join(known)}{meant}"
