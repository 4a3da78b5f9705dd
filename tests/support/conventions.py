"""Tell the events of one subject, one after the other, under a policy of a few lines."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from monitor.clock.engine import advance
from monitor.clock.reading import Reading
from monitor.config import build_rulebook, policy_file, yaml_file
from monitor.history.events import Correction, Event
from monitor.history.mapping import ATTRIBUTES, INSTANTS, AttributeRule, SourceMapping, StatusRule
from monitor.model import CircuitState, Phase, SubjectKind

ZONE = ZoneInfo("Asia/Shanghai")
HEAD = """
policy: conventions
version: "1"
effective_from: 2020-01-01
name: {en: Conventions}
ladders: {tier: [{id: diamond, en: Diamond}, {id: gold, en: Gold}]}
calendars:
  always: {zone: Asia/Shanghai, hours: 24x7}
  office: {zone: Asia/Shanghai, hours: {mon-fri: ["08:00-17:00"]}}
pause_reasons:
  customer: {en: Waiting for the customer}
  planned_work: {en: Planned work}
"""
OPEN = "start: [opened, accepted, held], stop: [restored, closed], pause: [customer]"
RESTORE = f"restore: {{name: {{en: R}}, {OPEN}, budgets: [{{budget: 4h, source: test}}]}}"
OFFICE = f"restore: {{name: {{en: R}}, {OPEN}, calendar: office, budgets: [{{budget: 4h, source: test}}]}}"
MAPPING = SourceMapping(
    statuses={phase.value: StatusRule(phase) for phase in Phase if phase is not Phase.UNKNOWN},
    attributes={name: AttributeRule(name) for name in ATTRIBUTES},
    circuit_states={state.value: state for state in CircuitState},
    instants={name: name for name in INSTANTS},
)


def at(text: str) -> datetime:
    """An instant of the zone: `01-31 08:00` of 2026, or with its year."""
    return datetime.fromisoformat(text if text[:2] == "20" else f"2026-{text}").replace(tzinfo=ZONE)


def local(instant: datetime | None) -> str | None:
    return None if instant is None else f"{instant.astimezone(ZONE):%m-%d %H:%M}"


class Told:
    """The events of one subject, told one after the other."""

    def __init__(self, *targets: str, more: str = "", kind: SubjectKind = SubjectKind.TICKET) -> None:
        text = "\n".join([HEAD, more, "targets:", *(f"  {target}" for target in targets)])
        policy = policy_file.build(yaml_file.parse(text, "conventions.yml"), "Asia/Shanghai")
        self.rules = build_rulebook.rulebook(policy, {"s": MAPPING})
        self.kind = kind
        self.events: list[Event] = []

    def say(self, when: str, status: str | None = None, *, sequence: int = 0, event_id: str = "", opened: str = "",
            reason: str | None = None, feedback: bool = False, **fields: str) -> Told:  # fmt: skip
        name = event_id or f"e{len(self.events):03}"
        opened_at = at(opened) if opened else None
        event = Event("s", name, self.kind, "X", at(when), sequence, status, reason, feedback, opened_at, fields)
        self.events.append(event)
        return self

    def correct(self, said: Correction, name: str = "c1") -> Told:
        when = at("2026-12-31 12:00")  # when it was made; what it is about lies before
        self.events.append(Event("s", name, self.kind, "X", when, correction=said))
        return self

    def all(self, now: str, target: str = "") -> list[Reading]:
        readings = advance(self.events, (), self.rules, at(now)).readings
        return [reading for reading in readings if target in ("", reading.target.name)]

    def last(self, now: str, target: str = "") -> Reading:
        return self.all(now, target)[-1]


def hours(reading: Reading) -> float:
    return reading.counted.total_seconds() / 3600
