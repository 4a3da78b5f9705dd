"""Read a policy file: the YAML that people write, checked, as the `Policy` that the core uses.

Every figure must say where it is from (`source`); one that no source gives says `source: assumed`. A rung without a
figure has no target; `Policy.missing` lists those.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from monitor.config import (
    agreement_file,
    attribute_file,
    calendar_file,
    count_file,
    guarded_file,
    provenance,
    target_file,
    yaml_file,
)
from monitor.config.attribute_file import a_rung, choice
from monitor.config.descriptions import described
from monitor.config.policy_schema import InheritText, MajorFaultText, PolicyText, RungText, stage
from monitor.config.yaml_file import Document, Loc
from monitor.errors import ConfigError
from monitor.history import CHOOSING, LADDERS, RUNGS_OF
from monitor.model import Name, Rung
from monitor.policy import Inheritance, MajorFault, Policy, Stage
from monitor.text import did_you_mean, own_spelling
from monitor.worktime import Calendar, WorkingTime

DEFAULT_STAGES: Mapping[str, Mapping[str, Sequence[str]]] = {
    "tier": {
        "diamond": ("50%", "75%", "90%", "100%"),
        "gold": ("75%", "90%", "100%"),
        "silver": ("90%", "100%"),
    },
    "assurance": {"AAA": ("75%", "90%", "100%")},
}
"""Who is told when, where a policy says nothing; below silver nobody is (semantics 8)."""


FURTHER = 2
"""How many ladders beside tier and assurance may page: each multiplies the kinds of alerts that routes are held to."""


def shipped() -> tuple[str, ...]:
    """The names of the policies that ship."""
    folder = resources.files("monitor") / "shipped"
    return tuple(sorted(item.name.removesuffix(".yml") for item in folder.iterdir() if item.name.endswith(".yml")))


def shipped_text(name: str) -> str:
    """The file of a shipped policy, with its comments. Raises ConfigError for a name that does not ship."""
    if name not in shipped():
        raise ConfigError(
            f"no policy {name!r} ships; shipped are: {', '.join(shipped())}{did_you_mean(name, shipped())}"
        )
    return (resources.files("monitor") / "shipped" / f"{name}.yml").read_text(encoding="utf-8")


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a policy file, for editors (2020-12). It checks the form; `build` also checks the meaning."""
    schema = described(TypeAdapter(PolicyText).json_schema(), PolicyText)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "tierwatch policy"}


def document_of(name: str, base: Path | None = None) -> tuple[Document, Path | None]:
    """The text of a policy by the name of a shipped one or by its path (relative to *base*), and its folder."""
    if name in shipped():
        return yaml_file.parse(shipped_text(name), f"{name}.yml (shipped)"), None
    path = (base or Path()) / name
    if not path.exists():
        known = ", ".join(shipped())
        raise ConfigError(
            f"policy {name!r} is neither a file nor shipped; shipped are: {known}{did_you_mean(name, shipped())}"
        )
    return yaml_file.read(path), path.parent


def load(name: str, site_zone: str = "UTC", base: Path | None = None) -> Policy:
    """Read a policy by the name of a shipped one or by its path (relative to *base*).

    *site_zone* stands for `zone: site` in its calendars. Raises ConfigError with file, line and key.
    """
    document, folder = document_of(name, base)
    return build(document, site_zone, folder)


def build(document: Document, site_zone: str = "UTC", folder: Path | None = None) -> Policy:
    """Check a policy's text and make the policy of it. Raises ConfigError with file, line and key.

    *folder* is where the relative paths in it begin: its own folder, else the current one.
    """
    text = yaml_file.validate(PolicyText, document)
    at_risk = re.fullmatch(r"([1-9]\d?)\s*%", text.at_risk)
    if at_risk is None:
        raise document.error(("at_risk",), f"{text.at_risk!r} is not a share below 100 %; write 75%")
    ladders = {ladder: _ladder(document, ladder, rungs, text) for ladder, rungs in text.ladders.items()}
    calendars = {
        name: calendar_file.build(document, name, item, site_zone, folder or Path())
        for name, item in text.calendars.items()
    }
    document.distinct_keys(("pause_reasons",), text.pause_reasons)
    instants = target_file.instants(document, text)
    attributes = attribute_file.declared(document, text)
    targets = target_file.targets(document, text, count_file.target)
    return Policy(
        id=text.policy,
        version=text.version,
        title=text.name.name(),
        effective_from=provenance.day(text),
        ladders=ladders,
        calendars=calendars,
        reasons={name: item.name() for name, item in text.pause_reasons.items()},
        targets=targets,
        at_risk=int(at_risk[1]) / 100,
        stages=_stages(document, text, ladders),
        agreements=agreement_file.agreements(document, text, targets),
        inherit=_inheritances(document, text),
        major_faults=_major_faults(document, text),
        guarded=guarded_file.guarded_periods(document, text, site_zone),
        zone=site_zone,
        instants=instants,
        attributes=attributes,
        corrects=_corrects(document, text),
        sources=provenance.sources(text),
    )


def _corrects(document: Document, text: PolicyText) -> tuple[str, ...]:
    if text.version in text.corrects:
        raise document.error(
            ("corrects",), f"{text.version!r} is this version itself; write the one before it, or give this one another"
        )
    return tuple(text.corrects)


