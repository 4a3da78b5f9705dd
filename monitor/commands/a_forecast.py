"""Say a forecast of pages in lines for people, and as JSON. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from alerts.decide import Change, ForetoldRepeats, LetGo, Look, Route, rings_outside
from alerts.oncall import ForetoldCall, ForetoldEnd, ForetoldReturn, ForetoldStill, Happening
from alerts.wording import length
from monitor.alert import Alert, Decision, Delivery, Paged, RangOutside, Withheld, step_shown
from monitor.clock import Reading
from monitor.commands.a_reader import Reader, alert_line
from monitor.explain import alert_sentences, rang_as_json
from monitor.explain import text as iso
from monitor.messages import COMMA, Argument, joined, message
from monitor.model import SubjectKey
from monitor.text import shown_time

Entry = Change | LetGo | ForetoldCall | ForetoldStill | ForetoldReturn | ForetoldRepeats

NOT_FORETOLD = ("events", "others", "answers", "own")
"""What no forecast can know, by the ends of the ids of its messages (`would-tell-not-`)."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is foretold of one subject from `since` to `until`: the alerts at each look, and who is called.

    `routes` are the ways out of every receiver; `repeats` says how often a channel is told again, by its name, and
    `again` when it is. `groups` are those in which the subject counts. With `cut_short` there are more instants than
    are looked at, and `until` is the last one that was.
    """

    key: SubjectKey
    policy: str
    since: datetime
    until: datetime
    looks: Sequence[Look]
    calls: Sequence[Happening]
    routes: Sequence[Route]
    repeats: Mapping[str, timedelta]
    again: Sequence[ForetoldRepeats] = ()
    groups: frozenset[SubjectKey] = frozenset()
    cut_short: bool = False

    @property
    def own(self) -> frozenset[str]:
        """What the alerts have for a cause that stand for this subject's: those of its root causes."""
        keys = {alert.cause_key for look in self.looks for alert in look.alerts if alert.subject == self.key}
        return frozenset(f"#{one.id}" for look in self.looks for one in look.causes.values() if one.key in keys)

    def readings(self) -> Iterator[Reading]:
        """The open clocks where they stand at `since`."""
        look = next((look for look in reversed(self.looks) if look.at <= self.since), self.looks[0])
        yield from (reading for reading in look.outcomes[self.key].readings if reading.open)

    def entries(self) -> list[tuple[datetime, int, Entry]]:
        """Everything that is told or not, in order of time: changes of alerts, pages that waited, people."""
        found: list[tuple[datetime, int, Entry]] = []
        own = self.own

        def about(alert: Alert) -> bool:
            return alert.subject == self.key or alert.subject in self.groups or alert.cause_key in own

        for look in self.looks:
            found += [(look.at, 0, change) for change in look.changes if about(change.alert)]
            found += [(look.at, 1, gone) for gone in look.let_go if about(gone.alert)]
        found += [(one.at, 2, one) for one in self.calls if about(one.alert) and not isinstance(one, ForetoldEnd)]
        found += [(one.at, 3, one) for run in self.again if about(run.alert) for one in _from(run, self.since)]
        within = [one for one in found if self.since <= one[0] <= self.until]
        return sorted(within, key=lambda one: one[:2])

    def rings(self, alert: Alert, decision: Decision, at: datetime) -> RangOutside | None:
        """Why a page that is sent at *at* rings outside covered hours; None where it does not."""
        route = next((one for one in self.routes if one.channel == decision.channel), None)
        if decision.withheld is not None or route is None or decision.channel.delivery is Delivery.STATE:
            return None
        return rings_outside(alert, route.hours, route.takes, at)

    def shared(self, taken: Sequence[Decision]) -> list[Decision]:
        """The decisions but those for one person's own channels: these are told by the steps of a chain."""
        personal = {route.channel for route in self.routes if route.personal}
        return [one for one in taken if one.channel not in personal]


