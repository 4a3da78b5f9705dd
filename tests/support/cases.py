"""Small ways to say what tests are about: instants, policies, events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.clock.engine import Rulebook
from monitor.config import build_rulebook, policy_file, yaml_file
from monitor.history.events import Event
from monitor.history.mapping import AttributeRule, SourceMapping, StatusRule
from monitor.model import CircuitState, Phase, SubjectKind
from tests.support.texts import exchanged

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)


def at(hours: float, minutes: float = 0) -> datetime:
    """That long after midnight, Monday 5 January 2026, UTC."""
    return MONDAY + timedelta(hours=hours, minutes=minutes)


POLICY = """
policy: case
version: "1"
effective_from: 2026-01-01
name: {en: Case}
ladders:
  tier:
    - {id: diamond, en: Diamond, zh: 钻石}
    - {id: gold, en: Gold, zh: 金牌}
    - {id: standard, en: Standard, zh: 标准}
  assurance:
    - {id: AAA, en: AAA}
    - {id: normal, en: Normal, zh: 普通}
calendars:
  always: {zone: UTC, hours: 24x7}
pause_reasons:
  customer: {en: Waiting for the customer, zh: 等待客户}
targets:
  accept:
    name: {en: Acceptance, zh: 工单接收}
    start: [opened]
    stop: [accepted, held, restored, closed]
    reopen: new_cycle
    budgets: [{budget: 10m, source: test}]
  restore:
    name: {en: Restoration, zh: 故障恢复}
    start: [opened, accepted, held]
    stop: [restored, closed]
    pause: [customer]
    budgets:
      - {when: {tier: diamond}, budget: 2h, source: test}
      - {when: {tier: gold}, budget: 4h, source: test}
  feedback:
    name: {en: Feedback, zh: 阶段反馈}
    start: [opened, accepted, held]
    stop: [restored, closed]
    recurring: true
    budgets: [{when: {tier: [diamond, gold]}, budget: 30m, source: test}]
"""

RESTORATION = POLICY.partition("  feedback:")[0]
RESTORATION = exchanged(
    RESTORATION,
    ("start: [opened]\n", "start: [closed]\n"),
    ("stop: [accepted, held, restored, closed]", "stop: [cancelled]"),
)
"""The same policy where restoration alone runs: there is no feedback, and acceptance begins with the end."""

MAPPING = SourceMapping(
    statuses={
        "new": StatusRule(Phase.OPENED),
        "working": StatusRule(Phase.ACCEPTED),
        "waiting": StatusRule(Phase.HELD),
        "resolved": StatusRule(Phase.RESTORED),
        "closed": StatusRule(Phase.CLOSED),
        "cancelled": StatusRule(Phase.CANCELLED),
    },
    reasons={"customer": "customer", "*access refused*": "customer"},
    attributes={name: AttributeRule(name) for name in ("tier", "assurance", "customer", "circuit", "team", "url")},
    circuit_states={state.value: state for state in CircuitState},
)


def rules(policy: str = POLICY, mapping: SourceMapping = MAPPING) -> Rulebook:
    """A rulebook for the source `tickets` (and `circuits`)."""
    built = policy_file.build(yaml_file.parse(policy, "case.yml"))
    return build_rulebook.rulebook(built, {"tickets": mapping, "circuits": mapping})


def ticket(
    subject: str, when: datetime, status: str | None = None, *, event_id: str = "", reason: str | None = None,
    feedback: bool = False, opened_at: datetime | None = None, sequence: int = 0, **fields: str,
) -> Event:  # fmt: skip
    """One event of a ticket of the source `tickets`."""
    name = event_id or f"{subject}-{when:%d%H%M%S%f}-{status}-{feedback}-{sorted(fields.items())}-{sequence}"
    return Event(
        "tickets", name, SubjectKind.TICKET, subject, when, sequence, status, reason, feedback, opened_at, fields
    )