def _ladder(document: Document, ladder: str, rungs: list[RungText], policy: PolicyText) -> tuple[Rung, ...]:
    known = tuple(name for name in (*CHOOSING, *policy.attributes) if RUNGS_OF.get(name, name) == name)
    if ladder not in known:
        raise document.error(
            ("ladders", ladder),
            f"is no attribute that can have a ladder; use one of {', '.join(known)}, or declare it under attributes"
            f"{did_you_mean(ladder, known)}",
        )
    if ladder in policy.attributes and policy.attributes[ladder].values:
        raise document.error(
            ("attributes", ladder, "values"), "the rungs of the ladder are all the words that there are; remove values"
        )
    if not rungs and ladder not in LADDERS:
        raise document.error(("ladders", ladder), "has no rung; write some, highest first, or remove it")
    ids = [rung.id for rung in rungs]
    for index, rung in enumerate(ids):
        if rung in ids[:index]:
            raise document.error(("ladders", ladder, index), f"rung {rung!r} is listed twice; keep one")
    document.distinct((("ladders", ladder, index), rung) for index, rung in enumerate(ids))
    return tuple(Rung(item.id, Name(item.en, item.zh or item.en), rank) for rank, item in enumerate(rungs))


def _inheritances(document: Document, policy: PolicyText) -> tuple[Inheritance, ...]:
    """The tiers at which subjects are served whatever tier they have of their own."""
    return tuple(_inherit(document, ("inherit", index), item, policy) for index, item in enumerate(policy.inherit))


def _inherit(document: Document, loc: Loc, text: InheritText, policy: PolicyText) -> Inheritance:
    when = choice(document, (*loc, "when"), text.when, policy)
    tier = a_rung(document, (*loc, "tier"), text.tier, "tier", policy)
    if not text.when:
        raise document.error((*loc, "when"), "is empty, so everybody would be of this tier; say whom it is for")
    return Inheritance(when, tier)


def _major_faults(document: Document, policy: PolicyText) -> tuple[MajorFault, ...]:
    """The rules by which several circuits that are down at once are a major fault."""
    return tuple(_major(document, name, item, policy) for name, item in policy.major_faults.items())


def _major(document: Document, name: str, text: MajorFaultText, policy: PolicyText) -> MajorFault:
    loc = ("major_faults", name)
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise document.error(loc, f"{name!r} is not a rule's name; write small letters, digits and _")
    if text.circuits < 2:
        raise document.error(
            (*loc, "circuits"), f"{text.circuits} is not several; write 2 or more, or a target of: circuit for one"
        )
    when = choice(document, (*loc, "when"), text.when, policy)
    return MajorFault(name, text.name.name(), when, text.circuits, text.lasting, text.source, text.one_cause)


def _stages(
    document: Document, text: PolicyText, ladders: Mapping[str, Sequence[Rung]]
) -> dict[str, dict[str, tuple[Stage, ...]]]:
    if not text.stages:
        return {
            ladder: {
                rung.id: tuple(stage(item) for item in DEFAULT_STAGES.get(ladder, {}).get(rung.id, ()))
                for rung in rungs
            }
            for ladder, rungs in ladders.items()
        }
    found: dict[str, dict[str, tuple[Stage, ...]]] = {}
    further = [ladder for ladder in text.stages if ladder in ladders and ladder not in LADDERS]
    if len(further) > FURTHER:
        raise document.error(
            ("stages", further[FURTHER]),
            f"is a third ladder beside tier and assurance that pages; at most {FURTHER} may, such as"
            f" {' and '.join(further[:FURTHER])}",
        )
    for ladder, by_rung in text.stages.items():
        if ladder not in ladders:
            has = ", ".join(ladders) or "none"
            raise document.error(
                ("stages", ladder), f"is not a ladder of this policy; it has {has}{did_you_mean(ladder, ladders)}"
            )
        known = [item.id for item in ladders[ladder]]
        document.distinct_keys(("stages", ladder), by_rung)
        found[ladder] = {}
        for rung, items in by_rung.items():
            own = own_spelling(rung, known)
            if own is None:
                raise document.error(
                    ("stages", ladder, rung),
                    f"{rung!r} is not a rung of the ladder {ladder!r} ({', '.join(known)}){did_you_mean(rung, known)}",
                )
            found[ladder][own] = tuple(items)
    return found


def working_times(*policies: Policy) -> dict[str, WorkingTime]:
    """Every calendar of the policy's versions (oldest first), compiled; each date counts by the hours it has."""
    calendars: dict[str, Calendar] = {}
    for policy in policies:
        for name, calendar in policy.calendars.items():
            known = calendars.get(name)
            if known is not None and known.zone != calendar.zone:
                raise ConfigError(
                    f"calendar {name!r} of {policy.label} is in {calendar.zone}, but in {known.zone} in the version"
                    " before; give it another name"
                )
            if known is not None and known.week_begins != calendar.week_begins:
                raise ConfigError(
                    f"calendar {name!r} of {policy.label} begins its weeks on another day than in the version before;"
                    " give it another name"
                )
            calendars[name] = calendar if known is None else known.replaced_by(calendar, policy.effective_from)
    return {name: WorkingTime(calendar) for name, calendar in calendars.items()}
