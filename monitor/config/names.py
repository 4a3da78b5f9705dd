"""Check every name in `tierwatch.yml` against what it refers to: attributes, reasons, rungs, labels and their values.

A name that refers to nothing would silently turn something off. So it stops the start; the sentence has file, line,
key, the names that exist, and the most similar one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from monitor.config import routes
from monitor.config.routes import Only, World
from monitor.config.schema import MappingText, ReceiverText
from monitor.config.yaml_file import Document, Loc
from monitor.history import INSTANTS
from monitor.policy import Policy, is_word
from monitor.text import among, did_you_mean, own_spelling

MOST_URGENT = ("diamond", "gold")


def root_causes(document: Document, names: Sequence[str], world: World) -> tuple[str, ...]:
    """The attributes by which alerts roll up. Raises ConfigError."""
    attributes = world.attributes
    for index, name in enumerate(names):
        if name not in attributes:
            known = ", ".join(attributes)
            raise document.error(
                ("root_causes", index),
                f"{name!r} is not an attribute; use some of {known}{did_you_mean(name, attributes)}",
            )
    return tuple(names)


def waking(document: Document, tiers: Sequence[str] | None, world: World) -> frozenset[str]:
    """The tiers whose breach pages through a silence; by default diamond and gold, where the policy has them."""
    known = world.rungs("tier")
    if tiers is None:
        return frozenset(MOST_URGENT) & frozenset(known)
    found = set()
    for index, tier in enumerate(tiers):
        loc = ("wake_through_silence", index)
        every = (*known, *_further(world))
        own = own_spelling(tier, every)
        if own is None:
            has = ", ".join(every) or "none"
            raise document.error(
                loc, f"policy {world.policies[-1].label} has no tier {tier!r}; it has {has}{did_you_mean(tier, every)}"
            )
        found.add(own)
    return frozenset(found)


def _further(world: World) -> tuple[str, ...]:
    """The rungs of the ladders beside tier and assurance that page, each with its ladder: `urgency A`."""
    return tuple(routes.named_rung(ladder, rung) for ladder in world.further_ladders for rung in world.rungs(ladder))


def unpaged_on_purpose(document: Document, rungs: Sequence[str], world: World) -> frozenset[str]:
    """The rungs whose pages no receiver takes on purpose. Raises ConfigError."""
    known = (*world.rungs("tier"), *world.rungs("assurance"), *_further(world))
    found = set()
    for index, rung in enumerate(rungs):
        own = own_spelling(rung, known)
        if own is None:
            has = ", ".join(known) or "none"
            raise document.error(
                ("tell_nobody", index),
                f"policy {world.policies[-1].label} has no rung {rung!r}; it has {has}{did_you_mean(rung, known)}",
            )
        found.add(own)
    return frozenset(found)


def a_rung(document: Document, loc: Loc, rung: str, ladder: str, world: World) -> str:
    """The rung in the policy's spelling. Raises ConfigError."""
    known = world.rungs(ladder)
    own = own_spelling(rung, known)
    if own is None:
        label = world.policies[-1].label
        has = ", ".join(known) or "none"
        raise document.error(
            loc, f"policy {label} has no {ladder} {rung!r}; it has {has}{did_you_mean(rung, known)}"
        )  # fmt: skip
    return own


def mapping(document: Document, loc: Loc, text: MappingText, world: World) -> None:
    """Refuse attributes, instants, reasons and rungs that do not exist. Raises ConfigError."""
    attributes = world.attributes
    for attribute in text.attributes:
        if attribute not in attributes:
            known = ", ".join(attributes)
            raise document.error(
                (*loc, "attributes", attribute),
                f"is not an attribute; use one of {known}, or declare it under attributes of the policy"
                f"{did_you_mean(attribute, attributes)}",
            )
    instants = tuple(dict.fromkeys((*INSTANTS, *(name for policy in world.policies for name in policy.instants))))
    for instant in text.instants:
        if instant not in instants:
            known = ", ".join(instants)
            raise document.error(
                (*loc, "instants", instant), f"is not an instant; use one of {known}{did_you_mean(instant, instants)}"
            )
    for attribute, rule in text.attributes.items():
        for word, value in rule.values.items():
            _a_word(document, (*loc, "attributes", attribute, "values", word), attribute, value, world)
    _distinct_words(document, loc, text)
    _reasons(document, loc, text, world.policies)


