"""Say whom to page now of the alerts that fire and that nobody has acknowledged, and when to look again.

Pure: what the store knows comes in, the pages of the steps that are due come out. Clocks are called for by the team
that has the ticket; when it is handed to another team, that team's own steps are followed. The one surprise: a page of
a step is the clock's worst alert, the same one that others were told, with words that say to whom and why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from alerts.decide import Route, Silence, silence_of, silencing, waiting
from alerts.oncall import ack_ends, ack_links, escalation_plan
from alerts.oncall import roster as oncall
from alerts.oncall.ack_links import LINKS_LAST, stage_of
from alerts.oncall.escalation_plan import (
    GAP,
    EscalationHistory,
    KnownDeadline,
    Pause,
    PlannedStep,
    Step,
    StepReason,
)
from alerts.oncall.escalation_runs import AcknowledgedStage, NotifiedStage
from alerts.oncall.roster import Recipient, Role, Roster
from alerts.wording import LONGEST_SENTENCE, length, local, plain
from monitor.access import Keys
from monitor.alert import (
    ALWAYS,
    HOLDER,
    Acknowledged,
    Alert,
    Begun,
    Call,
    CoveredHours,
    EndsFor,
    EscalatingClock,
    EscalationState,
    Judged,
    Paged,
    Reason,
)
from monitor.explain import WHY
from monitor.messages import DEFAULT, Argument, as_annotations, from_annotations, joined, lines, message, text
from monitor.model import Name
from monitor.text import among
from monitor.worktime import TICK

__all__ = ["LINKS_LAST", "LOOK_AGAIN", "Outgoing", "Rota", "judge"]

LOOK_AGAIN = timedelta(seconds=30)
"""At the latest: a silence may have been taken back."""

CONTACT = "contact"


@dataclass(frozen=True, slots=True)
class Rota:
    """Who is on duty, whom each team tells in turn, and which values of a ticket's `team` are its own."""

    roster: Roster
    steps: Mapping[str, Sequence[Step]]
    tickets_of: Mapping[str, Set[str]]
    gaps: Mapping[str, timedelta] = field(default_factory=dict)
    """How long the later of two steps of a team waits that have no time between them."""

    @property
    def has_steps(self) -> bool:
        """Whether anybody is ever called."""
        return any(self.steps.values())

    def team_of(self, said: str) -> str:
        """The team whose steps are followed: the first that has this ticket, else the first that has all; or none."""
        with_steps = [team for team, steps in self.steps.items() if steps]
        mine = (team for team in with_steps if among(said, self.tickets_of.get(team, ())))
        everything = (team for team in with_steps if not self.tickets_of.get(team))
        return next(mine, next(everything, ""))


@dataclass(frozen=True, slots=True)
class Outgoing:
    """How pages go out: the ways of each receiver, the address of our page, and the keys that sign links.

    `hours` are those of tiers and of teams: a chain does not begin with a page that waits for them.
    """

    routes: Mapping[str, Sequence[Route]]
    page_url: str = ""
    keys: Keys | None = None
    zone: str = "UTC"
    hours: CoveredHours = ALWAYS


def judge(state: EscalationState, rota: Rota, out: Outgoing, now: datetime) -> Judged:
    """Every step that is due and was not taken. What is silenced, or has another alert stand for it, calls nobody.

    Acknowledgements whose time is over end. Of what they held, the first step calls again; where no team has steps for
    it, the channels that were sent it before are sent it once more.
    """
    silences = [silence_of(row) for row in state.silences]
    begun: list[Begun] = []
    calls: list[Call] = []
    instants: list[datetime] = []
    ahead: list[datetime] = []
    ended: dict[int, EndsFor] = dict.fromkeys(state.stray, EndsFor.SHARE)
    returned: list[Alert] = []
    may_change = False  # a silence may be taken back, and hours be others
    for standing in state.standing:
        if standing.stands_for or not standing.firing:
            continue
        silence = silencing(_worst(standing), silences, now)
        if silence is not None:
            instants.append(silence.ends_at)
            may_change = True
            continue
        over = ack_ends.over(standing.acknowledged, rota.roster, now)
        ended |= over
        standing = replace(standing, acknowledged=tuple(_ended(one, over, now) for one in standing.acknowledged))
        instants.extend(one.ends_at for one in standing.acknowledged if one.ends_at and one.ended_at is None)
        if not rota.team_of(standing.team):
            returned.extend(_returned(standing, over, out))
            if not rota.has_steps:
                continue
        awake, waits = _awake(standing, out.hours, now)
        instants.extend(waits)
        may_change |= bool(waits)
        if not awake:
            continue
        standing = replace(standing, firing=awake)
        fresh = tuple(_begin(standing, now))
        begun.extend(fresh)
        clock = _clock(replace(standing, begun=(*standing.begun, *fresh)), rota, out, now)
        calls.extend(clock.calls())
        following = clock.next_at()
        instants.extend([] if following is None else [following])
        step_at = clock.next_step_at()
        ahead.extend([] if step_at is None else [step_at])
    foreseen = min(instants, default=None)
    next_at = min((now + LOOK_AGAIN, *instants)) if may_change else foreseen
    soonest = min(ahead, default=None)
    return Judged(tuple(begun), tuple(calls), next_at, now, ended, tuple(returned), foreseen, len(ahead), soonest)


