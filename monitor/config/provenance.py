"""Collect where the parts of a policy come from: what is no figure, each by its place in the file.

A figure has its own `source` on its row (`BudgetRow.figure`). None of this changes a reading.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from monitor.config.policy_schema import BeginText, EffectiveFromText, PolicyText
from monitor.policy import Place, Provenance


def day(policy: PolicyText) -> date:
    """The date from which the version is in force, with or without its source."""
    dated = policy.effective_from
    found: date = dated.date if isinstance(dated, EffectiveFromText) else dated
    return found


def sources(policy: PolicyText) -> dict[Place, Provenance]:
    """Where each part comes from that says so."""
    return {place: one for place, one in _places(policy) if one != Provenance()}


def _places(policy: PolicyText) -> Iterator[tuple[Place, Provenance]]:
    dated = policy.effective_from
    if isinstance(dated, EffectiveFromText):
        yield ("effective_from",), Provenance(dated.source, dated.note)
    for name, reason in policy.pause_reasons.items():
        yield ("pause_reasons", name), Provenance(reason.source, reason.note)
    for name, calendar in policy.calendars.items():
        yield ("calendars", name), Provenance(calendar.source, calendar.note)
    for name, target in policy.targets.items():
        for begin in target.begins:
            if isinstance(begin, BeginText):
                yield ("targets", name, "begins", begin.instant), Provenance(begin.source, begin.note)
    for index, rule in enumerate(policy.inherit):
        yield ("inherit", str(index)), Provenance(rule.source, rule.note)
    for name, fault in policy.major_faults.items():
        yield ("major_faults", name), Provenance(fault.source, fault.note)