def _a_word(document: Document, loc: Loc, attribute: str, value: str, world: World) -> None:
    """Refuse a word that the attribute cannot have. Raises ConfigError."""
    ladder = {name: ladder for policy in world.policies for name, ladder in policy.rungs_of.items()}.get(attribute)
    if ladder is not None:
        a_rung(document, loc, value, ladder, world)
        return
    declared = [policy.attributes[attribute] for policy in world.policies if attribute in policy.attributes]
    known = dict.fromkeys(word for one in declared for word in one.values)
    if declared and all(one.values for one in declared) and not among(value, known):
        label = world.policies[-1].label
        raise document.error(
            loc, f"policy {label} has no {attribute} {value!r}; it has {', '.join(known)}{did_you_mean(value, known)}"
        )


def _distinct_words(document: Document, loc: Loc, text: MappingText) -> None:
    """Refuse keys that are one word in two spellings, because it is not clear which of them counts."""
    tables = {"statuses": text.statuses, "reasons": text.reasons, "circuit_states": text.circuit_states}
    for key, table in tables.items():
        document.distinct_keys((*loc, key), table)
    for name, rule in text.attributes.items():
        document.distinct_keys((*loc, "attributes", name, "values"), rule.values)


def _reasons(document: Document, loc: Loc, text: MappingText, policies: Sequence[Policy]) -> None:
    known = {reason: None for policy in policies for reason in policy.reasons}
    said = [(("reasons", word), reason) for word, reason in text.reasons.items()]
    said += [(("statuses", word), rule.reason) for word, rule in text.statuses.items() if rule.reason is not None]
    for place, reason in said:
        if not among(reason, known):
            has, label = ", ".join(known) or "none", policies[-1].label
            raise document.error(
                (*loc, *place),
                f"{reason!r} is not a pause reason of policy {label} ({has}); correct it or add it to the policy"
                f"{did_you_mean(reason, known)}",
            )


def only(document: Document, name: str, text: ReceiverText, world: World) -> Only:
    """The conditions of a receiver. Raises ConfigError for those that no alert could ever meet."""
    loc: Loc = ("receivers", name, "only")
    for label, values in text.only.items():
        wrong = routes.unknown_label(label, world)
        if wrong is not None:
            raise document.error((*loc, label), wrong)
        if not values:
            raise document.error((*loc, label), "lists no value, so nobody would be told; write one, or remove it")
        for index, value in enumerate(values):
            wrong = routes.unknown_value(label, value, world)
            if wrong is not None:
                alone = (*loc, label, index) not in document.lines
                raise document.error((*loc, label) if alone else (*loc, label, index), wrong)
    found = _respelled(text.only, world)
    wrong = routes.contradiction(found, world)
    if wrong is not None:
        raise document.error(loc, wrong)
    return found


def _respelled(only: Mapping[str, Sequence[str]], world: World) -> Only:
    """The conditions, with every known value spelled as in the labels of alerts."""
    found = {}
    for label, values in only.items():
        known = world.values(label) if is_word(label) else ()
        found[label] = frozenset(own_spelling(value, known) or value for value in values)
    return found


def untaken(
    receivers: Mapping[str, ReceiverText], expected: frozenset[str], world: World
) -> tuple[routes.Untaken, ...]:
    """The stages that page and that no receiver takes, without the rungs for which that is *expected*."""
    ways = [(_respelled(item.only, world), item.shadow) for item in receivers.values() if not item.personal]
    return tuple(one for one in routes.untaken(ways, world) if one.name not in expected)


def idle_words(text: Mapping[str, MappingText], policies: Sequence[Policy]) -> Iterator[str]:
    """A warning for each value of a table that chooses no budget: it is allowed, and may be misspelled."""
    chosen: dict[str, dict[str, None]] = {}
    for policy in policies:
        for name in policy.choosing:
            if name not in policy.rungs_of and not policy.open(name):
                chosen.setdefault(name, {}).update(dict.fromkeys(policy.named(name)))
    for source, mapped in text.items():
        for name, rule in mapped.attributes.items():
            known = chosen.get(name, {})
            for word, value in rule.values.items():
                if known and not among(value, known):
                    yield (
                        f"source {source}: {name} {value!r} (of {word!r}) chooses no figure of the policy, which names"
                        f" {', '.join(known)}{did_you_mean(value, known)}"
                    )
