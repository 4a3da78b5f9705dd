"""Read subjects whose sources say instants: policies of a few lines, histories of one, `name=09:30` for an instant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from monitor.clock.engine import Outcome, Rulebook, advance
from monitor.clock.reading import Reading
from monitor.config import build_rulebook, policy_file, yaml_file
from monitor.history.events import Correction, Event
from monitor.history.mapping import AttributeRule, SourceMapping, StatusRule
from monitor.model import CorrectionKind, Phase, SubjectKind

H, M = timedelta(hours=1), timedelta(minutes=1)
NAMES = ("phoned", "diagnosed", "vendor_called", "customer_told", "agreed", "detected", "complained", "planned")
OWN = NAMES[:4]
HEAD = """
policy: dated
version: "1"
name: {en: Dated}
effective_from: 2020-01-01
ladders: {tier: [{id: gold, en: Gold}, {id: silver, en: Silver}]}
stages: {tier: {gold: []}}
pause_reasons: {customer: {en: Customer}, parts: {en: Parts}}
calendars:
  always: {zone: UTC, hours: 24x7}
  office: {zone: UTC, hours: {mon-fri: ["09:00-17:00"]}}
  early: {zone: UTC, hours: {mon-sun: ["00:00-15:00"]}}
instants:
"""
MAPPING = SourceMapping(
    statuses={phase.value: StatusRule(phase) for phase in Phase if phase is not Phase.UNKNOWN},
    reasons={"customer": "customer", "parts": "parts"},
    attributes={"tier": AttributeRule("tier")},
    instants={name: name for name in NAMES},
)


def at(text: str) -> datetime:
    """`09:30` is of Monday, 2 March 2026; `+1 09:30` of the day after."""
    days, _, clock = text.rpartition(" ")
    hours, minutes = clock.split(":")
    start = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(days=int(days or 0))
    return start + timedelta(hours=int(hours), minutes=int(minutes))


def book(*targets: str, mapping: SourceMapping = MAPPING, kind: str = "ticket") -> Rulebook:
    """The rules of a policy with these targets, `name: {…}` each, without their names for people."""
    lines = [f"  {name}: {{en: {name.title()}, zh: {name}}}" for name in OWN]
    lines += ["targets:", *(f"  {item.replace('{', f'{{name: {{en: T}}, of: {kind}, ', 1)}" for item in targets)]
    document = yaml_file.parse(HEAD + "\n".join(lines) + "\n", "dated.yml")
    return build_rulebook.rulebook(policy_file.build(document), {"desk": mapping})


def events(said: str, kind: SubjectKind = SubjectKind.TICKET) -> list[Event]:
    """`08:00 opened gold · 09:00 diagnosed=08:30 · 10:00 diagnosed=`: an event each; an empty value takes back."""
    return [_event(number, line, kind) for number, line in enumerate(said.split(" · "))]


def _event(number: int, line: str, kind: SubjectKind) -> Event:
    words = line.split()
    day = f"{words.pop(0)} " if words[0].startswith("+") else ""
    when = at(day + words.pop(0))
    fields, status, reason, correction = {}, None, None, None
    for word in words:
        name, is_field, value = word.partition("=")
        if is_field and name in ("exclude", "stop"):
            start, _, end = value.partition("-")
            correction = Correction(
                CorrectionKind(name), "why", "who", at(day + start), at(day + end) if end else None
            )  # fmt: skip
        elif is_field:
            days, _, clock = value.rpartition("_")
            fields[name] = at(f"{days or day.strip() or 0} {clock}").isoformat() if value else ""
        elif word in ("gold", "silver"):
            fields["tier"] = word
        elif word in ("customer", "parts"):
            reason = word
        elif word != "feedback":
            status = word
    return Event(
        "desk", f"e{number}", kind, "X", when, 0, status, reason, "feedback" in words, None, fields, correction, number
    )


def look(rules: Rulebook, said: str, now: str, kind: SubjectKind = SubjectKind.TICKET) -> Outcome:
    """What the engine says of the subject at *now*."""
    return advance(events(said, kind), (), rules, at(now))


def cycles(targets: Sequence[str], said: str, now: str) -> list[Reading]:
    """Every cycle of the first target."""
    name = targets[0].partition(":")[0]
    return [one for one in look(book(*targets), said, now).readings if one.target.name == name]


def one(targets: Sequence[str] | str, said: str, now: str) -> Reading:
    """The one cycle of the first target."""
    (reading,) = cycles([targets] if isinstance(targets, str) else targets, said, now)
    return reading
