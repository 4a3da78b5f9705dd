"""Find the places in configuration files where a name refers to something, and misspell the name there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import yaml

MAIN = (
    "policy", "policy.*", "root_causes.*", "wake_through_silence.*", "tell_nobody.*",
    "sources.*.type", "sources.*.mapping.statuses.*", "sources.*.mapping.reasons.*",
    "sources.*.mapping.attributes.?", "sources.*.mapping.attributes.tier.values.*",
    "sources.*.mapping.attributes.assurance.values.*", "sources.*.mapping.attributes.customer_tier.values.*",
    "sources.*.mapping.attributes.far_tier.values.*",
    "sources.*.mapping.circuit_states.*", "sources.*.mapping.instants.?", "sources.*.options.?",
    "receivers.*.type", "receivers.*.only.?", "receivers.*.only.*", "receivers.*.only.*.*", "receivers.*.options.?",
    "?", "sources.*.?", "sources.*.mapping.?", "receivers.*.?",
)  # fmt: skip
POLICY = (
    "ladders.?", "stages.?", "stages.*.?", "inherit.*.tier", "inherit.*.when.?", "inherit.*.when.tier",
    "targets.*.pause.*", "targets.*.calendar", "targets.*.start.*", "targets.*.stop.*", "targets.*.reset.*",
    "targets.*.cancel.*", "targets.*.begins.*", "targets.*.ahead_of", "targets.*.started_by.target",
    "targets.*.budgets.*.calendar", "targets.*.budgets.*.when.?", "targets.*.budgets.*.when.tier",
    "targets.*.budgets.*.when.assurance", "targets.*.unless.?", "agreements.*.supports",
    "major_faults.*.when.?", "major_faults.*.when.tier", "major_faults.*.when.assurance",
    "?", "targets.*.?", "targets.*.budgets.*.?",
)  # fmt: skip
ROTA = (
    "people.*.receivers", "people.*.receivers.*", "teams.*.receivers", "teams.*.receivers.*",
    "teams.*.layers.*.people.*", "teams.*.overrides.*.person", "teams.*.escalation.*.tell",
    "teams.*.escalation.*.tell.*", "?", "people.*.?", "teams.*.?", "teams.*.layers.*.?",
)  # fmt: skip
"""Where names stand in each file: `*` is any key, `?` means that the key itself is the name."""


@dataclass(frozen=True)
class Reference:
    """A name in a file: where, and how it is written."""

    path: str
    name: str
    line: int
    start: int
    end: int


def references(text: str, patterns: Sequence[str]) -> Iterator[Reference]:
    """Every name in a file that stands at one of the places."""
    root = yaml.compose(text)
    if root is not None:
        yield from _walk(root, (), [pattern.split(".") for pattern in patterns])


def _walk(node: yaml.Node, path: tuple[str, ...], patterns: Sequence[Sequence[str]]) -> Iterator[Reference]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*path, key.value)
            if any(len(p) == len(here) and p[-1] == "?" and _fits(p[:-1], path) for p in patterns):
                yield _reference(key, here)
            yield from _walk(value, here, patterns)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _walk(item, (*path, str(index)), patterns)
    elif any("?" not in p and len(p) == len(path) and _fits(p, path) for p in patterns):
        yield _reference(node, path)


def _fits(pattern: Sequence[str], path: Sequence[str]) -> bool:
    return all(part in ("*", name) for part, name in zip(pattern, path, strict=True))


def _reference(node: yaml.Node, path: tuple[str, ...]) -> Reference:
    mark = node.start_mark
    return Reference(".".join(path), str(node.value), mark.line + 1, mark.index, node.end_mark.index)


def misspelt(name: str) -> Iterator[str]:
    """The name as people mistype it: letters that changed places, one too few, one too many, another case."""
    letters = [index for index in range(len(name) - 1) if name[index] != name[index + 1]]
    if len(name) > 2 and letters:
        at = letters[-1]
        yield name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    if len(name) > 3:
        yield name[:-2] + name[-1]
        yield name + "x"
    if name.swapcase() != name:
        yield name.swapcase()


def replaced(text: str, where: Reference, name: str) -> str:
    """The text with another name at that place."""
    return text[: where.start] + name + text[where.end :]