class StillFor(StrEnum):
    """Why nobody is called for an alert that fires."""

    GROUPED = "grouped"
    """The alert of the root cause stands for it."""
    SILENCED = "silenced"
    """A silence fits it."""
    WAITS_FOR_HOURS = "waits_for_hours"
    """It waits for covered hours."""
    ACKNOWLEDGED = "acknowledged"
    """Somebody has acknowledged it."""
    NO_STEPS = "no_steps"
    """No team has steps for it."""


@dataclass(frozen=True, slots=True)
class Still:
    """Why nobody is called, until when as far as that is known, and who or what is the reason."""

    why: StillFor
    until: datetime | None = None
    detail: str = ""


def stillness(
    standing: EscalatingClock, silences: Sequence[Silence], rota: Rota, out: Outgoing, now: datetime
) -> Still | None:
    """Why `judge` calls nobody for that clock at *now* and later; None where a step is due, was taken or will be."""
    if standing.stands_for:
        return Still(StillFor.GROUPED, detail=standing.stands_for)
    silence = silencing(_worst(standing), silences, now)
    if silence is not None:
        return Still(StillFor.SILENCED, silence.ends_at, silence.id)
    if not rota.team_of(standing.team):
        return Still(StillFor.NO_STEPS) if rota.has_steps else None
    awake, waits = _awake(standing, out.hours, now)
    if not awake:
        return Still(StillFor.WAITS_FOR_HOURS, min(waits, default=None))
    clock = _clock(replace(standing, firing=awake), rota, out, now)
    held = [one for one in standing.acknowledged if one.ended_at is None]
    if clock.current == ("", 0) and standing.begun and held:
        last = max(held, key=lambda one: one.at)
        return Still(StillFor.ACKNOWLEDGED, last.ends_at, last.author)
    return None


def _ended(one: Acknowledged, over: Mapping[int, EndsFor], now: datetime) -> Acknowledged:
    return replace(one, ended_at=max(now, one.at + TICK), ends_for=over[one.id]) if one.id in over else one


def _returned(standing: EscalatingClock, over: Mapping[int, EndsFor], out: Outgoing) -> Iterator[Alert]:
    """The alert that is sent once more, to whoever was sent it, if nobody holds it any longer."""
    worst = _worst(standing)
    holding = [one for one in standing.acknowledged if one.alert == worst.key]
    last = max((one for one in holding if one.id in over), key=lambda one: one.at, default=None)
    if last is not None and all(one.ended_at is not None for one in holding):
        yield ended_page(worst, last, out.zone)


def _awake(standing: EscalatingClock, hours: CoveredHours, now: datetime) -> tuple[tuple[Alert, ...], list[datetime]]:
    """The alerts that people are called for, and until when each of the others waits for covered hours.

    What was begun goes on, whatever the hour.
    """
    begun = {item.alert for item in standing.begun}
    waits = {
        alert.key: waiting(alert, hours, _anybody, now).until for alert in standing.firing if alert.key not in begun
    }
    awake = tuple(alert for alert in standing.firing if waits.get(alert.key) is None)
    return awake, [until for until in waits.values() if until is not None]


def _anybody(_alert: Alert) -> bool:
    return True


def _begin(standing: EscalatingClock, now: datetime) -> Iterator[Begun]:
    known = {item.alert for item in standing.begun}
    for alert in sorted(standing.firing, key=lambda alert: alert.starts_at):
        if alert.key not in known:
            yield Begun(alert.key, stage_of(alert.labels, alert.stage), now)


