"""Explain what is counted of several: each period's count, and who was counted.

Pure. The counted are listed newest first, as many as a person reads; how many more there are is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from monitor.clock import Reading, Rulebook, group_outcome, rule_of, why_not_due, window
from monitor.explain.clock import SubjectRecord, explain_clock
from monitor.explain.explanation import ClockExplanation, CountedMember, Explanation
from monitor.history import Entry, GroupRecord, History
from monitor.model import Measure, SubjectKey, SubjectKind
from monitor.worktime import TICK

LISTED = 50
"""How many of the counted are listed of one period."""

PERIODS = 12
"""How many periods are explained, the newest ones."""

BEFORE = 2
"""How many periods before the present one are loaded, where they need not all be."""


def explained_since(key: SubjectKey, value: str, rules: Rulebook, now: datetime) -> datetime | None:
    """From when on a group must be loaded to be explained; None for all of its time."""
    since = window(key, value, rules, now)
    for _ in range(BEFORE):
        since = None if since is None else window(key, value, rules, since - TICK)
    return since


def explain_group(record: GroupRecord, rules: Rulebook, now: datetime) -> Explanation:
    """Everything that can be said of a group at *now*."""
    subject, judged = group_outcome(record, rules, now)
    shared = SubjectRecord(rules, History((), ()), SubjectKind.GROUP, now, {})
    shown, rule = judged[-PERIODS:], rule_of(record.key, rules)
    readings = [reading for reading, _ in judged]
    idle = None if rule is None else why_not_due(rule, record.value, readings, rules, now)
    return Explanation(
        at=now,
        subject=subject,
        policy=rules.policy.label,
        clocks=[_clock(reading, entries, shared) for reading, entries in shown],
        events=sum(len(entries) for _, entries in shown),
        corrections=(),
        corrected=(),
        doubts=(),
        unread=(),
        without_clock=() if idle is None else (idle,),
        names=shared.names,
    )


def _clock(reading: Reading, entries: Sequence[Entry], shared: SubjectRecord) -> ClockExplanation:
    newest = list(reversed(entries))
    end, goal = reading.deadline, reading.target.measure is Measure.GOAL
    members = [
        CountedMember(
            at=one.at,
            key=SubjectKey(one.source, one.subject),
            what=one.what,
            because=one.because,
            good=(one.good_at is not None and (end is None or one.good_at < end)) if goal else None,
        )
        for one in newest[:LISTED]
    ]
    return explain_clock(reading, shared, members, max(0, len(newest) - LISTED))
