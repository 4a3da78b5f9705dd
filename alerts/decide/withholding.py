"""Decide for each channel whether a change of an alert is sent now, later or not at all, and why.

Pure: an alert that changed and what is known of silences, causes and receivers come in; one decision per channel comes
out, each with its reason, which is the metric label, the log word and the audit row. What is withheld is on record as
well as what is sent. Each reason of `Withheld` is decided in one place:

| reason | decided by | when |
|---|---|---|
| `recorded` | `decide` | an alert changed that is only stored for the record |
| `nothing_new` | `decide` | only words changed, and the channel is a queue |
| | `queues.unsent_ends` | an alert ended that was held back from its beginning on |
| | `queues.is_empty` | everything in a digest fires again |
| | `repeats.judge` | a repeat is not due, or somebody has acknowledged the alert |
| `not_routed` | `decide`, `repeats.judge`, `heartbeat.Straight` | the channel's route does not take such alerts |
| `shadow` | `decide`, `heartbeat.Straight`, `alerts/oncall/escalation.py` | the receiver only practises |
| `grouped` | `decide`, `repeats.judge` | the alert of the root cause stands for it |
| `silenced` | `decide`, `repeats.judge` | a silence or maintenance window fits |
| `waits_for_hours` | `decide`, `anew`, `repeats.judge` | covered hours begin before the deadline and the next stage |
| `inhibited` | `repeats.judge` | a worse stage of the same clock fires |
| `replaced` | `queues.lesser_stages` | a worse stage of the same clock goes out in its place |
| | `queues.fold` | the end of the alert says all that is left to say |
| | `waves.replaced` | the next wave of a root cause goes out in its place |
| `digested` | `queues.fold` | the alert was over before the receiver could be sent anything of it |

What is held (`silenced`, `grouped`, `waits_for_hours`) waits in the outbox until its silence or cause is over, or its
hours begin. To a receiver of states nothing is held that it holds as firing already (`go_on_sending`, `renewed`), and
nothing waits for hours.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime

from alerts.decide import hours
from alerts.decide.silences import Silence, is_one, known, silencing
from monitor.alert import ALWAYS, Alert, AlertChange, Cause, Channel, CoveredHours, Decision, Delivery, Reason, Withheld
from monitor.policy import FORMER


@dataclass(frozen=True, slots=True)
class Route:
    """One way out and what goes that way: of each label in `only`, one of the listed values.

    `shadow` decides and records everything, and sends nothing. What is `personal` is sent only what its person is
    called for, and what becomes of that. `hours` are those for which its pages may wait.
    """

    channel: Channel
    only: Mapping[str, frozenset[str]] = field(default_factory=dict)
    shadow: bool = False
    personal: bool = False
    last_resort: frozenset[str] = frozenset()
    """The sources of which nobody else would be sent a word that is not understood."""
    hours: CoveredHours = ALWAYS

    def takes(self, alert: Alert) -> bool:
        """Whether it is sent such an alert. A drill goes to those who are called in it, and by no route."""
        if alert.drill:
            return False
        if alert.labels.get("alertname") == NOT_UNDERSTOOD:
            return alert.labels.get("source") in self.last_resort or self.takes_unread(alert.labels)
        if self.personal or not self.only:
            return not self.personal
        words = known(alert)
        return all(
            is_one(name, words.get(name, ""), values) or (not alert.firing and _was_one(name, words, values))
            for name, values in self.only.items()
        )

    def takes_unread(self, labels: Mapping[str, str]) -> bool:
        """Whether it would be sent a clock of that tier or assurance: of such a word nobody knows more.

        What `only` asks of a target, a stage, a ticket or a team is no reason to keep quiet.
        """
        known_labels = {name: labels.get(name, "") for name in _KNOWN_OF_WORDS}
        return not self.personal and all(
            is_one(name, known_labels[name], values) or (name == "alertname" and not values.isdisjoint(_CLOCKS))
            for name, values in self.only.items()
            if name in known_labels
        )


def _was_one(name: str, words: Mapping[str, str], values: Collection[str]) -> bool:
    """Whether an alert was said to have one of *values* before: who was sent it for that must be sent its end."""
    return any(is_one(name, word, values) for word in words.get(name + FORMER, "").splitlines())


NOT_UNDERSTOOD = "TierwatchWordNotUnderstood"

_CLOCKS = frozenset({"TierwatchDeadlineNear", "TierwatchDeadlineBreached"})
_KNOWN_OF_WORDS = ("alertname", "instance", "source", "tier", "assurance", "severity", "attribute", "word")


def with_last_resort(routes: Sequence[Route], sources: Iterable[Mapping[str, str]]) -> tuple[Route, ...]:
    """The routes; those that are sent words that are not understood because no other route is are marked so.

    *sources* are the labels that such an alert has, by source. Where no receiver takes them, all do that are not
    somebody's own, else all; those in shadow never.
    """
    open_ones = [route for route in routes if not route.shadow]
    resort = [route for route in open_ones if not route.personal] or open_ones
    alone = frozenset(
        labels["source"] for labels in sources if not any(route.takes_unread(labels) for route in open_ones)
    )
    return tuple(replace(route, last_resort=alone) if route in resort else route for route in routes)


def decide(
    alert: Alert, routes: Sequence[Route], silences: Sequence[Silence], cause: Cause | None, now: datetime
) -> Iterator[Decision]:
    """One decision per channel. *cause*, where there is one, has an alert of its own that stands for this one.

    What ends is never withheld for long: a receiver that was sent a beginning must be sent the end.
    """
    silence = silencing(alert, silences, now) if alert.firing else None
    for route in routes:
        if not alert.goes_by(route.channel.delivery):
            why = Withheld.RECORDED if not alert.notifies else Withheld.NOTHING_NEW
            waits = _by_hours(alert, route, now) if alert.notifies else None
            yield Decision(route.channel, why, until=waits.until if waits is not None else None)
        elif not route.takes(alert):
            yield Decision(route.channel, Withheld.NOT_ROUTED)
        elif alert.firing and cause is not None:
            yield Decision(route.channel, Withheld.GROUPED, held=not route.shadow, detail=cause.id)
        elif silence is not None:
            until = None if route.shadow else silence.ends_at
            yield Decision(route.channel, Withheld.SILENCED, not route.shadow, until, silence.id)
        else:
            yield _by_hours(alert, route, now) or Decision(route.channel, Withheld.SHADOW if route.shadow else None)


def waits_anew(changes: Iterable[AlertChange]) -> Iterator[tuple[str, str, datetime | None]]:
    """(alert, channel, until) of the alerts with other words than before: a page of them that waits for covered hours
    waits until then, or rings now."""
    for alert, taken in changes:
        if alert.firing and alert.reason is Reason.REWORDED:
            for decision in taken:
                if decision.withheld is Withheld.NOTHING_NEW:
                    yield alert.key, decision.channel.name, decision.until


def _by_hours(alert: Alert, route: Route, now: datetime) -> Decision | None:
    """The decision on a page that waits for covered hours; None for one that rings now."""
    if not route.hours or route.channel.delivery is Delivery.STATE:
        return None
    until = hours.waiting(alert, route.hours, route.takes, now).until
    if until is None:
        return None
    waits = Decision(route.channel, Withheld.WAITS_FOR_HOURS, True, until, until.isoformat())
    return Decision(route.channel, Withheld.SHADOW, detail=waits.held_by) if route.shadow else waits


def anew(
    alert: Alert, route: Route, silences: Sequence[Silence], cause: Cause | None, now: datetime
) -> Decision | None:
    """What holds a page back that is about to be sent for the first time; None where nothing does any more.

    It is for routes with covered hours: while a page waited, it may have been silenced or joined by a root cause, and
    what held it before may have ended outside the hours.
    """
    if not alert.firing or not alert.notifies or hours.rings_at_once(alert):
        return None
    return next((one for one in decide(alert, (route,), silences, cause, now) if one.held), None)


def held_states(changes: Iterable[AlertChange]) -> tuple[str, ...]:
    """The keys of the alerts that a receiver of states is not to be sent now."""
    return tuple(alert.key for alert, taken in changes if any(_holds_a_state(decision) for decision in taken))


def go_on_sending(changes: Sequence[AlertChange], sent: Set[tuple[str, str]]) -> Sequence[AlertChange]:
    """The changes, with nothing held of what a channel is being sent as firing: *sent* are (key, channel) of those.

    A receiver of states takes silence for the end: holding the state back would be an all-clear that nobody gave.
    """
    if not sent:
        return changes
    return [(alert, [_unless_sent(alert, decision, sent) for decision in taken]) for alert, taken in changes]


def _unless_sent(alert: Alert, decision: Decision, sent: Set[tuple[str, str]]) -> Decision:
    if _holds_a_state(decision) and (alert.key, decision.channel.name) in sent:
        return Decision(decision.channel, None)
    return decision


def _holds_a_state(decision: Decision) -> bool:
    return decision.held and decision.channel.delivery is Delivery.STATE


def renewed(alert: Alert, decision: Decision, accepted: bool) -> Decision:
    """The decision on a state that the channel has a row of; what it has *accepted* is sent on with its new words.

    What the receiver holds as firing goes on being sent, whatever would withhold it now: to fall silent would end it
    there, and that would be a false all-clear.
    """
    if accepted and decision.held and alert.reason is Reason.REWORDED:
        return Decision(decision.channel, None)
    return decision
