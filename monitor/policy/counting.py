"""Say what a target counts that is of several subjects together: which of them, by what, and until when.

Pure. One group has what is counted of all subjects with the same value of an attribute, or of all there are. How the
counted are judged is in `monitor/clock/group_clock.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from monitor.memory import remembered
from monitor.model import Condition, SubjectKey, SubjectKind
from monitor.policy.guarded import GuardedPeriod
from monitor.policy.target import BREACHED_STAGE, Stage
from monitor.text import among, folded
from monitor.worktime import DueDate

GROUPS = "groups"
"""The source of groups. No configured source may have this name."""

USUAL_STAGES = (Stage(BREACHED_STAGE, share=1.0),)
"""Who counts and has no tier is told of the breach alone, unless the target says more."""

_LONGEST = 120  # of the value in a group's id, in characters


@dataclass(frozen=True, slots=True)
class Counting:
    """What is counted of whom.

    `of` is the kind of the counted subjects, `counts` are the conditions that one must enter, `when` and `unless` say
    which of them count. `cancel` are the conditions in which a ticket or change does not count after all, `excuses` the
    reasons for which a circuit does not. `by` is the attribute whose value makes the group, empty for one group of all;
    `listed` are the values that there are from the policy's start. Good is what enters one of `good` as well, or what
    keeps the promise `good_target`. `duty` is the date by which it is due in each period; one that was missed can be
    `made_up` in the period after, and only what comes then besides counts for that one. With `during`, names of guarded
    periods, it is due only where its date lies in one of them.
    """

    of: SubjectKind
    counts: frozenset[Condition] = frozenset()
    by: str = ""
    when: Mapping[str, frozenset[str]] = field(default_factory=dict)
    unless: Mapping[str, frozenset[str]] = field(default_factory=dict)
    cancel: frozenset[Condition] = frozenset()
    excuses: frozenset[str] = frozenset()
    good: frozenset[Condition] = frozenset()
    good_target: str = ""
    listed: tuple[str, ...] = ()
    duty: DueDate | None = None
    made_up: bool = True
    during: tuple[str, ...] = ()
    tier: str = ""
    stages: tuple[Stage, ...] = ()

    @property
    def each_once(self) -> bool:
        """Whether a subject counts once in a period: a ticket does however often it is reopened, a circuit may fail
        again."""
        return self.of is not SubjectKind.CIRCUIT and not self.good_target


def periods_of(counting: Counting, value: str, guarded: Sequence[GuardedPeriod]) -> list[GuardedPeriod]:
    """The guarded periods in which a duty is due for the group of that value, the earliest first."""
    mine = [one for one in guarded if one.name in counting.during]
    if counting.by:
        mine = [one for one in mine if among(value, one.who.get(counting.by, ()))]
    return sorted(mine, key=lambda one: (one.since, one.until))


def needed(goal: float, total: int) -> int:
    """How many of *total* must be good for a share of *goal*."""
    share = _exact(goal)
    return -(-share.numerator * total // share.denominator)


@remembered("exact_shares", 64)
def _exact(share: float) -> Fraction:
    """A share as it was written: 0.9, not what is nearest to it in binary."""
    return Fraction(share).limit_denominator(10**8)


def form_of(value: str) -> str:
    """The value of an attribute as it makes a group: two spellings of one word are one."""
    form = folded(value)
    if len(form) <= _LONGEST:
        return form
    return f"{form[:_LONGEST]}~{hashlib.sha256(form.encode()).hexdigest()[:16]}"


def group_key(target: str, form: str) -> SubjectKey:
    """The key of the group of a target's subjects whose value has this form; empty for all of them."""
    return SubjectKey(GROUPS, f"{target}/{form}" if form else target)


def target_of(key: SubjectKey) -> tuple[str, str]:
    """The target of a group, and the form of the value that makes it."""
    target, _, form = key.subject.partition("/")
    return target, form