def _from(run: ForetoldRepeats, since: datetime) -> Iterator[ForetoldRepeats]:
    """What of a run of repeats comes at *since* or later."""
    gone = max(0, -((run.at - since) // run.every)) if run.at < since else 0
    if run.withheld is not None:
        yield run._replace(at=max(run.at, since))
    elif gone < run.times:
        yield run._replace(at=run.at + run.every * gone, times=run.times - gone)


# -- JSON ------------------------------------------------------------------------------------------------------------


def as_json_value(forecast: Forecast) -> dict[str, Any]:
    """The forecast as a JSON value; instants are ISO 8601 in UTC."""
    return {
        "source": forecast.key.source,
        "subject": forecast.key.subject,
        "policy": forecast.policy,
        "since": iso(forecast.since),
        "until": iso(forecast.until),
        "clocks": [
            {
                "target": one.target.name,
                "cycle": one.cycle,
                "life": one.life.value,
                "state": one.state.value,
                "deadline": iso(one.deadline),
            }
            for one in forecast.readings()
        ],
        "groups": sorted(str(one) for one in forecast.groups if one != forecast.key),
        "told": [{"at": iso(at)} | _json(forecast, one, at) for at, _, one in forecast.entries()],
        "cut_short": forecast.cut_short,
        "not_foretold": list(NOT_FORETOLD),
    }


def _json(forecast: Forecast, one: Entry, at: datetime) -> dict[str, Any]:
    if isinstance(one, ForetoldCall):
        call = one.call
        return {
            "what": "call", **_of_alert(one.alert), "team": call.team, "step": step_shown(call.step),
            "reason": call.reason, "to": list(call.whom),
            "channels": [_of_page(one, page) for page in call.pages],
        }  # fmt: skip
    if isinstance(one, ForetoldStill):
        still = one.still
        return {
            "what": "nobody_called", **_of_alert(one.alert), "reason": still.why.value, "until": iso(still.until),
            "detail": still.detail,
        }  # fmt: skip
    if isinstance(one, ForetoldReturn):
        return {"what": "acknowledgement_ended", **_of_alert(one.alert), "reason": one.why.value if one.why else ""}
    if isinstance(one, LetGo):
        waited = {"what": "waited", **_of_alert(one.alert), "reason": one.alert.reason.value}
        waited["waited_for"] = one.waited_for.value
        return waited | {"channels": [_of_decision(forecast, one.alert, one.decision, at)]}
    if isinstance(one, ForetoldRepeats):
        why = one.withheld.value if one.withheld is not None else None
        return {
            "what": "repeats", **_of_alert(one.alert), "every_seconds": one.every.total_seconds(), "times": one.times,
            "last_at": iso(one.last) if one.times else None,
            "channels": [{"channel": one.channel, "told": why is None, "withheld": why, "detail": one.detail}],
        }  # fmt: skip
    alert, taken = one
    return {
        "what": "page", **_of_alert(alert), "firing": alert.firing, "reason": alert.reason.value,
        "channels": [_of_decision(forecast, alert, decision, at) for decision in forecast.shared(taken)],
    }  # fmt: skip


def _of_page(one: ForetoldCall, page: Paged) -> dict[str, Any]:
    why = Withheld.SHADOW if page.shadow else Withheld.NOTHING_NEW if page.channel.name in one.known else None
    return {"channel": page.channel.name, "told": why is None, "withheld": why.value if why is not None else None}


def _of_alert(alert: Alert) -> dict[str, Any]:
    return {
        "alertname": alert.labels.get("alertname", ""),
        "target": alert.target,
        "cycle": alert.cycle,
        "stage": alert.stage,
        "tier": alert.labels.get("tier", ""),
    }


def _of_decision(forecast: Forecast, alert: Alert, decision: Decision, at: datetime) -> dict[str, Any]:
    every = forecast.repeats.get(decision.channel.name) if decision.withheld is None else None
    return {
        "channel": decision.channel.name,
        "told": decision.withheld is None,
        "withheld": decision.withheld.value if decision.withheld is not None else None,
        "held": decision.held,
        "until": iso(decision.until),
        "detail": decision.detail,
        "again_every_seconds": None if every is None else every.total_seconds(),
        "rings_outside_hours": rang_as_json(forecast.rings(alert, decision, at)),
    }


# -- lines -----------------------------------------------------------------------------------------------------------


def as_lines(forecast: Forecast, reads: Reader) -> Iterator[str]:
    """The forecast in the languages of its reader, with times in his zone."""
    zone = reads.zone

    def say(content: Argument) -> str:
        return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in reads.say(content))

    since, until = shown_time(forecast.since, zone), shown_time(forecast.until, zone)
    yield say(message("would-tell-head", key=str(forecast.key), since=since, until=until, policy=forecast.policy))
    groups = sorted(str(one) for one in forecast.groups if one != forecast.key)
    if groups:
        yield say(message("would-tell-groups", groups=", ".join(groups)))
    clocks = list(forecast.readings())
    for reading in clocks:
        yield say(_clock(reading, reads))
    if not clocks:
        yield say(message("would-tell-no-clock"))
    entries = forecast.entries()
    yield from _told(forecast, entries, reads, say)
    if not entries:
        yield ""
        yield say(message("would-tell-nobody"))
    yield ""
    if forecast.cut_short:
        yield say(message("would-tell-cut-short", until=until))
    for name in NOT_FORETOLD:
        yield say(message(f"would-tell-not-{name}", until=until))


def _told(
    forecast: Forecast, entries: Sequence[tuple[datetime, int, Entry]], reads: Reader, say: Callable[[Argument], str]
) -> Iterator[str]:
    before: tuple[datetime, str] | None = None
    for at, _, one in entries:
        alert = one.alert
        if (at, alert.key) != before:
            yield ""
            yield say(message("would-tell-at", at=reads.time(at), what=alert_line(alert.labels, alert.target, reads)))
            before = at, alert.key
        for line in _said(forecast, one, at, reads.zone):
            yield f"  {say(line)}"


def _clock(reading: Reading, reads: Reader) -> Argument:
    life: Argument = message(f"explain-kind-{reading.life}")
    target = reads.names.target(reading.target.name)
    if reading.deadline is None:
        return message("would-tell-clock", target=target, cycle=reading.cycle, life=life)
    due = reads.time(reading.deadline)
    return message("would-tell-clock-due", target=target, cycle=reading.cycle, life=life, at=due)


def _said(forecast: Forecast, one: Entry, at: datetime, zone: str) -> Iterator[Argument]:
    if isinstance(one, ForetoldCall):
        yield _call(one)
    elif isinstance(one, ForetoldStill):
        yield _still(one, zone)
    elif isinstance(one, ForetoldReturn):
        yield message("would-tell-returned")
    elif isinstance(one, ForetoldRepeats):
        yield _again(one, zone)
    elif isinstance(one, LetGo):
        why: Argument = message(f"explain-withheld-{_dashed(one.waited_for.value)}")
        replaced = one.decision.withheld is Withheld.REPLACED
        name = "would-tell-replaced" if replaced else "would-tell-waited"
        yield message(name, channel=one.decision.channel.name, why=why)
        if one.decision.withheld is not None:
            yield _decision(forecast, one.decision, zone)
    else:
        alert, taken = one
        yield message("would-tell-because", why=alert_sentences.reason(alert.reason.value))
        for decision in forecast.shared(taken):
            yield _decision(forecast, decision, zone)
            rang = forecast.rings(alert, decision, at)
            if rang is not None:
                yield message("would-tell-rings", channel=decision.channel.name, why=alert_sentences.rang(rang, zone))


def _decision(forecast: Forecast, decision: Decision, zone: str) -> Argument:
    name = decision.channel.name
    if decision.withheld is None:
        if name in forecast.repeats:
            return message("would-tell-told-again", channel=name, every=length(forecast.repeats[name]))
        return message("would-tell-told", channel=name)
    why: Argument = message(f"explain-withheld-{_dashed(decision.withheld.value)}")
    if decision.until is not None:
        until = message("explain-withheld-until", at=shown_time(decision.until, zone))
        why = joined((why, until), COMMA)
    by_name = decision.withheld in (Withheld.SILENCED, Withheld.GROUPED, Withheld.REPLACED) and decision.detail
    detail = f" ({decision.detail})" if by_name else ""
    return message("would-tell-not-told", channel=name, why=why, detail=detail)


def _call(one: ForetoldCall) -> Argument:
    call = one.call
    why: Argument = alert_sentences.WHY.get(call.reason) or call.reason
    on = joined([_on(one, page) for page in call.pages] or ["-"], COMMA)
    said: Mapping[str, Argument] = {"to": ", ".join(call.whom), "team": call.team, "why": why, "on": on}
    step = step_shown(call.step)
    return message("would-tell-call", step=step, **said) if step else message("would-tell-call-first", **said)


def _on(one: ForetoldCall, page: Paged) -> Argument:
    """A channel of a call, and why it is sent no page of its own where that is so."""
    name = page.channel.name
    if page.shadow:
        return message("would-tell-call-shadow", channel=name)
    return message("would-tell-call-known", channel=name) if name in one.known else name


def _again(one: ForetoldRepeats, zone: str) -> Argument:
    if one.withheld is not None:
        reason: Argument = message(f"explain-withheld-{_dashed(one.withheld.value)}")
        return message("would-tell-not-again", channel=one.channel, why=reason)
    if one.times == 1:
        return message("would-tell-again-once", channel=one.channel)
    every, last = length(one.every), shown_time(one.last, zone)
    return message("would-tell-again", channel=one.channel, every=every, last=last, times=one.times)


def _still(one: ForetoldStill, zone: str) -> Argument:
    still = one.still
    why: Argument = message(f"would-tell-still-{_dashed(still.why.value)}", detail=still.detail)
    if still.until is not None:
        why = joined((why, message("would-tell-until", at=shown_time(still.until, zone))), COMMA)
    return message("would-tell-still", why=why)


def _dashed(word: str) -> str:
    return word.replace("_", "-")
