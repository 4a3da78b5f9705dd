"""Say who is practising in a drill, whom to call in it now, and when it is over.

Pure. The steps are judged by `judge`, the same function that calls people in earnest, with a chain that has only those
who were asked for: a drill never calls anybody else, unless it was asked to take the steps of the team. The one
surprise: who is on duty is looked up once, when the drill begins, and holds for all of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from alerts.decide import Route, silence_of, silencing
from alerts.oncall import roster as oncall
from alerts.oncall.escalation import CONTACT, Outgoing, Rota, judge
from alerts.oncall.escalation_plan import Step
from alerts.oncall.roster import Layer, Recipient, Role, Roster, Schedule
from alerts.wording import drills as wording
from monitor.alert import (
    Alert,
    Begun,
    Call,
    Drill,
    DrillCall,
    DrillEnd,
    DrillFor,
    DrillOnRecord,
    DrillStep,
    DrillTry,
    DrillWay,
    EscalatingClock,
    EscalationState,
    Paged,
    Reason,
    Settings,
    SilenceRow,
    Taken,
    Verdict,
)
from monitor.errors import ConfigError
from monitor.model import Name
from monitor.text import did_you_mean

TAKEN_UP_WITHIN = timedelta(minutes=2)
"""A drill that no program took up for so long is not begun any more: nobody expects it."""

_TEAM = "drill"


def practising(whom: DrillFor, named: str, rota: Rota, at: datetime) -> tuple[str, ...]:
    """The people, by id, who are called in a drill that begins at an instant.

    Raises ConfigError with a sentence where there is no such person, team or layer, or nobody is on duty.
    """
    roster = rota.roster
    if whom is DrillFor.PERSON:
        found = roster.person_named(named)
        if not found:
            raise ConfigError(
                f"{named!r} is no person of the rota; it has {', '.join(roster.people)}"
                f"{did_you_mean(named, roster.people)}"
            )
        return (found,)
    team, _, layer = named.partition("/")
    schedule = roster.teams.get(team)
    if schedule is None:
        raise ConfigError(
            f"{team!r} is no team of the rota; it has {', '.join(roster.teams)}{did_you_mean(team, roster.teams)}"
        )
    if whom is DrillFor.LAYER:
        schedule = _alone(schedule, layer)
    person = oncall.on_duty(schedule, at).person
    if person is None:
        what = f"layer {layer} of team {team}" if whom is DrillFor.LAYER else f"team {team}"
        raise ConfigError(f"nobody is on duty in {what} now, so there is nobody to call; name a --person instead")
    return (person,)


def layer_named(written: str, roster: Roster) -> str:
    """`TEAM/LAYER` of a layer that was written so, or with its own name alone. Raises ConfigError with a sentence."""
    known = [f"{team}/{layer.name}" for team, schedule in roster.teams.items() for layer in schedule.layers]
    if written in known:
        return written
    mine = [name for name in known if name.partition("/")[2] == written]
    if len(mine) == 1:
        return mine[0]
    if mine:
        raise ConfigError(f"several teams have a layer {written!r}; write one of {', '.join(mine)}")
    has = ", ".join(known) or "no layer"
    raise ConfigError(f"{written!r} is no layer of the rota; it has {has}{did_you_mean(written, known)}")


def _alone(schedule: Schedule, name: str) -> Schedule:
    """The team with one layer of its rota and nothing that covers it. Raises ConfigError."""
    layers: tuple[Layer, ...] = tuple(layer for layer in schedule.layers if layer.name == name)
    if not layers:
        raise ConfigError(f"team {schedule.team} has no layer {name!r} any more")
    return replace(schedule, layers=layers, overrides=(), calendar=())


def ways_of(person: str, rota: Rota, routes: Mapping[str, Sequence[Route]]) -> tuple[DrillWay, ...]:
    """The channels of somebody's receivers; of `contact/TEAM` those of the team."""
    kind, _, team = person.partition("/")
    of_team = kind == CONTACT and team in rota.roster.teams
    receivers = rota.roster.teams[team].contact if of_team else rota.roster.people[person].receivers
    ways = (DrillWay(route.channel.name, route.shadow) for name in receivers for route in routes.get(name, ()))
    return tuple(dict.fromkeys(ways))


def step(
    known: DrillOnRecord, silences: Sequence[SilenceRow], rota: Rota, out: Outgoing, settings: Settings, now: datetime
) -> DrillStep | None:
    """What becomes of a drill now; None where nothing does."""
    drill, alert = known.drill, known.alert
    if drill.over:
        return None
    if alert is None:
        return _begin(drill, silences, rota, out, settings, now)
    ended = _over(known, rota, now)
    if ended is not None:
        return DrillStep(ended, wording.ended(alert, ended, known.acknowledged, settings))
    found = _called(known, alert, silences, rota, out, now)
    return found if found.pages or found.drill != drill else None


