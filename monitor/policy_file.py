"""Read a policy file: the YAML that people write, checked, as the `Policy` that the core uses.

Every figure must say where it is from (`source`); one that no source gives says `source: assumed`. A rung without a
figure has no target; `Policy.missing` lists those.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, TypeAdapter, WithJsonSchema
from pydantic.dataclasses import dataclass

from monitor import calendar_file, yamlfile
from monitor.calendar_file import CalendarText
from monitor.calendars import WorkingTime
from monitor.errors import ConfigError
from monitor.lengths import Length, length, shown
from monitor.mapping import ATTRIBUTES, LADDERS
from monitor.model import Name, OnChange, Phase, Reopen, Rung
from monitor.policies import BREACHED_STAGE, BudgetRow, Policy, Stage, TargetRule
from monitor.yamlfile import Document

_STRICT = ConfigDict(extra="forbid", frozen=True)
_CHOOSING = ATTRIBUTES[:5]
_PHASES = tuple(phase.value for phase in Phase if phase is not Phase.UNKNOWN)


def _stage(text: Any) -> Stage:
    share = re.fullmatch(r"(\d{1,3})\s*%", str(text))
    if share and 0 < int(share[1]) <= 100:
        name = BREACHED_STAGE if share[1] == "100" else f"used_{share[1]}"
        return Stage(name, share=int(share[1]) / 100)
    left = re.fullmatch(r"(\S+)\s+left", str(text))
    if left:
        value = length(left[1])
        return Stage(f"left_{shown(value)}", left=value)
    raise ValueError(f"{text!r} is not a stage; write 75% (of the budget used) or 15m left")


def _some(value: Any) -> Any:
    """One value or a list of them, as a list of text."""
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


_STAGE = {"type": "string", "pattern": r"^(\d{1,3}\s*%|\S+\s+left)$", "examples": ["75%", "15m left"]}
_SOME = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}

StageText = Annotated[Any, BeforeValidator(_stage), WithJsonSchema(_STAGE)]
Some = Annotated[list[str], BeforeValidator(_some), WithJsonSchema(_SOME)]


@dataclass(config=_STRICT)
class NameText:
    en: str
    zh: str = ""

    def name(self) -> Name:
        return Name(self.en, self.zh or self.en)


@dataclass(config=_STRICT)
class RungText:
    id: str
    en: str
    zh: str = ""


@dataclass(config=_STRICT)
class BudgetText:
    budget: Length
    source: str
    when: dict[str, Some] = field(default_factory=dict)
    calendar: str = ""
    note: str = ""


@dataclass(config=_STRICT)
class TargetText:
    name: NameText
    start: list[Phase]
    stop: list[Phase]
    budgets: list[BudgetText]
    calendar: str = "always"
    pause: list[str] = field(default_factory=list)
    reopen: Reopen = Reopen.RESUME
    on_change: OnChange = OnChange.AT_EVENT
    recurring: bool = False


@dataclass(config=_STRICT)
class PolicyText:
    policy: str
    version: str
    name: NameText
    effective_from: date
    ladders: dict[str, list[RungText]]
    calendars: dict[str, CalendarText]
    targets: dict[str, TargetText]
    pause_reasons: dict[str, NameText] = field(default_factory=dict)
    at_risk: str = "75%"
    stages: dict[str, dict[str, list[StageText]]] = field(default_factory=dict)
    source: str = ""


DEFAULT_STAGES: Mapping[str, Mapping[str, Sequence[str]]] = {
    "tier": {
        "diamond": ("50%", "75%", "90%", "100%"),
        "gold": ("75%", "90%", "100%"),
        "silver": ("90%", "100%"),
    },
    "assurance": {"AAA": ("75%", "90%", "100%")},
}
"""Who is told when, where a policy says nothing; below silver nobody is (semantics 8)."""


def shipped() -> tuple[str, ...]:
    """The names of the policies that ship."""
    folder = resources.files("monitor") / "shipped"
    return tuple(sorted(item.name.removesuffix(".yml") for item in folder.iterdir() if item.name.endswith(".yml")))


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a policy file, for editors (2020-12). It knows the form; `build` also knows the sense."""
    schema = TypeAdapter(PolicyText).json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "tierwatch policy"}


def load(name: str, site_zone: str = "UTC", base: Path | None = None) -> Policy:
    """Read a policy by the name of a shipped one or by its path (relative to *base*).

    *site_zone* stands for `zone: site` in its calendars. Raises ConfigError with file, line and key.
    """
    if name in shipped():
        file = resources.files("monitor") / "shipped" / f"{name}.yml"
        return build(yamlfile.parse(file.read_text(encoding="utf-8"), f"{name}.yml (shipped)"), site_zone)
    path = (base or Path()) / name
    if not path.exists():
        raise ConfigError(f"policy {name!r} is neither a file nor shipped; shipped are: {', '.join(shipped())}")
    return build(yamlfile.read(path), site_zone, path.parent)


