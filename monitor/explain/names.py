"""The names that the versions of a policy give things, by id: what people read in the place of an id. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from monitor.messages import Argument
from monitor.model import Name
from monitor.policy import NO_RUNG, Policy


@dataclass(frozen=True, slots=True)
class PolicyNames:
    """Names by id: of targets, of the rungs of each ladder, of attributes, instants and pause reasons of a policy.

    What has no name is shown by its id.
    """

    targets: Mapping[str, Name] = field(default_factory=dict)
    ladders: Mapping[str, Mapping[str, Name]] = field(default_factory=dict)
    attributes: Mapping[str, Name] = field(default_factory=dict)
    instants: Mapping[str, Name] = field(default_factory=dict)
    reasons: Mapping[str, Name] = field(default_factory=dict)

    def target(self, id_: str) -> Name | str:
        """The name of a target."""
        return self.targets.get(id_, id_)

    def reason(self, id_: str) -> Name | str:
        """The name of a pause reason."""
        return self.reasons.get(id_, id_)

    def word(self, attribute: str, value: str) -> Name | str:
        """The name of what an attribute says, where the attribute is a ladder; else the word itself."""
        return self.ladders.get(attribute, {}).get(value, value)

    def rungs(self, tier: str, assurance: str) -> list[Argument]:
        """The names of the tier and the assurance, as far as there are any."""
        both = (("tier", tier), ("assurance", assurance))
        return [self.word(ladder, id_) for ladder, id_ in both if id_ not in (NO_RUNG, "")]


NO_NAMES = PolicyNames()
"""For what is judged by no policy: every id stands for itself."""


def names_of(policies: Iterable[Policy]) -> PolicyNames:
    """The names in *policies*, the oldest version first: a later one gives the name."""
    targets: dict[str, Name] = {}
    ladders: dict[str, dict[str, Name]] = {}
    attributes: dict[str, Name] = {}
    instants: dict[str, Name] = {}
    reasons: dict[str, Name] = {}
    for policy in policies:
        targets |= {rule.name: rule.title for rule in policy.targets}
        for ladder, rungs in policy.ladders.items():
            ladders.setdefault(ladder, {}).update({one.id: one.name for one in rungs})
        attributes |= {name: one.title for name, one in policy.attributes.items()}
        instants |= policy.instants
        reasons |= policy.reasons
    told_apart = {ladder: _told_apart(rungs) for ladder, rungs in ladders.items()}
    return PolicyNames(_told_apart(targets), told_apart, attributes, instants, reasons)


def _told_apart(names: dict[str, Name]) -> dict[str, Name]:
    """The same names; where several ids have one, each with its id beside it."""
    shared = {name for name, times in Counter(names.values()).items() if times > 1}
    return {
        id_: Name(f"{name.en} ({id_})", f"{name.zh} ({id_})") if name in shared else name for id_, name in names.items()
    }
