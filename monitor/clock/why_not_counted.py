"""Say of a target that counts several subjects whether one of them counts, and if not, what would make it count.

Pure. `contributions`, which the program counts by, says whether it counts; the reason is read off the same steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from monitor.clock.contributions import Known, contributions, standing_of
from monitor.clock.group_lives import LIVES_OF_GROUPS
from monitor.clock.reading import Reading
from monitor.clock.state_machine import is_excluded
from monitor.history import History
from monitor.model import SubjectKey, SubjectKind
from monitor.policy import Circumstances, Counting, Policy, Refusal, TargetRule, Why, fits


def why_not_counted(
    key: SubjectKey,
    kind: SubjectKind,
    history: History,
    readings: Sequence[Reading],
    rule: TargetRule,
    policy: Policy,
    now: datetime,
) -> Refusal:
    """The first condition that keeps the subject out of what *rule* counts; `Why.COUNTED` with its group if none does.

    *policy* is the newest version, by which the program counts. Conditions come in this order: the kind, `unless`,
    `when`, the value of `by`, a row for the group, and what must be entered.
    """
    counting = rule.counting
    assert counting is not None
    if counting.of is not kind:
        return Refusal(Why.OTHER_KIND, name=counting.of.value, word=kind.value)
    known = Known(key, kind, history, policy)
    added = contributions(key, kind, history, readings, [rule], policy, now)
    counted = [one for one in added if one.what and one.what not in LIVES_OF_GROUPS]
    if counted:
        return _without_row(rule, counting, counted[-1].value) or Refusal(
            Why.COUNTED, name=str(counted[-1].group), values=(counted[-1].what,)
        )
    attributes = known.attributes(now)
    value = known.value(counting.by, attributes)
    found = next(_unfit(counting, attributes), None)
    if found is None and value is None:
        found = Refusal(Why.UNSAID, counting.by)
    if found is None and value is not None:
        found = _without_row(rule, counting, value)
    return found or _not_entered(rule, counting, history, readings, now)


def _unfit(counting: Counting, attributes: Mapping[str, str]) -> Iterator[Refusal]:
    """What `unless` and `when` say against a subject with these attributes, in the order of the policy."""
    for name, values in counting.unless.items():
        if fits({name: values}, attributes):
            yield Refusal(Why.LEFT_OUT, name, attributes[name], unmet=1)
    for name, values in counting.when.items():
        if not fits({name: values}, attributes):
            word = attributes.get(name, "")
            yield Refusal(Why.OTHER_WORD if word else Why.UNSAID, name, word, tuple(sorted(values)))


def _without_row(rule: TargetRule, counting: Counting, value: str) -> Refusal | None:
    """Why nothing is promised to the group of *value*; None where a row is for it."""
    found = rule.chosen(Circumstances({counting.by: value} if counting.by else {}))
    return found if isinstance(found, Refusal) else None


def _not_entered(
    rule: TargetRule, counting: Counting, history: History, readings: Sequence[Reading], now: datetime
) -> Refusal:
    """The subject would count, and has entered nothing that is counted, or nothing that still counts."""
    if counting.good_target:
        clock = any(reading.target.name == counting.good_target for reading in readings)
        return Refusal(Why.NOT_JUDGED if clock else Why.NO_CLOCK_TO_COUNT, name=counting.good_target)
    standing = standing_of(rule, counting, history, now)
    conditions = tuple(sorted(str(condition) for condition in counting.counts))
    if standing.withdrawn is not None:
        return Refusal(Why.WITHDRAWN, word=str(standing.withdrawn), values=conditions)
    if standing.gone:
        return Refusal(Why.GONE, values=conditions)
    entered = [fact for fact in standing.states if fact.phase in counting.counts]
    excuse = next((fact.reason for fact in reversed(entered) if fact.reason in counting.excuses), None)
    if excuse is not None or any(is_excluded(fact) for fact in entered):
        return Refusal(Why.EXCUSED, word=excuse or "", values=conditions)
    return Refusal(Why.NOT_ENTERED, values=conditions)