def _worst(standing: EscalatingClock) -> Alert:
    """The alert that was told last of those that fire; one that was not told yet is later still."""
    begun = {item.alert: (0, item.at.timestamp()) for item in standing.begun}
    return max(standing.firing, key=lambda alert: (begun.get(alert.key, (1, 0.0)), alert.starts_at))


@dataclass(frozen=True, slots=True)
class _Clock:
    standing: EscalatingClock
    rota: Rota
    out: Outgoing
    now: datetime
    team: str
    current: tuple[str, int]
    planned: tuple[PlannedStep, ...]

    def calls(self) -> Iterator[Call]:
        if not self.team:
            return
        worst = _worst(self.standing)
        runs = _runs_of(self.standing)
        for item in self._due():
            run = runs[item.run]
            if (item.run, item.round) == self.current and (run, item.number, self.team) not in self.standing.done:
                yield self._call(run, item, self._step(item), worst)

    def next_at(self) -> datetime | None:
        return escalation_plan.next_due(self.planned, self.now)

    def next_step_at(self) -> datetime | None:
        """When the next step of the run that is on is taken, if nobody acknowledges."""
        mine = [one for one in self.planned if (one.run, one.round) == self.current] if self.team else []
        return escalation_plan.next_due(mine, self.now)

    def _step(self, item: PlannedStep) -> Step:
        if item.step == HOLDER:
            return Step(0.0, (Recipient(Role.PERSON, item.holder),))
        return self.rota.steps[self.team][item.step]

    def _due(self) -> Iterator[PlannedStep]:
        for item in escalation_plan.due(self.planned, self.now):
            # a deadline at closing time passes before the promise is broken
            returned = item.reason is StepReason.ACK_ENDED
            if returned or not self._step(item).of_breach or self.standing.broken:
                yield item

    def _call(self, run: str, item: PlannedStep, step: Step, alert: Alert) -> Call:
        reached = [(whom, self.rota.roster.receivers_of(whom, self.now)) for whom in step.whom]
        there = [(whom, found) for whom, found in reached if not found.empty] or reached
        names = [_named(self.rota.roster, whom, self.now) for whom, _ in there]
        pages: dict[str, Paged] = {}
        for (_, found), (who, _title) in zip(there, names, strict=True):
            page = self._page(alert, who, [title for _, title in names], item, step)
            for route in (route for name in found.receivers for route in self.out.routes.get(name, ())):
                told_anyway = step.share == 0 and not route.personal and not item.round
                pages.setdefault(route.channel.name, Paged(route.channel, page, told_anyway, route.shadow))
        whom = tuple(dict.fromkeys(who for who, _ in names))
        return Call(run, item.number, self.team, item.reason.value, whom, tuple(pages.values()))

    def _following(self, item: PlannedStep) -> Argument:
        """Who is called next if nobody acknowledges, and when."""
        mine = [one for one in self.planned if (one.run, one.round) == (item.run, item.round)]
        place = mine.index(item)
        later = next((one for one in mine[place + 1 :] if one.at is None or one.at > self.now), None)
        if later is None:
            return message("oncall-last-step")
        step = self._step(later)
        at = self.now if later.at is None else later.at
        people = _people([_named(self.rota.roster, whom, at)[1] for whom in step.whom])
        if step.unanswered is not None and mine[place + 1] is later:
            return message("oncall-next-after", people=people, length=length(step.unanswered))
        if later.at is None:
            return message("oncall-next", people=people)
        return message("oncall-next-at", people=people, at=local(later.at, self.out.zone))

    def _held(self) -> Argument | None:
        """Who held it until now, with the note."""
        over = [one for one in self.standing.acknowledged if one.ended_at is not None]
        last = max(over, key=lambda one: (one.ended_at or one.at, one.at), default=None)
        return None if last is None else held(last, self.out.zone)

    def _page(self, alert: Alert, who: str, titles: Sequence[Name], item: PlannedStep, step: Step) -> Alert:
        number, of, people = item.step + 1, len(self.rota.steps[self.team]), _people(titles)
        first = message("oncall-before-step-1", steps=of) if item.step == HOLDER else None
        why = message("oncall-first") if step.share == 0 and item.reason is StepReason.SHARE else WHY[item.reason.value]
        returned = item.reason is StepReason.ACK_ENDED
        taken = ack_links.acknowledgement_of(alert, self.now + LINKS_LAST, who)
        link = ack_links.address(taken, self.out.page_url, self.out.keys)
        said = alert.annotations
        description = lines(
            self._held() if returned else None,
            message("oncall-for", people=people, step=first or message("oncall-step", step=number, steps=of), why=why),
            self._following(item),
            message("oncall-acknowledge", url=link) if link else None,
            from_annotations("description", said),
        )
        words = {
            "escalated_to": " / ".join(dict.fromkeys((text(people, "en"), text(people, "zh")))),
            "step": text(first, DEFAULT) if first else f"{number} of {of}",
            "reason": (Reason.ACK_ENDED if returned else Reason.ESCALATED).value,
            ack_links.ANNOTATION: link,
            **as_annotations("description", description),
        }
        return replace(
            alert,
            reason=Reason.ACK_ENDED if returned else Reason.ESCALATED,
            annotations={**said, **{name: text for name, text in words.items() if text}},
        )


