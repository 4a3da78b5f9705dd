"""Policies that count several subjects together, and the groups of a store, in a few words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from monitor.clock.engine import Outcome, Rulebook
from monitor.clock.group_clock import advance_group
from monitor.clock.reading import Reading
from monitor.config import build_rulebook, policy_file, yaml_file
from monitor.history.group_record import Entry, GroupRecord
from monitor.history.mapping import AttributeRule, SourceMapping, StatusRule
from monitor.model import CircuitState, Phase, SubjectKey
from monitor.policy.counting import GROUPS

HEAD = """
policy: counts
version: "{version}"
effective_from: {since}
name: {{en: Counts}}
ladders:
  tier: [{{id: gold, en: Gold, zh: 金牌}}, {{id: silver, en: Silver, zh: 银牌}}]
calendars:
  always: {{zone: {zone}, hours: 24x7}}
  office: {{zone: {zone}, hours: {{mon-fri: ["08:00-12:00", "13:00-17:00"]}}}}
pause_reasons:
  planned_work: {{en: Planned work}}
targets:
"""

RESTORE = """
  restore:
    name: {en: Restoration, zh: 故障恢复}
    start: [opened, accepted]
    stop: [restored, closed]
    budgets: [{budget: 4h, source: test}]
"""

COMPLAINTS = """
  complaints:
    name: {en: Complaints of a customer, zh: 客户投诉}
    counts: [opened]
    by: customer
    when: {process: complaint}
    per: month
    stages: [75%, 100%]
    budgets: [{budget: 4 times, source: test}]
"""

PATROLS = """
  patrols:
    name: {en: Patrols, zh: 巡检}
    counts: [closed]
    when: {process: patrol}
    per: month
    stages: [75%, 100%]
    budgets: [{at_least: 2 times, source: test}]
"""

REPORTS = """
  statement:
    name: {en: Monthly statement, zh: 月度报告}
    counts: [delivered]
    when: {process: statement}
    by: customer
    groups: [Acme]
    calendar: office
    duties: {each: month, by: last working day}
    last_day: close_of_business
    budgets: [{at_least: 1 times, source: test}]
"""

DAILY = """
  daily:
    name: {en: Daily report, zh: 重保日报}
    counts: [delivered]
    when: {process: report}
    by: customer
    duties: {each: day, at: "18:00", during: congress}
    stages: [75%, 100%]
    budgets: [{at_least: 1 times, source: test}]
"""

CONGRESS = """
guarded_periods:
  congress:
    name: {en: Congress, zh: 大会重保}
    from: 2026-03-02T14:00
    to: 2026-03-05T12:00
    for: {customer: [Acme, Globex], site: [Hall]}
"""

RATIO = """
  in_time:
    name: {en: Restored in time, zh: 及时恢复率}
    good: {target: restore}
    per: month
    stages: [75%, 100%]
    budgets: [{goal: 90%, source: test}]
"""

FAULTS = """
  faults:
    name: {en: Faults of a site, zh: 站点故障次数}
    of: circuit
    counts: [unavailable]
    pause: [planned_work]
    by: site
    per: week
    tier: gold
    budgets: [{budget: 0 times, source: test}]
"""

MAPPING = SourceMapping(
    statuses={phase.value: StatusRule(phase) for phase in Phase if phase is not Phase.UNKNOWN},
    circuit_states={state.value: state for state in CircuitState},
    attributes={name: AttributeRule(name) for name in ("tier", "customer", "circuit", "site", "process")},
)


def policy_text(*targets: str, version: str = "1", since: str = "2026-01-01", zone: str = "UTC") -> str:
    return HEAD.format(version=version, since=since, zone=zone) + "".join(targets)


@lru_cache(maxsize=512)
def book(*texts: str) -> Rulebook:
    """A rulebook of these versions of a policy, oldest first, for the source `tickets`."""
    policies = [policy_file.build(yaml_file.parse(text, "counts.yml")) for text in texts]
    return build_rulebook.rulebook(policies, {"tickets": MAPPING})


def entry(at: datetime, subject: str, good_at: datetime | None = None) -> Entry:
    return Entry(at, "tickets", subject, "opened", f"of {subject}", good_at)


def judge(
    rules: Rulebook,
    group: str,
    entries: Sequence[Entry],
    now: datetime,
    *,
    value: str = "",
    seen_at: datetime | None = None,
    recorded_from: datetime,
    since: datetime | None = None,
) -> Outcome:
    """The outcome of one group, of which nothing is recorded yet."""
    ordered = sorted(entries, key=lambda one: one[:3])
    if since is not None:
        ordered = [one for one in ordered if one.at >= since]
    record = GroupRecord(SubjectKey(GROUPS, group), value, ordered, seen_at, recorded_from, since)
    return advance_group(record, (), rules, now)


def cycle(readings: Sequence[Reading], number: int) -> Reading:
    """The reading of one period."""
    (found,) = (reading for reading in readings if reading.cycle == number)
    return found
