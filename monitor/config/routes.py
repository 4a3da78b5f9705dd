"""Say which alerts a policy can make, which of them each receiver takes, and which of them nobody takes.

Pure. The conditions of `only` and of silences are checked against this list, so that a receiver that could never get a
page is found at the start. The one surprise: a label that only sources know (a ticket's id, a customer, a team) is
assumed to have any value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, product

from monitor.history import ATTRIBUTES, CHOOSING, LADDERS
from monitor.model import Measure, SubjectKind
from monitor.policy import (
    ALERTS,
    BREACHED_STAGE,
    GROUPS,
    LABELS,
    NAMED,
    NO_RUNG,
    SAID,
    SEVERITIES,
    Label,
    Policy,
    Stage,
    TargetRule,
    is_word,
)
from monitor.snapshot import OWN_SOURCE, OWN_TIER
from monitor.text import among, did_you_mean

NEAR, BREACHED, SYNTHETIC = "TierwatchDeadlineNear", "TierwatchDeadlineBreached", "TierwatchSynthetic"

Only = Mapping[str, frozenset[str]]

ANY = None
"""Stands for values that only the sources know."""

Shape = Mapping[str, frozenset[str] | None]
"""What one kind of alert can have under each label; a label that it does not have is left out."""

_ABSENT = frozenset({""})


@dataclass(frozen=True, slots=True)
class World:
    """Everything that labels can be made of: the versions of the policy, and the names in the configuration."""

    policies: Sequence[Policy]
    sources: Sequence[str]
    instance: str
    _clocks: list[Shape] = field(default_factory=list, compare=False, repr=False)
    _shapes: list[Shape] = field(default_factory=list, compare=False, repr=False)

    def shapes(self) -> Sequence[Shape]:
        """Every kind of alert that can ever be made."""
        if not self._shapes:
            self._shapes.extend((*self.clocks(), *self._others()))
        return self._shapes

    @property
    def attributes(self) -> tuple[str, ...]:
        """What a mapping may say of a subject: our attributes, and those that any version of the policy declares."""
        return tuple(dict.fromkeys((*ATTRIBUTES, *(name for policy in self.policies for name in policy.attributes))))

    @property
    def choosing(self) -> tuple[str, ...]:
        """The attributes that may choose a budget in any version."""
        return tuple(name for name in self.attributes if name in CHOOSING or name not in ATTRIBUTES)

    @property
    def said(self) -> tuple[str, ...]:
        """What is said of alerts of clocks without being a label."""
        return tuple(dict.fromkeys((*NAMED, *(name for policy in self.policies for name in policy.said))))

    @property
    def labels(self) -> Mapping[str, Label]:
        """Every label that an alert can have here, and what is said of alerts like one."""
        own: dict[str, Label] = {}
        for policy in self.policies:
            for name in policy.said:
                title = policy.attributes[name].title.en if name in policy.attributes else LABELS[name].what
                own[name] = Label(title, free=self._words(name) is ANY)
        return {**LABELS, **own}

    def _words(self, name: str) -> frozenset[str] | None:
        """What may be said as an attribute; its absence among it. ANY where the sources may say whatever they like."""
        found = {""}
        for policy in self.policies:
            if name not in policy.said:
                continue
            declared = policy.attributes.get(name)
            listed = self.rungs(name) if name in policy.ladders else () if declared is None else declared.values
            if not listed:
                return ANY
            found.update(listed)
        return ANY if found == {""} else frozenset(found)

    @property
    def further_ladders(self) -> tuple[str, ...]:
        """The ladders beside tier and assurance by which somebody is paged."""
        return tuple(dict.fromkeys(name for policy in self.policies for name in policy.further_ladders))

    def rungs(self, ladder: str) -> tuple[str, ...]:
        """The rungs of a ladder in any version, the highest first."""
        return tuple(dict.fromkeys(rung.id for policy in self.policies for rung in policy.ladders.get(ladder, ())))

    def values(self, label: str) -> tuple[str, ...]:
        """Every value that a label can have, in a stable order; empty for one that is free."""
        found: dict[str, None] = {}
        for shape in self.shapes():
            said = shape.get(label, _ABSENT)
            if said is ANY:
                return ()
            found.update(dict.fromkeys(sorted(said - _ABSENT)))
        first = self.rungs(label)
        return tuple(dict.fromkeys((*(rung for rung in first if rung in found), *found)))

    def clocks(self) -> Sequence[Shape]:
        """The alerts of clocks: each target, tier and assurance with each of its stages."""
        if not self._clocks:
            self._clocks.extend(self._of_clocks())
        return self._clocks

    def _of_clocks(self) -> Iterator[Shape]:
        seen = set()
        further = {name: ANY if name in NAMED else self._words(name) for name in self.said}
        for policy in self.policies:
            for rule in policy.targets:
                ladders = (*LADDERS, *policy.further_ladders)
                if rule.counting is not None:
                    said = dict.fromkeys(ladders, NO_RUNG) | {"tier": rule.counting.tier or NO_RUNG}
                    for stage in policy.stages_of_group(rule.counting) if rule.rows else ():
                        one = (rule.name, rule.of, tuple(said.items()), stage.name)
                        if one not in seen:
                            seen.add(one)
                            shape = self._clock(rule.name, rule.of, said, stage.name, further)
                            yield {**shape, "source": frozenset({GROUPS})}
                    continue
                for rungs in product(*((*_rungs(policy, ladder), NO_RUNG) for ladder in ladders)):
                    said = dict(zip(ladders, rungs, strict=True))
                    for stage in _stages(policy, rule, said):
                        one = (rule.name, rule.of, tuple(said.items()), stage.name)
                        if one not in seen:
                            seen.add(one)
                            yield self._clock(rule.name, rule.of, said, stage.name, further)

    def _clock(self, target: str, of: SubjectKind, rungs: Mapping[str, str], stage: str, further: Shape) -> Shape:
        """*further* is what may be said beside the labels."""
        tier, assurance = (rungs[ladder] for ladder in LADDERS)
        own = {
            ladder: frozenset({"" if rung == NO_RUNG else rung})
            for ladder, rung in rungs.items()
            if ladder not in LADDERS
        }
        name = BREACHED if stage == BREACHED_STAGE else NEAR
        fixed = {"alertname": name, "instance": self.instance, "tier": tier, "sla_target": target, "stage": stage}
        fixed["severity"] = SEVERITIES.get(name, ("critical",))[0]
        return {
            **{label: frozenset({value}) for label, value in fixed.items()},
            "assurance": frozenset({assurance, ""} if assurance == NO_RUNG else {assurance}),
            "source": frozenset(self.sources),
            of.value: ANY,
            "cycle": ANY,
            **further,
            **own,
        }

    def _others(self) -> Iterator[Shape]:
        """The alerts that are not about one clock."""
        rules = frozenset(rule.name for policy in self.policies for rule in policy.major_faults)
        closed: dict[str, frozenset[str] | None] = {
            **{name: self._words(name) for name in self.said if name not in NAMED},
            "instance": frozenset({self.instance}),
            "source": frozenset(self.sources),
            "tier": frozenset((*self.rungs("tier"), NO_RUNG)),
            "assurance": frozenset((*self.rungs("assurance"), NO_RUNG, "")),
            "sla_target": frozenset(rule.name for policy in self.policies for rule in policy.targets),
            "rule": rules,
            "attribute": frozenset(self.choosing),
        }
        for name, labels in ALERTS.items():
            if name in (NEAR, BREACHED) or ("rule" in labels and not rules):
                continue
            fixed = _OWN if name == SYNTHETIC else _OF_A_DRILL if "drill" in labels else {}
            own = {label: frozenset({value}) for label, value in fixed.items()}
            yield {
                "alertname": frozenset({name}),
                "severity": frozenset(SEVERITIES.get(name, ("critical",))),
                "instance": closed["instance"],
                **{
                    label: own.get(label, closed.get(label, ANY))
                    for label in labels
                    if label not in SAID or label in self.said
                },
            }


_OWN = {"source": OWN_SOURCE, "tier": OWN_TIER, "sla_target": "heartbeat", "stage": BREACHED_STAGE, "assurance": ""}


_OF_A_DRILL = {"drill": "true", "source": OWN_SOURCE, "stage": BREACHED_STAGE}


def _rungs(policy: Policy, ladder: str) -> tuple[str, ...]:
    return tuple(rung.id for rung in policy.ladders.get(ladder, ()))


def _stages(policy: Policy, rule: TargetRule, said: Mapping[str, str]) -> Iterator[Stage]:
    """The stages of a target for one rung of each ladder, where some row gives it a figure."""
    rows = rule.rows_for(said)
    for stage in policy.stages_of(rule, said):
        if any(row.measure is not Measure.TIME or not row.budget or stage.applies(row.budget) for row in rows):
            yield stage


def takes(only: Only, shape: Shape) -> bool:
    """Whether a receiver with these conditions takes some alert of this kind."""
    return all(_meets(shape.get(label, _ABSENT), values) for label, values in only.items())


def _meets(said: frozenset[str] | None, values: frozenset[str]) -> bool:
    return said is ANY or bool(said & values)


def unknown_label(label: str, world: World) -> str | None:
    """The sentence that refuses a label that no alert has; None for one that there is."""
    labels = world.labels
    if label in labels:
        return None
    return f"{label!r} is not a label of alerts; use one of {', '.join(labels)}{did_you_mean(label, labels)}"


def unknown_value(label: str, value: str, world: World) -> str | None:
    """The sentence that refuses a value that a label never has; None for one that it may have."""
    known = world.values(label)
    if world.labels[label].free:
        counts = label in ("cycle", "wave")
        return f"{value!r} is not a number, as every {label} is" if counts and not value.isdecimal() else None
    if not value or value in known or (is_word(label) and among(value, known)):
        return None
    has = ", ".join(known) or "none"
    return f"{value!r} is no {label} that an alert can have here; there is {has}{did_you_mean(value, known)}"


def contradiction(only: Only, world: World) -> str | None:
    """Why a receiver with these conditions would never get a page; None where it may get one."""
    if any(takes(only, shape) for shape in world.shapes()):
        return None
    for one, other in combinations(only, 2):
        pair = {name: only[name] for name in (one, other)}
        if not any(takes(pair, shape) for shape in world.shapes()):
            with_one = {one: only[one]}
            has = sorted({v for s in world.shapes() if takes(with_one, s) for v in s.get(other, _ABSENT) or ()} - {""})
            beside = f"there {other} is {', '.join(has)}" if has else f"such alerts have no {other}"
            return f"no alert has {_condition(one, only)} and {_condition(other, only)}; {beside}; correct one of them"
    whole = " and ".join(_condition(name, only) for name in only)
    return f"no alert has {whole} at once, so it would never be told of anything; take one of them out"


def _condition(label: str, only: Only) -> str:
    return f"{label} {' or '.join(sorted(only[label]))}"


@dataclass(frozen=True, slots=True)
class Untaken:
    """Stages at which the policy pages for a rung, and that no receiver takes.

    `targets` are those of which it is so, and `beside` the rungs of the other ladder; empty where it is so of all.
    """

    ladder: str
    rung: str
    stages: tuple[str, ...]
    targets: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    shadowed: bool = False

    @property
    def whole(self) -> bool:
        return not (self.targets or self.beside)

    @property
    def sentence(self) -> str:
        of = f" of {', '.join(self.targets)}" if self.targets else ""
        beside = f" with {_other(self.ladder)} {', '.join(self.beside)}" if self.beside else ""
        who = "only a receiver in shadow takes them" if self.shadowed else "no receiver takes them"
        return f"receivers: {self.ladder} {self.rung}: {', '.join(self.stages)}{of}{beside}: {who}, so nobody is told"

    @property
    def name(self) -> str:
        """How `tell_nobody` and `wake_through_silence` name the rung: of a ladder of its own, with the ladder."""
        return named_rung(self.ladder, self.rung)


def named_rung(ladder: str, rung: str) -> str:
    """A rung as configurations name it: `gold`, `urgency A`."""
    return rung if ladder in LADDERS else f"{ladder} {rung}"


_OTHER = {"tier": "assurance", "assurance": "tier"}


def _other(ladder: str) -> str:
    """The ladder whose rungs are named beside those of *ladder*."""
    return _OTHER.get(ladder, "tier")


def untaken(receivers: Sequence[tuple[Only, bool]], world: World) -> tuple[Untaken, ...]:
    """The stages that page and that no receiver takes. *receivers* are (only, shadow), without personal ones."""
    found: list[Untaken] = []
    clocks = world.clocks()
    further = world.further_ladders
    for ladder in (*_OTHER, *further):
        alone = [name for name in further if name != ladder]
        for rung in world.rungs(ladder):
            mine = [
                shape
                for shape in clocks
                if rung in (shape.get(ladder) or ())
                and (ladder != "tier" or NO_RUNG in (shape["assurance"] or ()))
                and all("" in (shape.get(name, _ABSENT) or ()) for name in alone)
            ]
            for stage in _own_stages(ladder, rung, world):
                of_stage = [shape for shape in mine if stage in (shape["stage"] or ())]
                found.extend(_missing(ladder, rung, stage, of_stage, receivers))
    for shape in clocks:  # what is counted of several may have no tier
        if "group" in shape and NO_RUNG in (shape["tier"] or ()):
            stage = min(shape["stage"] or ("",))
            found.extend(_missing("tier", NO_RUNG, stage, [shape], receivers, of_targets=True))
    return tuple(_merged(found))


def _own_stages(ladder: str, rung: str, world: World) -> tuple[str, ...]:
    stages = (stage for policy in world.policies for stage in policy.stages.get(ladder, {}).get(rung, ()))
    return tuple(dict.fromkeys(stage.name for stage in stages))


def _missing(
    ladder: str,
    rung: str,
    stage: str,
    shapes: Sequence[Shape],
    receivers: Sequence[tuple[Only, bool]],
    of_targets: bool = False,
) -> Iterator[Untaken]:
    """The stages of *shapes* that nobody takes; with *of_targets* their targets are named in any case."""
    pairs: dict[bool, list[tuple[str, str]]] = {False: [], True: []}
    whole: list[tuple[str, str]] = []
    for shape in shapes:
        pair = (min(shape["sla_target"] or ("",)), max(shape[_other(ladder)] or ("",)))
        whole.append(pair)
        takers = [shadow for only, shadow in receivers if takes(only, shape)]
        if all(takers):
            pairs[bool(takers)].append(pair)
    for shadowed, missing in pairs.items():
        if missing:
            targets, beside = (tuple(dict.fromkeys(pair[at] for pair in missing)) for at in (0, 1))
            all_targets, all_beside = ({pair[at] for pair in whole} for at in (0, 1))
            if not of_targets and (len(missing) == len(whole) or len(beside) < len(all_beside)):
                targets = targets if len(targets) < len(all_targets) else ()
            beside = beside if len(beside) < len(all_beside) else ()
            yield Untaken(ladder, rung, (stage,), targets, beside, shadowed)


def _merged(found: Sequence[Untaken]) -> Iterator[Untaken]:
    """The same, with stages that have the same targets and rungs merged."""
    alike: dict[Untaken, list[str]] = {}
    for one in found:
        alike.setdefault(replace(one, stages=()), []).extend(one.stages)
    for one, stages in alike.items():
        yield replace(one, stages=tuple(stages))


def worst_untaken(found: Sequence[Untaken], waking: frozenset[str], world: World) -> Untaken | None:
    """A breach for which nobody is paged although its tier pages through silences, or is the highest that pages."""
    wakes = set(waking)
    ladders = ("tier", *world.further_ladders)
    for ladder in ladders:
        paging = [r for r in world.rungs(ladder) if any(p.stages.get(ladder, {}).get(r) for p in world.policies)]
        wakes |= {named_rung(ladder, rung) for rung in paging[:1]}
    return next(
        (
            one for one in found
            if one.ladder in ladders and one.name in wakes and one.whole and not one.shadowed
            and BREACHED_STAGE in one.stages
        ),
        None,
    )  # fmt: skip
