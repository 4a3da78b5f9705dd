"""Name what people may write in a policy file, key by key; `policy_file.py` makes a policy of it.

The form only: what pydantic can check, and what `tierwatch schema` tells an editor.
"""

from __future__ import annotations

import re
from dataclasses import field
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, WithJsonSchema
from pydantic.dataclasses import dataclass

from monitor.config.calendar_file import CalendarText
from monitor.model import (
    AgreementKind,
    Choose,
    CircuitState,
    DayEnd,
    Name,
    OnChange,
    Period,
    Phase,
    Reopen,
    SubjectKind,
)
from monitor.policy import BREACHED_STAGE, Stage
from monitor.text import AmountText, Length, did_you_mean, length, shown

_STRICT = ConfigDict(extra="forbid", frozen=True)
PHASES = tuple(phase.value for phase in Phase if phase is not Phase.UNKNOWN)
STATES = tuple(state.value for state in CircuitState if state is not CircuitState.UNKNOWN)


def stage(text: Any) -> Stage:
    """A stage as written: 75% used, 15m left, or 2h wall left. Raises ValueError with a sentence otherwise."""
    share = re.fullmatch(r"(\d{1,3})\s*%", str(text))
    if share and 0 < int(share[1]) <= 100:
        name = BREACHED_STAGE if share[1] == "100" else f"used_{share[1]}"
        return Stage(name, share=int(share[1]) / 100)
    left = re.fullmatch(r"(\S+)\s+(wall\s+)?left", str(text))
    if left:
        value = length(left[1])
        if left[2]:
            return Stage(f"wall_{shown(value)}", wall=value)
        return Stage(f"left_{shown(value)}", left=value)
    raise ValueError(f"{text!r} is not a stage; write 75% (of the budget used), 15m left or 2h wall left")


def some(value: Any) -> Any:
    """One value or a list of them, as a list of text."""
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def _condition(value: Any) -> Any:
    if value in STATES:
        return CircuitState(value)
    if value in PHASES:
        return Phase(value)
    if value == "unknown":
        raise ValueError("'unknown' is no condition to build on: an unknown status always runs")
    known = (*PHASES, *STATES)
    raise ValueError(f"{value!r} is not a condition; write one of {', '.join(known)}{did_you_mean(str(value), known)}")


_CONDITION = {"enum": [*PHASES, *STATES]}
_STAGE = {
    "type": "string",
    "pattern": r"^(\d{1,3}\s*%|\S+\s+(wall\s+)?left)$",
    "examples": ["75%", "15m left", "2h wall left"],
}
_SOME = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}

StageText = Annotated[Any, BeforeValidator(stage), WithJsonSchema(_STAGE)]
ConditionText = Annotated[Any, BeforeValidator(_condition), WithJsonSchema(_CONDITION)]
Some = Annotated[list[str], BeforeValidator(some), WithJsonSchema(_SOME)]


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
    budget: AmountText
    source: str
    when: dict[str, Some] = field(default_factory=dict)
    calendar: str = ""
    note: str = ""
    after: Length | None = None


@dataclass(config=_STRICT)
class StartedByText:
    target: str
    over: Length | None = None


@dataclass(config=_STRICT)
class TargetText:
    name: NameText
    budgets: list[BudgetText]
    of: SubjectKind = SubjectKind.TICKET
    start: list[ConditionText] = field(default_factory=list)
    stop: list[ConditionText] = field(default_factory=list)
    cancel: list[ConditionText] = field(default_factory=lambda: [Phase.CANCELLED])
    reset: list[ConditionText] = field(default_factory=list)
    calendar: str = "always"
    pause: list[str] = field(default_factory=list)
    reopen: Reopen = Reopen.RESUME
    on_change: OnChange = OnChange.AT_EVENT
    recurring: bool = False
    per: Period | None = None
    at_least: bool = False
    choose: Choose = Choose.FIRST
    begins: list[str] = field(default_factory=list)
    ahead_of: str = ""
    last_day: DayEnd = DayEnd.SAME_TIME
    started_by: StartedByText | None = None
    unless: dict[str, Some] = field(default_factory=dict)


@dataclass(config=_STRICT)
class AgreementText:
    kind: AgreementKind
    party: str
    supports: str
    budgets: list[BudgetText]


@dataclass(config=_STRICT)
class InheritText:
    when: dict[str, Some]
    tier: str


@dataclass(config=_STRICT)
class MajorFaultText:
    name: NameText
    circuits: int
    lasting: Length
    source: str
    when: dict[str, Some] = field(default_factory=dict)
    one_cause: bool = False


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
    agreements: list[AgreementText] = field(default_factory=list)
    inherit: list[InheritText] = field(default_factory=list)
    major_faults: dict[str, MajorFaultText] = field(default_factory=dict)
    source: str = ""