def _begin(
    drill: Drill, silences: Sequence[SilenceRow], rota: Rota, out: Outgoing, settings: Settings, now: datetime
) -> DrillStep:
    if drill.ended_for is not None:  # it was ended before it had begun
        return DrillStep(replace(drill, ended_at=now))
    if now - drill.asked_at > TAKEN_UP_WITHIN:
        return DrillStep(replace(drill, ended_at=now, ended_for=DrillEnd.NOT_TAKEN_UP))
    try:
        people = practising(drill.whom, drill.named, rota, now)
        if drill.escalate and not rota.steps.get(drill.team):
            raise ConfigError(f"team {drill.team} has no escalation, so there are no steps to take")
    except ConfigError as error:
        return DrillStep(replace(drill, ended_at=now, ended_for=DrillEnd.NOT_POSSIBLE, detail=str(error)))
    drill = replace(drill, begun_at=now, people=people)
    alert = wording.begun(drill, settings)
    found = _called(DrillOnRecord(replace(drill, key=alert.key)), alert, silences, rota, out, now)
    return replace(found, alert=alert)


def _over(known: DrillOnRecord, rota: Rota, now: datetime) -> Drill | None:
    """The drill as it is over now; None while it goes on."""
    drill = known.drill
    if known.acknowledged:
        return replace(drill, ended_at=now, ended_for=DrillEnd.ACKNOWLEDGED)
    if drill.ended_for is not None:
        return replace(drill, ended_at=now)
    if now >= drill.ends_by:
        return replace(drill, ended_at=now, ended_for=DrillEnd.TIME_OVER)
    gone = [person for person in drill.people if person not in rota.roster.people]
    if gone or (drill.escalate and not rota.steps.get(drill.team)):
        detail = f"{', '.join(gone) or drill.team} is in the rota of the running program no more"
        return replace(drill, ended_at=now, ended_for=DrillEnd.NOT_POSSIBLE, detail=detail)
    return None


def _called(
    known: DrillOnRecord, alert: Alert, silences: Sequence[SilenceRow], rota: Rota, out: Outgoing, now: datetime
) -> DrillStep:
    """The calls that are due. A silence that fits the drill withholds them, as it would in earnest."""
    drill = known.drill
    assert drill.begun_at is not None
    silence = silencing(alert, [silence_of(row) for row in silences], now)
    if silence is not None:
        return DrillStep(replace(drill, silence=silence.id))
    clock = EscalatingClock(
        firing=(alert,),
        begun=(Begun(alert.key, alert.stage, drill.begun_at),),
        deadline=drill.begun_at,
        broken=True,
        done={(alert.key, number, _TEAM): taken for number, taken in _taken(drill.calls, known.tries)},
    )
    judged = judge(EscalationState((clock,)), _chain(drill, rota), out, now)
    calls = tuple(made for call in judged.calls for made in _made(call, rota, out, now))
    pages = [_page(page) for call in judged.calls for page in call.pages]
    return DrillStep(replace(drill, calls=(*drill.calls, *calls)), pages=pages)


def _chain(drill: Drill, rota: Rota) -> Rota:
    """Nobody but those who practise, or the steps of their team."""
    people = tuple(Recipient(Role.PERSON, person) for person in drill.people)
    own = (Step(0.0, people), Step(None, people, unanswered=drill.again))
    steps = tuple(rota.steps[drill.team]) if drill.escalate else own
    gaps = {_TEAM: rota.gaps[drill.team]} if drill.team in rota.gaps else {}
    return Rota(rota.roster, {_TEAM: steps}, {}, gaps)


def _taken(calls: Sequence[DrillCall], tries: Sequence[DrillTry]) -> Iterator[tuple[int, Taken]]:
    """The steps that were taken, each with when its page was first accepted."""
    by_step: dict[int, list[DrillCall]] = {}
    for call in calls:
        by_step.setdefault(call.step, []).append(call)
    for number, made in by_step.items():
        accepted = [at for call in made for way in call.ways if (at := accepted_at(call, way, tries)) is not None]
        yield number, Taken(made[0].at, min(accepted, default=None))


def tries_of(call: DrillCall, way: DrillWay, tries: Sequence[DrillTry]) -> tuple[DrillTry, ...]:
    """How the receiver answered the page of that call, in order."""
    return tuple(one for one in tries if one.firing and (one.channel, one.queued_at) == (way.channel, call.at))


def accepted_at(call: DrillCall, way: DrillWay, tries: Sequence[DrillTry]) -> datetime | None:
    """When the receiver first accepted the page of that call; None while it has not."""
    accepted = (one.at for one in tries_of(call, way, tries) if one.verdict is Verdict.ACCEPTED)
    return min(accepted, default=None)


def _made(call: Call, rota: Rota, out: Outgoing, now: datetime) -> Iterator[DrillCall]:
    for who in call.whom:
        kind, _, team = who.partition("/")
        of_team = kind == CONTACT and team in rota.roster.teams
        name: Name = rota.roster.teams[team].name if of_team else rota.roster.people[who].name
        yield DrillCall(now, call.step, call.reason, who, name, ways_of(who, rota, out.routes))


def _page(page: Paged) -> Paged:
    """The page of a step, marked; it goes to everybody who is called, for nobody was sent the drill otherwise."""
    alert = wording.marked(page.alert.because(Reason.DRILL))
    return replace(page, alert=alert, unless_sent=False)