def build(document: Document, site_zone: str = "UTC", folder: Path | None = None) -> Policy:
    """Check a policy's text and make the policy of it. Raises ConfigError with file, line and key.

    *folder* is where the relative paths in it begin: its own folder, else the current one.
    """
    text = yamlfile.validate(PolicyText, document)
    at_risk = re.fullmatch(r"([1-9]\d?)\s*%", text.at_risk)
    if at_risk is None:
        raise document.error(("at_risk",), f"{text.at_risk!r} is not a share below 100 %; write 75%")
    ladders = {ladder: _ladder(document, ladder, rungs) for ladder, rungs in text.ladders.items()}
    calendars = {
        name: calendar_file.build(document, name, item, site_zone, folder or Path())
        for name, item in text.calendars.items()
    }
    targets = tuple(_target(document, name, item, text) for name, item in text.targets.items())
    return Policy(
        id=text.policy,
        version=text.version,
        title=text.name.name(),
        effective_from=text.effective_from,
        ladders=ladders,
        calendars=calendars,
        reasons={name: item.name() for name, item in text.pause_reasons.items()},
        targets=targets,
        at_risk=int(at_risk[1]) / 100,
        stages=_stages(document, text, ladders),
    )


def _ladder(document: Document, ladder: str, rungs: list[RungText]) -> tuple[Rung, ...]:
    if ladder not in LADDERS:
        raise document.error(("ladders", ladder), f"is not a ladder; the ladders are {' and '.join(LADDERS)}")
    ids = [rung.id for rung in rungs]
    for index, rung in enumerate(ids):
        if rung in ids[:index]:
            raise document.error(("ladders", ladder, index), f"rung {rung!r} is listed twice; keep one")
    return tuple(Rung(item.id, Name(item.en, item.zh or item.en), rank) for rank, item in enumerate(rungs))


def _target(document: Document, name: str, text: TargetText, policy: PolicyText) -> TargetRule:
    loc = ("targets", name)
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise document.error(loc, f"{name!r} is not a target's name; write small letters, digits and _")
    for key, phases in (("start", text.start), ("stop", text.stop)):
        if not phases:
            raise document.error((*loc, key), "lists no phase; write at least one of " + ", ".join(_PHASES))
        if Phase.UNKNOWN in phases:
            raise document.error((*loc, key), "'unknown' is no phase to build on; an unknown status always runs")
    both = set(text.start) & set(text.stop)
    if both:
        raise document.error(
            (*loc, "stop"), f"{min(both).value!r} both runs and stops the clock; remove it from one list"
        )
    for index, reason in enumerate(text.pause):
        if reason not in policy.pause_reasons:
            known = ", ".join(policy.pause_reasons) or "none"
            raise document.error((*loc, "pause", index), f"{reason!r} is not in pause_reasons ({known}); add it there")
    rows = tuple(_row(document, (*loc, "budgets", i), row, text, policy) for i, row in enumerate(text.budgets))
    return TargetRule(
        name=name,
        title=text.name.name(),
        start=frozenset(text.start),
        stop=frozenset(text.stop),
        rows=rows,
        pauses=frozenset(text.pause),
        reopen=text.reopen,
        on_change=text.on_change,
        recurring=text.recurring,
    )


def _row(
    document: Document, loc: Sequence[str | int], row: BudgetText, target: TargetText, policy: PolicyText
) -> BudgetRow:
    calendar = row.calendar or target.calendar
    if calendar not in policy.calendars:
        known = ", ".join(policy.calendars)
        raise document.error((*loc, "calendar"), f"{calendar!r} is not one of the calendars ({known}); add it there")
    for name, values in row.when.items():
        if name not in _CHOOSING:
            raise document.error((*loc, "when", name), f"cannot choose a budget; use one of {', '.join(_CHOOSING)}")
        known_rungs = [rung.id for rung in policy.ladders.get(name, [])]
        for value in values:
            if name in LADDERS and value not in known_rungs:
                raise document.error(
                    (*loc, "when", name), f"{value!r} is not a rung of the ladder ({', '.join(known_rungs)})"
                )
    return BudgetRow({k: frozenset(v) for k, v in row.when.items()}, row.budget, calendar, row.source)


def _stages(
    document: Document, text: PolicyText, ladders: Mapping[str, Sequence[Rung]]
) -> dict[str, dict[str, tuple[Stage, ...]]]:
    if not text.stages:
        return {
            ladder: {
                rung.id: tuple(_stage(item) for item in DEFAULT_STAGES.get(ladder, {}).get(rung.id, ()))
                for rung in rungs
            }
            for ladder, rungs in ladders.items()
        }
    for ladder, by_rung in text.stages.items():
        for rung in by_rung:
            if rung not in [item.id for item in ladders.get(ladder, ())]:
                raise document.error(("stages", ladder, rung), f"{rung!r} is not a rung of the ladder {ladder!r}")
    return {ladder: {rung: tuple(items) for rung, items in by.items()} for ladder, by in text.stages.items()}


def working_times(policy: Policy) -> dict[str, WorkingTime]:
    """Every calendar of the policy, compiled."""
    return {name: WorkingTime(calendar) for name, calendar in policy.calendars.items()}
