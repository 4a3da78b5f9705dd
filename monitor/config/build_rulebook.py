"""Build the rulebook that the engine judges by, and name it by a hash of everything in it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from monitor.clock import Rulebook
from monitor.config import policy_file
from monitor.config.guarded_file import in_every_version
from monitor.config.rule_version import named
from monitor.errors import ConfigError
from monitor.history import AttributeRule, SourceMapping
from monitor.policy import Policy
from monitor.text import by_word, folded, laid_over, look_up

_READING = "words are folded"
"""How words are compared, as part of the version: where that changes, what is open is judged anew (semantics 46)."""


def rulebook(policies: Policy | Sequence[Policy], mappings: Mapping[str, SourceMapping]) -> Rulebook:
    """Everything the engine needs besides history; its version is a hash of all of it.

    *policies* are the versions of the policy, oldest first. A pause reason of any of them is understood by its own name
    in every source, and what they declare in those whose fields have our names.
    """
    policies = in_every_version((policies,) if isinstance(policies, Policy) else tuple(policies))
    _one_spelling("pause reason", [(policy, list(policy.reasons)) for policy in policies])
    for ladder in dict.fromkeys(name for policy in policies for name in policy.ladders):
        rungs = [(policy, [rung.id for rung in policy.ladders.get(ladder, ())]) for policy in policies]
        _one_spelling(f"rung of the ladder {ladder}", rungs)
    own = {reason: reason for policy in policies for reason in policy.reasons}
    mappings = {name: _with_declared(_with_reasons(mapping, own), policies) for name, mapping in mappings.items()}
    in_order = {name: list(mapping.reasons.items()) for name, mapping in mappings.items()}  # patterns are tried in turn
    rules = [_READING, plain(policies, sparse=True), plain(dict(mappings), sparse=True), in_order]
    text = json.dumps(rules, sort_keys=True, ensure_ascii=False)
    version = named(hashlib.sha256(text.encode()).hexdigest()[:16])
    since = (None, *(_in_force(policy) for policy in policies[1:]))
    return Rulebook(version, policies, mappings, policy_file.working_times(*policies), since)


def _one_spelling(what: str, versions: Sequence[tuple[Policy, Sequence[str]]]) -> None:
    """Refuse versions of a policy that spell one word in two ways. Raises ConfigError."""
    spelled: dict[str, tuple[str, str]] = {}
    for policy, words in versions:
        for word in words:
            first, label = spelled.setdefault(folded(word), (word, policy.label))
            if first != word:
                raise ConfigError(
                    f"{policy.label}: the {what} {word!r} is {first!r} in {label}; write it in the same way in both"
                )


def _with_reasons(mapping: SourceMapping, own: Mapping[str, str]) -> SourceMapping:
    """The mapping with every pause reason in the policy's spelling, each understood by its own name too."""
    spelled = by_word(own)

    def respelled(reason: str) -> str:
        return look_up(spelled, reason) or reason

    reasons = {word: respelled(reason) for word, reason in laid_over(own, mapping.reasons).items()}
    statuses = {
        word: rule if rule.reason is None else dataclasses.replace(rule, reason=respelled(rule.reason))
        for word, rule in mapping.statuses.items()
    }
    return dataclasses.replace(mapping, statuses=statuses, reasons=reasons)


def _with_declared(mapping: SourceMapping, policies: Sequence[Policy]) -> SourceMapping:
    """The mapping of a source whose fields have our names, with what the policies declare; any other as it is."""
    if not mapping.same_names:
        return mapping
    attributes = {name: AttributeRule(name) for policy in policies for name in policy.attributes}
    instants = {name: name for policy in policies for name in policy.instants}
    return dataclasses.replace(
        mapping, attributes={**attributes, **mapping.attributes}, instants={**instants, **mapping.instants}
    )


def _in_force(policy: Policy) -> datetime:
    return datetime.combine(policy.effective_from, time(0), ZoneInfo(policy.zone)).astimezone(UTC)


def plain(value: Any, sparse: bool = False) -> Any:
    """A value of the core as JSON, the same in every process (sets are sorted).

    *sparse* leaves out what has its default, so that a key that is new leaves rules alone that do not have it.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        given = {item: getattr(value, item.name) for item in dataclasses.fields(value) if item.compare}
        kept = {item.name: one for item, one in given.items() if not (sparse and one == _default(item))}
        return {name: plain(one, sparse) for name, one in kept.items()}
    if isinstance(value, Mapping):
        return {str(key): plain(item, sparse) for key, item in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(str(item) for item in value)
    if isinstance(value, list | tuple):
        return [plain(item, sparse) for item in value]
    if isinstance(value, Enum):
        return value.value
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


def _default(item: dataclasses.Field[Any]) -> Any:
    """The default of a field; MISSING, which equals nothing, where it has none."""
    return item.default if item.default_factory is dataclasses.MISSING else item.default_factory()