def _clock(standing: EscalatingClock, rota: Rota, out: Outgoing, now: datetime) -> _Clock:
    team = rota.team_of(standing.team)
    history = _history(standing, rota, team)
    steps, gap = rota.steps[team] if team else (), rota.gaps.get(team, GAP)
    planned = escalation_plan.plan(steps, history, rota.roster.anybody_on_duty, gap, now, rota.roster.is_only)
    return _Clock(standing, rota, out, now, team, escalation_plan.current_run(history), planned)


def held(one: Acknowledged, zone: str) -> Argument:
    """That an acknowledgement ended, who had given it, and the note."""
    since, until = local(one.at, zone), local(one.ended_at or one.ends_at or one.at, zone)
    why = message(f"oncall-ack-ended-{one.ends_for or EndsFor.SHARE}")
    said: dict[str, Argument] = {"author": plain(one.author), "since": since, "until": until, "why": why}
    if one.note:
        return message("oncall-ack-ended-note", note=plain(one.note, LONGEST_SENTENCE), **said)
    return message("oncall-ack-ended", **said)


def ended_page(alert: Alert, last: Acknowledged, zone: str) -> Alert:
    """The page of an alert that nobody holds any longer, for those that were sent it before."""
    description = lines(held(last, zone), from_annotations("description", alert.annotations))
    words = {**alert.annotations, **as_annotations("description", description)}
    return replace(alert, annotations=words).because(Reason.ACK_ENDED)


def _runs_of(standing: EscalatingClock) -> dict[str, str]:
    """The alert with which the steps began, by the stage that is its run."""
    runs: dict[str, str] = {}
    for first in sorted(standing.begun, key=lambda item: item.at):
        runs.setdefault(first.stage, first.alert)
    return runs


def _history(standing: EscalatingClock, rota: Rota, team: str) -> EscalationHistory:
    told = tuple(NotifiedStage(item.stage, item.at) for item in standing.begun)
    begins = min((item.at for item in standing.begun), default=None)
    first = {item.alert: item.at for item in standing.begun}
    # what is broken by a number of times has no deadline, and no time is left
    deadline = begins if standing.deadline is None and standing.broken else standing.deadline
    return EscalationHistory(
        told,
        () if begins is None else (KnownDeadline(begins, deadline),),
        tuple(Pause(since, until) for since, until in standing.pauses),
        tuple(_acknowledged(item, first, rota.roster) for item in standing.acknowledged),
        {
            (stage, step): taken
            for stage, key in _runs_of(standing).items()
            for (alert, step, whose), taken in standing.done.items()
            if (alert, whose) == (key, team)
        },
    )


def _acknowledged(item: Acknowledged, begun: Mapping[str, datetime], roster: Roster) -> AcknowledgedStage:
    """An acknowledgement; one from before the first look, or from within a silence, counts from the beginning."""
    at = max(item.at, begun.get(item.alert, item.at))
    return AcknowledgedStage(item.stage, at, roster.person_named(item.author), item.ended_at)


def _named(roster: Roster, whom: Recipient, at: datetime) -> tuple[str, Name]:
    """Who it is, by id and by name: a person, or the contact of a team."""
    if whom.role is Role.PERSON:
        return whom.id, roster.people[whom.id].name
    team = roster.teams[whom.id]
    person = oncall.on_duty(team, at).person if whom.role is Role.ON_CALL else None
    return (f"{CONTACT}/{whom.id}", team.name) if person is None else (person, roster.people[person].name)


def _people(names: Sequence[Name]) -> Argument:
    return joined(dict.fromkeys(names), message("oncall-people-between"))
