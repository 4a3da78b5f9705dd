"""Say which words a policy has, and whether a subject would be promised more if a word of it were understood.

Pure. The words of a ladder are its rungs; of an attribute that the policy declares with `values`, those; of the other
attributes that choose a budget, all that any row, exception, agreement or rule names; of teams and suppliers, also
those that have an agreement. A policy that has several versions has the words of all of them, in the spelling of the
newest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from monitor.history import CHOOSING, HOLDERS, RUNGS_OF
from monitor.model import SubjectKind
from monitor.policy.policy import BudgetRow, Policy, TargetRule
from monitor.policy.target import Stage
from monitor.text import Vocabulary, by_word, folded

_ANY_AGE = timedelta.max
_GRADED = frozenset({*RUNGS_OF, "urgency"})
"""The attributes that grade a subject: each target looks at them for itself. Other words may well be none of ours."""


def vocabulary(policies: Sequence[Policy]) -> Vocabulary:
    """The words of a policy's versions, the oldest first."""
    newest_first = tuple(reversed(policies))
    rungs_of = {name: ladder for policy in policies for name, ladder in policy.rungs_of.items()}
    declared = {name: None for policy in policies for name in policy.attributes}
    known: dict[str, Mapping[str, str]] = {}
    for name in (*CHOOSING, *declared):
        words = _spelled(word for policy in newest_first for word in _own(policy, name, rungs_of.get(name)))
        known |= {name: words} if words else {}
    rungs = frozenset(name for name in rungs_of if name in known)
    opened = frozenset(name for name in (*CHOOSING, *declared) if name not in rungs_of and _open(newest_first, name))
    return Vocabulary(known, rungs, _Needed(policies[-1], known), opened)


def _own(policy: Policy, name: str, ladder: str | None) -> Iterator[str]:
    """The words that *policy* has for an attribute, of which another version may have the *ladder*."""
    if ladder is not None and (ladder in policy.ladders or name in RUNGS_OF):
        yield from (rung.id for rung in policy.ladders.get(ladder, ()))
        return
    if name in policy.attributes:
        yield from policy.attributes[name].values
    if name in HOLDERS:
        yield from (agreement.party for agreement in policy.agreements)
    yield from policy.named(name)


def _open(newest_first: Sequence[Policy], name: str) -> bool:
    """Whether an attribute may have any word, by the newest version that declares it."""
    return next((policy for policy in newest_first if name in policy.attributes), newest_first[0]).open(name)


def _spelled(words: Iterator[str]) -> dict[str, str]:
    """The words by their folded form; the first spelling counts."""
    own: dict[str, str] = {}
    every = list(words)
    for word in every:
        own.setdefault(folded(word), word)
    return by_word({word: own[folded(word)] for word in every})


@dataclass(frozen=True, slots=True)
class _Needed:
    """Whether nothing is promised to a subject only because a word of it is none of the policy's.

    Of what grades a subject, each target asks for itself. Another attribute (a process, a scope) may say what the
    policy has no words for on purpose, so it is asked for only where nothing at all is promised. One that the policy
    declares with all its words has no others, so it is asked for wherever one of them would change anything.
    """

    policy: Policy
    known: Mapping[str, Mapping[str, str]]

    def __call__(self, kind: str, name: str, attributes: Mapping[str, str]) -> bool:
        declared = self.policy.attributes.get(name)
        if declared is not None and declared.values:
            return _changes_something(self.policy, declared.values, kind, attributes, name)
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
    return _changes_something(policy, words.words(name), kind, attributes, name)


def _changes_something(
    policy: Policy, words: Sequence[str], kind: str, attributes: Mapping[str, str], name: str
) -> bool:
    """Whether one of *words* as the attribute *name* would bring a promise that is not there without."""
    now = _promised(policy, kind, attributes)
    return any(
        found != now and any(row is not None for row, _ in found)
        for word in words
        for found in (_promised(policy, kind, {**attributes, name: word}),)
    )


def _promised(
    policy: Policy, kind: str, attributes: Mapping[str, str]
) -> list[tuple[BudgetRow | None, tuple[Stage, ...]]]:
    """Of each target for subjects of this kind the row that holds, and when somebody is told of it."""
    graded = policy.graded(attributes)
    rows = [rule.row(graded, _ANY_AGE) for rule in policy.targets if rule.of == kind]
    stages = policy.stages_for(graded)
    return [(row, stages if row is not None else ()) for row in rows]
