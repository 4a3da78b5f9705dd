"""Read what a worked example asks for, and give each field in the words of its file.

A reading is of a clock of one subject, of a group, of a page to a receiver, of a major fault or of a guarded period.
The form is in `tests/test_example_policies.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from alerts.decide import clock_alerts, guarded_periods, major_faults, withholding
from monitor.alert import Alert, Channel, Decision, Delivery
from monitor.clock import AllGroups, NotApplied, Reading, Subject, read, why_not
from monitor.clock.engine import advance
from monitor.config import alert_settings
from monitor.model import CircuitState, SubjectKind
from monitor.policy import ONE, group_key
from monitor.text import durations
from tests.support.worked import Loaded, Worked

Found = Reading | NotApplied | Alert | Decision | None

OF = ("page", "subject", "group", "major_fault", "guarded_period")
"""What a reading is of: the first of these keys that it has."""

ASKED = frozenset({*OF, "target", "cycle", "stage", "at", "shared", "why"})
"""The keys that say what is asked for, and why the answer is right; all others are the answer."""


def found(history: Worked, example: Loaded, asked: Mapping[str, Any]) -> Found:
    """What the program says of what is *asked* for; None where it says that there is nothing."""
    at = history.instant(asked["at"])
    if "major_fault" in asked:
        return _major_fault(example, asked, at)
    if "guarded_period" in asked:
        return _guarded(example, asked["guarded_period"], at)
    if "page" in asked:
        return _page(example, asked, at)
    readings = _of_group(example, asked, at) if "group" in asked else _of_subject(example, asked, at)
    fits = [one for one in readings if one.target.name == asked["target"]]
    if "cycle" in asked:
        fits = [one for one in fits if str(one.cycle) == asked["cycle"]]
    if fits:
        return fits[-1]
    return None if "group" in asked else _absence(example, asked, at)


def _of_subject(example: Loaded, asked: Mapping[str, Any], at: datetime) -> Sequence[Reading]:
    return read(example.subjects[asked["subject"]], example.config.rules, at)


def _of_group(example: Loaded, asked: Mapping[str, Any], at: datetime) -> list[Reading]:
    rules = example.config.rules
    groups = AllGroups(rules)
    for events in example.subjects.values():
        known = [event for event in events if event.at <= at]
        if known:
            outcome = advance(known, None, rules, at)
            groups.add(outcome.subject.key, min(event.at for event in known), outcome.contributions)
    key = group_key(asked["target"], "" if asked["group"] == "all" else asked["group"].casefold())
    return [reading for of, reading in groups.readings(at) if of == key]


def _absence(example: Loaded, asked: Mapping[str, Any], at: datetime) -> NotApplied | None:
    rules, events = example.config.rules, example.subjects[asked["subject"]]
    known = [event for event in events if event.at <= at]
    if not known:
        return None
    outcome = advance(known, None, rules, at)
    assert outcome.history is not None
    absent = why_not(outcome.history, rules, outcome.subject, at, outcome.readings)
    return next((one for one in absent if one.rule.name == asked["target"]), None)


def _page(example: Loaded, asked: Mapping[str, Any], at: datetime) -> Decision | None:
    """What a receiver is sent of a stage that fires at *at*; None where it does not."""
    events = [event for event in example.subjects[asked["subject"]] if event.at <= at]
    (receiver,) = (one for one in example.config.receivers if one.name == asked["page"])
    route = withholding.Route(Channel(receiver.name, Delivery.QUEUE), receiver.only, hours=receiver.hours)
    settings = alert_settings(example.config, min(event.at for event in events))
    for alert in clock_alerts.decide(advance(events, None, example.config.rules, at), (), settings, at):
        if alert.firing and alert.notifies and (alert.target, alert.stage) == (asked["target"], asked["stage"]):
            return next(withholding.decide(alert, [route], (), None, at))
    return None


def _major_fault(example: Loaded, asked: Mapping[str, Any], at: datetime) -> Alert | None:
    """The alert of a major fault at *at*: decided at each instant at which something may have changed before it."""
    config = example.config
    rules = [rule for rule in config.rules.policy.major_faults if rule.name == asked["major_fault"]]
    assert rules, f"the policy has no major fault {asked['major_fault']}"
    circuits = [events for events in example.subjects.values() if events[0].kind is SubjectKind.CIRCUIT]
    said = {event.at for events in circuits for event in events}
    looks = {at, *said, *(one + rule.lasting for one in said for rule in rules)}
    alerts: dict[str, Alert] = {}
    for look in sorted(one for one in looks if one <= at):
        down = [one for one in _subjects(example, circuits, look) if one.circuit_state in _NOT_UP]
        settings = alert_settings(config, min(said))
        for alert in major_faults.decide(down, rules, list(alerts.values()), settings, look):
            alerts[alert.labels["shared"]] = alert
    alert = alerts.get(asked.get("shared", "all"))
    return alert if alert is not None and alert.firing else None


_NOT_UP = (CircuitState.UNAVAILABLE, CircuitState.UNKNOWN)


def _subjects(example: Loaded, circuits: Sequence[Sequence[Any]], at: datetime) -> Iterator[Subject]:
    for events in circuits:
        known = [event for event in events if event.at <= at]
        if known:
            yield advance(known, None, example.config.rules, at).subject


def _guarded(example: Loaded, name: str, at: datetime) -> Alert | None:
    periods = [period for period in example.config.rules.policy.guarded if period.name == name]
    assert periods, f"the policy has no guarded period {name}"
    first = min(event.at for events in example.subjects.values() for event in events)
    return next(iter(guarded_periods.decide(periods, (), alert_settings(example.config, first), at)), None)


def answer(history: Worked, name: str, wanted: Any, given: Found) -> Any:
    """The field *name* of what was found, in the words in which *wanted* is written where both mean the same."""
    if name == "state":
        return _state(given)
    if isinstance(given, NotApplied):
        return _WHY_NOT[name](given)
    if isinstance(given, Alert):
        return _same_instant(history, wanted, {"since": given.starts_at}[name])
    if isinstance(given, Decision):
        return _same_instant(history, wanted, {"until": given.until}[name])
    assert isinstance(given, Reading), f"{name} is asked of what is not there"
    if name in INSTANTS:
        return _same_instant(history, wanted, getattr(given, name))
    if name == "exhausted_on":
        return _exhausted_on(history, given)
    return _FIELDS[name](given, wanted)


def _state(given: Found) -> str:
    if isinstance(given, Reading):
        return given.state.value
    if isinstance(given, Decision):
        return "rings" if given.withheld is None else given.withheld.value
    return "firing" if isinstance(given, Alert) else "none"


def _same_instant(history: Worked, wanted: str, given: datetime | None) -> str:
    if given is None:
        return "none"
    if wanted != "none" and history.instant(wanted) == given:
        return wanted
    return given.astimezone(ZoneInfo(history.zone)).isoformat()


def _exhausted_on(history: Worked, given: Reading) -> str:
    at = given.pace.exhausted_at if given.pace is not None else None
    return "none" if at is None else at.astimezone(ZoneInfo(history.zone)).date().isoformat()


_NOTHING = ("0m", "0h")


def _used(given: Reading, wanted: str) -> str:
    return _same(wanted, given.counted)


def _same(wanted: str, given: timedelta | None) -> str:
    """*wanted*, if *given* is as much; else *given* as a person writes it."""
    if given is None:
        return "none"
    amount = durations.Amount() if wanted == "none" else durations.amount("0s" if wanted in _NOTHING else wanted)
    if amount.times is not None:
        return wanted if given == amount.times * ONE else f"{given // ONE} times"
    return wanted if given == amount.length else f"{durations.shown(given)} ({given})"


def _budget(given: Reading, wanted: str) -> str:
    amount = durations.amount(wanted)
    if amount.times is not None or amount.length is not None:
        return _same(wanted, given.target.budget)
    row = given.row
    assert row is not None
    has = durations.Amount(days=row.days, share=row.share, same_day=row.same_day, until=row.until)
    return wanted if has == amount else str(has)


def _legs(given: Reading, wanted: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    written = {one["party"]: one for one in wanted}
    found = []
    for leg in given.legs:
        of = written.get(leg.party, {})
        used, budget = _same(of.get("used", "none"), leg.counted), _same(of.get("budget", "none"), leg.budget)
        found.append({"party": leg.party, "used": used, "budget": budget})
    return found


INSTANTS = ("started_at", "deadline", "breached_at", "stopped_at")

_WHY_NOT: dict[str, Callable[[NotApplied], str]] = {
    "because": lambda given: given.refusal.why.value,
    "named": lambda given: given.refusal.name,
}

_FIELDS: dict[str, Callable[[Reading, Any], Any]] = {
    "used": _used,
    "budget": _budget,
    "total": lambda given, _: str(given.total),
    "missed_periods": lambda given, _: str(given.missed_periods),
    "tier": lambda given, _: given.tier,
    "assurance": lambda given, _: given.assurance,
    "calendar": lambda given, _: given.target.calendar,
    "figure": lambda given, _: given.target.figure,
    "reached": lambda given, _: list(given.reached),
    "legs": _legs,
    "caused_by": lambda given, _: [leg.party for leg in given.caused_by],
    "too_fast": lambda given, _: "true" if given.pace is not None and given.pace.since is not None else "false",
}

ANSWERS = frozenset({"state", "since", "until", "exhausted_on", *INSTANTS, *_WHY_NOT, *_FIELDS})
"""The fields that a reading may give."""
