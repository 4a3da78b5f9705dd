"""A policy with a target of every kind, to be built with changes: `tests/monitor/config/test_target_file*.py`."""

from __future__ import annotations

from monitor.config import policy_file, yaml_file
from monitor.policy.policy import Policy, TargetRule
from tests.support.texts import exchanged

POLICY = """
policy: kinds
version: "1"
effective_from: 2026-01-01
name: {en: Every kind of budget}
ladders:
  tier: [{id: diamond, en: Diamond}, {id: gold, en: Gold}, {id: silver, en: Silver}]
  assurance: [{id: AAA, en: AAA}, {id: normal, en: Normal}]
calendars:
  always: {zone: UTC, hours: 24x7}
  office: {zone: UTC, hours: {mon-fri: ["08:00-17:00"]}}
pause_reasons:
  customer: {en: Waiting for the customer}
  planned_work: {en: Planned work}
inherit:
  - {when: {far_tier: diamond, scope: cross-city}, tier: diamond}
agreements:
  - {kind: OLA, party: core, supports: restore, budgets: [{budget: 1h, source: test}]}
  - kind: UC
    party: Digger
    supports: restore
    budgets:
      - {when: {tier: diamond}, budget: 2h, source: test}
      - {budget: 3h, source: test}
targets:
  restore:
    name: {en: Restoration}
    start: [opened, accepted, on_site, held]
    stop: [restored, closed]
    pause: [customer]
    begins: [detected, complained]
    budgets:
      - {when: {tier: diamond}, budget: 2h, source: test}
      - {when: {tier: gold}, budget: 4h, source: test}
  report:
    name: {en: Report}
    started_by: {target: restore, over: 3h}
    stop: [delivered]
    budgets: [{budget: 1wd, calendar: office, source: test}]
  updates:
    name: {en: Updates}
    at_least: true
    start: [opened, accepted]
    stop: [restored]
    budgets: [{budget: 3 times, source: test}]
  feedback:
    name: {en: Feedback}
    start: [opened, accepted, held]
    stop: [restored, closed]
    reset: [on_site]
    recurring: true
    choose: strictest
    budgets:
      - {budget: 30m, source: test}
      - {after: 1h, budget: 1h, source: test}
  interruption:
    name: {en: Interruption}
    of: circuit
    per: year
    start: [unavailable]
    pause: [planned_work]
    budgets: [{when: {assurance: normal}, budget: 24h, source: test}]
  availability:
    name: {en: Availability}
    of: circuit
    per: month
    start: [unavailable, degraded]
    budgets: [{budget: 0.05%, source: test}]
  repeats:
    name: {en: Repeated faults}
    of: circuit
    per: quarter
    start: [unavailable]
    budgets: [{budget: 4 times, source: test}]
  outage:
    name: {en: One outage}
    of: circuit
    start: [unavailable]
    stop: [available, degraded]
    reopen: new_cycle
    budgets: [{budget: 6h, source: test}]
  notice:
    name: {en: Notice}
    of: change
    start: [opened, accepted]
    stop: [delivered]
    cancel: [cancelled, closed]
    ahead_of: planned
    budgets: [{when: {tier: [diamond, gold]}, budget: 5wd, calendar: office, source: test}]
"""


def build(*changes: tuple[str, str]) -> Policy:
    """The policy with pieces of its text replaced; each piece must be there."""
    return policy_file.build(yaml_file.parse(exchanged(POLICY, *changes, count=1), "kinds.yml"))


def rule(name: str, *changes: tuple[str, str]) -> TargetRule:
    found = build(*changes).rule(name)
    assert found is not None
    return found
