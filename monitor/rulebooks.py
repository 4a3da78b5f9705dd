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

from monitor import policy_file
from monitor.engine import Rulebook
from monitor.mapping import SourceMapping
from monitor.policies import Policy


def rulebook(policies: Policy | Sequence[Policy], mappings: Mapping[str, SourceMapping]) -> Rulebook:
    """Everything the engine needs besides history; its version is a hash of all of it.

    *policies* are the versions of the policy, oldest first. A pause reason of any of them is understood by its own name
    in every source.
    """
    policies = (policies,) if isinstance(policies, Policy) else tuple(policies)
    own = {reason: reason for policy in policies for reason in policy.reasons}
    mappings = {
        name: dataclasses.replace(mapping, reasons={**own, **mapping.reasons}) for name, mapping in mappings.items()
    }
    in_order = {name: list(mapping.reasons.items()) for name, mapping in mappings.items()}  # patterns are tried in turn
    text = json.dumps([plain(policies), plain(dict(mappings)), in_order], sort_keys=True, ensure_ascii=False)
    version = hashlib.sha256(text.encode()).hexdigest()[:16]
    since = (None, *(_in_force(policy) for policy in policies[1:]))
    return Rulebook(version, policies, mappings, policy_file.working_times(*policies), since)


def _in_force(policy: Policy) -> datetime:
    return datetime.combine(policy.effective_from, time(0), ZoneInfo(policy.zone)).astimezone(UTC)


def plain(value: Any) -> Any:
    """A value of the core as JSON, the same in every process (sets are sorted)."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: plain(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(str(item) for item in value)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)
