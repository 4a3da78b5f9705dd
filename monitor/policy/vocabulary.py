"""Say which words a policy has, and whether a subject would be promised more if a word of it were understood.

Pure. The words of a ladder are its rungs; of the other attributes that choose a budget, all that any row, exception,
agreement or rule names; of teams and suppliers, those that have an agreement. A policy that has several versions has
the words of all of them, in the spelling of the newest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from monitor.history import CHOOSING, RUNGS_OF
from monitor.model import SubjectKind
from monitor.policy.policy import BudgetRow, Policy, TargetRule
from monitor.policy.target import Stage
from monitor.text import Vocabulary, by_word, folded

_ANY_AGE = timedelta.max
_GRADED = frozenset({*RUNGS_OF, "urgency"})
"""The attributes that grade a subject: each target looks at them for itself. Other words may well be none of ours."""


def vocabulary(policies: Sequence[Policy]) -> Vocabulary:
    """The words of a policy's versions, the oldest first."""
    known: dict[str, Mapping[str, str]] = {}
    ladders = {ladder for policy in policies for ladder in policy.ladders}
    for name, ladder in RUNGS_OF.items():
        if ladder in ladders:
            known[name] = _spelled(rung.id for policy in reversed(policies) for rung in policy.ladders.get(ladder, ()))
    rungs = frozenset(known)
    for name in CHOOSING:
        if name not in RUNGS_OF:
            words = _spelled(word for policy in reversed(policies) for word in _named(policy, name))
            known |= {name: words} if words else {}
    parties = _spelled(agreement.party for policy in reversed(policies) for agreement in policy.agreements)
    known |= dict.fromkeys(("team", "supplier"), parties) if parties else {}
    return Vocabulary(known, rungs, _Needed(policies[-1], known))


def _spelled(words: Iterator[str]) -> dict[str, str]:
    """The words by their folded form; the first spelling counts."""
    own: dict[str, str] = {}
    every = list(words)
    for word in every:
        own.setdefault(folded(word), word)
    return by_word({word: own[folded(word)] for word in every})


def _named(policy: Policy, name: str) -> Iterator[str]:
    """The words that *policy* names for an attribute, rows first."""
    rows = [row for rule in policy.targets for row in rule.rows]
    rows += [row for agreement in policy.agreements for row in agreement.rows]
    whens = [row.when for row in rows] + [rule.unless for rule in policy.targets]
    whens += [when for rule in policy.targets if rule.counting for when in (rule.counting.when, rule.counting.unless)]
    whens += [rule.when for rule in policy.inherit] + [fault.when for fault in policy.major_faults]
    for when in whens:
        yield from sorted(when.get(name, ()))


@dataclass(frozen=True, slots=True)
class _Needed:
    """Whether nothing is promised to a subject only because a word of it is none of the policy's.

    Of what grades a subject, each target asks for itself. Another attribute (a process, a scope) may say what the
    policy has no words for on purpose, so it is asked for only where nothing at all is promised.
    """

    policy: Policy
    known: Mapping[str, Mapping[str, str]]

    def __call__(self, kind: str, name: str, attributes: Mapping[str, str]) -> bool:
        rules = [rule for rule in self.policy.targets if rule.of == kind]
        lacking = [rule for rule in rules if _row(self.policy, rule, attributes) is None]
        if name not in _GRADED and len(lacking) < len(rules):
            return False
        words = dict.fromkeys(self.known.get(name, {}).values())
        return any(_row(self.policy, rule, {**attributes, name: word}) for rule in lacking for word in words)


def _row(policy: Policy, rule: TargetRule, attributes: Mapping[str, str]) -> BudgetRow | None:
    return rule.row(policy.graded(attributes), _ANY_AGE)


def matters(policy: Policy, words: Vocabulary, kind: SubjectKind, name: str, attributes: Mapping[str, str]) -> bool:
    """Whether some word of the policy for *name* would give a subject another promise, or have other people told of it.

    *attributes* are those that were understood. A subject that is promised nothing whatever the word is does not count.
    """
    now = _promised(policy, kind, attributes)
    return any(
        found != now and any(row is not None for row, _ in found)
        for word in words.words(name)
        for found in (_promised(policy, kind, {**attributes, name: word}),)
    )


def _promised(
    policy: Policy, kind: SubjectKind, attributes: Mapping[str, str]
) -> list[tuple[BudgetRow | None, tuple[Stage, ...]]]:
    """Of each target for subjects of this kind the row that holds, and when somebody is told of it."""
    graded = policy.graded(attributes)
    rows = [rule.row(graded, _ANY_AGE) for rule in policy.targets if rule.of is kind]
    stages = policy.stages_for(graded)
    return [(row, stages if row is not None else ()) for row in rows]
